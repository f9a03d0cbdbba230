//! Bytes and characters as numbers, one after another, as `Buffer` of Node, `byte[]` of Java and `Chr()` of BASIC write
//! them.

use zeroize::Zeroizing;

/// The most bytes between two numbers of one list: enough for `).chr(` and `) + CHAR(`.
const MOST_BETWEEN: usize = 16;

/// The most digits of a number. The largest character has seven.
const MOST_DIGITS: usize = 7;

/// The lists of numbers, each followed by a line end.
pub(super) fn numbers(text: &[u8], shortest: usize) -> Option<Zeroizing<Vec<u8>>> {
    let mut read = Zeroizing::new(Vec::with_capacity(text.len()));
    // The start of the list that is being read, and the bytes since its last number.
    let (mut start, mut between) = (0, 0);
    let mut last = b' ';
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 {
            between += 1;
            if between > MOST_BETWEEN {
                end_list(&mut read, &mut start, shortest);
            }
            (last, rest) = (*byte, after);
            continue;
        }
        let (number, after) = rest.split_at_checked(digits).unwrap_or_default();
        let value = number
            .iter()
            .fold(0_u32, |value, digit| value.saturating_mul(10).saturating_add((digit - b'0').into()));
        let character = (digits <= MOST_DIGITS).then(|| char::from_u32(value)).flatten();
        match (u8::try_from(value), character) {
            // A byte of Java has a sign.
            (Ok(value @ 1..=128), _) if last == b'-' => read.push(value.wrapping_neg()),
            (Ok(value), _) => read.push(value),
            (Err(_), Some(character)) => {
                read.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes())
            }
            (Err(_), None) => end_list(&mut read, &mut start, shortest),
        }
        (between, last, rest) = (0, b'0', after);
    }
    end_list(&mut read, &mut start, shortest);
    (!read.is_empty()).then_some(read)
}

/// Ends a list that is long enough, and forgets any other.
fn end_list(read: &mut Vec<u8>, start: &mut usize, shortest: usize) {
    if read.len() - *start < shortest {
        read.truncate(*start);
    } else {
        read.push(b'\n');
    }
    *start = read.len();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_numbers_is_read_however_it_is_written() {
        for text in [
            r#"{"type":"Buffer","data":[115,51,99,114,195,169,116]}"#,
            "[115, 51, 99, 114, -61, -87, 116]",
            "115 51 99 114 233 116",
            "Chr(115) & Chr(51) & Chr(99) & ChrW(114) & ChrW(233) & Chr(116)",
            "CHAR(115)+CHAR(51)+CHAR(99)+CHAR(114)+CHAR(233)+CHAR(116)",
            "chr(115).chr(51).chr(99).chr(114).chr(233).chr(116)",
        ] {
            let read = numbers(text.as_bytes(), 6).unwrap();
            let found = [&b"s3cr\xc3\xa9t"[..], b"s3cr\xe9t"]
                .iter()
                .any(|plain| memchr::memmem::find(&read, plain).is_some());
            assert!(found, "{text}: {}", String::from_utf8_lossy(&read));
        }
        assert!(numbers(b"1 2 3 and nothing else for a long while 4 5 6", 6).is_none());
        assert!(numbers(b"", 4).is_none());
    }
}
