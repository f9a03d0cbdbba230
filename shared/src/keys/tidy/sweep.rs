//! The look for sealed values that nothing names. The stream's function purges such values a moment after each change. This
//! finds those that it missed: a record was lost, or the function failed for good and nobody tried its message again.
//!
//! It only looks. Each item that it reports was listed before the references to it were read, and an item without a reference
//! never gets one again, so a change at the same time makes no report.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};

use super::{FoundSealed, KeyOf, KeyRow, named};
use crate::{
    error::Error,
    keys::rewrap::VaultPosition,
    moment::Clock,
    ports::{ListAllSealed, ListKeptVersions, ReadKeyRow},
};

/// How many keys are looked at, at one time.
const AT_ONCE: usize = 8;
/// The time that a page of keys may take at most. With less time left, no other is begun.
const ONE_PAGE: SignedDuration = SignedDuration::from_secs(60);
/// Sealed values of a change that was made this long ago may still be about to be purged.
const GRACE: SignedDuration = SignedDuration::from_mins(15);

/// Sealed items of the vault, one after the other. The items of one key follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedPage {
    /// The items, each with its key.
    pub found: Vec<(KeyOf, FoundSealed)>,
    /// How many items cannot be read.
    pub unreadable: usize,
    /// Where to go on; `None` at the end.
    pub next: Option<VaultPosition>,
}

/// A key with sealed values that nothing names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unnamed {
    /// The key.
    pub key: KeyOf,
    /// How many values.
    pub values: usize,
    /// Since when nothing names them: at the latest since the key's last change.
    pub since: Timestamp,
}

/// What a run found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Swept {
    /// The sealed items that were looked at.
    pub looked_at: usize,
    /// The keys with values that nothing names.
    pub unnamed: Vec<Unnamed>,
    /// Keys with sealed values and without a row. A deletion leaves a tombstone, so such a row was lost.
    pub without_row: Vec<KeyOf>,
    /// Keys whose row or versions cannot be read, so that nobody knows what they name.
    pub unreadable_keys: Vec<KeyOf>,
    /// Items of the vault that cannot be read.
    pub unreadable_items: usize,
    /// Whether this is the whole vault.
    pub finished: bool,
}

impl Swept {
    /// How long the oldest value has been there that nothing names.
    #[must_use]
    pub fn oldest(&self, now: Timestamp) -> Option<SignedDuration> {
        self.unnamed.iter().map(|unnamed| now.duration_since(unnamed.since)).max()
    }
}

/// What became of one key.
enum Outcome {
    Named,
    Unnamed(Unnamed),
    WithoutRow(KeyOf),
    Unreadable(KeyOf),
}

/// Looks through the vault until its end or the time comes.
///
/// # Errors
///
/// What the ports report.
pub async fn sweep(
    store: &(impl ListAllSealed + ReadKeyRow + ListKeptVersions),
    clock: &impl Clock,
    until: Timestamp,
) -> Result<Swept, Error> {
    let mut swept = Swept::default();
    let (mut after, mut rest) = (None, Vec::new());
    while !swept.finished && clock.now().saturating_add(ONE_PAGE).unwrap_or(Timestamp::MAX) <= until {
        let page = store.list_all_sealed(after.as_ref()).await?;
        swept.looked_at += page.found.len();
        swept.unreadable_items += page.unreadable;
        swept.finished = page.next.is_none();
        after = page.next;
        rest.extend(page.found);
        let mut keys: BTreeMap<KeyOf, Vec<FoundSealed>> = BTreeMap::new();
        // The last key may go on in the next page: its items are looked at together.
        let last = rest.last().map(|(key, _)| key.clone()).filter(|_| !swept.finished);
        for (key, sealed) in std::mem::take(&mut rest) {
            if last.as_ref() == Some(&key) {
                rest.push((key, sealed));
            } else {
                keys.entry(key).or_default().push(sealed);
            }
        }
        look_at(store, clock.now(), keys, &mut swept).await?;
    }
    Ok(swept)
}

async fn look_at(
    store: &(impl ReadKeyRow + ListKeptVersions),
    now: Timestamp,
    keys: BTreeMap<KeyOf, Vec<FoundSealed>>,
    swept: &mut Swept,
) -> Result<(), Error> {
    let outcomes = stream::iter(keys).map(|(key, found)| look_at_one(store, now, key, found));
    let outcomes: Vec<Outcome> = outcomes.buffer_unordered(AT_ONCE).try_collect().await?;
    for outcome in outcomes {
        match outcome {
            Outcome::Named => {}
            Outcome::Unnamed(unnamed) => swept.unnamed.push(unnamed),
            Outcome::WithoutRow(key) => swept.without_row.push(key),
            Outcome::Unreadable(key) => swept.unreadable_keys.push(key),
        }
    }
    Ok(())
}

