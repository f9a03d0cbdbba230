//! A webhook as its row in the table `keyward`.

use jiff::Timestamp;
use keyward_shared::{
    error::{Error, PortError, StoredRow},
    ids::{AccountId, WebhookId},
    origin::BaseUrl,
    stamp::Stamp,
    webhooks::{
        event_type::{EventType, EventTypes},
        list::WebhookRow,
        webhook::Webhook,
    },
};
use serde::{Deserialize, Serialize};

use super::{
    endpoint_item::State,
    errors::our_fault,
    item::{Item, text_of},
    place,
};

#[derive(Serialize, Deserialize)]
struct WebhookItem {
    #[serde(rename = "PK")]
    partition: String,
    #[serde(rename = "SK")]
    row: String,
    state: State,
    name: String,
    event_types: Vec<String>,
    path: String,
    method: String,
    environment: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    organization: Option<String>,
    version: u64,
    created_at: Timestamp,
    created_by: String,
    updated_at: Timestamp,
    updated_by: String,
}

/// The item of a webhook.
pub(super) fn item(webhook: &Webhook) -> Result<Item, PortError> {
    let item = WebhookItem {
        partition: place::webhook_partition(&webhook.account),
        row: format!("{}{}", place::WEBHOOKS, webhook.id),
        state: webhook.activity.into(),
        name: webhook.name.to_string(),
        event_types: webhook.event_types.iter().map(EventType::to_string).collect(),
        path: webhook.path.clone(),
        method: webhook.method.to_string(),
        environment: webhook.environment.to_string(),
        key_id: webhook.key.as_ref().map(ToString::to_string),
        organization: webhook.organization.as_ref().map(ToString::to_string),
        version: webhook.version,
        created_at: webhook.created.at,
        created_by: webhook.created.by.clone(),
        updated_at: webhook.updated.at,
        updated_by: webhook.updated.by.clone(),
    };
    serde_dynamo::to_item(item).map_err(our_fault)
}

impl WebhookItem {
    fn id(&self, account: &AccountId) -> Option<WebhookId> {
        let id = self.row.strip_prefix(place::WEBHOOKS)?.parse().ok()?;
        (self.partition == place::webhook_partition(account)).then_some(id)
    }

    fn parse(self, account: &AccountId) -> Option<Webhook> {
        BaseUrl::check_path(&self.path).ok()?;
        Some(Webhook {
            id: self.id(account)?,
            account: account.clone(),
            name: self.name.parse().ok()?,
            event_types: EventTypes::parse(self.event_types.iter().map(String::as_str)).ok()?,
            method: self.method.parse().ok()?,
            environment: self.environment.parse().ok()?,
            key: self.key_id.as_deref().map(str::parse).transpose().ok()?,
            organization: self.organization.as_deref().map(str::parse).transpose().ok()?,
            activity: self.state.into(),
            version: self.version,
            created: Stamp { at: self.created_at, by: self.created_by },
            updated: Stamp { at: self.updated_at, by: self.updated_by },
            path: self.path,
        })
    }
}

/// Reads the row of this webhook back. Every text is parsed again, so that a row that Keyward could not have written is not used.
pub(super) fn read(account: &AccountId, id: &WebhookId, item: Item) -> Result<Webhook, Error> {
    let item: Option<WebhookItem> = serde_dynamo::from_item(item).ok();
    let webhook = item.and_then(|item| item.parse(account)).filter(|webhook| webhook.id == *id);
    webhook.ok_or_else(|| Error::RowUnreadable(StoredRow::Webhook(id.clone())))
}

/// Reads a row of the list.
pub(super) fn read_row(account: &AccountId, item: Item) -> WebhookRow {
    let row = text_of(&item, "SK").unwrap_or_default();
    let id = row.strip_prefix(place::WEBHOOKS).unwrap_or(row).to_owned();
    let item: Option<WebhookItem> = serde_dynamo::from_item(item).ok();
    match item.and_then(|item| item.parse(account)) {
        Some(webhook) => WebhookRow::Webhook(Box::new(webhook)),
        None => WebhookRow::Unreadable { id },
    }
}
