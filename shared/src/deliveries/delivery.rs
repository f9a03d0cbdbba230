//! A stored delivery.

use std::str::FromStr;

use jiff::Timestamp;

use crate::{
    epoch::Epoch,
    events::event::Event,
    ids::{AccountId, DeliveryId, EventId, ReceiptId, WebhookId},
    webhooks::{event_type::EventType, webhook::Webhook},
};

/// Where a delivery stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeliveryOf {
    /// The account.
    pub account: AccountId,
    /// The webhook.
    pub webhook: WebhookId,
    /// The delivery.
    pub id: DeliveryId,
}

/// The sending of an event to one webhook.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// Its identifier, which follows from the event and the webhook.
    pub id: DeliveryId,
    /// Whose it is.
    pub account: AccountId,
    /// The webhook.
    pub webhook: WebhookId,
    /// The event.
    pub event: EventId,
    /// The type of the event.
    pub kind: EventType,
    /// How far it has come.
    pub state: State,
    /// When it is looked at next; `None` where nothing is to be done.
    pub due: Option<Timestamp>,
    /// Why it waits, where it does not wait for the next attempt of its schedule.
    pub waits: Option<String>,
    /// How many attempts the schedule counts. Trying it again by hand begins anew.
    pub counted: u32,
    /// The attempts, the last [`MOST_SHOWN`] of them.
    pub attempts: Vec<Attempt>,
    /// When the event happened.
    pub at: Timestamp,
    /// The epoch that it was planned in, or released by hand. One from before a restore waits until a person says so: the receiver
    /// may have had it.
    pub epoch: Epoch,
    /// Counts writes, from 1.
    pub version: u64,
}

/// The most attempts of a delivery that are kept.
pub const MOST_SHOWN: usize = 20;

/// How far a delivery has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is to be sent, or sent again.
    Pending,
    /// The receiver has taken it.
    Delivered,
    /// It was tried as often as the schedule says, or the receiver is gone.
    Failed,
    /// It waits until what keeps it from being sent is gone.
    Parked,
    /// There is nothing to send any more: the webhook is gone, inactive, or does not hear of the event.
    Dropped,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Pending, Self::Delivered, Self::Failed, Self::Parked, Self::Dropped];

    /// The state's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Parked => "parked",
            Self::Dropped => "dropped",
        }
    }

    /// The state with this name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// The text is no state of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be `pending`, `delivered`, `failed`, `parked` or `dropped`")]
pub struct BadState;

impl FromStr for State {
    type Err = BadState;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::of(text).ok_or(BadState)
    }
}

/// One try of a delivery, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// When.
    pub at: Timestamp,
    /// The status of the answer, where there was one.
    pub status: Option<u16>,
    /// What came of it, in a sentence.
    pub outcome: String,
    /// The beginning of the answer, without secrets.
    pub excerpt: Option<String>,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// The receipt of the use of the key, where it was used.
    pub receipt: Option<ReceiptId>,
}

impl Delivery {
    /// Where it stands.
    #[must_use]
    pub fn place(&self) -> DeliveryOf {
        DeliveryOf { account: self.account.clone(), webhook: self.webhook.clone(), id: self.id.clone() }
    }

    /// The delivery of an event to a webhook, due now.
    #[must_use]
    pub fn planned(event: &Event, webhook: &Webhook, (now, epoch): (Timestamp, Epoch)) -> Self {
        Self {
            id: DeliveryId::of(&event.id, event.at, &webhook.id),
            account: event.account.clone(),
            webhook: webhook.id.clone(),
            event: event.id.clone(),
            kind: event.kind.clone(),
            state: State::Pending,
            due: Some(now),
            waits: None,
            counted: 0,
            attempts: Vec::new(),
            at: event.at,
            epoch,
            version: 1,
        }
    }

    /// Whether anything is to be done about it at a time.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        matches!(self.state, State::Pending | State::Parked) && self.due.is_some_and(|due| due <= now)
    }

    /// Nothing is to be done about it any more.
    pub(super) fn end(&mut self, state: State, why: Option<&str>) {
        self.state = state;
        self.due = None;
        self.waits = why.map(str::to_owned);
    }

    /// It waits, and is looked at again at a time.
    pub(super) fn park(&mut self, until: Option<Timestamp>, why: &str) {
        self.state = State::Parked;
        self.due = until;
        self.waits = Some(why.to_owned());
    }

    /// One attempt more.
    pub(super) fn push(&mut self, attempt: Attempt) {
        self.attempts.push(attempt);
        let over = self.attempts.len().saturating_sub(MOST_SHOWN);
        self.attempts.drain(..over);
    }
}
