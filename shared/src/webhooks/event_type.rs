//! The types of events: the names that say what happened.

use std::{collections::BTreeSet, fmt, str::FromStr};

/// The name of a kind of event: words of a-z, 0-9 and `_`, with full stops between them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventType(String);

/// The text is no type of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be words of a-z, 0-9 and `_` with full stops between them, such as `order.created`, of at most {} bytes",
    EventType::MAX_LENGTH
)]
pub struct BadEventType;

impl EventType {
    /// The longest name, in bytes.
    pub const MAX_LENGTH: usize = 100;

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for EventType {
    type Err = BadEventType;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_word = |word: &str| {
            let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
            !word.is_empty() && word.bytes().all(plain)
        };
        let good = text.len() <= Self::MAX_LENGTH && text.split('.').all(is_word);
        if good { Ok(Self(text.to_owned())) } else { Err(BadEventType) }
    }
}

/// The types of events that a webhook hears of: 1 to 20, in the order of their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventTypes(BTreeSet<EventType>);

/// Why texts are no types for a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadEventTypes {
    /// There is none.
    #[error("must have at least one type of event")]
    None,
    /// There are too many.
    #[error("may have at most {} types of events", EventTypes::MAX)]
    TooMany,
    /// One of them is none.
    #[error("each {0}")]
    One(#[from] BadEventType),
}

impl EventTypes {
    /// The most types of one webhook.
    pub const MAX: usize = 20;

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &EventType> {
        self.0.iter()
    }

    /// Whether this is one of them.
    #[must_use]
    pub fn contains(&self, kind: &EventType) -> bool {
        self.0.contains(kind)
    }

    /// Reads the types from their names. A name that is given twice counts once.
    ///
    /// # Errors
    ///
    /// [`BadEventTypes`].
    pub fn parse<'t>(names: impl IntoIterator<Item = &'t str>) -> Result<Self, BadEventTypes> {
        let types = names.into_iter().map(str::parse).collect::<Result<BTreeSet<EventType>, _>>()?;
        match types.len() {
            0 => Err(BadEventTypes::None),
            1..=Self::MAX => Ok(Self(types)),
            _ => Err(BadEventTypes::TooMany),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_words_with_full_stops_between() {
        for name in ["key.updated", "order", "a_1.b.c2", &"a".repeat(EventType::MAX_LENGTH)] {
            assert_eq!(name.parse::<EventType>().map(|kind| kind.to_string()), Ok(name.to_owned()));
        }
        for name in ["", ".", "a.", ".a", "a..b", "Order", "a b", "ä", "a-b", &"a".repeat(101)] {
            assert_eq!(name.parse::<EventType>(), Err(BadEventType), "{name}");
        }
    }

    #[test]
    fn a_webhook_has_1_to_20_types_in_one_order() {
        let parsed = EventTypes::parse(["b", "a", "b"]).unwrap();
        assert_eq!(parsed.iter().map(EventType::as_str).collect::<Vec<_>>(), ["a", "b"]);
        assert!(parsed.contains(&"a".parse().unwrap()) && !parsed.contains(&"c".parse().unwrap()));
        let names: Vec<String> = (0..21).map(|number| format!("e{number}")).collect();
        let of = |count: usize| EventTypes::parse(names.iter().take(count).map(String::as_str));
        assert!(of(20).is_ok());
        assert_eq!(of(0), Err(BadEventTypes::None));
        assert_eq!(of(21), Err(BadEventTypes::TooMany));
        assert_eq!(EventTypes::parse(["A"]), Err(BadEventTypes::One(BadEventType)));
    }
}
