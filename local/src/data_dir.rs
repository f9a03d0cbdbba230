//! The data directory as a whole: whether this program may use what is in it, and how it is moved aside.
//!
//! The first start writes the number of the data's format into it. A directory with another number, with data but no
//! number, or with a database whose key is missing is refused, and nothing in it is changed.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use keyward_functions::table::FunctionName;

use crate::{
    demo, demo_system, embedded,
    kms::{self, KEYS_FILE},
    private_file::write_new,
    sign_in, stream_pump,
};

/// The format of what this program stores. Raise it when older data can no longer be used.
pub const FORMAT: u32 = 4;
/// The file with the number.
pub const FORMAT_FILE: &str = "keyward-format";

/// One of these is in every data directory of Keyward.
const OURS: [&str; 4] = [FORMAT_FILE, embedded::KEYS, embedded::DATABASE, sign_in::FILE_NAME];
/// Files that say what was done with the database: how far its stream was read, and that the demo's rows and its app are in it.
fn about_the_database() -> impl Iterator<Item = String> {
    FunctionName::ALL
        .iter()
        .copied()
        .map(stream_pump::place)
        .chain([demo::WRITTEN, demo_system::STORED].map(str::to_owned))
}

/// The data directory cannot be used. Each message is one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum BadDataDir {
    /// Another version wrote it.
    #[error(
        "{} was written by another version of Keyward (its data has format {found}, this version has {FORMAT}): \
         run `make reset` to move it aside, or set DATA_DIR to another directory",
        .directory.display()
    )]
    OtherFormat {
        /// The directory.
        directory: PathBuf,
        /// Its number.
        found: u32,
    },
    /// A version before there were numbers wrote it.
    #[error(
        "{} was written by an older version of Keyward, which gave its data no format number: run `make reset` to move \
         it aside, or set DATA_DIR to another directory",
        .0.display()
    )]
    NoFormat(PathBuf),
    /// The number is damaged.
    #[error(
        "{} does not hold a format number, so it is unclear which version of Keyward wrote the data beside it: run \
         `make reset` to move the directory aside, or set DATA_DIR to another directory",
        .0.display()
    )]
    DamagedFormat(PathBuf),
    /// It belongs to something else.
    #[error(
        "{} holds files that are not Keyward's: set DATA_DIR to a new or an empty directory",
        .0.display()
    )]
    NotOurs(PathBuf),
    /// There is a database, and nothing that opens it.
    #[error(
        "{} is missing, and nothing else opens the secrets in the database beside it: put that file back, or run \
         `make reset` to move the directory aside and start anew",
        .0.display()
    )]
    NoKeys(PathBuf),
    /// The file system refused.
    #[error("{} cannot be used", .path.display())]
    Io {
        /// The path that was read or written.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// The missing part of a data directory that may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataDir {
    directory: PathBuf,
    missing: Missing,
}

/// A part that a start creates again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Missing {
    /// All of it: this is the first start.
    Everything,
    /// The database, while its keys are there.
    Database,
    /// The sign-in, while the database is there.
    SignIn,
    /// No part.
    Nothing,
}

impl DataDir {
    /// Looks at a directory, and changes nothing. One that does not exist may be used.
    ///
    /// # Errors
    ///
    /// [`BadDataDir`] when it may not be used.
    pub fn look(directory: &Path) -> Result<Self, BadDataDir> {
        let names = names(directory).map_err(io_error(directory))?;
        let has = |name: &str| names.iter().any(|known| known == name);
        if names.is_empty() {
            return Ok(Self { directory: directory.to_owned(), missing: Missing::Everything });
        }
        if !OURS.into_iter().any(has) {
            return Err(BadDataDir::NotOurs(directory.to_owned()));
        }
        if !has(FORMAT_FILE) {
            return Err(BadDataDir::NoFormat(directory.to_owned()));
        }
        match format_of(directory)? {
            FORMAT => {}
            found => return Err(BadDataDir::OtherFormat { directory: directory.to_owned(), found }),
        }
        let keys = directory.join(embedded::KEYS).join(KEYS_FILE);
        let missing = match (keys.exists(), has(embedded::DATABASE), has(sign_in::FILE_NAME)) {
            (false, true, _) => return Err(BadDataDir::NoKeys(keys)),
            (true, true, true) => Missing::Nothing,
            (true, true, false) => Missing::SignIn,
            (true, false, _) => Missing::Database,
            (false, false, _) => Missing::Everything,
        };
        Ok(Self { directory: directory.to_owned(), missing })
    }

