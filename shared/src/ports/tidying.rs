//! The ports for the work after a change of a key.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    error::{Error, PortError},
    ids::{AccountId, KeyId},
    keys::{
        health::TrialResult,
        rewrap::VaultPosition,
        tidy::{FoundSealed, KeptVersion, SealedPage, SweepPass},
    },
    sealing::EntryName,
};

/// Lists the vault's items of a key, without their content.
pub trait ListSealedPlaces: Send + Sync {
    /// Everything of every entry and version.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn list_sealed_places(
        &self,
        account: &AccountId,
        key: &KeyId,
    ) -> impl Future<Output = Result<Vec<FoundSealed>, PortError>> + Send;
}

/// Lists the vault's items of all keys, without their content.
pub trait ListAllSealed: Send + Sync {
    /// Some of them, after a place.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn list_all_sealed(
        &self,
        after: Option<&VaultPosition>,
    ) -> impl Future<Output = Result<SealedPage, PortError>> + Send;
}

/// Keeps how far the scheduled look at the vault has come.
pub trait KeepSweep: Send + Sync {
    /// The last look, if there was one.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn read_sweep(&self) -> impl Future<Output = Result<Option<SweepPass>, PortError>> + Send;

    /// Keeps the look as it is now.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn write_sweep(&self, pass: &SweepPass) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Lists the sealed entries that the kept versions of a key refer to.
pub trait ListKeptVersions: Send + Sync {
    /// Every kept version.
    ///
    /// # Errors
    ///
    /// [`Error::RowUnreadable`] when one cannot be read, or what the table reports.
    fn list_kept_versions(
        &self,
        account: &AccountId,
        key: &KeyId,
    ) -> impl Future<Output = Result<Vec<KeptVersion>, Error>> + Send;
}

/// Destroys remains of a key. Each call can be repeated.
pub trait PurgeKey: Send + Sync {
    /// Destroys a sealed entry, if it is still the item that was found.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn purge_sealed(
        &self,
        account: &AccountId,
        key: &KeyId,
        found: &FoundSealed,
    ) -> impl Future<Output = Result<(), PortError>> + Send;

    /// Destroys a version.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn purge_version(
        &self,
        account: &AccountId,
        key: &KeyId,
        version: u64,
    ) -> impl Future<Output = Result<(), PortError>> + Send;

    /// Takes entries out of a version, if it is still kept.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn forget_in_version(
        &self,
        account: &AccountId,
        key: &KeyId,
        version: u64,
        entries: &[EntryName],
    ) -> impl Future<Output = Result<(), PortError>> + Send;

    /// Destroys the health of an entry.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn purge_health(
        &self,
        account: &AccountId,
        key: &KeyId,
        entry: &EntryName,
    ) -> impl Future<Output = Result<(), PortError>> + Send;

    /// Destroys the row of the last use.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn purge_last_use(
        &self,
        account: &AccountId,
        key: &KeyId,
    ) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Shows in a key's row how the key fares.
pub trait ShowHealth: Send + Sync {
    /// Shows it, unless the row is gone or shows something newer. `newest` is when the newest was found that it is made of.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn show_health(
        &self,
        account: &AccountId,
        key: &KeyId,
        result: Option<TrialResult>,
        newest: Timestamp,
    ) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Notes when a key was last used, in a row of its own: a use writes nothing in the key's row.
pub trait NoteLastUse: Send + Sync {
    /// Notes it, unless the key is gone, or a use of no more than [`LAST_USE_STEP`](crate::keys::receipt::LAST_USE_STEP)
    /// before it, or a later one, is noted.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn note_last_use(
        &self,
        account: &AccountId,
        key: &KeyId,
        at: Timestamp,
    ) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Reads when keys were last used.
pub trait ReadLastUses: Send + Sync {
    /// The last uses of these keys, at most as many as a page has, in one call. A key that was never used is left out.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn read_last_uses(
        &self,
        account: &AccountId,
        keys: &[KeyId],
    ) -> impl Future<Output = Result<BTreeMap<KeyId, Timestamp>, PortError>> + Send;
}
