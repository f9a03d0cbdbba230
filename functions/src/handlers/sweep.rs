//! Finds sealed values that nothing names any more and that should have been purged, and counts them for the alarm of late purges.
//! A schedule starts it every day; `docs/operations.md` says what to do with what it finds.
//!
//! No route calls it. It changes nothing and reads no sealed value.

use jiff::Timestamp;
use keyward_shared::{
    error::Error,
    keys::tidy::{KeyOf, Swept, Unnamed, sweep},
    moment::Clock,
    ports::{ListAllSealed, ListKeptVersions, ReadKeyRow},
};
use serde::Serialize;
use serde_json::Value;

use crate::metrics::Metric;

/// The most keys of a kind that are named. The counts are of all.
const MOST_NAMED: usize = 100;

/// The reason why a run ended without an answer.
#[derive(Debug, thiserror::Error)]
pub enum NotSwept {
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
    /// Whether that was the whole vault.
    finished: bool,
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

/// Handles an event, which says nothing; `until` is when the function is stopped.
///
/// # Errors
///
/// [`NotSwept`].
pub async fn handle(
    store: &(impl ListAllSealed + ReadKeyRow + ListKeptVersions),
    clock: &impl Clock,
    _event: &Value,
    until: Timestamp,
) -> Result<Value, NotSwept> {
    let swept = sweep(store, clock, until).await?;
    let oldest = swept.oldest(clock.now()).map(|age| u64::try_from(age.as_secs()).unwrap_or(0));
    // Recorded even where there is nothing, so that the alarm ends.
    Metric::OldestUnnamed.record(oldest.unwrap_or(0));
    let values: usize = swept.unnamed.iter().map(|unnamed| unnamed.values).sum();
    Metric::Unnamed.record(u64::try_from(values).unwrap_or(u64::MAX));
    Metric::UnreadableRows
        .count(swept.unreadable_keys.len() + swept.without_row.len() + swept.unreadable_items);
    report(&swept);
    let named = |keys: &[KeyOf]| keys.iter().take(MOST_NAMED).map(KeyOfView::from).collect();
    Ok(serde_json::to_value(SweptView {
        looked_at: swept.looked_at,
        finished: swept.finished,
        oldest_seconds: oldest,
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
        tracing::error!(looked_at = swept.looked_at, "the time was not enough for the whole vault");
    }
}
