//! What must hold of everything that an account has stored, whatever happened and whatever failed.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use keyward_shared::keys::audit::{Action, AuditEntry, AuditHash, AuditHead, verify_audit};

use super::{Api, TABLE, VAULT, keys::Item};

/// Everything of an account that these rules speak of.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) account: String,
    /// Keys by id, deleted ones included.
    pub(crate) keys: BTreeMap<String, KeyItems>,
    /// Sources, destinations and webhooks by their row, such as `SOURCE#src_…`.
    pub(crate) endpoints: BTreeMap<String, Item>,
}

/// The items of one key.
#[derive(Debug, Clone, Default)]
pub(crate) struct KeyItems {
    pub(crate) row: Item,
    pub(crate) snapshots: BTreeMap<u64, Item>,
    /// The sort keys of its links, such as `USE#source#src_…`.
    pub(crate) links: BTreeSet<String>,
    pub(crate) audit: Vec<Item>,
    pub(crate) vault: BTreeMap<String, Item>,
    /// What the index of words has of it: word, environment and folded title of each item, and the words that it says.
    pub(crate) words: BTreeSet<[String; 4]>,
    /// What is written down of that.
    pub(crate) recorded: Option<Item>,
}

/// The most versions of a key that are kept.
const KEPT: u64 = 20;

/// Lets the functions behind the table's stream do what is left to them: only then is nothing orphaned.
pub(crate) async fn settle(api: &Api) {
    api.drain_stream().await;
}

impl World {
    /// Reads an account, from the tables themselves.
    pub(crate) async fn read(client: &Client, account: &str) -> Self {
        let mut world = Self::new(account);
        for table in [TABLE, VAULT] {
            let items = every_item(client, table).await;
            world.take(items.into_iter().filter(|item| self::account(item) == account).collect());
        }
        world
    }

    /// Reads every account. That shows also what belongs to no key.
    pub(crate) async fn all(client: &Client) -> Vec<Self> {
        let mut worlds: BTreeMap<String, Self> = BTreeMap::new();
        for table in [TABLE, VAULT] {
            for item in every_item(client, table).await {
                let account = account(&item).to_owned();
                worlds.entry(account).or_insert_with_key(|account| Self::new(account)).take(vec![item]);
            }
        }
        worlds.into_values().collect()
    }

    fn new(account: &str) -> Self {
        Self { account: account.to_owned(), keys: BTreeMap::new(), endpoints: BTreeMap::new() }
    }

    /// Puts items of the account into their places.
    fn take(&mut self, items: Vec<Item>) {
        for item in items {
            let (partition, row) = (text(&item, "PK").to_owned(), text(&item, "SK").to_owned());
            let parts: Vec<&str> = partition.split('#').collect();
            match (parts.as_slice(), row.split('#').collect::<Vec<_>>().as_slice()) {
                (["KEY", _, id], ["KEY", _]) => self.key(id).row = item,
                (["ENDPOINT", ..], ["SOURCE" | "DESTINATION", _]) => drop(self.endpoints.insert(row, item)),
                (["WEBHOOK", ..], ["WEBHOOK", _]) => drop(self.endpoints.insert(row, item)),
                (["KEY", _, id], ["VERSION", version]) => {
                    self.key(id).snapshots.insert(version.parse().expect("a version"), item);
                }
                (["USE", _, id], ["USE", ..]) => drop(self.key(id).links.insert(row)),
                (["AUDIT", _, id], _) => self.key(id).audit.push(item),
                (["WORD", _, environment, _], _) => {
                    let [word, title, id] = [0, 1, 2].map(|nth| row.split('\t').nth(nth).unwrap_or_default());
                    let said = [word, environment, title, text(&item, "words")].map(str::to_owned);
                    self.key(id).words.insert(said);
                }
                (["WORD", _, id], _) => self.key(id).recorded = Some(item),
                ([_, id], _) if id.starts_with("key_") => drop(self.key(id).vault.insert(row, item)),
                _ => {}
            }
        }
    }

    fn key(&mut self, id: &str) -> &mut KeyItems {
        self.keys.entry(id.to_owned()).or_default()
    }

