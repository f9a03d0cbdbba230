//! Checks of a key's fields that several schemes share. Each names the field in its error, never the value.

use super::{HeaderProblem, SignError, headers};

/// A header name that a key may set.
pub(super) fn header_name(field: &'static str, name: &str) -> Result<(), SignError> {
    headers::check_name(name).map_err(|problem| SignError::Field {
        field,
        reason: match problem {
            HeaderProblem::Forbidden | HeaderProblem::Owned | HeaderProblem::Repeated => {
                "names a header that the connection sets"
            }
            HeaderProblem::Name | HeaderProblem::Value | HeaderProblem::NotForm | HeaderProblem::NotJson => {
                "must be a header name"
            }
        },
    })
}

/// A header value that is not empty.
pub(super) fn header_value(field: &'static str, value: &str) -> Result<(), SignError> {
    not_empty(field, value)?;
    headers::check_value(value)
        .map_err(|_| SignError::Field { field, reason: "must be visible ASCII, without spaces around it" })
}

/// Text of any kind, as long as there is some.
pub(super) const fn not_empty(field: &'static str, value: &str) -> Result<(), SignError> {
    if value.is_empty() { Err(SignError::Field { field, reason: "must not be empty" }) } else { Ok(()) }
}

/// Text that may hold anything but control characters, such as the line break at the end of what was pasted.
pub(super) fn text(field: &'static str, value: &str) -> Result<(), SignError> {
    not_empty(field, value)?;
    if value.chars().any(char::is_control) {
        return Err(SignError::Field { field, reason: "must not contain control characters" });
    }
    Ok(())
}

/// A word that stands among others in a header: visible ASCII but for `separators`.
pub(super) fn word(
    field: &'static str,
    value: &str,
    separators: &[u8],
    reason: &'static str,
) -> Result<(), SignError> {
    let good =
        !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_graphic() && !separators.contains(&byte));
    if good { Ok(()) } else { Err(SignError::Field { field, reason }) }
}
