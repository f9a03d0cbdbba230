//! The events of keys: each entry of a key's audit chain is one.

use serde_json::{Map, Value, json};

use super::event::{Event, EventData};
use crate::{
    environment::Environment,
    error::Error,
    ids::{AccountId, EventId, KeyId},
    keys::{told, trail::ChangeRecord},
    ports::{PutEvent, ReadChange, ReadWebhooks},
    sealing::EntryName,
    webhooks::{event_type::EventType, list::WebhookRow},
};

/// A change of a key, as its audit chain tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The entry.
    pub entry: ChangeRecord,
    /// The environment that the key is of.
    pub environment: Environment,
}

/// Which entry of which chain.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChangeOf {
    /// The account.
    pub account: AccountId,
    /// The key.
    pub key: KeyId,
    /// The number of the entry.
    pub sequence: u64,
}

/// Stores the event of a change, if a webhook hears of it. Done twice, it is one event.
///
/// # Errors
///
/// What the ports report.
pub async fn tell(store: &(impl ReadWebhooks + ReadChange + PutEvent), of: &ChangeOf) -> Result<(), Error> {
    let webhooks = store.read_webhooks(&of.account).await?;
    let could_hear = |row: &WebhookRow| {
        let types = row.webhook().map(|webhook| &webhook.event_types);
        types.is_some_and(|types| types.iter().any(|kind| kind.as_str().starts_with("key.")))
    };
    // Most accounts have no such webhook, and nothing more is read for them.
    if !webhooks.rows.iter().any(could_hear) {
        return Ok(());
    }
    let Some(event) = store.read_change(of).await?.and_then(|change| event_of(of, change)) else {
        return Ok(());
    };
    if webhooks.rows.iter().any(|row| row.webhook().is_some_and(|webhook| webhook.hears(&event))) {
        store.put_event(&event).await?;
    }
    Ok(())
}

fn event_of(of: &ChangeOf, Change { entry, environment }: Change) -> Option<Event> {
    let kind: EventType = entry.action.parse().ok()?;
    let organization = match told::entry_of(&entry.changed) {
        Some(EntryName::Organization(organization)) => Some(organization),
        Some(EntryName::Default | EntryName::Headers) | None => None,
    };
    let members: Map<String, Value> = [
        ("key_id", json!(of.key.to_string())),
        ("version", json!(entry.version)),
        ("changed", json!(entry.changed)),
        ("by", json!(entry.by)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into_iter()
    .collect();
    Some(Event {
        id: EventId::of_change(&of.account, &of.key, of.sequence, entry.at),
        account: of.account.clone(),
        kind,
        environment,
        organization,
        only: None,
        data: EventData::try_from(members).ok()?,
        at: entry.at,
        by: entry.by,
    })
}
