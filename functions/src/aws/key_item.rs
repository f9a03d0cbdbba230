//! A key as its row in the table `keyward`, and the public snapshot of a version.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use keyward_shared::{
    error::{Error, PortError, StoredRow},
    ids::SealId,
    keys::{
        audit::{AuditHash, AuditHead},
        change::Recoverable,
        check::{Asks, Expects, OwnCheck},
        key::{Entry, FieldValue, Header, Key, Ownership, SecretMark},
        notice::{ExpiryNotice, Told},
        restrictions::Restrictions,
    },
    sealing::EntryName,
    stamp::Stamp,
};
use serde::{Deserialize, Serialize};

use super::{
    errors::our_fault,
    item::{Item, number, text, text_of},
    place,
};

/// A key's row.
#[derive(Serialize, Deserialize)]
pub(super) struct KeyItem {
    #[serde(rename = "PK")]
    partition: String,
    #[serde(rename = "SK")]
    row: String,
    state: State,
    key_id: String,
    account_id: String,
    system_id: String,
    template_version: u32,
    auth: String,
    title: String,
    environment: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    base_url: Option<String>,
    #[serde(default, skip_serializing_if = "RestrictionsItem::is_empty")]
    restrictions: RestrictionsItem,
    /// `check` is a reserved word of DynamoDB.
    #[serde(skip_serializing_if = "Option::is_none")]
    own_check: Option<CheckItem>,
    headers: Vec<HeaderItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    headers_sealed_at: Option<u64>,
    organization_specific: bool,
    /// The entries by name, so that a use can read the one that it needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    entries: Option<BTreeMap<String, EntryItem>>,
    /// The entries of a row whose headers are secret. Those are bound to the origins of all entries, so a use reads all. Under a
    /// name of its own, one projection serves rows of both kinds.
    #[serde(skip_serializing_if = "Option::is_none")]
    joined_entries: Option<BTreeMap<String, EntryItem>>,
    /// What each entry's secrets are bound to, for opening an exported item without Keyward. It is never read here:
    /// a use computes the binding from the fields themselves.
    #[serde(default, skip_deserializing)]
    binding: BTreeMap<String, Vec<BindingItem>>,
    /// The entries that people connected, each with its connection.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    connections: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    /// The end of its secret, for the indexes. What the key shows of its secrets stands with them.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    /// Since when nobody can use the key, and by whom. `state` says it too, for the indexes.
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled: Option<DisabledItem>,
    version: u64,
    /// What others keep in the row: only a new one sets it.
    #[serde(skip_serializing_if = "Option::is_none")]
    active_uses: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    links_version: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    observed: Option<ObservedItem>,
    /// The organizations that were removed, with the versions that did so.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    removed: BTreeMap<String, u64>,
    created_at: Timestamp,
    created_by: String,
    updated_at: Timestamp,
    updated_by: String,
    audit_sequence: u64,
    audit_hash: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    title_pk: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title_sk: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    system_pk: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    system_sk: Option<String>,
    /// Of a deleted key: until when it can be brought back.
    #[serde(skip_serializing_if = "Option::is_none")]
    recoverable_until: Option<Timestamp>,
    /// The place in the index of due work: of a key that expires, and of a deleted one.
    #[serde(skip_serializing_if = "Option::is_none")]
    due_pk: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_sk: Option<String>,
}

/// A key's health, and what the key told of itself. Functions that no route calls write it. They are one attribute, because an index
/// projects twenty at most.
#[derive(Serialize, Deserialize, Default)]
pub(super) struct ObservedItem {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) health: Option<String>,
    /// The entries that fail, as far as the key told of it. A map, so that one can be taken out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    failing: BTreeMap<String, bool>,
    /// The last notice of the key's end: of which end, and how many days before.
    #[serde(skip_serializing_if = "Option::is_none")]
    expiry_told: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiry_days: Option<u16>,
}

impl ObservedItem {
    fn told(self) -> Option<Told> {
        let notice = self.expiry_told.zip(self.expiry_days);
        Some(Told {
            failing: self.failing.into_keys().map(|name| name.parse().ok()).collect::<Option<_>>()?,
            expiry: notice.map(|(expires_at, days)| ExpiryNotice { expires_at, days }),
        })
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Active,
    Disabled,
    Recoverable,
    Snapshot,
}

impl State {
    /// That of a key's row.
    const fn of(key: &Key) -> Self {
        if key.disabled.is_some() { Self::Disabled } else { Self::Active }
    }
}

#[derive(Serialize, Deserialize)]
struct DisabledItem {
    at: Timestamp,
    by: String,
}

/// The methods and path prefixes that a key may be used for. A row without it has none.
#[derive(Serialize, Deserialize, Default)]
struct RestrictionsItem {
    methods: Vec<String>,
    paths: Vec<String>,
}

impl RestrictionsItem {
    fn is_empty(&self) -> bool {
        self.methods.is_empty() && self.paths.is_empty()
    }

