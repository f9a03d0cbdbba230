//! The headers that a key adds to every request, and which names it may not touch.

use std::{fmt, str::FromStr};

use super::draft::Visibility;
use crate::signing::is_reserved_header;

/// A header name: an RFC 9110 §5.6.2 token of at most 100 bytes that a key may set. It keeps the user's
/// spelling, and `==` compares spellings. [`is`](Self::is) says whether two names mean the same header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderName(String);

impl HeaderName {
    /// The longest name, in bytes.
    pub const MAX_BYTES: usize = 100;

    /// The name as the user wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name in lower case, by which headers are compared.
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    /// Whether it is this header, in whatever case.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.0.eq_ignore_ascii_case(name)
    }
}

impl fmt::Display for HeaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is no header name that a key may set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderNameError {
    /// Not a token.
    #[error("must be a header name: letters, digits and !#$%&'*+-.^_`|~ only")]
    NotAToken,
    /// Too long.
    #[error("must have at most {} characters", HeaderName::MAX_BYTES)]
    TooLong,
    /// A header of the connection, or one that tells the destination about the origin.
    #[error("is set by the connection itself and cannot be stored")]
    Reserved,
    /// A header that the auth variant sets.
    #[error("belongs under the authentication fields, not in the list of headers")]
    Authentication,
    /// A header with a value that the system's template gives.
    #[error("is set by the system's template on every request: leave it out")]
    Constant,
}

impl FromStr for HeaderName {
    type Err = HeaderNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_token_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if text.len() > Self::MAX_BYTES {
            return Err(HeaderNameError::TooLong);
        }
        if text.is_empty() || !text.bytes().all(is_token_byte) {
            return Err(HeaderNameError::NotAToken);
        }
        let folded = text.to_ascii_lowercase();
        if is_reserved_header(&folded) {
            Err(HeaderNameError::Reserved)
        } else if folded == "authorization" {
            Err(HeaderNameError::Authentication)
        } else {
            Ok(Self(text.to_owned()))
        }
    }
}

/// The longest public header value, in bytes.
pub const MAX_VALUE_BYTES: usize = 4096;
/// The longest secret one, in bytes.
pub const MAX_SECRET_BYTES: usize = 16 * 1024;

/// Why a text is no header value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderValueError {
    /// Nothing to send.
    #[error("must not be empty")]
    Empty,
    /// Too long.
    #[error("must have at most {0} bytes")]
    TooLong(usize),
    /// A line break would start another header (RFC 9110 §5.5); other control characters have no place either.
    #[error("must be visible ASCII characters and single spaces between them")]
    NotVisible,
}

/// Checks a header value: visible ASCII with inner spaces.
///
/// # Errors
///
/// [`HeaderValueError`], which never repeats the value.
pub fn check_value(value: &str, visibility: Visibility) -> Result<(), HeaderValueError> {
    let max = match visibility {
        Visibility::Public => MAX_VALUE_BYTES,
        Visibility::Secret => MAX_SECRET_BYTES,
    };
    if value.is_empty() {
        Err(HeaderValueError::Empty)
    } else if value.len() > max {
        Err(HeaderValueError::TooLong(max))
    } else if value.trim() != value || !value.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        Err(HeaderValueError::NotVisible)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_case_and_shown_as_written() {
        let name: HeaderName = "X-Tenant".parse().unwrap();
        assert_ne!(name, "x-tenant".parse().unwrap());
        assert_eq!(name.to_string(), "X-Tenant");
        assert!(name.is("x-tenant"));
    }

    #[test]
    fn names_that_a_key_may_not_set_are_refused() {
        for (name, error) in [
            ("", HeaderNameError::NotAToken),
            ("X Tenant", HeaderNameError::NotAToken),
            ("X-T\r\nEvil", HeaderNameError::NotAToken),
            ("Ünder", HeaderNameError::NotAToken),
            ("Host", HeaderNameError::Reserved),
            ("content-LENGTH", HeaderNameError::Reserved),
            ("Accept-Encoding", HeaderNameError::Reserved),
            ("Proxy-Authorization", HeaderNameError::Reserved),
            ("Authorization", HeaderNameError::Authentication),
        ] {
            assert_eq!(name.parse::<HeaderName>(), Err(error), "{name}");
        }
        assert_eq!("x".repeat(101).parse::<HeaderName>(), Err(HeaderNameError::TooLong));
    }

    #[test]
    fn values_that_could_start_another_header_are_refused() {
        let check_value = |value: &str| check_value(value, Visibility::Public);
        assert_eq!(check_value("application/json; charset=utf-8"), Ok(()));
        for value in ["a\r\nb: c", "a\nb", "\0", "é", " a", "a "] {
            assert_eq!(check_value(value), Err(HeaderValueError::NotVisible), "{value:?}");
        }
        assert_eq!(check_value(""), Err(HeaderValueError::Empty));
        assert_eq!(check_value(&"x".repeat(4097)), Err(HeaderValueError::TooLong(4096)));
        let secret = |length| super::check_value(&"x".repeat(length), Visibility::Secret);
        assert_eq!((secret(16_384), secret(16_385)), (Ok(()), Err(HeaderValueError::TooLong(16_384))));
    }
}
