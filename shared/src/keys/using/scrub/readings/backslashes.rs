//! What a backslash begins.

use super::escapes::{Undone, character, hex_number, hexadecimal, number, put, unit};

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

pub(super) fn backslash<'t>(text: &'t [u8], backslash: Backslash, plain: &mut Vec<u8>) -> Undone<'t> {
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
