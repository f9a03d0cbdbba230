//! Creating, changing and deleting a key. Each is one transaction that also writes the audit entry: there is no
//! unaudited change and no half of one.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    caller::Caller,
    error::Error,
    ids::{KeyId, SealId},
    keys::{
        audit::{Action, AuditEntry},
        draft::{Draft, Patch},
        key::{Entry, Header, Key, Stamp},
        plan::{self, Basis, Plan},
        seal::{self, FreshSeals, SealedEntry},
    },
    ports::{
        BuryKey, Clock, CommitError, InsertKey, Random, ReadKey, ReadSealedEntries, ReplaceKey, WrapDataKey,
    },
    sealing::EntryName,
};

/// What one transaction writes.
pub struct Change {
    /// The version that must still be stored; `None` for a key that must not exist.
    pub before: Option<u64>,
    /// The key as it will be.
    pub key: Key,
    /// The vault items that change with it.
    pub vault: Vec<VaultWrite>,
    /// The organizations that are no longer there: what is sealed for them goes from every version.
    pub forgotten: Vec<EntryName>,
    /// The audit entry.
    pub audit: AuditEntry,
}

/// One item of the vault that a change touches. Entries that a change does not touch stay as they are.
pub enum VaultWrite {
    /// This becomes the current item of its entry.
    PutCurrent(SealedEntry),
    /// What was current until now, kept under its version for the versions that name it.
    Archive(SealedEntry),
    /// The entry has no secrets any more.
    RemoveCurrent(EntryName),
}

/// The end of a key.
pub struct Burial {
    /// The key as its tombstone remembers it.
    pub key: Key,
    /// The version that must still be stored. Every sealed value goes with it.
    pub before: u64,
    /// The audit entry.
    pub audit: AuditEntry,
}

/// The ports that give a change its time and its identifiers.
pub struct Moment<'a, C, R> {
    /// The time.
    pub clock: &'a C,
    /// Where identifiers and message ids come from.
    pub random: &'a R,
}

/// Creates a key.
///
/// # Errors
///
/// What [`plan`](plan::plan) refuses, and what the ports report. Nothing is stored then.
pub async fn create(
    keys: &impl InsertKey,
    wrapping: &impl WrapDataKey,
    moment: Moment<'_, impl Clock, impl Random>,
    caller: &Caller,
    draft: Draft,
) -> Result<Key, Error> {
    let now = moment.clock.now();
    let id = KeyId::generate(moment.clock, moment.random);
    let Plan { mut key, fresh } = plan::plan(draft, Basis::New { id: &id, account: caller.account() }, now)?;
    caller.check_environment(key.environment)?;
    let seal_id = SealId::generate(moment.clock, moment.random);
    let fresh = seal::seal(&mut key, fresh, seal_id, now, wrapping, moment.random).await?;

    let changed =
        key.entries.iter().flat_map(|(name, entry)| paths(name, entry)).chain(header_paths(&key.headers));
    let changed = changed.collect();
    let vault = vault_writes(&mut key, fresh, BTreeMap::new(), 1);
    let audit = stamp(&mut key, 1, now, caller, Action::Created, changed);
    key.created = key.updated.clone();
    let change = Change { before: None, key, vault, forgotten: Vec::new(), audit };
    match keys.insert_key(&change).await {
        Ok(()) => Ok(change.key),
        Err(CommitError::Stale { .. } | CommitError::UsesChanged { .. }) => Err(Error::Unavailable(None)),
        Err(CommitError::Port(error)) => Err(error.into()),
    }
}