    fn parse(self) -> Option<Restrictions> {
        Some(Restrictions {
            methods: self.methods.iter().map(|method| method.parse().ok()).collect::<Option<_>>()?,
            paths: self.paths.iter().map(|path| path.parse().ok()).collect::<Option<_>>()?,
        })
    }
}

impl From<&Restrictions> for RestrictionsItem {
    fn from(restrictions: &Restrictions) -> Self {
        Self {
            methods: restrictions.methods.iter().map(ToString::to_string).collect(),
            paths: restrictions.paths.iter().map(ToString::to_string).collect(),
        }
    }
}

/// A check of the key's own.
#[derive(Serialize, Deserialize)]
struct CheckItem {
    path: String,
    status: u16,
    /// The body of a POST; absent for a GET.
    #[serde(skip_serializing_if = "Option::is_none")]
    post: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<String>,
    /// The value at the pointer, in JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
}

impl From<&OwnCheck> for CheckItem {
    fn from(check: &OwnCheck) -> Self {
        let post = match &check.asks {
            Asks::Get => None,
            Asks::Post { body } => Some(body.clone()),
        };
        let (text, pointer, value) = match &check.expects {
            Expects::Anything => (None, None, None),
            Expects::Text(text) => (Some(text.clone()), None, None),
            Expects::Json { pointer, value } => {
                (None, Some(pointer.as_str().to_owned()), Some(value.to_string()))
            }
        };
        Self { path: check.path.clone(), status: check.status.as_u16(), post, text, pointer, value }
    }
}

impl CheckItem {
    fn parse(self) -> Option<OwnCheck> {
        Some(OwnCheck {
            asks: self.post.map_or(Asks::Get, |body| Asks::Post { body }),
            path: self.path,
            status: OwnCheck::expectable(self.status)?,
            expects: match (self.text, self.pointer, self.value) {
                (None, None, None) => Expects::Anything,
                (Some(text), None, None) => Expects::Text(text),
                (None, Some(pointer), Some(value)) => Expects::Json {
                    pointer: pointer.parse().ok()?,
                    value: serde_json::from_str(&value).ok()?,
                },
                (Some(_) | None, Some(_) | None, Some(_) | None) => return None,
            },
        })
    }
}

#[derive(Serialize, Deserialize)]
struct HeaderItem {
    name: String,
    value: ValueItem,
}

#[derive(Serialize, Deserialize)]
struct EntryItem {
    fields: BTreeMap<String, ValueItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sealed_at: Option<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum ValueItem {
    Public(String),
    Secret {
        hashed: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        hint: Option<String>,
        set_at: Timestamp,
        seal: String,
    },
}

#[derive(Serialize, Deserialize)]
struct BindingItem {
    role: String,
    value: String,
}

impl KeyItem {
    /// The row of a new key.
    pub(super) fn row(key: &Key) -> Result<Self, PortError> {
        Ok(Self {
            active_uses: Some(0),
            links_version: Some(0),
            observed: Some(ObservedItem::default()),
            ..Self::content(key)?
        })
    }

    /// The content of a key's row, with its places in the indexes.
    pub(super) fn content(key: &Key) -> Result<Self, PortError> {
        let place = place::title_place(&key.title.folded(), &key.id);
        let mut item = Self::of_version(key)?;
        item.row = place::key_row(&key.id);
        item.state = State::of(key);
        item.disabled = key.disabled.clone().map(|Stamp { at, by }| DisabledItem { at, by });
        if item.headers_sealed_at.is_some() {
            item.joined_entries = item.entries.take();
        }
        item.removed = key.removed.iter().map(|(name, at)| (name.to_string(), *at)).collect();
        item.title_pk = Some(place::title_partition(&key.account, key.environment));
        item.title_sk = Some(place.clone());
        item.system_pk = Some(place::system_partition(&key.account, key.system.as_str(), key.environment));
        item.system_sk = Some(place);
        item.hint = key.hint().map(str::to_owned);
        (item.due_pk, item.due_sk) = expiry_place(key).unzip();
        Ok(item)
    }

