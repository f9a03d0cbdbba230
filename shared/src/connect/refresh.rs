//! Refreshing grants, and ending them.
//!
//! A refresh token may be good for one use. So an attempt is written down before its request goes out, with a lease that is longer than
//! the function runs and than clocks differ; nobody else begins one meanwhile. What came of it is written with the new tokens in one
//! transaction. If that is not known, because the system did not answer or the process ended, the attempt stays written down: the next one
//! uses the former token again where the system's rule lets it, and nowhere else.

use jiff::{SignedDuration, Timestamp};

use super::{
    app::{App, app_of},
    dropped,
    finish::{TokenAddresses, account_name, identity, post},
    grant::{Attempt, Grant, GrantState, Standing, Why},
    sealed::{open_one, seal_one},
};
use crate::{
    error::{Error, PortError},
    ids::{AccountId, ConnectionId, KeyId},
    keys::{
        health::{Health, TrialResult},
        key::Key,
        seal::SealedEntry,
    },
    moment::{Clock, Moment, Random},
    outbound::{OutboundError, Unreachable},
    ports::{
        CommitError, EndGrant, Exchange, ListGrants, PurgeGrant, ReadAllowedOrigins, ReadApp, ReadGrant,
        ReadKey, ReadSealedApp, ReadSealedGrant, RefreshGrant, UnwrapDataKey, WrapDataKey, WriteHealth,
    },
    sealing::{EntryName, SealKind},
    signing::oauth2::{Granted, RefusedGrant, TokenHint, read_granted},
    strategy::{Lookup, OAuth2AuthorizationCode, RefreshRule, RevocationEnds},
};

/// How long an attempt keeps others away: longer than the function runs (60 seconds) and clocks differ together.
pub const LEASE: SignedDuration = SignedDuration::from_secs(90);
/// How much clocks of two machines may differ.
const SKEW: SignedDuration = SignedDuration::from_secs(20);
/// No request goes out with less of its lease left.
const LEFT: SignedDuration = SignedDuration::from_secs(10);
/// How long a grant waits whose key is deleted, and may be brought back.
const WHILE_DELETED: SignedDuration = SignedDuration::from_hours(1);
/// How often a revocation is tried.
const REVOCATIONS: u32 = 3;
/// And for how long.
const REVOKING: SignedDuration = SignedDuration::from_hours(24);
/// How often tokens that were just obtained are stored, if the table does not answer: they exist nowhere else.
const STORES: usize = 5;
/// What proves that a grant is refused (RFC 6749 §5.2).
const INVALID_GRANT: &str = "invalid-grant";

/// What came of looking at a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refreshed {
    /// There was nothing to do, or somebody else is at it.
    Nothing,
    /// It has a new access token.
    Done,
    /// A person has to connect again.
    Stopped(Why),
    /// It is tried again later.
    Later,
    /// It was revoked at the system, and destroyed.
    Revoked,
    /// It was destroyed, and whoever cares revokes it at the system by hand.
    GivenUp,
}

/// Which grants were ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended(pub usize);

