//! A proxy in front of DynamoDB, KMS, Cognito and SQS. It sees each try of each call, lets a plan decide what becomes of it, and keeps
//! a record.

use std::{
    io,
    net::Ipv4Addr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, Method, Request, Response},
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use keyward_functions::aws::clients::Connection;
use serde_json::{Value, json};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Notify, watch},
    task::JoinSet,
};

use super::seeded::Seeded;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    DynamoDb,
    Kms,
    Cognito,
    Sqs,
}

/// One try of one call. The SDK numbers the tries of an invocation from 1.
#[derive(Debug, Clone)]
pub(crate) struct Try {
    pub(crate) service: Service,
    /// Such as `Decrypt`.
    pub(crate) operation: String,
    pub(crate) invocation: String,
    pub(crate) attempt: u32,
}

/// What becomes of a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Passes,
    /// It passes after so many milliseconds.
    Late(u64),
    /// The service refuses with a status and a code of its own.
    Fails(u16, &'static str),
    /// Whatever stands in front of the service fails, with a status and a page.
    FailsInFront(u16),
    /// The transaction is cancelled: another one has the same items.
    Conflicts,
    /// A batch of reads is answered but for its last key, which DynamoDB leaves for another call.
    AllButOne,
    /// A batch of reads is answered without one item.
    NoItem,
    /// The connection ends before the service has heard of it.
    Unheard,
    /// The service does it, and the connection ends in the place of the answer.
    Unanswered,
    /// It is held for ever before the service has heard of it.
    HeldBefore,
    /// The service does it, and the answer is held for ever.
    HeldAfter,
    /// It is held before the service has heard of it, until the test lets all go.
    Waits,
}

/// Decides what becomes of a try.
pub(crate) type Plan = Box<dyn FnMut(&Try) -> Fate + Send>;

/// Everything passes.
pub(crate) fn no_faults() -> Plan {
    Box::new(|_| Fate::Passes)
}

/// So many tries in a hundred meet a fault that the seed chooses, and some of the others come late.
pub(crate) fn seeded_faults(seed: u64, percent: u64) -> Plan {
    let mut seeded = Seeded::new(seed);
    Box::new(move |tried| {
        if seeded.happens(percent) {
            fault(tried, &mut seeded)
        } else if seeded.happens(10) {
            Fate::Late(1 + seeded.below(4))
        } else {
            Fate::Passes
        }
    })
}

fn fault(tried: &Try, seeded: &mut Seeded) -> Fate {
    let own = match tried.service {
        Service::DynamoDb => [
            Fate::Fails(400, "ThrottlingException"),
            Fate::Fails(400, "ProvisionedThroughputExceededException"),
            Fate::Fails(500, "InternalServerError"),
        ],
        Service::Kms => [
            Fate::Fails(400, "ThrottlingException"),
            Fate::Fails(500, "KMSInternalException"),
            Fate::Fails(503, "DependencyTimeoutException"),
        ],
        Service::Cognito => [
            Fate::Fails(400, "TooManyRequestsException"),
            Fate::Fails(500, "InternalErrorException"),
            Fate::Fails(400, "LimitExceededException"),
        ],
        Service::Sqs => [
            Fate::Fails(400, "ThrottlingException"),
            Fate::Fails(500, "InternalError"),
            Fate::Fails(503, "ServiceUnavailable"),
        ],
    };
    let common = [Fate::FailsInFront(500), Fate::FailsInFront(503), Fate::Unheard, Fate::Unanswered];
    if tried.operation == "TransactWriteItems" && seeded.happens(25) {
        return Fate::Conflicts;
    }
    if tried.operation == "BatchGetItem" && seeded.happens(25) {
        return if seeded.happens(50) { Fate::AllButOne } else { Fate::NoItem };
    }
    let all: Vec<Fate> = own.into_iter().chain(common).collect();
    seeded.pick(&all).copied().unwrap_or(Fate::Passes)
}

/// The proxy. It stops when it is dropped.
pub(crate) struct Proxy {
    front: Arc<Front>,
    dynamodb_url: String,
    kms_url: String,
    cognito_url: String,
    sqs_url: String,
    _running: JoinSet<()>,
}

struct Front {
    plan: Mutex<Plan>,
    tries: Mutex<Vec<(Try, Fate)>>,
    /// How many bytes the bodies of DynamoDB's answers had.
    read_bytes: AtomicUsize,
    held: Notify,
    let_go: watch::Sender<bool>,
    http: reqwest::Client,
}

