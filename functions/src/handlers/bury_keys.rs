//! Ends deleted keys whose time to be brought back is over: a tombstone takes the place of the row. Their sealed values are purged by
//! `on_table_change`, which reads the table's stream. It also lets keys that expire soon tell of that. A schedule starts it every hour.
//!
//! No route calls it. It takes nothing from its event.

use jiff::Timestamp;
use keyward_shared::{
    error::Error,
    keys::{change::bury_due, tidy::KeyOf, told::tell_expiring},
    moment::Clock,
    ports::{Announce, BuryKey, ListDueKeys, ListExpiringKeys, ReadKey, ReadKeyRow},
};
use serde::Serialize;
use serde_json::Value;

use crate::metrics::Metric;

/// The time that one key may take at most. With less time left, no other is begun.
const ONE_KEY_SECONDS: i64 = 10;
/// The most keys that are named.
const MOST_NAMED: usize = 100;

/// The reason why a run ended without an answer.
#[derive(Debug, thiserror::Error)]
pub enum NotBuried {
    /// The table did not answer, or refused. Keys before that are ended.
    #[error("not every deleted key was ended, or not every key that expires told of it")]
    Store(#[from] Error),
    /// The answer could not be written.
    #[error("the answer could not be written")]
    Answer(#[from] serde_json::Error),
}

/// What was done.
#[derive(Serialize)]
struct BuriedView {
    /// How many keys were ended.
    ended: usize,
    /// How many keys told that they expire soon.
    told: usize,
    /// Whether every key that was due is dealt with.
    finished: bool,
    /// Keys whose rows cannot be read. They stay as they are.
    unreadable: Vec<String>,
}

/// Handles an event; `until` is when the function is stopped.
///
/// # Errors
///
/// [`NotBuried`].
pub async fn handle(
    keys: &(impl ListDueKeys + ReadKeyRow + BuryKey + ListExpiringKeys + ReadKey + Announce),
    clock: &impl Clock,
    until: Timestamp,
) -> Result<Value, NotBuried> {
    let stop = Timestamp::from_second(until.as_second() - ONE_KEY_SECONDS).unwrap_or(until);
    // Neither takes the time or the run of the other.
    let half =
        clock.now().duration_until(stop).checked_div(2).and_then(|half| clock.now().checked_add(half).ok());
    let buried = bury_due(keys, clock, half.unwrap_or(stop)).await;
    let expiring = tell_expiring(keys, clock, stop).await;
    let (buried, expiring) = (buried?, expiring?);
    let unreadable: Vec<KeyOf> = buried.unreadable.into_iter().chain(expiring.unreadable).collect();
    Metric::UnreadableRows.count(unreadable.len());
    for (account, key) in unreadable.iter().take(MOST_NAMED) {
        let (account, key) = (account.to_string(), key.to_string());
        tracing::error!(account, key, "the row of a key that is due cannot be read");
    }
    let finished = buried.finished && expiring.finished;
    if !finished {
        tracing::warn!(
            ended = buried.ended,
            told = expiring.told,
            "the time was not enough for every key that is due: the next run goes on"
        );
    }
    let named = |(_, key): &KeyOf| key.to_string();
    Ok(serde_json::to_value(BuriedView {
        ended: buried.ended,
        told: expiring.told,
        finished,
        unreadable: unreadable.iter().take(MOST_NAMED).map(named).collect(),
    })?)
}