    /// The public snapshot of a key's present version. It is in no index.
    fn of_version(key: &Key) -> Result<Self, PortError> {
        let mut binding = BTreeMap::new();
        for name in key.entries.keys().chain([&EntryName::Headers]) {
            let pairs = key.binding(name).map_err(our_fault)?;
            let pairs = pairs
                .pairs()
                .map(|(role, value)| BindingItem { role: role.to_owned(), value: value.to_owned() });
            binding.insert(name.to_string(), pairs.collect());
        }
        Ok(Self {
            partition: place::key_partition(&key.account, &key.id),
            row: place::version_row(key.version),
            state: State::Snapshot,
            key_id: key.id.to_string(),
            account_id: key.account.to_string(),
            system_id: key.system.to_string(),
            template_version: key.template_version,
            auth: key.auth.clone(),
            title: key.title.to_string(),
            environment: key.environment.to_string(),
            base_url: key.base_url.clone(),
            restrictions: (&key.restrictions).into(),
            own_check: key.check.as_ref().map(CheckItem::from),
            headers: key
                .headers
                .iter()
                .map(|header| HeaderItem {
                    name: header.name.to_string(),
                    value: ValueItem::from(&header.value),
                })
                .collect(),
            headers_sealed_at: key.headers_sealed_at,
            organization_specific: key.ownership == Ownership::Organizations,
            entries: Some(
                key.entries.iter().map(|(name, entry)| (name.to_string(), EntryItem::from(entry))).collect(),
            ),
            joined_entries: None,
            binding,
            connections: key
                .connections
                .iter()
                .map(|(name, id)| (name.to_string(), id.to_string()))
                .collect(),
            expires_at: key.expires_at,
            hint: None,
            disabled: None,
            version: key.version,
            active_uses: None,
            links_version: None,
            observed: None,
            removed: BTreeMap::new(),
            created_at: key.created.at,
            created_by: key.created.by.clone(),
            updated_at: key.updated.at,
            updated_by: key.updated.by.clone(),
            audit_sequence: key.audit.sequence,
            audit_hash: hash_text(key.audit.hash),
            title_pk: None,
            title_sk: None,
            system_pk: None,
            system_sk: None,
            recoverable_until: None,
            due_pk: None,
            due_sk: None,
        })
    }

    /// The item as DynamoDB stores it.
    pub(super) fn into_item(self) -> Result<Item, PortError> {
        serde_dynamo::to_item(self).map_err(our_fault)
    }

    /// Reads a row back. Every text is parsed again, so that a row that Keyward could not have written is not
    /// used.
    pub(super) fn read(item: Item) -> Result<Key, Error> {
        let place = |key: &Key| (place::key_partition(&key.account, &key.id), place::key_row(&key.id));
        Self::read_as(item, |key, state| state == State::of(key), place).ok_or(Error::KeyUnreadable)
    }

    /// Reads the row of a deleted key that can be brought back.
    pub(super) fn read_recoverable(item: Item) -> Result<Recoverable, Error> {
        let place = |key: &Key| (place::key_partition(&key.account, &key.id), place::key_row(&key.id));
        let until = text_of(&item, "recoverable_until").and_then(|until| until.parse().ok());
        let key = Self::read_as(item, |_, state| state == State::Recoverable, place);
        key.zip(until).map(|(key, until)| Recoverable { key, until }).ok_or(Error::KeyUnreadable)
    }

    /// Reads a snapshot back: the key as it was.
    pub(super) fn read_snapshot(item: Item) -> Result<Key, Error> {
        let place =
            |key: &Key| (place::key_partition(&key.account, &key.id), place::version_row(key.version));
        Self::read_as(item, |_, state| state == State::Snapshot, place)
            .ok_or(Error::RowUnreadable(StoredRow::Version))
    }

    /// Reads back what [`projection`] leaves of a row.
    pub(super) fn read_used(mut item: Item) -> Result<Key, Error> {
        if !item.contains_key(JOINED_ENTRIES) {
            // Where the row has no such entry, the attribute is left out.
            item.entry(ENTRIES.to_owned()).or_insert_with(|| AttributeValue::M(Item::new()));
        }
        Self::read(item)
    }

    fn read_as(
        item: Item,
        is_of_its_kind: impl Fn(&Key, State) -> bool,
        place: impl Fn(&Key) -> (String, String),
    ) -> Option<Key> {
        let item: Self = serde_dynamo::from_item(item).ok()?;
        let stands = (item.partition.clone(), item.row.clone());
        let state = item.state;
        item.parse().filter(|key| is_of_its_kind(key, state) && place(key) == stands)
    }

