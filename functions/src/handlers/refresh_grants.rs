//! Refreshes the grants that are due, and revokes those that ended. A schedule starts it every minute. It alone opens refresh tokens.
//!
//! No route calls it. It takes nothing from its event.

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use keyward_shared::{
    connect::{Refreshed, refresh},
    error::{Error, PortError},
    moment::{Clock, Moment, Random},
    ports::{
        Exchange, ListDueGrants, PurgeGrant, ReadAllowedOrigins, ReadApp, ReadGrant, ReadKey, ReadSealedApp,
        ReadSealedGrant, RefreshGrant, UnwrapDataKey, WrapDataKey, WriteHealth,
    },
};
use serde::Serialize;
use serde_json::Value;

/// The time that one grant may take at most. With less time left, no other is begun.
const ONE_GRANT_SECONDS: i64 = 35;
/// How many are looked at at one time.
const AT_ONCE: usize = 16;

/// The reason why a run ended without an answer.
#[derive(Debug, thiserror::Error)]
pub enum NotRefreshed {
    /// The table did not answer.
    #[error("the grants that are due could not be listed")]
    Store(#[from] PortError),
    /// The answer could not be written.
    #[error("the answer could not be written")]
    Answer(#[from] serde_json::Error),
}

/// What was done.
#[derive(Serialize, Default)]
struct RefreshedView {
    /// How many grants were due.
    due: usize,
    /// How many have a new access token.
    refreshed: usize,
    /// How many need a person.
    stopped: usize,
    /// How many are tried again later.
    later: usize,
    /// How many were revoked and destroyed.
    revoked: usize,
    /// How many were destroyed without an answer of the system: somebody revokes them there by hand.
    given_up: usize,
    /// How many failed for a reason of ours.
    failed: usize,
}

/// Handles an event; `until` is when the function is stopped.
///
/// # Errors
///
/// [`NotRefreshed`].
pub async fn handle(
    store: &(
         impl ListDueGrants
         + ReadGrant
         + ReadKey
         + ReadApp
         + ReadSealedApp
         + ReadSealedGrant
         + RefreshGrant
         + PurgeGrant
         + ReadAllowedOrigins
         + WriteHealth
     ),
    wrapping: (&impl UnwrapDataKey, &impl WrapDataKey),
    outside: &impl Exchange,
    moment: Moment<'_, impl Clock, impl Random>,
    until: Timestamp,
) -> Result<Value, NotRefreshed> {
    let stop = Timestamp::from_second(until.as_second() - ONE_GRANT_SECONDS).unwrap_or(until);
    let due = store.list_due_grants(moment.clock.now()).await?;
    let mut view = RefreshedView { due: due.len(), ..RefreshedView::default() };
    let moment = &moment;
    let work = stream::iter(due).map(|(account, key, entry)| async move {
        if moment.clock.now() > stop {
            return Ok(Refreshed::Nothing);
        }
        let outcome = refresh(store, wrapping, outside, moment, (&account, &key, &entry)).await;
        log(&outcome, &account.to_string(), &key.to_string());
        outcome
    });
    let outcomes: Vec<_> = work.buffer_unordered(AT_ONCE).collect().await;
    for outcome in outcomes {
        match outcome {
            Ok(Refreshed::Nothing) => {}
            Ok(Refreshed::Done) => view.refreshed += 1,
            Ok(Refreshed::Stopped(_)) => view.stopped += 1,
            Ok(Refreshed::Later) => view.later += 1,
            Ok(Refreshed::Revoked) => view.revoked += 1,
            Ok(Refreshed::GivenUp) => view.given_up += 1,
            Err(_) => view.failed += 1,
        }
    }
    Ok(serde_json::to_value(view)?)
}

/// What somebody may have to do something about. No word of it came from a system.
fn log(outcome: &Result<Refreshed, Error>, account: &str, key: &str) {
    match outcome {
        Ok(Refreshed::Stopped(why)) => {
            tracing::warn!(account, key, why = why.as_str(), "a person has to connect the key again");
        }
        Ok(Refreshed::GivenUp) => {
            tracing::warn!(account, key, "a grant was destroyed and not revoked: revoke it at the system");
        }
        Ok(Refreshed::Nothing | Refreshed::Done | Refreshed::Later | Refreshed::Revoked) => {}
        Err(error) => tracing::error!(account, key, %error, "a grant could not be refreshed"),
    }
}
