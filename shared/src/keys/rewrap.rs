//! Re-wraps data keys without opening them: under the wrapping key's new material after a rotation, or under
//! another wrapping key that replaces it.
//!
//! This code never holds a data key in the clear, and no sealed value. Only the key management service knows
//! whether a data key is current: its answer names the material before and after. This is not stored beside
//! the data key, where it could be wrong.
//!
//! Every step can be repeated, and a run can be stopped anywhere. If a key is changed meanwhile, the change
//! wins: its entry is skipped and checked by the next run.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::{
    error::PortError,
    ids::{AccountId, AppId, KeyId, SealId},
    moment::Clock,
    ports::{ListWrapped, ReWrapDataKey, ReplaceWrapped},
    sealing::{EncryptionContext, Owner, RewrapError, Rewrapped, SealKind, WrappedDataKey},
};

/// What one item may take at most, with every try of its calls. With less time left, no other is begun.
const ONE_ITEM: SignedDuration = SignedDuration::from_secs(20);
/// The most items of one look at the vault.
const PAGE: u32 = 100;

/// Where an item stands in the vault, readable or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultPosition {
    /// The partition.
    pub partition: String,
    /// The row within it.
    pub row: String,
}

/// The wrapped data keys of a sealed entry, without what is sealed under them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedEntry {
    /// Whose it is.
    pub account: AccountId,
    /// What is sealed under its data keys.
    pub kind: SealKind,
    /// What it belongs to.
    pub owner: WrappedFor,
    /// Where the vault holds it.
    pub position: VaultPosition,
    /// The wrapped data keys, by the write that each was made for.
    pub seals: BTreeMap<SealId, WrappedDataKey>,
}

/// What a sealed entry belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WrappedFor {
    /// A key.
    Key(KeyId),
    /// An app.
    App(AppId),
}

impl WrappedFor {
    const fn owner(&self) -> Owner<'_> {
        match self {
            Self::Key(id) => Owner::Key(id),
            Self::App(id) => Owner::App(id),
        }
    }
}

/// An item of the vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundWrapped {
    /// Where it stands.
    pub position: VaultPosition,
    /// The item; `None` when it cannot be read.
    pub entry: Option<WrappedEntry>,
}

/// Some items of the vault, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedPage {
    /// The items.
    pub found: Vec<FoundWrapped>,
    /// Where to go on; `None` at the end.
    pub next: Option<VaultPosition>,
}

/// What became of new wrapped data keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replaced {
    /// They are in the place of the old ones.
    Done,
    /// The old data keys are gone or are just being changed. Nothing was replaced.
    Changed,
}

/// Whether anything is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Replaces data keys that are not current.
    Replace,
    /// Only counts data keys that are not current.
    Count,
}

/// The request for a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Whether anything is written.
    pub mode: Mode,
    /// The most items to look at; `None` for as many as there is time for.
    pub limit: Option<u32>,
    /// Where to go on; `None` from the beginning.
    pub after: Option<VaultPosition>,
    /// The time at which the run will be stopped.
    pub until: Timestamp,
}

/// The result of a run. Items that are counted in none of the members below were current already.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// The items that were looked at.
    pub looked_at: u64,
    /// Items that were re-wrapped.
    pub rewrapped: u64,
    /// Items that are not current and were left as they are: they were only counted, or changed
    /// meanwhile.
    pub left: u64,
    /// Items that cannot be read or do not unwrap.
    pub failed: Vec<VaultPosition>,
    /// Where to go on; `None` at the end of the vault.
    pub next: Option<VaultPosition>,
}

/// The wrapping keys that a pass is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Under<'k> {
    /// The key that wraps.
    pub key: &'k str,
    /// Whether it takes over from another key, which is still used to unwrap.
    pub takes_over: bool,
}

/// A scheduled pass over the whole vault, which several runs make together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pass {
    /// The wrapping key that it wraps with. Another key begins another pass.
    pub under: String,
    /// When the first pass under this key began.
    pub since: Timestamp,
    /// When it began.
    pub began: Timestamp,
    /// The items that were not wrapped by this key as it is now, before they were looked at.
    pub not_current: u64,
    /// The items that could not be read or unwrapped.
    pub failed: u64,
    /// Whether a whole pass under this key found everything wrapped by it. A former key is not needed any more.
    pub nothing_left: bool,
    /// How far it has come.
    pub place: PassPlace,
}

