//! Undoing the ways in which servers write text into other text, all at once and without knowing which one it was.

use zeroize::Zeroizing;

use super::{
    backslashes::{Backslash, backslash},
    references::{self, Characters},
};

/// What the signs mean that several languages use differently.
#[derive(Clone, Copy)]
pub(super) struct Rules {
    /// A plus sign is a space.
    pub(super) plus: bool,
    /// An equals sign begins an escape, and nothing else does.
    pub(super) equals: bool,
    pub(super) backslash: Backslash,
}

/// The text with every escape undone once; `None` when there is none.
pub(super) fn undone(text: &[u8], rules: Rules) -> Option<Zeroizing<Vec<u8>>> {
    let mut plain = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut changed = false;
    let mut rest = text;
    while !rest.is_empty() {
        // Most of a text is no escape.
        let literal = rest.iter().position(|byte| b"=%\\&_+".contains(byte)).unwrap_or(rest.len());
        let (literal, from) = rest.split_at_checked(literal).unwrap_or_default();
        plain.extend_from_slice(literal);
        let Some((first, after)) = from.split_first() else { break };
        let escape = match first {
            b'=' if rules.equals => hexadecimal(after, 2, &mut plain).or_else(|| soft_line_end(after)),
            b'%' if !rules.equals => percent(after, &mut plain),
            b'\\' if !rules.equals => backslash(after, rules.backslash, &mut plain),
            b'&' if !rules.equals => reference(after, &mut plain),
            b'_' if !rules.equals => spreadsheet(after, &mut plain),
            b'+' if rules.plus => {
                plain.push(b' ');
                Some(after)
            }
            _ => None,
        };
        changed |= escape.is_some();
        rest = escape.unwrap_or_else(|| {
            plain.push(*first);
            after
        });
    }
    changed.then_some(plain)
}

/// The text with just its backslashes read in another way; `None` when that makes no difference.
pub(super) fn undone_backslashes(text: &[u8], backslash: Backslash) -> Option<Zeroizing<Vec<u8>>> {
    let is_escape = |start: usize| {
        let text = text.get(start + 1..).unwrap_or_default();
        match (backslash, text) {
            (Backslash::Css, [first, ..]) => first.is_ascii_hexdigit(),
            (Backslash::TwoDigits, [b'\'', first, second, ..] | [first, second, ..]) => {
                first.is_ascii_hexdigit() && second.is_ascii_hexdigit()
            }
            (Backslash::Decimal, [first, second, third, ..]) => {
                first.is_ascii_digit() && second.is_ascii_digit() && third.is_ascii_digit()
            }
            (Backslash::Common | Backslash::Css | Backslash::TwoDigits | Backslash::Decimal, _) => false,
        }
    };
    if !memchr::memchr_iter(b'\\', text).any(is_escape) {
        return None;
    }
    undone(text, Rules { plus: false, equals: false, backslash })
}

/// What follows an escape whose meaning was written; `None` when there is no escape.
pub(super) type Undone<'t> = Option<&'t [u8]>;

pub(super) fn put(character: char, plain: &mut Vec<u8>) {
    plain.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

/// The number in so many hexadecimal digits at the start.
pub(super) fn hex_number(text: &[u8], digits: usize) -> Option<(u32, &[u8])> {
    let (digits, rest) = text.split_at_checked(digits)?;
    Some((number(digits, 16)?, rest))
}

pub(super) fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let is_number = !digits.is_empty() && digits.iter().all(|byte| char::from(*byte).is_digit(radix));
    let value = |value: u32, byte: &u8| {
        value.saturating_mul(radix).saturating_add(char::from(*byte).to_digit(radix).unwrap_or(0))
    };
    is_number.then(|| digits.iter().fold(0, value))
}

/// A byte in hexadecimal digits.
pub(super) fn hexadecimal<'t>(text: &'t [u8], digits: usize, plain: &mut Vec<u8>) -> Undone<'t> {
    let (number, rest) = hex_number(text, digits)?;
    plain.push(u8::try_from(number).ok()?);
    Some(rest)
}

/// The end of a line that goes on (RFC 2045 §6.7, rule 5).
fn soft_line_end(text: &[u8]) -> Undone<'_> {
    text.strip_prefix(b"\r\n").or_else(|| text.strip_prefix(b"\n"))
}

/// `%2B`, and `%u002B` of old scripts (ECMAScript B.2.1.2).
fn percent<'t>(text: &'t [u8], plain: &mut Vec<u8>) -> Undone<'t> {
    match text.first()? {
        b'u' | b'U' => unit(text.get(1..)?, &[b"%u", b"%U"], plain),
        _ => hexadecimal(text, 2, plain),
    }
}

/// A character in four digits, or in two halves of four digits each, as UTF-16 has it. `marks` begin the second half.
pub(super) fn unit<'t>(text: &'t [u8], marks: &[&[u8]], plain: &mut Vec<u8>) -> Undone<'t> {
    let (unit, rest) = hex_number(text, 4)?;
    if let Some(character) = char::from_u32(unit) {
        put(character, plain);
        return Some(rest);
    }
    let half = marks.iter().find_map(|mark| rest.strip_prefix(*mark))?;
    let (low, rest) = hex_number(half, 4)?;
    let pair = [u16::try_from(unit).ok()?, u16::try_from(low).ok()?];
    put(char::decode_utf16(pair).next()?.ok()?, plain);
    Some(rest)
}

