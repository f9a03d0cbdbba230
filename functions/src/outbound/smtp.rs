//! Logging in to a mail server (RFC 5321, RFC 3207, RFC 4954). No mail is sent.

use base64::{Engine, engine::general_purpose::STANDARD};
use keyward_shared::outbound::{LoginError, OutboundError, SmtpLogin, SmtpSecurity, Welcome};
use zeroize::Zeroizing;

use super::{
    dialogue::Ended,
    lines::{Command, Injection, Lines, Reply, Wire},
};

/// How we name ourselves: an address literal that tells nothing of the network we are in (RFC 5321 §4.1.3).
const EHLO: &str = "EHLO [127.0.0.1]";

/// Logs in over a new connection and leaves. `encrypt` is the TLS handshake.
///
/// # Security
///
/// Nothing of the login is sent before `encrypt` has succeeded.
pub(crate) async fn log_in<S: Wire, T: Wire, E>(
    login: &SmtpLogin<'_>,
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
            let offers = hello(&mut lines).await?;
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
    let offers = hello(&mut lines).await?;
    authenticate(&mut lines, &mechanisms(&offers), &credentials).await?;
    if lines.ask(&Command::new("NOOP")).await?.code != 250 {
        return Err(LoginError::Unclear.into());
    }
    lines.leave().await;
    Ok(Welcome { identity })
}

/// The commands that hold the credentials.
struct Credentials {
    plain: Command,
    username: Command,
    password: Command,
}

impl Credentials {
    /// # Errors
    ///
    /// [`LoginError::Refused`] for a control character that no server can accept: NUL parts the two in `PLAIN`
    /// (RFC 4616 §2), and a line break is in no password that was typed in.
    fn of(login: &SmtpLogin<'_>) -> Result<Self, LoginError> {
        let (username, password) = (login.username, login.password.expose());
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
            })
        };
        commands().map_err(|Injection| LoginError::Refused)
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
async fn hello<S: Wire>(lines: &mut Lines<S>) -> Result<Vec<String>, Ended> {
    let reply = lines.ask(&Command::new(EHLO)).await?;
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

async fn authenticate<S: Wire>(
    lines: &mut Lines<S>,
    mechanisms: &[String],
    credentials: &Credentials,
) -> Result<(), Ended> {
    let offered = |name: &str| mechanisms.iter().any(|mechanism| mechanism == name);
    let reply = if offered("PLAIN") {
        lines.ask(&credentials.plain).await?
    } else if offered("LOGIN") {
        let mut reply = lines.ask(&Command::new("AUTH LOGIN")).await?;
        for answer in [&credentials.username, &credentials.password] {
            if reply.code == 334 {
                reply = lines.ask(answer).await?;
            }
        }
        reply
    } else {
        return Err(LoginError::NoMethod.into());
    };
    match reply.code {
        235 => Ok(()),
        // RFC 4954 §4: the mechanism is not known after all.
        504 => Err(LoginError::NoMethod.into()),
        // RFC 4954 §6: 535 wrong, 534 too weak, 530 and 538 not this way; RFC 5248: 525 disabled. 50x is about syntax.
        510..=599 => Err(LoginError::Refused.into()),
        _ => Err(LoginError::Unclear.into()),
    }
}

#[cfg(test)]
mod tests {
    use keyward_shared::secret::SecretText;

    use super::*;
    use crate::outbound::scripted::{Heard, Said, play};

    const PLAIN: &str = "AUTH PLAIN AGFubgBzM2NyZXQ=";
    const OFFER: &str = "250-mx.example\r\n250-SIZE 1\r\n250 AUTH LOGIN PLAIN\r\n";

    async fn run(security: SmtpSecurity, password: &str, script: &[Said]) -> (Result<Welcome, Ended>, Heard) {
        let password = SecretText::from(password.to_owned());
        let login =
            SmtpLogin { host: "mx.example", port: 465, security, username: "ann", password: &password };
        play(script, async |stream, encrypt| log_in(&login, stream, encrypt).await).await
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
        let (end, heard) = over_tls(&[(EHLO, "250-mx\r\n250 AUTH CRAM-MD5 XOAUTH2\r\n")]).await;
        assert_eq!(end, Err(LoginError::NoMethod.into()));
        assert_eq!(heard.last(), EHLO);
    }

    #[tokio::test]
    async fn each_answer_to_the_password_has_its_meaning() {
        for (answer, meaning) in [
            ("535 5.7.8 wrong\r\n", LoginError::Refused),
            ("535-5.7.8 wrong\r\n535 5.7.8 go away\r\n", LoginError::Refused),
            ("534 5.7.9 too weak\r\n", LoginError::Refused),
            ("530 5.7.0 not allowed\r\n", LoginError::Refused),
            ("525 5.7.13 disabled\r\n", LoginError::Refused),
            ("504 5.5.4 what?\r\n", LoginError::NoMethod),
            ("501 5.5.2 what?\r\n", LoginError::Unclear),
            ("454 4.7.0 later\r\n", LoginError::Unclear),
            ("421 4.3.0 bye\r\n", LoginError::Unclear),
            ("334 \r\n", LoginError::Unclear),
            ("250 ok?\r\n", LoginError::Unclear),
        ] {
            let (end, _) = over_tls(&[(EHLO, OFFER), (PLAIN, answer)]).await;
            assert_eq!(end, Err(meaning.into()), "{answer}");
        }
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
