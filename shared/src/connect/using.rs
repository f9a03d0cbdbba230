//! Using a grant: its access token is read, opened and handed to the use. Nothing here can refresh it: that is asked for, and the use
//! waits for what comes of it.

use std::time::Duration;

use super::{
    grant::{Grant, GrantState, Standing},
    sealed::open_one,
};
use crate::{
    error::Error,
    keys::key::Key,
    moment::Clock,
    ports::{AskForRefresh, Pause, ReadGranted, UnwrapDataKey},
    sealing::{EntryName, SealKind},
    signing::oauth2::AccessToken,
};

/// How long a use waits for a refresh.
pub const WAIT: Duration = Duration::from_secs(5);
/// How long between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// A use of a grant.
pub struct GrantUse<'a> {
    /// The key.
    pub key: &'a Key,
    /// The entry.
    pub entry: &'a EntryName,
    /// The generation of an access token that the system did not accept.
    pub refused: Option<u64>,
}

/// An access token that was opened.
pub struct Token {
    /// The token.
    pub token: AccessToken,
    /// Its generation.
    pub generation: u64,
}

const NOT_CONNECTED: &str = "Nobody has connected this key yet: connect it in the control panel";
const MOVED: &str = "The key goes elsewhere than when it was connected: connect it again";

/// The access token of an entry, as soon as there is one.
///
/// # Errors
///
/// [`Error::NeedsReconnect`] where a person has to do something, [`Error::Refreshing`] where no token came in time,
/// [`Error::DoesNotOpen`], and what the ports report.
pub async fn access_token(
    store: &(impl ReadGranted + AskForRefresh),
    wrapping: &impl UnwrapDataKey,
    pause: &impl Pause,
    clock: &impl Clock,
    of: &GrantUse<'_>,
) -> Result<Token, Error> {
    let GrantUse { key, entry, refused } = of;
    let mut waited = Duration::ZERO;
    let mut asked = false;
    loop {
        let found = store.read_granted(&key.account, &key.id, entry).await?;
        let Some((grant, sealed)) = found else { return Err(Error::NeedsReconnect(NOT_CONNECTED)) };
        usable(&grant, key)?;
        let now = clock.now();
        if grant.is_alive(now) && refused.is_none_or(|refused| grant.generation > refused) {
            let binding = grant.access_binding(key)?;
            let sealed = sealed.ok_or(Error::DoesNotOpen)?;
            let place = grant.access_place(&binding);
            match open_one(SealKind::Access, &place, &grant.access, &sealed, wrapping).await {
                Ok(value) => {
                    let token = AccessToken::new(value, grant.expires_at).ok_or(Error::DoesNotOpen)?;
                    return Ok(Token { token, generation: grant.generation });
                }
                // A refresh may have come between the row and the token: both are read again, once.
                Err(Error::DoesNotOpen) if waited.is_zero() => {}
                Err(error) => return Err(error),
            }
        } else {
            if grant.refresh.is_none() {
                return Err(Error::NeedsReconnect(super::Why::NoRefreshToken.sentence()));
            }
            if !asked {
                store.ask_for_refresh(&grant, now).await?;
                asked = true;
            }
        }
        if waited >= WAIT {
            return Err(Error::Refreshing);
        }
        pause.pause(LOOK_EVERY).await;
        waited += LOOK_EVERY;
    }
}

fn usable(grant: &Grant, key: &Key) -> Result<(), Error> {
    match grant.standing(key)? {
        Standing::Foreign => return Err(Error::NeedsReconnect(NOT_CONNECTED)),
        Standing::Moved => return Err(Error::NeedsReconnect(MOVED)),
        Standing::OfTheKey => {}
    }
    match grant.state {
        GrantState::Connected => Ok(()),
        GrantState::NeedsReconnect(why) => Err(Error::NeedsReconnect(why.sentence())),
        GrantState::Revoking { .. } => Err(Error::NeedsReconnect(NOT_CONNECTED)),
    }
}
