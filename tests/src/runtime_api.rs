//! A small emulator of the Lambda Runtime API ("Using the Lambda runtime API" in the AWS Lambda developer guide): it
//! hands events to a real `bootstrap` process and takes its answers.

use std::{io, net::SocketAddr, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
    serve::ListenerExt,
};
use tokio::{
    net::TcpListener,
    sync::{Mutex, Notify, mpsc},
};

/// How the process answered an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It answered.
    Answered(String),
    /// It reported an error and lives on.
    Failed(String),
    /// It reported that it could not start.
    NotStarted(String),
}

/// The emulator. It takes one process and one event at a time, as Lambda does.
pub struct RuntimeApi {
    address: SocketAddr,
    events: mpsc::Sender<String>,
    outcomes: mpsc::Receiver<Outcome>,
    shared: Arc<Shared>,
}

struct Shared {
    asked: Notify,
    events: Mutex<mpsc::Receiver<String>>,
    outcomes: mpsc::Sender<Outcome>,
}

impl RuntimeApi {
    /// Starts it on a free port of loopback, inside the present runtime.
    ///
    /// # Errors
    ///
    /// When no port can be had.
    pub async fn start() -> io::Result<Self> {
        let (events, to_process) = mpsc::channel(1);
        let (from_process, outcomes) = mpsc::channel(1);
        let events_to_process = Mutex::new(to_process);
        let shared =
            Arc::new(Shared { asked: Notify::new(), events: events_to_process, outcomes: from_process });
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(answered))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(failed))
            .route("/2018-06-01/runtime/init/error", post(not_started))
            .with_state(Arc::clone(&shared));
        // An answer goes out at once, as Lambda's does.
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        // The task ends with the runtime that it runs in.
        drop(tokio::spawn(async move { axum::serve(listener, router).await }));
        Ok(Self { address, events, outcomes, shared })
    }

    /// What goes into `AWS_LAMBDA_RUNTIME_API`.
    #[must_use]
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Waits until the process asks for its first event: it has started.
    pub async fn started(&self) {
        self.shared.asked.notified().await;
    }

    /// Hands over an event and waits for what becomes of it. It waits for ever when the process is gone: race it with
    /// the process's end. `None` when the emulator itself is gone.
    pub async fn invoke(&mut self, event: String) -> Option<Outcome> {
        self.events.send(event).await.ok()?;
        self.outcome().await
    }

    /// Waits for the next word of the process.
    pub async fn outcome(&mut self) -> Option<Outcome> {
        self.outcomes.recv().await
    }
}

const REQUEST_ID: &str = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";
const FUNCTION_ARN: &str = "arn:aws:lambda:eu-west-1:123456789012:function:keyward";
/// Far enough ahead that no test meets it, in Unix milliseconds.
const DEADLINE_MS: &str = "4102444800000";

async fn next(State(shared): State<Arc<Shared>>) -> Response {
    shared.asked.notify_one();
    match shared.events.lock().await.recv().await {
        Some(event) => {
            let headers = [
                ("Content-Type", "application/json"),
                ("Lambda-Runtime-Aws-Request-Id", REQUEST_ID),
                ("Lambda-Runtime-Deadline-Ms", DEADLINE_MS),
                ("Lambda-Runtime-Invoked-Function-Arn", FUNCTION_ARN),
                ("Lambda-Runtime-Trace-Id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700"),
            ];
            (headers, event).into_response()
        }
        None => StatusCode::GONE.into_response(),
    }
}

async fn answered(State(shared): State<Arc<Shared>>, Path(_): Path<String>, body: Bytes) -> StatusCode {
    tell(&shared, Outcome::Answered(text(&body))).await
}

async fn failed(State(shared): State<Arc<Shared>>, Path(_): Path<String>, body: Bytes) -> StatusCode {
    tell(&shared, Outcome::Failed(text(&body))).await
}

async fn not_started(State(shared): State<Arc<Shared>>, body: Bytes) -> StatusCode {
    tell(&shared, Outcome::NotStarted(text(&body))).await
}

fn text(body: &Bytes) -> String {
    String::from_utf8_lossy(body).into_owned()
}

async fn tell(shared: &Shared, outcome: Outcome) -> StatusCode {
    match shared.outcomes.send(outcome).await {
        Ok(()) => StatusCode::ACCEPTED,
        Err(_) => StatusCode::GONE,
    }
}