impl Proxy {
    /// Starts one in front of these services.
    pub(crate) async fn before(services: &Connection, plan: Plan) -> Self {
        let front = Arc::new(Front {
            plan: Mutex::new(plan),
            tries: Mutex::default(),
            read_bytes: AtomicUsize::new(0),
            held: Notify::new(),
            let_go: watch::Sender::new(false),
            http: reqwest::Client::new(),
        });
        let mut running = JoinSet::new();
        let mut urls = Vec::new();
        for (service, behind) in [
            (Service::DynamoDb, &services.dynamodb_url),
            (Service::Kms, &services.kms_url),
            (Service::Cognito, &services.cognito_url),
            (Service::Sqs, &services.sqs_url),
        ] {
            let behind: Arc<str> = behind.as_deref().expect("an address").into();
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
            urls.push(format!("http://{}", listener.local_addr().expect("an address")));
            running.spawn(accept(listener, service, behind, Arc::clone(&front)));
        }
        let [dynamodb_url, kms_url, cognito_url, sqs_url] = urls.try_into().expect("four addresses");
        Self { front, dynamodb_url, kms_url, cognito_url, sqs_url, _running: running }
    }

    pub(crate) fn dynamodb_url(&self) -> &str {
        &self.dynamodb_url
    }

    pub(crate) fn kms_url(&self) -> &str {
        &self.kms_url
    }

    pub(crate) fn cognito_url(&self) -> &str {
        &self.cognito_url
    }

    pub(crate) fn sqs_url(&self) -> &str {
        &self.sqs_url
    }

    /// What becomes of tries from here on.
    pub(crate) fn plan(&self, plan: Plan) {
        *self.front.plan.lock().unwrap() = plan;
    }

    /// The tries since this was asked last, and what became of each.
    pub(crate) fn tries(&self) -> Vec<(Try, Fate)> {
        std::mem::take(&mut self.front.tries.lock().unwrap())
    }

    /// How many bytes DynamoDB answered since this was asked last.
    pub(crate) fn read_bytes(&self) -> usize {
        self.front.read_bytes.swap(0, Ordering::Relaxed)
    }

    /// Waits until a try is held.
    pub(crate) async fn held(&self) {
        self.front.held.notified().await;
    }

    /// Ends the waiting of all that wait, from here on.
    pub(crate) fn let_go(&self) {
        self.front.let_go.send_replace(true);
    }
}

async fn accept(listener: TcpListener, service: Service, behind: Arc<str>, front: Arc<Front>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        connections.spawn(serve(stream, service, Arc::clone(&behind), Arc::clone(&front)));
    }
}

async fn serve(stream: TcpStream, service: Service, behind: Arc<str>, front: Arc<Front>) {
    stream.set_nodelay(true).ok();
    let answer = service_fn(move |request| {
        let (behind, front) = (Arc::clone(&behind), Arc::clone(&front));
        async move { front.answer(service, &behind, request).await }
    });
    // One that is dropped on purpose ends with an error.
    http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await.ok();
}

impl Front {
    /// The answer; an error drops the connection.
    async fn answer(
        &self,
        service: Service,
        behind: &str,
        request: Request<Incoming>,
    ) -> io::Result<Response<Body>> {
        if request.method() == Method::GET {
            // No call: a function connects before its first request.
            return Ok(Response::new(Body::empty()));
        }
        let (head, body) = request.into_parts();
        let body = axum::body::to_bytes(Body::new(body), usize::MAX).await.map_err(io::Error::other)?;
        let tried = read(service, &head.headers);
        let fate = (self.plan.lock().unwrap())(&tried);
        self.tries.lock().unwrap().push((tried, fate));
        match fate {
            Fate::Passes => self.pass_on(service, behind, head.headers, body).await,
            Fate::Late(ms) => {
                tokio::time::sleep(Duration::from_millis(ms)).await;
                self.pass_on(service, behind, head.headers, body).await
            }
            Fate::Fails(status, code) => {
                Ok(refusal(status, &json!({ "__type": code, "message": "canary" }).to_string()))
            }
            Fate::FailsInFront(status) => Ok(refusal(status, "<html>canary</html>")),
            Fate::Conflicts => Ok(refusal(400, &conflict(&body).to_string())),
            Fate::AllButOne => self.pass_on_in_part(service, behind, head.headers, &body, 1).await,
            Fate::NoItem => self.pass_on_in_part(service, behind, head.headers, &body, usize::MAX).await,
            Fate::Unheard => Err(io::Error::other("dropped before it was heard")),
            Fate::Unanswered => {
                self.pass_on(service, behind, head.headers, body).await?;
                Err(io::Error::other("dropped before it was answered"))
            }
            Fate::HeldBefore => Ok(self.hold().await),
            Fate::Waits => {
                self.held.notify_one();
                self.let_go.subscribe().wait_for(|is_over| *is_over).await.map_err(io::Error::other)?;
                self.pass_on(service, behind, head.headers, body).await
            }
            Fate::HeldAfter => {
                self.pass_on(service, behind, head.headers, body).await?;
                Ok(self.hold().await)
            }
        }
    }

