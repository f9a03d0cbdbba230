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
    keys::rewrap::{PassPlace, VaultPosition},
    moment::Clock,
    ports::{KeepSweep, ListAllSealed, ListKeptVersions, ReadKeyRow},
};

/// How many keys are looked at, at one time.
const AT_ONCE: usize = 8;
/// The time that a page of keys may take at most. With less time left, no other is begun.
const ONE_PAGE: SignedDuration = SignedDuration::from_secs(60);
/// Sealed values of a change that was made this long ago may still be about to be purged.
const GRACE: SignedDuration = SignedDuration::from_mins(15);

/// A sealed item of the vault, with its key and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedSealed {
    /// The key that it belongs to.
    pub key: KeyOf,
    /// The item.
    pub sealed: FoundSealed,
    /// Where it stands.
    pub position: VaultPosition,
}

/// Sealed items of the vault, one after the other. The items of one key follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedPage {
    /// The items.
    pub found: Vec<PlacedSealed>,
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

/// A scheduled look at the whole vault, which several runs take together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SweepPass {
    /// When it began.
    pub began: Timestamp,
    /// Since when nothing names the oldest value, of those that it has found.
    pub oldest: Option<Timestamp>,
    /// How many values it has found that nothing names.
    pub values: u64,
    /// How far it has come.
    pub place: PassPlace,
}

impl SweepPass {
    /// How long after one look began the next one begins.
    pub const EVERY: SignedDuration = SignedDuration::from_hours(24);
    /// A run that starts this much earlier than a day after the last look begins the next one, since runs do not start to the second.
    const EARLY: SignedDuration = SignedDuration::from_mins(5);

    /// A look that begins now.
    #[must_use]
    pub const fn new(began: Timestamp) -> Self {
        Self { began, oldest: None, values: 0, place: PassPlace::Begun }
    }

    /// The look that a run has to go on with: this one, or another that begins now.
    #[must_use]
    pub fn to_go_on_with(self, now: Timestamp) -> Self {
        let is_due = now.duration_since(self.began) >= Self::EVERY - Self::EARLY;
        if self.place == PassPlace::Ended && is_due { Self::new(now) } else { self }
    }

    /// Adds what a page showed.
    fn add(&mut self, unnamed: &[Unnamed], place: PassPlace) {
        let values: usize = unnamed.iter().map(|unnamed| unnamed.values).sum();
        self.values = self.values.saturating_add(u64::try_from(values).unwrap_or(u64::MAX));
        let found = unnamed.iter().map(|unnamed| unnamed.since);
        self.oldest = found.chain(self.oldest).min();
        self.place = place;
    }
}

/// The request for a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SweepAsked {
    /// Where to go on; `None` from the beginning.
    pub after: Option<VaultPosition>,
    /// The time at which the run will be stopped.
    pub until: Timestamp,
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
    /// Where to go on. Nothing of the keys behind this place was looked at.
    pub next: Option<VaultPosition>,
    /// Whether the run came to the end of the vault.
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