/// Looks at a grant that is due: refreshes it, or revokes it.
///
/// # Errors
///
/// What of the stored rows cannot be read, and what the ports report. The grant stays due.
pub async fn refresh(
    store: &(
         impl ReadGrant
         + ReadKey
         + ReadApp
         + ReadSealedApp
         + ReadSealedGrant
         + RefreshGrant
         + PurgeGrant
         + ReadAllowedOrigins
         + WriteHealth
     ),
    (unwrapping, wrapping): (&impl UnwrapDataKey, &impl WrapDataKey),
    outside: &impl Exchange,
    moment: &Moment<'_, impl Clock, impl Random>,
    (account, key, entry): (&AccountId, &KeyId, &EntryName),
) -> Result<Refreshed, Error> {
    let now = moment.clock.now();
    let Some(grant) = store.read_grant(account, key, entry).await? else { return Ok(Refreshed::Nothing) };
    if grant.due_at.is_none_or(|due| due > now) || grant.is_held(now) {
        return Ok(Refreshed::Nothing);
    }
    match grant.state {
        GrantState::NeedsReconnect(_) => return Ok(Refreshed::Nothing),
        GrantState::Revoking { since } => {
            return revoke(store, unwrapping, outside, moment, grant, since).await;
        }
        GrantState::Connected => {}
    }
    let Some(key) = store.read_key(account, key).await? else {
        return wait(store, grant, now, WHILE_DELETED).await;
    };
    if grant.standing(&key)? != Standing::OfTheKey {
        // A key that is led back to where it was asks again.
        let was = grant.attempt.clone();
        return settle(store, Grant { due_at: None, ..grant }, was).await.map(|()| Refreshed::Nothing);
    }
    let about = About::of(store, &grant, &key).await;
    let about = match about {
        Ok(about) => about,
        Err(Error::KeyUnreadable | Error::NotFound | Error::CannotConnect(_)) => {
            return stop(store, moment.clock, &key, grant, Why::AppChanged).await;
        }
        Err(error) => return Err(error),
    };
    if let Some(why) = reason_to_stop(&grant, about.rule(), moment.clock) {
        return stop(store, moment.clock, &key, grant, why).await;
    }
    let attempt = Attempt {
        id: ConnectionId::generate(moment.clock, moment.random),
        // Of several attempts whose outcome is unknown, the first one may have used the token.
        began: grant.attempt.as_ref().map_or(now, |open| open.began),
        until: now.saturating_add(LEASE).unwrap_or(now),
    };
    match store.begin_attempt(&grant, &attempt).await {
        Ok(()) => {}
        // Somebody else came first.
        Err(CommitError::Stale { .. }) => return Ok(Refreshed::Nothing),
        Err(error) => return Err(error.into()),
    }
    let was_open = grant.attempt.clone();
    let held = Grant { attempt: Some(attempt.clone()), ..grant };
    let running = Running { store, moment, about: &about, key: &key, attempt: &attempt };
    match running.ask(&held, unwrapping, outside).await {
        Ok(granted) => running.keep(held, granted, wrapping).await,
        Err(Unanswered::Nothing) => running.later(held, was_open).await,
        Err(Unanswered::Unknown) => {
            // The lease ends, and the attempt stays.
            let open = Attempt { until: attempt.began, ..attempt.clone() };
            if about.rule().may_be_used_again(moment.clock.now().duration_since(open.began)) {
                running.later(held, Some(open)).await
            } else {
                running.stop(held, Why::Lost).await
            }
        }
        Err(Unanswered::Refused) => running.stop(held, Why::Refused).await,
        Err(Unanswered::OtherIdentity) => running.stop(held, Why::OtherIdentity).await,
        Err(Unanswered::Fault(error)) => {
            // Nothing went out: the attempt is as if it had not been begun.
            running.later(held, was_open).await?;
            Err(error)
        }
    }
}

impl Grant {
    /// Whether somebody's attempt keeps others away. Another machine's clock may be behind: a lease counts longer than it says. One that
    /// was given back ended when it began, and keeps nobody away.
    fn is_held(&self, now: Timestamp) -> bool {
        self.attempt.as_ref().is_some_and(|attempt| {
            let until = attempt.until.saturating_add(SKEW).unwrap_or(attempt.until);
            attempt.until > attempt.began && now < until
        })
    }
}

/// Why there is no new token.
enum Unanswered {
    /// Nothing was done at the system.
    Nothing,
    /// It is not known what was done.
    Unknown,
    /// The system does not take the refresh token.
    Refused,
    /// The tokens that came are of somebody else.
    OtherIdentity,
    /// A fault before the request went out.
    Fault(Error),
}

/// What a refresh needs to know beside the grant.
struct About {
    code: &'static OAuth2AuthorizationCode,
    app: App,
    addresses: TokenAddresses,
}

impl About {
    async fn of(store: &impl ReadApp, grant: &Grant, key: &Key) -> Result<Self, Error> {
        let (code, named) = app_of(key, &grant.entry)?;
        let app = store.read_app(&grant.account, &grant.app).await?;
        let app = app.filter(|app| app.fits(key) && named == app.id).ok_or(Error::NotFound)?;
        let addresses = TokenAddresses::of(code, &app, key, &grant.entry)?;
        if addresses.token.to_string() != grant.token_url {
            return Err(Error::NotFound);
        }
        Ok(Self { code, app, addresses })
    }

    fn rule(&self) -> RefreshRule {
        self.code.refresh()
    }
}

fn reason_to_stop(grant: &Grant, rule: RefreshRule, clock: &impl Clock) -> Option<Why> {
    let now = clock.now();
    if grant.refresh.is_none() {
        return Some(Why::NoRefreshToken);
    }
    if grant.epoch != clock.epoch() && !rule.survives_a_restore() {
        return Some(Why::Restored);
    }
    let open = grant.attempt.as_ref()?;
    (!rule.may_be_used_again(now.duration_since(open.began))).then_some(Why::Lost)
}

