//! A batch of reads. DynamoDB may answer a part of it: for want of capacity, or because the items of one partition have more
//! than 1 MB together (API reference, BatchGetItem). The rest is asked for again.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use aws_sdk_dynamodb::{
    operation::batch_get_item::{BatchGetItemInput, builders::BatchGetItemInputBuilder},
    types::KeysAndAttributes,
};
use keyward_shared::error::PortError;
use tokio::time::sleep;

use super::{
    Tables,
    errors::{DYNAMODB, dynamodb_error, our_fault},
    item::Item,
};

/// After so many answers in a row without a further item, DynamoDB counts as unavailable.
const TRIES: u32 = 4;
/// The longest wait before the second of them. Each further wait may be twice as long: the reference recommends exponential
/// waits.
const WAIT: Duration = Duration::from_millis(50);

/// DynamoDB reads no more of a batch.
#[derive(Debug, thiserror::Error)]
#[error("DynamoDB left a part of the batch unread, {TRIES} times")]
struct Unread;

impl Tables {
    /// Reads all items of a batch, by table.
    pub(super) async fn read_whole(
        &self,
        batch: BatchGetItemInputBuilder,
    ) -> Result<HashMap<String, Vec<Item>>, PortError> {
        let mut found = HashMap::<String, Vec<Item>>::new();
        let mut next = batch.get_request_items().clone().unwrap_or_default();
        let mut in_vain = 0;
        loop {
            let asked = number_of_keys(&next);
            let call = BatchGetItemInput::builder().set_request_items(Some(next)).build();
            let answer = self.direct.read.send(call.map_err(our_fault)?).await.map_err(dynamodb_error)?;
            for (table, items) in answer.responses.unwrap_or_default() {
                found.entry(table).or_default().extend(items);
            }
            // In the form of a request, with what was said of consistency and attributes.
            next = answer.unprocessed_keys.unwrap_or_default();
            let left = number_of_keys(&next);
            if left == 0 {
                return Ok(found);
            }
            in_vain = if left < asked { 0 } else { in_vain + 1 };
            if in_vain == TRIES {
                return Err(PortError::Unavailable { service: DYNAMODB, source: Box::new(Unread) });
            }
            sleep(wait_after(in_vain, RandomState::new().hash_one(left))).await;
        }
    }
}

fn number_of_keys(items: &HashMap<String, KeysAndAttributes>) -> usize {
    items.values().map(|of_table| of_table.keys.len()).sum()
}

/// How long to wait after so many answers without a further item: between half of the longest wait and all of it, by the
/// drawn number, so that functions that met the same shortage do not come back together.
fn wait_after(in_vain: u32, drawn: u64) -> Duration {
    let longest = WAIT * 2_u32.pow(in_vain);
    let half = longest / 2;
    half + half * u32::from(drawn.to_le_bytes()[0]) / u32::from(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_differ() {
        for (in_vain, longest) in [(0, 50), (1, 100), (2, 200), (3, 400)] {
            assert_eq!(wait_after(in_vain, 0), Duration::from_millis(longest / 2));
            assert_eq!(wait_after(in_vain, u64::MAX), Duration::from_millis(longest));
            assert!(wait_after(in_vain, 100) < wait_after(in_vain, 101));
        }
    }
}
