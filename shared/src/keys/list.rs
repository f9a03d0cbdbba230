//! Listing keys: by title, a page at a time, stable while keys come and go.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::Timestamp;

use crate::{
    environment::Environment,
    ids::{AccountId, KeyId},
    keys::health::TrialResult,
    stamp::Stamp,
    system::SystemId,
    title::TitlePrefix,
};

/// What a list shows of a key: what stands in the index, and nothing that would need another read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The key.
    pub id: KeyId,
    /// Its system.
    pub system: String,
    /// The template version that it was made with.
    pub template_version: u32,
    /// Its auth variant.
    pub auth: String,
    /// Its title.
    pub title: String,
    /// Live or test.
    pub environment: Environment,
    /// The typed address.
    pub base_url: Option<String>,
    /// Whether it holds an entry for each organization.
    pub organization_specific: bool,
    /// When it stops being usable.
    pub expires_at: Option<Timestamp>,
    /// How it fared when it was last tried.
    pub health: Option<TrialResult>,
    /// When a request was last signed or sent with it, or its values handed out, to about a quarter of an hour.
    pub last_used_at: Option<Timestamp>,
    /// How many active endpoints use it.
    pub active_uses: u64,
    /// Its version.
    pub version: u64,
    /// When and by whom it was made.
    pub created: Stamp,
    /// When and by whom it was last changed.
    pub updated: Stamp,
}

/// One row of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// A key.
    Key(Box<Summary>),
    /// A row that cannot be read. It is shown as such, and never fails the list.
    Unreadable {
        /// What the row's key says.
        id: String,
    },
}

/// Which keys to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only keys of this system.
    pub system: Option<SystemId>,
    /// Only keys of this environment.
    pub environment: Option<Environment>,
    /// Only keys whose title begins with this, in any case.
    pub title_prefix: Option<TitlePrefix>,
}

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
    /// The rows, in the order of folded title and id.
    pub rows: Vec<T>,
    /// Where the next page begins, when there is one.
    pub next: Option<Cursor>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
