//! Requests that may be sent again.

use jiff::Timestamp;

use super::CommitError;
use crate::{
    error::{Error, PortError},
    idempotency::{Outcome, Record, RecordName, RequestMac, Ticket},
    ids::AccountId,
};

/// Reads the records of requests that may be sent again.
pub trait ReadRecord: Send + Sync {
    /// The record of this name.
    ///
    /// # Errors
    ///
    /// [`Error::RowUnreadable`], or what the table reports.
    fn read_record(
        &self,
        account: &AccountId,
        name: &RecordName,
    ) -> impl Future<Output = Result<Option<Record>, Error>> + Send;
}

/// Keeps the record of a request that takes longer than one transaction.
pub trait KeepRecord: Send + Sync {
    /// Says that the request is being carried out until then.
    ///
    /// # Errors
    ///
    /// [`CommitError::Repeated`] when it is done, or somebody else carries it out at the time `now`.
    fn begin_record(
        &self,
        ticket: &Ticket,
        now: Timestamp,
        until: Timestamp,
    ) -> impl Future<Output = Result<(), CommitError>> + Send;

    /// Says what became of it.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn finish_record(
        &self,
        ticket: &Ticket,
        outcome: &Outcome,
    ) -> impl Future<Output = Result<(), PortError>> + Send;

    /// Deletes the record, so that the request can be repeated at once.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn drop_record(&self, ticket: &Ticket) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Computes fingerprints of requests, by a key that only the service has.
pub trait Fingerprint: Send + Sync {
    /// The fingerprint of a request's digest.
    ///
    /// # Errors
    ///
    /// What the service reports.
    fn fingerprint(&self, digest: &[u8; 32]) -> impl Future<Output = Result<RequestMac, PortError>> + Send;
}
