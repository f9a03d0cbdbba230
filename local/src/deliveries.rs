//! From the queue of deliveries to the function that sends: what an event source mapping of Lambda does with SQS. Batches are handed
//! over side by side, as many as the function's concurrency allows.

use std::{sync::Arc, time::Duration};

use jiff::SignedDuration;
use keyward_functions::{compose::JsonFunction, system::SystemClock, table::FunctionName};
use keyward_shared::moment::Clock as _;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::queue::{Queues, message_id};

/// The most messages of a batch, as the deployed mapping has it too.
const BATCH: usize = 10;
/// The time between two looks at the queue while it is empty.
const INTERVAL: Duration = Duration::from_millis(50);

/// Reads the queue and calls the function.
pub(crate) struct DeliveryPump {
    queues: Arc<Queues>,
    function: JsonFunction,
    at_once: Arc<Semaphore>,
}

impl DeliveryPump {
    /// From these queues to this function.
    pub(crate) fn new(queues: Arc<Queues>, function: JsonFunction) -> Self {
        let limits = FunctionName::Deliver.function().limits;
        let at_once = limits.reserved_concurrency.and_then(|most| usize::try_from(most).ok()).unwrap_or(1);
        Self { queues, function, at_once: Arc::new(Semaphore::new(at_once)) }
    }

    /// Follows the queue for ever.
    pub(crate) async fn run(self: Arc<Self>) {
        loop {
            let Ok(permit) = Arc::clone(&self.at_once).acquire_owned().await else { return };
            let batch = self.queues.hints().take(BATCH);
            if batch.is_empty() {
                drop(permit);
                tokio::time::sleep(INTERVAL).await;
                continue;
            }
            let pump = Arc::clone(&self);
            tokio::spawn(async move {
                pump.hand_over(&batch).await;
                drop(permit);
            });
        }
    }

    /// Hands over the messages that are shown now, and returns how many there were.
    pub(crate) async fn drain(&self) -> usize {
        let mut found = 0;
        loop {
            let batch = self.queues.hints().take(BATCH);
            if batch.is_empty() {
                return found;
            }
            found += batch.len();
            self.hand_over(&batch).await;
        }
    }

    /// The messages are hints, so a call that fails is no loss.
    async fn hand_over(&self, batch: &[String]) {
        let limits = FunctionName::Deliver.function().limits;
        let until =
            SystemClock.now().saturating_add(SignedDuration::from_secs(limits.timeout_seconds.into()));
        let records: Vec<_> = batch.iter().map(|body| message(body)).collect();
        let called = (self.function)(json!({ "Records": records }), until.unwrap_or(jiff::Timestamp::MAX));
        if let Err(error) = called.await {
            tracing::error!(error = &*error, "deliveries could not be tried");
        }
    }
}

/// A message as Lambda hands it over ("Using Lambda with Amazon SQS" in its developer guide).
fn message(body: &str) -> Value {
    let id = message_id();
    json!({
        "messageId": id,
        "receiptHandle": id,
        "body": body,
        "attributes": { "ApproximateReceiveCount": "1" },
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:000000000000:deliveries",
        "awsRegion": "eu-west-1",
    })
}
