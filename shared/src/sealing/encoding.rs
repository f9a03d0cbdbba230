//! How texts are put in a row so that no two different rows give the same bytes.

/// The length of something, before it: bytes of a text, or pairs of a list. 64 bits, big endian.
///
/// 64 bits where 32 would do, because a length in memory always fits: the encoding cannot fail, and nothing
/// is ever cut off. The row is authenticated, not stored, so the longer prefix costs nothing.
pub(super) const fn length_prefix(length: usize) -> [u8; 8] {
    (length as u64).to_be_bytes()
}

/// Appends a text with its length before it.
pub(super) fn append_text(row: &mut Vec<u8>, text: &str) {
    row.extend_from_slice(&length_prefix(text.len()));
    row.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row(texts: &[String]) -> Vec<u8> {
        let mut row = Vec::new();
        for text in texts {
            append_text(&mut row, text);
        }
        row
    }

    #[test]
    fn a_text_stands_behind_its_length_in_eight_bytes() {
        assert_eq!(row(&[String::from("ab")]), b"\0\0\0\0\0\0\0\x02ab");
    }

    proptest! {
        #[test]
        fn different_texts_never_give_the_same_row(
            one in proptest::collection::vec("[ab\0\u{1}]{0,3}", 0..4),
            other in proptest::collection::vec("[ab\0\u{1}]{0,3}", 0..4),
        ) {
            prop_assert_eq!(one == other, row(&one) == row(&other));
        }
    }
}
