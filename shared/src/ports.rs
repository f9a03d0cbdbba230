//! What the domain needs from outside. One trait for each capability: a function that is not handed one cannot
//! do what it stands for.

use std::sync::Arc;

use jiff::Timestamp;

use crate::{
    error::{Error, PortError},
    ids::{AccountId, KeyId},
    keys::{
        change::{Burial, Change},
        health::Health,
        key::Key,
        list::{Cursor, Filter, Limit, Page, Row},
        receipt::Receipt,
        seal::SealedEntry,
        trail::{TrailCursor, TrailPage},
        version::VersionSummary,
    },
    outbound::{
        AllowedOrigins, Incoming, Login, LoginError, ObtainError, OutboundError, Outgoing, SessionCall,
        TokenCall, Welcome,
    },
    sealing::{DataKey, EncryptionContext, EntryName, WrappedDataKey},
    signing::oauth2::AccessToken,
    soap,
};

/// The time.
pub trait Clock: Send + Sync {
    /// This moment.
    fn now(&self) -> Timestamp;
}

/// Unpredictable bytes.
///
/// # Security
///
/// Every implementation outside tests must be a cryptographically secure generator: message ids, nonces and
/// identifiers come from here.
pub trait Random: Send + Sync {
    /// Fills the whole of `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

impl<T: Clock> Clock for &T {
    fn now(&self) -> Timestamp {
        (**self).now()
    }
}

impl<T: Random> Random for &T {
    fn fill(&self, bytes: &mut [u8]) {
        (**self).fill(bytes);
    }
}

/// What a transaction reports when it was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// The row is not at the version that the change was made for.
    #[error("the row is at version {current:?}")]
    Stale {
        /// The version that it is at; `None` when the key is gone.
        current: Option<u64>,
    },
    /// The row is at that version, but the number of its active uses is not what the change was made for.
    #[error("the key has {uses} active uses")]
    UsesChanged {
        /// How many there are.
        uses: u64,
    },
    /// The service did not do it.
    #[error(transparent)]
    Port(#[from] PortError),
}

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

/// Reads the current sealed entries of a key, without opening them.
pub trait ReadSealedEntries: Send + Sync {
    /// The entries that exist, in any order.
    ///
    /// # Errors
    ///
    /// [`Error::KeyUnreadable`], or what the table reports.
    fn read_sealed_entries(
        &self,
        account: &AccountId,
        key: &KeyId,
        names: &[EntryName],
    ) -> impl Future<Output = Result<Vec<SealedEntry>, Error>> + Send;
}

/// Stores a new key.
pub trait InsertKey: Send + Sync {
    /// Writes all of the change, or nothing.
    ///
    /// # Errors
    ///
    /// [`CommitError::Stale`] when the id is taken.
    fn insert_key(&self, change: &Change) -> impl Future<Output = Result<(), CommitError>> + Send;
}

/// Stores a changed key.
pub trait ReplaceKey: Send + Sync {
    /// Writes all of the change, or nothing.
    ///
    /// # Errors
    ///
    /// [`CommitError::Stale`] when the key is not at the version that the change was made for.
    fn replace_key(&self, change: &Change) -> impl Future<Output = Result<(), CommitError>> + Send;
}

/// Ends a key.
pub trait BuryKey: Send + Sync {
    /// Turns the row into a tombstone and destroys the sealed values, or does nothing. Older values than fit into the
    /// same transaction are destroyed after it.
    ///
    /// # Errors
    ///
    /// [`CommitError::Stale`] when the key is not at that version, or has come into use.
    fn bury_key(&self, burial: &Burial) -> impl Future<Output = Result<(), CommitError>> + Send;
}

/// What a use reads.
pub struct ForUse {
    /// The key's row.
    pub key: Key,
    /// The current sealed entries that were asked for, as far as they exist.
    pub sealed: Vec<SealedEntry>,
    /// What the account may reach inside its customers' networks.
    pub allowed: AllowedOrigins,
}

/// Reads what a use needs in one round trip.
pub trait ReadForUse: Send + Sync {
    /// The key's row, the current sealed entries of these names and the account's settings, read together.
    ///
    /// # Errors
    ///
    /// [`Error::KeyUnreadable`], or what the tables report.
    fn read_for_use(
        &self,
        account: &AccountId,
        key: &KeyId,
        names: &[EntryName],
    ) -> impl Future<Output = Result<Option<ForUse>, Error>> + Send;
}

/// Reads what an account's functions may do outside.
pub trait ReadAllowedOrigins: Send + Sync {
    /// What the account may reach inside its customers' networks.
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
    /// The health of each entry that was ever tried.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn read_health(
        &self,
        account: &AccountId,
        key: &KeyId,
    ) -> impl Future<Output = Result<Vec<Health>, PortError>> + Send;
}

