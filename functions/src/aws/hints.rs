//! The queue of hints: which deliveries are due, in SQS.

use aws_sdk_sqs::{Client, types::SendMessageBatchRequestEntry};
use jiff::SignedDuration;
use keyward_shared::{
    deliveries::delivery::DeliveryOf,
    error::PortError,
    ports::{HintDeliveries, LONGEST_HINT},
};

use super::{clients::Lazy, errors::port_error};
use crate::hint::Hint;

const SQS: &str = "SQS";
/// The longest that a message waits (SQS API reference, SendMessage, `DelaySeconds`).
const MAX_SECONDS: i32 = 900;
/// The most messages of one call (SQS API reference, SendMessageBatch).
const MOST: usize = 10;

/// A queue.
#[derive(Clone)]
pub struct Hints {
    client: Lazy<Client>,
    /// Its address. A deployed function that hints nothing is told none.
    url: Option<String>,
}

/// The function's environment names no queue.
#[derive(Debug, thiserror::Error)]
#[error("the environment names no queue for deliveries")]
struct NoQueue;

/// SQS took only some of the messages.
#[derive(Debug, thiserror::Error)]
#[error("SQS did not take {0} messages")]
struct NotTaken(usize);

impl Hints {
    /// The queue of this address.
    #[must_use]
    pub const fn new(client: Lazy<Client>, url: Option<String>) -> Self {
        Self { client, url }
    }

    /// Whether the address was given.
    pub(crate) const fn is_named(&self) -> bool {
        self.url.is_some()
    }
}

impl HintDeliveries for Hints {
    async fn hint(&self, deliveries: &[DeliveryOf], wait: SignedDuration) -> Result<(), PortError> {
        let not_called = |source| PortError::NotCalled { service: SQS, source };
        let url = self.url.as_deref().ok_or_else(|| not_called(Box::new(NoQueue)))?;
        // In whole seconds, and never too early.
        let wait = wait.clamp(SignedDuration::ZERO, LONGEST_HINT) + SignedDuration::from_millis(999);
        let seconds = i32::try_from(wait.as_secs()).unwrap_or_default().min(MAX_SECONDS);
        for some in deliveries.chunks(MOST) {
            let entry = |(place, of): (usize, &DeliveryOf)| {
                let body =
                    serde_json::to_string(&Hint::from(of)).map_err(|error| not_called(Box::new(error)))?;
                let entry = SendMessageBatchRequestEntry::builder()
                    .id(place.to_string())
                    .message_body(body)
                    .delay_seconds(seconds);
                entry.build().map_err(|error| not_called(Box::new(error)))
            };
            let entries = some.iter().enumerate().map(entry).collect::<Result<Vec<_>, _>>()?;
            let send = self.client.send_message_batch().queue_url(url).set_entries(Some(entries));
            let answer = send.send().await.map_err(|error| port_error(SQS, error))?;
            if !answer.failed.is_empty() {
                let source = Box::new(NotTaken(answer.failed.len()));
                return Err(PortError::Unavailable { service: SQS, source });
            }
        }
        Ok(())
    }
}