/// An attempt that runs.
struct Running<'a, S, C, R> {
    store: &'a S,
    moment: &'a Moment<'a, C, R>,
    about: &'a About,
    key: &'a Key,
    attempt: &'a Attempt,
}

impl<S, C: Clock, R: Random> Running<'_, S, C, R>
where
    S: ReadGrant + ReadSealedApp + ReadSealedGrant + RefreshGrant + ReadAllowedOrigins + WriteHealth,
{
    /// Asks the system, once.
    async fn ask(
        &self,
        grant: &Grant,
        unwrapping: &impl UnwrapDataKey,
        outside: &impl Exchange,
    ) -> Result<Granted, Unanswered> {
        let About { code, app, addresses } = self.about;
        let fault = |error: Error| Unanswered::Fault(error);
        let mark = grant.refresh.as_ref().ok_or(Unanswered::Refused)?;
        let sealed = self.store.read_sealed_refresh(grant).await.map_err(|error| fault(error.into()))?;
        let sealed = sealed.ok_or(Unanswered::Fault(Error::DoesNotOpen))?;
        let binding = grant.refresh_binding().map_err(fault)?;
        let token =
            open_one(SealKind::Refresh, &grant.refresh_place(&binding), mark, &sealed, unwrapping).await;
        let token = token.map_err(fault)?;
        let secret = app.secret(self.store, unwrapping).await.map_err(fault)?;
        let allowed =
            self.store.read_allowed_origins(&grant.account).await.map_err(|error| fault(error.into()))?;
        let entry = self.key.entry(&grant.entry).map_err(fault)?;
        let values = Lookup::new(|field: &str| entry.public(field));
        let client = (app.client_id.clone(), Some(secret), app.client_auth);
        let owned = code.refreshing(&values, addresses.token.to_string(), client, token);
        let now = self.moment.clock.now();
        let request = owned.grant().request(now, self.moment.random).map_err(|_| Unanswered::Nothing)?;
        if self.attempt.until.duration_since(self.moment.clock.now()) < LEFT {
            // The process stood still for a while.
            return Err(Unanswered::Nothing);
        }
        let answer = match post(outside, &addresses.token, &request, &allowed).await {
            Ok(answer) => answer,
            Err(error) if was_not_sent(&error) => return Err(Unanswered::Nothing),
            Err(_) => return Err(Unanswered::Unknown),
        };
        let now = self.moment.clock.now();
        let granted = read_granted(answer.status, &answer.body, code.answer(), code.members(), now);
        let granted = granted.map_err(|refused| match refused {
            RefusedGrant::Grant => Unanswered::Refused,
            // A wrong secret of the app, for example: somebody corrects it, and the grant goes on.
            RefusedGrant::Client | RefusedGrant::Request(_) | RefusedGrant::Busy => Unanswered::Nothing,
            RefusedGrant::Unknown => Unanswered::Unknown,
        })?;
        // Tokens of somebody else are not used, whoever slipped them in (OpenID Connect Core §12.2).
        let now_of = identity(code, &granted, |field| entry.public(field));
        match (&grant.identity, now_of) {
            (Some(was), Some(now)) if *was != now => Err(Unanswered::OtherIdentity),
            (Some(_) | None, Some(_) | None) => Ok(granted),
        }
    }

    /// Keeps what the system gave.
    async fn keep(
        &self,
        held: Grant,
        granted: Granted,
        wrapping: &impl WrapDataKey,
    ) -> Result<Refreshed, Error> {
        let now = self.moment.clock.now();
        let expires_at = granted.access.expires_at();
        let generation = held.generation + 1;
        let mut drawn = [0];
        self.moment.random.fill(&mut drawn);
        let mut next = Grant {
            expires_at,
            due_at: Grant::due(now, expires_at, drawn[0]),
            generation,
            state: GrantState::Connected,
            attempt: None,
            failures: 0,
            epoch: self.moment.clock.epoch(),
            ..held
        };
        if let Some(name) = account_name(self.about.code, &granted) {
            next.account_name = Some(name);
        }
        if let Some(scope) = &granted.scope {
            next.scopes = OAuth2AuthorizationCode::split(scope);
        }
        let (access, refresh) = self.sealed(&mut next, &granted, wrapping).await?;
        let mut outcome = Ok(());
        for _ in 0..STORES {
            outcome = self.store.end_attempt(&next, &self.attempt.id, Some(&access), refresh.as_ref()).await;
            match &outcome {
                Err(CommitError::Port(PortError::Unavailable { .. })) => {}
                Err(CommitError::Stale { .. }) => {
                    let stored = self.store.read_grant(&next.account, &next.key, &next.entry).await?;
                    match stored {
                        // It was stored, and the table's answer was lost.
                        Some(stored) if stored.access == next.access => return Ok(Refreshed::Done),
                        // Its key ended meanwhile: these tokens are the ones to revoke.
                        Some(Grant {
                            state: state @ GrantState::Revoking { .. },
                            attempt: Some(attempt),
                            ..
                        }) if attempt.id == self.attempt.id => {
                            next = Grant { state, due_at: Some(now), ..next };
                        }
                        Some(_) | None => break,
                    }
                }
                Ok(()) | Err(_) => break,
            }
        }
        outcome?;
        Ok(Refreshed::Done)
    }

    async fn sealed(
        &self,
        next: &mut Grant,
        granted: &Granted,
        wrapping: &impl WrapDataKey,
    ) -> Result<(SealedEntry, Option<SealedEntry>), Error> {
        let (mark, access) = {
            let binding = next.access_binding(self.key)?;
            let (place, value) = (next.access_place(&binding), granted.access.value());
            seal_one(SealKind::Access, &place, value, next.generation, wrapping, self.moment).await?
        };
        next.access = mark;
        let Some(value) = &granted.refresh else { return Ok((access, None)) };
        let (mark, refresh) = {
            let binding = next.refresh_binding()?;
            let place = next.refresh_place(&binding);
            seal_one(SealKind::Refresh, &place, value, next.generation, wrapping, self.moment).await?
        };
        next.refresh = Some(mark);
        Ok((access, Some(refresh)))
    }

    /// Tries it again later; `open` is the attempt that stays written down, if one does.
    async fn later(&self, held: Grant, open: Option<Attempt>) -> Result<Refreshed, Error> {
        let now = self.moment.clock.now();
        let due_at = now.saturating_add(backoff(held.failures)).ok();
        let next = Grant { due_at, attempt: open, failures: held.failures.saturating_add(1), ..held };
        self.store.end_attempt(&next, &self.attempt.id, None, None).await?;
        Ok(Refreshed::Later)
    }

    async fn stop(&self, held: Grant, why: Why) -> Result<Refreshed, Error> {
        let next = Grant { due_at: None, attempt: None, state: GrantState::NeedsReconnect(why), ..held };
        self.store.end_attempt(&next, &self.attempt.id, None, None).await?;
        tell(self.store, self.moment.clock, self.key, &next.entry, why).await?;
        Ok(Refreshed::Stopped(why))
    }
}

