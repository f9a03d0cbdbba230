//! Deleting a key. A deleted key cannot be used from that moment on. For seven days it can be brought back; then, or at once where
//! that was asked for, a tombstone takes the place of its row, and its sealed values are purged.

use jiff::{SignedDuration, Timestamp};

use super::{Change, TRIES, actor, forget_removed, fresh, guard::uses_of, stamp};
use crate::{
    caller::Caller,
    error::{Error, InUse},
    ids::KeyId,
    keys::{
        audit::{Action, AuditEntry},
        key::Key,
        tidy::{KeyOf, KeyRow},
    },
    membership::rows::Held,
    moment::Clock,
    ports::{BuryKey, CommitError, DeleteKey, ListDueKeys, ListKeyUses, Need, ReadKeyRow, RecoverKey},
    version::Version,
};

/// How long a deleted key can be brought back.
pub const RECOVERY: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Who purges the values of a deleted key when its time is over, as the trail says it.
const KEYWARD: &str = "keyward";

/// When the sealed values of a deleted key are purged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purge {
    /// After [`RECOVERY`]. Until then the key can be brought back.
    Later,
    /// Within seconds. Nobody brings the key back.
    Now,
}

/// A deleted key that can be brought back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recoverable {
    /// The key. Its last change is the deletion.
    pub key: Key,
    /// When that ends.
    pub until: Timestamp,
}

/// The end of a key.
pub struct Burial {
    /// The right of the caller to it; `None` where its time is over, and nobody asks.
    pub by: Option<Held>,
    /// The key as its tombstone remembers it.
    pub key: Key,
    /// The version that must still be stored.
    pub before: u64,
    /// The audit entry.
    pub audit: AuditEntry,
}