/// Changes a key of which the caller has seen this version. A patch that changes nothing leaves the version as it is.
///
/// # Errors
///
/// [`Error::NotFound`], [`Error::StaleVersion`], what [`plan`](plan::plan) refuses, and what the ports report.
/// Nothing is stored then.
pub async fn update(
    keys: &(impl ReadKey + ReadSealedEntries + ReplaceKey),
    wrapping: &impl WrapDataKey,
    moment: Moment<'_, impl Clock, impl Random>,
    caller: &Caller,
    seen: (&KeyId, u64),
    patch: Patch,
) -> Result<Key, Error> {
    let (id, version) = seen;
    let now = moment.clock.now();
    let stored = keys.read_key(caller.account(), id).await?.ok_or(Error::NotFound)?;
    caller.check_environment(stored.environment)?;
    check_version(&stored, version)?;

    let Plan { mut key, fresh } = plan::plan(patch.over(&stored), Basis::Stored(&stored), now)?;
    caller.check_environment(key.environment)?;
    if fresh.is_empty() && key == stored {
        return Ok(stored);
    }
    let touched = touched(&stored, &key, fresh.iter().map(|fresh| &fresh.entry));
    let before = keys.read_sealed_entries(caller.account(), id, &touched).await?;
    let Some(before) = matching(&stored, &key, &touched, before) else {
        // Either a change came in between, which the row tells, or the vault was changed from outside.
        let row = keys.read_key(caller.account(), id).await?.ok_or(Error::NotFound)?;
        check_version(&row, version)?;
        return Err(Error::DoesNotOpen);
    };
    let seal_id = SealId::generate(moment.clock, moment.random);
    let fresh = seal::seal(&mut key, fresh, seal_id, now, wrapping, moment.random).await?;

    let changed = changed(&stored, &key);
    let gone =
        |name: &&EntryName| matches!(name, EntryName::Organization(_)) && !key.entries.contains_key(*name);
    let forgotten = stored.entries.keys().filter(gone).cloned().collect();
    let vault = vault_writes(&mut key, fresh, before, version + 1);
    let audit = stamp(&mut key, version + 1, now, caller, Action::Updated, changed);
    let change = Change { before: Some(version), key, vault, forgotten, audit };
    match keys.replace_key(&change).await {
        // Somebody attached or detached the key in between, which is no reason to refuse: read again and repeat.
        Err(CommitError::UsesChanged { .. }) => return Err(Error::Unavailable(None)),
        outcome => outcome.map_err(lost_race)?,
    }
    Ok(change.key)
}

/// Deletes a key of which the caller has seen this version. From then on it is not found, and its sealed values
/// are gone.
///
/// # Errors
///
/// [`Error::NotFound`], [`Error::StaleVersion`], [`Error::KeyInUse`], and what the ports report. Nothing is
/// deleted then.
pub async fn delete(
    keys: &(impl ReadKey + BuryKey),
    clock: &impl Clock,
    caller: &Caller,
    id: &KeyId,
    version: u64,
) -> Result<(), Error> {
    let mut key = keys.read_key(caller.account(), id).await?.ok_or(Error::NotFound)?;
    caller.check_environment(key.environment)?;
    check_version(&key, version)?;
    if key.active_uses > 0 {
        return Err(Error::KeyInUse(key.active_uses));
    }
    let audit = stamp(&mut key, version + 1, clock.now(), caller, Action::Deleted, Vec::new());
    keys.bury_key(&Burial { key, before: version, audit }).await.map_err(lost_race)
}

/// The answer to a change that came second.
fn lost_race(error: CommitError) -> Error {
    match error {
        CommitError::Stale { current: Some(current) } => Error::StaleVersion { current },
        CommitError::Stale { current: None } => Error::NotFound,
        CommitError::UsesChanged { uses } => Error::KeyInUse(uses),
        CommitError::Port(error) => error.into(),
    }
}

pub(super) fn check_version(stored: &Key, seen: u64) -> Result<(), Error> {
    if stored.version == seen { Ok(()) } else { Err(Error::StaleVersion { current: stored.version }) }
}

/// Moves the key to its next version and writes that down in its audit chain.
fn stamp(
    key: &mut Key,
    version: u64,
    now: Timestamp,
    caller: &Caller,
    action: Action,
    changed: Vec<String>,
) -> AuditEntry {
    let by = caller.actor().to_string();
    let audit = AuditEntry {
        account: key.account.clone(),
        key: key.id.clone(),
        sequence: key.audit.sequence + 1,
        at: now,
        by: by.clone(),
        action,
        version,
        changed,
        previous: key.audit.hash,
    };
    key.version = version;
    key.updated = Stamp { at: now, by };
    key.audit = audit.head();
    audit
}

/// The entries with sealed values, each with the version of its vault item.
fn sealed_entries(key: &Key) -> impl Iterator<Item = (EntryName, u64)> {
    let headers = key.headers_sealed_at.map(|version| (EntryName::Headers, version));
    let entries = key.entries.iter().filter_map(|(name, entry)| Some((name.clone(), entry.sealed_at?)));
    headers.into_iter().chain(entries)
}

