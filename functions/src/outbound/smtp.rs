//! Logging in to a mail server (RFC 5321, RFC 3207, RFC 4954). No mail is sent.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use keyward_shared::{
    outbound::{LoginError, OutboundError, SmtpLogin, SmtpProof, SmtpSecurity, Welcome},
    secret::SecretText,
};
use md5::Md5;
use zeroize::Zeroizing;

use super::{
    dialogue::Ended,
    lines::{Command, Injection, Lines, Reply, Wire},
};

/// Logs in over a new connection and leaves. `name` is how we name ourselves, and `encrypt` is the TLS handshake.
///
/// # Security
///
/// Nothing of the login is sent before `encrypt` has succeeded.
pub(crate) async fn log_in<S: Wire, T: Wire, E>(
    login: &SmtpLogin<'_>,
    name: &str,
    stream: S,
    encrypt: impl FnOnce(S) -> E,
) -> Result<Welcome, Ended>
where
    E: Future<Output = Result<T, OutboundError>>,
{
    let credentials = Credentials::of(login)?;
    let (mut lines, identity) = match login.security {
        SmtpSecurity::Tls => {
            let mut lines = Lines::new(encrypt(stream).await?);
            let identity = greeting(lines.reply().await?)?;
            (lines, identity)
        }
        SmtpSecurity::StartTls => {
            let mut lines = Lines::new(stream);
            let identity = greeting(lines.reply().await?)?;
            let offers = hello(&mut lines, name).await?;
            if !offers.iter().any(|offer| offer.eq_ignore_ascii_case("STARTTLS")) {
                return Err(LoginError::NoTls.into());
            }
            if lines.ask(&Command::new("STARTTLS")).await?.code != 220 {
                return Err(LoginError::NoTls.into());
            }
            (Lines::new(encrypt(lines.into_stream()?).await?), identity)
        }
    };
    // The extensions offered before TLS are discarded (RFC 3207 §4.2).
    let offers = hello(&mut lines, name).await?;
    authenticate(&mut lines, &mechanisms(&offers), &credentials).await?;
    if lines.ask(&Command::new("NOOP")).await?.code != 250 {
        return Err(LoginError::Unclear.into());
    }
    lines.leave().await;
    Ok(Welcome { identity })
}

/// The commands that hold the credentials.
enum Credentials<'a> {
    /// Of a password.
    Password(Password<'a>),
    /// Of a token.
    Token {
        /// The answer of `XOAUTH2`.
        xoauth2: Command,
        /// The answer of `OAUTHBEARER`.
        bearer: Command,
    },
}

struct Password<'a> {
    plain: Command,
    username: Command,
    password: Command,
    secret: &'a SecretText,
    login: &'a SmtpLogin<'a>,
}

impl<'a> Credentials<'a> {
    /// # Errors
    ///
    /// [`LoginError::Refused`] for a control character that no server can accept: NUL parts the two in `PLAIN`
    /// (RFC 4616 §2), and a line break is in no password that was typed in.
    fn of(login: &'a SmtpLogin<'a>) -> Result<Self, LoginError> {
        match login.proof {
            SmtpProof::Password(password) => Password::of(login, password).map(Self::Password),
            SmtpProof::Token(token) => Self::of_token(login, token),
        }
    }

    /// The answers of Google's and Microsoft's XOAUTH2 (<https://developers.google.com/workspace/gmail/imap/xoauth2-protocol>,
    /// <https://learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth>)
    /// and of OAUTHBEARER (RFC 7628 §3.1).
    ///
    /// # Errors
    ///
    /// [`LoginError::Refused`] for a control character, which parts the members.
    fn of_token(login: &SmtpLogin<'_>, token: &SecretText) -> Result<Self, LoginError> {
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
        Ok(Self::Token {
            xoauth2: command(&["user=", username, "\x01auth=Bearer ", token, "\x01\x01"])?,
            bearer: command(&["n,a=", &name, &place, token, "\x01\x01"])?,
        })
    }

    /// The mechanisms that say it, in the order in which they are tried.
    const fn mechanisms(&self) -> &'static [Mechanism] {
        match self {
            Self::Password(_) => &[Mechanism::Plain, Mechanism::Login, Mechanism::CramMd5],
            Self::Token { .. } => &[Mechanism::XOAuth2, Mechanism::OAuthBearer],
        }
    }
}

