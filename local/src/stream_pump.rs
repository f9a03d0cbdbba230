//! From the table's stream to a function that follows it: what an event source mapping of Lambda does. Records are filtered,
//! handed over in batches, handed over again when they failed, and set aside when they keep failing.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use keyward_functions::{compose::StreamFunction, stream_filter::StreamFilter, table::FunctionName};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::dynamodb::{
    DynamoDbError,
    table_stream::{MOST, TableStream, number},
};

/// The time between two looks at the stream.
const INTERVAL: Duration = Duration::from_millis(100);
/// The most records of a batch, as the deployed mapping has it too.
const BATCH: usize = 100;
/// How often a batch is handed over again. The deployed mapping does so for the stream's hours.
const RETRIES: usize = 3;
/// The file with the records that kept failing, one in a line.
const SET_ASIDE: &str = "stream-failures.jsonl";

/// The file with the place up to which the stream was read for a function.
pub(crate) fn place(function: FunctionName) -> String {
    format!("{function}-place")
}

/// The stream cannot be read, or what became of it not be written down.
#[derive(Debug, thiserror::Error)]
pub enum PumpError {
    /// The stream.
    #[error(transparent)]
    Stream(#[from] DynamoDbError),
    /// A file in the data directory.
    #[error("the file that says how far the stream was read: {0}")]
    Io(#[from] io::Error),
}

/// Reads the stream and calls the function.
pub struct StreamPump {
    stream: TableStream,
    name: FunctionName,
    records: &'static StreamFilter,
    function: StreamFunction,
    place_file: PathBuf,
    set_aside: PathBuf,
    /// The sequence number of the last record that was dealt with.
    place: Mutex<Option<String>>,
}

impl StreamPump {
    /// Goes on where a data directory says that the stream was left.
    ///
    /// # Errors
    ///
    /// [`PumpError::Io`] when its file cannot be read.
    pub fn open(
        stream: TableStream,
        name: FunctionName,
        records: &'static StreamFilter,
        function: StreamFunction,
        data_dir: &Path,
    ) -> Result<Self, PumpError> {
        let place_file = data_dir.join(place(name));
        let place = match fs::read_to_string(&place_file) {
            Ok(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error.into()),
        };
        Ok(Self {
            stream,
            name,
            records,
            function,
            place_file,
            set_aside: data_dir.join(SET_ASIDE),
            place: Mutex::new(place),
        })
    }

    /// The function that it calls.
    pub(crate) const fn function(&self) -> FunctionName {
        self.name
    }

    /// Follows the stream for ever. While nothing is written, it reads nothing.
    pub(crate) async fn run(self: Arc<Self>) {
        let mut seen = None;
        loop {
            match self.follow(seen).await {
                Ok(commits) => seen = commits,
                Err(error) => tracing::error!(%error, "reading the table's stream failed"),
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }

    /// Hands over what came after `seen`, which is the number of commits at the last call. It returns that of this call,
    /// or none if there may be more to read. One page at a time leaves the database to the requests in between.
    async fn follow(&self, seen: Option<i64>) -> Result<Option<i64>, PumpError> {
        let commits = self.stream.commits()?;
        if seen == Some(commits) {
            return Ok(seen);
        }
        let found = self.hand_over_page().await?;
        Ok((found < MOST).then_some(commits))
    }

    /// Hands over records until there are none.
    ///
    /// # Errors
    ///
    /// [`PumpError`].
    pub async fn drain(&self) -> Result<(), PumpError> {
        while self.hand_over_page().await? > 0 {}
        Ok(())
    }

    /// Reads records once, hands them over, and returns their number.
    async fn hand_over_page(&self) -> Result<usize, PumpError> {
        let mut place = self.place.lock().await;
        let records = self.stream.after(place.as_deref())?;
        let found = records.len();
        let Some(last) = records.last().and_then(number).map(str::to_owned) else { return Ok(found) };
        let records: Vec<Value> = records.into_iter().filter(|record| self.fits(record)).collect();
        for batch in records.chunks(BATCH) {
            self.hand_over(batch).await?;
        }
        // A stop before this point hands the records over again: the function can take that.
        let next = self.place_file.with_extension("next");
        fs::write(&next, &last)?;
        fs::rename(&next, &self.place_file)?;
        *place = Some(last);
        Ok(found)
    }

    /// Whether the mapping's filter lets a record through.
    fn fits(&self, record: &Value) -> bool {
        let text = |pointer: &str| record.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        self.records.rest(text("/dynamodb/Keys/PK/S"), text("/eventName")).is_some()
    }

    async fn hand_over(&self, batch: &[Value]) -> Result<(), PumpError> {
        let mut left = batch.to_vec();
        for _ in 0..=RETRIES {
            let failed = self.failed(&left).await;
            left.retain(|record| {
                number(record).is_none_or(|number| failed.iter().any(|failed| failed == number))
            });
            if left.is_empty() {
                return Ok(());
            }
        }
        tracing::error!(records = left.len(), "stream records kept failing and were moved to a file");
        let mut file = OpenOptions::new().create(true).append(true).open(&self.set_aside)?;
        for record in left {
            writeln!(file, "{record}")?;
        }
        Ok(())
    }

    /// The sequence numbers of the records that the function did not deal with: of all, when it gave no answer.
    async fn failed(&self, records: &[Value]) -> Vec<String> {
        let all = || records.iter().filter_map(number).map(str::to_owned).collect();
        let Ok(event) = serde_json::from_value(json!({ "Records": records })) else {
            return all();
        };
        let Ok(answer) = (self.function)(event).await else {
            return all();
        };
        let answer = serde_json::to_value(answer).unwrap_or_default();
        let failures = answer.get("batchItemFailures").and_then(Value::as_array).cloned().unwrap_or_default();
        let number =
            |failure: &Value| failure.get("itemIdentifier").and_then(Value::as_str).map(str::to_owned);
        failures.iter().filter_map(number).collect()
    }
}

#[cfg(test)]
mod tests {
    use keyward_functions::{handlers::stream_batch::NoSequenceNumber, stream_filter::KEY_USES};

    use super::*;
    use crate::dynamodb::EmbeddedDynamoDb;

    /// A pump whose function refuses every batch. Each record that was handed over is then in the file of failures.
    struct Fixture {
        pump: Arc<StreamPump>,
        database: EmbeddedDynamoDb,
        _directory: tempfile::TempDir,
    }

    impl Fixture {
        fn new() -> Self {
            let directory = tempfile::tempdir().unwrap();
            let database = EmbeddedDynamoDb::start(&directory.path().join("dynamodb.sqlite")).unwrap();
            let refuse: StreamFunction = Arc::new(|_| Box::pin(async { Err(NoSequenceNumber) }));
            let pump = StreamPump::open(
                database.table_stream(),
                FunctionName::OnKeyUse,
                &KEY_USES,
                refuse,
                directory.path(),
            )
            .unwrap();
            Self { pump: Arc::new(pump), database, _directory: directory }
        }

        fn handed_over(&self) -> usize {
            fs::read_to_string(&self.pump.set_aside).unwrap_or_default().lines().count()
        }
    }

    #[tokio::test]
    async fn a_pump_reads_nothing_while_nothing_is_written() {
        let stack = Fixture::new();
        stack.database.put("RECEIPT#1");
        let seen = stack.pump.follow(None).await.unwrap();
        assert_eq!(stack.handed_over(), 1);
        let reads = stack.pump.stream.reads();
        for _ in 0..100 {
            assert_eq!(stack.pump.follow(seen).await.unwrap(), seen);
        }
        assert_eq!((stack.pump.stream.reads(), stack.pump.stream.descriptions()), (reads, 1));
    }

    #[tokio::test]
    async fn each_write_is_handed_over_by_one_read_and_no_description() {
        let stack = Fixture::new();
        let mut seen = stack.pump.follow(None).await.unwrap();
        let reads = stack.pump.stream.reads();
        for number in 1..=30 {
            stack.database.put(&format!("RECEIPT#{number}"));
            seen = stack.pump.follow(seen).await.unwrap();
            assert_eq!(stack.handed_over(), number);
        }
        assert_eq!((stack.pump.stream.reads() - reads, stack.pump.stream.descriptions()), (30, 1));
    }

    #[tokio::test]
    async fn more_than_a_page_is_handed_over_without_another_write() {
        let stack = Fixture::new();
        for number in 0..=MOST {
            stack.database.put(&format!("RECEIPT#{number}"));
        }
        let seen = stack.pump.follow(None).await.unwrap();
        assert_eq!((seen, stack.handed_over()), (None, MOST));
        assert!(stack.pump.follow(seen).await.unwrap().is_some());
        assert_eq!(stack.handed_over(), MOST + 1);
    }

    #[tokio::test]
    async fn a_running_pump_hands_over_what_is_written_later() {
        let stack = Fixture::new();
        let running = tokio::spawn(Arc::clone(&stack.pump).run());
        tokio::time::sleep(2 * INTERVAL).await;
        stack.database.put("RECEIPT#1");
        let handed = async {
            while stack.handed_over() == 0 {
                tokio::time::sleep(INTERVAL).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), handed).await.unwrap();
        running.abort();
    }
}
