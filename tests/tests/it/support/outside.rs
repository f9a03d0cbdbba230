//! A customer's system, as far as these tests need one: an HTTPS server on loopback under the names of real ones.

use std::{
    collections::VecDeque,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, Uri},
    response::{IntoResponse, Response},
    serve::Listener,
};
use keyward_local::upstreams::Upstreams;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Arrived {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Arrived {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// An answer to give.
pub(crate) type Prepared = (u16, Vec<(&'static str, String)>, Vec<u8>);

/// How to answer whatever comes.
type Reply = Arc<dyn Fn(&Arrived) -> Prepared + Send + Sync>;

#[derive(Default)]
struct Seen {
    arrived: Mutex<Vec<Arrived>>,
    prepared: Mutex<VecDeque<Prepared>>,
    always: Mutex<Option<Reply>>,
    connections: AtomicUsize,
}

/// The server. Without an answer prepared, it repeats the request in text.
pub(crate) struct Outside {
    seen: Arc<Seen>,
    address: SocketAddr,
    root_pem: String,
}

impl Outside {
    /// Starts one that has certificates for these names.
    pub(crate) async fn start(names: &[&str]) -> Self {
        let seen = Arc::new(Seen::default());
        let (root_pem, acceptor) = certificates(names);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let listener = Tls { listener, acceptor, seen: Arc::clone(&seen) };
        let router = Router::new().fallback(answer).with_state(Arc::clone(&seen));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { seen, address, root_pem }
    }

    /// These names on port 443, leading here.
    pub(crate) fn upstreams(&self, names: &[&str]) -> Upstreams {
        let trusting = Upstreams::default().trusting(self.root_pem.as_bytes()).expect("a root");
        names.iter().fold(trusting, |upstreams, name| {
            upstreams.with(name, 443, self.address).expect("a name that leads to loopback")
        })
    }

    /// Where it listens.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The next answer.
    pub(crate) fn will_answer(
        &self,
        status: u16,
        headers: &[(&'static str, &str)],
        body: impl Into<Vec<u8>>,
    ) {
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        self.seen.prepared.lock().unwrap().push_back((status, headers, body.into()));
    }

    /// The answer to everything that no answer is prepared for.
    pub(crate) fn will_always(&self, answer: impl Fn(&Arrived) -> Prepared + Send + Sync + 'static) {
        *self.seen.always.lock().unwrap() = Some(Arc::new(answer));
    }

    /// What arrived so far, and nothing from here on.
    pub(crate) fn arrived(&self) -> Vec<Arrived> {
        std::mem::take(&mut self.seen.arrived.lock().unwrap())
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }
}

async fn answer(
    State(seen): State<Arc<Seen>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let prepared = seen.prepared.lock().unwrap().pop_front();
    let echo = format!("{method} {uri}\n{headers:?}\n{}", String::from_utf8_lossy(&body));
    let arrived = Arrived { method, uri, headers, body };
    let always = seen.always.lock().unwrap().clone();
    let prepared = prepared.or_else(|| always.map(|answer| answer(&arrived)));
    seen.arrived.lock().unwrap().push(arrived);
    let (status, headers, body) = prepared.unwrap_or_else(|| (200, Vec::new(), echo.into_bytes()));
    let mut response = body.into_response();
    *response.status_mut() = axum::http::StatusCode::from_u16(status).unwrap();
    response.headers_mut().remove("content-type");
    for (name, value) in headers {
        response.headers_mut().append(name, value.parse().unwrap());
    }
    response
}

/// Accepts connections and speaks TLS on them. One that fails to is closed, and the next is waited for.
struct Tls {
    listener: TcpListener,
    acceptor: TlsAcceptor,
    seen: Arc<Seen>,
}

impl Listener for Tls {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let Ok((stream, address)) = self.listener.accept().await else { continue };
            self.seen.connections.fetch_add(1, Ordering::SeqCst);
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

/// A root of its own, and a server certificate below it.
pub(crate) fn certificates(names: &[&str]) -> (String, TlsAcceptor) {
    let root_key = KeyPair::generate().expect("a key");
    let mut root = CertificateParams::new(Vec::new()).expect("a certificate");
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root_pem = root.self_signed(&root_key).expect("a certificate").pem();
    let issuer = Issuer::new(root, root_key);
    let key = KeyPair::generate().expect("a key");
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let leaf = CertificateParams::new(names).expect("names").signed_by(&key, &issuer).expect("a certificate");
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config =
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], key)
            .expect("a certificate and its key");
    (root_pem, TlsAcceptor::from(Arc::new(config)))
}
