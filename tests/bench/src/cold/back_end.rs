//! DynamoDB, KMS and Cognito behind TLS. The first answer to each question comes from the embedded services and is kept; from
//! then on the same question gets the kept answer, so that the speed of the embedded services is not measured.

use std::{
    collections::{BTreeMap, HashMap},
    convert::Infallible,
    fs,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request, Response,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use keyward_bench::Failed;
use keyward_functions::aws::clients::Connection;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde::Serialize;
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinSet};
use tokio_rustls::TlsAcceptor;

/// What a process asked of AWS.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Asked {
    /// How often, for each operation.
    pub(crate) calls: BTreeMap<String, u64>,
    /// The connections that were opened.
    pub(crate) handshakes: u64,
}

/// Writes give the same answer whatever is written.
const WRITES: [&str; 4] = ["PutItem", "UpdateItem", "TransactWriteItems", "GenerateDataKey"];

#[derive(PartialEq, Eq, Hash)]
struct Question {
    subject: String,
    operation: String,
    body: String,
}

#[derive(Clone)]
struct Kept {
    status: hyper::StatusCode,
    headers: hyper::HeaderMap,
    body: Bytes,
}

#[derive(Default)]
struct State {
    /// Whose questions these are: each process has answers of its own.
    subject: String,
    service_time: Duration,
    asked: Asked,
    kept: HashMap<Question, Kept>,
}

struct Shared {
    state: Mutex<State>,
    http: reqwest::Client,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The services in front of a stack. They stop when it is dropped.
pub(crate) struct BackEnd {
    shared: Arc<Shared>,
    /// The addresses of DynamoDB, KMS and Cognito.
    pub(crate) urls: [String; 3],
    /// The files with the root certificate: alone, after Amazon's, and after those of this machine.
    pub(crate) roots: Roots,
    _running: JoinSet<()>,
}

/// Files of root certificates in PEM.
pub(crate) struct Roots {
    pub(crate) alone: PathBuf,
    pub(crate) after_amazons: PathBuf,
    pub(crate) after_the_systems: PathBuf,
}

impl BackEnd {
    /// Starts it in front of these services.
    pub(crate) async fn before(services: &Connection, folder: &Path) -> Result<Self, Failed> {
        let (root, acceptor) = certificates()?;
        let shared = Arc::new(Shared { state: Mutex::default(), http: reqwest::Client::new() });
        let mut running = JoinSet::new();
        let behind = [&services.dynamodb_url, &services.kms_url, &services.cognito_url];
        let mut urls: [String; 3] = Default::default();
        for (behind, url) in behind.into_iter().zip(&mut urls) {
            let behind: Arc<str> = behind.as_deref().ok_or("a service has no address")?.into();
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            *url = format!("https://localhost:{}", listener.local_addr()?.port());
            running.spawn(accept(listener, acceptor.clone(), behind, Arc::clone(&shared)));
        }
        Ok(Self { shared, urls, roots: Roots::write(&root, folder)?, _running: running })
    }

    /// The process that asks from here on, and how long a call takes at least.
    pub(crate) fn serve(&self, subject: &str, service_time: Duration) {
        let mut state = self.shared.state();
        state.subject = subject.to_owned();
        state.service_time = service_time;
        state.asked = Asked::default();
    }

    /// What was asked since this was called last.
    pub(crate) fn asked(&self) -> Asked {
        std::mem::take(&mut self.shared.state().asked)
    }
}

impl Roots {
    fn write(root: &str, folder: &Path) -> Result<Self, Failed> {
        let amazons = include_str!("../../../../functions/src/aws/amazon.pem");
        // Where Debian keeps them, and where Amazon Linux does.
        let systems = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];
        let systems = systems.iter().find_map(|path| fs::read_to_string(path).ok()).unwrap_or_default();
        let file = |name: &str, before: &str| -> Result<PathBuf, Failed> {
            let path = folder.join(name);
            fs::write(&path, format!("{before}\n{root}"))?;
            Ok(path)
        };
        Ok(Self {
            alone: file("root.pem", "")?,
            after_amazons: file("amazon.pem", amazons)?,
            after_the_systems: file("system.pem", &systems)?,
        })
    }
}

