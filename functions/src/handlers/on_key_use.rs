//! The work after a use of a key: the table's stream calls it with records of new receipts. It notes when the key was last used,
//! rounded to a quarter of an hour, in a row of its own.
//!
//! No route calls it. A record may come twice, late or out of order; its effect is the same. The function never triggers
//! itself, because it writes no receipts.

use keyward_shared::{
    keys::{
        receipt::Purpose,
        tidy::{Used, note_each},
    },
    ports::NoteLastUse,
};

use super::stream_batch::{Batch, BatchResponse, Matched, NoSequenceNumber, StreamEvent};
use crate::{failed_change::SetAside, stream_filter::KEY_USES};

/// The function's own name, under which a failed record can be tried again.
const NAME: &str = "on_key_use";

/// Does the work for a batch of records.
///
/// # Errors
///
/// [`NoSequenceNumber`], when not even the failure of a record can be told.
pub async fn handle(
    store: &impl NoteLastUse,
    failed: &impl SetAside,
    event: StreamEvent,
) -> Result<BatchResponse, NoSequenceNumber> {
    let (batch, uses) = Batch::read(NAME, event, &KEY_USES, used);
    let undone = note_each(store, uses).await;
    batch.answer(failed, undone).await
}

/// The use that a receipt records. The rest of its partition key ends in its shard.
fn used(record: &Matched<'_>) -> Option<Used> {
    let (account, rest) = record.rest.split_once('#')?;
    let (key, _shard) = rest.split_once('#')?;
    Some(Used {
        key: (account.parse().ok()?, key.parse().ok()?),
        purpose: Purpose::of(record.text("purpose")?)?,
        at: record.text("at")?.parse().ok()?,
    })
}
