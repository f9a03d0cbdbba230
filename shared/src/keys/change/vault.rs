//! The changes in the vault: each changed entry is written again, and the previous one is kept under its
//! version.

use std::collections::BTreeMap;

use super::VaultWrite;
use crate::{
    keys::{
        key::Key,
        seal::{FreshSeals, SealedEntry},
    },
    sealing::EntryName,
};

/// The entries with sealed values, each with the version of its vault item.
pub(super) fn sealed_entries(key: &Key) -> impl Iterator<Item = (EntryName, u64)> {
    let headers = key.headers_sealed_at.map(|version| (EntryName::Headers, version));
    let entries = key.entries.iter().filter_map(|(name, entry)| Some((name.clone(), entry.sealed_at?)));
    headers.into_iter().chain(entries)
}

/// The names of an entry's secrets as the key shows them; for headers, of the list's.
pub(super) fn secret_names(key: &Key, name: &EntryName) -> Vec<String> {
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
pub(super) fn touched<'a>(
    stored: &Key,
    key: &Key,
    fresh: impl Iterator<Item = &'a EntryName>,
) -> Vec<EntryName> {
    let fresh: Vec<&EntryName> = fresh.collect();
    sealed_entries(stored)
        .map(|(name, _)| name)
        .filter(|name| fresh.contains(&name) || secret_names(stored, name) != secret_names(key, name))
        .collect()
}

/// The vault items by entry, if every kept secret is in an item that the key's row refers to. An entry that
/// keeps no secret does not need its item, so a missing or wrong item does no harm there: giving every secret
/// again repairs the entry.
pub(super) fn matching(
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

/// Plans the changes in the vault: changed entries are written from their kept and their fresh fields, and
/// the previous items are archived. Updates the key's references to its sealed values.
pub(super) fn vault_writes(
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
        set_sealed_at(key, &name, sealed_at);
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

/// Notes which vault item holds an entry's secrets.
pub(super) fn set_sealed_at(key: &mut Key, name: &EntryName, version: Option<u64>) {
    match name {
        EntryName::Headers => key.headers_sealed_at = version,
        EntryName::Default | EntryName::Organization(_) => {
            if let Some(entry) = key.entries.get_mut(name) {
                entry.sealed_at = version;
            }
        }
    }
}
