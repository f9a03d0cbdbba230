//! Both callers before a server, for what happens to connections.

use std::{net::Ipv4Addr, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Mutex,
};

use super::{Both, Call, Caller, Outcome, connection};
use crate::aws::clients::{Clients, Connection};

/// What the server does with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Answers,
    AnswersAndCloses,
    /// With a code of the service's own.
    Throttles,
    /// With a page of what stands in front of the service.
    Fails,
    ClosesFirst,
    Resets,
    CutsTheHeadOff,
    CutsTheBodyOff,
    CutsAChunkOff,
    SaysSomethingElse,
}

impl Deed {
    /// Does it, and says whether the connection is still good.
    async fn done(self, stream: &mut TcpStream) -> bool {
        let said: &[u8] = match self {
            Self::Answers => b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}",
            Self::AnswersAndCloses => b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}",
            Self::Throttles => {
                b"HTTP/1.1 400 No\r\nx-amzn-errortype: ThrottlingException\r\ncontent-length: 2\r\n\r\n{}"
            }
            Self::Fails => b"HTTP/1.1 503 No\r\ncontent-length: 2\r\n\r\nno",
            Self::ClosesFirst => b"",
            Self::Resets => {
                stream.set_zero_linger().unwrap();
                b""
            }
            Self::CutsTheHeadOff => b"HTTP/1.1 200 OK\r\ncontent-le",
            Self::CutsTheBodyOff => b"HTTP/1.1 200 OK\r\ncontent-length: 200\r\n\r\n{",
            Self::CutsAChunkOff => b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n",
            Self::SaysSomethingElse => b"220 mail.example ESMTP\r\n",
        };
        stream.write_all(said).await.unwrap();
        matches!(self, Self::Answers | Self::Throttles | Self::Fails)
    }
}

/// A server that does these one after the other, and the last one again and again. It keeps the number of the connection on
/// which each request came.
struct Server {
    url: String,
    came_on: Arc<Mutex<Vec<usize>>>,
}

impl Server {
    async fn doing(deeds: &'static [Deed]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let came_on = Arc::new(Mutex::new(Vec::new()));
        let came = Arc::clone(&came_on);
        tokio::spawn(async move {
            let mut number = 0;
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, deeds, number, Arc::clone(&came)));
                number += 1;
            }
        });
        Self { url, came_on }
    }
}

async fn serve(mut stream: TcpStream, deeds: &[Deed], number: usize, came_on: Arc<Mutex<Vec<usize>>>) {
    while read_request(&mut stream).await {
        let nth = {
            let mut came_on = came_on.lock().await;
            came_on.push(number);
            came_on.len() - 1
        };
        let deed = deeds.get(nth).or(deeds.last()).copied().unwrap();
        if !deed.done(&mut stream).await {
            return;
        }
    }
}

/// Reads a request to its end; `false` where the connection ends.
async fn read_request(stream: &mut TcpStream) -> bool {
    let mut read = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&read);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.unwrap().parse().unwrap() {
                return true;
            }
        }
        if stream.read_buf(&mut read).await.unwrap_or_default() == 0 {
            return false;
        }
    }
}

/// What became of calls one after the other, and the connections on which their tries came.
async fn run(caller: Caller, deeds: &'static [Deed], calls: usize) -> (Vec<Outcome>, Vec<usize>) {
    let server = Server::doing(deeds).await;
    let region = format!("served-{caller:?}-{deeds:?}").replace([' ', '(', ')', '[', ']', ','], "-");
    let short = Duration::from_millis(1);
    let services = connection(Some(server.url.clone()), &region);
    let clients = Both::from(Clients::new(Connection { backoff: short, ..services }));
    let mut outcomes = Vec::new();
    for _ in 0..calls {
        outcomes.push(Call::Write.made_by(caller, &clients).await);
    }
    let came_on = server.came_on.lock().await.clone();
    (outcomes, came_on)
}

#[tokio::test]
async fn both_use_and_give_up_the_same_connections() {
    use Deed::{
        Answers, AnswersAndCloses, ClosesFirst, CutsAChunkOff, CutsTheBodyOff, CutsTheHeadOff, Fails, Resets,
        SaysSomethingElse, Throttles,
    };
    let scripts: [(&'static [Deed], &[usize]); 12] = [
        (&[Answers], &[0, 0, 0]),
        (&[AnswersAndCloses, Answers], &[0, 1, 1]),
        (&[Throttles, Answers], &[0, 0, 0, 0]),
        (&[Throttles], &[0; 9]),
        // Another connection may not have such a failure.
        (&[Fails, Answers], &[0, 1, 1, 1]),
        (&[Answers, Fails, Answers], &[0, 0, 1, 1]),
        (&[ClosesFirst, Answers], &[0, 1, 1, 1]),
        (&[Resets, Answers], &[0, 1, 1, 1]),
        (&[CutsTheHeadOff, Answers], &[0, 1, 1, 1]),
        (&[CutsTheBodyOff, Answers], &[0, 1, 1, 1]),
        (&[CutsAChunkOff, Answers], &[0, 1, 1, 1]),
        (&[SaysSomethingElse, Answers], &[0, 1, 1]),
    ];
    for (deeds, expected) in scripts {
        let (ours, theirs) = (run(Caller::Direct, deeds, 3).await, run(Caller::Sdk, deeds, 3).await);
        assert_eq!(ours, theirs, "{deeds:?}");
        assert_eq!(ours.1, expected, "{deeds:?}");
    }
}
