//! A page of a list: how many rows, where it begins, and the opaque text that says so to the caller.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use percent_encoding::utf8_percent_encode;

use crate::{ids::AccountId, percent::RESERVED};

/// How many rows a page has: 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(u16);

impl Limit {
    /// The most rows of a page.
    pub const MAX: u16 = 100;
    /// The number of rows of a page when the request does not say one.
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

/// The lists that have pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListName {
    /// The keys of an account.
    Keys,
    /// Its sources.
    Sources,
    /// Its destinations.
    Destinations,
    /// Its people.
    Members,
    /// Its apps.
    Apps,
    /// What uses a key.
    KeyUses,
    /// What happened to a key.
    KeyAudit,
    /// The webhooks of an account.
    Webhooks,
    /// What was done in an account.
    Activity,
    /// The deliveries of a webhook.
    Deliveries,
}

impl fmt::Display for ListName {
    /// Part of every cursor: a cursor that was handed out before a name changed is refused.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Keys => "keys",
            Self::Sources => "sources",
            Self::Destinations => "destinations",
            Self::Members => "members",
            Self::Apps => "apps",
            Self::KeyUses => "key-uses",
            Self::KeyAudit => "key-audit",
            Self::Webhooks => "webhooks",
            Self::Activity => "activity",
            Self::Deliveries => "deliveries",
        })
    }
}

/// A list as its cursors are bound to it: its name, and the filters that were asked for as a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    name: ListName,
    query: String,
}

impl List {
    /// The list without a filter.
    #[must_use]
    pub const fn whole(name: ListName) -> Self {
        Self { name, query: String::new() }
    }

    /// The list with one more filter. Each list names its filters in one order, so one choice of filters is one list.
    #[must_use]
    pub fn with(mut self, filter: &str, value: &str) -> Self {
        self.query.push(if self.query.is_empty() { '?' } else { '&' });
        self.query.push_str(filter);
        self.query.push('=');
        self.query.extend(utf8_percent_encode(value, RESERVED));
        self
    }

    /// The list with one more filter, if there is a value to filter by.
    #[must_use]
    pub fn with_any(self, filter: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.with(filter, value),
            None => self,
        }
    }

    /// What tells a cursor of this list of this account from every other.
    pub(crate) fn check(&self, account: &AccountId) -> [u8; CHECK_BYTES] {
        let mut check = [0; CHECK_BYTES];
        for (to, from) in
            check.iter_mut().zip(digest(&SHA256, format!("{account}\n{self}").as_bytes()).as_ref())
        {
            *to = *from;
        }
        check
    }
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.name, self.query)
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

    /// The opaque text for the caller: form, the check of account and list, place.
    #[must_use]
    pub fn encode(&self, account: &AccountId, list: &List) -> String {
        let mut bytes = vec![FORM];
        bytes.extend_from_slice(&list.check(account));
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
    pub fn decode(text: &str, account: &AccountId, list: &List) -> Result<Self, BadCursor> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| BadCursor)?;
        let (form, rest) = bytes.split_first().ok_or(BadCursor)?;
        let (checked, place) = rest.split_at_checked(CHECK_BYTES).ok_or(BadCursor)?;
        let possible = (1..=MAX_PLACE_BYTES).contains(&place.len());
        if *form != FORM || checked != list.check(account) || !possible {
            return Err(BadCursor);
        }
        String::from_utf8(place.to_vec()).map(Self).map_err(|_| BadCursor)
    }
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

    fn account(text: &str) -> AccountId {
        text.parse().unwrap()
    }

    fn filtered(filter: Option<&str>) -> List {
        List::whole(ListName::Keys).with_any("title_prefix", filter)
    }

    proptest! {
        #[test]
        fn a_cursor_reads_back_for_its_own_list_and_no_other(place in ".{1,99}", filter in proptest::option::of(".{0,9}")) {
            let list = filtered(filter.as_deref());
            let cursor = Cursor::after(place);
            let text = cursor.encode(&account("acme"), &list);
            prop_assert_eq!(Cursor::decode(&text, &account("acme"), &list), Ok(cursor));
            prop_assert_eq!(Cursor::decode(&text, &account("globex"), &list), Err(BadCursor));
            for other in [list.with("more", ""), List::whole(ListName::Members)] {
                prop_assert_eq!(Cursor::decode(&text, &account("acme"), &other), Err(BadCursor));
            }
        }

        #[test]
        fn different_filters_make_different_lists(one in proptest::option::of(".{0,9}"), other in proptest::option::of(".{0,9}")) {
            prop_assert_eq!(one == other, filtered(one.as_deref()) == filtered(other.as_deref()));
            prop_assert_eq!(one == other, filtered(one.as_deref()).to_string() == filtered(other.as_deref()).to_string());
        }

        #[test]
        fn no_text_is_taken_for_a_cursor_by_chance(text in ".*") {
            let decoded = Cursor::decode(&text, &account("acme"), &List::whole(ListName::Keys));
            prop_assert_eq!(decoded, Err(BadCursor));
        }
    }

    #[test]
    fn a_cursor_is_bound_to_names_that_do_not_follow_the_code() {
        let names = [
            (ListName::Keys, "keys"),
            (ListName::Sources, "sources"),
            (ListName::Destinations, "destinations"),
            (ListName::Members, "members"),
            (ListName::KeyUses, "key-uses"),
            (ListName::KeyAudit, "key-audit"),
            (ListName::Webhooks, "webhooks"),
            (ListName::Activity, "activity"),
            (ListName::Deliveries, "deliveries"),
        ];
        for (name, text) in names {
            assert_eq!(name.to_string(), text);
        }
        let list = List::whole(ListName::Keys).with("system_id", "a&b=c").with("title_prefix", "ä\n");
        assert_eq!(list.to_string(), "keys?system_id=a%26b%3Dc&title_prefix=%C3%A4%0A");
        // The first eight bytes of `printf 'acme\nkeys' | sha256sum`.
        assert_eq!(hex::encode(List::whole(ListName::Keys).check(&account("acme"))), "b012ac2374dade90");
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
