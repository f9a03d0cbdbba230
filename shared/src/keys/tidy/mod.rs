//! The work after a change of a key: purge the sealed values that no version refers to any more, bring the index of words to what
//! its row says, and write the key's health into its row.
//!
//! The table's stream starts it at least once for each change. Everything here can run twice, in any order,
//! and at the same time as another change. The stored items are listed first, then the references to them are
//! read. An item without a reference never gets one again, so every item in the first list that is not in the
//! second can be purged. Each purge is conditional on the item that was found.

mod batch;
mod sweep;

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::{
    connect::end_grants,
    error::Error,
    ids::{AccountId, KeyId},
    keys::{
        change::Recoverable,
        health::{self, Health},
        key::Key,
        seal::VaultPlace,
        search,
        told::tell_health,
    },
    moment::Clock,
    ports::{
        Announce, EndGrant, IndexWords, ListGrants, ListKeptVersions, ListSealedPlaces, PurgeKey, ReadHealth,
        ReadKey, ReadKeyRow, ShowHealth,
    },
    sealing::EntryName,
};

pub use batch::{KeyOf, Seen, Undone, Used, Why, note_each, tidy_each};
pub(crate) use batch::{Piece, for_each};
pub use sweep::{PlacedSealed, SealedPage, SweepAsked, SweepPass, Swept, Unnamed, sweep};

/// The item in the place of a key's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyRow {
    /// The key.
    Active(Box<Key>),
    /// A deleted key that can be brought back.
    Recoverable(Box<Recoverable>),
    /// The tombstone of a key that ended.
    Deleted {
        /// When it ended.
        at: Timestamp,
    },
    /// No item. The end of a key always leaves a tombstone, so the row was lost or removed by other means and may
    /// come back. Nothing is destroyed.
    Absent,
}

/// A sealed entry as it was found in the vault, without its content.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FoundSealed {
    /// Its entry.
    pub entry: EntryName,
    /// The version that it was written with.
    pub version: u64,
    /// Whether it is the current entry.
    pub currency: Currency,
}

/// Whether uses open this sealed entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Currency {
    /// It is.
    Current,
    /// It is kept for the versions that name it.
    Archived,
}

impl FoundSealed {
    /// Where the vault holds it.
    #[must_use]
    pub fn place(&self) -> VaultPlace {
        match self.currency {
            Currency::Current => VaultPlace::Current(self.entry.clone()),
            Currency::Archived => VaultPlace::Archived(self.entry.clone(), self.version),
        }
    }
}

/// Which sealed entries a kept version of a key names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptVersion {
    /// The version.
    pub version: u64,
    /// The entries that it has, each with the version of the vault item that holds its secrets, if it has any.
    pub entries: Vec<(EntryName, Option<u64>)>,
}

/// Everything that the work after a change needs.
pub trait Tidying:
    ListSealedPlaces
    + ReadKeyRow
    + ListKeptVersions
    + ReadHealth
    + PurgeKey
    + ShowHealth
    + IndexWords
    + ListGrants
    + EndGrant
    + Announce
    + ReadKey
{
}

impl<T> Tidying for T where
    T: ListSealedPlaces
        + ReadKeyRow
        + ListKeptVersions
        + ReadHealth
        + PurgeKey
        + ShowHealth
        + IndexWords
        + ListGrants
        + EndGrant
        + Announce
        + ReadKey
{
}

/// Brings vault, versions, index and row of a key in order, and lets it tell how it fares.
///
/// # Errors
///
/// [`Error::KeyUnreadable`] and [`Error::RowUnreadable`] when the row or a version cannot be read: nothing is purged that
/// it might name. Otherwise what the ports report.
pub async fn tidy(
    store: &impl Tidying,
    clock: &impl Clock,
    account: &AccountId,
    key: &KeyId,
    seen: Seen,
) -> Result<(), Error> {
    // The order matters: the references are read after the items were listed, and the row after what is written down of it.
    let found = store.list_sealed_places(account, key).await?;
    let recorded = match seen {
        Seen::Changed => Some(store.read_indexed(account, key).await?),
        // A trial changes no word.
        Seen::Tried => None,
    };
    let row = store.read_key_row(account, key).await?;
    purge(store, account, key, &found, &row).await?;
    // No purge waits for the index or for health.
    if let Some(recorded) = recorded {
        search::index(store, account, key, &recorded, &row).await?;
    }
    let (shown, active) = match &row {
        KeyRow::Active(row) => (row.as_ref(), Some(row)),
        KeyRow::Recoverable(deleted) => (&deleted.key, None),
        KeyRow::Deleted { .. } | KeyRow::Absent => return Ok(()),
    };
    let health = store.read_health(account, key).await?;
    show_health(store, shown, health.entries).await?;
    match active {
        Some(row) => tell_health(store, clock, row, &health.verdicts).await,
        None => Ok(()),
    }
}

/// Destroys what neither the row nor a kept version names.
async fn purge(
    store: &(impl ListKeptVersions + ReadHealth + PurgeKey + ListGrants + EndGrant),
    account: &AccountId,
    key: &KeyId,
    found: &[FoundSealed],
    row: &KeyRow,
) -> Result<(), Error> {
    let row = match row {
        KeyRow::Active(row) => row.as_ref(),
        // Its values stay, and are as before.
        KeyRow::Recoverable(deleted) => &deleted.key,
        KeyRow::Deleted { at } => {
            purge_all(store, account, key, found).await?;
            return end_grants(store, (account, key), None, *at).await.map(drop);
        }
        KeyRow::Absent => return Ok(()),
    };
    let versions = store.list_kept_versions(account, key).await?;
    let named = named(row, &versions);
    for sealed in found.iter().filter(|sealed| !named.contains(sealed)) {
        store.purge_sealed(account, key, sealed).await?;
    }
    for kept in &versions {
        let removed: Vec<_> =
            kept.entries.iter().filter(|(name, _)| is_removed(row, name, kept.version)).collect();
        if !removed.is_empty() {
            let names: Vec<EntryName> = removed.into_iter().map(|(name, _)| name.clone()).collect();
            store.forget_in_version(account, key, kept.version, &names).await?;
        }
    }
    if is_connected(row)? {
        end_grants(store, (account, key), Some(row), row.updated.at).await?;
    }
    Ok(())
}

