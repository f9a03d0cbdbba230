//! API Gateway on one loopback address: an HTTP API with payload format 2.0 and a JWT authorizer.
//!
//! The functions behind it get the very events that they get on AWS, and the client gets the very answers that
//! API Gateway gives by itself. What is absent on purpose: stages other than `$default`, CORS, greedy paths and
//! `ANY` routes, which Keyward does not use.

mod answer;
mod authorizer;
mod body;
mod event;
mod invoke;
mod loopback;
mod refusal;
mod route;

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request, State},
    http::{HeaderValue, request::Parts},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE};
use keyward_shared::moment::{Clock, Random};

pub use authorizer::{JwtAuthorizer, TokenRefusal};
pub use invoke::{Invocation, Invoke, InvokeError};
pub use loopback::{BindError, LoopbackListener};
pub use route::{DEFAULT_ROUTE_KEY, GatewayRoute, RouteError, RouteTable};

use authorizer::Authorized;
use body::{BodyError, EventBody};
use event::EventSource;
use refusal::Refusal;
use route::Matched;

/// The most that the request line and the header values may have together, in bytes ("Quotas for configuring and
/// running an HTTP API").
pub const MAX_HEADER_BYTES: usize = 10_240;

/// The largest event that Lambda takes, in bytes ("Lambda quotas": invocation payload 6 MB, synchronous).
const MAX_EVENT_BYTES: usize = 6 * 1024 * 1024;

/// How long the gateway waits for a function ("Quotas for configuring and running an HTTP API": maximum
/// integration timeout 30 seconds).
pub const INTEGRATION_TIMEOUT: Duration = Duration::from_secs(30);

/// The HTTP API: its routes, its authorizer, and the runner of the functions.
pub struct Gateway {
    routes: RouteTable,
    authorizer: JwtAuthorizer,
    functions: Arc<dyn Invoke>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl Gateway {
    /// An API of these routes.
    #[must_use]
    pub fn new(
        routes: RouteTable,
        authorizer: JwtAuthorizer,
        functions: Arc<dyn Invoke>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self { routes, authorizer, functions, clock, random }
    }

    /// The router that answers every path. Merge it behind routers with paths of their own, and hand the whole to
    /// [`LoopbackListener::serve`], which refuses foreign hosts.
    pub fn router(self) -> Router {
        Router::new().fallback(handle).with_state(Arc::new(self))
    }

    /// 11 random bytes in 16 characters, like API Gateway's own.
    fn request_id(&self) -> String {
        let mut bytes = [0; 11];
        self.random.fill(&mut bytes);
        URL_SAFE.encode(bytes)
    }

    /// A trace header of X-Ray: version, seconds, 96 random bits.
    fn trace_id(&self) -> String {
        let mut bytes = [0; 12];
        self.random.fill(&mut bytes);
        format!("Root=1-{:08x}-{}", self.clock.now().as_second(), hex::encode(bytes))
    }

    /// Answers a request whose route is known.
    async fn answer(
        &self,
        parts: &Parts,
        source: SocketAddr,
        request_id: &str,
        accepted: Accepted<'_>,
    ) -> Response {
        let authorized = match self.authorize(parts, &accepted.matched) {
            Ok(authorized) => authorized,
            Err(refusal) => return refusal.into_response(),
        };
        let event = event::event(EventSource {
            parts,
            path: &accepted.path,
            body: accepted.body,
            matched: &accepted.matched,
            authorized,
            request_id,
            trace_id: &self.trace_id(),
            source: source.ip(),
            now: self.clock.now(),
        });
        if event.to_string().len() > MAX_EVENT_BYTES {
            return Refusal::BodyTooLarge.into_response();
        }
        let function = accepted.matched.function;
        match invoke::run(&self.functions, function, event, request_id, INTEGRATION_TIMEOUT).await {
            Ok(answer) => answer::response(answer).unwrap_or_else(|error| {
                tracing::error!(function, request_id, %error, "the function failed");
                Refusal::FunctionFailed.into_response()
            }),
            Err(error) => {
                tracing::error!(function, request_id, %error, "the function failed");
                match error {
                    InvokeError::Unknown | InvokeError::Failed => Refusal::FunctionFailed.into_response(),
                    InvokeError::TimedOut => Refusal::FunctionTimedOut.into_response(),
                }
            }
        }
    }

    fn authorize<'a>(&self, parts: &Parts, matched: &Matched<'a>) -> Result<Option<Authorized>, Refusal<'a>> {
        let Some(scope) = matched.scope else {
            return Ok(None);
        };
        let mut tokens = parts.headers.get_all("authorization").iter();
        let token = match (tokens.next(), tokens.next()) {
            (Some(token), None) => token.to_str().ok(),
            (None, _) | (Some(_), Some(_)) => None,
        };
        let authorized = self.authorizer.authorize(token, scope);
        authorized.map(Some).map_err(|reason| Refusal::Token { scope, reason })
    }
}

/// A request that has passed the limits.
struct Accepted<'a> {
    path: String,
    matched: Matched<'a>,
    body: EventBody,
}

/// Checks the limits and finds the route, in API Gateway's order.
async fn accept<'a>(gateway: &'a Gateway, parts: &Parts, body: Body) -> Result<Accepted<'a>, Refusal<'a>> {
    if header_bytes(parts) > MAX_HEADER_BYTES {
        return Err(Refusal::HeadersTooLarge);
    }
    let bytes = body::read(body).await.map_err(|error| match error {
        BodyError::TooLarge => Refusal::BodyTooLarge,
        BodyError::BrokenOff => Refusal::BadRequest,
    })?;
    let path = event::decoded_path(parts.uri.path()).ok_or(Refusal::BadRequest)?;
    let matched = gateway.routes.find(&parts.method, &path);
    Ok(Accepted { path, matched, body: EventBody::new(&parts.headers, bytes) })
}

/// Length of the request line (RFC 9112 §3) and of all header values, in bytes.
fn header_bytes(parts: &Parts) -> usize {
    let line = format!("{} {} {:?}", parts.method, parts.uri, parts.version).len();
    parts.headers.values().fold(line, |sum, value| sum.saturating_add(value.len()))
}

/// One request from end to end, with its line in the access log: never a header, a body or a query string.
async fn handle(
    State(gateway): State<Arc<Gateway>>,
    ConnectInfo(source): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let started = Instant::now();
    let request_id = gateway.request_id();
    let (parts, body) = request.into_parts();
    let (route_key, mut response) = match accept(&gateway, &parts, body).await {
        Ok(accepted) => {
            let route_key = accepted.matched.route_key;
            (route_key, gateway.answer(&parts, source, &request_id, accepted).await)
        }
        Err(refusal) => ("-", refusal.into_response()),
    };
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert("apigw-requestid", value);
    }
    let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let (method, status) = (parts.method.as_str(), response.status().as_u16());
    tracing::info!(method, route_key, status, duration_ms, request_id, "request");
    response
}
