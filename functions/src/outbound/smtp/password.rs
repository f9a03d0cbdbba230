//! A user's name and password: `PLAIN` (RFC 4616), `LOGIN`, and `CRAM-MD5` (RFC 2195).

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use keyward_shared::{
    outbound::{LoginError, SmtpLogin},
    secret::SecretText,
};
use md5::Md5;
use zeroize::Zeroizing;

use super::Proof;
use crate::outbound::{
    dialogue::Ended,
    lines::{Command, Injection, Lines, Reply, Wire},
};

/// The commands of a password.
pub(super) struct Password<'a> {
    plain: Command,
    username: Command,
    password: Command,
    secret: &'a SecretText,
    login: &'a SmtpLogin<'a>,
}

/// The way to say a password.
#[derive(Clone, Copy)]
pub(super) enum Mechanism {
    Plain,
    Login,
    CramMd5,
}

impl<'a> Password<'a> {
    /// # Errors
    ///
    /// [`LoginError::Refused`] for a control character that no server can accept: NUL parts the two in `PLAIN`
    /// (RFC 4616 §2), and a line break is in no password that was typed in.
    pub(super) fn of(login: &'a SmtpLogin<'a>, secret: &'a SecretText) -> Result<Self, LoginError> {
        let (username, password) = (login.username, secret.expose());
        if [username, password].iter().any(|text| text.contains(['\r', '\n', '\0'])) {
            return Err(LoginError::Refused);
        }
        let both = Zeroizing::new(["", username, password].join("\0"));
        let encoded = |text: &str| Zeroizing::new(STANDARD.encode(text));
        let commands = || -> Result<Self, Injection> {
            Ok(Self {
                plain: Command::with("AUTH PLAIN", &encoded(&both))?,
                username: Command::answer(&encoded(username))?,
                password: Command::answer(&encoded(password))?,
                secret,
                login,
            })
        };
        commands().map_err(|Injection| LoginError::Refused)
    }

    /// The answer to a challenge of `CRAM-MD5` (RFC 2195 §2).
    fn digest_of(&self, challenge: &[u8]) -> Result<Command, LoginError> {
        let key = self.secret.expose().as_bytes();
        let mut mac = Hmac::<Md5>::new_from_slice(key).map_err(|_| LoginError::Refused)?;
        mac.update(challenge);
        let digest = hex::encode(mac.finalize().into_bytes());
        let answer = Zeroizing::new(STANDARD.encode(format!("{} {digest}", self.login.username)));
        Command::answer(&answer).map_err(|Injection| LoginError::Refused)
    }
}

impl Proof for Password<'_> {
    type Mechanism = Mechanism;

    const MECHANISMS: &'static [(&'static str, Mechanism)] =
        &[("PLAIN", Mechanism::Plain), ("LOGIN", Mechanism::Login), ("CRAM-MD5", Mechanism::CramMd5)];

    const REFUSED: LoginError = LoginError::Refused;

    async fn attempt<S: Wire>(&self, lines: &mut Lines<S>, mechanism: Mechanism) -> Result<Reply, Ended> {
        match mechanism {
            Mechanism::Plain => Ok(lines.ask(&self.plain).await?),
            Mechanism::Login => {
                let mut reply = lines.ask(&Command::new("AUTH LOGIN")).await?;
                for answer in [&self.username, &self.password] {
                    if reply.code == 334 {
                        reply = lines.ask(answer).await?;
                    }
                }
                Ok(reply)
            }
            Mechanism::CramMd5 => {
                let reply = lines.ask(&Command::new("AUTH CRAM-MD5")).await?;
                if reply.code != 334 {
                    return Ok(reply);
                }
                let challenge = reply.lines.first().map(String::as_str).unwrap_or_default();
                match STANDARD.decode(challenge.trim()) {
                    Ok(challenge) => Ok(lines.ask(&self.digest_of(&challenge)?).await?),
                    // `*` gives the exchange up (RFC 4954 §4).
                    Err(_) => Ok(lines.ask(&Command::new("*")).await?),
                }
            }
        }
    }
}
