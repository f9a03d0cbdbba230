//! The part between two marker lines of a file that is otherwise written by hand.

use crate::{Error, read};

/// A file with its marked part replaced.
///
/// # Errors
///
/// When the file cannot be read, or does not have both markers.
pub(crate) fn replace(path: &'static str, marks: (&str, &str), part: &str) -> Result<String, Error> {
    let text = read(path)?;
    let missing = || Error::Marker(path);
    let (before, rest) = text.split_once(marks.0).ok_or_else(missing)?;
    let (_, after) = rest.split_once(marks.1).ok_or_else(missing)?;
    Ok(format!("{before}{}\n\n{part}\n{}{after}", marks.0, marks.1))
}
