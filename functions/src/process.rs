//! A process of Lambda: it becomes the function that `_HANDLER` names, and answers events until Lambda ends it.

use std::sync::Arc;

use crate::{
    compose::{Composed, compose, prepare},
    config::{self, Config},
    handlers::stream_batch::StreamEvent,
    metrics::{Embedded, is_count},
    outbound::Outside,
    services::Services,
    system::{SystemClock, SystemRandom},
    table::{FunctionName, UnknownFunction},
};
use jiff::Timestamp;
use keyward_shared::moment::{Clock, Random};
use lambda_http::{
    Error,
    aws_lambda_events::apigw::ApiGatewayV2httpRequest,
    lambda_runtime::{self, Context, LambdaEvent, service_fn},
};
use serde_json::Value;
use tracing_subscriber::{
    Layer,
    filter::{LevelFilter, filter_fn},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

/// When Lambda stops the function, whatever it is doing.
fn deadline(context: &Context) -> Timestamp {
    i64::try_from(context.deadline)
        .ok()
        .and_then(|ms| Timestamp::from_millisecond(ms).ok())
        .unwrap_or(Timestamp::MAX)
}

/// Sends the log to the standard output: lines for people, and counts for alarms.
fn log(name: FunctionName) {
    let lines = tracing_subscriber::fmt::layer().json().with_target(false).with_current_span(true);
    let lines = lines.with_filter(filter_fn(|metadata| !is_count(metadata)));
    let counts = Embedded::of(&config::whole_name(), name.as_str(), || SystemClock.now());
    tracing_subscriber::registry().with(lines).with(LevelFilter::INFO).with(counts).init();
}

/// Runs the function that `_HANDLER` names, with this way to customers' systems.
///
/// # Errors
///
/// An error, in words, when the environment names no function or less than the function needs, or when this binary lacks
/// something that the function does.
pub fn run(outside: Outside) -> Result<(), Error> {
    // As text: what `main` returns is printed with `Debug`, which would name a type and not the reason.
    let name: FunctionName =
        config::function_name()?.parse().map_err(|unknown: UnknownFunction| unknown.to_string())?;
    log(name);
    let config = Config::from_environment().map_err(|missing| missing.to_string())?;
    let services = Arc::new(Services::new(config, SystemClock, outside));
    // The first random number costs the most, and Lambda gives a whole core while a process starts.
    SystemRandom.fill(&mut [0; 32]);

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let composed = compose(name, &services).map_err(|incomplete| incomplete.to_string())?;
    runtime.block_on(prepare(name, &services));
    match composed {
        Composed::Stream(function) => {
            runtime.block_on(lambda_runtime::run(service_fn(move |event: LambdaEvent<StreamEvent>| {
                let function = Arc::clone(&function);
                async move { function(event.payload).await.map_err(Error::from) }
            })))
        }
        Composed::Json(function) => {
            runtime.block_on(lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| {
                let function = Arc::clone(&function);
                let until = deadline(&event.context);
                async move { function(event.payload, until).await }
            })))
        }
        Composed::Http(function) => runtime.block_on(lambda_runtime::run(service_fn(
            move |event: LambdaEvent<ApiGatewayV2httpRequest>| {
                let function = Arc::clone(&function);
                let until = deadline(&event.context);
                async move { Ok::<_, Error>(function(event.payload, until).await) }
            },
        ))),
    }
}
