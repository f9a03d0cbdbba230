//! Care of the stream records, which dynoxide keeps in one table without an index and never deletes: at 100,000
//! records a put would take 48 ms.

use std::{path::Path, time::Duration};

use rusqlite::Connection;

/// How long a record is kept. That of DynamoDB's streams is 24 hours too.
const MAX_AGE: Duration = Duration::from_secs(24 * 60 * 60);
/// How many records are kept at most, so that a bulk load does not fill the disk.
const MAX_RECORDS: u32 = 200_000;
/// How many are deleted in one transaction. The database waits for it.
const BATCH: u32 = 500;
/// How long to wait while a request holds the database.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// For the next sequence number of a table, and for reading a shard from a sequence number on. The expression is
/// to the letter that of dynoxide's statements, or SQLite would not use the index.
const INDEXES: &str = "
    CREATE INDEX IF NOT EXISTS keyward_stream_by_table
        ON _stream_records (table_name, CAST(sequence_number AS INTEGER));
    CREATE INDEX IF NOT EXISTS keyward_stream_by_shard
        ON _stream_records (table_name, shard_id, CAST(sequence_number AS INTEGER));";

/// Deletes of the oldest `BATCH` records those that are too old or too many. The newest record always stays: the
/// next sequence number counts from it.
const TRIM: &str = "
    DELETE FROM _stream_records WHERE id IN (
        SELECT id FROM (SELECT id, created_at FROM _stream_records ORDER BY id LIMIT ?1)
        WHERE id < (SELECT MAX(id) FROM _stream_records)
          AND (created_at < ?2 OR id <= (SELECT MAX(id) FROM _stream_records) - ?3))";

/// What is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Retention {
    max_age: Duration,
    max_records: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { max_age: MAX_AGE, max_records: MAX_RECORDS }
    }
}

/// A second connection to the file.
#[derive(Debug)]
pub(super) struct StreamRecords(Connection);

impl StreamRecords {
    /// Connects to the database in `file`, which dynoxide has opened, and gives its records their indexes.
    ///
    /// # Errors
    ///
    /// What SQLite says.
    pub(super) fn open(file: &Path) -> rusqlite::Result<Self> {
        let connection = Connection::open(file)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.execute_batch(INDEXES)?;
        Ok(Self(connection))
    }

    /// Deletes the records that `retention` does not keep, in small transactions. Returns their number.
    ///
    /// # Errors
    ///
    /// What SQLite says.
    pub(super) fn trim(&self, now_unix_seconds: u64, retention: Retention) -> rusqlite::Result<usize> {
        let oldest = now_unix_seconds.saturating_sub(retention.max_age.as_secs());
        let oldest = i64::try_from(oldest).unwrap_or(i64::MAX);
        let mut deleted = 0;
        loop {
            let batch = self.0.execute(TRIM, (BATCH, oldest, retention.max_records))?;
            if batch == 0 {
                return Ok(deleted);
            }
            deleted += batch;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 24 * 60 * 60;

    /// A file as dynoxide makes it, with one record for each time.
    fn records(times: impl IntoIterator<Item = u64>) -> (tempfile::TempDir, StreamRecords) {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("dynamodb.sqlite");
        dynoxide::Database::new(file.to_str().unwrap()).unwrap();
        let records = StreamRecords::open(&file).unwrap();
        for (number, time) in times.into_iter().enumerate() {
            records
                .0
                .execute(
                    "INSERT INTO _stream_records
                        (table_name, event_name, keys_json, sequence_number, shard_id, created_at)
                     VALUES ('keyward', 'INSERT', '{}', ?1, 'shard', ?2)",
                    (number.to_string(), i64::try_from(time).unwrap()),
                )
                .unwrap();
        }
        (directory, records)
    }

    fn left(records: &StreamRecords) -> Vec<u64> {
        let mut statement = records.0.prepare("SELECT created_at FROM _stream_records ORDER BY id").unwrap();
        let times = statement.query_map([], |row| row.get::<_, i64>(0)).unwrap();
        times.map(|time| u64::try_from(time.unwrap()).unwrap()).collect()
    }

    #[test]
    fn records_of_more_than_a_day_are_trimmed() {
        let (_directory, records) = records([10, 20, 30, 40]);
        assert_eq!(records.trim(DAY + 30, Retention::default()), Ok(2));
        assert_eq!(left(&records), [30, 40]);
    }

    #[test]
    fn no_more_records_are_kept_than_allowed() {
        let (_directory, records) = records(1..=2000);
        let retention = Retention { max_records: 10, ..Retention::default() };
        assert_eq!(records.trim(2000, retention), Ok(1990));
        assert_eq!(left(&records), (1991..=2000).collect::<Vec<_>>());
    }

    #[test]
    fn the_newest_record_stays_whatever_its_age() {
        let (_directory, records) = records([10, 20]);
        assert_eq!(records.trim(u64::MAX, Retention::default()), Ok(1));
        assert_eq!(left(&records), [20]);
    }

    #[test]
    fn the_statements_of_dynoxide_use_the_indexes() {
        let (_directory, records) = records([]);
        for (statement, index) in [
            (
                "SELECT COALESCE(MAX(CAST(sequence_number AS INTEGER)), 0) + 1 FROM _stream_records
                 WHERE table_name = 'keyward'",
                "keyward_stream_by_table",
            ),
            (
                "SELECT event_name FROM _stream_records
                 WHERE table_name = 'keyward' AND shard_id = 's' AND CAST(sequence_number AS INTEGER) > 7
                 ORDER BY CAST(sequence_number AS INTEGER) ASC LIMIT 9",
                "keyward_stream_by_shard",
            ),
        ] {
            let plan: String = records
                .0
                .query_row(&format!("EXPLAIN QUERY PLAN {statement}"), [], |row| row.get(3))
                .unwrap();
            assert!(plan.contains(index), "{plan}");
        }
    }
}
