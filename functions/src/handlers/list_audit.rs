//! `GET /v1/audit`: what was done in the account, newest first: the changes of all keys. Permission `audit:read`. It names members, never
//! values. A machine client sees the keys of its environment only. A bounded number of queries.

use std::str::FromStr;

use jiff::Timestamp;
use keyward_shared::{
    environment::Environment,
    error::Error,
    keys::{
        activity::{Activity, ActivityFilter, ActivityRow},
        audit::Action,
    },
    ports::ListActivity,
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;

use super::key_view::EnvironmentView;
use crate::{
    bounds,
    edge::{Answer, Code, Failure, Request},
    openapi::Operation,
};

pub async fn handle(store: &impl ListActivity, request: Request) -> Result<Answer, Failure> {
    let query = request.query(&["by", "key_id", "action", "environment", "from", "to", "limit", "cursor"])?;
    let caller = request.caller()?;
    let filter = ActivityFilter {
        environment: caller.narrowed(query.parsed::<Environment>("environment")?).map_err(Error::from)?,
        by: query.parsed("by")?,
        key: query.parsed("key_id")?,
        action: query.parsed::<Kind>("action")?.map(|Kind(action)| action),
        from: query.parsed("from")?,
        to: query.parsed("to")?,
    };
    let (limit, cursor) = query.page(caller.account(), &filter.list())?;
    let page = store.list_activity(caller.account(), &filter, cursor.as_ref(), limit).await;
    let page = page.map_err(Error::from)?;
    let mut told = ActivityList {
        items: Vec::new(),
        unreadable: Vec::new(),
        next_cursor: page.next.map(|cursor| cursor.encode(caller.account(), &filter.list())),
    };
    for row in page.rows {
        match row {
            ActivityRow::Change(activity) => told.items.push((*activity).into()),
            ActivityRow::Unreadable { place } => told.unreadable.push(place),
        }
    }
    Ok(Answer::ok(&told))
}

/// The parameter `action`.
struct Kind(Action);

impl FromStr for Kind {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let action = Action::ALL.into_iter().find(|action| action.as_str() == text);
        action.map(Self).ok_or("is none of the kinds of changes, such as `key.created`")
    }
}

/// A kind of change.
#[derive(JsonSchema)]
#[schemars(rename = "ChangeKind")]
#[expect(dead_code, reason = "its schema is in the document")]
enum KindView {
    /// A key was made.
    #[schemars(rename = "key.created")]
    Created,
    /// Its content was changed.
    #[schemars(rename = "key.updated")]
    Updated,
    /// An earlier version was made the present one.
    #[schemars(rename = "key.restored")]
    Restored,
    /// It was disabled.
    #[schemars(rename = "key.disabled")]
    Disabled,
    /// It was enabled again.
    #[schemars(rename = "key.enabled")]
    Enabled,
    /// An entry of it was connected: a person consented at its system.
    #[schemars(rename = "key.connected")]
    Connected,
    /// It was deleted.
    #[schemars(rename = "key.deleted")]
    Deleted,
    /// It was brought back.
    #[schemars(rename = "key.undeleted")]
    Undeleted,
    /// It was ended for good, after it was deleted.
    #[schemars(rename = "key.purged")]
    Purged,
    /// Its system does not accept an entry of it any more.
    #[schemars(rename = "key.failing")]
    Failing,
    /// Its system accepts an entry of it again.
    #[schemars(rename = "key.recovered")]
    Recovered,
    /// It expires soon.
    #[schemars(rename = "key.expiring")]
    Expiring,
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("List what was done in the account")
        .query::<String>(schemas, "by", "Only changes by this person or machine client, as `by` names them.")
        .query::<bounds::Key>(schemas, "key_id", "Only changes of this key, also of one that is gone.")
        .query::<KindView>(schemas, "action", "Only changes of this kind.")
        .query::<EnvironmentView>(schemas, "environment", "Only changes of `live` or of `test` keys.")
        .query::<Timestamp>(schemas, "from", "Only changes from this time on.")
        .query::<Timestamp>(
            schemas,
            "to",
            "Only changes before this time. A page may have fewer changes than `limit`, and even none, while more are to come: go on until `next_cursor` is null.",
        )
        .paged(schemas)
        .ok::<ActivityList>(schemas)
        .refusals(&[Code::WrongEnvironment])
}

/// What was done, newest first.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ActivityList {
    /// The changes.
    items: Vec<ActivityView>,
    /// What else was done meanwhile, and is stored and cannot be read: the places of the rows. Absent where there is nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unreadable: Vec<String>,
    /// Where to go on; null at the end.
    next_cursor: Option<String>,
}

/// A change of a key.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Activity")]
struct ActivityView {
    /// When.
    at: Timestamp,
    /// By whom: `person:` or `client:` and an id, or `keyward`, which ends deleted keys and lets keys tell how they fare.
    by: String,
    /// What: `key.created`, `key.updated`, `key.restored`, `key.disabled`, `key.enabled`, `key.connected`, `key.deleted`,
    /// `key.undeleted`, `key.purged`, `key.failing`, `key.recovered` or `key.expiring`.
    action: String,
    /// Of which key.
    key_id: String,
    /// What the key was called then.
    key_title: String,
    /// Live or test.
    environment: EnvironmentView,
    /// The key's version after it.
    key_version: u64,
    /// The version that was restored.
    restored: Option<u64>,
    /// The names of the members that changed.
    changed: Vec<String>,
    /// Its place in the key's chain of changes, from 1.
    sequence: u64,
    /// The SHA-256 of its entry there, in hexadecimal.
    hash: String,
}

impl From<Activity> for ActivityView {
    fn from(Activity { key, title, environment, change }: Activity) -> Self {
        Self {
            at: change.at,
            by: change.by,
            action: change.action,
            key_id: key.to_string(),
            key_title: title,
            environment: environment.into(),
            key_version: change.version,
            restored: change.restored,
            changed: change.changed,
            sequence: change.sequence,
            hash: change.hash,
        }
    }
}
