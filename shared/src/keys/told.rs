//! What a key tells of itself beside its changes: that an entry of it fails, that it passes again, and that the key expires soon.
//!
//! Each is an entry of the key's audit chain, so it is an event as a change is, and leads to no new version. The key's row remembers what
//! was told, in the same transaction: so a run that is stopped tells it the next time, and one that is repeated does not tell it twice.

use jiff::Timestamp;

use crate::{
    error::Error,
    ids::{AccountId, KeyId},
    keys::{
        audit::{Action, AuditEntry},
        health::Verdict,
        key::Key,
        notice::{ExpiryNotice, Told},
    },
    moment::Clock,
    ports::{Announce, CommitError, ListExpiringKeys, Need, ReadKey},
    sealing::EntryName,
};

/// Who tells it, as the trail says it.
const KEYWARD: &str = "keyward";
/// How often it is tried again when the key is changed meanwhile.
const TRIES: usize = 5;

/// What one transaction writes: the entry, and what was told.
pub struct Announcement {
    /// The key, with the new end of its chain. Its version is as it was.
    pub key: Key,
    /// The entry.
    pub audit: AuditEntry,
}

impl Key {
    /// The next notice of the key's end, with the time at which it is due; `None` where there is none left.
    #[must_use]
    pub fn next_expiry_notice(&self) -> Option<(Timestamp, ExpiryNotice)> {
        self.told.next_notice(self.expires_at?)
    }

    /// The notice to tell of now: the last one that is due, since a key that was made with five days left tells of that alone.
    fn due_expiry_notice(&self, now: Timestamp) -> Option<ExpiryNotice> {
        let (at, first) = self.next_expiry_notice()?;
        if now < at {
            return None;
        }
        ExpiryNotice::last_due(first.expires_at, now)
    }

    /// The entry of the chain that tells something, and the key behind it.
    fn telling(mut self, clock: &impl Clock, action: Action, about: String) -> Announcement {
        let audit = AuditEntry {
            account: self.account.clone(),
            key: self.id.clone(),
            sequence: self.audit.sequence + 1,
            epoch: clock.epoch(),
            at: clock.now(),
            by: KEYWARD.to_owned(),
            action,
            version: self.version,
            restored: None,
            changed: vec![about],
            previous: self.audit.hash,
        };
        self.audit = audit.head();
        Announcement { key: self, audit }
    }

    /// The first thing to tell of what trials said of this version.
    fn turned(&self, verdicts: &[Verdict], clock: &impl Clock) -> Option<Announcement> {
        let is_news = |verdict: &&Verdict| {
            verdict.version == self.version
                && self.entries.contains_key(&verdict.entry)
                && self.told.failing.contains(&verdict.entry) == verdict.good
        };
        let Verdict { entry, good, .. } = verdicts.iter().find(is_news)?;
        let mut key = self.clone();
        key.told.failing.retain(|name| key.entries.contains_key(name) && name != entry);
        let action = if *good {
            Action::Recovered
        } else {
            key.told.failing.insert(entry.clone());
            Action::Failing
        };
        Some(key.telling(clock, action, about(entry)))
    }
}

/// How an entry of the trail names the entry of the key that it is about.
fn about(entry: &EntryName) -> String {
    format!("entries.{entry}")
}

/// The entry of a key that an entry of its trail is about, read from how the trail names it.
#[must_use]
pub fn entry_of(changed: &[String]) -> Option<EntryName> {
    let [name] = changed else { return None };
    name.strip_prefix("entries.")?.parse().ok()
}

/// Tells which entries of a key began to fail, and which pass again. Nothing is told of a key that is gone.
///
/// # Errors
///
/// What the ports report, and [`Error::Unavailable`] where the key changes all the time. What was told before that is told.
pub async fn tell_health(
    store: &(impl ReadKey + Announce),
    clock: &impl Clock,
    key: &Key,
    verdicts: &[Verdict],
) -> Result<(), Error> {
    let mut key = key.clone();
    let mut tries = 0;
    while let Some(news) = key.turned(verdicts, clock) {
        match store.announce(&news).await {
            Ok(()) => key = news.key,
            Err(CommitError::Stale { .. } | CommitError::Unmet(Need::Row)) if tries < TRIES => {
                tries += 1;
                match store.read_key(&key.account, &key.id).await? {
                    Some(row) => key = row,
                    None => return Ok(()),
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// What a run over the keys that expire came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Expiring {
    /// How many keys told of it.
    pub told: usize,
    /// The keys whose rows cannot be read.
    pub unreadable: Vec<(AccountId, KeyId)>,
    /// Whether nothing that is due was left over.
    pub finished: bool,
}

/// Tells of every key that expires soon, until the time `until`.
///
/// # Errors
///
/// What the ports report. The keys before that have told.
pub async fn tell_expiring(
    store: &(impl ListExpiringKeys + ReadKey + Announce),
    clock: &impl Clock,
    until: Timestamp,
) -> Result<Expiring, Error> {
    let mut run = Expiring { finished: true, ..Expiring::default() };
    for of in store.list_expiring_keys(clock.now()).await? {
        if clock.now() >= until {
            run.finished = false;
            break;
        }
        match tell_expiry(store, clock, &of).await {
            Ok(told) => run.told += usize::from(told),
            Err(Error::KeyUnreadable) => run.unreadable.push(of),
            Err(error) => return Err(error),
        }
    }
    Ok(run)
}

/// Whether this run told of it. The index may still name a key that is gone, or that told of it.
async fn tell_expiry(
    store: &(impl ReadKey + Announce),
    clock: &impl Clock,
    (account, id): &(AccountId, KeyId),
) -> Result<bool, Error> {
    let Some(key) = store.read_key(account, id).await? else { return Ok(false) };
    let Some(notice) = key.due_expiry_notice(clock.now()) else { return Ok(false) };
    let told = Told { expiry: Some(notice), ..key.told.clone() };
    let news = Key { told, ..key }.telling(clock, Action::Expiring, "expires_at".to_owned());
    match store.announce(&news).await {
        Ok(()) => Ok(true),
        // Somebody changed the key: the next run looks again.
        Err(CommitError::Stale { .. } | CommitError::Unmet(Need::Row)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests;