impl<'a> Password<'a> {
    /// # Errors
    ///
    /// [`LoginError::Refused`] for a control character that no server can accept: NUL parts the two in `PLAIN`
    /// (RFC 4616 §2), and a line break is in no password that was typed in.
    fn of(login: &'a SmtpLogin<'a>, secret: &'a SecretText) -> Result<Self, LoginError> {
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

/// The host that the server says it is.
fn greeting(reply: Reply) -> Result<Option<String>, LoginError> {
    if reply.code != 220 {
        return Err(LoginError::Unclear);
    }
    let host = reply.lines.into_iter().next().unwrap_or_default();
    let host = host.split(' ').next().unwrap_or_default();
    Ok(is_host_name(host).then(|| host.to_ascii_lowercase()))
}

/// Whether it is a plain DNS name of at least two labels (RFC 1123 §2.1): anything else is not repeated.
fn is_host_name(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(label)
}

/// The extensions that the server offers, without its name.
async fn hello<S: Wire>(lines: &mut Lines<S>, name: &str) -> Result<Vec<String>, Ended> {
    let greeting = Command::with("EHLO", name).map_err(|Injection| Ended::Broken)?;
    let reply = lines.ask(&greeting).await?;
    if reply.code != 250 {
        return Err(LoginError::Unclear.into());
    }
    Ok(reply.lines.into_iter().skip(1).map(|line| line.trim().to_owned()).collect())
}

/// The mechanisms of the `AUTH` line (RFC 4954 §3), in upper case.
fn mechanisms(offers: &[String]) -> Vec<String> {
    // Some servers still write `AUTH=`, from before there was an RFC.
    let of = |offer: &String| {
        let (keyword, rest) = offer.split_once([' ', '='])?;
        keyword.eq_ignore_ascii_case("AUTH").then(|| rest.to_ascii_uppercase())
    };
    let listed: Vec<String> = offers.iter().filter_map(of).collect();
    listed.iter().flat_map(|list| list.split_ascii_whitespace()).map(str::to_owned).collect()
}

/// Tries every mechanism that the server offers and this code knows, until one is accepted. Servers offer `PLAIN` and take
/// `LOGIN` alone (curl's issue 22832), so the first refusal decides nothing.
///
/// # Security
///
/// All of this goes over TLS. `PLAIN` and `LOGIN` show the password to the server.
async fn authenticate<S: Wire>(
    lines: &mut Lines<S>,
    mechanisms: &[String],
    credentials: &Credentials<'_>,
) -> Result<(), Ended> {
    let mut refusal = None;
    for mechanism in credentials.mechanisms() {
        if !mechanisms.iter().any(|offered| offered == mechanism.name()) {
            continue;
        }
        let reply = match (attempt(lines, *mechanism, credentials).await, &refusal) {
            (Ok(reply), _) => reply,
            // Some servers end the connection after a refusal.
            (Err(Ended::Broken), Some(_)) => break,
            (Err(ended), _) => return Err(ended),
        };
        if reply.code == 235 {
            return Ok(());
        }
        refusal = Some(stronger(refusal, meaning(&reply, credentials)));
        // RFC 5321 §3.8: after 421 the server closes the connection.
        if reply.code == 421 {
            break;
        }
    }
    Err(refusal.unwrap_or(LoginError::NoMethod).into())
}

/// The way to say a password (RFC 4954, RFC 4616, RFC 2195) or a token (RFC 7628).
#[derive(Clone, Copy)]
enum Mechanism {
    Plain,
    Login,
    CramMd5,
    XOAuth2,
    OAuthBearer,
}

impl Mechanism {
    const fn name(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::Login => "LOGIN",
            Self::CramMd5 => "CRAM-MD5",
            Self::XOAuth2 => "XOAUTH2",
            Self::OAuthBearer => "OAUTHBEARER",
        }
    }
}

async fn attempt<S: Wire>(
    lines: &mut Lines<S>,
    mechanism: Mechanism,
    credentials: &Credentials<'_>,
) -> Result<Reply, Ended> {
    match (mechanism, credentials) {
        (Mechanism::Plain, Credentials::Password(password)) => Ok(lines.ask(&password.plain).await?),
        (Mechanism::Login, Credentials::Password(password)) => {
            let mut reply = lines.ask(&Command::new("AUTH LOGIN")).await?;
            for answer in [&password.username, &password.password] {
                if reply.code == 334 {
                    reply = lines.ask(answer).await?;
                }
            }
            Ok(reply)
        }
        (Mechanism::CramMd5, Credentials::Password(password)) => {
            let reply = lines.ask(&Command::new("AUTH CRAM-MD5")).await?;
            if reply.code != 334 {
                return Ok(reply);
            }
            let challenge = reply.lines.first().map(String::as_str).unwrap_or_default();
            match STANDARD.decode(challenge.trim()) {
                Ok(challenge) => Ok(lines.ask(&password.digest_of(&challenge)?).await?),
                // `*` gives the exchange up (RFC 4954 §4).
                Err(_) => Ok(lines.ask(&Command::new("*")).await?),
            }
        }
        // After an error in JSON, both sides go on to the reply: with an empty line, or with `^A` (RFC 7628 §3.2.3).
        (Mechanism::XOAuth2, Credentials::Token { xoauth2, .. }) => {
            with_token(lines, "AUTH XOAUTH2", xoauth2, "").await
        }
        (Mechanism::OAuthBearer, Credentials::Token { bearer, .. }) => {
            with_token(lines, "AUTH OAUTHBEARER", bearer, "AQ==").await
        }
        // A mechanism comes from the credentials themselves.
        (Mechanism::Plain | Mechanism::Login | Mechanism::CramMd5, Credentials::Token { .. })
        | (Mechanism::XOAuth2 | Mechanism::OAuthBearer, Credentials::Password(_)) => Err(Ended::Broken),
    }
}

/// Tokens are longer than the 512 bytes that a command may have (RFC 5321 §4.5.3.1.4), so the token is not part of it.
async fn with_token<S: Wire>(
    lines: &mut Lines<S>,
    command: &'static str,
    token: &Command,
    after_an_error: &str,
) -> Result<Reply, Ended> {
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

/// What a reply that is no success says of the credentials.
fn meaning(reply: &Reply, credentials: &Credentials<'_>) -> LoginError {
    match (reply.code, enhanced(reply)) {
        // Exchange Online: "550 5.7.30 Basic authentication is not supported for Client Submission" (Exchange team, "Exchange Online to
        // retire Basic auth for Client Submission"), "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled
        // for the Tenant" (Microsoft Learn, "Enable or disable SMTP AUTH in Exchange Online"). RFC 5248 §2.4: 5.7.13 disabled.
        (_, Some((5, 7, 30 | 139 | 13))) => LoginError::PasswordsOff,
        // Gmail: "534-5.7.9 Application-specific password required" (Google, "Gmail SMTP errors and codes"). RFC 4954 §6 has the same
        // code for a mechanism that is too weak.
        (534, Some((5, 7, 9))) if says(reply, "application-specific") => LoginError::AppPassword,
        // RFC 4954 §4: the mechanism is not known after all.
        (504, _) => LoginError::NoMethod,
        // RFC 4954 §6.
        (535, _) => match credentials {
            Credentials::Password(_) => LoginError::Refused,
            Credentials::Token { .. } => LoginError::TokenRefused,
        },
        // 530 and 538 want encryption, 534 another mechanism, 550 and 554 are of the server's policy, 4xx pass.
        _ => LoginError::Unclear,
    }
}

/// The one that says more: a server that does not know a mechanism, or cannot tell, has not refused the password with another.
fn stronger(before: Option<LoginError>, now: LoginError) -> LoginError {
    let weight = |error: &LoginError| match error {
        LoginError::NoMethod => 0,
        LoginError::Unclear => 1,
        LoginError::Refused
        | LoginError::NoDirectory
        | LoginError::HostKeyUnknown { .. }
        | LoginError::HostKeyChanged { .. }
        | LoginError::CertificateChanged { .. }
        | LoginError::NoTls
        | LoginError::WantsTls
        | LoginError::PlainFiles
        | LoginError::PasswordsOff
        | LoginError::AppPassword
        | LoginError::TokenRefused
        | LoginError::PrivateKey
        | LoginError::PasswordToo
        | LoginError::KeyToo
        | LoginError::OnlySha1
        | LoginError::Outbound(_) => 2,
    };
    match before {
        Some(before) if weight(&before) >= weight(&now) => before,
        Some(_) | None => now,
    }
}

/// The enhanced status code (RFC 3463 §2) that a reply begins with.
fn enhanced(reply: &Reply) -> Option<(u16, u16, u16)> {
    let mut numbers = reply.lines.first()?.split_whitespace().next()?.split('.').map(str::parse);
    match (numbers.next()?, numbers.next()?, numbers.next()?, numbers.next()) {
        (Ok(class), Ok(subject), Ok(detail), None) => Some((class, subject, detail)),
        _ => None,
    }
}

fn says(reply: &Reply, words: &str) -> bool {
    reply.lines.join(" ").to_ascii_lowercase().contains(words)
}

#[cfg(test)]
mod tests {
    use keyward_shared::secret::SecretText;

    use super::*;
    use crate::outbound::scripted::{Heard, Said, play};

    const EHLO: &str = "EHLO keyward.example";
    const PLAIN: &str = "AUTH PLAIN AGFubgBzM2NyZXQ=";
    const OFFER: &str = "250-mx.example\r\n250-SIZE 1\r\n250 AUTH LOGIN PLAIN\r\n";

    async fn run(security: SmtpSecurity, password: &str, script: &[Said]) -> (Result<Welcome, Ended>, Heard) {
        let password = SecretText::from(password.to_owned());
        let proof = SmtpProof::Password(&password);
        let login = SmtpLogin { host: "mx.example", port: 465, security, username: "ann", proof };
        play(script, async |stream, encrypt| log_in(&login, "keyward.example", stream, encrypt).await).await
    }

    async fn over_tls(after_greeting: &[(&str, &str)]) -> (Result<Welcome, Ended>, Heard) {
        let mut script = vec![Said::Encrypted, Said::First("220 MX.example ESMTP\r\n".into())];
        script
            .extend(after_greeting.iter().map(|(asked, said)| Said::Reply((*asked).into(), (*said).into())));
        run(SmtpSecurity::Tls, "s3cret", &script).await
    }

    #[tokio::test]
    async fn the_right_password_logs_in() {
        let (end, heard) = over_tls(&[(EHLO, OFFER), (PLAIN, "235 ok\r\n"), ("NOOP", "250 ok\r\n")]).await;
        assert_eq!(end.unwrap(), Welcome { identity: Some("mx.example".into()) });
        assert_eq!(heard.last(), "QUIT");
    }

    #[tokio::test]
    async fn login_is_taken_where_plain_is_not_offered() {
        let (end, _) = over_tls(&[
            (EHLO, "250-mx\r\n250 AUTH=CRAM-MD5 login\r\n"),
            ("AUTH LOGIN", "334 VXNlcm5hbWU6\r\n"),
            ("YW5u", "334 UGFzc3dvcmQ6\r\n"),
            ("czNjcmV0", "235 ok\r\n"),
            ("NOOP", "250 ok\r\n"),
        ])
        .await;
        assert!(end.is_ok());
        let (end, heard) = over_tls(&[(EHLO, "250-mx\r\n250 AUTH DIGEST-MD5 XOAUTH2\r\n")]).await;
        assert_eq!(end, Err(LoginError::NoMethod.into()));
        assert_eq!(heard.last(), EHLO);
    }

    #[tokio::test]
    async fn each_answer_to_the_password_has_its_meaning() {
        for (answer, meaning) in [
            ("535 5.7.8 wrong\r\n", LoginError::Refused),
            ("535-5.7.8 wrong\r\n535 5.7.8 go away\r\n", LoginError::Refused),
            ("534 5.7.9 too weak\r\n", LoginError::Unclear),
            ("530 5.7.0 not allowed\r\n", LoginError::Unclear),
            ("525 5.7.13 disabled\r\n", LoginError::PasswordsOff),
            ("504 5.5.4 what?\r\n", LoginError::NoMethod),
            ("501 5.5.2 what?\r\n", LoginError::Unclear),
            ("454 4.7.0 later\r\n", LoginError::Unclear),
            ("421 4.3.0 bye\r\n", LoginError::Unclear),
            ("334 \r\n", LoginError::Unclear),
            ("250 ok?\r\n", LoginError::Unclear),
        ] {
            let (end, _) = over_tls(&[(EHLO, "250-mx\r\n250 AUTH PLAIN\r\n"), (PLAIN, answer)]).await;
            assert_eq!(end, Err(meaning.into()), "{answer}");
        }
    }

    #[tokio::test]
    async fn what_a_provider_says_of_its_own_rules_is_no_wrong_password() {
        for (answer, meaning) in [
            (
                "550 5.7.30 Basic authentication is not supported for Client Submission.\r\n",
                LoginError::PasswordsOff,
            ),
            (
                "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit https://aka.ms/smtp_auth_disabled for more information.\r\n",
                LoginError::PasswordsOff,
            ),
            (
                "534-5.7.9 Application-specific password required. For more information, go to\r\n534 5.7.9 https://support.google.com/mail/?p=InvalidSecondFactor\r\n",
                LoginError::AppPassword,
            ),
            ("554 5.7.0 Too many failed logins, try again later\r\n", LoginError::Unclear),
            ("550 5.7.1 Relaying denied\r\n", LoginError::Unclear),
        ] {
            let (end, _) = over_tls(&[(EHLO, "250-mx\r\n250 AUTH PLAIN\r\n"), (PLAIN, answer)]).await;
            assert_eq!(end, Err(meaning.into()), "{answer}");
        }
    }

    #[tokio::test]
    async fn every_mechanism_that_is_offered_is_tried_before_the_password_is_called_wrong() {
        for refused in ["504 5.5.4 not this one\r\n", "535 5.7.8 wrong\r\n", "553 no\r\n", "454 later\r\n"] {
            let (end, _) = over_tls(&[
                (EHLO, OFFER),
                (PLAIN, refused),
                ("AUTH LOGIN", "334 VXNlcm5hbWU6\r\n"),
                ("YW5u", "334 UGFzc3dvcmQ6\r\n"),
                ("czNjcmV0", "235 ok\r\n"),
                ("NOOP", "250 ok\r\n"),
            ])
            .await;
            assert!(end.is_ok(), "{refused}");
        }
        // Both refused, one unknown, and a connection that ends after the first refusal.
        let wrong = "535 5.7.8 wrong\r\n";
        let login = ["AUTH LOGIN", "YW5u", "czNjcmV0"];
        for (plain, last) in [(wrong, wrong), ("504 no\r\n", wrong), (wrong, "504 no\r\n")] {
            let (end, heard) = over_tls(&[
                (EHLO, OFFER),
                (PLAIN, plain),
                (login[0], "334 VXNlcm5hbWU6\r\n"),
                (login[1], "334 UGFzc3dvcmQ6\r\n"),
                (login[2], last),
            ])
            .await;
            assert_eq!(end, Err(LoginError::Refused.into()), "{plain} {last}");
            assert_eq!(heard.last(), login[2]);
        }
        let (end, _) = over_tls(&[(EHLO, OFFER), (PLAIN, wrong)]).await;
        assert_eq!(end, Err(LoginError::Refused.into()));
    }

    #[tokio::test]
    async fn cram_md5_answers_the_challenge_of_its_rfc() {
        // RFC 2195 §2: the user tim, the password tanstaaftanstaaf.
        let password = SecretText::from("tanstaaftanstaaf".to_owned());
        let security = SmtpSecurity::Tls;
        let proof = SmtpProof::Password(&password);
        let login = SmtpLogin { host: "mx.example", port: 465, security, username: "tim", proof };
        let script = [
            Said::Encrypted,
            Said::First("220 mx.example ESMTP\r\n".into()),
            Said::Reply(EHLO.into(), "250-mx\r\n250 AUTH CRAM-MD5\r\n".into()),
            Said::Reply(
                "AUTH CRAM-MD5".into(),
                "334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+\r\n".into(),
            ),
            Said::Reply("dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw".into(), "235 ok\r\n".into()),
            Said::Reply("NOOP".into(), "250 ok\r\n".into()),
        ];
        let (end, _) =
            play(&script, async |stream, encrypt| log_in(&login, "keyward.example", stream, encrypt).await)
                .await;
        assert!(end.is_ok());
    }

    async fn with_token(after_greeting: &[(&str, &str)]) -> Result<Welcome, Ended> {
        // Microsoft's example, in the page that `Credentials::of_token` names.
        let token = SecretText::from("EwBAAl3BAAUFFpUAo7J3Ve0bjLBWZWCclRC3EoAA".to_owned());
        let (username, proof) = ("test@contoso.onmicrosoft.com", SmtpProof::Token(&token));
        let security = SmtpSecurity::Tls;
        let login = SmtpLogin { host: "server.example.com", port: 587, security, username, proof };
        let mut script = vec![Said::Encrypted, Said::First("220 MX.example ESMTP\r\n".into())];
        script
            .extend(after_greeting.iter().map(|(asked, said)| Said::Reply((*asked).into(), (*said).into())));
        play(&script, async |stream, encrypt| log_in(&login, "keyward.example", stream, encrypt).await)
            .await
            .0
    }

    const XOAUTH2: &str = "dXNlcj10ZXN0QGNvbnRvc28ub25taWNyb3NvZnQuY29tAWF1dGg9QmVhcmVyIEV3QkFBbDNCQUFVRkZwVUFvN0ozVmUwYmpMQldaV0NjbFJDM0VvQUEBAQ==";

    #[tokio::test]
    async fn a_token_is_said_as_microsoft_says_it() {
        let end = with_token(&[
            (EHLO, "250-mx\r\n250 AUTH LOGIN XOAUTH2\r\n"),
            ("AUTH XOAUTH2", "334 \r\n"),
            (XOAUTH2, "235 2.7.0 Authentication successful\r\n"),
            ("NOOP", "250 ok\r\n"),
        ])
        .await;
        assert_eq!(end.unwrap().identity.as_deref(), Some("mx.example"));
    }

    #[tokio::test]
    async fn a_token_is_said_in_the_way_of_rfc_7628_where_the_server_offers_only_that() {
        let said = STANDARD.encode(
            "n,a=test@contoso.onmicrosoft.com,\x01host=server.example.com\x01port=587\x01auth=Bearer EwBAAl3BAAUFFpUAo7J3Ve0bjLBWZWCclRC3EoAA\x01\x01",
        );
        let offer = (EHLO, "250-mx\r\n250 AUTH PLAIN OAUTHBEARER\r\n");
        let end = with_token(&[
            offer,
            ("AUTH OAUTHBEARER", "334 \r\n"),
            (&said, "235 ok\r\n"),
            ("NOOP", "250 ok\r\n"),
        ])
        .await;
        assert!(end.is_ok());
        // RFC 7628 §4.3: the error in JSON, which the client answers with `^A`.
        let error = "334 eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0=\r\n";
        let end = with_token(&[
            offer,
            ("AUTH OAUTHBEARER", "334 \r\n"),
            (&said, error),
            ("AQ==", "535 5.7.8 wrong\r\n"),
        ])
        .await;
        assert_eq!(end, Err(LoginError::TokenRefused.into()));
    }

    #[tokio::test]
    async fn a_refused_token_is_no_wrong_password() {
        // Exchange Online says 535 at once; Gmail sends the error in JSON first (Google's page on XOAUTH2).
        for (said, meaning) in [
            (
                vec![(
                    XOAUTH2,
                    "535 5.7.3 Authentication unsuccessful [AM0PR06CA0109.eurprd06.prod.outlook.com]\r\n",
                )],
                LoginError::TokenRefused,
            ),
            (
                vec![
                    (
                        XOAUTH2,
                        "334 eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmVyIG1hYyIsInNjb3BlIjoiaHR0cHM6Ly9tYWlsLmdvb2dsZS5jb20vIn0K\r\n",
                    ),
                    ("", "535-5.7.1 Username and Password not accepted.\r\n535 5.7.1 Learn more\r\n"),
                ],
                LoginError::TokenRefused,
            ),
            (
                vec![(
                    XOAUTH2,
                    "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox.\r\n",
                )],
                LoginError::PasswordsOff,
            ),
            (vec![(XOAUTH2, "454 4.7.0 Temporary authentication failure\r\n")], LoginError::Unclear),
        ] {
            let start = [(EHLO, "250-mx\r\n250 AUTH LOGIN XOAUTH2\r\n"), ("AUTH XOAUTH2", "334 \r\n")];
            let script: Vec<_> = start.into_iter().chain(said.iter().copied()).collect();
            assert_eq!(with_token(&script).await, Err(meaning.into()), "{said:?}");
        }
        let end = with_token(&[(EHLO, "250-mx\r\n250 AUTH PLAIN LOGIN\r\n")]).await;
        assert_eq!(end, Err(LoginError::NoMethod.into()));
    }

    #[tokio::test]
    async fn starttls_comes_before_the_password_and_what_was_offered_before_it_is_forgotten() {
        let script = [
            Said::First("220 mx.example\r\n".into()),
            Said::Reply(EHLO.into(), "250-mx\r\n250-AUTH PLAIN\r\n250 starttls\r\n".into()),
            Said::Reply("STARTTLS".into(), "220 go\r\n".into()),
            Said::Encrypted,
            Said::Reply(EHLO.into(), OFFER.into()),
            Said::Reply(PLAIN.into(), "235 ok\r\n".into()),
            Said::Reply("NOOP".into(), "250 ok\r\n".into()),
        ];
        let (end, heard) = run(SmtpSecurity::StartTls, "s3cret", &script).await;
        assert!(end.is_ok());
        assert_eq!(heard.in_the_clear(), [EHLO, "STARTTLS"]);
        let stripped = [&script[..4], &[Said::Reply(EHLO.into(), "250 mx\r\n".into())]].concat();
        assert_eq!(
            run(SmtpSecurity::StartTls, "s3cret", &stripped).await.0,
            Err(LoginError::NoMethod.into())
        );
    }

    #[tokio::test]
    async fn without_starttls_nothing_is_sent() {
        for (offer, answer) in [
            ("250-mx\r\n250 AUTH PLAIN\r\n", None),
            ("250-mx\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n", Some("454 not now\r\n")),
            ("250-mx\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n", Some("502 no\r\n")),
        ] {
            let mut script =
                vec![Said::First("220 mx.example\r\n".into()), Said::Reply(EHLO.into(), offer.into())];
            script.extend(answer.map(|answer| Said::Reply("STARTTLS".into(), answer.into())));
            let (end, heard) = run(SmtpSecurity::StartTls, "s3cret", &script).await;
            assert_eq!(end, Err(LoginError::NoTls.into()));
            assert!(!heard.all().iter().any(|line| line.starts_with("AUTH")));
        }
    }

    #[tokio::test]
    async fn what_comes_with_the_answer_to_starttls_ends_the_conversation() {
        let script = [
            Said::First("220 mx.example\r\n".into()),
            Said::Reply(EHLO.into(), "250-mx\r\n250 STARTTLS\r\n".into()),
            Said::Reply("STARTTLS".into(), "220 go\r\n250 AUTH PLAIN\r\n".into()),
            Said::Encrypted,
        ];
        let (end, heard) = run(SmtpSecurity::StartTls, "s3cret", &script).await;
        assert_eq!(end, Err(Ended::Broken));
        assert_eq!(heard.last(), "STARTTLS");
    }

    #[tokio::test]
    async fn a_server_that_ends_at_any_step_was_not_reached() {
        let script = [
            Said::First("220 mx.example\r\n".into()),
            Said::Reply(EHLO.into(), "250-mx\r\n250 STARTTLS\r\n".into()),
            Said::Reply("STARTTLS".into(), "220 go\r\n".into()),
            Said::Encrypted,
            Said::Reply(EHLO.into(), OFFER.into()),
            Said::Reply(PLAIN.into(), "235 ok\r\n".into()),
            Said::Reply("NOOP".into(), "250 ok\r\n".into()),
        ];
        for steps in 0..script.len() {
            let (end, _) = run(SmtpSecurity::StartTls, "s3cret", &script[..steps]).await;
            assert_eq!(end, Err(Ended::Broken), "after {steps} steps");
        }
    }

    #[tokio::test]
    async fn a_greeting_that_is_none_says_nothing() {
        for (greeting, meaning) in [
            ("554 no service here\r\n", Ended::from(LoginError::Unclear)),
            ("421 later\r\n", LoginError::Unclear.into()),
            ("HTTP/1.1 400 Bad Request\r\n", Ended::Broken),
        ] {
            let script = [Said::Encrypted, Said::First(greeting.into())];
            assert_eq!(run(SmtpSecurity::Tls, "s3cret", &script).await.0, Err(meaning), "{greeting}");
        }
    }

    #[tokio::test]
    async fn only_a_plain_host_name_is_repeated() {
        for (greeting, identity) in [
            ("mail.Example.com ESMTP", Some("mail.example.com")),
            ("[192.0.2.1] ready", None),
            ("<script>.example x", None),
            ("localhost", None),
            ("-a.example", None),
            ("", None),
        ] {
            let reply = Reply { code: 220, lines: vec![greeting.to_owned()] };
            assert_eq!(super::greeting(reply).unwrap().as_deref(), identity, "{greeting}");
        }
    }

    #[tokio::test]
    async fn a_password_with_a_control_character_is_refused_before_a_byte_leaves() {
        for password in ["a\0b", "a\r\nRSET", "a\n"] {
            let (end, heard) = run(SmtpSecurity::Tls, password, &[Said::Encrypted]).await;
            assert_eq!(end, Err(LoginError::Refused.into()));
            assert!(heard.all().is_empty());
        }
    }
}
