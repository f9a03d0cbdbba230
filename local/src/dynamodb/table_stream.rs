//! The stream of a table, read from one place on. The records of all its shards together are in the order of their
//! sequence numbers.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicUsize, Ordering},
};

use dynoxide::Database;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{DynamoDbError, commits::Commits, request};

/// The most records of one call ("GetRecords": 1,000).
pub(crate) const MOST: usize = 1_000;

/// The stream of a table. Its clones share what they know of the shards, and what they count.
#[derive(Clone)]
pub struct TableStream {
    database: Database,
    commits: Commits,
    table: &'static str,
    shards: Arc<OnceLock<Shards>>,
    calls: Arc<Calls>,
}

/// What the database says of the stream. It stays the same as long as the table exists: dynoxide derives the name of a
/// table's only shard from the table's name, and the stack makes no table anew.
struct Shards {
    stream: String,
    ids: Vec<Value>,
}

#[derive(Default)]
struct Calls {
    descriptions: AtomicUsize,
    reads: AtomicUsize,
}

impl TableStream {
    pub(super) fn of(database: Database, commits: Commits, table: &'static str) -> Self {
        Self { database, commits, table, shards: Arc::default(), calls: Arc::default() }
    }

    /// A number that is another one after each commit to the database. Asking for it reads no table.
    ///
    /// # Errors
    ///
    /// What SQLite says.
    pub(crate) fn commits(&self) -> Result<i64, DynamoDbError> {
        Ok(self.commits.number()?)
    }

    /// How often the database was asked for the description of the stream. It answers by a scan of all records.
    #[must_use]
    pub fn descriptions(&self) -> usize {
        self.calls.descriptions.load(Ordering::Relaxed)
    }

    /// How often the database was asked for records.
    #[must_use]
    pub fn reads(&self) -> usize {
        self.calls.reads.load(Ordering::Relaxed)
    }

    /// The records after a sequence number, oldest first, in the form in which Lambda hands them to functions.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub fn after(&self, sequence_number: Option<&str>) -> Result<Vec<Value>, DynamoDbError> {
        let Some(Shards { stream, ids }) = self.shards()? else { return Ok(Vec::new()) };
        let mut records = Vec::new();
        for id in ids {
            let start = match sequence_number {
                Some(number) => json!({
                    "StreamArn": stream, "ShardId": id,
                    "ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": number,
                }),
                None => json!({ "StreamArn": stream, "ShardId": id, "ShardIteratorType": "TRIM_HORIZON" }),
            };
            let iterator = told(&self.database.get_shard_iterator(asked(start)?)?)?;
            let iterator = iterator.get("ShardIterator").cloned().unwrap_or_default();
            let page = asked(json!({ "ShardIterator": iterator, "Limit": MOST }))?;
            self.calls.reads.fetch_add(1, Ordering::Relaxed);
            let page = told(&self.database.get_records(page)?)?;
            let found = page.get("Records").and_then(Value::as_array).cloned().unwrap_or_default();
            records.extend(found.into_iter().map(|mut record| {
                if let Some(members) = record.as_object_mut() {
                    members.insert("eventSourceARN".to_owned(), json!(stream));
                }
                record
            }));
        }
        records.sort_by(|one, other| number(one).cmp(&number(other)));
        Ok(records)
    }

    /// The shards, if the table has a stream. The database is asked until it knows one.
    fn shards(&self) -> Result<Option<&Shards>, DynamoDbError> {
        if let Some(shards) = self.shards.get() {
            return Ok(Some(shards));
        }
        let streams = told(&self.database.list_streams(asked(json!({ "TableName": self.table }))?)?)?;
        let Some(stream) = streams.pointer("/Streams/0/StreamArn").and_then(Value::as_str) else {
            return Ok(None);
        };
        self.calls.descriptions.fetch_add(1, Ordering::Relaxed);
        let described = told(&self.database.describe_stream(asked(json!({ "StreamArn": stream }))?)?)?;
        let shards = described.pointer("/StreamDescription/Shards").and_then(Value::as_array);
        let ids = shards.into_iter().flatten().filter_map(|shard| shard.get("ShardId").cloned()).collect();
        Ok(Some(self.shards.get_or_init(|| Shards { stream: stream.to_owned(), ids })))
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

#[cfg(test)]
mod tests {
    use crate::dynamodb::EmbeddedDynamoDb;

    #[test]
    fn the_stream_is_described_once_however_often_it_is_read_and_however_much_it_holds() {
        let directory = tempfile::tempdir().unwrap();
        let database = EmbeddedDynamoDb::start(&directory.path().join("dynamodb.sqlite")).unwrap();
        let stream = database.table_stream();
        let mut place = None;
        for number in 0..50 {
            database.put(&format!("item {number}"));
            let records = stream.after(place.as_deref()).unwrap();
            assert_eq!(records.len(), 1);
            place = super::number(&records[0]).map(str::to_owned);
        }
        assert_eq!((stream.descriptions(), stream.reads()), (1, 50));
        assert_eq!(stream.after(None).unwrap().len(), 50);
    }

    #[test]
    fn a_commit_changes_the_number_of_commits_and_nothing_else_does() {
        let directory = tempfile::tempdir().unwrap();
        let database = EmbeddedDynamoDb::start(&directory.path().join("dynamodb.sqlite")).unwrap();
        let stream = database.table_stream();
        let before = stream.commits().unwrap();
        stream.after(None).unwrap();
        assert_eq!(stream.commits().unwrap(), before);
        database.put("item");
        let after = stream.commits().unwrap();
        assert_ne!(after, before);
        assert_eq!(stream.commits().unwrap(), after);
    }
}
