//! `GET /v1/keys`: a page of keys, by title or by words. Permission `keys:read`. By title it is one query for each environment asked, and
//! one call for the last uses; the answer holds the attributes in the index, and no key is read. By words it is a bounded number of
//! queries, and one call for the rows of the keys that were found.

use std::str::FromStr;

use jiff::Timestamp;
use keyward_shared::{
    environment::Environment,
    error::Error,
    keys::{
        health::TrialResult,
        list::{Filter, Row, Summary},
        search::{Asked, search},
    },
    ports::{FindWords, ListKeys, ReadOrganizations, ReadSummaries},
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;

use super::{
    key_view::{EnvironmentView, state_of},
    written_view::WrittenView,
};
use crate::{
    bounds,
    edge::{Answer, Code, Failure, Request},
    openapi::Operation,
};

pub async fn handle(
    keys: &(impl ListKeys + FindWords + ReadSummaries + ReadOrganizations),
    request: Request,
) -> Result<Answer, Failure> {
    let query =
        request.query(&["q", "state", "system_id", "environment", "title_prefix", "limit", "cursor"])?;
    let caller = request.caller()?;
    let deleted = query.parsed("state")?.is_some_and(|Deleted| true);
    if deleted && query.text("system_id").is_some() {
        return Err(Failure::malformed(
            "system_id",
            "cannot be asked for together with `state`: leave one of them out",
        ));
    }
    let words = query.parsed::<Asked>("q")?;
    if words.is_some() && deleted {
        return Err(Failure::malformed(
            "q",
            "cannot be asked for together with `state`: leave one of them out",
        ));
    }
    if words.is_some() && query.text("title_prefix").is_some() {
        return Err(Failure::malformed(
            "title_prefix",
            "cannot be asked for together with `q`: leave one of them out",
        ));
    }
    let filter = Filter {
        deleted,
        system: query.parsed("system_id")?,
        environment: caller.narrowed(query.parsed::<Environment>("environment")?).map_err(Error::from)?,
        title_prefix: query.parsed("title_prefix")?,
        words,
    };
    let (limit, cursor) = query.page(caller.account(), &filter.list())?;
    let (account, after) = (caller.account(), cursor.as_ref());
    let page = match &filter.words {
        Some(words) => search(keys, account, (words, &filter), after, limit).await?,
        None => keys.list_keys(account, &filter, after, limit).await.map_err(Error::from)?,
    };
    Ok(Answer::ok(&KeyList {
        items: page.rows.into_iter().map(KeySummaryView::from).collect(),
        next_cursor: page.next.map(|cursor| cursor.encode(caller.account(), &filter.list())),
    }))
}

/// The parameter `state`.
struct Deleted;

impl FromStr for Deleted {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "deleted" { Ok(Self) } else { Err("is `deleted`, or is left out") }
    }
}

/// Which keys are listed.
#[derive(JsonSchema)]
#[schemars(rename = "ListedState")]
#[expect(dead_code, reason = "its schema is in the document")]
enum StateView {
    /// Deleted keys that can be brought back.
    #[schemars(rename = "deleted")]
    Deleted,
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("List keys")
        .query::<String>(
            schemas,
            "q",
            "Only keys that have all these words, in any case, with or without accents. Each may be the beginning of a word: of the title, of a host, of the title or the id of the system or of an organization, or of the key's id with its `key_`. A page may have fewer keys than `limit`, and even none, while more are to come: go on until `next_cursor` is null. Pages do not follow the order of titles; the keys of one page do. A change is found a moment later. Not together with `state` or `title_prefix`.",
        )
        .query::<StateView>(
            schemas,
            "state",
            "`deleted`: the deleted keys that can be brought back, instead of those that are there. Not together with `system_id`.",
        )
        .query::<bounds::System>(schemas, "system_id", "Only keys of this system.")
        .query::<EnvironmentView>(schemas, "environment", "Only `live` or only `test` keys.")
        .query::<String>(schemas, "title_prefix", "Only keys whose title begins with this, in any case.")
        .paged(schemas)
        .ok::<KeyList>(schemas)
        .refusals(&[Code::WrongEnvironment])
}

/// A page of keys.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct KeyList {
    /// The keys in the order of their titles; with `q`, those of each page.
    items: Vec<KeySummaryView>,
    /// Where the next page begins; null on the last.
    next_cursor: Option<String>,
}

/// A key in a list, or a row that cannot be read.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "KeySummary")]
enum KeySummaryView {
    /// A key.
    Key(Box<ReadableKey>),
    /// A row that cannot be read.
    Unreadable(UnreadableKey),
}

/// A key as a list shows it.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ReadableKey {
    /// `key_` and a UUIDv7.
    key_id: String,
    /// Its system.
    system_id: String,
    /// The version of the system's template that it was made with.
    template_version: u32,
    /// Its auth variant.
    auth: String,
    /// Its title.
    title: String,
    /// Live or test.
    environment: EnvironmentView,
    /// The typed address.
    base_url: Option<String>,
    /// Whether it holds an entry for each organization.
    organization_specific: bool,
    /// When it stops being usable.
    expires_at: Option<Timestamp>,
    /// The last four characters of its secret, where its template lets them be seen. Of a key with several such secrets it is the
    /// first by the id of its field; of a key with an entry for each organization it is null.
    hint: Option<String>,
    /// `active`, `disabled` or `deleted`.
    state: &'static str,
    /// Until when a deleted key can be brought back; null for one that is not deleted.
    recoverable_until: Option<Timestamp>,
    /// What the last verification came to, of the entry that fared worst; null if there was none since the key's last change. It
    /// follows a verification or a change by a moment.
    #[schemars(with = "Option<String>")]
    health: Option<&'static str>,
    /// When a request was last signed or sent with it, or its values were handed out; null before the first time. It follows
    /// the use by a moment, and is exact to a quarter of an hour: `GET /v1/keys/{key_id}/audit` has every use.
    last_used_at: Option<Timestamp>,
    /// How many active sources, destinations and webhooks use it.
    active_uses: u64,
    /// Its version, and when and by whom it was made and changed.
    #[serde(flatten)]
    written: WrittenView,
}

/// A row that cannot be read.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct UnreadableKey {
    /// The id, from the row's key.
    key_id: String,
    /// `unreadable`.
    state: &'static str,
}

impl From<Row> for KeySummaryView {
    fn from(row: Row) -> Self {
        match row {
            Row::Key(summary) => Self::Key(Box::new(ReadableKey::from(*summary))),
            Row::Unreadable { id } => Self::Unreadable(UnreadableKey { key_id: id, state: "unreadable" }),
        }
    }
}

impl From<Summary> for ReadableKey {
    fn from(key: Summary) -> Self {
        let recoverable_until = key.recoverable_until();
        Self {
            key_id: key.id.to_string(),
            system_id: key.system,
            template_version: key.template_version,
            auth: key.auth,
            title: key.title,
            environment: key.environment.into(),
            base_url: key.base_url,
            organization_specific: key.organization_specific,
            expires_at: key.expires_at,
            hint: key.hint,
            state: if key.is_deleted { "deleted" } else { state_of(key.is_disabled) },
            recoverable_until,
            health: key.health.map(TrialResult::as_str),
            last_used_at: key.last_used_at,
            active_uses: key.active_uses,
            written: WrittenView::new(key.version, key.created, key.updated),
        }
    }
}
