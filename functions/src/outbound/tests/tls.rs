//! Certificates that belong to the name, and those that do not.

use std::{net::SocketAddr, sync::Arc};

use ::aws_lc_rs::digest as aws_lc_digest;
use keyward_shared::outbound::{LoginError, OutboundError, Peer, Protocol, TlsFailure, Unreachable};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    task::JoinHandle,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
        sign::{CertifiedKey, SingleCertAndKey},
    },
};

use super::{
    super::{Outside, resolve::Address},
    support::{Ask, Names, answering, error, listen, read_request},
};

const URL: &str = "https://shop.example";

/// A certificate authority.
struct Authority {
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().der().clone();
        Self { certificate, issuer: Issuer::new(params, key) }
    }

    /// A server's configuration with a certificate for this name.
    fn server(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> ServerConfig {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        config
    }

    /// The outside as it is for somebody who trusts this authority.
    fn outside(&self, server: SocketAddr) -> Outside {
        let names = Names::default().with("shop.example", [vec![Address::StandIn(server)]]);
        Outside::new(names, vec![self.certificate.clone()])
    }
}

/// What a server saw: the protocol agreed on, and the request; nothing when there was no agreement.
type Seen = Option<(Vec<u8>, Vec<u8>)>;

async fn serving(config: ServerConfig, answer: &'static str, close: bool) -> (SocketAddr, JoinHandle<Seen>) {
    let listener = listen().await;
    let address = listener.local_addr().unwrap();
    let served = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = TlsAcceptor::from(Arc::new(config)).accept(stream).await.ok()?;
        let protocol = stream.get_ref().1.alpn_protocol().unwrap_or_default().to_vec();
        let request = read_request(&mut stream).await;
        stream.write_all(answer.as_bytes()).await.ok()?;
        stream.flush().await.ok()?;
        if close {
            stream.shutdown().await.ok()?;
        }
        Some((protocol, request))
    });
    (address, served)
}

fn unreachable(why: Unreachable) -> OutboundError {
    OutboundError::Unreachable { host: "shop.example".to_owned(), why }
}

#[tokio::test]
async fn a_certificate_for_the_name_is_trusted() {
    let authority = Authority::new();
    let (server, served) =
        serving(authority.server("shop.example", |_| {}), "HTTP/1.1 200 OK\r\n\r\nyes", true).await;
    let answer = Ask::get(URL).send(&authority.outside(server)).await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.body.as_slice()), (200, &b"yes"[..]));
    let (protocol, request) = served.await.unwrap().unwrap();
    assert_eq!(protocol, b"http/1.1");
    assert!(request.starts_with(b"GET / HTTP/1.1\r\nhost: shop.example\r\n"));
}

/// A certificate that a server signed itself, for another name and long expired, and its key.
fn self_signed() -> (CertificateDer<'static>, KeyPair) {
    let mut params = CertificateParams::new(["nas.local".to_owned()]).unwrap();
    params.not_after = date_time_ymd(2020, 1, 1);
    let key = KeyPair::generate().unwrap();
    (params.self_signed(&key).unwrap().der().clone(), key)
}

fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    let digest = aws_lc_digest::digest(&aws_lc_digest::SHA256, certificate);
    digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

/// A handshake with a server that shows a certificate and signs with a key.
async fn pinned(
    accepted: &str,
    certificate: &CertificateDer<'static>,
    key: &KeyPair,
) -> Result<(), LoginError> {
    let signing = aws_lc_rs::sign::any_supported_type(&PrivateKeyDer::from(PrivatePkcs8KeyDer::from(
        key.serialize_der(),
    )))
    .unwrap();
    let shown = Arc::new(SingleCertAndKey::from(CertifiedKey::new(vec![certificate.clone()], signing)));
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(shown);
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    let served =
        tokio::spawn(async move { TlsAcceptor::from(Arc::new(config)).accept(theirs).await.map(drop) });
    let outside = Outside::new(Names::default(), Vec::new());
    let peer = Peer::new(Protocol::Ftp, "ftp.example", 21);
    let end = outside.encrypt_as(&peer, ours, Some(accepted)).await.map(drop);
    served.abort();
    end
}

#[tokio::test]
async fn an_accepted_certificate_is_taken_whatever_it_says_and_no_other() {
    let (certificate, key) = self_signed();
    let accepted = fingerprint(&certificate);
    assert_eq!(pinned(&accepted, &certificate, &key).await, Ok(()));
    let (other, others_key) = self_signed();
    let refused = LoginError::CertificateChanged { fingerprint: fingerprint(&other) };
    assert_eq!(pinned(&accepted, &other, &others_key).await, Err(refused));
    // Anybody can show the certificate. Without its key, the signature of the handshake is wrong.
    let forged = pinned(&accepted, &certificate, &others_key).await.unwrap_err();
    assert!(matches!(forged, LoginError::Outbound(OutboundError::Unreachable { .. })), "{forged:?}");
}

