//! Commands of one line and replies of three digits, as FTP (RFC 959 §4.2) and SMTP (RFC 5321 §4.2) speak them.

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use zeroize::Zeroizing;

/// The longest line taken from a server. RFC 5321 §4.5.3.1.5 allows a reply line 512 bytes; greetings are longer.
const MAX_LINE_BYTES: usize = 4096;
/// The most lines of one reply. A list of SMTP extensions has about twenty.
const MAX_LINES: usize = 100;

/// The dialogue cannot go on: the server ended it, or sent a line that is not a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Broken;

impl From<std::io::Error> for Broken {
    fn from(_: std::io::Error) -> Self {
        Self
    }
}

/// A connection, with or without TLS.
pub(crate) trait Wire: AsyncRead + AsyncWrite + Unpin {}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire for S {}

/// An argument that would end the command early and start another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Injection;

/// A command, complete with its end of line. It may hold a password: it is wiped, and has no `Debug`.
pub(crate) struct Command(Zeroizing<Vec<u8>>);

impl Command {
    /// A command of fixed words.
    pub(crate) fn new(words: &'static str) -> Self {
        Self(Zeroizing::new([words.as_bytes(), b"\r\n"].concat()))
    }

    /// A verb and its argument. All commands of a dialogue are made before its first byte is sent, so that one that
    /// cannot be sent leaves no half of a dialogue behind.
    ///
    /// # Errors
    ///
    /// [`Injection`] for a CR, LF or NUL in the argument.
    pub(crate) fn with(verb: &'static str, argument: &str) -> Result<Self, Injection> {
        if argument.contains(['\r', '\n', '\0']) {
            return Err(Injection);
        }
        // Made at its full length, since growing would leave a copy behind.
        let mut line = Zeroizing::new(Vec::with_capacity(verb.len() + argument.len() + 3));
        line.extend_from_slice(verb.as_bytes());
        line.push(b' ');
        line.extend_from_slice(argument.as_bytes());
        line.extend_from_slice(b"\r\n");
        Ok(Self(line))
    }

    /// A line without a verb: the answer to a challenge (RFC 4954 §4).
    pub(crate) fn answer(encoded: &str) -> Result<Self, Injection> {
        if encoded.contains(['\r', '\n', '\0']) {
            return Err(Injection);
        }
        let mut line = Zeroizing::new(Vec::with_capacity(encoded.len() + 2));
        line.extend_from_slice(encoded.as_bytes());
        line.extend_from_slice(b"\r\n");
        Ok(Self(line))
    }
}

/// A server's reply. It may repeat secrets that were sent, so it has no `Debug`.
pub(crate) struct Reply {
    /// Three digits, the first from 1 to 5.
    pub(crate) code: u16,
    /// The text of each line after the code. It is not to be shown as it is.
    pub(crate) lines: Vec<String>,
}

/// A conversation of commands and replies.
pub(crate) struct Lines<S> {
    stream: S,
    /// Received and not read yet.
    received: Vec<u8>,
}

impl<S: Wire> Lines<S> {
    /// A conversation that has not begun.
    pub(crate) const fn new(stream: S) -> Self {
        Self { stream, received: Vec::new() }
    }

    /// Sends a command and reads the reply.
    pub(crate) async fn ask(&mut self, command: &Command) -> Result<Reply, Broken> {
        self.send(command).await?;
        self.reply().await
    }

    /// Sends a command.
    pub(crate) async fn send(&mut self, Command(line): &Command) -> Result<(), Broken> {
        self.stream.write_all(line).await?;
        Ok(self.stream.flush().await?)
    }

    /// Reads a reply: lines `NNN-…` and a last line `NNN …` with the same code. In FTP the lines between may be any
    /// text (RFC 959 §4.2), so only the last line is told by its code.
    pub(crate) async fn reply(&mut self) -> Result<Reply, Broken> {
        let first = self.line().await?;
        let (code, more, text) = coded(&first).ok_or(Broken)?;
        let mut lines = vec![text.to_owned()];
        let mut more = more;
        while more {
            if lines.len() == MAX_LINES {
                return Err(Broken);
            }
            let line = self.line().await?;
            let text = match coded(&line) {
                Some((same, again, text)) if same == code => {
                    more = again;
                    text
                }
                Some(_) | None => &line,
            };
            lines.push(text.to_owned());
        }
        Ok(Reply { code, lines })
    }

    /// Says goodbye without waiting for an answer: whatever there was to learn is known.
    pub(crate) async fn leave(mut self) {
        if self.send(&Command::new("QUIT")).await.is_ok() {
            self.stream.shutdown().await.ok();
        }
    }