/// How long to wait after so many refreshes in a row that gave nothing.
fn backoff(failures: u32) -> SignedDuration {
    SignedDuration::from_secs(5_i64.saturating_mul(1 << failures.min(7)))
}

/// Whether nothing of a request can have reached the system.
const fn was_not_sent(error: &OutboundError) -> bool {
    match error {
        OutboundError::Forbidden { .. } => true,
        // The request follows the agreement on TLS.
        OutboundError::Unreachable { why, .. } => match why {
            Unreachable::NoAddress | Unreachable::NoConnection | Unreachable::Tls(_) => true,
            Unreachable::Protocol => false,
        },
        OutboundError::TimedOut { .. } => false,
    }
}

async fn settle(store: &impl RefreshGrant, grant: Grant, was: Option<Attempt>) -> Result<(), Error> {
    match store.settle_grant(&grant, was.as_ref()).await {
        // Somebody changed it meanwhile, and knows better.
        Ok(()) | Err(CommitError::Stale { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

async fn wait(
    store: &impl RefreshGrant,
    grant: Grant,
    now: Timestamp,
    time: SignedDuration,
) -> Result<Refreshed, Error> {
    let (due_at, was) = (now.saturating_add(time).ok(), grant.attempt.clone());
    settle(store, Grant { due_at, ..grant }, was).await.map(|()| Refreshed::Later)
}

async fn stop(
    store: &(impl RefreshGrant + WriteHealth),
    clock: &impl Clock,
    key: &Key,
    grant: Grant,
    why: Why,
) -> Result<Refreshed, Error> {
    let was = grant.attempt.clone();
    let next = Grant { due_at: None, attempt: None, state: GrantState::NeedsReconnect(why), ..grant };
    settle(store, next.clone(), was).await?;
    tell(store, clock, key, &next.entry, why).await?;
    Ok(Refreshed::Stopped(why))
}

/// Shows in the key's health that somebody has to do something.
async fn tell(
    store: &impl WriteHealth,
    clock: &impl Clock,
    key: &Key,
    entry: &EntryName,
    why: Why,
) -> Result<(), Error> {
    let health = Health {
        account: key.account.clone(),
        key: key.id.clone(),
        entry: entry.clone(),
        version: key.version,
        result: TrialResult::Refused,
        message: why.sentence().to_owned(),
        proof: (why == Why::Refused).then(|| INVALID_GRANT.to_owned()),
        upstream: None,
        checked_at: clock.now(),
    };
    Ok(store.write_health(&health).await?)
}

/// Revokes a grant at its system, and destroys it. What cannot be revoked within a day is given up.
async fn revoke(
    store: &(impl ReadApp + ReadSealedApp + ReadSealedGrant + RefreshGrant + PurgeGrant + ReadAllowedOrigins),
    unwrapping: &impl UnwrapDataKey,
    outside: &impl Exchange,
    moment: &Moment<'_, impl Clock, impl Random>,
    grant: Grant,
    since: Timestamp,
) -> Result<Refreshed, Error> {
    let now = moment.clock.now();
    let is_over = grant.failures >= REVOCATIONS || now.duration_since(since) >= REVOKING;
    let outcome = if is_over {
        Refreshed::GivenUp
    } else {
        match ask_to_revoke(store, unwrapping, outside, &grant).await {
            Ok(outcome) => outcome,
            Err(error @ (Error::Unavailable(_) | Error::Internal(_))) => return Err(error),
            // What does not open is of no use to anybody.
            Err(_) => Refreshed::GivenUp,
        }
    };
    if outcome == Refreshed::Later {
        let due_at = now.saturating_add(backoff(grant.failures + 3)).ok();
        let failures = grant.failures.saturating_add(1);
        let was = grant.attempt.clone();
        settle(store, Grant { due_at, failures, ..grant }, was).await?;
        return Ok(Refreshed::Later);
    }
    match store.purge_grant(&grant).await {
        Ok(()) => Ok(outcome),
        Err(CommitError::Stale { .. }) => Ok(Refreshed::Nothing),
        Err(error) => Err(error.into()),
    }
}

async fn ask_to_revoke(
    store: &(impl ReadApp + ReadSealedApp + ReadSealedGrant + ReadAllowedOrigins),
    unwrapping: &impl UnwrapDataKey,
    outside: &impl Exchange,
    grant: &Grant,
) -> Result<Refreshed, Error> {
    let (Some(url), Some(mark)) = (&grant.revocation_url, &grant.refresh) else {
        return Ok(Refreshed::GivenUp);
    };
    let app = store.read_app(&grant.account, &grant.app).await?.ok_or(Error::NotFound)?;
    if app.grants > 1 && app.code()?.revocation_ends() == RevocationEnds::Account {
        // It may be the same account that consented to the app's other keys: they go on.
        return Ok(Refreshed::GivenUp);
    }
    let sealed = store.read_sealed_refresh(grant).await?.ok_or(Error::DoesNotOpen)?;
    let binding = grant.refresh_binding()?;
    let token =
        open_one(SealKind::Refresh, &grant.refresh_place(&binding), mark, &sealed, unwrapping).await?;
    let secret = app.secret(store, unwrapping).await?;
    let allowed = store.read_allowed_origins(&grant.account).await?;
    let is_revoked =
        dropped::revoke(outside, url, (&token, TokenHint::Refresh), (&app, &secret), &allowed).await?;
    Ok(if is_revoked { Refreshed::Revoked } else { Refreshed::Later })
}

/// Ends the grants of a key that are none of it any more: those of entries that are gone, of former connections, and, where the key
/// itself has ended, all.
///
/// # Errors
///
/// What the ports report.
pub async fn end_grants(
    store: &(impl ListGrants + EndGrant),
    (account, key): (&AccountId, &KeyId),
    row: Option<&Key>,
    since: Timestamp,
) -> Result<Ended, Error> {
    let mut ended = 0;
    for grant in store.list_grants(account, key).await? {
        let is_the_keys = match row {
            Some(row) => grant.standing(row)? != Standing::Foreign,
            None => false,
        };
        if is_the_keys || matches!(grant.state, GrantState::Revoking { .. }) {
            continue;
        }
        store.begin_revoking(&grant, since).await?;
        ended += 1;
    }
    Ok(Ended(ended))
}