#[tokio::test]
async fn any_other_certificate_is_refused_before_anything_is_said() {
    let authority = Authority::new();
    let other = Authority::new();
    for (why, case, config) in [
        (TlsFailure::OtherName, "another name", authority.server("other.example", |_| {})),
        (TlsFailure::OtherName, "a name below", authority.server("api.shop.example", |_| {})),
        (
            TlsFailure::OtherName,
            "a wildcard of the name's children",
            authority.server("*.shop.example", |_| {}),
        ),
        (TlsFailure::UnknownIssuer, "another authority", other.server("shop.example", |_| {})),
        (
            TlsFailure::Expired,
            "expired",
            authority.server("shop.example", |params| params.not_after = date_time_ymd(2020, 1, 1)),
        ),
        (
            TlsFailure::Expired,
            "not valid yet",
            authority.server("shop.example", |params| params.not_before = date_time_ymd(4000, 1, 1)),
        ),
    ] {
        let (server, served) = serving(config, "HTTP/1.1 200 OK\r\n\r\n", true).await;
        let failed = error(Ask::get(URL).send(&authority.outside(server)).await);
        assert_eq!(failed, unreachable(Unreachable::Tls(why)), "{case}");
        let heard = served.await.unwrap().map(|(_, request)| request).unwrap_or_default();
        assert_eq!(heard, b"", "{case}");
    }
}

#[tokio::test]
async fn the_systems_roots_do_not_trust_strangers() {
    let authority = Authority::new();
    let (server, _) =
        serving(authority.server("shop.example", |_| {}), "HTTP/1.1 200 OK\r\n\r\n", true).await;
    let names = Names::standing_in("shop.example", server);
    let failed = error(Ask::get(URL).send(&names.outside()).await);
    assert_eq!(failed, unreachable(Unreachable::Tls(TlsFailure::UnknownIssuer)));
}

#[tokio::test]
async fn an_old_version_of_tls_is_refused() {
    let authority = Authority::new();
    // A ServerHello that chooses TLS 1.1 (RFC 4346 §7.4.1.3).
    let mut hello = vec![22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2];
    hello.extend([7; 32]);
    hello.extend([0, 0xc0, 0x13, 0]);
    let (server, _) = greeting(hello).await;
    let failed = error(Ask::get(URL).send(&authority.outside(server)).await);
    assert_eq!(failed, unreachable(Unreachable::Tls(TlsFailure::Versions)));
}

/// A server that hears the first bytes and then says this.
async fn greeting(answer: Vec<u8>) -> (SocketAddr, JoinHandle<()>) {
    let listener = listen().await;
    let address = listener.local_addr().unwrap();
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut hello = [0; 2048];
        assert!(stream.read(&mut hello).await.unwrap() > 0);
        stream.write_all(&answer).await.ok();
        stream.shutdown().await.ok();
    });
    (address, served)
}

#[tokio::test]
async fn a_server_without_tls_is_not_spoken_to() {
    let authority = Authority::new();
    for (answer, why) in [
        (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], Unreachable::Tls(TlsFailure::NotTls)),
        (b"220 mail.example ESMTP\r\n", Unreachable::Tls(TlsFailure::NotTls)),
        // A fatal alert: `handshake_failure` (RFC 8446 §6).
        (b"\x15\x03\x03\x00\x02\x02\x28", Unreachable::Tls(TlsFailure::Versions)),
        (b"", Unreachable::Protocol),
    ] {
        let (server, _) = greeting(answer.to_vec()).await;
        let failed = error(Ask::get(URL).send(&authority.outside(server)).await);
        assert_eq!(failed, unreachable(why), "{answer:?}");
    }
}

#[tokio::test]
async fn an_answer_that_tls_does_not_end_is_not_taken_for_whole() {
    let authority = Authority::new();
    // The body ends with the connection, and anybody in between can end that (RFC 9112 §9.8).
    let config = authority.server("shop.example", |_| {});
    let (server, _) = serving(config, "HTTP/1.1 200 OK\r\n\r\nhalf", false).await;
    let failed = error(Ask::get(URL).send(&authority.outside(server)).await);
    assert_eq!(failed, unreachable(Unreachable::Protocol));
    // Where the answer tells its length, that is enough.
    let config = authority.server("shop.example", |_| {});
    let (server, _) = serving(config, "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nwhole", false).await;
    let answer = Ask::get(URL).send(&authority.outside(server)).await.unwrap();
    assert_eq!(answer.body, b"whole");
}

#[tokio::test]
async fn plain_http_is_spoken_only_where_it_was_asked_for() {
    let (server, served) = answering("HTTP/1.1 204 No Content\r\n\r\n").await;
    let answer = Ask::get("http://shop.example").send_to(server).await.unwrap();
    assert_eq!(answer.status.as_u16(), 204);
    assert!(served.await.unwrap().starts_with(b"GET / "));
}
