//! A key as the API shows it. Of a secret it shows the mark; there is no type here that could hold the value.

use std::collections::BTreeMap;

use jiff::Timestamp;
use keyward_shared::{
    connect::{Grant, GrantState, Standing},
    error::InvalidField,
    keys::{
        check::{Asks, Expects, OwnCheck},
        health::{self, KeyHealth},
        key::{Entry, FieldValue, Key, Ownership, SecretMark},
        restrictions::Restrictions,
    },
    sealing::EntryName,
    stamp::Stamp,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{trial_view::HealthView, written_view::WrittenView};
use crate::bounds;

/// A key.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Key")]
pub struct KeyView {
    /// `key_` and a UUIDv7.
    #[schemars(regex(pattern = "^key_[0-9a-f-]{36}$"))]
    key_id: String,
    /// The system whose credentials it holds.
    system_id: String,
    /// The version of the system's template that it was made with.
    template_version: u32,
    /// The chosen auth variant.
    auth: String,
    /// The title.
    title: String,
    /// Live or test.
    environment: EnvironmentView,
    /// The typed address; null where the system's address follows from its fields.
    base_url: Option<String>,
    /// Where requests go, by entry, where that follows from the template and the entry's fields. Absent where the address is typed, or where
    /// there is none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    addresses: BTreeMap<String, String>,
    /// The methods and paths that it may be used for; null for all.
    restrictions: Option<RestrictionsView>,
    /// How it is tried, where the template has no check; null if nobody has entered one.
    check: Option<CheckView>,
    /// Headers that every request carries.
    headers: Vec<HeaderView>,
    /// Whether it holds an entry for each organization instead of a default one.
    organization_specific: bool,
    /// Field values by entry: `default`, or organization ids.
    entries: BTreeMap<String, EntryView>,
    /// The entries that a person connected by consent. Of each, `grant` says whether it works; null in the answer to a change.
    connections: Vec<KeyConnectionView>,
    /// When it stops being usable.
    expires_at: Option<Timestamp>,
    /// `active` or `disabled`. A disabled key keeps everything, and nobody can use it.
    state: &'static str,
    /// Since when it is disabled, and by whom; null for an active key.
    disabled: Option<DisabledView>,
    /// How the key fared when it was last tried in this version: that of its entries that fared worst. Null for a key
    /// that was not tried since its last change, and in the answer to a change.
    health: Option<HealthView>,
    /// The entries whose health is stored and cannot be read, so that `health` says nothing of them. Absent where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    health_unreadable: Vec<String>,
    /// When it was last tried, in whatever version. Null for a key that was never tried, and in the answer to a change.
    last_tried_at: Option<Timestamp>,
    /// When a request was last signed or sent with it, or its values were handed out, as the list shows it.
    last_used_at: Option<Timestamp>,
    /// How many active sources, destinations and webhooks use it: 0, until there are any.
    active_uses: u64,
    /// Its version, and when and by whom it was made and changed.
    #[serde(flatten)]
    written: WrittenView,
    /// What values of this request have that is probably not meant, such as a space at the end of a password. They are
    /// stored as they were given. It is told once, in the answer to the request, and absent where there is nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    notices: Vec<NoticeView>,
}

/// An entry that a person connected.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "KeyConnection")]
struct KeyConnectionView {
    /// The entry: `default`, or an organization's id.
    entry: String,
    /// The connection that the grant came of.
    connection_id: String,
    /// What was granted.
    grant: Option<GrantView>,
}

/// What a person granted. Its tokens are never shown.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Grant")]
struct GrantView {
    /// `connected`, or `needs-reconnect` when a person has to connect the entry again.
    state: &'static str,
    /// Why they have to, in a sentence; null while it works.
    why: Option<&'static str>,
    /// The app that was consented to.
    app_id: String,
    /// Who was connected, such as a shop, where the system says so.
    identity: Option<String>,
    /// The scopes that were granted.
    scopes: Vec<String>,
    /// When the present access token ends, where the system says so. It is refreshed before.
    expires_at: Option<Timestamp>,
    /// When it was connected.
    connected_at: Timestamp,
    /// By whom.
    connected_by: String,
}

impl GrantView {
    fn of(grant: &Grant, key: &Key) -> Self {
        let moved = grant.standing(key).is_ok_and(|standing| standing == Standing::Moved);
        let (state, why) = match grant.state {
            _ if moved => ("needs-reconnect", Some(MOVED)),
            GrantState::Connected => ("connected", None),
            GrantState::NeedsReconnect(why) => ("needs-reconnect", Some(why.sentence())),
            GrantState::Revoking { .. } => ("needs-reconnect", Some(ENDED)),
        };
        Self {
            state,
            why,
            app_id: grant.app.to_string(),
            identity: grant.account_name.clone().or_else(|| grant.identity.clone()),
            scopes: grant.scopes.clone(),
            expires_at: grant.expires_at,
            connected_at: grant.connected.at,
            connected_by: grant.connected.by.clone(),
        }
    }
}

const MOVED: &str = "The key goes elsewhere than when it was connected: connect it again";
const ENDED: &str = "The grant has ended: connect the key again";

/// When a key was disabled, and by whom.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Disabled")]
struct DisabledView {
    /// When.
    at: Timestamp,
    /// By whom.
    by: String,
}

/// The state of a key that can be read.
pub(super) const fn state_of(is_disabled: bool) -> &'static str {
    if is_disabled { "disabled" } else { "active" }
}

