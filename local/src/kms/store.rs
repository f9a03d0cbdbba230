//! The keys on disk: one file, replaced as a whole, in a directory of its own.
//!
//! # Security
//!
//! The file holds every key in the clear, as `DATA_DIR` of a local stack does. It is readable by its owner only
//! (0600, in a directory of 0700). What is read and written passes through buffers that are wiped.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use super::{keyring::Keyring, record};

/// The file with the keys.
pub(crate) const KEYS: &str = "keys.json";
/// The file that is written first, and then renamed to [`KEYS`].
const NEXT_KEYS: &str = "keys.json.next";
/// Locked for as long as the directory is open.
pub(crate) const LOCK: &str = "lock";

/// The state of the embedded KMS cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another running stack holds the directory.
    #[error("a stack is running on {} already: stop it first, or set DATA_DIR to another directory", .0.display())]
    InUse(PathBuf),
    /// The file system refused.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The path that was read or written.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The file is not one that this version wrote.
    #[error(
        "{} is damaged ({reason}): put a good copy back, or run `make reset` to move the data aside and start anew",
        .path.display()
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Where it differs. Never a part of its content.
        reason: &'static str,
    },
    /// A key could not be encoded.
    #[error("a key could not be encoded")]
    Encoding,
    /// No keys could be made.
    #[error("the random generator failed")]
    Random,
}

/// The directory, locked against a second stack.
#[derive(Debug)]
pub(super) struct Store {
    directory: PathBuf,
    /// The lock goes with the file: also when the process is killed.
    _lock: File,
}

impl Store {
    /// Takes the directory, and makes it if it is not there.
    ///
    /// # Errors
    ///
    /// [`StoreError::InUse`] when another stack has it, else what the file system says.
    pub(super) fn open(directory: &Path) -> Result<Self, StoreError> {
        let at = |path: &Path| io_error(path.to_owned());
        DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(at(directory))?;
        // A directory that was there already may have been made by another hand.
        fs::set_permissions(directory, Permissions::from_mode(0o700)).map_err(at(directory))?;
        let path = directory.join(LOCK);
        let lock = owner_only().open(&path).map_err(at(&path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { directory: directory.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse(directory.to_owned())),
            Err(TryLockError::Error(source)) => Err(StoreError::Io { path, source }),
        }
    }

    /// The keys, if any were ever saved.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is not of this format.
    pub(super) fn load(&self) -> Result<Option<Keyring>, StoreError> {
        let path = self.directory.join(KEYS);
        match fs::read(&path) {
            Ok(bytes) => record::decode(&Zeroizing::new(bytes))
                .map(Some)
                .map_err(|reason| StoreError::Unreadable { path, reason }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(StoreError::Io { path, source }),
        }
    }

    /// Saves the keys. When it returns, they survive a power cut: the new file is written and synced, takes the
    /// place of the old one in one step, and the directory is synced too.
    ///
    /// # Errors
    ///
    /// What the file system says. The old file is then still there.
    pub(super) fn save(&self, keyring: &Keyring) -> Result<(), StoreError> {
        let bytes = record::encode(keyring).map_err(|_| StoreError::Encoding)?;
        let next = self.directory.join(NEXT_KEYS);
        let write = || {
            let mut file = owner_only().truncate(true).open(&next)?;
            file.write_all(&bytes)?;
            file.sync_all()?;
            fs::rename(&next, self.directory.join(KEYS))?;
            File::open(&self.directory)?.sync_all()
        };
        write().map_err(io_error(next.clone()))
    }
}

fn owner_only() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).mode(0o600);
    options
}

fn io_error(path: PathBuf) -> impl FnOnce(io::Error) -> StoreError {
    |source| StoreError::Io { path, source }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn only_the_owner_can_read_the_keys() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("kms");
        let store = Store::open(&path).unwrap();
        store.save(&Keyring::of_keyward(Timestamp::UNIX_EPOCH).unwrap()).unwrap();
        assert_eq!(mode(&path), 0o700);
        assert_eq!(mode(&path.join(KEYS)), 0o600);
    }

    #[test]
    fn a_directory_has_one_stack_at_a_time() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        assert!(matches!(Store::open(directory.path()), Err(StoreError::InUse(_))));
        drop(store);
        assert!(Store::open(directory.path()).is_ok());
    }

    #[test]
    fn what_was_saved_is_loaded_and_nothing_else_is_left() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        assert!(store.load().unwrap().is_none());
        let saved = Keyring::of_keyward(Timestamp::UNIX_EPOCH).unwrap();
        store.save(&saved).unwrap();
        let loaded = store.load().unwrap().unwrap();
        assert!(loaded.aliases().eq(saved.aliases()));
        assert!(!directory.path().join(NEXT_KEYS).exists());
    }

    #[test]
    fn an_interrupted_save_leaves_the_keys_that_were_there() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        let saved = Keyring::of_keyward(Timestamp::UNIX_EPOCH).unwrap();
        store.save(&saved).unwrap();
        fs::write(directory.path().join(NEXT_KEYS), "{\"format\": 1, \"ke").unwrap();
        assert!(store.load().unwrap().unwrap().aliases().eq(saved.aliases()));
        store.save(&saved).unwrap();
        assert!(store.load().is_ok());
    }

    #[test]
    fn a_damaged_file_is_refused_without_showing_its_content() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        fs::write(directory.path().join(KEYS), "{\"format\": 1, \"canary\": 1}").unwrap();
        let Err(error) = store.load() else {
            panic!("a damaged file was read");
        };
        assert!(!format!("{error} {error:?}").contains("canary"));
    }
}
