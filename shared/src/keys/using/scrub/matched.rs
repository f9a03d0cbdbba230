//! What tells a secret from ordinary data that happens to have the same characters.
//!
//! A long random secret stands nowhere by chance, so it is looked for wherever it may stand. A year, a word or a date is in
//! half of all documents: as a secret it is looked for as a whole value.

/// Where a text counts as the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Matched {
    /// Anywhere, and in either case.
    Anywhere,
    /// Where no letter, digit or hyphen joins it to something longer.
    Word,
    /// Where it is all that stands between two marks of the text's structure, such as quotation marks.
    Value,
}

/// A word or number of this many bytes is no longer common.
const LONG: usize = 16;

/// A shorter text may be a part of others by chance.
const SHORT: usize = 8;

/// The letters that a common word has at least, before the digits that make a password of it.
const WORD: usize = 3;

/// What tells that a secret follows, where only spaces stand before it.
const NAMES: [&[u8]; 5] = [b"password", b"passwd", b"pwd", b"secret", b"credential"];

/// How far before a value its name may stand.
const NAME_BYTES: usize = 24;

impl Matched {
    /// How a secret, or one written form of it, is matched.
    pub(super) fn of(text: &[u8]) -> Self {
        if text.len() >= LONG {
            return Self::Anywhere;
        }
        if text.iter().all(|byte| byte.is_ascii_digit() || b"+-.,:/ ".contains(byte)) || is_common(text) {
            return Self::Value;
        }
        let word = text.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let (word, tail) = text.split_at_checked(word).unwrap_or_default();
        // `Summer2024!` is a word with what rules for passwords ask for.
        let (_, digits) =
            tail.split_last().filter(|(sign, _)| sign.is_ascii_punctuation()).unwrap_or((&0, tail));
        let is_extended = word.len() >= WORD && is_common(word) && digits.iter().all(u8::is_ascii_digit);
        if text.len() < SHORT || is_extended { Self::Word } else { Self::Anywhere }
    }

    /// Whether the text from `start` to `end` stands as the secret would.
    pub(super) fn holds(self, text: &[u8], start: usize, end: usize) -> bool {
        let before = text.get(..start).unwrap_or_default();
        let after = text.get(end..).unwrap_or_default();
        match self {
            Self::Anywhere => true,
            Self::Word => !is_joined(before.iter().rev()) && !is_joined(after.iter()),
            Self::Value => begins_a_value(before) && ends_a_value(after),
        }
    }
}

/// Whether a text is made of words as people write them: in lower case, in upper case, or with a capital first letter.
fn is_common(text: &[u8]) -> bool {
    text.split(|byte| b"-_. ".contains(byte)).all(|word| {
        let tail = word.get(1..).unwrap_or_default();
        word.iter().all(u8::is_ascii_alphabetic)
            && (tail.iter().all(u8::is_ascii_lowercase) || word.iter().all(u8::is_ascii_uppercase))
    })
}

/// Whether the bytes beside a word make it longer: a letter or digit, also behind a hyphen, an underscore or a dot. Letters
/// beyond ASCII have bytes from 0x80 in UTF-8.
fn is_joined<'t>(mut beside: impl Iterator<Item = &'t u8>) -> bool {
    let is_of_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte >= 0x80;
    match beside.next() {
        Some(b'-' | b'_' | b'.') => beside.next().is_some_and(is_of_word),
        next => next.is_some_and(is_of_word),
    }
}

/// Whether what stands before ends with the mark that begins a value. A comma does when no space follows it, as in CSV:
/// `Oct 25, 2024` is one value.
fn begins_a_value(before: &[u8]) -> bool {
    let trimmed = without_spaces_behind(before);
    match trimmed.last() {
        None => true,
        Some(b'"' | b'\'' | b'`' | b'=' | b'&' | b';' | b'|' | b'>' | b'[' | b'{' | b':') => true,
        Some(b'\t' | b'\n' | b'\r' | b'\0') => true,
        Some(b',') => trimmed.len() == before.len(),
        Some(_) => trimmed.len() < before.len() && is_named(trimmed),
    }
}

