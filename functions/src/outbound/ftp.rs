//! Logging in to an FTP server (RFC 959), with TLS (RFC 4217) or without. No data connection is ever opened.

use keyward_shared::outbound::{FtpLogin, FtpTls, LoginError, Welcome};

use super::{
    dialogue::{Ended, place},
    lines::{Command, Lines, Reply, Wire},
};

/// Logs in over a new connection, looks at the directory, and leaves. `encrypt` is the TLS handshake.
///
/// # Security
///
/// Nothing of the login is sent before `encrypt` has succeeded, unless the key asks for no TLS at all.
pub(crate) async fn log_in<S: Wire, T: Wire, E, F>(
    login: &FtpLogin<'_>,
    stream: S,
    encrypt: impl FnOnce(S) -> E,
) -> Result<Welcome, Ended>
where
    E: Future<Output = Result<T, F>>,
    Ended: From<F>,
{
    let steps = Steps::of(login)?;
    match login.tls {
        FtpTls::None => {
            let mut lines = Lines::new(stream);
            greeting(&mut lines).await?;
            enter(lines, &steps, Files::InTheClear).await
        }
        FtpTls::Implicit => {
            let mut lines = Lines::new(encrypt(stream).await?);
            greeting(&mut lines).await?;
            enter(lines, &steps, Files::AsTheServerHasThem).await
        }
        FtpTls::Explicit => {
            let mut lines = Lines::new(stream);
            greeting(&mut lines).await?;
            if lines.ask(&Command::new("AUTH TLS")).await?.code != 234 {
                return Err(LoginError::NoTls.into());
            }
            let lines = Lines::new(encrypt(lines.into_stream()?).await?);
            enter(lines, &steps, Files::Encrypted).await
        }
    }
}

/// What a key's login says of the connections that files go over.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Files {
    /// The key asks for no encryption.
    InTheClear,
    /// Over TLS from the start, it is the server's matter (RFC 4217 leaves this way out).
    AsTheServerHasThem,
    /// Later users of the key need them encrypted.
    Encrypted,
}

/// The commands with arguments.
struct Steps<'a> {
    user: Command,
    password: Command,
    directory: Option<(&'a str, Command)>,
}

impl<'a> Steps<'a> {
    /// # Errors
    ///
    /// [`LoginError::Refused`] for a user or password with a line break, [`LoginError::NoDirectory`] for such a
    /// directory: there is no way to say them to an FTP server, so none can know them.
    fn of(login: &FtpLogin<'a>) -> Result<Self, LoginError> {
        let refused = |_| LoginError::Refused;
        let directory = login.root_path.map(|path| Ok((path, Command::with("CWD", path)?)));
        Ok(Self {
            user: Command::with("USER", login.username).map_err(refused)?,
            password: Command::with("PASS", login.password.expose()).map_err(refused)?,
            directory: directory.transpose().map_err(|super::lines::Injection| LoginError::NoDirectory)?,
        })
    }
}

/// The first reply, after those that say it will come (RFC 959 §5.4: 120).
async fn greeting<S: Wire>(lines: &mut Lines<S>) -> Result<(), Ended> {
    let mut reply = lines.reply().await?;
    if reply.code == 120 {
        reply = lines.reply().await?;
    }
    if reply.code == 220 { Ok(()) } else { Err(LoginError::Unclear.into()) }
}

/// Asks for encrypted data connections (RFC 4217 §8) as curl does (lib/ftp.c): after the login, since servers refuse both before
/// it (pyftpdlib before its issue 170), and whatever the answer to `PBSZ` is, which some do not know (drftpd's issue 217).
async fn protects_files<S: Wire>(lines: &mut Lines<S>) -> Result<bool, Ended> {
    lines.ask(&Command::new("PBSZ 0")).await?;
    Ok((200..=299).contains(&lines.ask(&Command::new("PROT P")).await?.code))
}

