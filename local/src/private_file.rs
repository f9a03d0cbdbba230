//! Files in the data directory that only their owner may read.

use std::{fs, io, io::Write as _, path::Path};

/// Writes a file that only its owner may read, whole or not at all, unless there is one already.
pub(crate) fn write_new(directory: &Path, path: &Path, text: &[u8]) -> io::Result<()> {
    create_private_directory(directory)?;
    let draft = path.with_extension(format!("{}.tmp", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(text)?;
    file.sync_all()?;
    // A link, unlike a rename, never replaces a file that another process has just made.
    let linked = match fs::hard_link(&draft, path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        Ok(()) | Err(_) => Ok(()),
    };
    fs::remove_file(&draft)?;
    linked
}

fn create_private_directory(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}
