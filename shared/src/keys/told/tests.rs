//! A key in a table of the tests' own, with a clock that is set by hand, and with calls that fail before or after they are carried out.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use jiff::SignedDuration;

use super::*;
use crate::{
    error::PortError,
    fakes::now,
    keys::{
        audit::{AuditHead, verify_audit},
        change::tests::stored,
    },
};

/// What becomes of a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    /// Nothing is done.
    Lost,
    /// It is done, and nobody hears of it.
    Unanswered,
}

struct Table {
    key: Mutex<Key>,
    chain: Mutex<Vec<AuditEntry>>,
    time: Mutex<Timestamp>,
    calls: AtomicUsize,
    fault: Option<(usize, Fate)>,
}

impl Table {
    fn of(key: Key) -> Self {
        let time = Mutex::new("2026-11-30T10:00:00Z".parse().unwrap());
        let (key, chain) = (Mutex::new(Key { audit: AuditHead::EMPTY, ..key }), Mutex::default());
        Self { key, chain, time, calls: AtomicUsize::new(0), fault: None }
    }

    fn key(&self) -> Key {
        self.key.lock().unwrap().clone()
    }

    /// What the chain tells, in the order of it. The chain is whole.
    fn told(&self) -> Vec<(String, String)> {
        let (key, chain) = (self.key(), self.chain.lock().unwrap());
        assert_eq!(verify_audit(&key.account, &key.id, chain.iter(), &key.audit), Ok(()));
        chain.iter().map(|entry| (entry.action.to_string(), entry.changed.concat())).collect()
    }

    fn wait(&self, hours: i64) {
        let mut time = self.time.lock().unwrap();
        *time += SignedDuration::from_hours(hours);
    }

    /// Whether this call fails, and how.
    fn fate(&self) -> Option<Fate> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        self.fault.filter(|(nth, _)| *nth == call).map(|(_, fate)| fate)
    }

    fn down() -> PortError {
        PortError::Unavailable { service: "the table", source: "down".into() }
    }
}

impl Clock for Table {
    fn now(&self) -> Timestamp {
        *self.time.lock().unwrap()
    }
}

impl ReadKey for Table {
    async fn read_key(&self, _: &AccountId, _: &KeyId) -> Result<Option<Key>, Error> {
        match self.fate() {
            Some(_) => Err(Self::down().into()),
            None => Ok(Some(self.key())),
        }
    }
}

impl Announce for Table {
    async fn announce(&self, news: &Announcement) -> Result<(), CommitError> {
        let fate = self.fate();
        if fate == Some(Fate::Lost) {
            return Err(Self::down().into());
        }
        let mut key = self.key.lock().unwrap();
        if key.version != news.key.version || key.audit.hash != news.audit.previous {
            return Err(CommitError::Unmet(Need::Row));
        }
        *key = news.key.clone();
        self.chain.lock().unwrap().push(news.audit.clone());
        if fate.is_some() { Err(Self::down().into()) } else { Ok(()) }
    }
}

impl ListExpiringKeys for Table {
    async fn list_expiring_keys(&self, at: Timestamp) -> Result<Vec<(AccountId, KeyId)>, PortError> {
        if self.fate().is_some() {
            return Err(Self::down());
        }
        let key = self.key();
        let is_due = key.next_expiry_notice().is_some_and(|(due, _)| due <= at);
        Ok(is_due.then(|| (key.account.clone(), key.id)).into_iter().collect())
    }
}

fn verdict(entry: &str, version: u64, good: bool) -> Verdict {
    Verdict { entry: entry.parse().unwrap(), version, good }
}

/// Tells what a trial of the default entry said, as the stream does, until that is done.
fn tried(table: &Table, good: bool) {
    while now(tell_health(table, table, &table.key(), &[verdict("default", 1, good)])).is_err() {}
}

/// What the hourly run does, until it is done.
fn look(table: &Table) -> usize {
    loop {
        if let Ok(run) = now(tell_expiring(table, table, Timestamp::MAX)) {
            return run.told;
        }
    }
}

fn expiring_in(days: i64) -> Table {
    let table = Table::of(stored());
    let expires_at = table.now() + SignedDuration::from_hours(days * 24);
    table.key.lock().unwrap().expires_at = Some(expires_at);
    table
}

/// The days before its end at which a key tells of it, if it is looked at every hour.
fn days_told(table: &Table, hours: i64) -> Vec<i64> {
    let mut days = Vec::new();
    for _ in 0..hours {
        if look(table) > 0 {
            let left = table.key().expires_at.unwrap().duration_since(table.now());
            days.push(left.as_hours() / 24);
        }
        table.wait(1);
    }
    days
}

