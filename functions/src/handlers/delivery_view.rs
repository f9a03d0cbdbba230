//! A delivery as the API shows it.

use jiff::Timestamp;
use keyward_shared::{
    deliveries::delivery::{Attempt, Delivery, State},
    ids::ReceiptId,
};
use schemars::JsonSchema;
use serde::Serialize;

/// The sending of an event to a webhook.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Delivery")]
pub struct DeliveryView {
    /// `dlv_` and a UUIDv7.
    #[schemars(regex(pattern = "^dlv_[0-9a-f-]{36}$"))]
    delivery_id: String,
    /// The event.
    event_id: String,
    /// The type of the event.
    r#type: String,
    /// When the event happened.
    at: Timestamp,
    /// How far it has come.
    state: StateView,
    /// When it is looked at next; null where nothing is to be done.
    due_at: Option<Timestamp>,
    /// Why it waits or ended, where the attempts do not say it.
    reason: Option<String>,
    /// The attempts, oldest first: the last 20 of them.
    attempts: Vec<AttemptView>,
}

/// One try of a delivery, and what came of it.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "DeliveryAttempt")]
struct AttemptView {
    /// When.
    at: Timestamp,
    /// The status of the answer; null where there was none.
    status: Option<u16>,
    /// What came of it.
    outcome: String,
    /// The beginning of the answer, without secrets; null where there was none, or it may not be shown.
    excerpt: Option<String>,
    /// How long it took, in milliseconds.
    duration_ms: u64,
    /// The record of the use of the key; null where it was not used.
    receipt_id: Option<String>,
}

/// How far a delivery has come.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "DeliveryState")]
pub enum StateView {
    /// It is to be sent, or sent again.
    Pending,
    /// The receiver has taken it.
    Delivered,
    /// It was tried as often as the schedule says, or the receiver is gone.
    Failed,
    /// It waits until what keeps it from being sent is gone.
    Parked,
    /// There is nothing to send any more.
    Dropped,
}

impl From<State> for StateView {
    fn from(state: State) -> Self {
        match state {
            State::Pending => Self::Pending,
            State::Delivered => Self::Delivered,
            State::Failed => Self::Failed,
            State::Parked => Self::Parked,
            State::Dropped => Self::Dropped,
        }
    }
}

impl From<&Attempt> for AttemptView {
    fn from(attempt: &Attempt) -> Self {
        Self {
            at: attempt.at,
            status: attempt.status,
            outcome: attempt.outcome.clone(),
            excerpt: attempt.excerpt.clone(),
            duration_ms: attempt.took_ms,
            receipt_id: attempt.receipt.as_ref().map(ReceiptId::to_string),
        }
    }
}

impl From<&Delivery> for DeliveryView {
    fn from(delivery: &Delivery) -> Self {
        Self {
            delivery_id: delivery.id.to_string(),
            event_id: delivery.event.to_string(),
            r#type: delivery.kind.to_string(),
            at: delivery.at,
            state: delivery.state.into(),
            due_at: delivery.due,
            reason: delivery.waits.clone(),
            attempts: delivery.attempts.iter().map(AttemptView::from).collect(),
        }
    }
}
