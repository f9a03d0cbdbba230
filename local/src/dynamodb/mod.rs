//! An embedded DynamoDB for a local stack: dynoxide on a SQLite file, with its own threads and port.
//!
//! The AWS SDK talks to it over loopback as it talks to AWS. The product's functions, which run in the same process, call it
//! without the port.
//!
//! Every write that was answered survives `kill -9`, since it is with the operating system by then. A write of the product's
//! functions also survives a power cut: it is on disk when it is answered, and writes that wait at the same time share one sync
//! (`durable.rs`). A write that comes over the port, which outside tools use, is synced with the next of those, or when the
//! operating system writes it by itself.
//!
//! What it does not have of the real one: index lag, throttling, transaction conflicts,
//! IAM. `DescribeTable` counts items and takes seconds on a large table, so nothing here waits for it.
//!
//! # Security
//!
//! Whoever reaches the port reads and writes everything, and dynoxide answers to any origin in a browser: this is
//! for trying Keyward out, never for real credentials.

mod commits;
mod direct;
mod durable;
mod stream_records;
pub mod table_stream;
pub mod tables;
mod upkeep;

use std::{
    fs::{DirBuilder, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use dynoxide::{Database, DynoxideError};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{direct::Call, loopback::LoopbackService};
use commits::Commits;
use durable::Durable;
use stream_records::StreamRecords;
use table_stream::TableStream;
use tables::Table;
use upkeep::Upkeep;

/// SQLite does one thing at a time: one thread reads requests while the other is in the database.
const WORKER_THREADS: usize = 2;

/// The embedded DynamoDB cannot start.
#[derive(Debug, thiserror::Error)]
pub enum DynamoDbError {
    /// The path is not text.
    #[error("{} is not UTF-8", .0.display())]
    Path(PathBuf),
    /// The file, a thread or a port could not be had.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The database refused.
    #[error("the embedded DynamoDB: {0}")]
    Database(#[from] DynoxideError),
    /// SQLite refused.
    #[error("the embedded DynamoDB: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A table is defined in a way that the database cannot read.
    #[error("the definition of a table: {0}")]
    Definition(#[from] serde_json::Error),
}

/// The embedded DynamoDB. It stops when dropped.
pub struct EmbeddedDynamoDb {
    // Dropped in this order: first no requests, then no upkeep, then the file is closed.
    service: LoopbackService,
    _upkeep: Upkeep,
    commits: Commits,
    durable: Arc<Durable>,
    database: Database,
}

impl EmbeddedDynamoDb {
    /// Opens the database in `file`, makes what is missing (the file, the tables of [`tables`], an index that a newer
    /// version of them has), and serves it on a free port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened or is not such a database, or no port or thread can be had.
    pub fn start(file: &Path) -> Result<Self, DynamoDbError> {
        create_private(file)?;
        let path = file.to_str().ok_or_else(|| DynamoDbError::Path(file.to_owned()))?;
        let database = Database::new(path)?;
        // Its one way to `PRAGMA synchronous=NORMAL`, which leaves the sync of a commit to `Durable`. All else that it
        // sets is how SQLite begins anyway.
        database.disable_bulk_loading()?;
        let records = StreamRecords::open(file)?;
        for table in [&tables::KEYWARD, &tables::VAULT] {
            create_missing(&database, table)?;
        }
        let commits = Commits::open(file)?;
        let durable = Arc::new(Durable::open(file)?);
        let upkeep = Upkeep::start(database.clone(), records)?;
        let served = database.clone();
        let service = LoopbackService::start("dynamodb", WORKER_THREADS, move |listener, stop| async {
            dynoxide::server::serve_with_shutdown(listener, served, stop).await.map_err(io::Error::other)
        })?;
        Ok(Self { service, _upkeep: upkeep, commits, durable, database })
    }

    /// Where it listens: the endpoint for both DynamoDB and its streams.
    #[must_use]
    pub fn url(&self) -> String {
        self.service.url()
    }

    /// Calls of it without its port, each of which is on disk when it is answered.
    pub(crate) fn direct(&self) -> Call {
        let (database, durable) = (self.database.clone(), Arc::clone(&self.durable));
        Box::new(move |target, body| direct::call(&database, &durable, target, body))
    }

    /// The stream of the table of everything that may be shown.
    #[must_use]
    pub fn table_stream(&self) -> TableStream {
        TableStream::of(self.database.clone(), self.commits.clone(), tables::KEYWARD.name())
    }

    /// Deletes the items that have expired, now. It also happens by itself every ten minutes.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub fn sweep_expired(&self) -> Result<usize, DynamoDbError> {
        Ok(self.database.sweep_ttl()?)
    }

    /// Writes an item into the table that has a stream.
    #[cfg(test)]
    pub(crate) fn put(&self, partition: &str) {
        let item = serde_json::json!({ "PK": { "S": partition }, "SK": { "S": "s" } });
        let put = serde_json::json!({ "TableName": tables::KEYWARD.name(), "Item": item });
        self.database.put_item(request(put).unwrap()).unwrap();
    }
}

/// Makes the file and its directory readable by their owner only. SQLite gives its side files the same mode.
fn create_private(file: &Path) -> io::Result<()> {
    if let Some(directory) = file.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    }
    OpenOptions::new().append(true).create(true).mode(0o600).open(file).map(drop)
}

/// Makes the table, its expiry, and each of its indexes, where they are not there. A start that was cut short is so
/// made up for by the next.
fn create_missing(database: &Database, table: &Table) -> Result<(), DynamoDbError> {
    let stored = database.get_table_metadata(table.name())?;
    if !stored.as_ref().is_some_and(|stored| stored.ttl_enabled) {
        if stored.is_none() {
            database.create_table(request(table.definition())?)?;
        }
        database.update_time_to_live(request(table.expiry())?)?;
    }
    let Some(stored) = stored else { return Ok(()) };
    let indexes: Vec<Value> = match &stored.gsi_definitions {
        Some(definitions) => serde_json::from_str(definitions)?,
        None => Vec::new(),
    };
    for index in table.indexes() {
        let is_it = |stored: &Value| stored.get("IndexName").and_then(Value::as_str) == Some(index.name());
        if !indexes.iter().any(is_it) {
            database.update_table(request(table.addition(index))?)?;
        }
    }
    Ok(())
}

fn request<T: DeserializeOwned>(body: Value) -> Result<T, serde_json::Error> {
    serde_json::from_value(body)
}