#[test]
fn a_key_tells_of_its_end_thirty_seven_and_one_day_before_and_once_each() {
    let table = expiring_in(60);
    assert_eq!(days_told(&table, 70 * 24), [30, 7, 1]);
    assert_eq!(table.told(), vec![("key.expiring".to_owned(), "expires_at".to_owned()); 3]);
    assert_eq!(table.key().version, 1, "the version counts content");
}

#[test]
fn a_key_that_is_made_late_tells_of_what_is_left_alone() {
    assert_eq!(days_told(&expiring_in(5), 10 * 24), [5, 1]);
    assert_eq!(days_told(&expiring_in(20), 30 * 24), [20, 7, 1]);
}

#[test]
fn an_end_that_is_put_off_is_told_anew_and_one_that_is_taken_away_is_not() {
    let table = expiring_in(8);
    assert_eq!(days_told(&table, 3 * 24), [8, 7], "30 days before at once, and 7 days before");
    let later = table.now() + SignedDuration::from_hours(40 * 24);
    table.key.lock().unwrap().expires_at = Some(later);
    assert_eq!(days_told(&table, 50 * 24), [30, 7, 1]);
    let table = expiring_in(8);
    table.key.lock().unwrap().expires_at = None;
    assert_eq!(days_told(&table, 10 * 24), [0; 0]);
}

#[test]
fn a_key_tells_once_that_it_fails_and_once_that_it_passes_again() {
    let table = Table::of(stored());
    for good in [true, true, false, false, true, true, false] {
        tried(&table, good);
    }
    let about = |action: &str| (action.to_owned(), "entries.default".to_owned());
    assert_eq!(table.told(), [about("key.failing"), about("key.recovered"), about("key.failing")]);
}

#[test]
fn what_a_trial_said_of_another_version_or_of_an_entry_that_is_gone_says_nothing() {
    let table = Table::of(stored());
    let verdicts = [verdict("default", 7, false), verdict("org_1", 1, false)];
    now(tell_health(&table, &table, &table.key(), &verdicts)).unwrap();
    assert_eq!(table.told(), []);
}

#[test]
fn each_entry_fails_for_itself() {
    let mut key = stored();
    let entry = key.entries[&EntryName::Default].clone();
    key.entries = ["org_1", "org_2"].map(|name| (name.parse().unwrap(), entry.clone())).into();
    let table = Table::of(key);
    let verdicts = [verdict("org_1", 1, false), verdict("org_2", 1, false)];
    now(tell_health(&table, &table, &table.key(), &verdicts)).unwrap();
    now(tell_health(&table, &table, &table.key(), &[verdict("org_2", 1, true)])).unwrap();
    let told: Vec<_> = table.told().into_iter().map(|(action, about)| format!("{action} {about}")).collect();
    assert_eq!(
        told,
        ["key.failing entries.org_1", "key.failing entries.org_2", "key.recovered entries.org_2"]
    );
    let about = entry_of(&["entries.org_2".to_owned()]);
    assert_eq!(about, "org_2".parse().ok());
    assert_eq!(entry_of(&["entries.org_2.fields.value".to_owned()]), None);
    assert_eq!(entry_of(&["title".to_owned()]), None);
}

#[test]
fn a_fault_at_any_call_neither_loses_nor_doubles_what_is_told() {
    let without = story(None);
    assert_eq!(without.told().len(), 6);
    let calls = without.calls.load(Ordering::Relaxed);
    assert!(calls > 10, "{calls}");
    for nth in 0..calls {
        for fate in [Fate::Lost, Fate::Unanswered] {
            assert_eq!(story(Some((nth, fate))).told(), without.told(), "{nth} {fate:?}");
        }
    }
}

/// A key that fails, passes, fails again, and expires, while every piece of work is repeated until it is done.
fn story(fault: Option<(usize, Fate)>) -> Table {
    let table = Table { fault, ..expiring_in(31) };
    for good in [false, true, false] {
        tried(&table, good);
        // A record of the stream may come twice.
        tried(&table, good);
    }
    for _ in 0..33 {
        look(&table);
        table.wait(24);
    }
    table
}

#[test]
fn a_change_that_comes_in_between_delays_what_is_told_and_loses_nothing() {
    let table = Table::of(stored());
    let before = table.key();
    // Another entry of the chain stands there since the key was read.
    let other = before.clone().telling(&table, Action::Expiring, "expires_at".to_owned());
    now(table.announce(&other)).unwrap();
    now(tell_health(&table, &table, &before, &[verdict("default", 1, false)])).unwrap();
    let told: Vec<_> = table.told().into_iter().map(|(action, _)| action).collect();
    assert_eq!(told, ["key.expiring", "key.failing"]);
}
