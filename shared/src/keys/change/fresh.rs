//! What takes a person who signed in a moment ago: a live key deleted, brought back, disabled, enabled, restored, or led elsewhere. A browser that was left
//! open, or a token that was taken, does none of it.

use jiff::Timestamp;

use crate::{
    caller::Caller,
    environment::Environment,
    error::Error,
    fresh,
    keys::{check::OwnCheck, key::Key},
    sealing::EntryName,
};

/// Checks who deletes a key.
///
/// # Errors
///
/// [`Error::FreshSignInNeeded`], as of the others here.
pub(super) fn check_deletion(caller: &Caller, key: &Key, now: Timestamp) -> Result<(), Error> {
    check(caller, is_live(key), now)
}

/// Checks who brings a deleted key back.
pub(super) fn check_undeletion(caller: &Caller, key: &Key, now: Timestamp) -> Result<(), Error> {
    check(caller, is_live(key), now)
}

/// Checks who disables a key, or enables it again.
pub(super) fn check_switching(caller: &Caller, key: &Key, now: Timestamp) -> Result<(), Error> {
    check(caller, is_live(key), now)
}

/// Checks who restores a version of a key.
pub(super) fn check_restoring(
    caller: &Caller,
    stored: &Key,
    version: &Key,
    now: Timestamp,
) -> Result<(), Error> {
    check(caller, is_live(stored) || is_live(version), now)
}

/// Checks who changes a key. To make it a test key counts as well: it could be deleted then. So does taking an entry away, which
/// destroys its values in every version.
pub(super) fn check_change(caller: &Caller, stored: &Key, next: &Key, now: Timestamp) -> Result<(), Error> {
    let takes_away = stored.entries.keys().any(|name| !next.entries.contains_key(name));
    let asked = is_live(stored) && (!is_live(next) || takes_away || is_led_elsewhere(stored, next)?);
    check(caller, asked, now)
}

fn check(caller: &Caller, asked: bool, now: Timestamp) -> Result<(), Error> {
    if asked { fresh::check(caller, now) } else { Ok(()) }
}

fn is_live(key: &Key) -> bool {
    key.environment == Environment::Live
}

/// Whether the key may be used for other requests than before: to other origins, with other restrictions, or for another check
/// that is a POST. A new entry does not count.
fn is_led_elsewhere(stored: &Key, next: &Key) -> Result<bool, Error> {
    let posts = |key: &Key| key.check.as_ref().and_then(OwnCheck::pair);
    if stored.restrictions != next.restrictions || posts(stored) != posts(next) {
        return Ok(true);
    }
    let remains = |name: &&EntryName| next.entries.contains_key(*name);
    for name in stored.entries.keys().filter(remains) {
        if stored.entry_origins(name)? != next.entry_origins(name)? {
            return Ok(true);
        }
    }
    Ok(false)
}
