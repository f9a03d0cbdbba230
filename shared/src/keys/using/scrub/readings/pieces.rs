//! Putting a text together that was written in pieces: wrapped, ended and begun again, or with markup in it.

use memchr::memmem;
use zeroize::Zeroizing;

use super::escapes::Undone;

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
