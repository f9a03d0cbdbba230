//! What a use of a stored key reaches: customers' systems by way of [`Outside`], and the access tokens of grants, which stand in the tables.
//!
//! Access tokens that were opened are kept in memory, as those are that Keyward obtains itself. A kept one is found by the connection that
//! the key's row names now, so a key that was connected again never gets a former one's.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use keyward_shared::{
    connect::{GrantUse, Token, access_token},
    error::Error,
    ids::ConnectionId,
    keys::key::Key,
    moment::Clock,
    outbound::{
        AllowedOrigins, Freshness, Incoming, Login, LoginError, ObtainError, OutboundError, Outgoing,
        SessionCall, TokenCall, Welcome,
    },
    ports::{Exchange, GrantedCall, LogIn, ObtainGranted, ObtainToken, OpenSession, Pause},
    sealing::EntryName,
    signing::oauth2::AccessToken,
    soap,
};

use crate::{
    aws::{Tables, data_keys::Remembering, wrapping::Unwrapping},
    outbound::Outside,
};

/// The most access tokens that are kept.
const MOST_KEPT: usize = 1_000;
/// An access token is kept this long at most: until then, nobody notices that its grant ended.
const LONGEST: SignedDuration = SignedDuration::from_mins(5);
/// It is not used in the last seconds of its life.
const MARGIN: SignedDuration = SignedDuration::from_secs(10);

/// What a kept access token is found by. The account is part of the key's id, which no two accounts share.
type Identity = (String, EntryName, ConnectionId);

/// Access tokens that were opened.
#[derive(Default)]
pub(crate) struct GrantedTokens(Mutex<HashMap<Identity, KeptToken>>);

struct KeptToken {
    token: Arc<AccessToken>,
    generation: u64,
    until: Timestamp,
}

impl GrantedTokens {
    fn kept(&self) -> MutexGuard<'_, HashMap<Identity, KeptToken>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, identity: &Identity, now: Timestamp) -> Option<(Arc<AccessToken>, u64)> {
        let mut kept = self.kept();
        kept.retain(|_, token| token.until > now);
        kept.get(identity).map(|kept| (Arc::clone(&kept.token), kept.generation))
    }

    fn keep(&self, identity: Identity, token: &Arc<AccessToken>, generation: u64, now: Timestamp) {
        let end = token.expires_at().and_then(|at| at.checked_sub(MARGIN).ok());
        let longest = now.saturating_add(LONGEST).unwrap_or(now);
        let until = end.map_or(longest, |end| end.min(longest));
        let mut kept = self.kept();
        if kept.len() >= MOST_KEPT {
            // Whichever it is: it is read again when it is wanted.
            let any = kept.keys().next().cloned();
            any.and_then(|any| kept.remove(&any));
        }
        kept.insert(identity, KeptToken { token: Arc::clone(token), generation, until });
    }

    fn forget(&self, identity: &Identity) {
        self.kept().remove(identity);
    }
}

/// What a use of a stored key reaches.
pub(crate) struct Reach<'s, C> {
    pub(crate) outside: &'s Outside,
    pub(crate) tables: &'s Tables,
    pub(crate) unwrapping: &'s Remembering<Unwrapping, C>,
    pub(crate) granted: &'s GrantedTokens,
    pub(crate) clock: &'s C,
}

struct Sleep;

impl Pause for Sleep {
    async fn pause(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

impl<C: Clock> ObtainGranted for Reach<'_, C> {
    async fn obtain_granted(&self, call: GrantedCall<'_>) -> Result<Arc<AccessToken>, Error> {
        let GrantedCall { key, entry, freshness } = call;
        let identity = identity(key, entry);
        let now = self.clock.now();
        let kept = identity.as_ref().and_then(|identity| self.granted.find(identity, now));
        let refused = match (freshness, kept) {
            (Freshness::Kept, Some((token, _))) => return Ok(token),
            (Freshness::New, kept) => kept.map(|(_, generation)| generation),
            (Freshness::Kept, None) | (Freshness::Apart, _) => None,
        };
        let of = GrantUse { key, entry, refused };
        let found = access_token(self.tables, self.unwrapping, &Sleep, self.clock, &of).await;
        match (found, identity) {
            (Ok(Token { token, generation }), Some(identity)) => {
                let token = Arc::new(token);
                self.granted.keep(identity, &token, generation, self.clock.now());
                Ok(token)
            }
            (Ok(Token { token, .. }), None) => Ok(Arc::new(token)),
            (Err(error), identity) => {
                identity.iter().for_each(|identity| self.granted.forget(identity));
                Err(error)
            }
        }
    }
}

/// `None` where nobody connected the entry.
fn identity(key: &Key, entry: &EntryName) -> Option<Identity> {
    let connection = key.connections.get(entry)?.clone();
    Some((format!("{}#{}", key.account, key.id), entry.clone(), connection))
}

impl<C: Clock> Exchange for Reach<'_, C> {
    async fn exchange(
        &self,
        request: Outgoing<'_>,
        allowed: &AllowedOrigins,
    ) -> Result<Incoming, OutboundError> {
        self.outside.exchange(request, allowed).await
    }
}

impl<C: Clock> LogIn for Reach<'_, C> {
    async fn log_in(&self, login: &Login<'_>, allowed: &AllowedOrigins) -> Result<Welcome, LoginError> {
        self.outside.log_in(login, allowed).await
    }
}

impl<C: Clock> ObtainToken for Reach<'_, C> {
    async fn obtain_token(&self, call: TokenCall<'_>) -> Result<Arc<AccessToken>, ObtainError> {
        self.outside.obtain_token(call).await
    }
}

impl<C: Clock> OpenSession for Reach<'_, C> {
    async fn open_session(&self, call: SessionCall<'_>) -> Result<Arc<soap::Session>, ObtainError> {
        self.outside.open_session(call).await
    }
}

/// A key that is not stored has no grant.
impl ObtainGranted for Outside {
    async fn obtain_granted(&self, _: GrantedCall<'_>) -> Result<Arc<AccessToken>, Error> {
        Err(Error::NeedsReconnect("Save the key and connect it first: there is nothing to try until then"))
    }
}
