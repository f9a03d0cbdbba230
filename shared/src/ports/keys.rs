//! Keys as they are stored.

use jiff::Timestamp;

use super::CommitError;
use crate::{
    environment::Environment,
    error::{Error, PortError},
    ids::{AccountId, KeyId},
    keys::{
        activity::{ActivityFilter, ActivityRow},
        change::{Burial, Change},
        key::Key,
        list::{Filter, Row},
        seal::{SealedEntry, VaultPlace},
        search::{Found, Indexed, Recorded, Span},
        tidy::{KeyOf, KeyRow},
        told::Announcement,
        trail::{TrailCursor, TrailPage},
        version::VersionList,
    },
    page::{Cursor, Limit, Page},
};

/// Reads a key's row.
pub trait ReadKey: Send + Sync {
    /// The key; `None` when there is none or it is deleted.
    ///
    /// # Errors
    ///
    /// [`Error::KeyUnreadable`], or what the table reports.
    fn read_key(
        &self,
        account: &AccountId,
        key: &KeyId,
    ) -> impl Future<Output = Result<Option<Key>, Error>> + Send;
}

/// Reads the item in the place of a key's row.
pub trait ReadKeyRow: Send + Sync {
    /// The key, whether or not it was deleted, its tombstone, or nothing.
    ///
    /// # Errors
    ///
    /// [`Error::KeyUnreadable`], or what the table reports.
    fn read_key_row(
        &self,
        account: &AccountId,
        key: &KeyId,
    ) -> impl Future<Output = Result<KeyRow, Error>> + Send;
}

/// Reads sealed entries of a key, without opening them.
pub trait ReadSealedEntries: Send + Sync {
    /// The entries that exist at these places, in any order.
    ///
    /// # Errors
    ///
    /// [`Error::KeyUnreadable`], or what the table reports.
    fn read_sealed_entries(
        &self,
        account: &AccountId,
        key: &KeyId,
        places: &[VaultPlace],
    ) -> impl Future<Output = Result<Vec<SealedEntry>, Error>> + Send;
}

/// Stores a new key.
pub trait InsertKey: Send + Sync {
    /// Writes the change as a whole. If it fails, nothing is written.
    ///
    /// # Errors
    ///
    /// [`CommitError::Stale`] when the id is taken, and [`CommitError::Repeated`].
    fn insert_key(&self, change: &Change) -> impl Future<Output = Result<(), CommitError>> + Send;
}

/// Stores a changed key.
pub trait UpdateKey: Send + Sync {
    /// Writes the change as a whole. If it fails, nothing is written.
    ///
    /// # Errors
    ///
    /// [`CommitError::Stale`] when the key is not at the version that the change was made for,
    /// [`CommitError::Unmet`] when its uses are not those that the change was made for, and
    /// [`CommitError::Repeated`].
    fn update_key(&self, change: &Change) -> impl Future<Output = Result<(), CommitError>> + Send;
}

/// Deletes a key that can be brought back.
pub trait DeleteKey: Send + Sync {
    /// Takes the key out of use and out of the lists, as a whole. Until `until` it can be brought back. If that fails, nothing
    /// is changed.
    ///
    /// # Errors
    ///
    /// [`CommitError::Stale`] when the key is not at that version, [`CommitError::Unmet`] when it is in use.
    fn delete_key(
        &self,
        change: &Change,
        until: Timestamp,
    ) -> impl Future<Output = Result<(), CommitError>> + Send;
}

/// Brings a deleted key back.
pub trait RecoverKey: Send + Sync {
    /// Writes the change as a whole. If it fails, nothing is written.
    ///
    /// # Errors
    ///
    /// [`CommitError::Stale`] when the key is not at that version, [`CommitError::Unmet`] when it is not deleted.
    fn recover_key(&self, change: &Change) -> impl Future<Output = Result<(), CommitError>> + Send;
}

/// Lists deleted keys whose time is over.
pub trait ListDueKeys: Send + Sync {
    /// Those of all accounts that could be brought back until a time before this one, the longest first. An index lists them,
    /// which lags behind their rows.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn list_due_keys(&self, now: Timestamp) -> impl Future<Output = Result<Vec<KeyOf>, PortError>> + Send;
}

/// Ends a key.
pub trait BuryKey: Send + Sync {
    /// Turns the row into a tombstone. If that fails, nothing is changed. The key's other items are purged by
    /// the function that reads the table's stream.
    ///
    /// # Errors
    ///
    /// [`CommitError::Stale`] when the key is not at that version, [`CommitError::Unmet`] when it is in use.
    fn bury_key(&self, burial: &Burial) -> impl Future<Output = Result<(), CommitError>> + Send;
}

