//! The queue of the stream's records that failed for good, in SQS.

use aws_sdk_sqs::Client;
use keyward_shared::error::PortError;

use super::{clients::Lazy, errors::port_error};
use crate::failed_change::{FailedChange, SetAside};

const SQS: &str = "SQS";

/// A queue.
#[derive(Clone)]
pub struct FailedChanges {
    client: Lazy<Client>,
    /// Its address. A deployed function that sets nothing aside is told none.
    url: Option<String>,
}

/// The function's environment names no queue.
#[derive(Debug, thiserror::Error)]
#[error("the environment names no queue for failed records")]
struct NoQueue;

impl FailedChanges {
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

impl SetAside for FailedChanges {
    async fn set_aside(&self, failed: &FailedChange) -> Result<(), PortError> {
        let not_called = |source| PortError::NotCalled { service: SQS, source };
        let url = self.url.as_deref().ok_or_else(|| not_called(Box::new(NoQueue)))?;
        let body = serde_json::to_string(failed).map_err(|error| not_called(Box::new(error)))?;
        let send = self.client.send_message().queue_url(url).message_body(body);
        send.send().await.map(|_| ()).map_err(|error| port_error(SQS, error))
    }
}
