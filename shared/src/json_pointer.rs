//! Places in JSON documents (RFC 6901).

use std::str::FromStr;

use serde::Deserialize;

/// A place in a JSON document. The empty pointer is the whole document.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct JsonPointer(String);

/// The text is no JSON pointer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a JSON pointer such as `/data/shop/name`")]
pub struct NotAPointer;

impl JsonPointer {
    /// The member of this name at the top of a document. The name has neither `~` nor a slash.
    pub(crate) fn of_member(name: &str) -> Self {
        Self(format!("/{name}"))
    }

    /// The pointer as text, as `serde_json::Value::pointer` takes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for JsonPointer {
    type Err = NotAPointer;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let escapes_are_whole = text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
        let starts = text.is_empty() || text.starts_with('/');
        if starts && escapes_are_whole { Ok(Self(text.to_owned())) } else { Err(NotAPointer) }
    }
}

impl TryFrom<String> for JsonPointer {
    type Error = NotAPointer;

    fn try_from(text: String) -> Result<Self, NotAPointer> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_is_empty_or_starts_with_a_slash_and_has_whole_escapes() {
        for text in ["", "/", "/a/0/b", "/a~1b~0c"] {
            assert!(text.parse::<JsonPointer>().is_ok(), "{text}");
        }
        for text in ["a", "data/shop", "/a~", "/a~2"] {
            assert_eq!(text.parse::<JsonPointer>(), Err(NotAPointer), "{text}");
        }
    }
}
