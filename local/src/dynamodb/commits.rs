//! Whether anything was written to the database since the last look.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::{Connection, OpenFlags};

/// A connection that only asks SQLite whether another connection has committed. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Commits(Arc<Mutex<Connection>>);

impl Commits {
    /// Connects to the database in `file`, which exists.
    ///
    /// # Errors
    ///
    /// What SQLite says.
    pub(super) fn open(file: &Path) -> rusqlite::Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Ok(Self(Arc::new(Mutex::new(Connection::open_with_flags(file, flags)?))))
    }

    /// A number that is another one after each commit by another connection. It says nothing else
    /// (<https://www.sqlite.org/pragma.html#pragma_data_version>).
    ///
    /// # Errors
    ///
    /// What SQLite says.
    pub(super) fn number(&self) -> rusqlite::Result<i64> {
        let connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))
    }
}
