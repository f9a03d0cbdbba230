//! TLS in front of the embedded services, as AWS's own have it. It counts handshakes.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use keyward_functions::aws::{clients::Connection, roots::Roots};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;

use super::outside::certificates;

/// The fronts of DynamoDB, KMS and Cognito. They stop when they are dropped.
pub(crate) struct TlsFront {
    handshakes: [Arc<AtomicUsize>; 3],
    connection: Connection,
    root: String,
    _running: JoinSet<()>,
}

impl TlsFront {
    /// Starts one before each of these services.
    pub(crate) async fn before(services: &Connection) -> Self {
        let (root, acceptor) = certificates(&["localhost"]);
        let handshakes: [Arc<AtomicUsize>; 3] = Default::default();
        let mut running = JoinSet::new();
        let mut urls = Vec::new();
        let behind = [&services.dynamodb_url, &services.kms_url, &services.cognito_url];
        for (behind, count) in behind.into_iter().zip(&handshakes) {
            let behind = behind.as_deref().and_then(|url| url.strip_prefix("http://")).expect("an address");
            let behind = behind.trim_end_matches('/').to_owned();
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
            let port = listener.local_addr().expect("an address").port();
            urls.push(Some(format!("https://localhost:{port}")));
            running.spawn(accept(listener, acceptor.clone(), behind, Arc::clone(count)));
        }
        let [dynamodb_url, kms_url, cognito_url] = urls.try_into().expect("three addresses");
        let roots = Roots::from_pem(root.as_bytes()).expect("a root");
        // A handshake takes long on a busy machine.
        let connect = Duration::from_secs(60);
        let connection =
            Connection { dynamodb_url, kms_url, cognito_url, roots, connect, ..services.clone() };
        Self { handshakes, connection, root, _running: running }
    }

    /// The services behind it, as their clients see them.
    pub(crate) const fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Their root certificate, in PEM.
    pub(crate) fn root(&self) -> &str {
        &self.root
    }

    /// How many handshakes there were since this was asked last: with DynamoDB, with KMS, with Cognito.
    pub(crate) fn handshakes(&self) -> [usize; 3] {
        self.handshakes.each_ref().map(|count| count.swap(0, Ordering::SeqCst))
    }
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, behind: String, handshakes: Arc<AtomicUsize>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (acceptor, behind, handshakes) = (acceptor.clone(), behind.clone(), Arc::clone(&handshakes));
        connections.spawn(async move {
            handshakes.fetch_add(1, Ordering::SeqCst);
            let mut front = acceptor.accept(stream).await.ok()?;
            let mut back = TcpStream::connect(behind).await.ok()?;
            copy_bidirectional(&mut front, &mut back).await.ok()
        });
    }
}