    /// What holds at every moment, and does not.
    pub(crate) fn violations(&self) -> Vec<String> {
        let mut found = self.endpoint_violations();
        for (id, key) in &self.keys {
            let own = [key.counter(), key.trail(&self.account, id), key.versions(), key.missing()];
            found.extend(own.into_iter().flatten().map(|violation| format!("{id}: {violation}")));
        }
        found
    }

    /// What nothing names any more and is there all the same. It may be, until the stream is [`settle`]d.
    pub(crate) fn orphans(&self) -> Vec<String> {
        let orphans = |(id, key): (&String, &KeyItems)| {
            key.orphans()
                .into_iter()
                .map(|row| format!("{id}: the vault item {row} is named by nothing"))
                .collect()
        };
        let wrong_words = self.wrong_words();
        self.keys.iter().flat_map::<Vec<String>, _>(orphans).chain(wrong_words).collect()
    }

    /// Where the index of words is not what the rows give. It may be, until the stream is [`settle`]d.
    pub(crate) fn wrong_words(&self) -> Vec<String> {
        let wrong = |(id, key): (&String, &KeyItems)| Some(format!("{id}: {}", key.wrong_words(id)?));
        self.keys.iter().filter_map(wrong).collect()
    }

    /// An endpoint is active exactly while the link of its key to it exists, and its key with it.
    fn endpoint_violations(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut expected: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for (row, endpoint) in &self.endpoints {
            if text(endpoint, "state") != "active" {
                continue;
            }
            let id = text(endpoint, "key_id");
            match self.keys.get(id) {
                Some(key) if key.is_active() => {}
                Some(_) => found.push(format!("{row} is active, and its key {id} is deleted")),
                None => found.push(format!("{row} is active, and its key {id} does not exist")),
            }
            expected.entry(id).or_default().insert(link_of(row));
        }
        for (id, key) in &self.keys {
            let expected = expected.remove(id.as_str()).unwrap_or_default();
            for link in expected.symmetric_difference(&key.links) {
                found.push(format!("{id}: the link {link} and the state of its endpoint do not agree"));
            }
        }
        found
    }
}

/// The link to an endpoint, by the endpoint's row.
fn link_of(row: &str) -> String {
    let (kind, id) = row.split_once('#').unwrap_or_default();
    format!("USE#{}#{id}", kind.to_lowercase())
}

impl KeyItems {
    pub(crate) fn is_active(&self) -> bool {
        ["active", "disabled"].contains(&text(&self.row, "state"))
    }

    /// Whether its row is there, also of a deleted key that can be brought back.
    pub(crate) fn has_values(&self) -> bool {
        self.is_active() || self.is_recoverable()
    }

    pub(crate) fn is_recoverable(&self) -> bool {
        text(&self.row, "state") == "recoverable"
    }

    /// Whether the row is in the state that its changes led to. Nothing follows a deletion but its end or its undoing.
    fn agrees_with(&self, changes: &[&str]) -> bool {
        let follows = |pair: &[&str]| match pair {
            ["key.deleted", next] => ["key.undeleted", "key.purged"].contains(next),
            ["key.purged", _] => false,
            [_, next] => !["key.undeleted", "key.purged"].contains(next),
            _ => true,
        };
        let last = changes.last().copied().unwrap_or_default();
        let ends = match text(&self.row, "state") {
            "recoverable" => last == "key.deleted",
            "deleted" => ["key.deleted", "key.purged"].contains(&last),
            _ => !["key.deleted", "key.purged"].contains(&last),
        };
        ends && changes.windows(2).all(follows)
    }

    pub(crate) fn version(&self) -> u64 {
        number(&self.row, "version")
    }

    /// The changes of the key's content: the version that each led to, and what was done. Entries that leave the version
    /// as it is are about its links.
    pub(crate) fn changes(&self) -> BTreeMap<u64, String> {
        let mut changes = BTreeMap::new();
        for entry in &self.audit {
            changes.entry(number(entry, "version")).or_insert_with(|| text(entry, "action").to_owned());
        }
        changes
    }

    fn counter(&self) -> Option<String> {
        let (counted, links) = (number(&self.row, "active_uses"), self.links.len() as u64);
        (counted != links).then(|| format!("its row counts {counted} uses, and there are {links} links"))
    }