async fn enter<S: Wire>(mut lines: Lines<S>, steps: &Steps<'_>, files: Files) -> Result<Welcome, Ended> {
    authenticate(&mut lines, steps, files).await?;
    if files == Files::Encrypted && !protects_files(&mut lines).await? {
        return Err(LoginError::PlainFiles.into());
    }
    let identity = match &steps.directory {
        Some((path, change)) => match lines.ask(change).await?.code {
            200..=299 => place(path),
            // RFC 959 §5.4: 550 not found or no access; 501 and 553 for a name that the server does not allow.
            501 | 550..=559 => return Err(LoginError::NoDirectory.into()),
            _ => return Err(LoginError::Unclear.into()),
        },
        None => {
            let reply = lines.ask(&Command::new("PWD")).await?;
            working_directory(&reply)
        }
    };
    lines.leave().await;
    Ok(Welcome { identity })
}

async fn authenticate<S: Wire>(lines: &mut Lines<S>, steps: &Steps<'_>, files: Files) -> Result<(), Ended> {
    let mut reply = lines.ask(&steps.user).await?;
    if reply.code == 331 {
        reply = lines.ask(&steps.password).await?;
    }
    if (400..=599).contains(&reply.code) {
        if files == Files::InTheClear && says_one(&reply, &WANTS_TLS) {
            return Err(LoginError::WantsTls.into());
        }
        if says_one(&reply, &OTHER_REASONS) {
            return Err(LoginError::Unclear.into());
        }
    }
    match reply.code {
        // 202: a password was not needed. 232: the certificate was enough (RFC 2228 §5.3).
        230 | 232 | 202 => Ok(()),
        // 430 is not in RFC 959, but said by several servers.
        430 | 530 => Err(LoginError::Refused.into()),
        // 332 wants an account, which keys do not have.
        _ => Err(LoginError::Unclear.into()),
    }
}

/// Words of servers that take no login without TLS: vsftpd's "530 Non-anonymous sessions must use encryption." (prelogin.c),
/// ProFTPD's "550 SSL/TLS required on the control channel" (mod_tls.c), FileZilla Server's "503 Use AUTH first." and "530 … You have
/// to use FTP over TLS", IIS's "534 Policy requires SSL.".
const WANTS_TLS: [&str; 4] = ["tls", "ssl", "encrypt", "use auth first"];

/// Words of servers that refuse a login for another reason than its password: ProFTPD's "530 Sorry, the maximum number of clients
/// (…) for this user already connected." and "421 Too many connections (…) from this IP" of Pure-FTPd.
const OTHER_REASONS: [&str; 4] = ["maximum number", "too many", "try again later", "banned"];

fn says_one(reply: &Reply, words: &[&str]) -> bool {
    let text = reply.lines.join(" ").to_ascii_lowercase();
    words.iter().any(|word| text.contains(word))
}