    /// The entries, where they stand in a row or a snapshot like this.
    fn take_entries(&mut self) -> Option<BTreeMap<String, EntryItem>> {
        let are_joined = self.state != State::Snapshot && self.headers_sealed_at.is_some();
        match (self.entries.take(), self.joined_entries.take()) {
            (Some(entries), None) if !are_joined => Some(entries),
            (None, Some(entries)) if are_joined => Some(entries),
            (Some(_) | None, Some(_) | None) => None,
        }
    }

    fn parse(mut self) -> Option<Key> {
        let entries = self.take_entries()?.into_iter();
        Some(Key {
            id: self.key_id.parse().ok()?,
            account: self.account_id.parse().ok()?,
            system: self.system_id.parse().ok()?,
            template_version: self.template_version,
            auth: self.auth,
            title: self.title.parse().ok()?,
            environment: self.environment.parse().ok()?,
            base_url: self.base_url,
            restrictions: self.restrictions.parse()?,
            check: match self.own_check {
                Some(check) => Some(check.parse()?),
                None => None,
            },
            headers: self.headers.into_iter().map(HeaderItem::parse).collect::<Option<_>>()?,
            headers_sealed_at: self.headers_sealed_at,
            ownership: if self.organization_specific { Ownership::Organizations } else { Ownership::Account },
            entries: entries
                .map(|(name, entry)| Some((name.parse().ok()?, entry.parse()?)))
                .collect::<Option<_>>()?,
            connections: self
                .connections
                .into_iter()
                .map(|(name, id)| Some((name.parse().ok()?, id.parse().ok()?)))
                .collect::<Option<_>>()?,
            expires_at: self.expires_at,
            disabled: self.disabled.map(|DisabledItem { at, by }| Stamp { at, by }),
            version: self.version,
            active_uses: self.active_uses.unwrap_or_default(),
            links_version: self.links_version.unwrap_or_default(),
            notices: Vec::new(),
            removed: self
                .removed
                .into_iter()
                .map(|(name, at)| Some((name.parse().ok()?, at)))
                .collect::<Option<_>>()?,
            created: Stamp { at: self.created_at, by: self.created_by },
            updated: Stamp { at: self.updated_at, by: self.updated_by },
            audit: AuditHead { sequence: self.audit_sequence, hash: parse_hash(&self.audit_hash)? },
            told: self.observed.unwrap_or_default().told()?,
        })
    }
}

impl From<&Entry> for EntryItem {
    fn from(entry: &Entry) -> Self {
        let fields = entry.fields.iter().map(|(id, value)| (id.clone(), ValueItem::from(value)));
        Self { fields: fields.collect(), sealed_at: entry.sealed_at }
    }
}

impl EntryItem {
    fn parse(self) -> Option<Entry> {
        let fields = self.fields.into_iter().map(|(id, value)| Some((id, value.parse()?)));
        Some(Entry { fields: fields.collect::<Option<_>>()?, sealed_at: self.sealed_at })
    }
}

impl HeaderItem {
    fn parse(self) -> Option<Header> {
        Some(Header { name: self.name.parse().ok()?, value: self.value.parse()? })
    }
}

impl From<&FieldValue> for ValueItem {
    fn from(value: &FieldValue) -> Self {
        match value {
            FieldValue::Public(value) => Self::Public(value.clone()),
            FieldValue::Secret(mark) => Self::Secret {
                hashed: mark.hash.to_string(),
                hint: mark.hint.clone(),
                set_at: mark.set_at,
                seal: mark.seal.to_string(),
            },
        }
    }
}

impl ValueItem {
    fn parse(self) -> Option<FieldValue> {
        Some(match self {
            Self::Public(value) => FieldValue::Public(value),
            Self::Secret { hashed, hint, set_at, seal } => FieldValue::Secret(SecretMark {
                hash: hashed.parse().ok()?,
                hint,
                set_at,
                seal: seal.parse::<SealId>().ok()?,
            }),
        })
    }
}

/// Lower-case hexadecimal.
pub(super) fn hash_text(hash: AuditHash) -> String {
    hex::encode(hash.as_bytes())
}

fn parse_hash(text: &str) -> Option<AuditHash> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(AuditHash::from(bytes))
}

/// The snapshot of a key's current version, with the names of the changed members and the origins of its
/// requests. A list of versions shows both.
pub(super) fn snapshot(key: &Key, changed: &[String]) -> Result<Item, PortError> {
    let mut item = KeyItem::of_version(key)?.into_item()?;
    let texts =
        |texts: &mut dyn Iterator<Item = String>| AttributeValue::L(texts.map(AttributeValue::S).collect());
    item.insert("changed".to_owned(), texts(&mut changed.iter().cloned()));
    item.insert("origins".to_owned(), texts(&mut key.all_origins().map_err(our_fault)?.into_iter()));
    Ok(item)
}

const ENTRIES: &str = "entries";
const JOINED_ENTRIES: &str = "joined_entries";

/// The attributes of a row that a use reads beside the entry. It is one expression for all items of a table, so the last
/// ones are those of an account's settings and of the caller's row, of which nothing may be missing that its MAC covers.
const USED: &str = "PK, SK, #state, key_id, account_id, system_id, template_version, #auth, title, environment, \
    base_url, restrictions, own_check, headers, headers_sealed_at, organization_specific, joined_entries, connections, expires_at, disabled, version, active_uses, \
    links_version, observed, created_at, created_by, updated_at, updated_by, audit_sequence, audit_hash, \
    allowed_origins, #role, #permissions, keys_minimum_role, self_service_keys, email, signed_out_at, secrets, mac";

/// A projection of what a use of these entries reads of the table `keyward`, and the names in it. A caller's row and the settings are
/// read with it.
pub(super) fn projection(entries: &[EntryName]) -> (String, HashMap<String, String>) {
    let mut expression = USED.to_owned();
    let mut names = HashMap::from([
        // These are reserved words (DynamoDB Developer Guide, "Reserved words in DynamoDB").
        ("#state".to_owned(), "state".to_owned()),
        ("#auth".to_owned(), "auth".to_owned()),
        ("#role".to_owned(), "role".to_owned()),
        ("#permissions".to_owned(), "permissions".to_owned()),
    ]);
    for (index, entry) in entries.iter().enumerate().filter(|(_, entry)| **entry != EntryName::Headers) {
        expression.push_str(&format!(", entries.#e{index}"));
        names.insert(format!("#e{index}"), entry.to_string());
    }
    (expression, names)
}

/// Where a key that expires stands in the index of due work, while it has a notice of that to tell.
pub(super) fn expiry_place(key: &Key) -> Option<(String, String)> {
    let (at, _) = key.next_expiry_notice()?;
    Some((place::expiry_partition_of(&key.id), place::due(at, &key.id)))
}

/// The attributes that a key's row may have and that this key has not.
pub(super) fn absent(key: &Key) -> Vec<&'static str> {
    let expires = expiry_place(key).is_some();
    let optional = [
        ("base_url", key.base_url.is_some()),
        ("restrictions", !key.restrictions.is_empty()),
        ("own_check", key.check.is_some()),
        ("headers_sealed_at", key.headers_sealed_at.is_some()),
        (JOINED_ENTRIES, key.headers_sealed_at.is_some()),
        (ENTRIES, key.headers_sealed_at.is_none()),
        ("connections", !key.connections.is_empty()),
        ("expires_at", key.expires_at.is_some()),
        ("hint", key.hint().is_some()),
        ("disabled", key.disabled.is_some()),
        ("removed", !key.removed.is_empty()),
        ("due_pk", expires),
        ("due_sk", expires),
    ];
    optional.into_iter().filter(|(_, present)| !present).map(|(name, _)| name).collect()
}

/// The tombstone of a deleted key. It keeps the id taken and the audit chain verifiable.
pub(super) fn tombstone(key: &Key) -> Item {
    let mut item = place::key(&key.account, &key.id);
    item.extend([
        ("state".to_owned(), text("deleted")),
        ("key_id".to_owned(), text(key.id.to_string())),
        ("account_id".to_owned(), text(key.account.to_string())),
        ("environment".to_owned(), text(key.environment.to_string())),
        ("version".to_owned(), number(key.version)),
        ("deleted_at".to_owned(), text(key.updated.at.to_string())),
        ("deleted_by".to_owned(), text(&key.updated.by)),
        ("audit_sequence".to_owned(), number(key.audit.sequence)),
        ("audit_hash".to_owned(), text(hash_text(key.audit.hash))),
    ]);
    item
}

/// Whether a row is that of a deleted key that can be brought back.
pub(super) fn is_recoverable(item: &Item) -> bool {
    text_of(item, "state") == Some("recoverable")
}

/// Whether a row is a tombstone.
pub(super) fn is_tombstone(item: &Item) -> bool {
    text_of(item, "state") == Some("deleted")
}
