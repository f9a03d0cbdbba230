//! A server that follows a script, for the tests of the dialogues.

use keyward_shared::outbound::OutboundError;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream};

/// A step of the script. After the last step the server closes the connection.
#[derive(Clone)]
pub(crate) enum Said {
    /// The server speaks without being asked.
    First(String),
    /// The server hears this line and says that. It hangs up if it hears another.
    Reply(String, String),
    /// From here on both sides think that they speak TLS.
    Encrypted,
}

/// The lines that the server received.
#[derive(Default)]
pub(crate) struct Heard {
    clear: Vec<String>,
    encrypted: Vec<String>,
}

impl Heard {
    /// Before TLS.
    pub(crate) fn in_the_clear(&self) -> Vec<&str> {
        self.clear.iter().map(String::as_str).collect()
    }

    /// All of it.
    pub(crate) fn all(&self) -> Vec<&str> {
        self.clear.iter().chain(&self.encrypted).map(String::as_str).collect()
    }

    /// The last line.
    pub(crate) fn last(&self) -> &str {
        self.all().last().copied().unwrap_or_default()
    }
}

/// The TLS handshake of the scripted server, as a dialogue takes it.
pub(crate) type Encrypt =
    Box<dyn FnOnce(DuplexStream) -> std::future::Ready<Result<DuplexStream, OutboundError>>>;

/// Runs a dialogue against a script; it may leave before the script ends. Encryption hands out a second stream, so the server knows on which one it hears.
pub(crate) async fn play<R>(
    script: &[Said],
    dialogue: impl AsyncFnOnce(DuplexStream, Encrypt) -> R,
) -> (R, Heard) {
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    let (ours_encrypted, theirs_encrypted) = tokio::io::duplex(1 << 16);
    let encrypt = Box::new(move |_| std::future::ready(Ok(ours_encrypted)));
    let server = async move {
        let mut heard = Heard::default();
        let mut encrypted = false;
        let mut before = BufReader::new(theirs);
        let mut after = BufReader::new(theirs_encrypted);
        for step in script {
            let stream = if encrypted { &mut after } else { &mut before };
            match step {
                Said::Encrypted => encrypted = true,
                Said::First(text) => stream.write_all(text.as_bytes()).await.unwrap_or_default(),
                Said::Reply(asked, said) => {
                    let Some(line) = hear(stream).await else { return heard };
                    let right = line == *asked;
                    if encrypted {
                        heard.encrypted.push(line)
                    } else {
                        heard.clear.push(line)
                    }
                    if !right {
                        return heard;
                    }
                    stream.write_all(said.as_bytes()).await.unwrap_or_default();
                }
            }
        }
        // The server sends nothing more, and reads the remaining input.
        before.shutdown().await.unwrap();
        after.shutdown().await.unwrap();
        let stream = if encrypted { &mut after } else { &mut before };
        while let Some(line) = hear(stream).await {
            if encrypted { heard.encrypted.push(line) } else { heard.clear.push(line) }
        }
        heard
    };
    tokio::join!(dialogue(ours, encrypt), server)
}

async fn hear(stream: &mut BufReader<DuplexStream>) -> Option<String> {
    let mut line = String::new();
    let length = stream.read_line(&mut line).await.unwrap_or(0);
    (length > 0).then(|| line.trim_end_matches("\r\n").to_owned())
}