/// The names of an entry's secrets as the key shows them; for headers, of the list's.
fn secret_names(key: &Key, name: &EntryName) -> Vec<String> {
    match name {
        EntryName::Headers => key
            .headers
            .iter()
            .filter(|header| header.value.as_secret().is_some())
            .map(|header| header.name.folded())
            .collect(),
        EntryName::Default | EntryName::Organization(_) => {
            key.entries.get(name).map_or_else(Vec::new, |entry| {
                entry
                    .fields
                    .iter()
                    .filter(|(_, value)| value.as_secret().is_some())
                    .map(|(id, _)| id.clone())
                    .collect()
            })
        }
    }
}

/// The sealed entries whose vault item has to be read: a secret is set, kept out or removed.
fn touched<'a>(stored: &Key, key: &Key, fresh: impl Iterator<Item = &'a EntryName>) -> Vec<EntryName> {
    let fresh: Vec<&EntryName> = fresh.collect();
    sealed_entries(stored)
        .map(|(name, _)| name)
        .filter(|name| fresh.contains(&name) || secret_names(stored, name) != secret_names(key, name))
        .collect()
}

/// The vault items by entry, if every secret that is kept is in one that the key's row names. Where nothing is kept, an
/// item that is missing or another one is of no use and of no harm: giving every secret again repairs the entry.
fn matching(
    stored: &Key,
    key: &Key,
    touched: &[EntryName],
    items: Vec<SealedEntry>,
) -> Option<BTreeMap<EntryName, SealedEntry>> {
    let named: BTreeMap<EntryName, u64> = sealed_entries(stored).collect();
    let items: BTreeMap<EntryName, SealedEntry> = items
        .into_iter()
        .filter(|item| named.get(&item.name) == Some(&item.version))
        .map(|item| (item.name.clone(), item))
        .collect();
    let is_whole = |name: &EntryName| {
        let kept = secret_names(key, name);
        kept.is_empty()
            || items.get(name).is_some_and(|item| kept.iter().all(|field| item.fields.contains_key(field)))
    };
    touched.iter().all(is_whole).then_some(items)
}

/// What happens to the vault: touched entries are written anew from their kept and their fresh fields, and what
/// was current is archived. Sets where the key finds its sealed values from now on.
fn vault_writes(
    key: &mut Key,
    fresh: Option<FreshSeals>,
    before: BTreeMap<EntryName, SealedEntry>,
    version: u64,
) -> Vec<VaultWrite> {
    let mut current: BTreeMap<EntryName, SealedEntry> = BTreeMap::new();
    for (name, item) in &before {
        let kept = secret_names(key, name);
        let mut next = SealedEntry::empty(name.clone(), version);
        for (field, (seal, sealed)) in item.fields.iter().filter(|(field, _)| kept.contains(field)) {
            next.fields.insert(field.clone(), (seal.clone(), sealed.clone()));
        }
        current.insert(name.clone(), next);
    }
    if let Some(fresh) = fresh {
        for (name, field, sealed) in fresh.fields {
            let item = current.entry(name.clone()).or_insert_with(|| SealedEntry::empty(name, version));
            item.fields.insert(field, (fresh.seal.clone(), sealed));
            item.seals.insert(fresh.seal.clone(), fresh.wrapped.clone());
        }
    }
    let mut writes = Vec::new();
    for (name, mut item) in current {
        if let Some(old) = before.get(&name) {
            let named: Vec<_> = item.fields.values().map(|(seal, _)| seal.clone()).collect();
            let carried = old.seals.iter().filter(|(seal, _)| named.contains(seal));
            item.seals.extend(carried.map(|(seal, wrapped)| (seal.clone(), wrapped.clone())));
        }
        let sealed_at = (!item.fields.is_empty()).then_some(version);
        match &name {
            EntryName::Headers => key.headers_sealed_at = sealed_at,
            EntryName::Default | EntryName::Organization(_) => {
                if let Some(entry) = key.entries.get_mut(&name) {
                    entry.sealed_at = sealed_at;
                }
            }
        }
        writes.push(if sealed_at.is_some() {
            VaultWrite::PutCurrent(item)
        } else {
            VaultWrite::RemoveCurrent(name)
        });
    }
    // An organization that was removed is gone from every version; anything else stays with the versions that name it.
    let kept =
        |name: &EntryName| !matches!(name, EntryName::Organization(_)) || key.entries.contains_key(name);
    writes.extend(before.into_values().filter(|item| kept(&item.name)).map(VaultWrite::Archive));
    writes
}

fn paths<'a>(name: &'a EntryName, entry: &'a Entry) -> impl Iterator<Item = String> + 'a {
    entry.fields.keys().map(move |field| format!("entries.{name}.fields.{field}"))
}