/// How far a pass has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PassPlace {
    /// Nothing was looked at.
    Begun,
    /// It goes on after this item.
    After(VaultPosition),
    /// It came to the end of the vault.
    Ended,
}

impl Pass {
    /// How long after a pass began the next one begins.
    pub const EVERY: SignedDuration = SignedDuration::from_hours(7 * 24);
    /// How long functions of the deployment before may still wrap with the former key. Lambda ends a process that runs older
    /// code when its request ends, and a deployment changes one function after the other.
    pub const OLD_FUNCTIONS: SignedDuration = SignedDuration::from_mins(15);

    /// A first pass under a key, which begins now.
    #[must_use]
    pub const fn new(under: String, now: Timestamp) -> Self {
        Self {
            under,
            since: now,
            began: now,
            not_current: 0,
            failed: 0,
            nothing_left: false,
            place: PassPlace::Begun,
        }
    }

    /// The pass that a run has to go on with: this one, or another that begins now. A key that takes over begins one after the
    /// other, until nothing is left for it.
    #[must_use]
    pub fn to_go_on_with(self, under: &Under<'_>, now: Timestamp) -> Self {
        if self.under != under.key {
            return Self::new(under.key.to_owned(), now);
        }
        let is_due = self.began.saturating_add(Self::EVERY).is_ok_and(|next| next <= now);
        let is_needed = is_due || (under.takes_over && !self.nothing_left);
        if self.place == PassPlace::Ended && is_needed {
            Self { began: now, not_current: 0, failed: 0, place: PassPlace::Begun, ..self }
        } else {
            self
        }
    }

    /// The same pass after a run of it.
    #[must_use]
    pub fn after(self, tally: &Tally) -> Self {
        let place = tally.next.clone().map_or(PassPlace::Ended, PassPlace::After);
        let failed = self.failed.saturating_add(u64::try_from(tally.failed.len()).unwrap_or(u64::MAX));
        let not_current = self.not_current.saturating_add(tally.rewrapped).saturating_add(tally.left);
        let nothing_left = if place == PassPlace::Ended {
            let is_late_enough = self.began.duration_since(self.since) >= Self::OLD_FUNCTIONS;
            is_late_enough && failed == 0 && not_current == 0
        } else {
            self.nothing_left
        };
        Self { not_current, failed, nothing_left, place, ..self }
    }
}

/// What became of one item.
enum Outcome {
    Current,
    Rewrapped,
    Left,
    Failed,
}

/// Looks at items of the vault one by one, until its end, the limit, or the time comes. It looks at one at least.
///
/// # Errors
///
/// What the ports report when nothing was done as yet. Later on, what is done is told, and where to go on.
pub async fn rewrap(
    vault: &(impl ListWrapped + ReplaceWrapped),
    wrapping: &impl ReWrapDataKey,
    clock: &impl Clock,
    asked: &Asked,
) -> Result<Tally, PortError> {
    let mut tally = Tally { next: asked.after.clone(), ..Tally::default() };
    loop {
        let size = left_of(asked, &tally).unwrap_or(PAGE).min(PAGE);
        let page = match vault.list_wrapped(tally.next.as_ref(), size).await {
            Ok(page) => page,
            Err(error) => return stopped(tally, error),
        };
        for found in page.found {
            if tally.looked_at > 0 && is_short(asked, clock) {
                return Ok(tally);
            }
            let outcome = match found.entry {
                None => Outcome::Failed,
                Some(entry) => match one(vault, wrapping, &entry, asked.mode).await {
                    Ok(outcome) => outcome,
                    Err(error) => return stopped(tally, error),
                },
            };
            tally.count(outcome, found.position);
        }
        tally.next = page.next;
        if tally.next.is_none() || left_of(asked, &tally) == Some(0) || is_short(asked, clock) {
            return Ok(tally);
        }
    }
}

/// How many items may be looked at yet.
fn left_of(asked: &Asked, tally: &Tally) -> Option<u32> {
    let looked_at = u32::try_from(tally.looked_at).unwrap_or(u32::MAX);
    asked.limit.map(|limit| limit.saturating_sub(looked_at))
}

