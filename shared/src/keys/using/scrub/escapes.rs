//! Undoing the ways in which servers write text into other text, all at once and without knowing which one it was.

use std::borrow::Cow;

/// Longer references and escapes than these do not exist.
const MAX_NAME: usize = 8;

/// Named references for characters that a secret may hold.
const NAMED: [(&[u8], char); 15] = [
    (b"amp", '&'),
    (b"lt", '<'),
    (b"gt", '>'),
    (b"quot", '"'),
    (b"apos", '\''),
    (b"plus", '+'),
    (b"equals", '='),
    (b"sol", '/'),
    (b"bsol", '\\'),
    (b"colon", ':'),
    (b"commat", '@'),
    (b"num", '#'),
    (b"percnt", '%'),
    (b"excl", '!'),
    (b"dollar", '$'),
];

/// The kinds of text. They differ in the meaning of a plus sign and an equals sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// Addresses, JSON, XML, HTML, and programs in most languages.
    Web,
    /// The same, in a form: a plus sign is a space.
    Form,
    /// Quoted-printable (RFC 2045 §6.7): an equals sign begins an escape.
    Mail,
}

impl Reading {
    pub(super) const ALL: [Self; 3] = [Self::Web, Self::Form, Self::Mail];
}

/// The text with every escape undone once: `%2B`, `\u002B`, `\x2B`, `\/`, `&#43;`, `&#x2B;`, `&plus;`, `=2B`. Line ends and zero
/// bytes go, so that text that was wrapped or written in UTF-16 is whole again.
pub(super) fn undone(text: &[u8], reading: Reading) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        let escape = match first {
            b'=' if reading == Reading::Mail => hexadecimal(after, 2).or(Some((Cow::Borrowed(b""), after))),
            _ if reading == Reading::Mail => None,
            b'%' => hexadecimal(after, 2),
            b'\\' => backslash(after),
            b'&' => reference(after),
            _ => None,
        };
        rest = match escape {
            Some((Cow::Borrowed(bytes), after)) => {
                plain.extend_from_slice(bytes);
                after
            }
            Some((Cow::Owned(bytes), after)) => {
                plain.extend_from_slice(&bytes);
                after
            }
            None => {
                match first {
                    b'\0' | b'\r' | b'\n' => {}
                    b'+' if reading == Reading::Form => plain.push(b' '),
                    other => plain.push(*other),
                }
                after
            }
        };
    }
    plain
}

type Undone<'t> = Option<(Cow<'t, [u8]>, &'t [u8])>;

/// A byte in two hexadecimal digits.
fn hexadecimal(text: &[u8], digits: usize) -> Undone<'_> {
    let (number, rest) = hex_number(text, digits)?;
    Some((Cow::Owned(vec![u8::try_from(number).ok()?]), rest))
}

fn hex_number(text: &[u8], digits: usize) -> Option<(u32, &[u8])> {
    let (digits, rest) = text.split_at_checked(digits)?;
    Some((u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?, rest))
}

/// The characters after a backslash in JSON (RFC 8259 §7), JavaScript and most languages.
fn backslash(text: &[u8]) -> Undone<'_> {
    let (kind, rest) = text.split_first()?;
    match kind {
        b'u' => {
            let (unit, rest) = hex_number(rest, 4)?;
            if let Some(character) = char::from_u32(unit) {
                return Some((utf_8(character), rest));
            }
            // Half of a pair: the other half follows, written in the same way.
            let (low, rest) = hex_number(rest.strip_prefix(b"\\u")?, 4)?;
            let pair = [u16::try_from(unit).ok()?, u16::try_from(low).ok()?];
            let character = char::decode_utf16(pair).next()?.ok()?;
            Some((utf_8(character), rest))
        }
        b'x' => hexadecimal(rest, 2),
        b'/' | b'"' | b'\'' | b'\\' => {
            text.split_at_checked(1).map(|(kind, rest)| (Cow::Borrowed(kind), rest))
        }
        _ => None,
    }
}

/// A character reference of XML and HTML.
fn reference(text: &[u8]) -> Undone<'_> {
    let end = text.iter().take(MAX_NAME + 1).position(|byte| *byte == b';')?;
    let (name, rest) = text.split_at_checked(end)?;
    let rest = rest.get(1..)?;
    let number = match name {
        [b'#', b'x' | b'X', digits @ ..] => hex_number(digits, digits.len()).map(|(number, _)| number),
        [b'#', digits @ ..] => std::str::from_utf8(digits).ok()?.parse().ok(),
        _ => NAMED.iter().find(|(known, _)| *known == name).map(|(_, character)| u32::from(*character)),
    };
    Some((utf_8(char::from_u32(number?)?), rest))
}

fn utf_8<'t>(character: char) -> Cow<'t, [u8]> {
    Cow::Owned(character.encode_utf8(&mut [0; 4]).as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_escape_is_undone() {
        for text in [
            "a+b/\u{e9}\u{1f511}",
            "a%2Bb%2f%C3%A9%f0%9f%94%91",
            r"a\u002Bb\/\u00e9\ud83d\udd11",
            r"a\x2bb/\u00E9\uD83D\uDD11",
            "a&#43;b&#x2F;&#233;&#x1F511;",
            "a&plus;b&sol;\u{e9}\u{1f511}",
            "a\0+\0b\0/\0\u{e9}\u{1f511}",
        ] {
            let plain = String::from_utf8(undone(text.as_bytes(), Reading::Web)).unwrap();
            assert_eq!(plain, "a+b/\u{e9}\u{1f511}", "{text}");
        }
        assert_eq!(undone(b"a+b", Reading::Form), b"a b");
        assert_eq!(undone(b"a=2Bb=\r\n/=C3=A9", Reading::Mail), "a+b/\u{e9}".as_bytes());
    }

    #[test]
    fn what_is_no_escape_stays() {
        for text in ["100 % of it", "a & b; c", "&unknown;", r"C:\temp", "&#xD800;", "%", "\\", "&", "%2"] {
            assert_eq!(undone(text.as_bytes(), Reading::Web), text.as_bytes(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            for reading in Reading::ALL {
                prop_assert!(undone(&bytes, reading).len() <= bytes.len());
            }
        }
    }
}
