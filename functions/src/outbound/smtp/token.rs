//! An OAuth 2.0 token: `XOAUTH2`, and `OAUTHBEARER` (RFC 7628).

use base64::{Engine, engine::general_purpose::STANDARD};
use keyward_shared::{
    outbound::{LoginError, SmtpLogin},
    secret::SecretText,
};
use zeroize::Zeroizing;

use super::Proof;
use crate::outbound::{
    dialogue::Ended,
    lines::{Command, Injection, Lines, Reply, Wire},
};

/// The commands of a token.
pub(super) struct Token {
    /// The answer of `XOAUTH2`.
    xoauth2: Command,
    /// The answer of `OAUTHBEARER`.
    bearer: Command,
}

/// The way to say a token.
#[derive(Clone, Copy)]
pub(super) enum Mechanism {
    XOAuth2,
    OAuthBearer,
}

impl Token {
    /// The answers of Google's and Microsoft's XOAUTH2 (<https://developers.google.com/workspace/gmail/imap/xoauth2-protocol>,
    /// <https://learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth>)
    /// and of OAUTHBEARER (RFC 7628 §3.1).
    ///
    /// # Errors
    ///
    /// [`LoginError::Refused`] for a control character, which parts the members.
    pub(super) fn of(login: &SmtpLogin<'_>, token: &SecretText) -> Result<Self, LoginError> {
        let (username, token) = (login.username, token.expose());
        if [username, token].iter().any(|text| text.contains(|character: char| character.is_control())) {
            return Err(LoginError::Refused);
        }
        let command = |parts: &[&str]| {
            let text = Zeroizing::new(parts.concat());
            let encoded = Zeroizing::new(STANDARD.encode(text.as_bytes()));
            Command::answer(&encoded).map_err(|Injection| LoginError::Refused)
        };
        // RFC 5801 §4: a name has neither `,` nor `=`.
        let name = username.replace('=', "=3D").replace(',', "=2C");
        let place = format!(",\x01host={}\x01port={}\x01auth=Bearer ", login.host, login.port);
        Ok(Self {
            xoauth2: command(&["user=", username, "\x01auth=Bearer ", token, "\x01\x01"])?,
            bearer: command(&["n,a=", &name, &place, token, "\x01\x01"])?,
        })
    }
}

impl Proof for Token {
    type Mechanism = Mechanism;

    const MECHANISMS: &'static [(&'static str, Mechanism)] =
        &[("XOAUTH2", Mechanism::XOAuth2), ("OAUTHBEARER", Mechanism::OAuthBearer)];

    const REFUSED: LoginError = LoginError::TokenRefused;

    async fn attempt<S: Wire>(&self, lines: &mut Lines<S>, mechanism: Mechanism) -> Result<Reply, Ended> {
        // After an error in JSON, both sides go on to the reply: with an empty line, or with `^A` (RFC 7628 §3.2.3).
        let (command, token, after_an_error) = match mechanism {
            Mechanism::XOAuth2 => ("AUTH XOAUTH2", &self.xoauth2, ""),
            Mechanism::OAuthBearer => ("AUTH OAUTHBEARER", &self.bearer, "AQ=="),
        };
        // Tokens are longer than the 512 bytes that a command may have (RFC 5321 §4.5.3.1.4), so the token is not part of it.
        let mut reply = lines.ask(&Command::new(command)).await?;
        if reply.code == 334 {
            reply = lines.ask(token).await?;
        }
        if reply.code == 334 {
            let go_on = Command::answer(after_an_error).map_err(|Injection| Ended::Broken)?;
            reply = lines.ask(&go_on).await?;
        }
        Ok(reply)
    }
}