/// Whether what stands behind begins with the mark that ends a value.
fn ends_a_value(after: &[u8]) -> bool {
    let trimmed = after.trim_ascii_start();
    match (after.first(), trimmed.first()) {
        (None, _) | (_, None) => true,
        (Some(b'\t' | b'\n' | b'\r' | b'\0'), _) => true,
        (_, Some(b'"' | b'\'' | b'`' | b'&' | b';' | b'|' | b'<' | b']' | b'}' | b'\0')) => true,
        (_, Some(b',')) => {
            let next = trimmed.get(1..).unwrap_or_default();
            let next_value = next.trim_ascii_start().first();
            next.first() != Some(&b' ') || next_value.is_none_or(|byte| b"\"'[{".contains(byte))
        }
        (_, Some(b'\\')) => trimmed.get(1).is_some_and(|byte| b"nrt\"'/".contains(byte)),
        (Some(_), Some(_)) => false,
    }
}

/// Whether the end of a line names a secret, as in `the password is`.
fn is_named(before: &[u8]) -> bool {
    let near = before.get(before.len().saturating_sub(NAME_BYTES)..).unwrap_or_default();
    let line = near.rsplit(|byte| *byte == b'\n').next().unwrap_or_default().to_ascii_lowercase();
    NAMES.iter().any(|name| memchr::memmem::find(&line, name).is_some())
}

fn without_spaces_behind(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|byte| *byte != b' ').map_or(0, |last| last + 1);
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_common_secrets_are_matched_more_strictly() {
        for (secret, matched) in [
            ("2024", Matched::Value),
            ("2024-10-25", Matched::Value),
            ("0123456789", Matched::Value),
            ("customer", Matched::Value),
            ("Acme Ltd", Matched::Value),
            ("PASSWORD", Matched::Value),
            ("hunter2", Matched::Word),
            ("Summer2024!", Matched::Word),
            ("p@ss", Matched::Word),
            ("Xk29vQz7", Matched::Anywhere),
            ("s3cret-of-mine", Matched::Anywhere),
            ("0123456789012345", Matched::Anywhere),
            ("abcdefgh12345678", Matched::Anywhere),
        ] {
            assert_eq!(Matched::of(secret.as_bytes()), matched, "{secret}");
        }
    }

    #[track_caller]
    fn holds(secret: &str, text: &str) -> bool {
        let start = text.find(secret).unwrap();
        Matched::of(secret.as_bytes()).holds(text.as_bytes(), start, start + secret.len())
    }

    #[test]
    fn a_year_within_data_is_no_secret() {
        for text in [
            "12024",
            "20240",
            "\"2024-10-25\"",
            "\"25/10/2024\"",
            "Fri, 25 Oct 2024 10:00:00 GMT",
            "\"October 25, 2024\"",
            "\"2024, a good year\"",
            "in 2024 and",
            "\"Acme (2024) Ltd\"",
            "/orders/2024/1",
            "-2024",
            "2024.5",
            "x2024",
            "2024x",
            "2024:10:25",
            "$2024",
        ] {
            assert!(!holds("2024", text), "{text}");
        }
    }

    #[test]
    fn a_year_that_is_the_whole_value_is_the_secret() {
        for text in [
            "2024",
            " 2024 ",
            "\"2024\"",
            "'2024'",
            "{\"year\":2024,\"a\":1}",
            "{\"year\": 2024, \"a\": 1}",
            "{\"year\": 2024}",
            "{\n  \"year\": 2024\n}",
            "[2024]",
            "<year>2024</year>",
            "user:2024",
            "a=1&password=2024&b=2",
            "a=2024; b=2",
            "a,2024,b",
            "a\t2024\tb",
            "one\n2024\nthree",
            "the password is 2024",
            "the password is 2024 today;",
        ] {
            // A named secret may be followed by more.
            let named = text.contains("today");
            assert_eq!(holds("2024", text), !named, "{text}");
        }
    }

    #[test]
    fn a_short_word_is_found_between_signs() {
        for text in ["hunter2", "is hunter2.", "is hunter2, as", "(hunter2)", "u/hunter2", "-hunter2-"] {
            assert!(holds("hunter2", text), "{text}");
        }
        for text in ["xhunter2", "hunter23", "\u{e9}hunter2", "x-hunter2", "hunter2.x", "a_hunter2"] {
            assert!(!holds("hunter2", text), "{text}");
        }
    }
}
