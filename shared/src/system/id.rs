//! The name of a system in the library.

use std::{borrow::Borrow, fmt, str::FromStr};

/// A system's identifier, such as `custom-http`: lower-case words and digits, joined by hyphens.
///
/// It says nothing about whether the library holds such a system; [`Library::system`](super::Library::system) does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SystemId(String);

/// The text is no identifier of a system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be lower-case words and digits joined by hyphens, at most {} bytes", SystemId::MAX_LENGTH)]
pub struct NotASystemId;

impl SystemId {
    /// The longest identifier, in bytes.
    pub const MAX_LENGTH: usize = 40;

    /// The identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SystemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for SystemId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for SystemId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl FromStr for SystemId {
    type Err = NotASystemId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let word = |word: &str| {
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        if text.len() <= Self::MAX_LENGTH && text.split('-').all(word) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotASystemId)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_joined_by_hyphens_are_an_identifier() {
        for text in ["dear", "magento-2", "custom-http", "oauth2"] {
            assert_eq!(text.parse::<SystemId>().map(|id| id.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let long = "a".repeat(SystemId::MAX_LENGTH + 1);
        for text in ["", "-", "a-", "-a", "a--b", "Dear", "a_b", "a b", "a#b", &long] {
            assert_eq!(text.parse::<SystemId>(), Err(NotASystemId), "{text}");
        }
    }
}
