//! The audit trail of a key: every change leaves an entry in the same transaction, and each entry carries the
//! hash of the one before it, so that none can be removed, changed or moved without showing.

use std::fmt;

use aws_lc_rs::digest::{Context, SHA256};
use jiff::Timestamp;

use crate::{
    epoch::Epoch,
    ids::{AccountId, KeyId},
};

/// The SHA-256 of an audit entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditHash([u8; 32]);

impl AuditHash {
    /// The hash that the first entry of a chain has in place of a predecessor's.
    pub const START: Self = Self([0; 32]);

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for AuditHash {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

/// Where a key's chain ends. It stands on the key's row, so that a shortened chain shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditHead {
    /// The sequence number of the last entry, from 1; 0 before the first.
    pub sequence: u64,
    /// Its hash.
    pub hash: AuditHash,
}

impl AuditHead {
    /// The head of a chain that has no entry yet.
    pub const EMPTY: Self = Self { sequence: 0, hash: AuditHash::START };
}

/// What a key's trail tells of: an action on it, or what became known of it. The latter leads to no new version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It was made.
    Created,
    /// Its content was changed.
    Updated,
    /// An earlier version was made the present one.
    Restored,
    /// It was disabled.
    Disabled,
    /// It was enabled again.
    Enabled,
    /// An entry of it was connected: a person consented at its system.
    Connected,
    /// It was deleted.
    Deleted,
    /// It was brought back.
    Undeleted,
    /// It was ended for good, after it was deleted.
    Purged,
    /// Its system does not accept an entry of it any more.
    Failing,
    /// Its system accepts an entry of it again.
    Recovered,
    /// It expires soon.
    Expiring,
}

impl Action {
    /// Every one.
    pub const ALL: [Self; 12] = [
        Self::Created,
        Self::Updated,
        Self::Restored,
        Self::Disabled,
        Self::Enabled,
        Self::Connected,
        Self::Deleted,
        Self::Undeleted,
        Self::Purged,
        Self::Failing,
        Self::Recovered,
        Self::Expiring,
    ];

    /// The action's name, which is also the type of the event that it causes.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "key.created",
            Self::Updated => "key.updated",
            Self::Restored => "key.restored",
            Self::Disabled => "key.disabled",
            Self::Enabled => "key.enabled",
            Self::Connected => "key.connected",
            Self::Deleted => "key.deleted",
            Self::Undeleted => "key.undeleted",
            Self::Purged => "key.purged",
            Self::Failing => "key.failing",
            Self::Recovered => "key.recovered",
            Self::Expiring => "key.expiring",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One entry of the trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// The account that the key belongs to.
    pub account: AccountId,
    /// The key that was changed.
    pub key: KeyId,
    /// Its place in the chain, from 1.
    pub sequence: u64,
    /// The epoch of the change. It rises with each restore.
    pub epoch: Epoch,
    /// The time of the change.
    pub at: Timestamp,
    /// The id of the person or machine client that made the change.
    pub by: String,
    /// The kind of change.
    pub action: Action,
    /// The key's version after it.
    pub version: u64,
    /// The version that was restored.
    pub restored: Option<u64>,
    /// The names of the members that changed, never their values.
    pub changed: Vec<String>,
    /// The hash of the entry before it.
    pub previous: AuditHash,
}

impl AuditEntry {
    /// The SHA-256 over every member, each preceded by its length, so that no two entries share an encoding.
    #[must_use]
    pub fn hash(&self) -> AuditHash {
        let mut context = Context::new(&SHA256);
        let mut part = |bytes: &[u8]| {
            context.update(&(bytes.len() as u64).to_be_bytes());
            context.update(bytes);
        };
        part(b"keyward audit entry v1");
        part(self.account.as_str().as_bytes());
        part(self.key.to_string().as_bytes());
        part(&self.sequence.to_be_bytes());
        part(&self.epoch.number().to_be_bytes());
        part(self.at.to_string().as_bytes());
        part(self.by.as_bytes());
        part(self.action.as_str().as_bytes());
        part(&self.version.to_be_bytes());
        // Versions count from 1.
        part(&self.restored.unwrap_or(0).to_be_bytes());
        part(&(self.changed.len() as u64).to_be_bytes());
        for name in &self.changed {
            part(name.as_bytes());
        }
        part(self.previous.as_bytes());
        let mut hash = [0; 32];
        hash.copy_from_slice(context.finish().as_ref());
        AuditHash(hash)
    }

    /// The head of the chain after this entry.
    #[must_use]
    pub fn head(&self) -> AuditHead {
        AuditHead { sequence: self.sequence, hash: self.hash() }
    }
}

/// The reason why an audit trail does not verify.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// An entry is missing, stands in another's place, or stands there twice.
    #[error("entry {0} is not where it should be")]
    Sequence(u64),
    /// An entry belongs to another key or account.
    #[error("entry {0} is not of this key")]
    Foreign(u64),
    /// An entry, or the one before it, was changed.
    #[error("entry {0} does not follow from the one before it")]
    Hash(u64),
    /// The last entry does not match the head on the key's row: entries at the end are missing, or the last
    /// entry was changed.
    #[error("the trail does not end where the key's row says")]
    Head,
}

