//! The work after a change in the table `keyward`: the stream calls it with records of new audit entries, of
//! health and of receipts. It purges sealed values that no version refers to any more, all those of deleted
//! keys included, and writes a key's health and last use into the key's row.
//!
//! No route calls it. A record may come twice, late or out of order; its effect is the same. The function
//! never triggers itself, because it writes no audit entries, health or receipts.

use keyward_shared::{
    keys::{
        receipt::Purpose,
        tidy::{Seen, Undone, batch},
    },
    ports::{ListKeptVersions, ListSealedPlaces, PurgeKey, ReadHealth, ReadKeyRow, ShowHealth, ShowLastUse},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::stream_filter::TABLE_CHANGES;

/// Records as Lambda hands them over ("Using AWS Lambda with Amazon DynamoDB" in its developer guide). Each
/// record is parsed by itself, so that an unreadable record does not affect the others.
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
    /// Only the content of receipts is read.
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

/// Does the work for a batch of records.
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
    let mut changes = Vec::new();
    for record in event.records {
        let number = sequence_number(&record)?;
        match about(record) {
            Ok(Some(seen)) => changes.push((number, seen)),
            // The filter of the stream let it through, although it concerns nobody here.
            Ok(None) => {}
            Err(Unreadable) => {
                tracing::error!(sequence_number = number, "a stream record could not be read");
                failures.push(number);
            }
        }
    }
    for undone in batch(store, changes).await {
        report(&undone);
        failures.extend(undone.records);
    }
    failures.sort();
    let failures = failures.into_iter().map(|sequence_number| Failed { sequence_number }).collect();
    Ok(BatchResponse { failures })
}

fn report<R>(Undone { key: (account, key), error, .. }: &Undone<R>) {
    let (account, key) = (account.to_string(), key.to_string());
    let cause = std::error::Error::source(error).map(ToString::to_string);
    tracing::error!(account, key, %error, cause, "tidying a key failed, it will be retried");
}

fn sequence_number(record: &Value) -> Result<String, NoSequenceNumber> {
    let number = record.pointer("/dynamodb/SequenceNumber").and_then(Value::as_str);
    number.map(str::to_owned).ok_or(NoSequenceNumber)
}

/// A record that cannot be understood.
struct Unreadable;

/// The subject of a record, if it concerns this function.
fn about(record: Value) -> Result<Option<Seen>, Unreadable> {
    let record: Record = serde_json::from_value(record).map_err(|_| Unreadable)?;
    match TABLE_CHANGES.rest(&record.dynamodb.keys.partition.text, &record.event_name) {
        Some(rest) => seen(rest, record.dynamodb.image.as_ref()).map(Some).ok_or(Unreadable),
        None => Ok(None),
    }
}

/// The subject of a record, from the text after the prefix of its partition key. The partition key of a
/// receipt ends in its shard.
fn seen(rest: &str, image: Option<&Value>) -> Option<Seen> {
    let (account, rest) = rest.split_once('#')?;
    let account = account.parse().ok()?;
    let Some((key, _shard)) = rest.split_once('#') else {
        return Some(Seen::Changed((account, rest.parse().ok()?)));
    };
    let text = |name: &str| image?.pointer(&format!("/{name}/S"))?.as_str();
    let (purpose, at) = (Purpose::of(text("purpose")?)?, text("at")?.parse().ok()?);
    Some(Seen::Used { key: (account, key.parse().ok()?), purpose, at })
}
