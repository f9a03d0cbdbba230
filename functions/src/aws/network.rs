//! The HTTP client below the SDK's clients: HTTP/1.1 over TLS, in connections that are kept.
//!
//! The SDK's own client brings HTTP/2 and proxies, which nothing here uses, and which were a twentieth of the code. This one tells
//! the SDK the same of a failure, so that the same calls are tried again.

use std::{
    error::Error,
    fmt, io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use aws_smithy_runtime_api::client::{
    connection::{CaptureSmithyConnection, ConnectionMetadata},
    http::{HttpConnector, HttpConnectorFuture},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
};
use aws_smithy_types::{body::SdkBody, retry::ErrorKind};
use hyper::{
    Uri,
    http::uri::Scheme,
    rt::{Read, ReadBufCursor, Write},
};
use hyper_util::{
    client::legacy::{
        Client, Error as ClientError,
        connect::{CaptureConnection, Connected, Connection, HttpConnector as Tcp, capture_connection},
    },
    rt::{TokioExecutor, TokioIo, TokioTimer},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        self, CipherSuite, ClientConfig, RootCertStore,
        crypto::{CryptoProvider, aws_lc_rs},
        pki_types::ServerName,
    },
};
use tower_service::Service;

type BoxError = Box<dyn Error + Send + Sync>;

/// Connections to AWS's services, and what makes them.
#[derive(Clone)]
pub(super) struct Network(Client<Connector, SdkBody>);

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Network")
    }
}

impl Network {
    /// Trusts these root certificates, and opens a connection within this time.
    ///
    /// # Errors
    ///
    /// An error of TLS, which these constants exclude.
    pub(super) fn trusting(roots: RootCertStore, within: Duration) -> Result<Self, rustls::Error> {
        let mut tls = ClientConfig::builder_with_provider(Arc::new(provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        let mut tcp = Tcp::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let connector = Connector { tcp, tls: TlsConnector::from(Arc::new(tls)), within };
        Ok(Self(Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(connector)))
    }
}

/// TLS with SHA-256 first, for which processors have instructions: two handshakes are a third of a cold start's work. All other suites
/// are still offered.
fn provider() -> CryptoProvider {
    let mut provider = aws_lc_rs::default_provider();
    provider.cipher_suites.sort_by_key(|suite| suite.suite() != CipherSuite::TLS13_AES_128_GCM_SHA256);
    provider
}

impl HttpConnector for Network {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into()))),
        };
        let connection = capture_connection(&mut request);
        if let Some(capture) = request.extensions().get::<CaptureSmithyConnection>() {
            capture.set_connection_retriever(move || metadata(&connection));
        }
        let answer = self.0.request(request);
        HttpConnectorFuture::new(async move {
            let answer = answer.await.map_err(connector_error)?;
            HttpResponse::try_from(answer.map(SdkBody::from_body_1_x))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// The SDK takes a connection out of the pool after a failure that another connection may not have.
fn metadata(connection: &CaptureConnection) -> Option<ConnectionMetadata> {
    connection.connection_metadata().as_ref()?;
    let connection = connection.clone();
    let poison = move || {
        if let Some(connected) = connection.connection_metadata().as_ref() {
            connected.poison();
        }
    };
    Some(ConnectionMetadata::builder().proxied(false).poison_fn(poison).build())
}

/// Opens connections.
#[derive(Clone)]
struct Connector {
    tcp: Tcp,
    tls: TlsConnector,
    within: Duration,
}

/// A connection was not open in time.
#[derive(Debug, thiserror::Error)]
#[error("the connection was not open within {0:?}")]
struct TooSlow(Duration);

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.tcp.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, address: Uri) -> Self::Future {
        let (tcp, tls, within) = (self.tcp.call(address.clone()), self.tls.clone(), self.within);
        let open = async move {
            let stream = tcp.await?.into_inner();
            if address.scheme() != Some(&Scheme::HTTPS) {
                return Ok(Stream::over(stream));
            }
            let host = address.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
            Ok(Stream::over(tls.connect(ServerName::try_from(host)?, stream).await?))
        };
        Box::pin(async move { timeout(within, open).await.map_err(|_| TooSlow(within))? })
    }
}

trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Wire for S {}

/// A connection, with or without TLS.
struct Stream(TokioIo<Box<dyn Wire>>);

impl Stream {
    fn over(wire: impl Wire + 'static) -> Self {
        Self(TokioIo::new(Box::new(wire)))
    }
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Read for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        room: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, room)
    }
}

impl Write for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(context, bytes)
    }
}

/// What kind of failure the SDK sees: it tries again after time-outs, after failures of the network, and after an answer that was
/// cut off.
fn connector_error(error: ClientError) -> ConnectorError {
    let hyper = source::<hyper::Error>(&error);
    if source::<TooSlow>(&error).is_some() || hyper.is_some_and(hyper::Error::is_timeout) {
        ConnectorError::timeout(error.into())
    } else if hyper.is_some_and(hyper::Error::is_user) {
        ConnectorError::user(error.into())
    } else if hyper.is_some_and(hyper::Error::is_incomplete_message) {
        ConnectorError::other(error.into(), Some(ErrorKind::TransientError))
    } else if error.is_connect()
        || hyper.is_some_and(|hyper| hyper.is_closed() || hyper.is_canceled())
        || source::<io::Error>(&error).is_some()
    {
        ConnectorError::io(error.into())
    } else {
        ConnectorError::other(error.into(), None)
    }
}

