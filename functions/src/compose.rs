//! Composition: each function gets just the ports that its handler takes.

use std::{sync::Arc, time::Duration};

use futures_util::future::join;
use jiff::Timestamp;
use keyward_shared::{error::Error, moment::Clock, ports::ReadCaller};
use lambda_http::aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use serde_json::Value;

use crate::{
    config::Variable,
    edge::{self, Failure, Recognition, Request, Time},
    handlers::stream_batch::{BatchResponse, NoSequenceNumber, StreamEvent},
    running::RUNNING,
    services::Services,
    table::{
        Calls, Eventual, Function, FunctionName, JsonError, JsonHandler, Package, Route,
        looks::{self, Look},
    },
};

/// A function that API Gateway calls: an event in, with the time at which the function is stopped, and a response out,
/// whatever happens.
pub type HttpFunction =
    Arc<dyn Fn(ApiGatewayV2httpRequest, Timestamp) -> Eventual<ApiGatewayV2httpResponse> + Send + Sync>;

/// A function that a stream calls. It takes a batch of records and returns the failed ones.
pub type StreamFunction =
    Arc<dyn Fn(StreamEvent) -> Eventual<Result<BatchResponse, NoSequenceNumber>> + Send + Sync>;

/// A function that takes JSON and answers JSON, with the time at which it is stopped.
pub type JsonFunction = Arc<dyn Fn(Value, Timestamp) -> Eventual<Result<Value, JsonError>> + Send + Sync>;

/// A function with everything that it works with, by what calls it.
pub enum Composed {
    /// API Gateway.
    Http(HttpFunction),
    /// A stream.
    Stream(StreamFunction),
    /// Anything else.
    Json(JsonFunction),
}

impl Composed {
    /// The function, if API Gateway calls it.
    #[must_use]
    pub fn http(self) -> Option<HttpFunction> {
        match self {
            Self::Http(function) => Some(function),
            Self::Stream(_) | Self::Json(_) => None,
        }
    }

    /// The function, if a stream calls it.
    #[must_use]
    pub fn stream(self) -> Option<StreamFunction> {
        match self {
            Self::Stream(function) => Some(function),
            Self::Http(_) | Self::Json(_) => None,
        }
    }

    /// The function, if it takes JSON.
    #[must_use]
    pub fn json(self) -> Option<JsonFunction> {
        match self {
            Self::Json(function) => Some(function),
            Self::Http(_) | Self::Stream(_) => None,
        }
    }
}

/// A function lacks something that it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Incomplete {
    /// A variable of its environment.
    #[error("{function} needs the environment variable {}", variable.as_str())]
    Variable {
        /// The function.
        function: FunctionName,
        /// The variable.
        variable: Variable,
    },
    /// The protocols of mail and file servers.
    #[error("{0} needs the binary `trials`, which logs in to mail and file servers")]
    LogIns(FunctionName),
}

/// The function of this name, composed from services.
///
/// # Errors
///
/// [`Incomplete`], when the services were given less than its environment has to name.
pub fn compose(name: FunctionName, services: &Arc<Services>) -> Result<Composed, Incomplete> {
    let function = name.function();
    if let Some(variable) = function.environment.iter().copied().find(|variable| !services.has(*variable)) {
        return Err(Incomplete::Variable { function: name, variable });
    }
    if function.package() == Package::Trials && !services.outside.logs_in() {
        return Err(Incomplete::LogIns(name));
    }
    Ok(match function.calls {
        Calls::Gateway(_) => Composed::Http(http(function, services)),
        Calls::Stream { handler, .. } => {
            let services = Arc::clone(services);
            Composed::Stream(Arc::new(move |event| {
                Box::pin(RUNNING.scope(name.as_str(), handler(Arc::clone(&services), event)))
            }))
        }
        Calls::Queue { handler, .. } | Calls::Schedule { handler, .. } => {
            Composed::Json(json(name, services, handler))
        }
    })
}

/// Does before a function's first request what can be done then: while a process starts, Lambda gives it a whole core. Nothing
/// that fails here fails the function.
pub async fn prepare(name: FunctionName, services: &Services) {
    let function = name.function();
    let called = function.services();
    // What is made is made while the services answer.
    let made = async {
        function.routes().iter().for_each(|route| (route.prepare)());
        if function.unwraps() {
            services.clients.prepare_for_uses();
        }
    };
    join(services.clients.connect(&called, function.limits.dynamodb_at_once), made).await;
}

fn json(name: FunctionName, services: &Arc<Services>, handler: JsonHandler) -> JsonFunction {
    let services = Arc::clone(services);
    Arc::new(move |event, until| {
        Box::pin(RUNNING.scope(name.as_str(), handler(Arc::clone(&services), event, until)))
    })
}

/// The time that is kept for the answer, so that the caller is told about a time-out.
const TO_ANSWER: Duration = Duration::from_millis(500);

fn http(function: &'static Function, services: &Arc<Services>) -> HttpFunction {
    let services = Arc::clone(services);
    Arc::new(move |event, until| {
        let services = Arc::clone(&services);
        Box::pin(RUNNING.scope(function.name.as_str(), async move {
            let whole = Arc::clone(&services);
            let now = whole.clock.now();
            let recognition = Recognition { tokens: &whole.tokens, panel: &whole.panel, now };
            let left = Duration::try_from(until.duration_since(now)).unwrap_or_default();
            let time = Time { until, within: left.saturating_sub(TO_ANSWER) };
            let (name, routes) = (function.name.as_str(), function.routes());
            let handler = async |route: &Route, request| {
                let request = sure_of_the_caller(function, &services, request).await?;
                (route.handler)(services, request).await
            };
            edge::serve(name, routes, recognition, event, time, handler).await
        }))
    })
}

/// The request with its caller as the rows say, as far as the function does not look at them by itself.
async fn sure_of_the_caller(
    function: &Function,
    services: &Services,
    request: Request,
) -> Result<Request, Failure> {
    let Some(claimed) = request.claimed() else { return Ok(request) };
    match looks::of(function) {
        Look::InTheTransaction => {
            let rows = services.tables.read_caller(claimed).await.map_err(Error::from)?;
            Ok(request.holding(&rows)?)
        }
        Look::Lately => {
            let now = services.clock.now();
            let rows = services
                .lately
                .rows(&services.tables, function.name, claimed, now)
                .await
                .map_err(Error::from)?;
            Ok(request.limited_to(&rows)?)
        }
        Look::WithTheKey | Look::Never(_) => Ok(request),
    }
}
