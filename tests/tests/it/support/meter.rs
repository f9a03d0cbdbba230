//! A proxy in front of DynamoDB and KMS that counts what is paid for: the units that DynamoDB says it consumed, and the
//! calls of KMS.

use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use keyward_functions::aws::clients::Connection;
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinSet};

/// What calls consumed.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Used {
    /// Read request units.
    pub(crate) reads: f64,
    /// Write request units of the tables.
    pub(crate) writes: f64,
    /// Write request units of their indexes.
    pub(crate) index_writes: f64,
    /// Writes of one item whose condition did not hold. DynamoDB charges them by the stored item's size and does not say
    /// so in its answer ("DynamoDB read and write operations" in its developer guide).
    pub(crate) refused: u32,
    /// Calls of KMS, but for signatures.
    pub(crate) kms: u32,
    /// Signatures by KMS, which have a price of their own.
    pub(crate) signatures: u32,
}

/// The proxy. It stops when it is dropped.
pub(crate) struct Meter {
    used: Arc<Mutex<Used>>,
    connection: Connection,
    _running: JoinSet<()>,
}

#[derive(Clone)]
struct Front {
    used: Arc<Mutex<Used>>,
    behind: String,
    http: reqwest::Client,
}

impl Meter {
    /// Starts one in front of these services.
    pub(crate) async fn before(services: &Connection) -> Self {
        let (used, http) = (Arc::new(Mutex::default()), reqwest::Client::new());
        let mut running = JoinSet::new();
        let mut connection = services.clone();
        for url in [&mut connection.dynamodb_url, &mut connection.kms_url] {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
            let own = format!("http://{}", listener.local_addr().expect("an address"));
            let behind = url.replace(own).expect("an address");
            let front = Front { used: Arc::clone(&used), behind, http: http.clone() };
            let router = Router::new().fallback(answer).with_state(front);
            running.spawn(async move { axum::serve(listener, router).await.expect("a server") });
        }
        Self { used, connection, _running: running }
    }

    /// The way to the services that leads through it.
    pub(crate) const fn connection(&self) -> &Connection {
        &self.connection
    }

    /// What was used since this was asked last.
    pub(crate) fn take(&self) -> Used {
        std::mem::take(&mut *self.used.lock().unwrap())
    }
}

async fn answer(State(front): State<Front>, method: Method, headers: HeaderMap, body: Bytes) -> Response {
    if method == Method::GET {
        // No call: a function connects before its first request.
        return StatusCode::OK.into_response();
    }
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let (service, operation) = target.split_once('.').expect("a service and an operation");
    let is_dynamodb = service.starts_with("DynamoDB");
    let mut body: Value = serde_json::from_slice(&body).expect("a JSON request");
    if is_dynamodb {
        body["ReturnConsumedCapacity"] = json!("INDEXES");
    }
    let mut sent = headers.clone();
    sent.remove(header::HOST);
    sent.remove(header::CONTENT_LENGTH);
    let sent = front.http.post(&front.behind).headers(sent).body(body.to_string()).send();
    let told = sent.await.expect("an answer");
    let (status, mut headers) = (told.status(), told.headers().clone());
    let bytes = told.bytes().await.expect("a body");
    let mut used = front.used.lock().unwrap();
    if is_dynamodb {
        used.add(operation, &serde_json::from_slice(&bytes).expect("a JSON answer"));
    } else if operation == "Sign" {
        used.signatures += 1;
    } else {
        used.kms += 1;
    }
    drop(used);
    headers.remove(header::TRANSFER_ENCODING);
    (status, headers, Body::from(bytes)).into_response()
}

impl Used {
    fn add(&mut self, operation: &str, answer: &Value) {
        if answer["__type"].as_str().is_some_and(|kind| kind.ends_with("ConditionalCheckFailedException")) {
            self.refused += 1;
        }
        let consumed = &answer["ConsumedCapacity"];
        let each = consumed.as_array().map_or_else(|| vec![consumed], |each| each.iter().collect());
        for consumed in each {
            let (units, table) = (&consumed["CapacityUnits"], &consumed["Table"]["CapacityUnits"]);
            let (units, table) = (units.as_f64().unwrap_or_default(), table.as_f64().unwrap_or_default());
            match operation {
                "GetItem" | "BatchGetItem" | "Query" | "Scan" => self.reads += units,
                _ => {
                    self.writes += table;
                    self.index_writes += units - table;
                }
            }
        }
    }
}