/// Deletes a key, if it still has the version that the caller has seen. From then on it is not found and cannot be used.
///
/// With [`Purge::Now`], a key that was deleted before is ended too, before its time. The sealed values of an ended key are purged
/// by the function that reads the table's stream.
///
/// # Errors
///
/// [`Error::NotFound`], [`Error::StaleVersion`], [`Error::FreshSignInNeeded`] for a live key, [`Error::KeyInUse`] with what
/// uses it, and what the ports report. Nothing is deleted then.
pub async fn delete(
    keys: &(impl ReadKeyRow + ListKeyUses + DeleteKey + BuryKey),
    clock: &impl Clock,
    caller: &Caller,
    (id, seen): (&KeyId, u64),
    purge: Purge,
) -> Result<(), Error> {
    for _ in 0..TRIES {
        let (mut key, action) = match (keys.read_key_row(caller.account(), id).await?, purge) {
            (KeyRow::Active(key), _) => (*key, Action::Deleted),
            (KeyRow::Recoverable(deleted), Purge::Now) => (deleted.key, Action::Purged),
            (KeyRow::Recoverable(_), Purge::Later) | (KeyRow::Deleted { .. } | KeyRow::Absent, _) => {
                return Err(Error::NotFound);
            }
        };
        caller.check_environment(key.environment)?;
        Version::new(key.version).expect(seen)?;
        fresh::check_deletion(caller, &key, clock.now())?;
        if key.active_uses > 0 {
            let uses = uses_of(keys, &key).await?;
            return Err(Error::KeyInUse(InUse { count: key.active_uses, uses }));
        }
        let (stored, before, now) = (key.clone(), key.version, clock.now());
        forget_removed(&mut key, &stored, before + 1);
        let audit = stamp(&mut key, before + 1, (clock.epoch(), now), actor(caller), action, Vec::new());
        let done = match purge {
            Purge::Now => keys.bury_key(&Burial { by: Some(caller.held()?), key, before, audit }).await,
            Purge::Later => {
                let until = now.saturating_add(RECOVERY).unwrap_or(Timestamp::MAX);
                keys.delete_key(&without_values(caller, before, key, audit)?, until).await
            }
        };
        match done {
            Ok(()) => return Ok(()),
            // Somebody deleted it, or something used it, in between.
            Err(CommitError::Stale { current: None } | CommitError::Unmet(Need::Row)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Error::Unavailable(None))
}

/// Brings a deleted key back, as it was. What used it before does not use it again. A key that is there stays as it is.
///
/// # Errors
///
/// [`Error::NotFound`] when there is no such key or its time is over, [`Error::FreshSignInNeeded`] for a live key, and what the
/// ports report. Nothing is stored then.
pub async fn undelete(
    keys: &(impl ReadKeyRow + RecoverKey),
    clock: &impl Clock,
    caller: &Caller,
    id: &KeyId,
) -> Result<Key, Error> {
    for _ in 0..TRIES {
        let now = clock.now();
        let stored = match keys.read_key_row(caller.account(), id).await? {
            KeyRow::Active(key) => {
                caller.check_environment(key.environment)?;
                return Ok(*key);
            }
            KeyRow::Recoverable(deleted) if now < deleted.until => deleted.key,
            KeyRow::Recoverable(_) | KeyRow::Deleted { .. } | KeyRow::Absent => return Err(Error::NotFound),
        };
        caller.check_environment(stored.environment)?;
        fresh::check_undeletion(caller, &stored, now)?;
        let (mut key, next) = (stored.clone(), stored.version + 1);
        forget_removed(&mut key, &stored, next);
        let audit = stamp(&mut key, next, (clock.epoch(), now), actor(caller), Action::Undeleted, Vec::new());
        let change = without_values(caller, stored.version, key, audit)?;
        match keys.recover_key(&change).await {
            Ok(()) => return Ok(change.key),
            // Somebody else's change came in between.
            Err(CommitError::Stale { .. } | CommitError::Unmet(Need::Row)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Error::Unavailable(None))
}

/// A change that touches no sealed value.
fn without_values(caller: &Caller, before: u64, key: Key, audit: AuditEntry) -> Result<Change, Error> {
    let (by, before) = (caller.held()?, Some(before));
    Ok(Change { by, before, unlinked_since: None, key, vault: Vec::new(), audit, ticket: None })
}

/// What a run over the deleted keys came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Buried {
    /// The keys that were ended.
    pub ended: usize,
    /// The keys whose rows cannot be read. They stay as they are.
    pub unreadable: Vec<KeyOf>,
    /// Whether nothing that is due was left over.
    pub finished: bool,
}

/// Ends every deleted key whose time to be brought back is over, until the time `until`.
///
/// Every step can be repeated: a run that is stopped leaves keys that the next run ends.
///
/// # Errors
///
/// What the ports report. The keys before that are ended.
pub async fn bury_due(
    keys: &(impl ListDueKeys + ReadKeyRow + BuryKey),
    clock: &impl Clock,
    until: Timestamp,
) -> Result<Buried, Error> {
    let mut buried = Buried { finished: true, ..Buried::default() };
    let now = clock.now();
    for of in keys.list_due_keys(now).await? {
        if clock.now() >= until {
            buried.finished = false;
            break;
        }
        match bury_one(keys, clock, &of, now).await {
            Ok(ended) => buried.ended += usize::from(ended),
            Err(Error::KeyUnreadable) => buried.unreadable.push(of),
            Err(error) => return Err(error),
        }
    }
    Ok(buried)
}

/// Whether this run ended the key. The index may still name a key that was brought back, or that is gone.
async fn bury_one(
    keys: &(impl ReadKeyRow + BuryKey),
    clock: &impl Clock,
    (account, id): &KeyOf,
    now: Timestamp,
) -> Result<bool, Error> {
    let mut key = match keys.read_key_row(account, id).await? {
        KeyRow::Recoverable(deleted) if deleted.until <= now => deleted.key,
        KeyRow::Recoverable(_) | KeyRow::Active(_) | KeyRow::Deleted { .. } | KeyRow::Absent => {
            return Ok(false);
        }
    };
    let before = key.version;
    let audit =
        stamp(&mut key, before + 1, (clock.epoch(), now), KEYWARD.to_owned(), Action::Purged, Vec::new());
    match keys.bury_key(&Burial { by: None, key, before, audit }).await {
        Ok(()) => Ok(true),
        // Somebody brought it back, or ended it.
        Err(CommitError::Stale { .. } | CommitError::Unmet(Need::Row)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
