//! Apps, connections and grants.

use std::time::Duration;

use jiff::Timestamp;

use super::CommitError;
use crate::{
    connect::{App, AppChange, AppRow, Attempt, Connected, Connection, Digest, Grant, Taken},
    error::{Error, PortError},
    ids::{AccountId, AppId, ConnectionId, KeyId},
    keys::{change::Change, seal::SealedEntry},
    membership::rows::Held,
    page::{Cursor, Limit, Page},
    sealing::EntryName,
};

/// Reads an app's row.
pub trait ReadApp: Send + Sync {
    /// The app; `None` when there is none.
    ///
    /// # Errors
    ///
    /// [`Error::RowUnreadable`], or what the table reports.
    fn read_app(
        &self,
        account: &AccountId,
        app: &AppId,
    ) -> impl Future<Output = Result<Option<App>, Error>> + Send;
}

/// Reads the sealed secret of an app.
pub trait ReadSealedApp: Send + Sync {
    /// The sealed secret; `None` when there is none.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn read_sealed_app(
        &self,
        account: &AccountId,
        app: &AppId,
    ) -> impl Future<Output = Result<Option<SealedEntry>, PortError>> + Send;
}

/// Lists apps.
pub trait ListApps: Send + Sync {
    /// One page, in the order of their ids.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn list_apps(
        &self,
        account: &AccountId,
        after: Option<&Cursor>,
        limit: Limit,
    ) -> impl Future<Output = Result<Page<AppRow>, PortError>> + Send;
}

/// Makes, changes and deletes apps.
pub trait ChangeApp: Send + Sync {
    /// Writes the change as a whole. If it fails, nothing is written.
    ///
    /// # Errors
    ///
    /// [`CommitError::Stale`] when the app is not at the version that the change was made for.
    fn change_app(&self, change: &AppChange) -> impl Future<Output = Result<(), CommitError>> + Send;

    /// Deletes the app and its secret.
    ///
    /// # Errors
    ///
    /// [`CommitError::Stale`] as for a change, [`CommitError::Unmet`] when grants came of it.
    fn delete_app(&self, change: &AppChange) -> impl Future<Output = Result<(), CommitError>> + Send;
}

/// Stores connections that were begun.
pub trait InsertConnection: Send + Sync {
    /// Writes one.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn insert_connection(
        &self,
        by: &Held,
        connection: &Connection,
    ) -> impl Future<Output = Result<(), CommitError>> + Send;
}

/// Takes connections that somebody comes back from.
pub trait TakeConnection: Send + Sync {
    /// Takes the connection of this state out, if the cookie is the one of the browser that began it: nobody takes it again.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn take_connection(
        &self,
        state: Digest,
        cookie: Option<Digest>,
    ) -> impl Future<Output = Result<Taken, PortError>> + Send;
}

/// Reads a grant's row.
pub trait ReadGrant: Send + Sync {
    /// The grant; `None` when there is none.
    ///
    /// # Errors
    ///
    /// [`Error::RowUnreadable`], or what the table reports.
    fn read_grant(
        &self,
        account: &AccountId,
        key: &KeyId,
        entry: &EntryName,
    ) -> impl Future<Output = Result<Option<Grant>, Error>> + Send;
}

/// Lists the grants of a key.
pub trait ListGrants: Send + Sync {
    /// All of them that can be read.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn list_grants(
        &self,
        account: &AccountId,
        key: &KeyId,
    ) -> impl Future<Output = Result<Vec<Grant>, PortError>> + Send;
}

/// Reads a grant with its sealed access token.
pub trait ReadGranted: Send + Sync {
    /// Both, as of one moment; `None` when there is no grant.
    ///
    /// # Errors
    ///
    /// [`Error::RowUnreadable`], or what the tables report.
    fn read_granted(
        &self,
        account: &AccountId,
        key: &KeyId,
        entry: &EntryName,
    ) -> impl Future<Output = Result<Option<(Grant, Option<SealedEntry>)>, Error>> + Send;
}

/// Reads the sealed refresh token of a grant that is refreshed or revoked.
pub trait ReadSealedGrant: Send + Sync {
    /// The refresh token; `None` when there is none.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn read_sealed_refresh(
        &self,
        grant: &Grant,
    ) -> impl Future<Output = Result<Option<SealedEntry>, PortError>> + Send;
}

/// Asks for a refresh.
pub trait AskForRefresh: Send + Sync {
    /// Asks that the grant be refreshed soon. It can be asked any number of times.
    ///
    /// # Errors
    ///
    /// What the service reports.
    fn ask_for_refresh(
        &self,
        grant: &Grant,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Waits.
pub trait Pause: Send + Sync {
    /// Waits so long.
    fn pause(&self, time: Duration) -> impl Future<Output = ()> + Send;
}

/// Stores what came of a connection.
pub trait ConnectKey: Send + Sync {
    /// Writes the key's change and the grant as a whole. If it fails, nothing is written.
    ///
    /// # Errors
    ///
    /// [`CommitError::Stale`] when the key is not at the version that the change was made for, [`CommitError::Unmet`] when the app is
    /// not there any more.
    fn connect_key(
        &self,
        change: &Change,
        connected: &Connected,
    ) -> impl Future<Output = Result<(), CommitError>> + Send;
}

/// Lists grants that are due.
pub trait ListDueGrants: Send + Sync {
    /// Those of all accounts that were due before this time, the longest first. An index lists them, which lags behind their rows.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn list_due_grants(
        &self,
        now: Timestamp,
    ) -> impl Future<Output = Result<Vec<(AccountId, KeyId, EntryName)>, PortError>> + Send;
}

/// Refreshes grants, one attempt at a time.
pub trait RefreshGrant: Send + Sync {
    /// Writes down that an attempt begins, if the grant is at this generation and nobody else's attempt holds it.
    ///
    /// # Errors
    ///
    /// [`CommitError::Stale`] when it is not so.
    fn begin_attempt(
        &self,
        grant: &Grant,
        attempt: &Attempt,
    ) -> impl Future<Output = Result<(), CommitError>> + Send;

    /// Writes down what came of the attempt, with the new tokens where there are any.
    ///
    /// # Errors
    ///
    /// [`CommitError::Stale`] when the grant is not this attempt's any more.
    fn end_attempt(
        &self,
        grant: &Grant,
        attempt: &ConnectionId,
        access: Option<&SealedEntry>,
        refresh: Option<&SealedEntry>,
    ) -> impl Future<Output = Result<(), CommitError>> + Send;

    /// Sets the state of a grant that no attempt holds.
    ///
    /// # Errors
    ///
    /// [`CommitError::Stale`] when the grant is not what it was: at this generation, with this attempt.
    fn settle_grant(
        &self,
        grant: &Grant,
        was: Option<&Attempt>,
    ) -> impl Future<Output = Result<(), CommitError>> + Send;
}

/// Ends grants.
pub trait EndGrant: Send + Sync {
    /// Makes a grant one that is to be revoked. Nothing uses it from then on.
    ///
    /// # Errors
    ///
    /// What the tables report. A grant that changed meanwhile is left alone.
    fn begin_revoking(
        &self,
        grant: &Grant,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Destroys grants.
pub trait PurgeGrant: Send + Sync {
    /// Destroys what is left of a grant that was revoked or given up, and lets its app go.
    ///
    /// # Errors
    ///
    /// [`CommitError::Stale`] when another grant is in its place.
    fn purge_grant(&self, grant: &Grant) -> impl Future<Output = Result<(), CommitError>> + Send;
}