/// Recomputes a key's chain, from its first entry to the head on the key's row.
///
/// # Errors
///
/// [`ChainError`], naming the first entry that is wrong.
///
/// # Security
///
/// A person who can write both the trail and the row can write a different trail that verifies. The trail is
/// compared with the head on the row, so the head must be read from the row and not from the trail.
pub fn verify_audit<'e>(
    account: &AccountId,
    key: &KeyId,
    entries: impl IntoIterator<Item = &'e AuditEntry>,
    head: &AuditHead,
) -> Result<(), ChainError> {
    let mut at = AuditHead::EMPTY;
    for entry in entries {
        let expected = at.sequence + 1;
        if entry.sequence != expected {
            return Err(ChainError::Sequence(expected));
        }
        if entry.account != *account || entry.key != *key {
            return Err(ChainError::Foreign(expected));
        }
        if entry.previous != at.hash {
            return Err(ChainError::Hash(expected));
        }
        at = entry.head();
    }
    if at == *head { Ok(()) } else { Err(ChainError::Head) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A chain of so many entries, and its head.
    fn chain(length: u64) -> (Vec<AuditEntry>, AuditHead) {
        let mut head = AuditHead::EMPTY;
        let mut entries = Vec::new();
        for sequence in 1..=length {
            let next = AuditEntry { sequence, version: sequence, previous: head.hash, ..entry() };
            head = next.head();
            entries.push(next);
        }
        (entries, head)
    }

    fn verified(entries: &[AuditEntry], head: &AuditHead) -> Result<(), ChainError> {
        verify_audit(&entry().account, &entry().key, entries, head)
    }

    #[test]
    fn a_trail_that_was_written_is_whole() {
        for length in 0..5 {
            let (entries, head) = chain(length);
            assert_eq!(verified(&entries, &head), Ok(()));
        }
    }

    #[test]
    fn a_trail_that_was_cut_off_shows_against_the_row() {
        let (entries, head) = chain(4);
        for kept in 0..4 {
            assert_eq!(verified(&entries[..kept], &head), Err(ChainError::Head), "{kept}");
        }
        // A row that was set back with the trail is another matter; one that was set back alone is not whole either.
        let (_, earlier) = chain(3);
        assert_eq!(verified(&entries, &earlier), Err(ChainError::Head));
    }

    #[test]
    fn a_trail_of_another_key_is_foreign() {
        let (entries, head) = chain(2);
        let other = "globex".parse().unwrap();
        assert_eq!(verify_audit(&other, &entry().key, &entries, &head), Err(ChainError::Foreign(1)));
    }

    proptest! {
        #[test]
        fn removing_an_entry_shows(length in 2_u64..9, at in 0_usize..8) {
            let (mut entries, head) = chain(length);
            entries.remove(at % entries.len());
            prop_assert!(verified(&entries, &head).is_err());
        }

        #[test]
        fn changing_an_entry_shows(length in 1_u64..9, at in 0_usize..8, what in 0_u8..5) {
            let (mut entries, head) = chain(length);
            let at = at % entries.len();
            let entry = &mut entries[at];
            match what {
                0 => entry.by.push('x'),
                1 => entry.version += 1,
                2 => entry.changed.push("title".to_owned()),
                3 => entry.action = Action::Deleted,
                _ => entry.at = Timestamp::UNIX_EPOCH,
            }
            prop_assert!(verified(&entries, &head).is_err());
        }

        #[test]
        fn reordering_entries_shows(length in 2_u64..9, a in 0_usize..8, b in 0_usize..8) {
            let (mut entries, head) = chain(length);
            let (a, b) = (a % entries.len(), b % entries.len());
            prop_assume!(a != b);
            entries.swap(a, b);
            prop_assert!(verified(&entries, &head).is_err());
        }

        #[test]
        fn an_entry_put_in_between_shows(length in 1_u64..9, at in 0_usize..9) {
            let (mut entries, head) = chain(length);
            let at = at % (entries.len() + 1);
            let copy = entries[at.min(entries.len() - 1)].clone();
            entries.insert(at, copy);
            prop_assert!(verified(&entries, &head).is_err());
        }
    }

    fn entry() -> AuditEntry {
        AuditEntry {
            account: "acme".parse().unwrap(),
            key: "key_0190f3c1-7f00-7000-8000-0123456789ab".parse().unwrap(),
            sequence: 2,
            epoch: Epoch::FIRST,
            at: Timestamp::from_second(1_780_000_000).unwrap(),
            by: "person:ann".to_owned(),
            action: Action::Updated,
            version: 2,
            restored: None,
            changed: vec!["title".to_owned()],
            previous: AuditHash([7; 32]),
        }
    }

    #[test]
    fn every_member_of_an_entry_counts_in_its_hash() {
        let edits: [fn(&mut AuditEntry); 11] = [
            |e| e.account = "acne".parse().unwrap(),
            |e| e.key = "key_0190f3c1-7f00-7000-8000-0123456789ac".parse().unwrap(),
            |e| e.sequence = 3,
            |e| e.epoch = 2.try_into().unwrap(),
            |e| e.at = Timestamp::from_second(1_780_000_001).unwrap(),
            |e| e.by = "person:bob".to_owned(),
            |e| e.action = Action::Deleted,
            |e| e.version = 3,
            |e| e.restored = Some(1),
            |e| e.changed = vec!["tit".to_owned(), "le".to_owned()],
            |e| e.previous = AuditHash([8; 32]),
        ];
        for edit in edits {
            let mut edited = entry();
            edit(&mut edited);
            assert_ne!(edited.hash(), entry().hash(), "{edited:?}");
        }
    }
}
