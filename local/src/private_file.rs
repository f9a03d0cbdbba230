//! Files in the data directory that only their owner may read.

use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

/// Writes a file that only its owner may read, whole or not at all, unless there is one already.
pub(crate) fn write_new(directory: &Path, path: &Path, text: &[u8]) -> io::Result<()> {
    let draft = draft(directory, path, text)?;
    // A link, unlike a rename, never replaces a file that another process has just made.
    let linked = match fs::hard_link(&draft, path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        Ok(()) | Err(_) => Ok(()),
    };
    fs::remove_file(&draft)?;
    linked
}

/// Writes a file that only its owner may read, whole or not at all, in place of one that may be there.
pub(crate) fn write_over(directory: &Path, path: &Path, text: &[u8]) -> io::Result<()> {
    fs::rename(draft(directory, path, text)?, path)
}

/// The text on disk, under another name.
fn draft(directory: &Path, path: &Path, text: &[u8]) -> io::Result<PathBuf> {
    create_private_directory(directory)?;
    let draft = path.with_extension(format!("{}.tmp", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(text)?;
    file.sync_all()?;
    Ok(draft)
}

fn create_private_directory(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}