    fn trail(&self, account: &str, id: &str) -> Option<String> {
        let entries: Option<Vec<AuditEntry>> = self.audit.iter().map(audit_entry).collect();
        let Some(entries) = entries else { return Some("an audit entry cannot be read".to_owned()) };
        let head = AuditHead {
            sequence: number(&self.row, "audit_sequence"),
            hash: hash(text(&self.row, "audit_hash")),
        };
        let (account, id) = (account.parse().expect("an account"), id.parse().expect("a key's id"));
        verify_audit(&account, &id, &entries, &head).err().map(|error| error.to_string())
    }

    /// One change for each version from the first, and a snapshot for each that is kept; the newest is the row.
    fn versions(&self) -> Option<String> {
        let current = self.version();
        let changes = self.changes();
        if !changes.keys().copied().eq(1..=current) {
            return Some(format!("it is at version {current}, and its trail tells of {:?}", changes.keys()));
        }
        if changes.get(&1).is_none_or(|action| action != "key.created") {
            return Some("its trail does not begin with its creation".to_owned());
        }
        if !self.agrees_with(&changes.values().map(String::as_str).collect::<Vec<_>>()) {
            return Some(format!("it is {}, and its trail says {changes:?}", text(&self.row, "state")));
        }
        if !self.has_values() {
            return None;
        }
        let oldest = current.saturating_sub(KEPT) + 1;
        if !self.snapshots.keys().copied().eq(oldest..=current) {
            return Some(format!("it is at version {current}, and kept are {:?}", self.snapshots.keys()));
        }
        let entries = if self.row.contains_key("headers_sealed_at") { "joined_entries" } else { "entries" };
        let same = |name: &str, in_row: &str| self.snapshots[&current].get(name) == self.row.get(in_row);
        let differing: Vec<_> =
            [("title", "title"), ("entries", entries), ("headers", "headers"), ("updated_at", "updated_at")]
                .into_iter()
                .filter(|(name, in_row)| !same(name, in_row))
                .collect();
        (!differing.is_empty()).then(|| format!("its newest snapshot differs from its row in {differing:?}"))
    }

    /// Every sealed value that its row or a kept version names.
    fn named(&self) -> BTreeSet<(String, u64)> {
        if !self.has_values() {
            return BTreeSet::new();
        }
        self.snapshots.values().chain([&self.row]).flat_map(named_by).collect()
    }

    /// Which sealed value a vault item is.
    fn stored(row: &str, item: &Item) -> (String, u64) {
        let (entry, place) = row.rsplit_once('#').unwrap_or_default();
        (entry.to_owned(), place.parse().unwrap_or_else(|_| number(item, "version")))
    }

    fn missing(&self) -> Option<String> {
        let stored: BTreeSet<_> = self.vault.iter().map(|(row, item)| Self::stored(row, item)).collect();
        let missing: Vec<_> = self.named().difference(&stored).cloned().collect();
        if !missing.is_empty() {
            return Some(format!("the vault lacks {missing:?}"));
        }
        if !self.has_values() {
            return None;
        }
        let misplaced = named_by(&self.row).into_iter().find(|(entry, version)| {
            self.vault.get(&format!("{entry}#CURRENT")).is_none_or(|item| number(item, "version") != *version)
        });
        misplaced
            .map(|(entry, version)| format!("the current item of {entry} is not that of version {version}"))
    }

