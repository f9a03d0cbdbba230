//! Events and their deliveries.

use jiff::{SignedDuration, Timestamp};

use super::CommitError;
use crate::{
    deliveries::{
        delivery::{Delivery, DeliveryOf, State},
        hold::{Hold, HoldOf, Holds},
    },
    error::PortError,
    events::{
        budget::Minute,
        event::Event,
        own::{Change, ChangeOf},
        publish::Publication,
    },
    ids::{AccountId, EventId, WebhookId},
    membership::rows::Held,
    page::{Cursor, Limit, Page},
};

/// Stores an event that a caller publishes.
pub trait PublishEvent: Send + Sync {
    /// Writes the event and the record of the request, or nothing.
    ///
    /// # Errors
    ///
    /// [`CommitError::Repeated`], [`CommitError::Lost`], or what the table reports.
    fn publish_event(
        &self,
        publication: &Publication,
    ) -> impl Future<Output = Result<(), CommitError>> + Send;
}

/// What a budget said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spent {
    /// There was something left.
    Granted,
    /// Nothing is left until the minute is over.
    Nothing,
}

/// Counts the events that an account publishes.
pub trait SpendBudget: Send + Sync {
    /// Counts one more, unless there are so many of this minute already.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn spend_budget(
        &self,
        account: &AccountId,
        minute: Minute,
        most: u32,
    ) -> impl Future<Output = Result<Spent, PortError>> + Send;
}

/// Stores an event of Keyward's own.
pub trait PutEvent: Send + Sync {
    /// Writes the event, if it is not there.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn put_event(&self, event: &Event) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Reads events.
pub trait ReadEvent: Send + Sync {
    /// The event; `None` where there is none that can be read.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn read_event(
        &self,
        account: &AccountId,
        id: &EventId,
    ) -> impl Future<Output = Result<Option<Event>, PortError>> + Send;
}

/// Reads changes of keys.
pub trait ReadChange: Send + Sync {
    /// An entry of a key's audit chain, and the environment of the key; `None` where they are not there or cannot be read.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn read_change(&self, of: &ChangeOf) -> impl Future<Output = Result<Option<Change>, PortError>> + Send;
}

/// Plans deliveries.
pub trait PutDelivery: Send + Sync {
    /// Writes a delivery, if it is not there.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn put_delivery(&self, delivery: &Delivery) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Reads deliveries.
pub trait ReadDelivery: Send + Sync {
    /// The delivery; `None` where there is none that can be read.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn read_delivery(
        &self,
        of: &DeliveryOf,
    ) -> impl Future<Output = Result<Option<Delivery>, PortError>> + Send;
}

/// Finds what is to be sent.
pub trait ListDueDeliveries: Send + Sync {
    /// Deliveries that are due, the longest due first: so many at most.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn list_due_deliveries(
        &self,
        now: Timestamp,
        most: u16,
    ) -> impl Future<Output = Result<Vec<DeliveryOf>, PortError>> + Send;
}

/// Writes how far a delivery has come.
pub trait SaveDelivery: Send + Sync {
    /// Writes it, if it is at this version.
    ///
    /// # Errors
    ///
    /// [`CommitError::Stale`] where it changed since it was read, or what the table reports.
    fn save_delivery(
        &self,
        delivery: &Delivery,
        before: u64,
    ) -> impl Future<Output = Result<(), CommitError>> + Send;
}

/// Makes a delivery due for a caller.
pub trait RedeliverByHand: Send + Sync {
    /// Writes it, if it is at this version and the caller has the right.
    ///
    /// # Errors
    ///
    /// As for [`SaveDelivery::save_delivery`], and [`CommitError::Lost`].
    fn redeliver(
        &self,
        by: &Held,
        delivery: &Delivery,
        before: u64,
    ) -> impl Future<Output = Result<(), CommitError>> + Send;
}

/// Lists the deliveries of a webhook.
pub trait ListDeliveries: Send + Sync {
    /// One page, the newest event first; of one state alone, where one is named.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn list_deliveries(
        &self,
        account: &AccountId,
        webhook: &WebhookId,
        state: Option<State>,
        after: Option<&Cursor>,
        limit: Limit,
    ) -> impl Future<Output = Result<Page<Delivery>, PortError>> + Send;
}

/// Tells senders that deliveries are due. A hint says nothing of its own: one that is lost, late or told twice changes nothing.
pub trait HintDeliveries: Send + Sync {
    /// Tells of these, for a time after this wait of at most [`LONGEST_HINT`].
    ///
    /// # Errors
    ///
    /// What the queue reports. Some may have been told.
    fn hint(
        &self,
        deliveries: &[DeliveryOf],
        wait: SignedDuration,
    ) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// The longest that a hint waits (SQS API reference, SendMessage, `DelaySeconds`: 900 at most).
pub const LONGEST_HINT: SignedDuration = SignedDuration::from_mins(15);

/// Lists what makes deliveries wait.
pub trait ListHolds: Send + Sync {
    /// All holds of an account that can be read.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn list_holds(
        &self,
        account: &AccountId,
    ) -> impl Future<Output = Result<Vec<(HoldOf, Hold)>, PortError>> + Send;
}

/// Reads and writes what makes deliveries wait.
pub trait KeepHolds: Send + Sync {
    /// The holds of a webhook and of an entry, as far as there are any that can be read.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn read_holds(
        &self,
        webhook: &HoldOf,
        entry: &HoldOf,
    ) -> impl Future<Output = Result<Holds, PortError>> + Send;

    /// Puts a hold, in the place of the one before.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn put_hold(&self, of: &HoldOf, hold: &Hold) -> impl Future<Output = Result<(), PortError>> + Send;

    /// Takes a hold away, whether or not there is one.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn drop_hold(&self, of: &HoldOf) -> impl Future<Output = Result<(), PortError>> + Send;
}