    async fn hold<T>(&self) -> T {
        self.held.notify_one();
        std::future::pending().await
    }

    /// Passes a batch of reads on, and so many of its keys come back unprocessed, in the form of the request (API reference,
    /// BatchGetItem).
    async fn pass_on_in_part(
        &self,
        service: Service,
        behind: &str,
        headers: HeaderMap,
        body: &[u8],
        mut left: usize,
    ) -> io::Result<Response<Body>> {
        let mut request: Value = serde_json::from_slice(body)?;
        let mut unprocessed = Value::default();
        let tables = request["RequestItems"].as_object_mut().expect("tables");
        for (table, asked) in tables.iter_mut() {
            let keys = asked["Keys"].as_array_mut().expect("keys");
            let kept = keys.split_off(keys.len().saturating_sub(left));
            left -= kept.len().min(left);
            if !kept.is_empty() {
                let mut of_table = asked.clone();
                of_table["Keys"] = Value::Array(kept);
                unprocessed[table] = of_table;
            }
        }
        tables.retain(|_, asked| asked["Keys"].as_array().is_some_and(|keys| !keys.is_empty()));
        let mut answer = json!({ "Responses": {} });
        if !tables.is_empty() {
            let whole =
                self.pass_on(service, behind, without_length(headers), request.to_string().into()).await?;
            let body = axum::body::to_bytes(whole.into_body(), usize::MAX).await.map_err(io::Error::other)?;
            answer = serde_json::from_slice(&body)?;
        }
        answer["UnprocessedKeys"] = unprocessed;
        Ok(Response::new(Body::from(answer.to_string())))
    }

    async fn pass_on(
        &self,
        service: Service,
        behind: &str,
        mut headers: HeaderMap,
        body: Bytes,
    ) -> io::Result<Response<Body>> {
        headers.remove("host");
        let sent = self.http.post(behind).headers(headers).body(body).send();
        let answer = sent.await.map_err(io::Error::other)?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = answer.bytes().await.map_err(io::Error::other)?;
        if service == Service::DynamoDb {
            self.read_bytes.fetch_add(body.len(), Ordering::Relaxed);
        }
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }
}

fn read(service: Service, headers: &HeaderMap) -> Try {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let attempt = text("amz-sdk-request").split(';').find_map(|part| part.trim().strip_prefix("attempt="));
    Try {
        service,
        operation: text("x-amz-target").rsplit('.').next().unwrap_or_default().to_owned(),
        invocation: text("amz-sdk-invocation-id").to_owned(),
        attempt: attempt.and_then(|attempt| attempt.parse().ok()).unwrap_or_default(),
    }
}

/// A changed body has another length.
fn without_length(mut headers: HeaderMap) -> HeaderMap {
    headers.remove("content-length");
    headers
}

fn refusal(status: u16, body: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_owned()));
    *response.status_mut() = status.try_into().expect("a status");
    response
}

/// A cancelled transaction as DynamoDB words it: a reason for each item, in their order.
fn conflict(request: &[u8]) -> Value {
    let request: Value = serde_json::from_slice(request).expect("a JSON request");
    let items = request["TransactItems"].as_array().map_or(1, Vec::len);
    let mut reasons = vec![json!({ "Code": "None" }); items];
    reasons[0] = json!({ "Code": "TransactionConflict", "Message": "Transaction is ongoing for the item" });
    json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "Transaction cancelled, please refer cancellation reasons for specific reasons",
        "CancellationReasons": reasons,
    })
}