async fn look_at_one(
    store: &(impl ReadKeyRow + ListKeptVersions),
    now: Timestamp,
    (account, key): KeyOf,
    found: Vec<FoundSealed>,
) -> Result<Outcome, Error> {
    let of = (account.clone(), key.clone());
    let row = match store.read_key_row(&account, &key).await {
        Ok(KeyRow::Active(row)) => row,
        Ok(KeyRow::Deleted { at }) => return Ok(unnamed(of, found.len(), at, now)),
        Ok(KeyRow::Absent) => return Ok(Outcome::WithoutRow(of)),
        Err(Error::KeyUnreadable) => return Ok(Outcome::Unreadable(of)),
        Err(error) => return Err(error),
    };
    let is_unnamed =
        |named: &BTreeSet<FoundSealed>| found.iter().filter(|sealed| !named.contains(sealed)).count();
    // Most keys have nothing but what their row names.
    if is_unnamed(&named(&row, &[])) == 0 {
        return Ok(Outcome::Named);
    }
    let versions = match store.list_kept_versions(&account, &key).await {
        Ok(versions) => versions,
        Err(Error::RowUnreadable(_)) => return Ok(Outcome::Unreadable(of)),
        Err(error) => return Err(error),
    };
    match is_unnamed(&named(&row, &versions)) {
        0 => Ok(Outcome::Named),
        values => Ok(unnamed(of, values, row.updated.at, now)),
    }
}

/// What nothing names since then. The stream's function may be about to purge it.
fn unnamed(key: KeyOf, values: usize, since: Timestamp, now: Timestamp) -> Outcome {
    let is_fresh = now.duration_since(since) < GRACE;
    if is_fresh { Outcome::Named } else { Outcome::Unnamed(Unnamed { key, values, since }) }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::{
        error::PortError,
        ids::{AccountId, KeyId},
        keys::tidy::{Currency, KeptVersion},
    };

    const NOW: i64 = 1_000_000;

    struct At(Timestamp);

    impl Clock for At {
        fn now(&self) -> Timestamp {
            self.0
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn key(number: u32) -> KeyOf {
        let id = format!("key_0190f3c1-7f00-7000-8000-{number:012x}");
        ("acme".parse().unwrap(), id.parse().unwrap())
    }

    fn sealed(version: u64) -> FoundSealed {
        FoundSealed { entry: "default".parse().unwrap(), version, currency: Currency::Archived }
    }

    /// Deleted keys, each with two items, of which a page may hold one.
    struct Vault {
        keys: u32,
        page: usize,
        deleted_at: i64,
    }

    impl ListAllSealed for Vault {
        async fn list_all_sealed(&self, after: Option<&VaultPosition>) -> Result<SealedPage, PortError> {
            let from = after.map_or(0, |after| after.row.parse().unwrap());
            let all: Vec<_> = (0..self.keys)
                .flat_map(|number| [(key(number), sealed(1)), (key(number), sealed(2))])
                .collect();
            let found: Vec<_> = all[from..].iter().take(self.page).cloned().collect();
            let end = from + found.len();
            let place = VaultPosition { partition: String::new(), row: end.to_string() };
            Ok(SealedPage { found, unreadable: 0, next: (end < all.len()).then_some(place) })
        }
    }

    impl ReadKeyRow for Vault {
        async fn read_key_row(&self, _: &AccountId, _: &KeyId) -> Result<KeyRow, Error> {
            Ok(KeyRow::Deleted { at: at(self.deleted_at) })
        }
    }

    impl ListKeptVersions for Vault {
        async fn list_kept_versions(&self, _: &AccountId, _: &KeyId) -> Result<Vec<KeptVersion>, Error> {
            Ok(Vec::new())
        }
    }

    fn run(vault: &Vault, seconds: i64) -> Swept {
        sweep(vault, &At(at(NOW)), at(NOW + seconds)).now_or_never().unwrap().unwrap()
    }

    #[test]
    fn the_items_of_a_key_are_looked_at_together_wherever_pages_end() {
        for page in 1..=7 {
            let swept = run(&Vault { keys: 3, page, deleted_at: NOW - 7_200 }, 900);
            let values: Vec<usize> = swept.unnamed.iter().map(|unnamed| unnamed.values).collect();
            assert_eq!((values, swept.looked_at, swept.finished), (vec![2, 2, 2], 6, true), "{page}");
            assert_eq!(swept.oldest(at(NOW)), Some(SignedDuration::from_hours(2)));
        }
    }

    #[test]
    fn what_was_deleted_a_moment_ago_is_still_about_to_be_purged() {
        assert!(run(&Vault { keys: 3, page: 10, deleted_at: NOW - 60 }, 900).unnamed.is_empty());
    }

    #[test]
    fn a_run_that_has_no_time_says_that_it_did_not_finish() {
        let swept = run(&Vault { keys: 3, page: 10, deleted_at: NOW - 7_200 }, 30);
        assert_eq!((swept.looked_at, swept.finished), (0, false));
    }
}
