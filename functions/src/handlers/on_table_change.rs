//! The work after a change of a key, and after an event: the table's stream calls it with records of new audit entries, of new events
//! and of health. It purges sealed values that no version refers to any more, all those of deleted keys included, brings the index of words
//! to what the key's row says, writes the key's health into the row, makes an event of each change that a webhook hears of, and plans the deliveries of events.
//!
//! A key whose trial turned out otherwise than what was last told of it gets an entry in its chain that says so.
//!
//! No route calls it. A record may come twice, late or out of order; its effect is the same. It writes no health. It writes events of
//! changes, and the entries by which keys tell how they fare. Both start it once more, and lead to nothing further of that kind.

use keyward_shared::{
    events::{
        batch::{Told, follow_each},
        own::ChangeOf,
    },
    keys::tidy::{KeyOf, Seen, Tidying, tidy_each},
    moment::Clock,
    ports::{HintDeliveries, PutDelivery, PutEvent, ReadChange, ReadEvent, ReadWebhooks},
};

use super::stream_batch::{Batch, BatchResponse, Matched, NoSequenceNumber, StreamEvent};
use crate::{failed_change::SetAside, stream_filter::TABLE_CHANGES};

/// The function's own name, under which a failed record can be tried again.
const NAME: &str = "on_table_change";

/// Does the work for a batch of records. No purge waits for an event.
///
/// # Errors
///
/// [`NoSequenceNumber`], when not even the failure of a record can be told.
pub async fn handle(
    store: &(impl Tidying + ReadWebhooks + ReadChange + ReadEvent + PutEvent + PutDelivery),
    (failed, hints): (&impl SetAside, &impl HintDeliveries),
    clock: &impl Clock,
    event: StreamEvent,
) -> Result<BatchResponse, NoSequenceNumber> {
    let (batch, read) = Batch::read(NAME, event, &TABLE_CHANGES, read);
    let (mut seen, mut told) = (Vec::new(), Vec::new());
    for (place, Record { key, event }) in read {
        seen.extend(key.map(|(what, key)| (place, what, key)));
        told.extend(event.map(|event| (place, event)));
    }
    let mut undone = tidy_each(store, clock, seen).await;
    undone.extend(follow_each(store, hints, clock, told).await);
    batch.answer(failed, undone).await
}

/// What a record says of a key, and what of events.
struct Record {
    key: Option<(Seen, KeyOf)>,
    event: Option<Told>,
}

fn read(record: &Matched<'_>) -> Option<Record> {
    let (account, id) = record.rest.split_once('#')?;
    let account = account.parse().ok()?;
    match record.pattern.partitions {
        "EVENT#" => Some(Record { key: None, event: Some(Told::Event(account, id.parse().ok()?)) }),
        "AUDIT#" => {
            let key: KeyOf = (account, id.parse().ok()?);
            let (account, key_id) = key.clone();
            let change = ChangeOf { account, key: key_id, sequence: record.row()?.parse().ok()? };
            Some(Record { key: Some((Seen::Changed, key)), event: Some(Told::Change(change)) })
        }
        _ => Some(Record { key: Some((Seen::Tried, (account, id.parse().ok()?))), event: None }),
    }
}