fn is_short(asked: &Asked, clock: &impl Clock) -> bool {
    clock.now().saturating_add(ONE_ITEM).map_or(true, |end| end >= asked.until)
}

/// A run that has done something answers with its result rather than with the error.
fn stopped(tally: Tally, error: PortError) -> Result<Tally, PortError> {
    if tally.looked_at == 0 { Err(error) } else { Ok(tally) }
}

impl Tally {
    fn count(&mut self, outcome: Outcome, position: VaultPosition) {
        self.looked_at += 1;
        match outcome {
            Outcome::Current => {}
            Outcome::Rewrapped => self.rewrapped += 1,
            Outcome::Left => self.left += 1,
            Outcome::Failed => self.failed.push(position.clone()),
        }
        self.next = Some(position);
    }
}

/// Re-wraps one item. A data key that does not unwrap does not stop the others.
///
/// # Errors
///
/// What the ports report that passes: what they refuse is this item's failure.
async fn one(
    vault: &impl ReplaceWrapped,
    wrapping: &impl ReWrapDataKey,
    entry: &WrappedEntry,
    mode: Mode,
) -> Result<Outcome, PortError> {
    let mut anew = BTreeMap::new();
    let mut failed = false;
    for (seal, wrapped) in &entry.seals {
        let context = EncryptionContext::of(entry.kind, &entry.account, entry.owner.owner(), seal);
        match wrapping.re_wrap_data_key(&context, wrapped).await {
            Ok(Rewrapped::Current) => {}
            Ok(Rewrapped::Anew(new)) => drop(anew.insert(seal.clone(), new)),
            Err(RewrapError::Port(error @ PortError::Unavailable { .. })) => return Err(error),
            Err(
                RewrapError::DoesNotUnwrap
                | RewrapError::Port(
                    PortError::Refused { .. }
                    | PortError::NotCalled { .. }
                    | PortError::UnusableAnswer { .. },
                ),
            ) => failed = true,
        }
    }
    let outcome = if anew.is_empty() {
        Outcome::Current
    } else if mode == Mode::Count {
        Outcome::Left
    } else {
        match vault.replace_wrapped(entry, &anew).await {
            Ok(Replaced::Done) => Outcome::Rewrapped,
            Ok(Replaced::Changed) => Outcome::Left,
            Err(error @ PortError::Unavailable { .. }) => return Err(error),
            Err(
                PortError::Refused { .. } | PortError::NotCalled { .. } | PortError::UnusableAnswer { .. },
            ) => Outcome::Failed,
        }
    };
    Ok(if failed { Outcome::Failed } else { outcome })
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, MutexGuard};

    use super::*;
    use crate::fakes::{Still, now};

    /// Entries of one data key each: its first byte is the generation that it is wrapped under. Generation 2 is current, 9
    /// does not unwrap, and 8 lets the service be away.
    struct Vault(Mutex<Vec<u8>>);

    const CURRENT: u8 = 2;

    impl Vault {
        fn of(generations: &[u8]) -> Self {
            Self(Mutex::new(generations.to_vec()))
        }

        fn generations(&self) -> MutexGuard<'_, Vec<u8>> {
            self.0.lock().unwrap()
        }
    }

    fn position(index: usize) -> VaultPosition {
        VaultPosition { partition: "acme".to_owned(), row: index.to_string() }
    }

    fn seal(index: usize) -> SealId {
        format!("seal_0190f3c1-7f00-7000-8000-{index:012x}").parse().unwrap()
    }

    fn away() -> PortError {
        PortError::Unavailable { service: "KMS", source: "away".into() }
    }

    impl ListWrapped for Vault {
        async fn list_wrapped(
            &self,
            after: Option<&VaultPosition>,
            limit: u32,
        ) -> Result<WrappedPage, PortError> {
            let all = self.generations().clone();
            let start = after.map_or(0, |after| after.row.parse::<usize>().unwrap() + 1);
            let found: Vec<_> = all
                .iter()
                .enumerate()
                .skip(start)
                .take(limit as usize)
                .map(|(index, generation)| FoundWrapped {
                    position: position(index),
                    entry: (*generation != 0).then(|| WrappedEntry {
                        account: "acme".parse().unwrap(),
                        kind: SealKind::Field,
                        owner: WrappedFor::Key("key_0190f3c1-7f00-7000-8000-0123456789ab".parse().unwrap()),
                        position: position(index),
                        seals: BTreeMap::from([(seal(index), vec![*generation].into())]),
                    }),
                })
                .collect();
            let next = found.last().map(|found| found.position.clone());
            Ok(WrappedPage { next: next.filter(|last| *last != position(all.len() - 1)), found })
        }
    }

    impl ReplaceWrapped for Vault {
        async fn replace_wrapped(
            &self,
            entry: &WrappedEntry,
            anew: &BTreeMap<SealId, WrappedDataKey>,
        ) -> Result<Replaced, PortError> {
            let mut generations = self.generations();
            for index in 0..generations.len() {
                if entry.seals.contains_key(&seal(index)) {
                    if anew[&seal(index)].as_bytes() == [7] {
                        return Ok(Replaced::Changed);
                    }
                    generations[index] = CURRENT;
                }
            }
            Ok(Replaced::Done)
        }
    }

    /// A data key of generation 7 is found changed when it is to be replaced.
    struct Wrapping;

    impl ReWrapDataKey for Wrapping {
        async fn re_wrap_data_key(
            &self,
            _: &EncryptionContext,
            wrapped: &WrappedDataKey,
        ) -> Result<Rewrapped, RewrapError> {
            match wrapped.as_bytes() {
                [CURRENT] => Ok(Rewrapped::Current),
                [9] => Err(RewrapError::DoesNotUnwrap),
                [8] => Err(away().into()),
                [7] => Ok(Rewrapped::Anew(vec![7].into())),
                _ => Ok(Rewrapped::Anew(vec![CURRENT].into())),
            }
        }
    }

    fn asked(mode: Mode, limit: Option<u32>, seconds: i64) -> Asked {
        let until = Still.now() + SignedDuration::from_secs(seconds);
        Asked { mode, limit, after: None, until }
    }

    fn run(vault: &Vault, asked: &Asked) -> Result<Tally, PortError> {
        now(rewrap(vault, &Wrapping, &Still, asked))
    }

    #[test]
    fn what_is_not_current_is_replaced_once() {
        let vault = Vault::of(&[1, 2, 1]);
        let all = asked(Mode::Replace, None, 900);
        let expected = Tally { looked_at: 3, rewrapped: 2, ..Tally::default() };
        assert_eq!(run(&vault, &all).unwrap(), expected);
        assert_eq!(*vault.generations(), [2, 2, 2]);
        assert_eq!(run(&vault, &all).unwrap(), Tally { looked_at: 3, ..Tally::default() });
    }

    #[test]
    fn counting_writes_nothing() {
        let vault = Vault::of(&[1, 2, 1]);
        let tally = run(&vault, &asked(Mode::Count, None, 900)).unwrap();
        assert_eq!(tally, Tally { looked_at: 3, left: 2, ..Tally::default() });
        assert_eq!(*vault.generations(), [1, 2, 1]);
    }

    #[test]
    fn what_fails_or_changes_in_between_keeps_no_other_from_it() {
        let vault = Vault::of(&[1, 0, 9, 7, 1]);
        let tally = run(&vault, &asked(Mode::Replace, None, 900)).unwrap();
        let failed = vec![position(1), position(2)];
        assert_eq!(tally, Tally { looked_at: 5, rewrapped: 2, left: 1, failed, next: None });
        assert_eq!(*vault.generations(), [2, 0, 9, 7, 2]);
    }

    #[test]
    fn a_pass_goes_on_until_its_end_and_a_week_later_another_begins() {
        let began = Still.now();
        let is_over = |pass: &Pass, key: &str, now: Timestamp| {
            pass.clone().to_go_on_with(&Under { key, takes_over: false }, now) != *pass
        };
        let pass = Pass::new("a".to_owned(), began);
        let part = Tally { failed: vec![position(0)], next: Some(position(2)), ..Tally::default() };
        let pass = pass.after(&part);
        assert_eq!((pass.failed, &pass.place), (1, &PassPlace::After(position(2))));
        // A pass that has not ended goes on, however late.
        assert!(!is_over(&pass, "a", began + Pass::EVERY + Pass::EVERY));
        assert!(is_over(&pass, "b", began));
        let pass = pass.after(&Tally::default());
        assert_eq!((pass.failed, &pass.place), (1, &PassPlace::Ended));
        assert!(!is_over(&pass, "a", began + Pass::EVERY - SignedDuration::from_secs(1)));
        assert!(is_over(&pass, "a", began + Pass::EVERY));
    }

    #[test]
    fn a_limit_or_the_time_stops_it_and_it_goes_on_from_there() {
        for (limit, seconds, at_once) in [(Some(2), 900, 2), (Some(7), 900, 5), (None, 5, 1)] {
            let vault = Vault::of(&[1; 5]);
            let mut asked = asked(Mode::Replace, limit, seconds);
            let mut runs = Vec::new();
            loop {
                let tally = run(&vault, &asked).unwrap();
                runs.push(tally.rewrapped);
                asked.after = tally.next;
                if asked.after.is_none() {
                    break;
                }
            }
            assert_eq!(runs.iter().sum::<u64>(), 5);
            assert_eq!(runs[0], at_once, "{limit:?} {seconds}");
        }
    }

    #[test]
    fn a_service_that_is_away_stops_it_and_what_is_done_is_told() {
        let vault = Vault::of(&[1, 8, 1]);
        let tally = run(&vault, &asked(Mode::Replace, None, 900)).unwrap();
        let next = Some(position(0));
        assert_eq!(tally, Tally { looked_at: 1, rewrapped: 1, next, ..Tally::default() });
        assert!(run(&Vault::of(&[8]), &asked(Mode::Replace, None, 900)).is_err());
    }

    const UNDER: Under<'_> = Under { key: "second", takes_over: true };

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60).unwrap()
    }

    /// The pass after a run at this minute that comes to the end, and finds so many items that are not current.
    fn pass(before: Pass, minute: i64, rewrapped: u64) -> Pass {
        before.to_go_on_with(&UNDER, at(minute)).after(&Tally { rewrapped, ..Tally::default() })
    }

    #[test]
    fn a_key_that_takes_over_begins_passes_until_one_finds_nothing_left() {
        let first = pass(Pass::new("first".to_owned(), at(0)), 1, 3);
        assert!(!first.nothing_left && first.under == "second");
        let second = pass(first, 20, 1);
        assert!(!second.nothing_left, "it found something");
        let third = pass(second, 40, 0);
        assert_eq!((third.nothing_left, third.began, third.since), (true, at(40), at(1)));
        // Then there is no further pass, until one is due.
        assert_eq!(third.clone().to_go_on_with(&UNDER, at(100)), third);
        let later = third.to_go_on_with(&UNDER, at(8 * 24 * 60));
        assert_eq!((&later.place, later.nothing_left), (&PassPlace::Begun, true));
    }

    #[test]
    fn a_pass_that_began_while_older_functions_may_run_does_not_show_that_nothing_is_left() {
        let first = pass(Pass::new("first".to_owned(), at(0)), 1, 0);
        let early = pass(first, 15, 0);
        assert!(!early.nothing_left);
        assert!(pass(early, 16, 0).nothing_left);
    }

    #[test]
    fn what_failed_or_was_left_in_any_run_of_a_pass_is_left() {
        let late = Pass { since: at(0), ..Pass::new("second".to_owned(), at(60)) };
        let half = |tally: Tally| Tally { next: Some(position(0)), ..tally };
        for found in [
            Tally { failed: vec![position(1)], ..Tally::default() },
            Tally { left: 1, ..Tally::default() },
            Tally { rewrapped: 1, ..Tally::default() },
        ] {
            let pass = late.clone().after(&half(found.clone())).after(&Tally::default());
            assert!(pass.place == PassPlace::Ended && !pass.nothing_left, "{found:?}");
        }
        let pass = late.after(&half(Tally::default()));
        assert!(!pass.nothing_left, "it has not ended");
        assert!(pass.after(&Tally::default()).nothing_left);
    }
}
