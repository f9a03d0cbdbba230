//! Finds sealed values that nothing names any more and that should have been purged, and counts them for the alarm of late purges.
//! `docs/operations.md` says what to do with what it finds.
//!
//! A schedule starts it every hour with `{"scheduled": true}`. Such a run goes on where the one before stopped, and ends a look at
//! the whole vault; the next look begins a day after this one began. By hand it begins at the beginning, or where `cursor` says.
//!
//! No route calls it. Beside its own place it changes nothing, and it reads no sealed value.

use jiff::{SignedDuration, Timestamp};
use keyward_shared::{
    error::Error,
    keys::{
        rewrap::{PassPlace, VaultPosition},
        tidy::{KeyOf, SweepAsked, SweepPass, Swept, Unnamed, sweep},
    },
    moment::Clock,
    ports::{KeepSweep, ListAllSealed, ListKeptVersions, ReadKeyRow},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::vault_cursor::{cursor, position};
use crate::metrics::Metric;

/// The most keys of a kind that are named. The counts are of all.
const MOST_NAMED: usize = 100;

/// The reason why a run ended without an answer.
#[derive(Debug, thiserror::Error)]
pub enum NotSwept {
    /// The event cannot be read.
    #[error("takes {{\"cursor\": the `next` of the run before}}, or nothing, or {{\"scheduled\": true}}")]
    NotUnderstood,
    /// The tables did not answer, or refused.
    #[error("the vault was not looked through")]
    Store(#[from] Error),
    /// The answer could not be written.
    #[error("the answer could not be written")]
    Answer(#[from] serde_json::Error),
}

/// What was found.
#[derive(Serialize)]
struct SweptView {
    /// The sealed entries that were looked at.
    looked_at: usize,
    /// Whether the run came to the end of the vault. A scheduled run that had nothing to do did, too.
    finished: bool,
    /// What to go on with, as `cursor`; null at the end.
    next: Option<String>,
    /// How long the oldest value has been there that nothing names; null where there is none.
    oldest_seconds: Option<u64>,
    /// The keys with such values.
    unnamed: Vec<UnnamedView>,
    /// Keys with sealed values and without a row.
    without_row: Vec<KeyOfView>,
    /// Keys whose row or versions cannot be read.
    unreadable: Vec<KeyOfView>,
    /// Items of the vault that cannot be read.
    unreadable_items: usize,
}

#[derive(Serialize)]
struct KeyOfView {
    account_id: String,
    key_id: String,
}

impl From<&KeyOf> for KeyOfView {
    fn from((account, key): &KeyOf) -> Self {
        Self { account_id: account.to_string(), key_id: key.to_string() }
    }
}

#[derive(Serialize)]
struct UnnamedView {
    #[serde(flatten)]
    key: KeyOfView,
    /// How many values.
    values: usize,
    /// Since when nothing names them.
    since: Timestamp,
}

impl From<&Unnamed> for UnnamedView {
    fn from(unnamed: &Unnamed) -> Self {
        Self { key: KeyOfView::from(&unnamed.key), values: unnamed.values, since: unnamed.since }
    }
}

/// What an event may say.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    cursor: Option<String>,
    #[serde(default)]
    scheduled: bool,
}

impl Input {
    fn parse(self) -> Option<Asked> {
        match (self.scheduled, self.cursor) {
            (true, None) => Some(Asked::Scheduled),
            (true, Some(_)) => None,
            (false, None) => Some(Asked::ByHand(None)),
            (false, Some(text)) => Some(Asked::ByHand(Some(position(&text)?))),
        }
    }
}

enum Asked {
    Scheduled,
    ByHand(Option<VaultPosition>),
}

/// Handles an event; `until` is when the function is stopped.
///
/// # Errors
///
/// [`NotSwept`].
pub async fn handle(
    store: &(impl ListAllSealed + ReadKeyRow + ListKeptVersions + KeepSweep),
    clock: &impl Clock,
    event: &Value,
    until: Timestamp,
) -> Result<Value, NotSwept> {
    let input = Input::deserialize(event).ok().and_then(Input::parse);
    match input.ok_or(NotSwept::NotUnderstood)? {
        Asked::ByHand(after) => {
            let swept = sweep(store, clock, SweepAsked { after, until }, None).await?;
            let values: usize = swept.unnamed.iter().map(|unnamed| unnamed.values).sum();
            record(swept.oldest(clock.now()), u64::try_from(values).unwrap_or(u64::MAX));
            told(&swept, clock.now())
        }
        Asked::Scheduled => go_on(store, clock, until).await,
    }
}

/// A run of the scheduled look.
async fn go_on(
    store: &(impl ListAllSealed + ReadKeyRow + ListKeptVersions + KeepSweep),
    clock: &impl Clock,
    until: Timestamp,
) -> Result<Value, NotSwept> {
    let kept = store.read_sweep().await.map_err(Error::from)?;
    let mut pass = match kept {
        Some(pass) => pass.to_go_on_with(clock.now()),
        None => SweepPass::new(clock.now()),
    };
    let after = match &pass.place {
        PassPlace::Ended => return told(&Swept { finished: true, ..Swept::default() }, clock.now()),
        PassPlace::Begun => None,
        PassPlace::After(position) => Some(position.clone()),
    };
    let swept = sweep(store, clock, SweepAsked { after, until }, Some(&mut pass)).await?;
    // What earlier runs of this look have found is still there.
    record(pass.oldest.map(|oldest| clock.now().duration_since(oldest)), pass.values);
    told(&swept, clock.now())
}

/// Counts for the alarm, even where there is nothing, so that the alarm ends.
fn record(oldest: Option<SignedDuration>, values: u64) {
    Metric::OldestUnnamed.record(oldest.map_or(0, seconds));
    Metric::Unnamed.record(values);
}

fn seconds(age: SignedDuration) -> u64 {
    u64::try_from(age.as_secs()).unwrap_or(0)
}

/// Names what was found, in the log and in the answer.
fn told(swept: &Swept, now: Timestamp) -> Result<Value, NotSwept> {
    Metric::UnreadableRows
        .count(swept.unreadable_keys.len() + swept.without_row.len() + swept.unreadable_items);
    report(swept);
    let named = |keys: &[KeyOf]| keys.iter().take(MOST_NAMED).map(KeyOfView::from).collect();
    Ok(serde_json::to_value(SweptView {
        looked_at: swept.looked_at,
        finished: swept.finished,
        next: swept.next.as_ref().map(cursor),
        oldest_seconds: swept.oldest(now).map(seconds),
        unnamed: swept.unnamed.iter().take(MOST_NAMED).map(UnnamedView::from).collect(),
        without_row: named(&swept.without_row),
        unreadable: named(&swept.unreadable_keys),
        unreadable_items: swept.unreadable_items,
    })?)
}

fn report(swept: &Swept) {
    let kinds = [
        ("nothing names some of its sealed values", swept.unnamed.iter().map(|found| &found.key).collect()),
        ("it has sealed values and no row", swept.without_row.iter().collect::<Vec<_>>()),
        ("its row or a version cannot be read", swept.unreadable_keys.iter().collect()),
    ];
    for (what, keys) in kinds {
        for (account, key) in keys.into_iter().take(MOST_NAMED) {
            let (account, key) = (account.to_string(), key.to_string());
            tracing::error!(account, key, what, "a key was found by the sweep");
        }
    }
    if !swept.finished {
        tracing::warn!(
            looked_at = swept.looked_at,
            "the time was not enough for the whole vault: the next run goes on"
        );
    }
}
