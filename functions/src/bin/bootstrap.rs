//! The one binary of all functions. Lambda says in `_HANDLER` which of them a process is.

use std::sync::Arc;

use keyward_functions::{
    compose::{Services, SystemClock, SystemRandom, compose},
    config::{self, Config},
    outbound::Outside,
};
use keyward_shared::ports::Random;
use lambda_http::{
    Error,
    aws_lambda_events::apigw::ApiGatewayV2httpRequest,
    lambda_runtime::{self, LambdaEvent, service_fn},
};

fn main() -> Result<(), Error> {
    tracing_subscriber::fmt().json().with_target(false).with_current_span(true).init();
    let name = config::function_name()?;
    let services = Arc::new(Services::new(Config::from_environment()?, SystemClock, Outside::internet()));
    let function = compose(&name, &services).ok_or_else(|| format!("there is no function {name}"))?;
    // The first random number costs the most, and Lambda gives a whole core while a process starts.
    SystemRandom.fill(&mut [0; 32]);

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(lambda_runtime::run(service_fn(move |event: LambdaEvent<ApiGatewayV2httpRequest>| {
        let function = Arc::clone(&function);
        async move { Ok::<_, Error>(function(event.payload).await) }
    })))
}
