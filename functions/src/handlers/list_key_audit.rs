//! `GET /v1/keys/{key_id}/audit`: the history of a key, its changes and its uses together, newest first.
//! Permission `audit:read`. It names members, never values. The trail of a deleted key can still be read.

use jiff::Timestamp;
use keyward_shared::{
    keys::{
        health::TrialResult,
        receipt::Receipt,
        trail::{self, ChangeRecord, TrailCursor, TrailEntry},
    },
    page::Limit,
    ports::{ListTrail, ReadKeyEnvironment},
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;

use super::key_view::EnvironmentView;
use crate::{
    edge::{Answer, Code, Failure, Request},
    openapi::Operation,
};

pub async fn handle(
    store: &(impl ReadKeyEnvironment + ListTrail),
    request: Request,
) -> Result<Answer, Failure> {
    let query = request.query(&["limit", "cursor"])?;
    let caller = request.caller()?;
    let (account, id) = (caller.account(), request.key_id()?);
    let limit = query.parsed("limit")?.unwrap_or(Limit::DEFAULT);
    let cursor = query.text("cursor").map(|text| TrailCursor::decode(text, account, &id)).transpose();
    let cursor = cursor.map_err(|reason| Failure::malformed("cursor", reason))?;
    let page = trail::list(store, caller, &id, cursor.as_ref(), limit).await?;
    let mut told = Trail {
        items: Vec::new(),
        unreadable: Vec::new(),
        next_cursor: page.next.map(|cursor| cursor.encode(account, &id)),
    };
    for entry in page.entries {
        match entry {
            TrailEntry::Change(change) => told.items.push(change.into()),
            TrailEntry::Use(receipt) => told.items.push(receipt.into()),
            TrailEntry::UnreadableChange(sequence) => told.unreadable.push(sequence.to_string()),
            TrailEntry::UnreadableUse(receipt) => told.unreadable.push(receipt.to_string()),
        }
    }
    Ok(Answer::ok(&told))
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("List what happened to a key")
        .ok::<Trail>(schemas)
        .paged(schemas)
        .refusals(&[Code::NotFound, Code::WrongEnvironment])
}

/// The history of a key, newest first.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Trail {
    /// Changes and uses.
    items: Vec<TrailView>,
    /// What else happened meanwhile, and is stored and cannot be read: the places of changes in the chain, and the ids of
    /// receipts. Absent where there is nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unreadable: Vec<String>,
    /// Where to go on; null at the end.
    next_cursor: Option<String>,
}

/// One thing that happened: a change or a use.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "TrailEntry")]
struct TrailView {
    /// When.
    at: Timestamp,
    /// By whom.
    by: String,
    /// The key's version: after a change, or that was used.
    key_version: u64,
    /// The change; null when it was a use.
    change: Option<ChangeView>,
    /// The use; null when it was a change.
    r#use: Option<UseView>,
}

/// A change, with its place in the key's chain of hashes.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Change")]
struct ChangeView {
    /// What: `key.created`, `key.updated`, `key.restored`, `key.disabled`, `key.enabled`, `key.connected`, `key.deleted`,
    /// `key.undeleted` or `key.purged`.
    action: String,
    /// The version that was restored.
    restored: Option<u64>,
    /// The names of the members that changed.
    changed: Vec<String>,
    /// Its place in the chain, from 1.
    sequence: u64,
    /// The epoch of the change, from 1. It rises with each restore from a backup.
    epoch: u64,
    /// The SHA-256 of the entry, in hexadecimal.
    hash: String,
    /// That of the entry before it.
    previous: String,
}

/// A use, as its receipt tells it.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Use")]
struct UseView {
    /// `rcp_` and a UUIDv7.
    receipt_id: String,
    /// What for: `sign`, `send`, `resolve` or `verify`.
    purpose: &'static str,
    /// Live or test.
    environment: EnvironmentView,
    /// Whose entry, when the key is organization-specific.
    organization: Option<String>,
    /// The request's method, where there was one.
    method: Option<String>,
    /// Where it went, without its query.
    target: Option<String>,
    /// The id of the request to Keyward. The logs of the deployment have it too.
    request_id: Option<String>,
    /// What a trial of the key as it was stored came to: `passed`, `unclear`, `unreachable` or `refused`. Null for other uses, for
    /// trials of an edit, and for those that were cut short.
    outcome: Option<&'static str>,
}

impl From<ChangeRecord> for TrailView {
    fn from(change: ChangeRecord) -> Self {
        let ChangeRecord { sequence, epoch, at, by, action, version, restored, changed, hash, previous } =
            change;
        let change = Some(ChangeView { action, restored, changed, sequence, epoch, hash, previous });
        Self { at, by, key_version: version, change, r#use: None }
    }
}

impl From<Receipt> for TrailView {
    fn from(receipt: Receipt) -> Self {
        let used = UseView {
            receipt_id: receipt.id.to_string(),
            purpose: receipt.deed.purpose.as_str(),
            environment: receipt.environment.into(),
            organization: receipt.organization.map(|organization| organization.to_string()),
            method: receipt.deed.method,
            target: receipt.deed.target,
            request_id: receipt.request,
            outcome: receipt.outcome.map(TrialResult::as_str),
        };
        Self { at: receipt.at, by: receipt.by, key_version: receipt.version, change: None, r#use: Some(used) }
    }
}
