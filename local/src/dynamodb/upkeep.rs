//! What DynamoDB does by itself and dynoxide does when told to: delete expired items, forget old stream records.

use std::{
    io,
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

use dynoxide::{
    Database,
    storage_backend::{Clock as _, SystemClock},
};

use super::stream_records::{Retention, StreamRecords};

/// The time between two rounds.
const INTERVAL: Duration = Duration::from_secs(60);
/// How many rounds pass between two sweeps for expired items. A sweep reads both tables from end to end, and
/// DynamoDB itself promises no more than "within a few days".
const ROUNDS_PER_SWEEP: u32 = 10;
/// How long a stop waits for a round under way.
const GRACE: Duration = Duration::from_secs(5);

/// The thread that does it. It stops when dropped.
#[derive(Debug)]
pub(super) struct Upkeep {
    stop: Option<mpsc::Sender<()>>,
    ended: mpsc::Receiver<()>,
}

impl Upkeep {
    /// Starts the thread. The first round is one interval away.
    ///
    /// # Errors
    ///
    /// When no thread can be had.
    pub(super) fn start(database: Database, records: StreamRecords) -> io::Result<Self> {
        let (stop, stopped) = mpsc::channel();
        let (end, ended) = mpsc::channel();
        thread::Builder::new().name("dynamodb-upkeep".to_owned()).spawn(move || {
            for round in 1_u32.. {
                match stopped.recv_timeout(INTERVAL) {
                    Err(RecvTimeoutError::Timeout) => run(&database, &records, round),
                    Ok(()) | Err(RecvTimeoutError::Disconnected) => break,
                }
            }
            drop((database, records, end));
        })?;
        Ok(Self { stop: Some(stop), ended })
    }
}

fn run(database: &Database, records: &StreamRecords, round: u32) {
    // The clock that wrote the records' times.
    if let Err(error) = records.trim(SystemClock.now_unix_secs(), Retention::default()) {
        tracing::warn!(%error, "deleting old stream records failed");
    }
    if round.is_multiple_of(ROUNDS_PER_SWEEP)
        && let Err(error) = database.sweep_ttl()
    {
        tracing::warn!(%error, "deleting expired items failed");
    }
}

impl Drop for Upkeep {
    fn drop(&mut self) {
        drop(self.stop.take());
        // Nothing is ever sent: the wait ends when the thread does, or after the grace.
        if self.ended.recv_timeout(GRACE) == Err(RecvTimeoutError::Timeout) {
            tracing::warn!("deleting expired items is still running");
        }
    }
}