/// Lists the history of a key: changes and uses.
pub trait ListTrail: Send + Sync {
    /// One page, newest first; `None` when there was never such a key.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn list_trail(
        &self,
        account: &AccountId,
        key: &KeyId,
        before: Option<&TrailCursor>,
        limit: Limit,
    ) -> impl Future<Output = Result<Option<TrailPage>, Error>> + Send;
}

/// Lists what was done in an account.
pub trait ListActivity: Send + Sync {
    /// One page, newest first, by a bounded number of queries. It may have fewer rows than fit, while more are to come.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn list_activity(
        &self,
        account: &AccountId,
        filter: &ActivityFilter,
        before: Option<&Cursor>,
        limit: Limit,
    ) -> impl Future<Output = Result<Page<ActivityRow>, PortError>> + Send;
}

/// Reads which environment a key is of, or was of.
pub trait ReadKeyEnvironment: Send + Sync {
    /// The environment, also of a deleted key; `None` when its row is not there, or does not say it.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn read_key_environment(
        &self,
        account: &AccountId,
        key: &KeyId,
    ) -> impl Future<Output = Result<Option<Environment>, PortError>> + Send;
}

/// Lets a key tell something of itself.
pub trait Announce: Send + Sync {
    /// Writes the entry of the chain and what was told, if version and chain of the key are as they were.
    ///
    /// # Errors
    ///
    /// [`CommitError::Stale`] and [`CommitError::Unmet`] where they are not, or what the table reports.
    fn announce(&self, news: &Announcement) -> impl Future<Output = Result<(), CommitError>> + Send;
}

/// Lists keys that expire soon.
pub trait ListExpiringKeys: Send + Sync {
    /// The keys of all accounts that have a notice of their end to tell, the longest due first.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn list_expiring_keys(
        &self,
        now: Timestamp,
    ) -> impl Future<Output = Result<Vec<KeyOf>, PortError>> + Send;
}

/// Lists keys.
pub trait ListKeys: Send + Sync {
    /// One page, by one query for each partition of the index.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn list_keys(
        &self,
        account: &AccountId,
        filter: &Filter,
        after: Option<&Cursor>,
        limit: Limit,
    ) -> impl Future<Output = Result<Page<Row>, PortError>> + Send;
}

/// Reads keys as a list shows them.
pub trait ReadSummaries: Send + Sync {
    /// Those of these keys, at most as many as a page has, that are there, in any order, by one call for the keys and one for their
    /// last uses.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn read_summaries(
        &self,
        account: &AccountId,
        keys: &[KeyId],
    ) -> impl Future<Output = Result<Vec<Row>, PortError>> + Send;
}

/// Reads the index of words.
pub trait FindWords: Send + Sync {
    /// The items of a part of the index, after a place and at most so many, by one query.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn find_words(
        &self,
        account: &AccountId,
        environment: Environment,
        span: &Span,
        after: Option<&str>,
        most: u16,
    ) -> impl Future<Output = Result<Found, PortError>> + Send;
}

/// Writes the index of words.
pub trait IndexWords: Send + Sync {
    /// What is written down of a key.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn read_indexed(
        &self,
        account: &AccountId,
        key: &KeyId,
    ) -> impl Future<Output = Result<Recorded, PortError>> + Send;

    /// Puts and deletes items, and writes down what there is then, as a whole: while the key's row is at `version`, or is a tombstone
    /// where that is `None`, and what is written down is at its revision. If it fails, nothing is written.
    ///
    /// # Errors
    ///
    /// What the table reports; [`PortError::Unavailable`] also when something came in between.
    fn write_indexed(
        &self,
        of: (&AccountId, &KeyId),
        recorded: &Recorded,
        version: Option<u64>,
        after: Option<&Indexed>,
    ) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Lists the versions of a key.
pub trait ListKeyVersions: Send + Sync {
    /// The kept versions, newest first, and which of them cannot be read.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn list_key_versions(
        &self,
        account: &AccountId,
        key: &KeyId,
    ) -> impl Future<Output = Result<VersionList, Error>> + Send;
}

/// Reads earlier versions of a key.
pub trait ReadKeyVersion: Send + Sync {
    /// The key as it was at this version; `None` when that is not kept.
    ///
    /// # Errors
    ///
    /// [`Error::RowUnreadable`], or what the table reports.
    fn read_key_version(
        &self,
        account: &AccountId,
        key: &KeyId,
        version: u64,
    ) -> impl Future<Output = Result<Option<Key>, Error>> + Send;
}