/// A root of its own in PEM, and TLS with a certificate below it.
fn certificates() -> Result<(String, TlsAcceptor), Failed> {
    let root_key = KeyPair::generate()?;
    let mut root = CertificateParams::new(Vec::new())?;
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    // Node takes a certificate with its issuer's name for one that signs itself.
    root.distinguished_name.push(DnType::CommonName, "root of a bench");
    let pem = root.self_signed(&root_key)?.pem();
    let issuer = Issuer::new(root, root_key);
    let key = KeyPair::generate()?;
    let mut leaf = CertificateParams::new(vec!["localhost".to_owned()])?;
    // Python's TLS wants to know which root a certificate is below.
    leaf.use_authority_key_identifier_extension = true;
    let leaf = leaf.signed_by(&key, &issuer)?;
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok((pem, TlsAcceptor::from(Arc::new(config))))
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, behind: Arc<str>, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        stream.set_nodelay(true).ok();
        let (acceptor, behind, shared) = (acceptor.clone(), Arc::clone(&behind), Arc::clone(&shared));
        connections.spawn(async move {
            // A process that is killed leaves its connections behind.
            let Ok(stream) = acceptor.accept(stream).await else { return };
            shared.state().asked.handshakes += 1;
            let answer = service_fn(move |request| {
                let (behind, shared) = (Arc::clone(&behind), Arc::clone(&shared));
                async move { Ok::<_, Infallible>(shared.answer(&behind, request).await) }
            });
            http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await.ok();
        });
    }
}

impl Shared {
    async fn answer(&self, behind: &str, request: Request<Incoming>) -> Response<Full<Bytes>> {
        if request.method() == Method::GET {
            // No call: a function connects before its first request.
            return Response::new(Full::default());
        }
        match self.look_up(behind, request).await {
            Ok(kept) => {
                let mut response = Response::new(Full::new(kept.body));
                *response.status_mut() = kept.status;
                *response.headers_mut() = kept.headers;
                response
            }
            Err(error) => {
                let mut response = Response::new(Full::from(error.to_string()));
                *response.status_mut() = hyper::StatusCode::BAD_GATEWAY;
                response
            }
        }
    }

    async fn look_up(&self, behind: &str, request: Request<Incoming>) -> Result<Kept, Failed> {
        let (head, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let target = head.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
        let operation = target.and_then(|target| target.rsplit('.').next()).ok_or("no operation")?.to_owned();
        let (question, service_time) = {
            let mut state = self.state();
            *state.asked.calls.entry(operation.clone()).or_default() += 1;
            let body = if WRITES.contains(&operation.as_str()) { String::new() } else { in_order(&body)? };
            (Question { subject: state.subject.clone(), operation, body }, state.service_time)
        };
        if !service_time.is_zero() {
            tokio::time::sleep(service_time).await;
        }
        if let Some(kept) = self.state().kept.get(&question) {
            return Ok(kept.clone());
        }
        let mut headers = head.headers;
        headers.remove("host");
        let answer = self.http.post(behind).headers(headers).body(body).send().await?;
        let (status, mut headers) = (answer.status(), answer.headers().clone());
        headers.remove("transfer-encoding");
        let kept = Kept { status, headers, body: answer.bytes().await? };
        if status.is_success() {
            self.state().kept.insert(question, kept.clone());
        }
        Ok(kept)
    }
}

/// A body with the members of its objects in order: programs write the same question in different orders.
fn in_order(body: &[u8]) -> Result<String, Failed> {
    fn sorted(value: Value) -> Value {
        match value {
            Value::Object(members) => {
                let members: BTreeMap<_, _> =
                    members.into_iter().map(|(name, value)| (name, sorted(value))).collect();
                Value::Object(members.into_iter().collect())
            }
            Value::Array(values) => Value::Array(values.into_iter().map(sorted).collect()),
            value @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => value,
        }
    }
    Ok(sorted(serde_json::from_slice(body)?).to_string())
}