/// Lists what happened to a key: changes and uses.
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

/// Lists the versions of a key.
pub trait ListKeyVersions: Send + Sync {
    /// The kept versions, newest first.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn list_key_versions(
        &self,
        account: &AccountId,
        key: &KeyId,
    ) -> impl Future<Output = Result<Vec<VersionSummary>, Error>> + Send;
}

/// Makes data keys. Who has this can seal and not open.
pub trait WrapDataKey: Send + Sync {
    /// A new data key, in the clear and wrapped, bound to the context.
    ///
    /// # Errors
    ///
    /// What the wrapping service reports.
    fn generate_data_key(
        &self,
        context: &EncryptionContext,
    ) -> impl Future<Output = Result<(DataKey, WrappedDataKey), PortError>> + Send;
}

/// Unwraps data keys. Who has this can open and not seal.
pub trait UnwrapDataKey: Send + Sync {
    /// The data key in the clear.
    ///
    /// # Errors
    ///
    /// [`Error::DoesNotOpen`] when it was not wrapped for this context; else what the wrapping service reports.
    fn unwrap_data_key(
        &self,
        context: &EncryptionContext,
        wrapped: &WrappedDataKey,
    ) -> impl Future<Output = Result<Arc<DataKey>, Error>> + Send;
}

/// Sends requests to customers' systems.
pub trait Exchange: Send + Sync {
    /// Sends one request over a connection of its own and reads the answer. Redirects are not followed.
    ///
    /// # Errors
    ///
    /// [`OutboundError`], which names the host alone.
    fn exchange(
        &self,
        request: Outgoing<'_>,
        allowed: &AllowedOrigins,
    ) -> impl Future<Output = Result<Incoming, OutboundError>> + Send;
}

/// Logs in to customers' servers that speak no HTTP.
pub trait LogIn: Send + Sync {
    /// Logs in, looks at the directory where there is one, and leaves.
    ///
    /// # Errors
    ///
    /// [`LoginError`], which has no word of what the server said.
    fn log_in(
        &self,
        login: &Login<'_>,
        allowed: &AllowedOrigins,
    ) -> impl Future<Output = Result<Welcome, LoginError>> + Send;
}

/// Obtains OAuth 2.0 tokens.
pub trait ObtainToken: Send + Sync {
    /// A token: a kept one, where that will do. Concurrent calls for the same make one request.
    ///
    /// # Errors
    ///
    /// [`ObtainError`], which has no word of what the server said.
    fn obtain_token(
        &self,
        call: TokenCall<'_>,
    ) -> impl Future<Output = Result<Arc<AccessToken>, ObtainError>> + Send;
}

/// Opens SOAP sessions.
pub trait OpenSession: Send + Sync {
    /// A session: a kept one, where that will do. Concurrent calls for the same make one login.
    ///
    /// # Errors
    ///
    /// [`ObtainError`], which has no word of what the server said.
    fn open_session(
        &self,
        call: SessionCall<'_>,
    ) -> impl Future<Output = Result<Arc<soap::Session>, ObtainError>> + Send;
}

/// What has to be had to authenticate requests of every strategy.
pub trait Authorize: ObtainToken + OpenSession {}

impl<T: ObtainToken + OpenSession> Authorize for T {}
