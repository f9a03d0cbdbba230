//! A batch of changes that the table's stream reports. Several changes of one key are one piece of work.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::tidy;
use crate::{
    error::Error,
    ids::{AccountId, KeyId},
    keys::receipt::Purpose,
    ports::{ListKeptVersions, ListSealedPlaces, PurgeKey, ReadHealth, ReadKeyRow, ShowHealth, ShowLastUse},
};

/// A key and its account.
pub type KeyOf = (AccountId, KeyId);

/// What a change is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// A key was changed or deleted, or has new health.
    Changed(KeyOf),
    /// A key was used.
    Used {
        /// The key.
        key: KeyOf,
        /// What for.
        purpose: Purpose,
        /// When.
        at: Timestamp,
    },
}

/// The work for a key that was not done.
#[derive(Debug)]
pub struct Undone<R> {
    /// The key.
    pub key: KeyOf,
    /// The records that asked for the work.
    pub records: Vec<R>,
    /// Why it was not done.
    pub error: Error,
}

/// Does what follows from a batch of changes, each with the record that reports it. A failure at one key does not stop the
/// others. Returns what has to be tried again.
pub async fn batch<R>(
    store: &(
         impl ListSealedPlaces + ReadKeyRow + ListKeptVersions + ReadHealth + PurgeKey + ShowHealth + ShowLastUse
     ),
    changes: impl IntoIterator<Item = (R, Seen)>,
) -> Vec<Undone<R>> {
    let mut changed: BTreeMap<KeyOf, Vec<R>> = BTreeMap::new();
    let mut used: BTreeMap<KeyOf, (Timestamp, Vec<R>)> = BTreeMap::new();
    for (record, seen) in changes {
        match seen {
            Seen::Changed(key) => changed.entry(key).or_default().push(record),
            // A trial does not count as a use.
            Seen::Used { purpose: Purpose::Verify, .. } => {}
            Seen::Used { key, purpose: Purpose::Sign | Purpose::Send | Purpose::Resolve, at } => {
                let (newest, records) = used.entry(key).or_insert((at, Vec::new()));
                *newest = at.max(*newest);
                records.push(record);
            }
        }
    }
    let mut undone = Vec::new();
    for (key, records) in changed {
        if let Err(error) = tidy(store, &key.0, &key.1).await {
            undone.push(Undone { key, records, error });
        }
    }
    for (key, (newest, records)) in used {
        if let Err(error) = store.show_last_use(&key.0, &key.1, newest).await {
            undone.push(Undone { key, records, error: error.into() });
        }
    }
    undone
}
