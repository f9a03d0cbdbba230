//! Commits on disk before they are answered. Those that wait at the same time share one sync of the file.

use std::{
    fs::File,
    io,
    path::Path,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

type Sync = Box<dyn Fn() -> io::Result<()> + Send + std::marker::Sync>;

/// Syncs SQLite's write-ahead log.
///
/// With `synchronous=NORMAL` a commit is only in that file, and not yet synced, or a checkpoint has synced it and moved
/// it on (<https://www.sqlite.org/pragma.html#pragma_synchronous>). One `fdatasync` of the file therefore makes every commit
/// before it durable.
pub(super) struct Durable {
    sync: Sync,
    progress: Mutex<Progress>,
    synced: Condvar,
}

#[derive(Default)]
struct Progress {
    /// How many commits have come here.
    commits: u64,
    /// How many of them are on disk.
    durable: u64,
    /// Somebody is syncing for all.
    syncing: bool,
}

impl Durable {
    /// For the database in `file`. A connection to it is open and stays so: as long as there is one, SQLite keeps its log.
    ///
    /// # Errors
    ///
    /// When the log cannot be opened.
    pub(super) fn open(file: &Path) -> io::Result<Self> {
        let mut log = file.as_os_str().to_owned();
        log.push("-wal");
        let log = File::open(log)?;
        Ok(Self::with(Box::new(move || log.sync_data())))
    }

    fn with(sync: Sync) -> Self {
        Self { sync, progress: Mutex::default(), synced: Condvar::new() }
    }

    /// Returns when every commit before the call is on disk.
    ///
    /// # Errors
    ///
    /// What the operating system says of the sync.
    pub(super) fn wait(&self) -> io::Result<()> {
        let mut progress = self.progress();
        progress.commits += 1;
        let own = progress.commits;
        loop {
            if progress.durable >= own {
                return Ok(());
            }
            if progress.syncing {
                progress = self.synced.wait(progress).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            progress.syncing = true;
            let covered = progress.commits;
            drop(progress);
            let outcome = (self.sync)();
            progress = self.progress();
            progress.syncing = false;
            if outcome.is_ok() {
                progress.durable = covered;
            }
            self.synced.notify_all();
            outcome?;
        }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc,
    };

    use super::*;

    #[test]
    fn commits_that_come_during_a_sync_share_the_next_one() {
        const WAITING: u64 = 8;
        let (begun, begins) = mpsc::channel();
        let (go, gone) = mpsc::channel::<()>();
        let gone = Mutex::new(gone);
        let durable = Arc::new(Durable::with(Box::new(move || {
            begun.send(()).unwrap();
            gone.lock().unwrap().recv().unwrap();
            Ok(())
        })));
        let wait = || {
            let durable = Arc::clone(&durable);
            std::thread::spawn(move || durable.wait().unwrap())
        };
        let first = wait();
        begins.recv().unwrap();
        let others: Vec<_> = (0..WAITING).map(|_| wait()).collect();
        while durable.progress().commits <= WAITING {
            std::thread::yield_now();
        }
        // The sync that is under way began before the others committed: it does not count for them.
        go.send(()).unwrap();
        begins.recv().unwrap();
        first.join().unwrap();
        assert!(others.iter().all(|other| !other.is_finished()));
        go.send(()).unwrap();
        others.into_iter().for_each(|other| other.join().unwrap());
        assert!(begins.try_recv().is_err());
    }

    #[test]
    fn what_could_not_be_synced_is_not_durable_and_is_synced_by_the_next() {
        let calls = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&calls);
        let durable = Durable::with(Box::new(move || match counted.fetch_add(1, Ordering::Relaxed) {
            0 => Err(io::Error::other("the disk is gone")),
            _ => Ok(()),
        }));
        assert!(durable.wait().is_err());
        assert_eq!(durable.progress().durable, 0);
        durable.wait().unwrap();
        assert_eq!(durable.progress().durable, 2);
    }
}
