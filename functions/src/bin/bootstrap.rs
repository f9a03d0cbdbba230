//! The one binary of all functions. Lambda says in `_HANDLER` which of them a process is.

use std::sync::Arc;

use jiff::Timestamp;
use keyward_functions::{
    compose::{Composed, compose, prepare},
    config::{self, Config},
    handlers::on_table_change::StreamEvent,
    outbound::Outside,
    services::Services,
    system::{SystemClock, SystemRandom},
    table::{FunctionName, UnknownFunction},
};
use keyward_shared::moment::Random;
use lambda_http::{
    Error,
    aws_lambda_events::apigw::ApiGatewayV2httpRequest,
    lambda_runtime::{self, Context, LambdaEvent, service_fn},
};
use serde_json::Value;

/// When Lambda stops the function, whatever it is doing.
fn deadline(context: &Context) -> Timestamp {
    i64::try_from(context.deadline)
        .ok()
        .and_then(|ms| Timestamp::from_millisecond(ms).ok())
        .unwrap_or(Timestamp::MAX)
}

fn main() -> Result<(), Error> {
    tracing_subscriber::fmt().json().with_target(false).with_current_span(true).init();
    // As text: what `main` returns is printed with `Debug`, which would name a type and not the reason.
    let name: FunctionName =
        config::function_name()?.parse().map_err(|unknown: UnknownFunction| unknown.to_string())?;
    let services = Arc::new(Services::new(Config::from_environment()?, SystemClock, Outside::internet()));
    // The first random number costs the most, and Lambda gives a whole core while a process starts.
    SystemRandom.fill(&mut [0; 32]);

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let composed = compose(name, &services)?;
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
