//! Finds deliveries that are due, and tells of them in the queue. It is what makes every message a mere hint: one that was lost is told
//! again, and waits that are longer than the queue's stand in the table.
//!
//! No route calls it. It changes nothing.

use jiff::SignedDuration;
use keyward_shared::{
    error::Error,
    moment::Clock,
    ports::{HintDeliveries, ListDueDeliveries},
};
use serde::Serialize;
use serde_json::Value;

/// The most deliveries of one partition of the index that a run tells of.
const MOST_OF_A_PARTITION: u16 = 1_000;
/// How long a delivery must have been due: before that, a message told of it, and is on its way.
const GRACE: SignedDuration = SignedDuration::from_secs(10);

/// The reason why a run ended without an answer.
#[derive(Debug, thiserror::Error)]
pub enum NotFound {
    /// The table or the queue did not answer, or refused.
    #[error("not every delivery that is due was told of")]
    Store(#[from] Error),
    /// The answer could not be written.
    #[error("the answer could not be written")]
    Answer(#[from] serde_json::Error),
}

/// What was found.
#[derive(Serialize)]
struct Found {
    /// How many deliveries are due.
    due: usize,
}

/// Tells of what is due.
///
/// # Errors
///
/// [`NotFound`].
pub async fn handle(
    store: &impl ListDueDeliveries,
    hints: &impl HintDeliveries,
    clock: &impl Clock,
) -> Result<Value, NotFound> {
    let now = clock.now();
    let before = now.saturating_sub(GRACE).unwrap_or(now);
    let due = store.list_due_deliveries(before, MOST_OF_A_PARTITION).await.map_err(Error::from)?;
    hints.hint(&due, SignedDuration::ZERO).await.map_err(Error::from)?;
    Ok(serde_json::to_value(Found { due: due.len() })?)
}
