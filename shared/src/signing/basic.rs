//! Basic authentication (RFC 7617).

use base64::{Engine, prelude::BASE64_STANDARD};
use zeroize::Zeroizing;

use super::SignError;
use crate::secret::SecretText;

/// RFC 7617 §2: neither has control characters, and the user name has no colon. Either may be empty, but not both.
pub(super) fn check(username: &str, password: &SecretText) -> Result<(), SignError> {
    let reason = "must not contain control characters";
    if username.is_empty() && password.is_empty() {
        return Err(SignError::Field { field: "username", reason: "is needed, or a password" });
    }
    if username.contains(':') {
        return Err(SignError::Field { field: "username", reason: "must not contain a colon" });
    }
    if username.chars().any(char::is_control) {
        return Err(SignError::Field { field: "username", reason });
    }
    if password.expose().chars().any(char::is_control) {
        return Err(SignError::Field { field: "password", reason });
    }
    Ok(())
}

/// The value of the `Authorization` header, in UTF-8 (RFC 7617 §2.1).
pub(super) fn authorization(username: &str, password: &SecretText) -> String {
    value(username, password.expose())
}

/// The same for a pair that a scheme of its own has checked.
pub(super) fn value(username: &str, password: &str) -> String {
    let pair = Zeroizing::new([username.as_bytes(), b":", password.as_bytes()].concat());
    // Written into room that suffices, so that no copy is left behind by growing.
    let mut value = String::with_capacity(6 + pair.len().div_ceil(3) * 4);
    value.push_str("Basic ");
    BASE64_STANDARD.encode_string(pair.as_slice(), &mut value);
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7617 §2 has no rule against it, and vendors ask for it (https://docs.stripe.com/api/authentication: `-u sk_…:`).
    #[test]
    fn one_half_may_be_empty_and_not_both() {
        let text = |text: &str| SecretText::from(text.to_owned());
        assert_eq!(check("key", &text("")), Ok(()));
        assert_eq!(check("", &text("token")), Ok(()));
        assert_eq!(authorization("key", &text("")), "Basic a2V5Og==");
        assert_eq!(authorization("", &text("token")), "Basic OnRva2Vu");
        assert!(matches!(check("", &text("")), Err(SignError::Field { field: "username", .. })));
    }

    #[test]
    fn rfc_7617_examples_hold() {
        // RFC 7617 §2 and §2.1; the third is RFC 6749 §2.3.1's.
        for (username, password, value) in [
            ("Aladdin", "open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
            ("test", "123£", "Basic dGVzdDoxMjPCow=="),
            ("s6BhdRkqt3", "gX1fBat3bV", "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW"),
        ] {
            assert_eq!(authorization(username, &SecretText::from(password.to_owned())), value);
        }
    }
}
