//! TLS to customers' systems: names are verified against the system's root certificates.

use std::{
    io,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use ::aws_lc_rs::digest;
use keyward_shared::outbound::{Protocol, TlsFailure, Unreachable};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        self, AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore,
        SignatureScheme,
        client::{
            Resumption,
            danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        },
        crypto::{WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls12_signature, verify_tls13_signature},
        pki_types::{CertificateDer, ServerName, UnixTime},
    },
};

/// The configuration of TLS, made when it is first needed.
pub(super) struct Tls {
    extra_roots: Vec<CertificateDer<'static>>,
    configs: OnceLock<Result<Configs, rustls::Error>>,
}

struct Configs {
    http: Arc<ClientConfig>,
    /// Mail and file servers know no ALPN.
    login: Arc<ClientConfig>,
}

impl Tls {
    pub(super) const fn new(extra_roots: Vec<CertificateDer<'static>>) -> Self {
        Self { extra_roots, configs: OnceLock::new() }
    }

    /// `host` is a name or an IP address without brackets.
    pub(super) async fn encrypt<S>(
        &self,
        protocol: Protocol,
        host: &str,
        stream: S,
    ) -> Result<TlsStream<S>, Unreachable>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send,
    {
        let configs = self.configs.get_or_init(|| configs(&self.extra_roots));
        let configs = configs.as_ref().map_err(|error| {
            tracing::error!(%error, "TLS could not be set up");
            Unreachable::Tls(TlsFailure::Other)
        })?;
        let config = match protocol {
            Protocol::Https | Protocol::Http => &configs.http,
            Protocol::Smtp | Protocol::Ftp | Protocol::Sftp => &configs.login,
        };
        let name =
            ServerName::try_from(host.to_owned()).map_err(|_| Unreachable::Tls(TlsFailure::OtherName))?;
        let connector = TlsConnector::from(Arc::clone(config));
        connector.connect(name, stream).await.map_err(|error| reason(&error))
    }
}

/// What rustls says of the other side; everything else is the connection.
fn reason(error: &io::Error) -> Unreachable {
    let said = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    said.map_or(Unreachable::Protocol, |said| Unreachable::Tls(failure(said)))
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the library's enum grows")]
fn failure(error: &rustls::Error) -> TlsFailure {
    if let rustls::Error::InvalidCertificate(certificate) = error {
        return of_certificate(certificate);
    }
    match error {
        rustls::Error::PeerIncompatible(_)
        | rustls::Error::AlertReceived(
            AlertDescription::ProtocolVersion
            | AlertDescription::HandshakeFailure
            | AlertDescription::InsufficientSecurity,
        ) => TlsFailure::Versions,
        rustls::Error::InvalidMessage(_) => TlsFailure::NotTls,
        _ => TlsFailure::Other,
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the library's enum grows")]
fn of_certificate(error: &CertificateError) -> TlsFailure {
    match error {
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => TlsFailure::Expired,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            TlsFailure::OtherName
        }
        // A bad signature: the issuer has the name of a trusted one. What is left over (`Other`) is the certificate of an
        // authority in the place of a server's, as self-signed ones often are.
        CertificateError::UnknownIssuer | CertificateError::BadSignature | CertificateError::Other(_) => {
            TlsFailure::UnknownIssuer
        }
        _ => TlsFailure::Other,
    }
}

/// Why there is no encrypted connection to a server with a certain certificate.
pub(super) enum Refused {
    /// It has another one.
    Other {
        /// The fingerprint of that.
        fingerprint: String,
    },
    /// For any other reason.
    Unreachable(Unreachable),
}

/// Speaks TLS with a server whose certificate has this SHA-256 fingerprint, in capitals with colons. Neither the name nor the
/// time of the certificate counts, and no authority.
///
/// # Security
///
/// The server has to show that it holds the certificate's private key: its signature of the handshake is verified as always.
pub(super) async fn encrypt_pinned<S>(accepted: &str, host: &str, stream: S) -> Result<TlsStream<S>, Refused>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let provider = Arc::new(aws_lc_rs::default_provider());
    let algorithms = provider.signature_verification_algorithms;
    let pinned = Arc::new(Pinned { accepted: accepted.to_owned(), algorithms, shown: Mutex::new(None) });
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|error| {
        tracing::error!(%error, "TLS could not be set up");
        Refused::Unreachable(Unreachable::Tls(TlsFailure::Other))
    })?;
    let verifier = Arc::clone(&pinned);
    let mut config = config.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    config.resumption = Resumption::disabled();
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| Refused::Unreachable(Unreachable::Tls(TlsFailure::OtherName)))?;
    let encrypted = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
    encrypted.map_err(|error| match pinned.shown.lock().unwrap_or_else(PoisonError::into_inner).take() {
        Some(fingerprint) => Refused::Other { fingerprint },
        None => Refused::Unreachable(reason(&error)),
    })
}

/// Accepts one certificate.
#[derive(Debug)]
struct Pinned {
    accepted: String,
    algorithms: WebPkiSupportedAlgorithms,
    /// The fingerprint that was shown instead.
    shown: Mutex<Option<String>>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let shown = fingerprint(certificate);
        if shown == self.accepted {
            return Ok(ServerCertVerified::assertion());
        }
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(shown);
        Err(CertificateError::ApplicationVerificationFailure.into())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// The SHA-256 of a certificate, as OpenSSL prints it.
fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    let digest = digest::digest(&digest::SHA256, certificate);
    let bytes: Vec<String> = digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
    bytes.join(":")
}

fn configs(extra_roots: &[CertificateDer<'static>]) -> Result<Configs, rustls::Error> {
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots(extra_roots))
        .with_no_client_auth();
    // A resumed session would not look at the certificate again, and one customer's would serve another's.
    config.resumption = Resumption::disabled();
    let login = Arc::new(config.clone());
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Configs { http: Arc::new(config), login })
}

/// The system's root certificates (`SSL_CERT_FILE` and `SSL_CERT_DIR` say where, as for OpenSSL) and these.
fn roots(extra: &[CertificateDer<'static>]) -> RootCertStore {
    let system = rustls_native_certs::load_native_certs();
    for error in system.errors {
        tracing::warn!(%error, "a root certificate of the system could not be read");
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(system.certs);
    roots.add_parsable_certificates(extra.iter().cloned());
    if roots.is_empty() {
        tracing::error!("no root certificates were found, every TLS connection will fail");
    }
    roots
}
