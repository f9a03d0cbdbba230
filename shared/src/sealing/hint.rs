//! The hint: the end of a long secret, by which its owner recognizes it.

use crate::secret::SecretText;

/// The fewest characters of a value that has a hint. Shorter values would give away too large a part.
const MIN_CHARACTERS: usize = 20;

/// How many characters at the end of a value are shown.
const SHOWN_CHARACTERS: usize = 4;

/// The hint of a value, such as `…1234`; none for a value of fewer than 20 characters.
///
/// Characters are Unicode scalar values. Whether a field may have a hint at all is the template's choice, made
/// before this is asked.
#[must_use]
pub fn hint(value: &SecretText) -> Option<String> {
    let text = value.expose();
    let hidden = text.chars().count().checked_sub(SHOWN_CHARACTERS)?;
    if hidden < MIN_CHARACTERS - SHOWN_CHARACTERS {
        return None;
    }
    Some(std::iter::once('…').chain(text.chars().skip(hidden)).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sealing::samples::secret;

    #[test]
    fn a_hint_is_the_last_four_characters_of_a_long_value() {
        assert_eq!(hint(&secret("0123456789abcdef1234")), Some(String::from("…1234")));
        assert_eq!(hint(&secret("0123456789abcdefghijklmnopqrstuvwxyz")), Some(String::from("…wxyz")));
    }

    #[test]
    fn characters_count_not_bytes() {
        assert_eq!(hint(&secret(&"ü".repeat(19))), None);
        assert_eq!(hint(&secret(&"ü".repeat(20))), Some(String::from("…üüüü")));
    }

    proptest! {
        #[test]
        fn a_short_value_has_no_hint(value in proptest::collection::vec(any::<char>(), 0..20)) {
            let value: String = value.into_iter().collect();
            prop_assert!(hint(&secret(&value)).is_none());
        }

        #[test]
        fn a_hint_never_has_more_than_the_last_four_characters(
            hidden in proptest::collection::vec(any::<char>(), 16..200),
            shown in proptest::collection::vec(any::<char>(), 4),
        ) {
            let shown: String = shown.into_iter().collect();
            let value: String = hidden.into_iter().collect::<String>() + &shown;
            let expected = format!("…{shown}");
            prop_assert!(hint(&secret(&value)) == Some(expected));
        }
    }
}
