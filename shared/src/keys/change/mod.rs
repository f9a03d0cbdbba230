//! Creating, changing, restoring, disabling and deleting a key, and bringing a deleted one back. Each is one transaction that also writes the audit entry: there is no
//! unaudited change and no half of one.

mod deletion;
mod differ;
mod fresh;
mod guard;
mod restore;
mod switch;
mod vault;

use std::collections::BTreeMap;

use jiff::Timestamp;

pub use self::{
    deletion::{Burial, Buried, Purge, RECOVERY, Recoverable, bury_due, delete, undelete},
    restore::{Confirmation, restore},
    switch::{Switch, switch},
};
use self::{
    differ::{all, changed},
    guard::affected_uses,
    vault::{matching, touched, vault_writes},
};
use crate::{
    caller::Caller,
    epoch::Epoch,
    error::Error,
    idempotency::{Outcome, Ticket},
    ids::{KeyId, SealId},
    keys::{
        audit::{Action, AuditEntry},
        draft::{Draft, Patch},
        key::Key,
        plan::{self, Basis, Plan},
        seal::{self, SealedEntry, VaultPlace},
        version,
    },
    membership::rows::Held,
    moment::{Clock, Moment, Random},
    ports::{CommitError, InsertKey, ListKeyUses, Need, ReadKey, ReadSealedEntries, UpdateKey, WrapDataKey},
    sealing::EntryName,
    stamp::Stamp,
    version::Version,
};

/// What one transaction writes.
pub struct Change {
    /// The right of the caller to it.
    pub by: Held,
    /// The version that must still be stored; `None` for a key that must not exist.
    pub before: Option<u64>,
    /// The [`links_version`](Key::links_version) that must still be stored, where the change would take something from
    /// under whatever uses the key.
    pub unlinked_since: Option<u64>,
    /// The key as it will be.
    pub key: Key,
    /// The vault items that change with it.
    pub vault: Vec<VaultWrite>,
    /// The audit entry.
    pub audit: AuditEntry,
    /// The record of the request, where it may be sent again.
    pub ticket: Option<Ticket>,
}

/// One item of the vault that a change touches. Entries that a change does not touch stay as they are.
pub enum VaultWrite {
    /// This becomes the current item of its entry.
    PutCurrent(SealedEntry),
    /// The entry that was current until now. It is kept under its version, because older versions
    /// refer to it.
    Archive(SealedEntry),
    /// The entry has no secrets any more.
    RemoveCurrent(EntryName),
}

impl Change {
    /// The same change behind what the key's chain told meanwhile, which led to no new version.
    pub(crate) fn follow(&mut self, row: &Key) {
        self.audit.sequence = row.audit.sequence + 1;
        self.audit.previous = row.audit.hash;
        self.key.audit = self.audit.head();
        self.key.told = row.told.clone();
    }
}

/// How often a change is tried again when it failed only because the key was attached or detached, or told something,
/// meanwhile.
const TRIES: usize = 3;

/// Creates a key.
///
/// # Errors
///
/// What [`plan`](plan::plan) refuses, [`Error::InProgress`] when the same request came first, and what the ports report.
/// Nothing is stored then.
pub async fn create(
    keys: &impl InsertKey,
    wrapping: &impl WrapDataKey,
    moment: Moment<'_, impl Clock, impl Random>,
    caller: &Caller,
    draft: Draft,
    ticket: Option<Ticket>,
) -> Result<Key, Error> {
    let now = moment.clock.now();
    let id = KeyId::generate(moment.clock, moment.random);
    let Plan { mut key, fresh } = plan::plan(draft, Basis::New { id: &id, account: caller.account() }, now)?;
    caller.check_environment(key.environment)?;
    let seal_id = SealId::generate(moment.clock, moment.random);
    let fresh = seal::seal(&mut key, fresh, seal_id, now, wrapping, moment.random).await?;

    let changed = all(&key);
    let vault = vault_writes(&mut key, fresh, BTreeMap::new(), 1);
    check_bytes(&vault, "entries")?;
    let audit = stamp(&mut key, 1, (moment.clock.epoch(), now), actor(caller), Action::Created, changed);
    key.created = key.updated.clone();
    let by = caller.held()?;
    let change = Change { by, before: None, unlinked_since: None, key, vault, audit, ticket };
    match keys.insert_key(&change).await {
        Ok(()) => Ok(change.key),
        Err(CommitError::Stale { .. }) => Err(Error::Unavailable(None)),
        Err(error) => Err(error.into()),
    }
}