    /// Looks at a directory like [`Self::look`], and writes the format number into one that is new.
    ///
    /// # Errors
    ///
    /// [`BadDataDir`].
    pub fn prepare(directory: &Path) -> Result<Self, BadDataDir> {
        let looked_at = Self::look(directory)?;
        let path = directory.join(FORMAT_FILE);
        if !path.exists() {
            write_new(directory, &path, format!("{FORMAT}\n").as_bytes()).map_err(io_error(&path))?;
        }
        Ok(looked_at)
    }

    /// Says what is made anew because it was lost, and forgets what was noted about a database that is gone.
    ///
    /// Call it when the stack holds the directory: another one could be using those notes.
    ///
    /// # Errors
    ///
    /// [`BadDataDir::Io`].
    pub(crate) fn make_up_for_what_is_missing(&self) -> Result<(), BadDataDir> {
        let directory = self.directory.display();
        match self.missing {
            Missing::Everything | Missing::Nothing => Ok(()),
            Missing::Database => {
                tracing::warn!(
                    "the database in {directory} is missing: a new, empty one is made; the encryption keys stay, \
                     because backups of the old database open with nothing else"
                );
                about_the_database().try_for_each(|name| self.forget(&name))
            }
            Missing::SignIn => {
                tracing::warn!(
                    "the sign-in's file in {directory} is missing: the demo users and clients get new secrets; the \
                     database stays as it is"
                );
                self.forget(demo::WRITTEN)
            }
        }
    }

    fn forget(&self, name: &str) -> Result<(), BadDataDir> {
        let path = self.directory.join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_error(&path)(error)),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

/// The data directory was not moved aside.
#[derive(Debug, thiserror::Error)]
pub enum NotMoved {
    /// A stack is using it.
    #[error("a stack is running on {}: stop it first (Ctrl-C), then run `make reset` again", .0.display())]
    InUse(PathBuf),
    /// It belongs to something else.
    #[error("{} does not look like Keyward's data: nothing was moved", .0.display())]
    NotOurs(PathBuf),
    /// The file system refused.
    #[error("{} cannot be moved aside", .path.display())]
    Io {
        /// The path that was read or moved.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// Moves a data directory to a name with the date beside it, and returns that name. Nothing is deleted. `None` when there
/// is no such directory.
///
/// # Errors
///
/// [`NotMoved`]; the directory is then where it was.
pub fn move_aside(directory: &Path, now: Timestamp) -> Result<Option<PathBuf>, NotMoved> {
    let failed = |source| NotMoved::Io { path: directory.to_owned(), source };
    let names = names(directory).map_err(failed)?;
    if names.is_empty() {
        return Ok(None);
    }
    let ours = OURS.into_iter().any(|ours| names.iter().any(|name| name == ours));
    let (true, Some(name)) = (ours, directory.file_name()) else {
        return Err(NotMoved::NotOurs(directory.to_owned()));
    };
    // Held until the directory has its new name: no stack starts in between.
    let _lock = lock(directory)?;
    let mut aside = name.to_owned();
    aside.push(now.strftime("-%Y-%m-%dT%H-%M-%SZ").to_string());
    let aside = directory.with_file_name(aside);
    if aside.exists() {
        return Err(failed(io::Error::new(
            io::ErrorKind::AlreadyExists,
            format!("{} exists already", aside.display()),
        )));
    }
    fs::rename(directory, &aside).map_err(failed)?;
    Ok(Some(aside))
}

/// The lock of the stack that uses a directory, if one ever did.
fn lock(directory: &Path) -> Result<Option<File>, NotMoved> {
    let path = directory.join(embedded::KEYS).join(kms::LOCK_FILE);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(NotMoved::Io { path, source }),
    };
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(NotMoved::InUse(directory.to_owned())),
        Err(TryLockError::Error(source)) => Err(NotMoved::Io { path, source }),
    }
}

/// The names in a directory, without drafts that a killed start has left; none when there is no directory.
fn names(directory: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !name.ends_with(".tmp") {
            names.push(name);
        }
    }
    Ok(names)
}

