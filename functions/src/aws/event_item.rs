//! An event as its row in the table `keyward`.

use jiff::Timestamp;
use keyward_shared::{
    error::PortError,
    events::event::{Event, EventData, KEPT},
    ids::{AccountId, EventId},
};
use serde::{Deserialize, Serialize};

use super::{errors::our_fault, item::Item, place};

#[derive(Serialize, Deserialize)]
struct EventItem {
    #[serde(rename = "PK")]
    partition: String,
    #[serde(rename = "SK")]
    row: String,
    #[serde(rename = "type")]
    kind: String,
    environment: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    organization: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    only: Option<String>,
    data: String,
    at: Timestamp,
    by: String,
    ttl: i64,
}

/// The item of an event.
pub(super) fn item(event: &Event) -> Result<Item, PortError> {
    let item = EventItem {
        partition: place::event_partition(&event.account, &event.id),
        row: place::EVENT.to_owned(),
        kind: event.kind.to_string(),
        environment: event.environment.to_string(),
        organization: event.organization.as_ref().map(ToString::to_string),
        only: event.only.as_ref().map(ToString::to_string),
        data: event.data.to_json(),
        at: event.at,
        by: event.by.clone(),
        ttl: ttl(event.at),
    };
    serde_dynamo::to_item(item).map_err(our_fault)
}

/// When a row about an event of this time goes.
pub(super) fn ttl(at: Timestamp) -> i64 {
    at.as_second().saturating_add(KEPT.as_secs())
}

/// Reads an event back; `None` for a row that could not have been written.
pub(super) fn read(account: &AccountId, id: &EventId, item: Item) -> Option<Event> {
    let item: EventItem = serde_dynamo::from_item(item).ok()?;
    Some(Event {
        id: id.clone(),
        account: account.clone(),
        kind: item.kind.parse().ok()?,
        environment: item.environment.parse().ok()?,
        organization: item.organization.as_deref().map(str::parse).transpose().ok()?,
        only: item.only.as_deref().map(str::parse).transpose().ok()?,
        data: EventData::try_from(serde_json::from_str::<serde_json::Map<_, _>>(&item.data).ok()?).ok()?,
        at: item.at,
        by: item.by,
    })
}