/// What a value has that is probably not meant.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Notice")]
pub struct NoticeView {
    /// Where the value is, such as `entries.default.fields.password`.
    field: String,
    /// What it has. It never contains the value.
    notice: String,
}

/// Live or test.
#[derive(Serialize, JsonSchema, Clone, Copy)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Environment")]
pub enum EnvironmentView {
    /// Real business.
    Live,
    /// Anything else.
    Test,
}

impl From<keyward_shared::environment::Environment> for EnvironmentView {
    fn from(environment: keyward_shared::environment::Environment) -> Self {
        match environment {
            keyward_shared::environment::Environment::Live => Self::Live,
            keyward_shared::environment::Environment::Test => Self::Test,
        }
    }
}

/// The requests that a key may be used for. An empty list allows all.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Restrictions")]
pub struct RestrictionsView {
    /// The methods.
    methods: Vec<String>,
    /// The paths from the host on: these, and what lies below them.
    paths: Vec<String>,
}

impl RestrictionsView {
    fn of(restrictions: &Restrictions) -> Option<Self> {
        (!restrictions.is_empty()).then(|| Self {
            methods: restrictions.methods.iter().map(ToString::to_string).collect(),
            paths: restrictions.paths.iter().map(ToString::to_string).collect(),
        })
    }
}

/// A check of the key's own: a request below the base address, sent without the credentials and with them, and what the
/// answer to the second must be.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Check")]
pub struct CheckView {
    /// The method.
    #[schemars(with = "bounds::CheckMethod")]
    method: String,
    /// The path below the base address.
    path: String,
    /// The body of a POST; null for a GET.
    body: Option<String>,
    /// True for a POST: somebody has said that it changes nothing.
    changes_nothing: bool,
    /// The expected status.
    #[schemars(with = "bounds::CheckStatus")]
    status: u16,
    /// A text that is expected in the body.
    text: Option<String>,
    /// A value that is expected in a place of the JSON body.
    json: Option<ExpectedView>,
}

/// A value that is expected in a place of a JSON body.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "ExpectedValue")]
pub struct ExpectedView {
    /// The place (RFC 6901).
    #[schemars(with = "bounds::CheckPointer")]
    pointer: String,
    /// The value.
    #[schemars(with = "bounds::CheckValue")]
    value: Value,
}

impl From<&OwnCheck> for CheckView {
    fn from(check: &OwnCheck) -> Self {
        let (body, changes_nothing) = match &check.asks {
            Asks::Get => (None, false),
            Asks::Post { body } => (Some(body.clone()), true),
        };
        let (text, json) = match &check.expects {
            Expects::Anything => (None, None),
            Expects::Text(text) => (Some(text.clone()), None),
            Expects::Json { pointer, value } => {
                let (pointer, value) = (pointer.as_str().to_owned(), value.clone());
                (None, Some(ExpectedView { pointer, value }))
            }
        };
        Self {
            method: check.method().to_string(),
            path: check.path.clone(),
            body,
            changes_nothing,
            status: check.status.as_u16(),
            text,
            json,
        }
    }
}

/// One set of field values.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Entry")]
pub struct EntryView {
    /// Values by field id.
    fields: BTreeMap<String, FieldView>,
}

/// A header that every request carries.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Header")]
pub struct HeaderView {
    /// Its name.
    name: String,
    /// Its value, or the mark of it.
    value: FieldView,
    /// Whether the value is sealed.
    secret: bool,
}

