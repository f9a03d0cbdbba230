//! Undoing the ways in which servers write text into other text, all at once and without knowing which one it was.

use memchr::memmem;
use zeroize::Zeroizing;

use super::references::{self, Characters};

/// What the signs mean that several languages use differently.
#[derive(Clone, Copy)]
pub(super) struct Rules {
    /// A plus sign is a space.
    pub(super) plus: bool,
    /// An equals sign begins an escape, and nothing else does.
    pub(super) equals: bool,
    pub(super) backslash: Backslash,
}

/// What a backslash before a digit means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Backslash {
    /// C, JSON, JavaScript, Java, PHP, Python, Perl, Ruby and shells: `\u002B`, `\u{2B}`, `\x2B`, `\x{2B}`, `\U0000002B`,
    /// `\N{U+2B}`, `\53`, `\o{53}`, and a backslash before any sign.
    Common,
    /// One to six hexadecimal digits, and a space that ends them (CSS Syntax 3 §4.3.7).
    Css,
    /// Two hexadecimal digits, with or without an apostrophe before them.
    TwoDigits,
    /// Three decimal digits.
    Decimal,
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

/// The text as it is looked for: without zero bytes, line ends and invisible characters.
pub(in super::super) fn squeezed(text: &[u8]) -> Vec<u8> {
    let mut plain = visible(text).map_or_else(|| text.to_vec(), |plain| plain.to_vec());
    plain.retain(|byte| !matches!(byte, b'\r' | b'\n'));
    plain
}

/// The text without zero bytes and invisible characters: text in UTF-16, and text that may be wrapped anywhere, is whole
/// without them. `None` when there are none.
pub(in super::super) fn visible(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    if text.is_ascii() && memchr::memchr(0, text).is_none() {
        return None;
    }
    let mut plain = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        // Most bytes are ASCII.
        let bytes = if matches!(first, 1..0x80) { None } else { invisible(rest) };
        rest = bytes.and_then(|bytes| rest.get(bytes..)).unwrap_or_else(|| {
            plain.push(*first);
            after
        });
    }
    (plain.len() < text.len()).then_some(plain)
}

/// The text as UTF-16 (RFC 2781) in either order of bytes, from either of its first bytes; `None` when it has no zero
/// bytes, as UTF-16 of Latin letters has.
pub(super) fn from_utf_16(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    memchr::memchr(0, text)?;
    // Letters, and what stands between them unseen. Bytes that are no text read as anything.
    let is_wanted =
        |character: &char| matches!(character, '\0'..='\u{ff}' | '\u{2000}'..='\u{206f}' | '\u{feff}');
    let mut plain = Zeroizing::new(Vec::with_capacity(4 * text.len()));
    for order in [u16::from_le_bytes, u16::from_be_bytes] {
        for start in [0, 1] {
            let units = text.get(start..).unwrap_or_default().chunks_exact(2);
            let units = units.filter_map(|pair| pair.try_into().ok().map(order));
            char::decode_utf16(units)
                .for_each(|character| put(character.ok().filter(is_wanted).unwrap_or('\n'), &mut plain));
            plain.push(b'\n');
        }
    }
    Some(plain)
}

/// The text without the line ends that stand in the middle of something, so that what was wrapped is whole again; `None`
/// when there are none. A line that is indented, or ends with a comma or a tag, was not wrapped.
pub(super) fn joined(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let goes_on = |byte: Option<&u8>| byte.is_some_and(|byte| !b" \t,>".contains(byte));
    let mut plain = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text;
    while let Some(end) = memchr::memchr2(b'\r', b'\n', rest) {
        let (line, after) = rest.split_at_checked(end).unwrap_or_default();
        let ends = after.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let (ends, after) = after.split_at_checked(ends).unwrap_or_default();
        plain.extend_from_slice(line);
        if !(goes_on(line.last()) && goes_on(after.first())) {
            plain.extend_from_slice(ends);
        }
        rest = after;
    }
    plain.extend_from_slice(rest);
    (plain.len() < text.len()).then_some(plain)
}

/// The letters and digits of a text, in lower case.
pub(in super::super) fn letters(text: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut letters = Zeroizing::new(Vec::with_capacity(text.len()));
    letters.extend(text.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase));
    letters
}

/// What follows an escape whose meaning was written; `None` when there is no escape.
type Undone<'t> = Option<&'t [u8]>;

