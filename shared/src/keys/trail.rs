//! The history of a key in one list: its changes and its uses, newest first.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::Timestamp;

use crate::{
    caller::Caller,
    error::Error,
    ids::{AccountId, KeyId, ReceiptId},
    keys::receipt::Receipt,
    page::{BadCursor, Limit, List, ListName},
    ports::{ListTrail, ReadKeyEnvironment},
};

/// A page of the history of a key, newest first. A machine client sees the keys of its environment only.
///
/// # Errors
///
/// [`Error::NotFound`] when there was never such a key; [`Error::WrongEnvironment`], and what the ports report.
pub async fn list(
    store: &(impl ReadKeyEnvironment + ListTrail),
    caller: &Caller,
    key: &KeyId,
    before: Option<&TrailCursor>,
    limit: Limit,
) -> Result<TrailPage, Error> {
    match store.read_key_environment(caller.account(), key).await? {
        Some(environment) => caller.check_environment(environment)?,
        // Nothing says that the trail is of this caller's environment.
        None if caller.narrowed(None)?.is_some() => return Err(Error::NotFound),
        None => {}
    }
    store.list_trail(caller.account(), key, before, limit).await?.ok_or(Error::NotFound)
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrailEntry {
    /// The key was changed.
    Change(ChangeRecord),
    /// The key was used.
    Use(Receipt),
    /// A change that is stored and cannot be read: its place in the audit chain.
    UnreadableChange(u64),
    /// A use that is stored and cannot be read: the id of its receipt.
    UnreadableUse(ReceiptId),
}

/// A change as the trail shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeRecord {
    /// Its place in the audit chain, from 1.
    pub sequence: u64,
    /// The epoch of the change, from 1.
    pub epoch: u64,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// What, such as `key.updated`.
    pub action: String,
    /// The key's version after it.
    pub version: u64,
    /// The version that was restored.
    pub restored: Option<u64>,
    /// The names of the members that changed.
    pub changed: Vec<String>,
    /// The hash of the entry, in hexadecimal.
    pub hash: String,
    /// The hash of the entry before it.
    pub previous: String,
}

/// One page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailPage {
    /// The history, newest first.
    pub entries: Vec<TrailEntry>,
    /// Where the next page begins, when there is one.
    pub next: Option<TrailCursor>,
}

/// The end of a page: the next page holds rows before both places. Changes and uses each have a place, even
/// if the page showed none of them. Later rows have greater places, so they do not move the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailCursor {
    /// Changes go on before this sequence.
    pub change: u64,
    /// Uses go on before this receipt.
    pub receipt: ReceiptId,
}

impl TrailCursor {
    /// The place between the rows that were shown and the rows of later pages, after `before`.
    #[must_use]
    pub fn between(shown: &[TrailEntry], rest: &[TrailEntry], before: Option<&Self>) -> Self {
        let last_change = shown.iter().filter_map(TrailEntry::sequence).next_back();
        let next_change = || rest.iter().find_map(TrailEntry::sequence).map(|sequence| sequence + 1);
        let last_receipt = shown.iter().filter_map(TrailEntry::receipt).next_back().cloned();
        let next_receipt = || rest.iter().find_map(TrailEntry::receipt).map(ReceiptId::successor);
        Self {
            change: last_change
                .or(before.map(|before| before.change))
                .or_else(next_change)
                .unwrap_or_default(),
            receipt: last_receipt
                .or_else(|| before.map(|before| before.receipt.clone()))
                .or_else(next_receipt)
                .unwrap_or_else(ReceiptId::before_all),
        }
    }
}

impl TrailEntry {
    /// When it was; `None` for what cannot be read.
    #[must_use]
    pub const fn at(&self) -> Option<Timestamp> {
        match self {
            Self::Change(change) => Some(change.at),
            Self::Use(receipt) => Some(receipt.at),
            Self::UnreadableChange(_) | Self::UnreadableUse(_) => None,
        }
    }

    const fn sequence(&self) -> Option<u64> {
        match self {
            Self::Change(change) => Some(change.sequence),
            Self::UnreadableChange(sequence) => Some(*sequence),
            Self::Use(_) | Self::UnreadableUse(_) => None,
        }
    }

    /// The receipt of a use.
    #[must_use]
    pub const fn receipt(&self) -> Option<&ReceiptId> {
        match self {
            Self::Use(receipt) => Some(&receipt.id),
            Self::UnreadableUse(id) => Some(id),
            Self::Change(_) | Self::UnreadableChange(_) => None,
        }
    }
}

const FORM: &str = "1";

impl TrailCursor {
    /// The opaque text for the caller.
    #[must_use]
    pub fn encode(&self, account: &AccountId, key: &KeyId) -> String {
        let Self { change, receipt } = self;
        BASE64_URL_SAFE_NO_PAD.encode(format!("{FORM} {} {change} {receipt}", check(account, key)))
    }

    /// Reads a cursor back for the same key. It is not a secret: a forged one moves the start of a list within one key.
    ///
    /// # Errors
    ///
    /// [`BadCursor`] for anything else, a cursor of another key included.
    pub fn decode(text: &str, account: &AccountId, key: &KeyId) -> Result<Self, BadCursor> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| BadCursor)?;
        let text = String::from_utf8(bytes).map_err(|_| BadCursor)?;
        let parts: Vec<&str> = text.split(' ').collect();
        let [form, checked, change, receipt] = parts.as_slice() else { return Err(BadCursor) };
        if *form != FORM || *checked != check(account, key) {
            return Err(BadCursor);
        }
        let change = change.parse().map_err(|_| BadCursor)?;
        Ok(Self { change, receipt: receipt.parse().map_err(|_| BadCursor)? })
    }
}

fn check(account: &AccountId, key: &KeyId) -> String {
    hex::encode(List::whole(ListName::KeyAudit).with("key_id", &key.to_string()).check(account))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "key_0190f3c1-7f00-7000-8000-0123456789ab";
    const RECEIPT: &str = "rcp_0190f3c1-7f00-7000-8000-0123456789ab";

    proptest! {
        #[test]
        fn a_cursor_reads_back_for_its_own_key_and_no_other(change: u64) {
            let (acme, key): (AccountId, KeyId) = ("acme".parse().unwrap(), KEY.parse().unwrap());
            let cursor = TrailCursor { change, receipt: RECEIPT.parse().unwrap() };
            let text = cursor.encode(&acme, &key);
            prop_assert_eq!(TrailCursor::decode(&text, &acme, &key), Ok(cursor));
            prop_assert_eq!(TrailCursor::decode(&text, &"globex".parse().unwrap(), &key), Err(BadCursor));
        }

        #[test]
        fn no_text_is_taken_for_a_cursor_by_chance(text in ".*") {
            let decoded = TrailCursor::decode(&text, &"acme".parse().unwrap(), &KEY.parse().unwrap());
            prop_assert_eq!(decoded, Err(BadCursor));
        }
    }
}
