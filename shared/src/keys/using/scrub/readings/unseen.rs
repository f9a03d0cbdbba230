//! Text without what nobody sees in it, and text in UTF-16.

use zeroize::Zeroizing;

use super::escapes::put;

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

/// The letters and digits of a text, in lower case.
pub(in super::super) fn letters(text: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut letters = Zeroizing::new(Vec::with_capacity(text.len()));
    letters.extend(text.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase));
    letters
}
