//! E-mail addresses that people are invited at and sign in with.

use std::{fmt, str::FromStr};

/// An e-mail address in the form that the sign-in compares: in lower case, of the characters that mail systems agree on, without
/// comments and quotes (a subset of RFC 5321 §4.1.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailAddress(String);

/// The text is no such address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be an e-mail address of at most {} characters, such as ann@example.com",
    EmailAddress::MAX_LENGTH
)]
pub struct NotAnEmailAddress;

/// The longest part before the `@`, in bytes (RFC 5321 §4.5.3.1).
const MAX_LOCAL_LENGTH: usize = 64;

impl EmailAddress {
    /// The longest address, in bytes. It becomes a `Username` of `AdminCreateUser`, which has at most 128 characters (Amazon
    /// Cognito user pools API reference); RFC 5321 §4.5.3.1 would allow 254.
    pub const MAX_LENGTH: usize = 128;

    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for EmailAddress {
    type Err = NotAnEmailAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (local, domain) = text.split_once('@').ok_or(NotAnEmailAddress)?;
        let is_atom = |atom: &str| !atom.is_empty() && atom.bytes().all(is_atext);
        let is_label = |label: &str| {
            let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            (1..=63).contains(&label.len())
                && label.bytes().all(inner)
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let good = text.len() <= Self::MAX_LENGTH
            && local.len() <= MAX_LOCAL_LENGTH
            && local.split('.').all(is_atom)
            && domain.contains('.')
            && domain.split('.').all(is_label);
        if good { Ok(Self(text.to_ascii_lowercase())) } else { Err(NotAnEmailAddress) }
    }
}

/// The characters of an atom (RFC 5322 §3.2.3).
const fn is_atext(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+')
        || matches!(byte, b'-' | b'/' | b'=' | b'?' | b'^' | b'_' | b'`' | b'{' | b'|' | b'}' | b'~')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_in_lower_case() {
        for (text, address) in [
            ("Ann.O'Neil+keyward@Example.COM", "ann.o'neil+keyward@example.com"),
            ("a@b.c", "a@b.c"),
            ("_@xn--bcher-kva.example", "_@xn--bcher-kva.example"),
        ] {
            assert_eq!(text.parse::<EmailAddress>().map(|email| email.to_string()), Ok(address.to_owned()));
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}@example.com", "a".repeat(65));
        let longest = format!("a@{}.{}.example", "a".repeat(61), "b".repeat(56));
        assert_eq!(longest.len(), EmailAddress::MAX_LENGTH);
        assert!(longest.parse::<EmailAddress>().is_ok());
        let longer = format!("a{longest}");
        for text in [
            "",
            "ann",
            "@example.com",
            "ann@",
            "ann@example",
            "ann@@example.com",
            "a@b@example.com",
            ".ann@example.com",
            "ann.@example.com",
            "a..n@example.com",
            "ann@.com",
            "ann@example..com",
            "ann@-example.com",
            "ann@example.com-",
            "an n@example.com",
            "ann@example.com\n",
            "\"ann\"@example.com",
            "änn@example.com",
            "ann@[127.0.0.1]",
            "Ann <ann@example.com>",
            &long,
            &longer,
        ] {
            assert_eq!(text.parse::<EmailAddress>(), Err(NotAnEmailAddress), "{text}");
        }
    }
}
