//! What follows a change in the table `keyward`: the stream calls it with records of new audit entries, of health and of
//! receipts. It purges what nothing names any more, everything of deleted keys above all, and shows in a key's row how the key
//! fares and when it was used.
//!
//! No route calls it. A record may come twice, late or out of order; each has its effect once all the same. It never feeds
//! itself: what it writes are no audit entries, no health and no receipts.

use std::collections::BTreeMap;

use jiff::Timestamp;
use keyward_shared::{
    error::Error,
    ids::{AccountId, KeyId},
    keys::{receipt::Purpose, tidy::tidy},
    ports::{ListKeptVersions, ListSealedPlaces, PurgeKey, ReadHealth, ReadKeyRow, ShowHealth, ShowLastUse},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::stream_filter::TABLE_CHANGES;

/// Records as Lambda hands them over ("Using AWS Lambda with Amazon DynamoDB" in its developer guide). Each is read by
/// itself, so that one that cannot be read takes nothing from the others.
#[derive(Deserialize)]
pub struct StreamEvent {
    #[serde(rename = "Records")]
    records: Vec<Value>,
}

/// The records that were not dealt with, which Lambda hands over again ("Implementing partial batch responses").
#[derive(Debug, Serialize, PartialEq, Eq)]
pub struct BatchResponse {
    #[serde(rename = "batchItemFailures")]
    failures: Vec<Failed>,
}

#[derive(Debug, Serialize, PartialEq, Eq)]
struct Failed {
    #[serde(rename = "itemIdentifier")]
    sequence_number: String,
}

/// A record does not even say which it is, so the whole batch has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a record of the batch has no sequence number")]
pub struct NoSequenceNumber;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    event_name: String,
    dynamodb: Change,
}

#[derive(Deserialize)]
struct Change {
    #[serde(rename = "Keys")]
    keys: Keys,
    /// Only receipts are read by what is in them.
    #[serde(rename = "NewImage")]
    image: Option<Value>,
}

#[derive(Deserialize)]
struct Keys {
    #[serde(rename = "PK")]
    partition: Text,
}

#[derive(Deserialize)]
struct Text {
    #[serde(rename = "S")]
    text: String,
}

/// What a record is about.
enum About {
    /// A key that something happened to.
    Key(AccountId, KeyId),
    /// A use of a key, and when.
    Use(AccountId, KeyId, Timestamp),
    /// Nothing that concerns this function: the stream's filter let it through all the same.
    Nothing,
}

/// Handles a batch.
///
/// # Errors
///
/// [`NoSequenceNumber`], when not even the failure of a record can be told.
pub async fn handle(
    store: &(
         impl ListSealedPlaces + ReadKeyRow + ListKeptVersions + ReadHealth + PurgeKey + ShowHealth + ShowLastUse
     ),
    event: StreamEvent,
) -> Result<BatchResponse, NoSequenceNumber> {
    let mut failures = Vec::new();
    // Several records of one key are one piece of work.
    let mut keys: BTreeMap<(AccountId, KeyId), Vec<String>> = BTreeMap::new();
    let mut uses: BTreeMap<(AccountId, KeyId), (Timestamp, Vec<String>)> = BTreeMap::new();
    for record in event.records {
        let number = sequence_number(&record)?;
        match about(record) {
            Some(About::Key(account, key)) => keys.entry((account, key)).or_default().push(number),
            Some(About::Use(account, key, at)) => {
                let (newest, numbers) = uses.entry((account, key)).or_insert((at, Vec::new()));
                *newest = at.max(*newest);
                numbers.push(number);
            }
            Some(About::Nothing) => {}
            None => {
                tracing::error!(sequence_number = number, "a stream record could not be read");
                failures.push(number);
            }
        }
    }
    for ((account, key), numbers) in keys {
        if let Err(error) = tidy(store, &account, &key).await {
            report(&account, &key, &error);
            failures.extend(numbers);
        }
    }
    for ((account, key), (newest, numbers)) in uses {
        if let Err(error) = store.show_last_use(&account, &key, newest).await {
            report(&account, &key, &error.into());
            failures.extend(numbers);
        }
    }
    failures.sort();
    let failures = failures.into_iter().map(|sequence_number| Failed { sequence_number }).collect();
    Ok(BatchResponse { failures })
}

fn report(account: &AccountId, key: &KeyId, error: &Error) {
    let (account, key) = (account.to_string(), key.to_string());
    let cause = std::error::Error::source(error).map(ToString::to_string);
    tracing::error!(account, key, %error, cause, "tidying a key failed, it will be retried");
}

fn sequence_number(record: &Value) -> Result<String, NoSequenceNumber> {
    let number = record.pointer("/dynamodb/SequenceNumber").and_then(Value::as_str);
    number.map(str::to_owned).ok_or(NoSequenceNumber)
}

/// What a record is about; `None` when it cannot be read.
fn about(record: Value) -> Option<About> {
    let record: Record = serde_json::from_value(record).ok()?;
    let partition = record.dynamodb.keys.partition.text;
    let Some(rest) = TABLE_CHANGES.rest(&partition, &record.event_name) else {
        return Some(About::Nothing);
    };
    let (account, key) = rest.split_once('#')?;
    let account = account.parse().ok()?;
    // The partition of a receipt ends in its shard.
    let Some((key, _)) = key.split_once('#') else {
        return Some(About::Key(account, key.parse().ok()?));
    };
    let text = |name: &str| record.dynamodb.image.as_ref()?.pointer(&format!("/{name}/S"))?.as_str();
    // To try a key is no use that anybody would miss.
    if text("purpose")? == Purpose::Verify.as_str() {
        return Some(About::Nothing);
    }
    Some(About::Use(account, key.parse().ok()?, text("at")?.parse().ok()?))
}