    /// The stream, to encrypt it.
    ///
    /// # Errors
    ///
    /// [`Broken`] when something was received already that belongs to no reply: it came in the clear, perhaps from
    /// somebody between, and would be read as if it had come encrypted (RFC 3207 §4.2; CVE-2011-0411).
    pub(crate) fn into_stream(self) -> Result<S, Broken> {
        if self.received.is_empty() { Ok(self.stream) } else { Err(Broken) }
    }

    async fn line(&mut self) -> Result<String, Broken> {
        loop {
            if let Some(end) = self.received.iter().position(|byte| *byte == b'\n') {
                let rest = self.received.split_off(end + 1);
                let mut line = std::mem::replace(&mut self.received, rest);
                while line.pop_if(|byte| matches!(byte, b'\r' | b'\n')).is_some() {}
                return Ok(String::from_utf8_lossy(&line).into_owned());
            }
            if self.received.len() >= MAX_LINE_BYTES {
                return Err(Broken);
            }
            let mut chunk = [0; 1024];
            let length = self.stream.read(&mut chunk).await?;
            match chunk.get(..length) {
                Some(chunk) if !chunk.is_empty() => self.received.extend_from_slice(chunk),
                Some(_) | None => return Err(Broken),
            }
        }
    }
}

/// The code of a line, whether more lines follow, and its text.
fn coded(line: &str) -> Option<(u16, bool, &str)> {
    let (code, rest) = line.split_at_checked(3)?;
    if !code.bytes().all(|byte| byte.is_ascii_digit()) || !code.starts_with(['1', '2', '3', '4', '5']) {
        return None;
    }
    let (more, text) = match rest.split_at_checked(1) {
        None => (false, ""),
        Some((" ", text)) => (false, text),
        Some(("-", text)) => (true, text),
        Some(_) => return None,
    };
    Some((code.parse().ok()?, more, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn replies(said: &[u8], count: usize) -> Result<Vec<(u16, Vec<String>)>, Broken> {
        let (ours, mut theirs) = tokio::io::duplex(1 << 20);
        theirs.write_all(said).await.unwrap();
        drop(theirs);
        let mut lines = Lines::new(ours);
        let mut replies = Vec::new();
        for _ in 0..count {
            let Reply { code, lines } = lines.reply().await?;
            replies.push((code, lines));
        }
        Ok(replies)
    }

    #[tokio::test]
    async fn a_reply_has_one_line_or_many() {
        let said = b"220 mail\r\n250-a\r\n250-SIZE 1\r\n250 b\r\n235\r\n123-First\r\nSecond\r\n 234 numbers\r\n124 x\r\n123 The last\n";
        let read = replies(said, 4).await.unwrap();
        assert_eq!(
            read,
            [
                (220, vec!["mail".to_owned()]),
                (250, vec!["a".to_owned(), "SIZE 1".to_owned(), "b".to_owned()]),
                (235, vec![String::new()]),
                (123, ["First", "Second", " 234 numbers", "124 x", "The last"].map(str::to_owned).to_vec()),
            ]
        );
    }

    #[tokio::test]
    async fn what_is_no_reply_breaks_the_conversation() {
        let long = [b"220 ".as_slice(), &[b'a'; MAX_LINE_BYTES], b"\r\n"].concat();
        let endless = b"250-a\r\n".repeat(MAX_LINES + 1);
        for said in [
            &b""[..],
            b"220",
            b"220 cut off",
            b"250-more\r\n",
            b"SSH-2.0-x\r\n",
            b"\r\n",
            b"22\r\n",
            b"620 x\r\n",
            b"2200 x\r\n",
            b"\xff\xfe\xfd\xfc\r\n",
            &long,
            &endless,
        ] {
            assert_eq!(replies(said, 1).await, Err(Broken), "{:?}", String::from_utf8_lossy(said));
        }
    }

    #[test]
    fn an_argument_cannot_smuggle_in_a_command() {
        for bad in ["a\r\nDELE x", "a\nb", "a\rb", "a\0b"] {
            assert!(Command::with("USER", bad).is_err_and(|error| error == Injection), "{bad:?}");
            assert!(Command::answer(bad).is_err(), "{bad:?}");
        }
        assert_eq!(*Command::with("USER", "ann é").ok().unwrap().0, "USER ann é\r\n".as_bytes());
    }

    #[tokio::test]
    async fn nothing_received_in_the_clear_is_carried_into_tls() {
        let (ours, mut theirs) = tokio::io::duplex(4096);
        theirs.write_all(b"220 go ahead\r\n250 injected\r\n").await.unwrap();
        let mut lines = Lines::new(ours);
        assert_eq!(lines.reply().await.ok().unwrap().code, 220);
        assert_eq!(lines.into_stream().err(), Some(Broken));
    }
}
