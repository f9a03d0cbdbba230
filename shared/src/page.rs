//! A page of a list: how many rows, where it begins, and the opaque text that says so to the caller.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use crate::ids::AccountId;

/// How many rows a page has: 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(u16);

impl Limit {
    /// The most rows of a page.
    pub const MAX: u16 = 100;
    /// The rows of a page when nothing is asked.
    pub const DEFAULT: Self = Self(25);
    /// As many rows as a page can have.
    pub const MOST: Self = Self(Self::MAX);

    /// The number.
    #[must_use]
    pub const fn rows(self) -> u16 {
        self.0
    }
}

/// The text is no number of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a number from 1 to {}", Limit::MAX)]
pub struct BadLimit;

impl std::str::FromStr for Limit {
    type Err = BadLimit;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain = text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse() {
            Ok(rows @ 1..=Self::MAX) if plain => Ok(Self(rows)),
            Ok(_) | Err(_) => Err(BadLimit),
        }
    }
}

/// Where a page begins: after this place in the order of folded title and id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(String);

/// The text is no cursor of this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no cursor of this list: start again without one, or keep the filters that it was made with")]
pub struct BadCursor;

/// The version of the cursor's form, its first byte.
const FORM: u8 = 1;
const CHECK_BYTES: usize = 8;
/// More than any title and id have together, and less than a sort key may have (1,024 bytes).
const MAX_PLACE_BYTES: usize = 1_000;

impl Cursor {
    /// The cursor that stands after a place.
    #[must_use]
    pub const fn after(place: String) -> Self {
        Self(place)
    }

    /// The place in the order, as the index spells it.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.0
    }

    /// The opaque text for the caller: form, a check over account and list, place. `list` says which list it is, with
    /// its filters.
    #[must_use]
    pub fn encode(&self, account: &AccountId, list: &impl fmt::Debug) -> String {
        let mut bytes = vec![FORM];
        bytes.extend_from_slice(&check(account, list));
        bytes.extend_from_slice(self.0.as_bytes());
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a cursor back for the same account and list.
    ///
    /// It is not a secret: a forged one moves the start of a list within the caller's own account, since which
    /// account is read comes from the token alone.
    ///
    /// # Errors
    ///
    /// [`BadCursor`] for anything else, a cursor of another account, list or filter included.
    pub fn decode(text: &str, account: &AccountId, list: &impl fmt::Debug) -> Result<Self, BadCursor> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| BadCursor)?;
        let (form, rest) = bytes.split_first().ok_or(BadCursor)?;
        let (checked, place) = rest.split_at_checked(CHECK_BYTES).ok_or(BadCursor)?;
        let possible = (1..=MAX_PLACE_BYTES).contains(&place.len());
        if *form != FORM || checked != check(account, list) || !possible {
            return Err(BadCursor);
        }
        String::from_utf8(place.to_vec()).map(Self).map_err(|_| BadCursor)
    }
}

fn check(account: &AccountId, list: &impl fmt::Debug) -> [u8; CHECK_BYTES] {
    let parts = format!("{account}\n{list:?}");
    let mut check = [0; CHECK_BYTES];
    for (to, from) in check.iter_mut().zip(digest(&SHA256, parts.as_bytes()).as_ref()) {
        *to = *from;
    }
    check
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows, in the order of the list.
    pub rows: Vec<T>,
    /// Where the next page begins, when there is one.
    pub next: Option<Cursor>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::keys::list::Filter;

    fn account(text: &str) -> AccountId {
        text.parse().unwrap()
    }

    proptest! {
        #[test]
        fn a_cursor_reads_back_for_its_own_list_and_no_other(place in ".{1,99}", system in proptest::option::of("[a-z]{1,9}")) {
            let system = system.map(|system| system.parse().unwrap());
            let filter = Filter { system, ..Filter::default() };
            let other = Filter { title_prefix: Some("x".parse().unwrap()), ..filter.clone() };
            let cursor = Cursor::after(place);
            let text = cursor.encode(&account("acme"), &filter);
            prop_assert_eq!(Cursor::decode(&text, &account("acme"), &filter), Ok(cursor));
            prop_assert_eq!(Cursor::decode(&text, &account("globex"), &filter), Err(BadCursor));
            prop_assert_eq!(Cursor::decode(&text, &account("acme"), &other), Err(BadCursor));
        }

        #[test]
        fn no_text_is_taken_for_a_cursor_by_chance(text in ".*") {
            prop_assert_eq!(Cursor::decode(&text, &account("acme"), &Filter::default()), Err(BadCursor));
        }
    }

    #[test]
    fn a_page_has_1_to_100_rows() {
        assert_eq!("1".parse::<Limit>().map(Limit::rows), Ok(1));
        assert_eq!("100".parse::<Limit>().map(Limit::rows), Ok(100));
        for text in ["", "0", "101", "-1", "+5", "ten", "1.0", "99999999999"] {
            assert_eq!(text.parse::<Limit>(), Err(BadLimit), "{text}");
        }
    }
}
