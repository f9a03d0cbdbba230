//! The stream of a table, read from one place on. dynoxide keeps a table's records in one shard after the other; together
//! they are in the order of their sequence numbers.

use dynoxide::Database;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{DynamoDbError, request};

/// The most records of one call ("GetRecords": 1,000).
const MOST: usize = 1_000;

/// The stream of a table.
#[derive(Clone)]
pub struct TableStream {
    database: Database,
    table: &'static str,
}

impl TableStream {
    pub(super) const fn of(database: Database, table: &'static str) -> Self {
        Self { database, table }
    }

    /// The records after a sequence number, oldest first, in the form in which Lambda hands them to functions.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub fn after(&self, sequence_number: Option<&str>) -> Result<Vec<Value>, DynamoDbError> {
        let streams = told(&self.database.list_streams(asked(json!({ "TableName": self.table }))?)?)?;
        let Some(arn) = streams.pointer("/Streams/0/StreamArn").and_then(Value::as_str) else {
            return Ok(Vec::new());
        };
        let described = told(&self.database.describe_stream(asked(json!({ "StreamArn": arn }))?)?)?;
        let shards = described.pointer("/StreamDescription/Shards").and_then(Value::as_array);
        let mut records = Vec::new();
        for shard in shards.into_iter().flatten() {
            let id = shard.get("ShardId").cloned().unwrap_or_default();
            let start = match sequence_number {
                Some(number) => json!({
                    "StreamArn": arn, "ShardId": id,
                    "ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": number,
                }),
                None => json!({ "StreamArn": arn, "ShardId": id, "ShardIteratorType": "TRIM_HORIZON" }),
            };
            let iterator = told(&self.database.get_shard_iterator(asked(start)?)?)?;
            let iterator = iterator.get("ShardIterator").cloned().unwrap_or_default();
            let page = asked(json!({ "ShardIterator": iterator, "Limit": MOST }))?;
            let page = told(&self.database.get_records(page)?)?;
            let found = page.get("Records").and_then(Value::as_array).cloned().unwrap_or_default();
            records.extend(found.into_iter().map(|mut record| {
                if let Some(members) = record.as_object_mut() {
                    members.insert("eventSourceARN".to_owned(), json!(arn));
                }
                record
            }));
        }
        records.sort_by(|one, other| number(one).cmp(&number(other)));
        Ok(records)
    }
}

/// A record's sequence number. All have the same length, so their order as text is that of the numbers.
pub fn number(record: &Value) -> Option<&str> {
    record.pointer("/dynamodb/SequenceNumber").and_then(Value::as_str)
}

fn asked<T: DeserializeOwned>(body: Value) -> Result<T, DynamoDbError> {
    Ok(request(body)?)
}

fn told(answer: &impl Serialize) -> Result<Value, DynamoDbError> {
    Ok(serde_json::to_value(answer)?)
}
