//! The rules for a path and its query: which are refused, and how the others are written on the
//! wire.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// All that RFC 3986 §3.3 does not let stand in a path as it is. A `%` stands, since encoded text comes encoded.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@')
    .remove(b'/')
    .remove(b'%');

/// The same for a query (RFC 3986 §3.4). An apostrophe is encoded too: WHATWG parsers would encode it
/// themselves, and the sent address would differ from the signed one.
const QUERY: &AsciiSet = &PATH.remove(b'?').add(b'\'');

/// How many times over a path may be percent-encoded. One more than any real one is.
const MAX_ENCODINGS: usize = 3;

/// The path cannot be joined to a base address, or is one that no request may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JoinError {
    /// It has more bytes than [`BaseUrl::MAX_PATH_LENGTH`](super::BaseUrl::MAX_PATH_LENGTH).
    #[error("the path is too long")]
    TooLong,
    /// It has a space or a control character, plain or (in the path) a control character encoded.
    #[error("the path must not contain white space or control characters")]
    Character,
    /// It has a backslash, which some parsers take for a slash.
    #[error("the path must not contain a backslash")]
    Backslash,
    /// It has a fragment, which is never sent.
    #[error("the path must not contain `#`")]
    Fragment,
    /// It is an address of its own, or could be read as one.
    #[error("must be a path below the base address, not an address of its own")]
    Absolute,
    /// A segment is `.` or `..`, plain or encoded.
    #[error("the path must not contain `.` or `..` as a segment, however it is encoded")]
    Dots,
    /// A `%` has no two hexadecimal digits after it, or the text is no UTF-8, or is encoded too many times over.
    #[error("the path is not properly percent-encoded")]
    Encoding,
}

/// A path and its query as they go on the wire, from text that is at least as strict as `/a/b?c=d`.
///
/// Characters that a URI may not contain are percent-encoded; encoded ones stay as they are. Nothing is
/// decoded, reordered or removed.
/// # Errors
///
/// [`JoinError`] when no request may have it.
pub fn encode(text: &str) -> Result<String, JoinError> {
    check_characters(text)?;
    if text.starts_with("//") {
        return Err(JoinError::Absolute);
    }
    let (path, query) = text.split_once('?').map_or((text, None), |(path, query)| (path, Some(query)));
    check_segments(path)?;
    let mut encoded = utf8_percent_encode(path, PATH).to_string();
    if let Some(query) = query {
        encoded.push('?');
        encoded.extend(utf8_percent_encode(query, QUERY));
    }
    Ok(encoded)
}

fn check_characters(text: &str) -> Result<(), JoinError> {
    for c in text.chars() {
        match c {
            '\\' => return Err(JoinError::Backslash),
            '#' => return Err(JoinError::Fragment),
            c if c.is_whitespace() || c.is_control() => return Err(JoinError::Character),
            _ => {}
        }
    }
    let well_encoded = text.split('%').skip(1).all(|after| {
        let mut digits = after.bytes().take(2);
        let both = [digits.next(), digits.next()];
        both.iter().all(|digit| digit.is_some_and(|digit| digit.is_ascii_hexdigit()))
    });
    if well_encoded { Ok(()) } else { Err(JoinError::Encoding) }
}

/// Refuses every path that a server could resolve to a higher one after decoding it any number of times.
///
/// An encoded slash or backslash is allowed unless it separates a dot segment: `a%2Fb` is a name that
/// contains a slash, `a%2F..` is a way out. Servlet containers cut a segment at `;` before they resolve
/// dots, so `..;x` counts as `..`. Control characters are refused at every level of encoding.
fn check_segments(path: &str) -> Result<(), JoinError> {
    let mut level = path.to_owned();
    for _ in 0..=MAX_ENCODINGS {
        if level.chars().any(char::is_control) {
            return Err(JoinError::Character);
        }
        if level.split(['/', '\\', ';', '?', '#']).any(|piece| matches!(piece.trim(), "." | "..")) {
            return Err(JoinError::Dots);
        }
        let decoded = percent_decode_str(&level).decode_utf8().map_err(|_| JoinError::Encoding)?;
        if decoded == level {
            return Ok(());
        }
        level = decoded.into_owned();
    }
    Err(JoinError::Encoding)
}