/// The first error of this type behind an error.
fn source<'e, E: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e E> {
    std::iter::successors(Some(error), |&error| error.source()).find_map(|error| error.downcast_ref())
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use aws_smithy_http_client::{Connector as Theirs, tls};
    use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpConnector};
    use rcgen::{CertifiedKey, generate_simple_self_signed};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
    };
    use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};

    use super::*;

    const WITHIN: Duration = Duration::from_millis(300);

    /// What a server does with a connection.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Server {
        Answers,
        IsNotThere,
        HasNoAddress,
        Closes,
        Resets,
        CutsTheHeadOff,
        SaysSomethingElse,
        SaysNothing,
        IsNobodyWhomWeTrust,
    }

    async fn say(mut stream: TcpStream, words: &[u8]) {
        assert_ne!(stream.read(&mut [0; 1024]).await.unwrap(), 0);
        stream.write_all(words).await.unwrap();
    }

    impl Server {
        const ALL: [Self; 9] = [
            Self::Answers,
            Self::IsNotThere,
            Self::HasNoAddress,
            Self::Closes,
            Self::Resets,
            Self::CutsTheHeadOff,
            Self::SaysSomethingElse,
            Self::SaysNothing,
            Self::IsNobodyWhomWeTrust,
        ];

        async fn serve(self, mut stream: TcpStream) {
            match self {
                Self::IsNotThere | Self::HasNoAddress | Self::Closes => {}
                Self::IsNobodyWhomWeTrust => {
                    let CertifiedKey { cert, signing_key } =
                        generate_simple_self_signed(["localhost".to_owned()]).unwrap();
                    let key = signing_key.serialize_der().try_into().unwrap();
                    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
                        .with_safe_default_protocol_versions()
                        .unwrap()
                        .with_no_client_auth()
                        .with_single_cert(vec![cert.into()], key)
                        .unwrap();
                    drop(TlsAcceptor::from(Arc::new(config)).accept(stream).await);
                }
                Self::Resets => {
                    assert_ne!(stream.read(&mut [0; 64]).await.unwrap(), 0);
                    stream.set_zero_linger().unwrap();
                }
                Self::SaysNothing => tokio::time::sleep(WITHIN * 4).await,
                Self::Answers => say(stream, b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await,
                Self::CutsTheHeadOff => say(stream, b"HTTP/1.1 200 OK\r\ncontent-le").await,
                Self::SaysSomethingElse => say(stream, b"220 mail.example ESMTP\r\n").await,
            }
        }

        /// An address at which this server is.
        async fn start(self, scheme: &str) -> String {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            let port = listener.local_addr().unwrap().port();
            if self == Self::HasNoAddress {
                return format!("{scheme}://nowhere.invalid:{port}/");
            }
            if self != Self::IsNotThere {
                tokio::spawn(async move {
                    while let Ok((stream, _)) = listener.accept().await {
                        tokio::spawn(self.serve(stream));
                    }
                });
            }
            format!("{scheme}://localhost:{port}/")
        }
    }

    /// What the SDK sees of a call: the status, or the kind of failure.
    async fn seen(connector: &SharedHttpConnector, address: &str) -> String {
        match connector.call(HttpRequest::get(address).unwrap()).await {
            Ok(answer) => format!("status {}", answer.status()),
            Err(error) => format!(
                "time-out {}, network {}, user {}, other {:?}",
                error.is_timeout(),
                error.is_io(),
                error.is_user(),
                error.as_other()
            ),
        }
    }

    fn theirs() -> SharedHttpConnector {
        let tls = tls::TlsContext::builder().with_trust_store(tls::TrustStore::empty()).build().unwrap();
        let settings = HttpConnectorSettings::builder().connect_timeout(WITHIN).build();
        let connector = Theirs::builder()
            .connector_settings(settings)
            .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc))
            .tls_context(tls)
            .build();
        SharedHttpConnector::new(connector)
    }

    /// The SDK's own client is what this one takes the place of: it is asked the same.
    #[tokio::test]
    async fn the_sdk_sees_the_same_failures_as_through_its_own_client() {
        let ours = SharedHttpConnector::new(Network::trusting(RootCertStore::empty(), WITHIN).unwrap());
        for scheme in ["http", "https"] {
            for server in Server::ALL {
                // Without TLS the time to connect ends with the connection, and the SDK bounds the rest.
                if (scheme, server) == ("http", Server::SaysNothing) {
                    continue;
                }
                let address = server.start(scheme).await;
                let (ours, theirs) = (seen(&ours, &address).await, seen(&theirs(), &address).await);
                assert_eq!(ours, theirs, "{scheme} {server:?}");
                assert_eq!(ours == "status 200", (scheme, server) == ("http", Server::Answers), "{ours}");
            }
        }
    }
}
