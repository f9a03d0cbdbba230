//! Names with scripted addresses, servers with scripted answers, and listeners that count.

use std::{
    collections::HashMap,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use hyper::Method;
use keyward_shared::{
    origin::Origin,
    outbound::{AllowedOrigins, Incoming, OutboundError, Outgoing},
    ports::Exchange,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use super::super::{
    Outside,
    resolve::{Address, Resolution, Resolve},
};

/// Names with an answer for each look-up in turn; the last one stays. It counts the look-ups.
#[derive(Clone, Default)]
pub(super) struct Names {
    answers: Arc<Mutex<HashMap<String, Vec<Vec<Address>>>>>,
    look_ups: Arc<AtomicUsize>,
}

impl Names {
    pub(super) fn with(self, name: &str, answers: impl IntoIterator<Item = Vec<Address>>) -> Self {
        let mut answers: Vec<_> = answers.into_iter().collect();
        answers.reverse();
        self.answers.lock().unwrap().insert(name.to_owned(), answers);
        self
    }

    /// A name that stands for one server.
    pub(super) fn standing_in(name: &str, server: SocketAddr) -> Self {
        Self::default().with(name, [vec![Address::StandIn(server)]])
    }

    pub(super) fn look_ups(&self) -> usize {
        self.look_ups.load(Ordering::SeqCst)
    }

    pub(super) fn outside(&self) -> Outside {
        Outside::new(self.clone(), Vec::new())
    }
}

impl Resolve for Names {
    fn resolve<'a>(&'a self, host: &'a str, _: u16) -> Resolution<'a> {
        self.look_ups.fetch_add(1, Ordering::SeqCst);
        let mut answers = self.answers.lock().unwrap();
        let answer = match answers.get_mut(host) {
            Some(answers) if answers.len() > 1 => Ok(answers.pop().unwrap()),
            Some(answers) => Ok(answers.last().cloned().unwrap_or_default()),
            None => Err(std::io::ErrorKind::NotFound.into()),
        };
        Box::pin(async move { answer })
    }
}

pub(super) fn resolved(address: &str) -> Address {
    Address::Resolved(address.parse().expect(address))
}

pub(super) async fn listen() -> TcpListener {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap()
}

/// A listener that nobody may reach.
pub(super) struct Trap(TcpListener);

impl Trap {
    pub(super) async fn set() -> Self {
        Self(listen().await)
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.0.local_addr().unwrap()
    }

    pub(super) fn port(&self) -> u16 {
        self.address().port()
    }

    /// How many connections it got. It makes one itself and counts those that are before it in the queue.
    pub(super) async fn connections(&self) -> usize {
        let last = TcpStream::connect(self.address()).await.unwrap().local_addr().unwrap();
        let mut connections = 0;
        while self.0.accept().await.unwrap().1 != last {
            connections += 1;
        }
        connections
    }
}

/// A server that takes one connection, reads a request, and does this with the connection. It ends with the request.
pub(super) async fn server<F>(
    answer: impl FnOnce(TcpStream) -> F + Send + 'static,
) -> (SocketAddr, JoinHandle<Vec<u8>>)
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = listen().await;
    let address = listener.local_addr().unwrap();
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let request = read_request(&mut stream).await;
        answer(stream).await;
        request
    });
    (address, served)
}

/// A server that answers with these bytes and closes.
pub(super) async fn answering(answer: impl Into<Vec<u8>>) -> (SocketAddr, JoinHandle<Vec<u8>>) {
    let answer = answer.into();
    server(move |mut stream| async move {
        // Whether they are still wanted or not.
        stream.write_all(&answer).await.ok();
        stream.shutdown().await.ok();
    })
    .await
}

/// Head and body of a request with `content-length`.
pub(super) async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Vec<u8> {
    let mut request = Vec::new();
    loop {
        if let Some(end) = request.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&request[..end]).to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.map_or(0, |length| length.parse().unwrap());
            if request.len() >= end + 4 + length {
                return request;
            }
        }
        if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
            return request;
        }
    }
}

/// A request that is as plain as can be, for a test to change.
pub(super) struct Ask<'a> {
    pub(super) method: Method,
    pub(super) url: &'a str,
    pub(super) target: &'a str,
    pub(super) headers: Vec<(&'a str, &'a str)>,
    pub(super) body: &'a [u8],
    pub(super) max_body_bytes: usize,
    pub(super) allowed: AllowedOrigins,
}

impl<'a> Ask<'a> {
    pub(super) fn get(url: &'a str) -> Self {
        Self {
            method: Method::GET,
            url,
            target: "/",
            headers: Vec::new(),
            body: b"",
            max_body_bytes: 1_000,
            allowed: AllowedOrigins::default(),
        }
    }

    /// With the origin on the operator's list.
    pub(super) fn allowed(mut self) -> Self {
        let origin = Origin::of(self.url).unwrap();
        let listed = format!("{}://{}:{}", origin.scheme(), origin.host(), origin.port());
        self.allowed = AllowedOrigins::new([listed]);
        self
    }

    pub(super) async fn send(self, outside: &Outside) -> Result<Incoming, OutboundError> {
        let origin = Origin::of(self.url).unwrap();
        let request = Outgoing {
            method: &self.method,
            origin: &origin,
            path_and_query: self.target,
            headers: self.headers,
            body: self.body,
            max_body_bytes: self.max_body_bytes,
        };
        outside.exchange(request, &self.allowed).await
    }

    /// Sends it to a server that stands in for `shop.example`.
    pub(super) async fn send_to(self, server: SocketAddr) -> Result<Incoming, OutboundError> {
        self.send(&Names::standing_in("shop.example", server).outside()).await
    }
}

/// What was refused or went wrong; there must be no answer.
#[track_caller]
pub(super) fn error(outcome: Result<Incoming, OutboundError>) -> OutboundError {
    match outcome {
        Ok(answer) => panic!("{} came back", answer.status),
        Err(error) => error,
    }
}