fn header_paths(headers: &[Header]) -> impl Iterator<Item = String> + '_ {
    headers.iter().map(|header| format!("headers.{}", header.name))
}

/// The names of the members that differ, for the audit trail.
fn changed(before: &Key, after: &Key) -> Vec<String> {
    let mut names: Vec<String> = [
        ("system_id", before.system != after.system || before.template_version != after.template_version),
        ("auth", before.auth != after.auth),
        ("title", before.title != after.title),
        ("environment", before.environment != after.environment),
        ("base_url", before.base_url != after.base_url),
        ("organization_specific", before.ownership != after.ownership),
        ("expires_at", before.expires_at != after.expires_at),
        ("headers", before.headers != after.headers),
    ]
    .into_iter()
    .filter(|(_, differs)| *differs)
    .map(|(name, _)| name.to_owned())
    .collect();
    let empty = Entry::default();
    let mut entries: Vec<&EntryName> = before.entries.keys().chain(after.entries.keys()).collect();
    entries.sort();
    entries.dedup();
    for name in entries {
        let old = before.entries.get(name).unwrap_or(&empty);
        let new = after.entries.get(name).unwrap_or(&empty);
        let mut fields: Vec<&String> = old.fields.keys().chain(new.fields.keys()).collect();
        fields.sort();
        fields.dedup();
        let differing = fields.into_iter().filter(|field| old.fields.get(*field) != new.fields.get(*field));
        names.extend(differing.map(|field| format!("entries.{name}.fields.{field}")));
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        keys::{
            draft::Edit,
            fakes::{AWS4, Counting, Still, World, caller, draft, now, set},
        },
        permission::Permission,
    };

    fn world(random: &Counting) -> (World, Key) {
        let world = World::default();
        let moment = Moment { clock: &Still, random };
        let writer = caller(&[Permission::KeysWrite]);
        let key = now(create(&world, &world, moment, &writer, draft("aws4", &AWS4))).unwrap();
        (world, key)
    }

    fn patched(world: &World, key: &Key, random: &Counting, patch: Patch) -> Result<Key, Error> {
        let moment = Moment { clock: &Still, random };
        now(update(world, world, moment, &caller(&[Permission::KeysWrite]), (&key.id, key.version), patch))
    }

    fn secret(value: &str) -> Patch {
        let fields = BTreeMap::from([("secret_key".to_owned(), Edit::Set(set(value)))]);
        Patch { entries: BTreeMap::from([("default".to_owned(), Edit::Set(fields))]), ..Patch::default() }
    }

    #[test]
    fn a_new_key_is_one_data_key_and_one_transaction() {
        let (world, key) = world(&Counting::default());
        assert_eq!(world.asked(), ["generate data key", "commit"]);
        assert_eq!((key.version, key.audit.sequence), (1, 1));
    }

    #[test]
    fn a_change_without_a_secret_asks_for_no_data_key() {
        let random = Counting::default();
        let (world, key) = world(&random);
        world.asked();
        let patch = Patch { title: Some("Another".to_owned()), ..Patch::default() };
        let changed = patched(&world, &key, &random, patch).unwrap();
        assert_eq!(world.asked(), ["read key", "commit"]);
        assert_eq!((changed.version, changed.audit.sequence), (2, 2));
        assert_eq!(changed.entries, key.entries);
    }

    #[test]
    fn a_patch_that_changes_nothing_writes_nothing() {
        let random = Counting::default();
        let (world, key) = world(&random);
        world.asked();
        assert_eq!(patched(&world, &key, &random, Patch::default()).unwrap(), key);
        assert_eq!(world.asked(), ["read key"]);
    }

    #[test]
    fn a_new_secret_is_one_data_key_and_one_transaction() {
        let random = Counting::default();
        let (world, key) = world(&random);
        world.asked();
        let changed = patched(&world, &key, &random, secret("another")).unwrap();
        assert_eq!(world.asked(), ["read key", "generate data key", "commit"]);
        assert_eq!(changed.entries[&EntryName::Default].sealed_at, Some(2));
    }

    #[test]
    fn the_audit_trail_names_what_changed() {
        let (_, key) = world(&Counting::default());
        let mut renamed = key.clone();
        renamed.title = "Another".parse().unwrap();
        renamed.entries.insert("org_1".parse().unwrap(), key.entries[&EntryName::Default].clone());
        let names = changed(&key, &renamed);
        assert_eq!(names[0], "title");
        assert!(names[1..].iter().all(|name| name.starts_with("entries.org_1.fields.")), "{names:?}");
    }
}