fn put(character: char, plain: &mut Vec<u8>) {
    plain.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

/// The bytes of a character that is not seen: a zero byte, a soft hyphen, a zero-width space, a mark of direction
/// (Unicode's default ignorable code points).
fn invisible(text: &[u8]) -> Option<usize> {
    match text {
        [0, ..] => Some(1),
        [0xc2, 0xad, ..] | [0xcd, 0x8f, ..] | [0xd8, 0x9c, ..] => Some(2),
        [0xe2, 0x80, 0x8b..=0x8f | 0xa8..=0xae, ..]
        | [0xe2, 0x81, 0xa0..=0xaf, ..]
        | [0xe1, 0x85, 0x9f | 0xa0, ..]
        | [0xe1, 0x9e, 0xb4 | 0xb5, ..]
        | [0xe1, 0xa0, 0x8b..=0x8f, ..]
        | [0xe3, 0x85, 0xa4, ..]
        | [0xef, 0xb8, 0x80..=0x8f, ..]
        | [0xef, 0xbb, 0xbf, ..] => Some(3),
        [0xf3, 0xa0, 0x80..=0x87, _, ..] => Some(4),
        _ => None,
    }
}

/// The number in so many hexadecimal digits at the start.
fn hex_number(text: &[u8], digits: usize) -> Option<(u32, &[u8])> {
    let (digits, rest) = text.split_at_checked(digits)?;
    Some((number(digits, 16)?, rest))
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let is_number = !digits.is_empty() && digits.iter().all(|byte| char::from(*byte).is_digit(radix));
    let value = |value: u32, byte: &u8| {
        value.saturating_mul(radix).saturating_add(char::from(*byte).to_digit(radix).unwrap_or(0))
    };
    is_number.then(|| digits.iter().fold(0, value))
}

/// A byte in hexadecimal digits.
fn hexadecimal<'t>(text: &'t [u8], digits: usize, plain: &mut Vec<u8>) -> Undone<'t> {
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
fn unit<'t>(text: &'t [u8], marks: &[&[u8]], plain: &mut Vec<u8>) -> Undone<'t> {
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

fn backslash<'t>(text: &'t [u8], backslash: Backslash, plain: &mut Vec<u8>) -> Undone<'t> {
    let digits = |most: usize, radix: u32| {
        text.iter().take(most).take_while(|byte| char::from(**byte).is_digit(radix)).count()
    };
    let special = match backslash {
        Backslash::Common => None,
        Backslash::Css => character(text, digits(6, 16), 16, plain).map(|rest| {
            rest.strip_prefix(b"\r\n").or_else(|| rest.get(1..).filter(|_| is_space(rest))).unwrap_or(rest)
        }),
        Backslash::TwoDigits => hexadecimal(text.strip_prefix(b"'").unwrap_or(text), 2, plain),
        Backslash::Decimal => {
            let value = (digits(3, 10) == 3).then(|| number(text.get(..3)?, 10)).flatten();
            value.and_then(|value| u8::try_from(value).ok()).and_then(|byte| {
                plain.push(byte);
                text.get(3..)
            })
        }
    };
    special.or_else(|| common_backslash(text, plain))
}

fn is_space(text: &[u8]) -> bool {
    text.first().is_some_and(u8::is_ascii_whitespace)
}

/// A character in so many digits.
fn character<'t>(text: &'t [u8], digits: usize, radix: u32, plain: &mut Vec<u8>) -> Undone<'t> {
    let (digits, rest) = text.split_at_checked(digits)?;
    put(char::from_u32(number(digits, radix)?)?, plain);
    Some(rest)
}

/// The characters after a backslash in JSON (RFC 8259 §7) and most languages.
fn common_backslash<'t>(text: &'t [u8], plain: &mut Vec<u8>) -> Undone<'t> {
    let (kind, rest) = text.split_first()?;
    let digits = |text: &[u8], most: usize, radix: u32| {
        text.iter().take(most).take_while(|byte| char::from(**byte).is_digit(radix)).count()
    };
    match kind {
        // Whole texts are put in upper case or lower case, escapes included.
        b'u' | b'U' => {
            // Java takes any number of them.
            let text = rest.get(rest.iter().take_while(|byte| **byte == *kind).count()..)?;
            braced(text, b"", 16, plain)
                .or_else(|| eight_digits(text, *kind, plain))
                .or_else(|| unit(text, &[b"\\u", b"\\U"], plain))
        }
        b'x' | b'X' => braced(rest, b"", 16, plain).or_else(|| byte(rest, digits(rest, 2, 16), 16, plain)),
        b'N' => braced(rest, b"U+", 16, plain).or_else(|| braced(rest, b"u+", 16, plain)),
        b'n' => braced(rest, b"u+", 16, plain).or_else(|| control(b'\n', rest, plain)),
        b'o' | b'O' => braced(rest, b"", 8, plain),
        b'0'..=b'7' => byte(text, digits(text, 3, 8), 8, plain),
        b'r' => control(b'\r', rest, plain),
        b'\n' => Some(rest),
        b'\r' => Some(rest.strip_prefix(b"\n").unwrap_or(rest)),
        other if other.is_ascii_alphanumeric() => None,
        other => control(*other, rest, plain),
    }
}

/// A character in eight digits, behind `U`, or behind `u` in lower case: no text has a zero byte before digits.
fn eight_digits<'t>(text: &'t [u8], kind: u8, plain: &mut Vec<u8>) -> Undone<'t> {
    let (number, rest) = hex_number(text, 8)?;
    let is_one = text.starts_with(b"000") && (kind == b'U' || number > 0);
    put(char::from_u32(number).filter(|_| is_one)?, plain);
    Some(rest)
}

