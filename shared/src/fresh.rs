//! What takes a person who signed in a moment ago. A browser that was left open, or a token that was taken, does none of it.

use jiff::Timestamp;

use crate::{caller::Caller, error::Error};

/// Refuses what takes a fresh sign-in to a caller without one.
///
/// # Errors
///
/// [`Error::FreshSignInNeeded`].
pub(crate) fn check(caller: &Caller, now: Timestamp) -> Result<(), Error> {
    if caller.is_fresh(now) { Ok(()) } else { Err(Error::FreshSignInNeeded) }
}
