//! Making an earlier version of a key the present one. Its secrets are copied forward as they are sealed.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Change, VaultWrite, actor, check_bytes, commit,
    differ::changed,
    find, forget_removed, fresh,
    guard::affected_uses,
    stamp,
    vault::{sealed_entries, set_sealed_at},
};
use crate::{
    caller::Caller,
    error::{Error, InvalidField, StoredRow},
    idempotency::Ticket,
    ids::KeyId,
    keys::{
        audit::Action,
        key::Key,
        plan::check_addresses,
        seal::{SealedEntry, VaultPlace},
    },
    moment::{Clock, Moment, Random},
    ports::{ListKeyUses, ReadKey, ReadKeyVersion, ReadSealedEntries, UpdateKey},
    sealing::EntryName,
};

/// The facts about the version to restore that a caller confirms, so that secrets are not sent to an
/// unexpected place.
pub struct Confirmation {
    /// Its auth variant.
    pub auth: String,
    /// The origins that its requests go to.
    pub origins: BTreeSet<String>,
}

/// Restores version `of` of a key, if the key still has the version in `seen`. The result is a new version.
///
/// A version with other restrictions than the key has is not restored, because that would lift restrictions without the
/// secrets. An organization that was removed since is not restored. If an organization was added since, the
/// restoration is refused, because it would destroy that organization's credentials: remove the organization
/// first.
///
/// # Errors
///
/// [`Error::NotFound`] also when that version is not kept, [`Error::StaleVersion`], [`Error::FreshSignInNeeded`] for a live
/// key, [`Error::InvalidFields`] when the
/// confirmation is of something else or the version cannot be restored, [`Error::KeyInUse`], [`Error::DoesNotOpen`] when a
/// sealed value of it is not there, [`Error::RowUnreadable`] when the version cannot be read, and what the ports report. Nothing is stored then.
pub async fn restore(
    keys: &(impl ReadKey + ReadKeyVersion + ReadSealedEntries + ListKeyUses + UpdateKey),
    moment: Moment<'_, impl Clock, impl Random>,
    caller: &Caller,
    seen: (&KeyId, u64),
    of: u64,
    confirmed: &Confirmation,
    ticket: Option<Ticket>,
) -> Result<Key, Error> {
    let stored = find(keys, caller, seen).await?;
    let version = keys.read_key_version(caller.account(), &stored.id, of).await?.ok_or(Error::NotFound)?;
    check_readable(&version)?;
    caller.check_environment(version.environment)?;
    fresh::check_restoring(caller, &stored, &version, moment.clock.now())?;
    let mut key = as_it_was(&stored, version, of)?;
    check_addresses(&key)?;
    check_confirmation(&key, confirmed)?;
    if key.restrictions != stored.restrictions {
        let reason =
            "has other restrictions than the key: give the key those restrictions first, with its secrets";
        return Err(Error::invalid("version", reason));
    }
    if is_the_same(&key, &stored) {
        return Ok(stored);
    }
    let unlinked_since = affected_uses(keys, &stored, &key).await?;

    let next = stored.version + 1;
    let vault = copied_forward(keys, &stored, &mut key, next).await?;
    check_bytes(&vault, "version")?;
    let names = changed(&stored, &key);
    forget_removed(&mut key, &stored, next);
    let mut audit = stamp(
        &mut key,
        next,
        (moment.clock.epoch(), moment.clock.now()),
        actor(caller),
        Action::Restored,
        names,
    );
    audit.restored = Some(of);
    key.audit = audit.head();
    let (by, before) = (caller.held()?, Some(stored.version));
    let change = Change { by, before, unlinked_since, key, vault, audit, ticket };
    commit(keys, caller, &stored, change).await
}

/// A version of a template or a variant that the library does not hold, or of an address that is none, was edited.
fn check_readable(version: &Key) -> Result<(), Error> {
    let has_variant = version.template().is_ok_and(|template| template.variant(&version.auth).is_some());
    let is_readable = has_variant && version.all_origins().is_ok();
    if is_readable { Ok(()) } else { Err(Error::RowUnreadable(StoredRow::Version)) }
}

