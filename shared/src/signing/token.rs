//! A token in a header.

use super::{SignError, field};
use crate::secret::SecretText;

pub(super) fn check(header_name: &str, value: &SecretText) -> Result<(), SignError> {
    field::header_name("header_name", header_name)?;
    field::header_value("value", value.expose())?;
    if is_authorization(header_name) && value.expose().contains([' ', '\t']) {
        return Err(SignError::Field {
            field: "value",
            reason: "must be the token alone: `Bearer` is put before it",
        });
    }
    Ok(())
}

/// `Bearer` and the token in `Authorization` (RFC 6750 §2.1), the token alone elsewhere.
pub(super) fn header_value(header_name: &str, value: &SecretText) -> String {
    if is_authorization(header_name) {
        ["Bearer ", value.expose()].concat()
    } else {
        value.expose().to_owned()
    }
}

const fn is_authorization(header_name: &str) -> bool {
    header_name.eq_ignore_ascii_case("authorization")
}