/// Looks through the vault until its end or the time comes. Of a scheduled look, how far it came is kept after each page, so that
/// the next run goes on there however this one ends.
///
/// # Errors
///
/// What the ports report.
pub async fn sweep(
    store: &(impl ListAllSealed + ReadKeyRow + ListKeptVersions + KeepSweep),
    clock: &impl Clock,
    asked: SweepAsked,
    mut pass: Option<&mut SweepPass>,
) -> Result<Swept, Error> {
    let (mut after, mut rest) = (asked.after.clone(), Vec::new());
    let mut swept = Swept { next: asked.after, ..Swept::default() };
    while !swept.finished && clock.now().saturating_add(ONE_PAGE).unwrap_or(Timestamp::MAX) <= asked.until {
        let page = store.list_all_sealed(after.as_ref()).await?;
        swept.looked_at += page.found.len();
        swept.unreadable_items += page.unreadable;
        swept.finished = page.next.is_none();
        // The last key may go on in the next page: its items are looked at together.
        let last = page.found.last().map(|item| item.key.clone()).filter(|_| !swept.finished);
        rest.extend(page.found);
        let mut keys: BTreeMap<KeyOf, Vec<FoundSealed>> = BTreeMap::new();
        for item in std::mem::take(&mut rest) {
            if last.as_ref() == Some(&item.key) {
                rest.push(item);
            } else {
                swept.next = Some(item.position);
                keys.entry(item.key).or_default().push(item.sealed);
            }
        }
        if rest.is_empty() {
            swept.next.clone_from(&page.next);
        }
        after = page.next;
        let known = swept.unnamed.len();
        look_at(store, clock.now(), keys, &mut swept).await?;
        if let Some(pass) = pass.as_deref_mut() {
            let place = match &swept.next {
                _ if swept.finished => PassPlace::Ended,
                Some(position) => PassPlace::After(position.clone()),
                None => PassPlace::Begun,
            };
            pass.add(swept.unnamed.get(known..).unwrap_or_default(), place);
            store.write_sweep(pass).await?;
        }
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
        Ok(KeyRow::Recoverable(deleted)) if now < deleted.until => Box::new(deleted.key),
        // It should have been ended.
        Ok(KeyRow::Recoverable(deleted)) => return Ok(unnamed(of, found.len(), deleted.until, now)),
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
    use std::sync::Mutex;

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
        /// Where each page began.
        seen: Mutex<Vec<usize>>,
        kept: Mutex<Option<SweepPass>>,
    }

    impl Vault {
        fn of(keys: u32, page: usize, deleted_at: i64) -> Self {
            Self { keys, page, deleted_at, seen: Mutex::default(), kept: Mutex::default() }
        }
    }

    impl KeepSweep for Vault {
        async fn read_sweep(&self) -> Result<Option<SweepPass>, PortError> {
            Ok(self.kept.lock().unwrap().clone())
        }

        async fn write_sweep(&self, pass: &SweepPass) -> Result<(), PortError> {
            *self.kept.lock().unwrap() = Some(pass.clone());
            Ok(())
        }
    }

    impl ListAllSealed for Vault {
        async fn list_all_sealed(&self, after: Option<&VaultPosition>) -> Result<SealedPage, PortError> {
            let from = after.map_or(0, |after| after.row.parse().unwrap());
            let all: Vec<_> =
                (0..self.keys).flat_map(|number| [1, 2].map(|version| (key(number), version))).collect();
            let place = |end: usize| VaultPosition { partition: String::new(), row: end.to_string() };
            let placed = |(index, (key, version)): (usize, &(KeyOf, u64))| PlacedSealed {
                key: key.clone(),
                sealed: sealed(*version),
                position: place(index + 1),
            };
            self.seen.lock().unwrap().push(from);
            let found: Vec<_> = all.iter().enumerate().skip(from).take(self.page).map(placed).collect();
            let end = from + found.len();
            Ok(SealedPage { found, unreadable: 0, next: (end < all.len()).then_some(place(end)) })
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
        let asked = SweepAsked { after: None, until: at(NOW + seconds) };
        sweep(vault, &At(at(NOW)), asked, None).now_or_never().unwrap().unwrap()
    }

    #[test]
    fn the_items_of_a_key_are_looked_at_together_wherever_pages_end() {
        for page in 1..=7 {
            let swept = run(&Vault::of(3, page, NOW - 7_200), 900);
            let values: Vec<usize> = swept.unnamed.iter().map(|unnamed| unnamed.values).collect();
            assert_eq!((values, swept.looked_at, swept.finished), (vec![2, 2, 2], 6, true), "{page}");
            assert_eq!(swept.oldest(at(NOW)), Some(SignedDuration::from_hours(2)));
        }
    }

    #[test]
    fn what_was_deleted_a_moment_ago_is_still_about_to_be_purged() {
        assert!(run(&Vault::of(3, 10, NOW - 60), 900).unnamed.is_empty());
    }

    #[test]
    fn a_run_that_has_no_time_says_that_it_did_not_finish() {
        let swept = run(&Vault::of(3, 10, NOW - 7_200), 30);
        assert_eq!((swept.looked_at, swept.finished), (0, false));
    }

    /// A clock that goes on by half a minute with each look at it.
    struct Ticking(Mutex<i64>);

    impl Clock for Ticking {
        fn now(&self) -> Timestamp {
            let mut second = self.0.lock().unwrap();
            *second += 30;
            at(*second)
        }
    }

    /// Runs that have the time for a page or two each, until the look has ended: how many they were, and what each found.
    fn runs(vault: &Vault) -> Vec<Swept> {
        let clock = Ticking(Mutex::new(NOW));
        let mut pass = SweepPass::new(at(NOW));
        let mut all = Vec::new();
        while pass.place != PassPlace::Ended {
            let after = match &pass.place {
                PassPlace::After(position) => Some(position.clone()),
                PassPlace::Begun | PassPlace::Ended => None,
            };
            let until = clock.now() + SignedDuration::from_secs(100);
            let asked = SweepAsked { after, until };
            all.push(sweep(vault, &clock, asked, Some(&mut pass)).now_or_never().unwrap().unwrap());
            assert!(all.len() < 100, "it goes on");
        }
        assert_eq!(vault.kept.lock().unwrap().as_ref(), Some(&pass));
        all
    }

    #[test]
    fn runs_without_time_for_the_whole_vault_go_on_where_the_one_before_stopped() {
        for page in 3..=7 {
            let vault = Vault::of(20, page, NOW - 7_200);
            let all = runs(&vault);
            assert!(all.len() > 2, "{page}: {} runs", all.len());
            // Each key is looked at once, with both of its items.
            let found: Vec<_> = all.iter().flat_map(|swept| &swept.unnamed).collect();
            let keys: BTreeSet<_> = found.iter().map(|unnamed| &unnamed.key).collect();
            assert_eq!((found.len(), keys.len()), (20, 20), "{page}");
            assert!(found.iter().all(|unnamed| unnamed.values == 2), "{page}");
            let kept = vault.kept.lock().unwrap().clone().unwrap();
            assert_eq!((kept.values, kept.oldest), (40, Some(at(NOW - 7_200))));
            // No run begins before the last key of the run before.
            let seen = vault.seen.lock().unwrap().clone();
            assert!(seen.windows(2).all(|pair| pair[1] + 2 > pair[0]), "{seen:?}");
        }
    }

    #[test]
    fn a_look_begins_once_a_day_and_one_that_has_not_ended_goes_on() {
        let ended = SweepPass { place: PassPlace::Ended, values: 3, ..SweepPass::new(at(NOW)) };
        let hours = |hours: i64| at(NOW + hours * 3_600);
        assert_eq!(ended.clone().to_go_on_with(hours(23)), ended);
        assert_eq!(ended.to_go_on_with(hours(24)), SweepPass::new(hours(24)));
        let begun = SweepPass::new(at(NOW));
        assert_eq!(begun.clone().to_go_on_with(hours(48)), begun);
    }
}