/// The key that a request made or changed before, as it is now.
///
/// # Errors
///
/// [`Error::NotFound`] when it is gone since, and what the ports report.
pub async fn recall(keys: &impl ReadKey, caller: &Caller, outcome: Outcome) -> Result<Key, Error> {
    match outcome {
        Outcome::Done { id, .. } => {
            let id = id.parse().map_err(|_| Error::NotFound)?;
            let key = keys.read_key(caller.account(), &id).await?.ok_or(Error::NotFound)?;
            caller.check_environment(key.environment)?;
            Ok(key)
        }
        Outcome::Replaced { .. } => Err(Error::NotFound),
        Outcome::Running { .. } => Err(Error::InProgress),
    }
}

/// Changes a key, if it still has the version that the caller has seen. A patch that changes nothing leaves
/// the version as it is.
///
/// # Errors
///
/// [`Error::NotFound`], [`Error::StaleVersion`], what [`plan`](plan::plan) refuses, [`Error::FreshSignInNeeded`] when a live
/// key would be led elsewhere, [`Error::KeyInUse`] when something uses what the change would take away, and what the ports
/// report. Nothing is stored then.
pub async fn update(
    keys: &(impl ReadKey + ReadSealedEntries + ListKeyUses + UpdateKey),
    wrapping: &impl WrapDataKey,
    moment: Moment<'_, impl Clock, impl Random>,
    caller: &Caller,
    seen: (&KeyId, u64),
    patch: Patch,
) -> Result<Key, Error> {
    let now = moment.clock.now();
    let stored = find(keys, caller, seen).await?;
    let Plan { mut key, fresh } = plan::plan(patch.over(&stored), Basis::Stored(&stored), now)?;
    caller.check_environment(key.environment)?;
    if fresh.is_empty() && key == stored {
        return Ok(stored);
    }
    fresh::check_change(caller, &stored, &key, now)?;
    let unlinked_since = affected_uses(keys, &stored, &key).await?;
    let touched = touched(&stored, &key, fresh.iter().map(|fresh| &fresh.entry));
    let places: Vec<_> = touched.iter().cloned().map(VaultPlace::Current).collect();
    let before = keys.read_sealed_entries(caller.account(), &stored.id, &places).await?;
    let Some(before) = matching(&stored, &key, &touched, before) else {
        // Either a change came in between, which the row tells, or the vault was changed from outside.
        find(keys, caller, seen).await?;
        return Err(Error::DoesNotOpen);
    };
    let seal_id = SealId::generate(moment.clock, moment.random);
    let fresh = seal::seal(&mut key, fresh, seal_id, now, wrapping, moment.random).await?;

    let changed = changed(&stored, &key);
    let next = stored.version + 1;
    forget_removed(&mut key, &stored, next);
    let vault = vault_writes(&mut key, fresh, before, next);
    check_bytes(&vault, "entries")?;
    let audit = stamp(&mut key, next, (moment.clock.epoch(), now), actor(caller), Action::Updated, changed);
    let (by, before) = (caller.held()?, Some(stored.version));
    let change = Change { by, before, unlinked_since, key, vault, audit, ticket: None };
    commit(keys, caller, &stored, change).await
}

/// The key, if it is at the version that the caller has seen.
async fn find(keys: &impl ReadKey, caller: &Caller, seen: (&KeyId, u64)) -> Result<Key, Error> {
    let (id, version) = seen;
    let stored = keys.read_key(caller.account(), id).await?.ok_or(Error::NotFound)?;
    caller.check_environment(stored.environment)?;
    Version::new(stored.version).expect(version)?;
    Ok(stored)
}