/// Whether a key has grants, or may have had some.
fn is_connected(row: &Key) -> Result<bool, Error> {
    let variant = row.template()?.variant(&row.auth);
    let connects = variant.is_some_and(|variant| variant.strategy().authorization_code().is_some());
    Ok(connects || !row.connections.is_empty())
}

/// Nothing is left of a deleted key but its tombstone and its trail. The sealed values go first, whatever is wrong with the
/// rest.
async fn purge_all(
    store: &(impl ListKeptVersions + ReadHealth + PurgeKey),
    account: &AccountId,
    key: &KeyId,
    found: &[FoundSealed],
) -> Result<(), Error> {
    for sealed in found {
        store.purge_sealed(account, key, sealed).await?;
    }
    store.purge_last_use(account, key).await?;
    let health = store.read_health(account, key).await?;
    let unreadable = health.unreadable.iter().filter_map(|name| name.parse().ok());
    for entry in health.entries.into_iter().map(|health| health.entry).chain(unreadable) {
        store.purge_health(account, key, &entry).await?;
    }
    for kept in store.list_kept_versions(account, key).await? {
        store.purge_version(account, key, kept.version).await?;
    }
    Ok(())
}

/// The row shows the health of the entries that there are, as far as it is about the key's version.
async fn show_health(
    store: &(impl PurgeKey + ShowHealth),
    row: &Key,
    health: Vec<Health>,
) -> Result<(), Error> {
    let newest = health::last_tried(&health);
    let (current, gone): (Vec<_>, Vec<_>) =
        health.into_iter().partition(|health| row.entries.contains_key(&health.entry));
    for health in &gone {
        store.purge_health(&row.account, &row.id, &health.entry).await?;
    }
    if let Some(newest) = newest {
        let result = health::worst(&current, row.version).map(|health| health.result);
        store.show_health(&row.account, &row.id, result, newest).await?;
    }
    Ok(())
}

/// The sealed entries that the row or a kept version names.
fn named(row: &Key, versions: &[KeptVersion]) -> BTreeSet<FoundSealed> {
    let headers = row.headers_sealed_at.map(|version| (EntryName::Headers, version));
    let entries = row.entries.iter().filter_map(|(name, entry)| Some((name.clone(), entry.sealed_at?)));
    let current = headers.into_iter().chain(entries);
    let mut named: BTreeSet<_> =
        current.map(|(entry, version)| FoundSealed { entry, version, currency: Currency::Current }).collect();
    for kept in versions {
        for (entry, sealed_at) in &kept.entries {
            if let Some(version) = *sealed_at
                && !is_removed(row, entry, kept.version)
            {
                named.insert(FoundSealed { entry: entry.clone(), version, currency: Currency::Archived });
            }
        }
    }
    named
}

/// Whether an organization was removed after a version: that version has no entry of it any more.
fn is_removed(row: &Key, entry: &EntryName, version: u64) -> bool {
    match entry {
        EntryName::Organization(organization) => {
            row.removed.get(organization).is_some_and(|removed_at| *removed_at > version)
        }
        EntryName::Default | EntryName::Headers => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::change;

    fn sealed(entry: &str, version: u64, currency: Currency) -> FoundSealed {
        FoundSealed { entry: entry.parse().unwrap(), version, currency }
    }

    fn kept(version: u64, entries: &[(&str, Option<u64>)]) -> KeptVersion {
        let entries = entries.iter().map(|(name, at)| (name.parse().unwrap(), *at));
        KeptVersion { version, entries: entries.collect() }
    }

    fn row() -> Key {
        let mut key = change::tests::stored();
        let entry = key.entries.remove(&EntryName::Default).unwrap();
        key.entries.insert("org_2".parse().unwrap(), crate::keys::key::Entry { sealed_at: Some(4), ..entry });
        key.removed.insert("org_1".parse().unwrap(), 5);
        key.version = 6;
        key
    }

    #[test]
    fn a_sealed_value_is_named_by_the_row_or_by_a_version_of_an_organization_that_is_still_there() {
        let versions = [
            kept(3, &[("org_1", Some(2)), ("org_2", Some(3))]),
            kept(4, &[("org_1", Some(2)), ("org_2", Some(4))]),
            kept(6, &[("org_2", Some(4))]),
        ];
        let named = named(&row(), &versions);
        assert!(named.contains(&sealed("org_2", 4, Currency::Current)));
        assert!(named.contains(&sealed("org_2", 3, Currency::Archived)));
        // The organization was removed with version 5: no version before that names it any more.
        assert!(!named.contains(&sealed("org_1", 2, Currency::Archived)));
        assert!(!named.contains(&sealed("org_2", 3, Currency::Current)));
    }

    #[test]
    fn an_organization_that_came_back_is_named_by_what_came_after() {
        let mut row = row();
        row.removed.insert("org_2".parse().unwrap(), 3);
        let versions =
            [kept(2, &[("org_2", Some(2))]), kept(4, &[("org_2", Some(4))]), kept(5, &[("org_2", Some(4))])];
        let named = named(&row, &versions);
        assert!(!named.contains(&sealed("org_2", 2, Currency::Archived)));
        assert!(named.contains(&sealed("org_2", 4, Currency::Current)));
    }
}
