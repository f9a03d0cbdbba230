//! The title of a key, a source or a destination: what people tell them apart by.

use std::{fmt, str::FromStr};

/// A title: 1 to 100 characters, without control characters and without those that write text in another direction, without
/// white space at either end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Title(String);

impl Title {
    /// The longest title, in characters.
    pub const MAX_CHARACTERS: usize = 100;

    /// The title as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which titles are sorted and searched: lower case.
    #[must_use]
    pub fn folded(&self) -> String {
        fold(&self.0)
    }
}

/// Folds a title, or the beginning of one, for sorting and searching.
#[must_use]
pub fn fold(text: &str) -> String {
    // Character by character: `str::to_lowercase` writes a Greek sigma by what follows it, so that the beginning of a
    // title would not be the beginning of the folded title.
    text.chars().flat_map(char::to_lowercase).collect()
}

impl fmt::Display for Title {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is no title.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TitleError {
    /// Nothing but white space.
    #[error("must not be empty")]
    Empty,
    /// Too many characters.
    #[error("must have at most {} characters", Title::MAX_CHARACTERS)]
    TooLong,
    /// A line break, a tab, NUL or the like, or a code point that is no character.
    #[error("must not contain control characters")]
    ControlCharacter,
    /// A character that nobody sees and that makes the text after it run the other way, beyond the end of the title.
    #[error("must not contain characters that change the direction of text")]
    Direction,
}

/// The last two code points of a plane (Unicode §23.7). The very last one marks the end of a range in a list.
fn is_noncharacter(character: char) -> bool {
    u32::from(character) & 0xfffe == 0xfffe
}

/// The embeddings, overrides and isolates of the Unicode Bidirectional Algorithm (UAX 9 §2). A list that shows a title with one
/// of them writes what follows backwards. The marks (§2.6) move nothing outside of a word, and titles may need them.
const fn is_directional(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl FromStr for Title {
    type Err = TitleError;

    /// White space at the ends is dropped: it comes from pasting and nobody could see it in a list.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.is_empty() {
            Err(TitleError::Empty)
        } else if text.chars().count() > Self::MAX_CHARACTERS {
            Err(TitleError::TooLong)
        } else if text.chars().any(|character| character.is_control() || is_noncharacter(character)) {
            Err(TitleError::ControlCharacter)
        } else if text.chars().any(is_directional) {
            Err(TitleError::Direction)
        } else {
            Ok(Self(text.to_owned()))
        }
    }
}

/// The beginning of a title, folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TitlePrefix(String);

impl TitlePrefix {
    /// The folded text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TitlePrefix {
    type Err = TitleError;

    /// Any text that a title can begin with. The empty text is the beginning of every title.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.chars().count() > Title::MAX_CHARACTERS {
            Err(TitleError::TooLong)
        } else {
            Ok(Self(fold(text)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_loses_the_white_space_around_it_and_nothing_else() {
        assert_eq!(
            "  Live UK  Shopify ".parse::<Title>().map(|t| t.to_string()),
            Ok("Live UK  Shopify".into())
        );
        assert_eq!("Ä".repeat(100).parse::<Title>().map(|t| t.folded()), Ok("ä".repeat(100)));
    }

    #[test]
    fn the_beginning_of_a_title_folds_to_the_beginning_of_the_folded_title() {
        let title: Title = "ΟΔΟΣ ΣΟΦΙΑΣ 1".parse().unwrap();
        for (end, _) in title.as_str().char_indices() {
            assert!(title.folded().starts_with(&fold(&title.as_str()[..end])));
        }
    }

    #[test]
    fn empty_long_and_unprintable_titles_are_refused() {
        assert_eq!(" \t".parse::<Title>(), Err(TitleError::Empty));
        assert_eq!("x".repeat(101).parse::<Title>(), Err(TitleError::TooLong));
        assert_eq!("a\0b".parse::<Title>(), Err(TitleError::ControlCharacter));
        assert_eq!("a\nb".parse::<Title>(), Err(TitleError::ControlCharacter));
        assert_eq!("\u{10ffff}".parse::<Title>(), Err(TitleError::ControlCharacter));
    }

    #[test]
    fn titles_that_would_turn_what_follows_are_refused_and_those_of_other_scripts_are_not() {
        for character in ('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}') {
            assert_eq!(
                format!("a{character}b").parse::<Title>(),
                Err(TitleError::Direction),
                "{character:?}"
            );
        }
        for title in ["מפתח", "\u{200f}مفتاح 1", "a\u{200e}b"] {
            assert!(title.parse::<Title>().is_ok(), "{title:?}");
        }
    }
}