/// A value: itself when it is public, its mark when it is secret.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Field")]
pub enum FieldView {
    /// A public value.
    Public(String),
    /// The mark of a sealed value.
    Secret(SecretView),
}

/// The mark of a sealed value. Sent back as it is, it keeps the value.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "SecretMark")]
pub struct SecretView {
    /// Says "the same stored value" and nothing else.
    #[schemars(regex(pattern = "^[0-9a-f]{16}$"))]
    hashed: String,
    /// The last four characters, where the template allows it and the value is long.
    hint: Option<String>,
    /// When it was set.
    set_at: Timestamp,
}

impl From<&Key> for KeyView {
    fn from(key: &Key) -> Self {
        let headers = key.headers.iter().map(|header| HeaderView {
            name: header.name.to_string(),
            value: FieldView::from(&header.value),
            secret: header.value.as_secret().is_some(),
        });
        let entries = key.entries.iter().map(|(name, entry)| {
            let fields =
                entry.fields.iter().map(|(id, value)| (id.clone(), FieldView::from(value))).collect();
            (name.to_string(), EntryView { fields })
        });
        Self {
            key_id: key.id.to_string(),
            system_id: key.system.to_string(),
            template_version: key.template_version,
            auth: key.auth.clone(),
            title: key.title.to_string(),
            environment: key.environment.into(),
            base_url: key.base_url.clone(),
            addresses: addresses(key),
            restrictions: RestrictionsView::of(&key.restrictions),
            check: key.check.as_ref().map(CheckView::from),
            headers: headers.collect(),
            organization_specific: key.ownership == Ownership::Organizations,
            entries: entries.collect(),
            connections: key
                .connections
                .iter()
                .map(|(entry, connection)| KeyConnectionView {
                    entry: entry.to_string(),
                    connection_id: connection.to_string(),
                    grant: None,
                })
                .collect(),
            expires_at: key.expires_at,
            state: state_of(key.disabled.is_some()),
            disabled: key.disabled.clone().map(|Stamp { at, by }| DisabledView { at, by }),
            health: None,
            health_unreadable: Vec::new(),
            last_tried_at: None,
            last_used_at: None,
            active_uses: key.active_uses,
            written: WrittenView::new(key.version, key.created.clone(), key.updated.clone()),
            notices: key.notices.iter().map(NoticeView::from).collect(),
        }
    }
}

/// The address of each entry that is not typed. An entry whose address cannot be told is left out: the key is shown all the same.
fn addresses(key: &Key) -> BTreeMap<String, String> {
    if key.base_url.is_some() {
        return BTreeMap::new();
    }
    let address = |(name, entry): (&EntryName, &Entry)| Some((name.to_string(), key.base_url(entry).ok()??));
    key.entries.iter().filter_map(address).collect()
}

impl From<&InvalidField> for NoticeView {
    fn from(notice: &InvalidField) -> Self {
        Self { field: notice.field.clone(), notice: notice.reason.clone() }
    }
}

impl KeyView {
    /// The same with the time of its last use.
    #[must_use]
    pub const fn with_last_use(mut self, at: Option<Timestamp>) -> Self {
        self.last_used_at = at;
        self
    }

    /// The same with what was granted. A grant of another connection is none of the key's.
    #[must_use]
    pub fn with_grants(mut self, key: &Key, grants: &[Grant]) -> Self {
        for view in &mut self.connections {
            let is_its = |grant: &&Grant| {
                grant.entry.as_str() == view.entry && grant.connection.to_string() == view.connection_id
            };
            view.grant = grants.iter().find(is_its).map(|grant| GrantView::of(grant, key));
        }
        self
    }

    /// The same with the health of its entries. Health of an entry that is gone, or of another version, says nothing any more.
    #[must_use]
    pub fn with_health(mut self, health: KeyHealth) -> Self {
        self.health_unreadable = health.unreadable;
        let current: Vec<_> = health
            .entries
            .into_iter()
            .filter(|health| self.entries.contains_key(health.entry.as_str()))
            .collect();
        self.health = health::worst(&current, self.written.version()).map(HealthView::from);
        self.last_tried_at = health::last_tried(&current);
        self
    }
}

impl From<&FieldValue> for FieldView {
    fn from(value: &FieldValue) -> Self {
        match value {
            FieldValue::Public(value) => Self::Public(value.clone()),
            FieldValue::Secret(SecretMark { hash, hint, set_at, .. }) => {
                Self::Secret(SecretView { hashed: hash.to_string(), hint: hint.clone(), set_at: *set_at })
            }
        }
    }
}