/// The stored key with the content of an earlier version.
fn as_it_was(stored: &Key, version: Key, of: u64) -> Result<Key, Error> {
    let mut key = Key {
        version: stored.version,
        disabled: stored.disabled.clone(),
        connections: stored.connections.clone(),
        active_uses: stored.active_uses,
        links_version: stored.links_version,
        notices: Vec::new(),
        removed: stored.removed.clone(),
        created: stored.created.clone(),
        updated: stored.updated.clone(),
        audit: stored.audit.clone(),
        told: stored.told.clone(),
        ..version
    };
    key.entries.retain(|name, _| match name {
        EntryName::Organization(organization) => {
            stored.removed.get(organization).is_none_or(|removed_at| *removed_at <= of)
        }
        EntryName::Default | EntryName::Headers => true,
    });
    if key.entries.is_empty() {
        let reason = "every organization of this version was removed since: nothing is left to restore";
        return Err(Error::invalid("version", reason));
    }
    let lost = stored.entries.keys().find_map(|name| match name {
        EntryName::Organization(organization) if !key.entries.contains_key(name) => Some(organization),
        EntryName::Organization(_) | EntryName::Default | EntryName::Headers => None,
    });
    match lost {
        Some(organization) => Err(Error::invalid(
            "version",
            format!(
                "has no entry for {organization}, whose credentials would be destroyed: remove that organization first"
            ),
        )),
        None => Ok(key),
    }
}

fn check_confirmation(key: &Key, confirmed: &Confirmation) -> Result<(), Error> {
    let mut complaints = Vec::new();
    if key.auth != confirmed.auth {
        complaints.push(InvalidField::new("auth", format!("this version has `{}`: confirm that", key.auth)));
    }
    let origins = key.all_origins()?;
    if origins != confirmed.origins {
        let listed = origins.iter().map(|origin| format!("`{origin}`")).collect::<Vec<_>>().join(", ");
        let reason = if origins.is_empty() {
            "this version has no origin: confirm an empty list".to_owned()
        } else {
            format!("this version sends to {listed}: confirm exactly these")
        };
        complaints.push(InvalidField::new("origins", reason));
    }
    if complaints.is_empty() { Ok(()) } else { Err(Error::InvalidFields(complaints)) }
}

/// Whether the two differ only in the places of sealed values, and those places hold the same
/// values.
fn is_the_same(key: &Key, stored: &Key) -> bool {
    let mut key = key.clone();
    let places: Vec<_> = key.entries.keys().cloned().chain([EntryName::Headers]).collect();
    for name in places {
        let place = match &name {
            EntryName::Headers => stored.headers_sealed_at,
            EntryName::Default | EntryName::Organization(_) => {
                stored.entries.get(&name).and_then(|entry| entry.sealed_at)
            }
        };
        set_sealed_at(&mut key, &name, place);
    }
    key == *stored
}

/// The changes in the vault: sealed values that the version refers to become current again, and current ones
/// are kept for the versions that refer to them. A sealed value that is current already stays where it is.
async fn copied_forward(
    keys: &impl ReadSealedEntries,
    stored: &Key,
    key: &mut Key,
    next: u64,
) -> Result<Vec<VaultWrite>, Error> {
    let current: BTreeMap<EntryName, u64> = sealed_entries(stored).collect();
    let wanted: BTreeMap<EntryName, u64> = sealed_entries(key).collect();
    let to_copy: BTreeMap<&EntryName, u64> = wanted
        .iter()
        .filter(|(name, version)| current.get(*name) != Some(*version))
        .map(|(name, version)| (name, *version))
        .collect();
    let to_archive: Vec<&EntryName> = current
        .iter()
        .filter(|(name, version)| wanted.get(*name) != Some(*version))
        .map(|(name, _)| name)
        .collect();
    let archived = to_copy.iter().map(|(name, version)| VaultPlace::Archived((*name).clone(), *version));
    let replaced = to_archive.iter().map(|name| VaultPlace::Current((*name).clone()));
    let places: Vec<VaultPlace> = archived.chain(replaced).collect();
    let items = keys.read_sealed_entries(&stored.account, &stored.id, &places).await?;

    let item = |name: &EntryName, version: u64| {
        items.iter().find(|item| item.name == *name && item.version == version)
    };
    let mut writes = Vec::new();
    for (name, version) in to_copy {
        let archived = item(name, version).ok_or(Error::DoesNotOpen)?;
        writes.push(VaultWrite::PutCurrent(SealedEntry { version: next, ..archived.clone() }));
        set_sealed_at(key, name, Some(next));
    }
    for name in to_archive {
        if !wanted.contains_key(name) {
            writes.push(VaultWrite::RemoveCurrent(name.clone()));
        }
        // One that is not there is of no use and of no harm, as in every other change.
        let replaced = current.get(name).and_then(|version| item(name, *version));
        writes.extend(replaced.cloned().map(VaultWrite::Archive));
    }
    Ok(writes)
}
