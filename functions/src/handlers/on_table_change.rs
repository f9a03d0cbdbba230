//! The work after a change of a key: the table's stream calls it with records of new audit entries and of health. It purges
//! sealed values that no version refers to any more, all those of deleted keys included, brings the index of words to what the
//! key's row says, and writes the key's health into the row.
//!
//! No route calls it. A record may come twice, late or out of order; its effect is the same. The function never triggers
//! itself, because it writes no audit entries and no health.

use keyward_shared::keys::tidy::{KeyOf, Seen, Tidying, tidy_each};

use super::stream_batch::{Batch, BatchResponse, Matched, NoSequenceNumber, StreamEvent};
use crate::{failed_change::SetAside, stream_filter::TABLE_CHANGES};

/// The function's own name, under which a failed record can be tried again.
const NAME: &str = "on_table_change";

/// Does the work for a batch of records.
///
/// # Errors
///
/// [`NoSequenceNumber`], when not even the failure of a record can be told.
pub async fn handle(
    store: &impl Tidying,
    failed: &impl SetAside,
    event: StreamEvent,
) -> Result<BatchResponse, NoSequenceNumber> {
    let (batch, seen) = Batch::read(NAME, event, &TABLE_CHANGES, seen);
    let undone = tidy_each(store, seen.into_iter().map(|(place, (what, key))| (place, what, key))).await;
    batch.answer(failed, undone).await
}

/// What a record says of which key.
fn seen(record: &Matched<'_>) -> Option<(Seen, KeyOf)> {
    let what = match record.pattern.partitions {
        "AUDIT#" => Seen::Changed,
        _ => Seen::Tried,
    };
    let (account, key) = record.rest.split_once('#')?;
    Some((what, (account.parse().ok()?, key.parse().ok()?)))
}