    /// Its words, made from its row and its newest snapshot in the plainest way, which does for titles without accents.
    fn expected_words(&self, id: &str) -> BTreeSet<String> {
        let pieces = |text: &str| {
            let lower = text.to_lowercase();
            let pieces = lower.split(|c: char| !c.is_alphanumeric()).filter(|piece| !piece.is_empty());
            pieces.map(str::to_owned).collect::<Vec<_>>()
        };
        let mut words = pieces(text(&self.row, "title"));
        words.extend([id.replacen("key_", ":", 1), format!("={}", text(&self.row, "system_id"))]);
        let entries = self.row.get("entries").or_else(|| self.row.get("joined_entries"));
        let entries = entries.and_then(|entries| entries.as_m().ok()).into_iter().flatten();
        let organizations = entries.filter(|(name, _)| name.starts_with("org_"));
        words.extend(organizations.map(|(name, _)| format!("@{name}")));
        let origins =
            self.snapshots.get(&self.version()).and_then(|newest| newest.get("origins")?.as_l().ok());
        for origin in origins.into_iter().flatten() {
            let origin = origin.as_s().expect("an origin");
            let (_, rest) = origin.split_once("://").unwrap_or(("", origin));
            let port = rest.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok());
            words.extend(pieces(port.map_or(rest, |(host, _)| host)));
        }
        words.into_iter().collect()
    }

    fn wrong_words(&self, id: &str) -> Option<String> {
        if !self.is_active() {
            let nothing = self.words.is_empty() && self.recorded.is_none();
            return (!nothing).then(|| format!("the index has {:?} of a deleted key", self.words));
        }
        let words = self.expected_words(id);
        let is_cut = words.len() > keyward_shared::keys::search::MOST_WORDS;
        let all = words.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
        let (environment, title) = (text(&self.row, "environment"), text(&self.row, "title").to_lowercase());
        let expected: BTreeSet<_> =
            words.iter().map(|word| [word, environment, &title, &all].map(str::to_owned)).collect();
        (!is_cut && self.words != expected)
            .then(|| format!("the index has {:?} and not {expected:?}", self.words))
    }

    fn orphans(&self) -> Vec<String> {
        let named = self.named();
        let orphan = |(row, item): &(&String, &Item)| !named.contains(&Self::stored(row, item));
        self.vault.iter().filter(orphan).map(|(row, _)| row.clone()).collect()
    }
}

fn named_by(item: &Item) -> Vec<(String, u64)> {
    let mut named = Vec::new();
    let entries = item.get("entries").or_else(|| item.get("joined_entries"));
    if let Some(AttributeValue::M(entries)) = entries {
        for (name, entry) in entries {
            if let Some(AttributeValue::N(version)) =
                entry.as_m().ok().and_then(|entry| entry.get("sealed_at"))
            {
                named.push((name.clone(), version.parse().expect("a version")));
            }
        }
    }
    if item.contains_key("headers_sealed_at") {
        named.push(("#headers".to_owned(), number(item, "headers_sealed_at")));
    }
    named
}

fn audit_entry(item: &Item) -> Option<AuditEntry> {
    let changed = item.get("changed")?.as_l().ok()?.iter().map(|name| name.as_s().ok().cloned());
    Some(AuditEntry {
        account: text(item, "account_id").parse().ok()?,
        key: text(item, "key_id").parse().ok()?,
        sequence: number(item, "sequence"),
        epoch: number(item, "epoch").try_into().ok()?,
        at: text(item, "at").parse().ok()?,
        by: text(item, "by").to_owned(),
        action: Action::ALL.into_iter().find(|action| action.as_str() == text(item, "action"))?,
        version: number(item, "version"),
        restored: item.contains_key("restored").then(|| number(item, "restored")),
        changed: changed.collect::<Option<_>>()?,
        previous: hash(text(item, "previous")),
    })
}

fn hash(text: &str) -> AuditHash {
    let bytes: [u8; 32] = hex::decode(text).ok().and_then(|bytes| bytes.try_into().ok()).unwrap_or_default();
    AuditHash::from(bytes)
}

/// Whose an item is.
pub(crate) fn account(item: &Item) -> &str {
    let mut parts = text(item, "PK").split('#');
    let first = parts.next().unwrap_or_default();
    let has_kind = first.bytes().all(|byte| byte.is_ascii_uppercase());
    if has_kind { parts.next().unwrap_or_default() } else { first }
}

/// Every item of a table.
pub(crate) async fn every_item(client: &Client, table: &str) -> Vec<Item> {
    let pages = client.scan().table_name(table).consistent_read(true).into_paginator().items().send();
    pages.collect::<Result<_, _>>().await.expect("the table's items")
}

pub(crate) fn text<'a>(item: &'a Item, name: &str) -> &'a str {
    item.get(name).and_then(|value| value.as_s().ok()).map_or("", String::as_str)
}

/// A number; 0 where there is none.
pub(crate) fn number(item: &Item, name: &str) -> u64 {
    item.get(name).and_then(|value| value.as_n().ok()?.parse().ok()).unwrap_or_default()
}