fn format_of(directory: &Path) -> Result<u32, BadDataDir> {
    let path = directory.join(FORMAT_FILE);
    let text = fs::read(&path).map_err(io_error(&path))?;
    let number = std::str::from_utf8(&text).ok().and_then(|text| text.trim_end().parse().ok());
    number.ok_or(BadDataDir::DamagedFormat(path))
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> BadDataDir {
    let path = path.to_owned();
    |source| BadDataDir::Io { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory with these files.
    fn with(files: &[(&str, &str)]) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = directory.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        directory
    }

    fn missing(files: &[(&str, &str)]) -> Missing {
        DataDir::look(with(files).path()).unwrap().missing
    }

    const NUMBER: (&str, &str) = (FORMAT_FILE, "4\n");
    const KEYS: (&str, &str) = ("kms/keys.json", "{}");
    const DATABASE: (&str, &str) = ("dynamodb.sqlite", "");
    const SIGN_IN: (&str, &str) = ("sign-in.json", "{}");

    #[test]
    fn a_new_directory_gets_the_number_and_has_it_on_the_next_start() {
        let parent = tempfile::tempdir().unwrap();
        let directory = parent.path().join("data");
        assert_eq!(DataDir::look(&directory).unwrap().missing, Missing::Everything);
        assert!(!directory.exists(), "looking makes nothing");
        for _ in 0..2 {
            DataDir::prepare(&directory).unwrap();
            assert_eq!(fs::read_to_string(directory.join(FORMAT_FILE)).unwrap(), format!("{FORMAT}\n"));
        }
    }

    #[test]
    fn what_is_missing_is_known() {
        assert_eq!(missing(&[NUMBER, KEYS, DATABASE, SIGN_IN]), Missing::Nothing);
        assert_eq!(missing(&[NUMBER, KEYS, DATABASE]), Missing::SignIn);
        assert_eq!(missing(&[NUMBER, KEYS, SIGN_IN]), Missing::Database);
        assert_eq!(missing(&[NUMBER, KEYS]), Missing::Database);
        assert_eq!(missing(&[NUMBER]), Missing::Everything);
        assert_eq!(missing(&[("keyward-format.17.tmp", "")]), Missing::Everything);
        assert_eq!(missing(&[NUMBER, ("clients/reports", "secret")]), Missing::Everything);
    }

    #[test]
    fn a_number_that_is_none_is_damaged() {
        for text in ["", "\n", "one", "-1", "1 2", "4294967296", "\u{fffd}"] {
            let directory = with(&[(FORMAT_FILE, text), KEYS, DATABASE, SIGN_IN]);
            let refused = DataDir::look(directory.path());
            assert!(matches!(refused, Err(BadDataDir::DamagedFormat(_))), "{text:?}");
        }
    }

    #[test]
    fn a_directory_keeps_its_date_in_its_new_name() {
        let parent = tempfile::tempdir().unwrap();
        let directory = parent.path().join(".keyward");
        let now = Timestamp::from_second(1_772_625_600).unwrap();
        assert_eq!(move_aside(&directory, now).unwrap(), None);
        DataDir::prepare(&directory).unwrap();
        let aside = move_aside(&directory, now).unwrap().unwrap();
        assert_eq!(aside, parent.path().join(".keyward-2026-03-04T12-00-00Z"));
        assert!(aside.join(FORMAT_FILE).exists() && !directory.exists());
        DataDir::prepare(&directory).unwrap();
        assert!(matches!(move_aside(&directory, now), Err(NotMoved::Io { .. })), "the name is taken");
        assert!(directory.join(FORMAT_FILE).exists());
    }
}
