//! Settings of an endpoint for the platform's function. Keyward does not interpret them.

use serde_json::{Map, Value};

/// A JSON object of bounded size. It is stored and shown as it is: it is no place for a secret.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Settings(Map<String, Value>);

/// The object is too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must have at most {} bytes as JSON", Settings::MAX_BYTES)]
pub struct TooManySettings;

impl Settings {
    /// The most bytes of the object, written without white space.
    pub const MAX_BYTES: usize = 32 * 1024;

    /// The members.
    #[must_use]
    pub const fn members(&self) -> &Map<String, Value> {
        &self.0
    }

    /// The object as JSON text.
    #[must_use]
    pub fn to_json(&self) -> String {
        Value::Object(self.0.clone()).to_string()
    }
}

impl TryFrom<Map<String, Value>> for Settings {
    type Error = TooManySettings;

    fn try_from(members: Map<String, Value>) -> Result<Self, Self::Error> {
        let settings = Self(members);
        if settings.to_json().len() > Self::MAX_BYTES { Err(TooManySettings) } else { Ok(settings) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_bounded() {
        let of = |length: usize| Map::from_iter([("a".to_owned(), Value::String("x".repeat(length)))]);
        let around = r#"{"a":""}"#.len();
        assert!(Settings::try_from(of(Settings::MAX_BYTES - around)).is_ok());
        assert_eq!(Settings::try_from(of(Settings::MAX_BYTES - around + 1)), Err(TooManySettings));
    }
}
