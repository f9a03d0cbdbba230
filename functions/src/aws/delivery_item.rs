//! A delivery as its row in the table `keyward`.

use jiff::Timestamp;
use keyward_shared::{
    deliveries::delivery::{Attempt, Delivery, DeliveryOf, State},
    error::PortError,
    ids::{AccountId, WebhookId},
};
use serde::{Deserialize, Serialize};

use super::{
    errors::our_fault,
    event_item::ttl,
    item::{Item, text_of},
    place,
};

#[derive(Serialize, Deserialize)]
struct DeliveryItem {
    #[serde(rename = "PK")]
    partition: String,
    #[serde(rename = "SK")]
    row: String,
    event_id: String,
    #[serde(rename = "type")]
    kind: String,
    state: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due_pk: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due_sk: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    waits: Option<String>,
    counted: u32,
    attempts: Vec<AttemptItem>,
    at: Timestamp,
    epoch: u64,
    version: u64,
    ttl: i64,
}

#[derive(Serialize, Deserialize)]
struct AttemptItem {
    at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    outcome: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    excerpt: Option<String>,
    took_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    receipt_id: Option<String>,
}

impl From<&Attempt> for AttemptItem {
    fn from(attempt: &Attempt) -> Self {
        Self {
            at: attempt.at,
            status: attempt.status,
            outcome: attempt.outcome.clone(),
            excerpt: attempt.excerpt.clone(),
            took_ms: attempt.took_ms,
            receipt_id: attempt.receipt.as_ref().map(ToString::to_string),
        }
    }
}

impl AttemptItem {
    fn parse(self) -> Option<Attempt> {
        Some(Attempt {
            at: self.at,
            status: self.status,
            outcome: self.outcome,
            excerpt: self.excerpt,
            took_ms: self.took_ms,
            receipt: self.receipt_id.as_deref().map(str::parse).transpose().ok()?,
        })
    }
}

/// The item of a delivery.
pub(super) fn item(delivery: &Delivery) -> Result<Item, PortError> {
    let of = delivery.place();
    let item = DeliveryItem {
        partition: place::delivery_partition(&delivery.account, &delivery.webhook),
        row: delivery.id.to_string(),
        event_id: delivery.event.to_string(),
        kind: delivery.kind.to_string(),
        state: delivery.state.as_str().to_owned(),
        due_at: delivery.due,
        due_pk: delivery.due.map(|_| place::deliver_partition_of(&delivery.id)),
        due_sk: delivery.due.map(|at| place::due_delivery(at, &of)),
        waits: delivery.waits.clone(),
        counted: delivery.counted,
        attempts: delivery.attempts.iter().map(AttemptItem::from).collect(),
        at: delivery.at,
        epoch: delivery.epoch.number(),
        version: delivery.version,
        ttl: ttl(delivery.at),
    };
    serde_dynamo::to_item(item).map_err(our_fault)
}

/// Reads a delivery back; `None` for a row that could not have been written.
pub(super) fn read(account: &AccountId, webhook: &WebhookId, item: Item) -> Option<Delivery> {
    let item: DeliveryItem = serde_dynamo::from_item(item).ok()?;
    Some(Delivery {
        id: item.row.parse().ok()?,
        account: account.clone(),
        webhook: webhook.clone(),
        event: item.event_id.parse().ok()?,
        kind: item.kind.parse().ok()?,
        state: State::of(&item.state)?,
        due: item.due_at,
        waits: item.waits,
        counted: item.counted,
        attempts: item.attempts.into_iter().map(AttemptItem::parse).collect::<Option<_>>()?,
        at: item.at,
        epoch: item.epoch.try_into().ok()?,
        version: item.version,
    })
}

/// The delivery that an entry of the index of due work is about; `None` for another one.
pub(super) fn due(item: &Item) -> Option<DeliveryOf> {
    let (account, webhook) = place::delivery_of(text_of(item, "PK")?)?;
    Some(DeliveryOf { account, webhook, id: text_of(item, "SK")?.parse().ok()? })
}
