//! What using a key reads and leaves behind.

use super::CommitError;
use crate::{
    caller::Caller,
    error::{Error, PortError},
    idempotency::Ticket,
    ids::{AccountId, KeyId},
    keys::{
        health::{Health, KeyHealth},
        key::Key,
        receipt::Receipt,
        seal::SealedEntry,
    },
    membership::rows::CallerRows,
    outbound::AllowedOrigins,
    sealing::EntryName,
};

/// How much of a key's row is read for a use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// What using the entries that are asked for needs. A key may hold hundreds of others.
    Used,
    /// All of it, to plan a change with.
    Whole,
}

/// The items that a use reads.
pub struct ForUse {
    /// The rows of the caller.
    pub caller: CallerRows,
    /// The key; `None` when there is none or it is deleted. Of [`Extent::Used`], it has only the entries that were asked for and none of the organizations that were
    /// removed. It has all entries where it has secret headers, since those are bound to the origins of all.
    pub key: Option<Key>,
    /// The current sealed entries that were asked for, as far as they exist.
    pub sealed: Vec<SealedEntry>,
    /// The peers that the account may reach inside its customers' networks.
    pub allowed: AllowedOrigins,
}

/// Reads all items that a use needs in one round trip.
pub trait ReadForUse: Send + Sync {
    /// The caller's row, the key's row in the caller's account, the current sealed entries of these names and the account's settings,
    /// read together.
    ///
    /// # Errors
    ///
    /// [`Error::KeyUnreadable`], or what the tables report.
    fn read_for_use(
        &self,
        caller: &Caller,
        key: &KeyId,
        names: &[EntryName],
        extent: Extent,
    ) -> impl Future<Output = Result<ForUse, Error>> + Send;
}

/// Reads which peers an account may reach.
pub trait ReadAllowedOrigins: Send + Sync {
    /// The peers that the account may reach inside its customers' networks.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn read_allowed_origins(
        &self,
        account: &AccountId,
    ) -> impl Future<Output = Result<AllowedOrigins, PortError>> + Send;
}

/// Writes receipts.
pub trait WriteReceipt: Send + Sync {
    /// Writes one.
    ///
    /// # Errors
    ///
    /// What the table reports: the secret must not be opened then.
    fn write_receipt(&self, receipt: &Receipt) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Writes what trials came to into their receipts.
pub trait WriteOutcome: Send + Sync {
    /// Replaces the receipt by the same one with its outcome.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn write_outcome(&self, receipt: &Receipt) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Writes receipts of requests that may be sent again.
pub trait WriteReceiptOnce: Send + Sync {
    /// Writes one together with the record of its request.
    ///
    /// # Errors
    ///
    /// [`CommitError::Repeated`] when the same request has a record already: nothing is written then.
    fn write_receipt_once(
        &self,
        receipt: &Receipt,
        ticket: &Ticket,
    ) -> impl Future<Output = Result<(), CommitError>> + Send;
}

/// Keeps how entries fared when they were tried.
pub trait WriteHealth: Send + Sync {
    /// Writes it, unless something newer is known.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn write_health(&self, health: &Health) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Reads how a key's entries fared.
pub trait ReadHealth: Send + Sync {
    /// The health of each entry that was ever tried, and which of it cannot be read.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn read_health(
        &self,
        account: &AccountId,
        key: &KeyId,
    ) -> impl Future<Output = Result<KeyHealth, PortError>> + Send;
}
