//! The schedules of the deployment that the local stack keeps too: what has to happen in time, whoever runs the product.

use std::time::Duration;

use jiff::SignedDuration;
use keyward_functions::{compose::JsonFunction, system::SystemClock};
use keyward_shared::moment::Clock as _;
use serde_json::json;
use tokio::time::{MissedTickBehavior, interval};

/// How long a run may take.
const RUN: SignedDuration = SignedDuration::from_secs(300);

/// Calls a function at once and then every so often, for ever.
pub(crate) async fn call_every(time: Duration, name: &'static str, function: JsonFunction) {
    let mut ticks = interval(time);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let until = SystemClock.now().saturating_add(RUN).unwrap_or(jiff::Timestamp::MAX);
        if let Err(error) = function(json!({}), until).await {
            tracing::error!(function = name, error = &*error, "a scheduled function failed");
        }
    }
}
