//! Taking a key out of use at once, and back. A disabled key keeps its secrets and everything that names it.

use super::{Change, TRIES, actor, forget_removed, fresh, stamp};
use crate::{
    caller::Caller,
    error::Error,
    ids::KeyId,
    keys::{audit::Action, key::Key},
    moment::Clock,
    ports::{CommitError, Need, ReadKey, UpdateKey},
    stamp::Stamp,
};

/// What to do with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// From then on, nobody can use it.
    Disable,
    /// It can be used again.
    Enable,
}

impl Switch {
    const fn action(self) -> Action {
        match self {
            Self::Disable => Action::Disabled,
            Self::Enable => Action::Enabled,
        }
    }
}

/// Disables a key or enables it again: a new version in which nothing else changes. The caller need not have seen the present
/// version, because somebody who takes a key out of use cannot wait for those who edit it. A key that is so already stays as it
/// is.
///
/// # Errors
///
/// [`Error::NotFound`], [`Error::WrongEnvironment`], [`Error::FreshSignInNeeded`] for a live key, and what the ports report.
/// Nothing is stored then.
pub async fn switch(
    keys: &(impl ReadKey + UpdateKey),
    clock: &impl Clock,
    caller: &Caller,
    id: &KeyId,
    to: Switch,
) -> Result<Key, Error> {
    for _ in 0..TRIES {
        let stored = keys.read_key(caller.account(), id).await?.ok_or(Error::NotFound)?;
        caller.check_environment(stored.environment)?;
        if stored.disabled.is_some() == (to == Switch::Disable) {
            return Ok(stored);
        }
        fresh::check_switching(caller, &stored, clock.now())?;
        let mut key = stored.clone();
        let next = stored.version + 1;
        forget_removed(&mut key, &stored, next);
        let names = vec!["state".to_owned()];
        let audit = stamp(&mut key, next, (clock.epoch(), clock.now()), actor(caller), to.action(), names);
        key.disabled = match to {
            Switch::Disable => Some(Stamp { at: key.updated.at, by: key.updated.by.clone() }),
            Switch::Enable => None,
        };
        let change = Change {
            by: caller.held()?,
            before: Some(stored.version),
            unlinked_since: None,
            key,
            vault: Vec::new(),
            audit,
            ticket: None,
        };
        match keys.update_key(&change).await {
            Ok(()) => return Ok(change.key),
            // Somebody else's change came in between.
            Err(CommitError::Stale { .. } | CommitError::Unmet(Need::Row)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Error::Unavailable(None))
}