/// Commits a change of a stored key. If the key is attached or detached in the meantime, or tells how it fares, the change is still
/// committed, unless it affects one of the uses.
async fn commit(
    keys: &(impl ReadKey + ListKeyUses + UpdateKey),
    caller: &Caller,
    stored: &Key,
    mut change: Change,
) -> Result<Key, Error> {
    for _ in 0..TRIES {
        match keys.update_key(&change).await {
            Ok(()) => return Ok(change.key),
            Err(CommitError::Unmet(Need::Row)) => {
                let row = find(keys, caller, (&stored.id, stored.version)).await?;
                change.unlinked_since = affected_uses(keys, &row, &change.key).await?;
                change.follow(&row);
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(Error::Unavailable(None))
}

/// The most bytes of sealed values in one change, archived ones included. DynamoDB takes 4 MB in one transaction, and the key's
/// row and audit entry are in it as well.
pub const MAX_CHANGE_BYTES: usize = 3_500 * 1024;

/// A change is one transaction, so it has room for so much. `at` names the member of the request that asks for it.
fn check_bytes(vault: &[VaultWrite], at: &str) -> Result<(), Error> {
    let of_entry = |entry: &SealedEntry| -> usize {
        let fields =
            entry.fields.iter().map(|(name, (_, sealed))| name.len() + sealed.as_bytes().len() + 100);
        let seals = entry.seals.values().map(|wrapped| wrapped.as_bytes().len() + 100);
        fields.chain(seals).sum()
    };
    let bytes: usize = vault
        .iter()
        .map(|write| match write {
            VaultWrite::PutCurrent(entry) | VaultWrite::Archive(entry) => of_entry(entry),
            VaultWrite::RemoveCurrent(_) => 0,
        })
        .sum();
    if bytes <= MAX_CHANGE_BYTES {
        return Ok(());
    }
    let reason = "the secrets of this change, with those that they replace, are too large for one request: change some of the organizations first";
    Err(Error::invalid(at, reason))
}

/// Records the organizations that a change removes: their sealed values are gone from every earlier version.
/// Earlier records that concern no kept version any more are dropped.
fn forget_removed(key: &mut Key, stored: &Key, next: u64) {
    key.removed.retain(|_, at| *at + version::KEPT > next);
    let entries = &key.entries;
    key.connections.retain(|name, _| entries.contains_key(name));
    for name in stored.entries.keys().filter(|name| !key.entries.contains_key(*name)) {
        if let EntryName::Organization(organization) = name {
            key.removed.insert(organization.clone(), next);
        }
    }
}

/// Who a change is by, as the trail says it.
fn actor(caller: &Caller) -> String {
    caller.actor().to_string()
}

/// The same for a change that is none of a caller's request: the connection of a key, which a browser comes back from.
pub(crate) fn stamped_as(
    key: &mut Key,
    clock: &impl Clock,
    by: String,
    action: Action,
    changed: Vec<String>,
) -> AuditEntry {
    let stored = key.clone();
    let next = key.version + 1;
    forget_removed(key, &stored, next);
    stamp(key, next, (clock.epoch(), clock.now()), by, action, changed)
}

/// Moves the key to its next version and writes that down in its audit chain.
fn stamp(
    key: &mut Key,
    version: u64,
    (epoch, now): (Epoch, Timestamp),
    by: String,
    action: Action,
    changed: Vec<String>,
) -> AuditEntry {
    let audit = AuditEntry {
        account: key.account.clone(),
        key: key.id.clone(),
        sequence: key.audit.sequence + 1,
        epoch,
        at: now,
        by: by.clone(),
        action,
        version,
        restored: None,
        changed,
        previous: key.audit.hash,
    };
    key.version = version;
    key.updated = Stamp { at: now, by };
    key.audit = audit.head();
    audit
}

#[cfg(test)]
pub(in crate::keys) mod tests {
    use super::*;
    use crate::{
        edit::Edit,
        fakes::{Counting, now},
        keys::fakes::{AWS4, World, caller, draft, moment, set},
        permission::Permission,
    };

    fn world(random: &Counting) -> (World, Key) {
        let world = World::default();
        let writer = caller(&[Permission::KeysWrite]);
        let key = now(create(&world, &world, moment(random), &writer, draft("aws4", &AWS4), None)).unwrap();
        (world, key)
    }

    /// A key as it is stored.
    pub(in crate::keys) fn stored() -> Key {
        world(&Counting::default()).1
    }

    fn patched(world: &World, key: &Key, random: &Counting, patch: Patch) -> Result<Key, Error> {
        now(update(
            world,
            world,
            moment(random),
            &caller(&[Permission::KeysWrite]),
            (&key.id, key.version),
            patch,
        ))
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
}
