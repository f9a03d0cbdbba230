//! Character references of XML and HTML.

use std::sync::LazyLock;

/// The WHATWG's list of names. Its head says where it is from.
const TABLE: &str = include_str!("references.txt");

/// Name, characters, and whether the semicolon may be missing, in the order of the names.
static NAMED: LazyLock<Vec<(&'static str, String, bool)>> = LazyLock::new(|| {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    let entry = |line: &'static str| {
        let (name, numbers) = line.split_once('\t')?;
        let (numbers, open) = numbers.strip_suffix('*').map_or((numbers, false), |numbers| (numbers, true));
        let character = |number| u32::from_str_radix(number, 16).ok().and_then(char::from_u32);
        Some((name, numbers.split(' ').map(character).collect::<Option<String>>()?, open))
    };
    lines.filter_map(entry).collect()
});

/// The longest name has 31 characters. A number may have zeros before it.
const MOST_BYTES: usize = 40;

/// The characters that are referred to, and what follows the reference; `None` when none begins here. `text` begins behind
/// the ampersand.
pub(super) fn read(text: &[u8]) -> Option<(&[u8], Characters)> {
    match text {
        [b'#', b'x' | b'X', digits @ ..] => number(digits, 16),
        [b'#', digits @ ..] => number(digits, 10),
        _ => name(text),
    }
}

/// What is referred to.
pub(super) enum Characters {
    One(char),
    Named(&'static str),
}

/// A number, with or without a semicolon.
fn number(text: &[u8], radix: u32) -> Option<(&[u8], Characters)> {
    let is_digit = |byte: &&u8| char::from(**byte).is_digit(radix);
    let count = text.iter().take(MOST_BYTES).take_while(is_digit).count();
    let (digits, rest) = text.split_at_checked(count)?;
    let number = u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok()?;
    let character = char::from_u32(number)?;
    Some((rest.strip_prefix(b";").unwrap_or(rest), Characters::One(character)))
}

fn name(text: &[u8]) -> Option<(&[u8], Characters)> {
    let count = text.iter().take(MOST_BYTES).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let (given, rest) = text.split_at_checked(count)?;
    if let Some(rest) = rest.strip_prefix(b";")
        && let Some((characters, _)) = named(given).or_else(|| named(&given.to_ascii_lowercase()))
    {
        return Some((rest, Characters::Named(characters)));
    }
    // Without a semicolon the longest name counts that may stand so (HTML, 13.2.5.73).
    (2..=count).rev().find_map(|count| {
        let (given, rest) = text.split_at_checked(count)?;
        let (characters, open) = named(given)?;
        open.then_some((rest, Characters::Named(characters)))
    })
}

fn named(given: &[u8]) -> Option<(&'static str, bool)> {
    let at = NAMED.binary_search_by(|(name, ..)| name.as_bytes().cmp(given)).ok()?;
    NAMED.get(at).map(|(_, characters, open)| (characters.as_str(), *open))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Option<String> {
        let (rest, characters) = read(text.as_bytes())?;
        let mut plain = match characters {
            Characters::One(character) => character.to_string(),
            Characters::Named(characters) => characters.to_owned(),
        };
        plain.push_str(std::str::from_utf8(rest).unwrap());
        Some(plain)
    }

    #[test]
    fn the_whole_table_is_read() {
        // The number of names in the WHATWG's list, with those that may lack a semicolon counted once.
        assert_eq!(NAMED.len(), 2125);
        assert_eq!(NAMED.iter().filter(|(.., open)| *open).count(), 106);
        for (name, characters, open) in NAMED.iter() {
            assert_eq!(plain(&format!("{name};")).as_deref(), Some(characters.as_str()), "{name}");
            assert_eq!(
                plain(name).is_some(),
                *open || plain(name).is_some_and(|text| text.len() > 1),
                "{name}"
            );
        }
    }

    #[test]
    fn references_are_read_as_browsers_do() {
        for (text, expected) in [
            ("lpar;", Some("(")),
            ("lowbar;", Some("_")),
            ("amp;x", Some("&x")),
            ("ampx", Some("&x")),
            ("notit;", Some("\u{ac}it;")),
            ("notin;", Some("\u{2209}")),
            ("#43;", Some("+")),
            ("#43 ", Some("+ ")),
            ("#x00000041;", Some("A")),
            ("#X2b;", Some("+")),
            ("#0000000000000000000065;", Some("A")),
            ("NotEqualTilde;", Some("\u{2242}\u{338}")),
            ("unknown;", None),
            ("lpar", None),
            ("#xD800;", None),
            ("#0;", Some("\0")),
            ("APOS;", Some("'")),
            ("#;", None),
            (";", None),
            ("", None),
        ] {
            assert_eq!(plain(text).as_deref(), expected, "{text}");
        }
    }
}
