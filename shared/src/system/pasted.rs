//! What comes along when people copy a value: white space, quotation marks, characters that nobody sees.

use crate::pem::is_invisible;

/// Whether it stands around a value without being of it: white space of any kind, line breaks, what nobody sees.
fn is_around(character: char) -> bool {
    character.is_whitespace() || character.is_control() || is_invisible(character)
}

/// The text without what cannot be seen around it.
pub(super) fn trimmed(text: &str) -> &str {
    text.trim_matches(is_around)
}

/// The same text within a pair of quotation marks, if there is one around it.
pub(super) fn unquoted(text: &str) -> Option<&str> {
    const PAIRS: [(char, char); 8] = [
        ('"', '"'),
        ('\'', '\''),
        ('`', '`'),
        ('\u{201c}', '\u{201d}'),
        ('\u{201e}', '\u{201c}'),
        ('\u{2018}', '\u{2019}'),
        ('\u{201a}', '\u{2018}'),
        ('\u{ab}', '\u{bb}'),
    ];
    let inner = |(open, close)| text.strip_prefix(open)?.strip_suffix(close);
    PAIRS.into_iter().find_map(inner).map(trimmed).filter(|inner| !inner.is_empty())
}

/// The text without quotation marks and white space around it, and without invisible characters.
pub(super) fn bare(text: &str) -> String {
    let mut text = trimmed(text);
    while let Some(inner) = unquoted(text) {
        text = inner;
    }
    text.chars().filter(|character| !is_invisible(*character)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_around_a_value_is_taken_off() {
        for pasted in [
            "acme",
            " acme ",
            "acme\n",
            "\tacme\r\n",
            "\u{a0}acme\u{a0}",
            "\u{feff}acme\u{200b}",
            "ac\u{200b}me",
            "\"acme\"",
            "'acme'",
            " \"acme\" ",
            "\"'acme'\"",
            "\u{201c}acme\u{201d}",
            "\u{201e}acme\u{201c}",
        ] {
            assert_eq!(bare(pasted), "acme", "{pasted:?}");
        }
        for kept in ["a b", "\"acme", "acme'", "it's", "\"\""] {
            assert_eq!(bare(kept), kept, "{kept:?}");
        }
    }
}
