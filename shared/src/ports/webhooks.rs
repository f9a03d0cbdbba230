//! Webhooks.

use super::CommitError;
use crate::{
    error::{Error, PortError},
    ids::{AccountId, WebhookId},
    webhooks::{change::WebhookChange, list::Webhooks, webhook::Webhook},
};

/// Reads a webhook's row.
pub trait ReadWebhook: Send + Sync {
    /// The webhook; `None` when there is none.
    ///
    /// # Errors
    ///
    /// [`Error::RowUnreadable`], or what the table reports.
    fn read_webhook(
        &self,
        account: &AccountId,
        webhook: &WebhookId,
    ) -> impl Future<Output = Result<Option<Webhook>, Error>> + Send;
}

/// Reads all webhooks of an account.
pub trait ReadWebhooks: Send + Sync {
    /// Each of them, as of one moment.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn read_webhooks(&self, account: &AccountId) -> impl Future<Output = Result<Webhooks, PortError>> + Send;
}

/// Stores webhooks: makes, changes and deletes them, each together with the link and the counter of the key that it uses.
pub trait ChangeWebhook: Send + Sync {
    /// Writes the change as a whole. If it fails, nothing is written.
    ///
    /// # Errors
    ///
    /// [`CommitError::Stale`] when the webhook is not at the version that the change was made for, [`CommitError::Unmet`] when the key
    /// cannot be used or the room is taken, and [`CommitError::Repeated`].
    fn change_webhook(&self, change: &WebhookChange) -> impl Future<Output = Result<(), CommitError>> + Send;
}