fn control<'t>(byte: u8, rest: &'t [u8], plain: &mut Vec<u8>) -> Undone<'t> {
    plain.push(byte);
    Some(rest)
}

/// A byte in so many digits.
fn byte<'t>(text: &'t [u8], digits: usize, radix: u32, plain: &mut Vec<u8>) -> Undone<'t> {
    let (digits, rest) = text.split_at_checked(digits)?;
    plain.push(u8::try_from(number(digits, radix)?).ok()?);
    Some(rest)
}

/// A character as a number in braces.
fn braced<'t>(text: &'t [u8], mark: &[u8], radix: u32, plain: &mut Vec<u8>) -> Undone<'t> {
    let text = text.strip_prefix(b"{")?.strip_prefix(mark)?;
    let end = text.iter().take(12).position(|byte| *byte == b'}')?;
    let rest = character(text, end, radix, plain)?;
    rest.strip_prefix(b"}")
}

/// The text without quotation marks that end and begin again in the middle of a text; `None` when there are none.
pub(super) fn continued(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut plain = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text;
    while let Some(at) = memchr::memchr2(b'"', b'\'', rest) {
        let (before, after) = rest.split_at_checked(at).unwrap_or_default();
        let Some((mark, after)) = after.split_first() else { break };
        plain.extend_from_slice(before);
        rest = again(*mark, after).unwrap_or_else(|| {
            plain.push(*mark);
            after
        });
    }
    plain.extend_from_slice(rest);
    (plain.len() < text.len()).then_some(plain)
}

/// The text without doubled signs, and without quotation marks that end and begin again in the middle of a text, as
/// programs and shells write it; `None` when there are none.
pub(super) fn unquoted(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut plain = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut changed = false;
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        let end = match first {
            b'"' | b'\'' | b'`' | b'{' | b'}' | b'%' | b'$' if after.first() == Some(first) => {
                plain.push(*first);
                after.get(1..)
            }
            b'\'' => shell_apostrophe(after, &mut plain).or_else(|| again(*first, after)),
            b'"' => again(*first, after),
            // Windows' command line, and PowerShell.
            b'^' | b'`' if after.first().is_some_and(u8::is_ascii_punctuation) => Some(after),
            _ => None,
        };
        changed |= end.is_some();
        rest = end.unwrap_or_else(|| {
            plain.push(*first);
            after
        });
    }
    changed.then_some(plain)
}

/// An apostrophe within a text in apostrophes, as shells write it: `'\\''` or `'"'"'`.
fn shell_apostrophe<'t>(text: &'t [u8], plain: &mut Vec<u8>) -> Undone<'t> {
    let rest = text.strip_prefix(b"\\''").or_else(|| text.strip_prefix(b"\"'\"'"))?;
    plain.push(b'\'');
    Some(rest)
}

/// What follows when a text ends and goes on at once: `" + "`, `' . '`, `" & "`, `" || "` and `" "`.
fn again(mark: u8, text: &[u8]) -> Undone<'_> {
    let rest = text.trim_ascii_start();
    let operator = rest.iter().take(2).take_while(|byte| b"+.&|".contains(byte)).count();
    let rest = rest.get(operator..)?.trim_ascii_start();
    let between = text.len() - rest.len();
    (between > 0 && between <= 16).then(|| rest.strip_prefix(&[mark])).flatten()
}

/// The longest tag that is taken for one. It is on one line.
const MOST_IN_TAG: usize = 256;

/// The text without tags, borders of CDATA sections, and colours of terminals (ECMA-48 §8.3.117); `None` when there are
/// none.
pub(super) fn without_markup(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    memchr::memchr2(b'<', 0x1b, text)?;
    let mut plain = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text;
    while !rest.is_empty() {
        let literal = memchr::memchr3(b'<', b']', 0x1b, rest).unwrap_or(rest.len());
        let (literal, from) = rest.split_at_checked(literal).unwrap_or_default();
        plain.extend_from_slice(literal);
        rest = from;
        let Some((first, after)) = rest.split_first() else { break };
        let end = match first {
            b']' => rest.strip_prefix(b"]]><![CDATA["),
            b'<' => rest.strip_prefix(b"<![CDATA[").or_else(|| tag(after)),
            0x1b => colour(after),
            _ => None,
        };
        rest = end.unwrap_or_else(|| {
            plain.push(*first);
            after
        });
    }
    Some(plain)
}

fn tag(text: &[u8]) -> Undone<'_> {
    let near = text.get(..text.len().min(MOST_IN_TAG))?.split(|byte| *byte == b'\n').next()?;
    let is_tag = near.first().is_some_and(|byte| byte.is_ascii_alphabetic() || b"/!?".contains(byte));
    let end = is_tag.then(|| memmem::find(near, b">")).flatten()?;
    text.get(end + 1..)
}

fn colour(text: &[u8]) -> Undone<'_> {
    let text = text.strip_prefix(b"[")?;
    let end = text.iter().take(16).position(|byte| byte.is_ascii_alphabetic())?;
    text.get(end + 1..)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::Reading, visible};

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