/// The directory in `257 "/a ""quoted"" name" …` (RFC 959 Appendix II).
fn working_directory(reply: &Reply) -> Option<String> {
    if reply.code != 257 {
        return None;
    }
    let (_, quoted) = reply.lines.first()?.split_once('"')?;
    let mut name = String::new();
    let mut rest = quoted.chars().peekable();
    loop {
        match rest.next()? {
            '"' if rest.next_if_eq(&'"').is_some() => name.push('"'),
            '"' => return place(&name),
            other => name.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use keyward_shared::secret::SecretText;

    use super::*;
    use crate::outbound::scripted::{Heard, Said, play};

    struct Given {
        tls: FtpTls,
        username: &'static str,
        password: &'static str,
        root_path: Option<&'static str>,
    }

    const PLAIN: Given = Given { tls: FtpTls::None, username: "ann", password: "s3cret", root_path: None };

    async fn run(given: &Given, script: &[Said]) -> (Result<Welcome, Ended>, Heard) {
        let password = SecretText::from(given.password.to_owned());
        let login = FtpLogin {
            host: "ftp.example",
            port: 21,
            tls: given.tls,
            certificate: None,
            username: given.username,
            password: &password,
            root_path: given.root_path,
        };
        play(script, async |stream, encrypt| log_in(&login, stream, encrypt).await).await
    }

    fn reply(asked: &str, said: &str) -> Said {
        Said::Reply(asked.into(), format!("{said}\r\n"))
    }

    fn greeted(rest: &[(&str, &str)]) -> Vec<Said> {
        let first = Said::First("220-Welcome\r\n220 ready\r\n".into());
        std::iter::once(first).chain(rest.iter().map(|(asked, said)| reply(asked, said))).collect()
    }

    fn explicit() -> Vec<Said> {
        let mut script = greeted(&[("AUTH TLS", "234 go")]);
        script.push(Said::Encrypted);
        script.extend([
            reply("USER ann", "331 password?"),
            reply("PASS s3cret", "230 hello"),
            reply("PBSZ 0", "200 ok"),
            reply("PROT P", "200 ok"),
            reply("PWD", "257 \"/\" is it"),
        ]);
        script
    }

    #[tokio::test]
    async fn the_right_password_logs_in_without_tls() {
        let script =
            greeted(&[("USER ann", "331 ?"), ("PASS s3cret", "230 ok"), ("PWD", "257 \"/a \"\"b\"\"\" x")]);
        let (end, heard) = run(&PLAIN, &script).await;
        assert_eq!(end.unwrap().identity.as_deref(), Some("/a \"b\""));
        assert_eq!(heard.last(), "QUIT");
        let waits = [vec![Said::First("120 soon\r\n220 now\r\n".into())], script[1..].to_vec()].concat();
        assert!(run(&PLAIN, &waits).await.0.is_ok());
        let without_password = greeted(&[("USER ann", "230 come in"), ("PWD", "502 what?")]);
        assert_eq!(run(&PLAIN, &without_password).await.0, Ok(Welcome::default()));
    }

    #[tokio::test]
    async fn explicit_tls_comes_before_the_user() {
        let (end, heard) = run(&Given { tls: FtpTls::Explicit, ..PLAIN }, &explicit()).await;
        assert_eq!(end.unwrap().identity.as_deref(), Some("/"));
        assert_eq!(heard.in_the_clear(), ["AUTH TLS"]);
    }

    #[tokio::test]
    async fn implicit_tls_comes_before_everything() {
        let script = [
            vec![Said::Encrypted],
            greeted(&[("USER ann", "331 ?"), ("PASS s3cret", "230 ok"), ("PWD", "257 \"/\"")]),
        ]
        .concat();
        let (end, heard) = run(&Given { tls: FtpTls::Implicit, ..PLAIN }, &script).await;
        assert!(end.is_ok());
        assert!(heard.in_the_clear().is_empty());
    }

    #[tokio::test]
    async fn a_server_without_tls_hears_no_user() {
        for answer in ["500 what?", "534 no", "431 later", "200 sure", "334 go on"] {
            let (end, heard) =
                run(&Given { tls: FtpTls::Explicit, ..PLAIN }, &greeted(&[("AUTH TLS", answer)])).await;
            assert_eq!(end, Err(LoginError::NoTls.into()), "{answer}");
            assert_eq!(heard.all(), ["AUTH TLS"]);
        }
        let mut clear_data = explicit();
        clear_data[6] = reply("PROT P", "536 no");
        let (end, heard) = run(&Given { tls: FtpTls::Explicit, ..PLAIN }, &clear_data).await;
        assert_eq!(end, Err(LoginError::PlainFiles.into()));
        assert_eq!(heard.last(), "PROT P");
    }

    #[tokio::test]
    async fn a_server_that_knows_no_pbsz_is_forgiven() {
        let mut script = explicit();
        script[5] = reply("PBSZ 0", "500 what?");
        let (end, heard) = run(&Given { tls: FtpTls::Explicit, ..PLAIN }, &script).await;
        assert!(end.is_ok(), "{:?}", heard.all());
    }

    #[tokio::test]
    async fn a_refusal_that_is_not_about_the_password_is_told_apart() {
        for (answer, meaning) in [
            ("530 Non-anonymous sessions must use encryption.", LoginError::WantsTls),
            ("550 SSL/TLS required on the control channel", LoginError::WantsTls),
            ("534 Policy requires SSL.", LoginError::WantsTls),
            ("503 Use AUTH first.", LoginError::WantsTls),
            (
                "530 Sorry, the maximum number of clients (10) for this user already connected.",
                LoginError::Unclear,
            ),
            ("421 Too many connections (8) from this IP", LoginError::Unclear),
            ("530 Login incorrect.", LoginError::Refused),
        ] {
            let (end, _) = run(&PLAIN, &greeted(&[("USER ann", answer)])).await;
            assert_eq!(end, Err(meaning.clone().into()), "{answer}");
            let asked = [("USER ann", "331 ?"), ("PASS s3cret", answer)];
            let (end, _) = run(&PLAIN, &greeted(&asked)).await;
            assert_eq!(end, Err(meaning.into()), "{answer}");
        }
    }

    #[tokio::test]
    async fn what_comes_with_the_answer_to_auth_tls_ends_the_conversation() {
        let script = [
            greeted(&[("AUTH TLS", "234 go\r\n230 injected")]),
            vec![Said::Encrypted, reply("PBSZ 0", "200 ok")],
        ]
        .concat();
        let (end, heard) = run(&Given { tls: FtpTls::Explicit, ..PLAIN }, &script).await;
        assert_eq!(end, Err(Ended::Broken));
        assert_eq!(heard.last(), "AUTH TLS");
    }

    #[tokio::test]
    async fn each_answer_to_user_and_password_has_its_meaning() {
        for (answer, meaning) in [
            ("530 no", LoginError::Refused),
            ("430 no", LoginError::Refused),
            ("332 account?", LoginError::Unclear),
            ("331 again?", LoginError::Unclear),
            ("421 full", LoginError::Unclear),
            ("500 what?", LoginError::Unclear),
        ] {
            let script = greeted(&[("USER ann", "331 ?"), ("PASS s3cret", answer)]);
            assert_eq!(run(&PLAIN, &script).await.0, Err(meaning.clone().into()), "{answer}");
            if !answer.starts_with("331") {
                let script = greeted(&[("USER ann", answer)]);
                let (end, heard) = run(&PLAIN, &script).await;
                assert_eq!(end, Err(meaning.into()), "{answer} at USER");
                assert_eq!(heard.last(), "USER ann");
            }
        }
        for greeting in ["421 full\r\n", "120 soon\r\n120 sooner\r\n", "530 no\r\n"] {
            let (end, heard) = run(&PLAIN, &[Said::First(greeting.into())]).await;
            assert_eq!(end, Err(LoginError::Unclear.into()), "{greeting}");
            assert!(heard.all().is_empty());
        }
    }

    #[tokio::test]
    async fn the_directory_must_be_there() {
        for (answer, end) in [
            ("250 ok", Ok(Welcome { identity: Some("/in".into()) })),
            ("200 ok", Ok(Welcome { identity: Some("/in".into()) })),
            ("550 no such directory", Err(LoginError::NoDirectory.into())),
            ("553 not allowed", Err(LoginError::NoDirectory.into())),
            ("501 bad name", Err(LoginError::NoDirectory.into())),
            ("450 busy", Err(LoginError::Unclear.into())),
            ("500 what?", Err(LoginError::Unclear.into())),
        ] {
            let script = greeted(&[("USER ann", "331 ?"), ("PASS s3cret", "230 ok"), ("CWD /in", answer)]);
            assert_eq!(run(&Given { root_path: Some("/in"), ..PLAIN }, &script).await.0, end, "{answer}");
        }
    }

    #[tokio::test]
    async fn a_line_break_is_refused_before_a_byte_leaves() {
        for (given, meaning) in [
            (Given { username: "ann\r\nDELE x", ..PLAIN }, LoginError::Refused),
            (Given { password: "a\nDELE x", ..PLAIN }, LoginError::Refused),
            (Given { password: "a\0", ..PLAIN }, LoginError::Refused),
            (Given { root_path: Some("/\r\nDELE x"), ..PLAIN }, LoginError::NoDirectory),
        ] {
            let (end, heard) = run(&given, &greeted(&[])).await;
            assert_eq!(end, Err(meaning.into()));
            assert!(heard.all().is_empty());
        }
    }

    #[tokio::test]
    async fn a_server_that_ends_at_any_step_was_not_reached() {
        for steps in 0..explicit().len() {
            let (end, _) = run(&Given { tls: FtpTls::Explicit, ..PLAIN }, &explicit()[..steps]).await;
            assert_eq!(end, Err(Ended::Broken), "after {steps} steps");
        }
    }

    #[test]
    fn a_directory_that_cannot_be_shown_is_left_out() {
        for (line, directory) in [
            ("\"/\"", Some("/")),
            ("/ is it", None),
            ("\"unfinished", None),
            ("\"\"", None),
            ("\"/a\u{1b}[31m\"", None),
        ] {
            let reply = Reply { code: 257, lines: vec![line.to_owned()] };
            assert_eq!(working_directory(&reply).as_deref(), directory, "{line}");
        }
    }
}