/// `_x002B_`, as spreadsheets and .NET's `XmlConvert` write a character.
fn spreadsheet<'t>(text: &'t [u8], plain: &mut Vec<u8>) -> Undone<'t> {
    let (number, rest) = hex_number(text.strip_prefix(b"x").or_else(|| text.strip_prefix(b"X"))?, 4)?;
    let rest = rest.strip_prefix(b"_")?;
    put(char::from_u32(number)?, plain);
    Some(rest)
}

fn reference<'t>(text: &'t [u8], plain: &mut Vec<u8>) -> Undone<'t> {
    let (rest, characters) = references::read(text)?;
    match characters {
        Characters::One(character) => put(character, plain),
        Characters::Named(characters) => plain.extend_from_slice(characters.as_bytes()),
    }
    Some(rest)
}

/// A character in so many digits.
pub(super) fn character<'t>(text: &'t [u8], digits: usize, radix: u32, plain: &mut Vec<u8>) -> Undone<'t> {
    let (digits, rest) = text.split_at_checked(digits)?;
    put(char::from_u32(number(digits, radix)?)?, plain);
    Some(rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Reading, visible};

    fn read(text: &str, reading: Reading) -> String {
        let plain =
            reading.of(text.as_bytes(), 1).map_or_else(|| text.as_bytes().to_vec(), |plain| plain.to_vec());
        String::from_utf8(plain).unwrap()
    }

    #[test]
    fn every_escape_is_undone() {
        for text in [
            "a+b/\u{e9}\u{1f511}",
            "a%2Bb%2f%C3%A9%f0%9f%94%91",
            "a%u002Bb%u002f%u00E9%uD83D%uDD11",
            r"a\u002Bb\/\u00e9\ud83d\udd11",
            r"a\uu002Bb\/\u{e9}\u{1F511}",
            r"a\x2bb/\u00E9\uD83D\uDD11",
            r"a\x{2b}b\x2F\N{U+E9}\U0001F511",
            r"a\53b\057\303\251\o{372421}",
            "a&#43;b&#x2F;&#233;&#x1F511;",
            "a&#43b&#x000000002F;&eacute&#x1F511;",
            "a&plus;b&sol;&eacute;\u{1f511}",
            "a_x002B_b_x002F_\u{e9}\u{1f511}",
        ] {
            assert_eq!(read(text, Reading::Web), "a+b/\u{e9}\u{1f511}", "{text}");
        }
        assert_eq!(read("a+b", Reading::Form), "a b");
        assert_eq!(read("a=2Bb=\r\n/=C3=A9", Reading::Mail), "a+b/\u{e9}");
        assert_eq!(read("a+b\r\n/c", Reading::Joined), "a+b/c");
        for text in ["a\0+\0b\0/\0\u{e9}", "a\u{200b}+\u{ad}b/\u{feff}\u{e9}\u{fe0f}"] {
            assert_eq!(visible(text.as_bytes()).unwrap().as_slice(), "a+b/\u{e9}".as_bytes());
        }
        assert_eq!(read(r"a\2b b\00002f\E9 \1F511", Reading::Css), "a+b/\u{e9}\u{1f511}");
        assert_eq!(read(r"a\2bb\2f\c3\'a9", Reading::TwoDigits), "a+b/\u{e9}");
        assert_eq!(read(r"a\043b\047\195\169", Reading::Decimal), "a+b/\u{e9}");
    }

    #[test]
    fn quotation_marks_are_undone() {
        for text in [
            r#"p""w'd"#,
            r#"p"w''d"#,
            r#"p"w'\''d"#,
            r#"p"w'"'"'d"#,
            r#"p^"w^'d"#,
            r#"p`"w`'d"#,
            r#"p"w" + "'d"#,
            r#"p"w' . ''d"#,
        ] {
            assert_eq!(read(text, Reading::Quotes), r#"p"w'd"#, "{text}");
        }
        assert_eq!(read("\"s3c\" & \"ret\"", Reading::Quotes), "\"s3cret\"");
    }

    #[test]
    fn markup_is_undone() {
        for text in [
            "a<wbr>]]>b",
            "<span class='x'>a</span>]]>b",
            "a<![CDATA[]]>b",
            "a]]]]><![CDATA[>b",
            "\u{1b}[31ma\u{1b}[0m]]>b",
        ] {
            assert_eq!(read(text, Reading::Markup), "a]]>b", "{text}");
        }
    }

    #[test]
    fn what_is_no_escape_stays() {
        for text in [
            "100 % of it",
            "a & b; c",
            "&unknown;",
            r"C:\temp",
            "&#xD800;",
            "%",
            "\\",
            "&",
            "%2",
            "a < b > c",
        ] {
            for reading in [Reading::Web, Reading::Form, Reading::Css, Reading::TwoDigits, Reading::Decimal] {
                assert_eq!(read(text, reading), text, "{reading:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            for reading in Reading::ALL {
                prop_assert!(reading.of(&bytes, 4).is_none_or(|read| read.len() <= 20 * bytes.len() + 100));
            }
        }
    }
}
