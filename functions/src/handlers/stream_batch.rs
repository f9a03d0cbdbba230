//! A batch of records as Lambda hands them over ("Using AWS Lambda with Amazon DynamoDB" in its developer guide), and the answer
//! that says which of them it has to hand over again.
//!
//! Only what may succeed later is handed over again. Lambda hands over everything from the first such record on, for as long as
//! the stream's hours last, so a record that fails for good must not be among them: it is set aside.

use keyward_shared::{
    causes::causes,
    error::Error,
    keys::tidy::{Undone, Why},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{
    failed_change::{FailedChange, SetAside},
    metrics::Metric,
    stream_filter::{Pattern, StreamFilter},
};

/// The records of a batch. Each is parsed by itself, so that an unreadable record does not affect the others.
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

/// A record that does not even say which it is could not be set aside, so the whole batch has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a record of the batch has no sequence number, and could not be set aside")]
pub struct NoSequenceNumber;

/// A record that matches a pattern of the stream.
pub(super) struct Matched<'r> {
    /// The pattern.
    pub(super) pattern: &'static Pattern,
    /// The rest of its partition key after the pattern's beginning.
    pub(super) rest: &'r str,
    record: &'r Value,
}

impl Matched<'_> {
    /// The item's sort key.
    pub(super) fn row(&self) -> Option<&str> {
        self.record.pointer("/dynamodb/Keys/SK/S")?.as_str()
    }

    /// The text of an attribute of the new item.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.record.pointer(&format!("/dynamodb/NewImage/{name}/S"))?.as_str()
    }
}

/// The records of a batch, read, and those that failed so far.
pub(super) struct Batch {
    function: &'static str,
    records: Vec<Value>,
    unreadable: Vec<usize>,
}

impl Batch {
    /// Reads each record. What `read` returns belongs to the record of this place in the batch.
    pub(super) fn read<T>(
        function: &'static str,
        event: StreamEvent,
        filter: &StreamFilter,
        read: impl Fn(&Matched<'_>) -> Option<T>,
    ) -> (Self, Vec<(usize, T)>) {
        let StreamEvent { records } = event;
        let (mut unreadable, mut told) = (Vec::new(), Vec::new());
        for (place, record) in records.iter().enumerate() {
            let text = |pointer: &str| record.pointer(pointer).and_then(Value::as_str);
            let known = text("/dynamodb/Keys/PK/S").zip(text("/eventName"));
            match known.map(|(partition, event)| filter.matched(partition, event)) {
                Some(Some((pattern, rest))) => match read(&Matched { pattern, rest, record }) {
                    Some(found) => told.push((place, found)),
                    None => unreadable.push(place),
                },
                // The filter of the stream let it through, although it concerns nobody here.
                Some(None) => {}
                None => unreadable.push(place),
            }
        }
        (Self { function, records, unreadable }, told)
    }

    /// Sets aside what failed for good, and answers with what may succeed later.
    pub(super) async fn answer(
        &self,
        failed: &impl SetAside,
        undone: Vec<Undone<usize>>,
    ) -> Result<BatchResponse, NoSequenceNumber> {
        let mut again = Vec::new();
        for place in &self.unreadable {
            tracing::error!(sequence_number = self.number(*place), "a stream record could not be read");
            Metric::UnreadableRows.record(1);
            if !self.set_aside(failed, *place, "the record could not be read").await {
                again.push(*place);
            }
        }
        for Undone { account, about, records, why } in undone {
            let (account, passes) = (account.to_string(), why.passes());
            let cause = std::error::Error::source(&why).map(ToString::to_string);
            tracing::error!(account, about, %why, cause, passes, "the work after a change failed");
            if let Why::Failed(Error::KeyUnreadable | Error::RowUnreadable(_)) = &why {
                Metric::UnreadableRows.record(1);
            }
            // One record of a key or an event stands for all of them.
            let newest = records.iter().max().copied();
            let is_kept = match newest {
                Some(newest) if !passes => self.set_aside(failed, newest, &why.to_string()).await,
                Some(_) | None => false,
            };
            if !is_kept {
                again.extend(records);
            }
        }
        // A record may ask for more than one piece of work.
        again.sort_unstable();
        again.dedup();
        let failures = again.into_iter().map(|place| {
            let sequence_number = self.number(place).ok_or(NoSequenceNumber)?.to_owned();
            Ok(Failed { sequence_number })
        });
        let mut failures = failures.collect::<Result<Vec<_>, _>>()?;
        failures.sort_by(|one, other| one.sequence_number.cmp(&other.sequence_number));
        Ok(BatchResponse { failures })
    }

    /// Whether a record was set aside.
    async fn set_aside(&self, failed: &impl SetAside, place: usize, reason: &str) -> bool {
        let record = self.records.get(place).map(without_content).unwrap_or_default();
        let change = FailedChange { function: self.function, reason: reason.to_owned(), record };
        let outcome = failed.set_aside(&change).await;
        if let Err(error) = &outcome {
            tracing::error!(
                fault = causes(error),
                "a failed record could not be set aside, it will be retried"
            );
        }
        outcome.is_ok()
    }

    fn number(&self, place: usize) -> Option<&str> {
        self.records.get(place)?.pointer("/dynamodb/SequenceNumber")?.as_str()
    }
}

/// What is needed to hand a record over again, and no more of its item.
fn without_content(record: &Value) -> Value {
    let taken = |pointer: &str| record.pointer(pointer).cloned().unwrap_or_default();
    let of_receipts = ["purpose", "at"].into_iter().filter_map(|name| {
        let value = record.pointer(&format!("/dynamodb/NewImage/{name}"))?.clone();
        Some((name.to_owned(), value))
    });
    let mut change = json!({
        "SequenceNumber": taken("/dynamodb/SequenceNumber"),
        "Keys": taken("/dynamodb/Keys"),
    });
    let image: Map<String, Value> = of_receipts.collect();
    if let (Some(members), false) = (change.as_object_mut(), image.is_empty()) {
        members.insert("NewImage".to_owned(), Value::Object(image));
    }
    json!({ "eventName": taken("/eventName"), "dynamodb": change })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_that_is_set_aside_keeps_its_keys_and_nothing_of_its_item_but_what_a_use_needs() {
        let keys = json!({ "PK": { "S": "RECEIPT#a#key_1#0" }, "SK": { "S": "rcp_1" } });
        let image = json!({
            "PK": { "S": "RECEIPT#a#key_1#0" }, "purpose": { "S": "sign" }, "at": { "S": "2026-11-29T10:00:00Z" },
            "target": { "S": "https://api.example.com/a" }, "by": { "S": "u-1" },
        });
        let record = json!({
            "eventName": "INSERT", "eventID": "1",
            "dynamodb": { "SequenceNumber": "7", "Keys": keys, "NewImage": image },
        });
        let expected = json!({
            "eventName": "INSERT",
            "dynamodb": {
                "SequenceNumber": "7", "Keys": keys,
                "NewImage": { "purpose": { "S": "sign" }, "at": { "S": "2026-11-29T10:00:00Z" } },
            },
        });
        assert_eq!(without_content(&record), expected);
        assert_eq!(without_content(&expected), expected, "it can be handed over again");
    }
}
