//! What the domain needs from outside. One trait for each capability: a function that is not handed one cannot
//! do what it stands for.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;

use crate::{
    endpoints::{
        change::EndpointChange,
        endpoint::Endpoint,
        list::{EndpointFilter, EndpointRow, UsePage},
    },
    error::{Error, PortError},
    idempotency::{Outcome, Record, RecordName, RequestMac, Ticket},
    ids::{AccountId, ClientId, EndpointId, KeyId, MemberId, SealId},
    keys::{
        change::{Burial, Change},
        health::{Health, TrialResult},
        key::{Key, Stamp},
        list::{Cursor, Filter, Limit, Page, Row},
        receipt::Receipt,
        rewrap::{Replaced, VaultPosition, WrappedEntry, WrappedPage},
        seal::{SealedEntry, VaultPlace},
        tidy::{FoundSealed, KeptVersion, KeyRow},
        trail::{TrailCursor, TrailPage},
        version::VersionSummary,
    },
    membership::{
        AccountSettings, MachineClient, Member,
        accounts::{AccountChange, OperatedAccount},
        clients::{ClientChange, ClientRow},
        email::EmailAddress,
        members::{AccountMember, MemberChange, MemberRow},
        profile::Profile,
    },
    outbound::{
        AllowedOrigins, Incoming, Login, LoginError, ObtainError, OutboundError, Outgoing, SessionCall,
        TokenCall, Welcome,
    },
    sealing::{DataKey, EncryptionContext, EntryName, RewrapError, Rewrapped, WrappedDataKey},
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
    /// The same request was carried out by somebody else in the meantime.
    #[error("the same request was carried out before")]
    Repeated,
    /// The row is not at the version that the change was made for.
    #[error("the row is at version {current:?}")]
    Stale {
        /// The version that it is at; `None` when the key is gone.
        current: Option<u64>,
    },
    /// The row is at that version, but its uses are not what the change was made for.
    #[error("the uses of the key have changed")]
    UsesChanged,
    /// A key that would come into use is gone, or is not one that the endpoint may use.
    #[error("a key cannot be used")]
    KeyUnfit,
    /// The service did not do it.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// The answer to a change that came second.
impl From<CommitError> for Error {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Repeated => Self::InProgress,
            CommitError::Stale { current: Some(current) } => Self::StaleVersion { current },
            CommitError::Stale { current: None } => Self::NotFound,
            CommitError::UsesChanged | CommitError::KeyUnfit => Self::Unavailable(None),
            CommitError::Port(error) => error.into(),
        }
    }
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

/// Reads what stands in the place of a key's row.
pub trait ReadKeyRow: Send + Sync {
    /// The key, what its deletion left, or nothing.
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
    /// Writes all of the change, or nothing.
    ///
    /// # Errors
    ///
    /// [`CommitError::Stale`] when the id is taken, and [`CommitError::Repeated`].
    fn insert_key(&self, change: &Change) -> impl Future<Output = Result<(), CommitError>> + Send;
}

/// Stores a changed key.
pub trait UpdateKey: Send + Sync {
    /// Writes all of the change, or nothing.
    ///
    /// # Errors
    ///
    /// [`CommitError::Stale`] when the key is not at the version that the change was made for,
    /// [`CommitError::UsesChanged`] when its uses are not those that the change was made for, and
    /// [`CommitError::Repeated`].
    fn update_key(&self, change: &Change) -> impl Future<Output = Result<(), CommitError>> + Send;
}

/// Ends a key.
pub trait BuryKey: Send + Sync {
    /// Turns the row into a tombstone, or does nothing. What belonged to the key is purged when the table's stream tells
    /// of it.
    ///
    /// # Errors
    ///
    /// [`CommitError::Stale`] when the key is not at that version, [`CommitError::UsesChanged`] when it is in use.
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

/// Reads an endpoint's row.
pub trait ReadEndpoint: Send + Sync {
    /// The endpoint; `None` when there is none.
    ///
    /// # Errors
    ///
    /// [`Error::KeyUnreadable`], or what the table reports.
    fn read_endpoint(
        &self,
        account: &AccountId,
        endpoint: &EndpointId,
    ) -> impl Future<Output = Result<Option<Endpoint>, Error>> + Send;
}

/// Stores endpoints: makes, changes and deletes them, each together with the links and the counters of the keys that they
/// use.
pub trait ChangeEndpoint: Send + Sync {
    /// Writes all of the change, or nothing.
    ///
    /// # Errors
    ///
    /// [`CommitError::Stale`] when the endpoint is not at the version that the change was made for,
    /// [`CommitError::KeyUnfit`] when the key that it would use cannot be used, and [`CommitError::Repeated`].
    fn change_endpoint(
        &self,
        change: &EndpointChange,
    ) -> impl Future<Output = Result<(), CommitError>> + Send;
}

/// Lists endpoints.
pub trait ListEndpoints: Send + Sync {
    /// One page, by one query for each partition of the index.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn list_endpoints(
        &self,
        account: &AccountId,
        filter: &EndpointFilter,
        after: Option<&Cursor>,
        limit: Limit,
    ) -> impl Future<Output = Result<Page<EndpointRow>, PortError>> + Send;
}

/// Lists what uses a key.
pub trait ListKeyUses: Send + Sync {
    /// One page, as of now.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn list_key_uses(
        &self,
        account: &AccountId,
        key: &KeyId,
        after: Option<&Cursor>,
        limit: Limit,
    ) -> impl Future<Output = Result<UsePage, PortError>> + Send;
}

/// Reads the records of requests that may be sent again.
pub trait ReadRecord: Send + Sync {
    /// The record of this name.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn read_record(
        &self,
        account: &AccountId,
        name: &RecordName,
    ) -> impl Future<Output = Result<Option<Record>, PortError>> + Send;
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

    /// Says nothing of it any more, so that it can be repeated at once.
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

/// Reads earlier versions of a key.
pub trait ReadKeyVersion: Send + Sync {
    /// The key as it was at this version; `None` when that is not kept.
    ///
    /// # Errors
    ///
    /// [`Error::KeyUnreadable`], or what the table reports.
    fn read_key_version(
        &self,
        account: &AccountId,
        key: &KeyId,
        version: u64,
    ) -> impl Future<Output = Result<Option<Key>, Error>> + Send;
}

/// Lists what the vault holds of a key, without what is in it.
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

/// Lists what the kept versions of a key name.
pub trait ListKeptVersions: Send + Sync {
    /// Every kept version.
    ///
    /// # Errors
    ///
    /// [`Error::KeyUnreadable`] when one cannot be read, or what the table reports.
    fn list_kept_versions(
        &self,
        account: &AccountId,
        key: &KeyId,
    ) -> impl Future<Output = Result<Vec<KeptVersion>, Error>> + Send;
}

/// Destroys what is left over of a key. Each can be done twice.
pub trait PurgeKey: Send + Sync {
    /// Destroys a sealed entry, if it still is the one that was found.
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

/// Shows in a key's row when it was used.
pub trait ShowLastUse: Send + Sync {
    /// Shows it, unless the row is gone, or shows a use of no more than [`LAST_USE_STEP`](crate::keys::receipt::LAST_USE_STEP)
    /// before it.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn show_last_use(
        &self,
        account: &AccountId,
        key: &KeyId,
        at: Timestamp,
    ) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Reads who belongs to an account.
pub trait ReadMember: Send + Sync {
    /// The person; `None` when there is no such member, or its row cannot be read: nothing is granted by that.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn read_member(
        &self,
        account: &AccountId,
        member: &MemberId,
    ) -> impl Future<Output = Result<Option<Member>, PortError>> + Send;
}

/// Reads what machine clients are for.
pub trait ReadMachineClient: Send + Sync {
    /// The client; `None` when there is no such client, or its row cannot be read.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn read_machine_client(
        &self,
        client: &ClientId,
    ) -> impl Future<Output = Result<Option<MachineClient>, PortError>> + Send;
}

/// Reads the row of a machine client, with its version.
pub trait ReadClientRow: Send + Sync {
    /// The row; `None` when there is none.
    ///
    /// # Errors
    ///
    /// [`Error::KeyUnreadable`], or what the table reports.
    fn read_client_row(
        &self,
        client: &ClientId,
    ) -> impl Future<Output = Result<Option<ClientRow>, Error>> + Send;
}

/// Makes, changes and deletes rows of machine clients.
pub trait ChangeClient: Send + Sync {
    /// Writes the change, or nothing.
    ///
    /// # Errors
    ///
    /// [`CommitError::Stale`] when the row is not what the change was made for.
    fn change_client(&self, change: &ClientChange) -> impl Future<Output = Result<(), CommitError>> + Send;
}

/// Invites people to the sign-in.
pub trait InvitePerson: Send + Sync {
    /// Makes somebody known to the sign-in, as one of the account's for ever, and lets them know. Who is known as one of the account's
    /// already is not told again, so that this can be repeated.
    ///
    /// # Errors
    ///
    /// [`NotInvited`].
    fn invite_person(
        &self,
        account: &AccountId,
        email: &EmailAddress,
    ) -> impl Future<Output = Result<MemberId, NotInvited>> + Send;
}

/// Why somebody was not invited.
#[derive(Debug, thiserror::Error)]
pub enum NotInvited {
    /// Somebody has this address who is not of the account.
    #[error("the address is taken")]
    Taken,
    /// The sign-in did not do it.
    #[error(transparent)]
    Port(#[from] PortError),
}

impl From<NotInvited> for Error {
    fn from(error: NotInvited) -> Self {
        match error {
            NotInvited::Taken => Self::CannotBeInvited,
            NotInvited::Port(error) => error.into(),
        }
    }
}

/// Reads an account as the operator sees it.
pub trait ReadAccount: Send + Sync {
    /// The account; `None` when there is none.
    ///
    /// # Errors
    ///
    /// [`Error::KeyUnreadable`], or what the table reports.
    fn read_account(
        &self,
        account: &AccountId,
    ) -> impl Future<Output = Result<Option<OperatedAccount>, Error>> + Send;
}

/// Makes and changes accounts. What their owners have settled stays.
pub trait ChangeAccount: Send + Sync {
    /// Writes the change, or nothing.
    ///
    /// # Errors
    ///
    /// [`CommitError::Stale`] when the row is not what the change was made for.
    fn change_account(&self, change: &AccountChange) -> impl Future<Output = Result<(), CommitError>> + Send;
}

/// Makes first owners members.
pub trait AdmitFirstOwner: Send + Sync {
    /// Writes the member's row and the mark that it was written, or nothing.
    ///
    /// # Errors
    ///
    /// [`CommitError::Stale`] or [`CommitError::UsesChanged`] when the first owner is another one by now, or was admitted before.
    fn admit_first_owner(
        &self,
        account: &OperatedAccount,
        email: &EmailAddress,
        member: &MemberId,
        made: &Stamp,
    ) -> impl Future<Output = Result<(), CommitError>> + Send;
}

/// Reads an account as its people see it.
pub trait ReadProfile: Send + Sync {
    /// The account; `None` when there is none.
    ///
    /// # Errors
    ///
    /// [`Error::KeyUnreadable`], or what the table reports.
    fn read_profile(
        &self,
        account: &AccountId,
    ) -> impl Future<Output = Result<Option<Profile>, Error>> + Send;
}

/// Changes what owners settle for their account. What the operator settles stays.
pub trait ChangeProfile: Send + Sync {
    /// Writes it, or nothing.
    ///
    /// # Errors
    ///
    /// [`CommitError::Stale`] when the row is not at the version that the change was made for.
    fn change_profile(
        &self,
        before: u64,
        after: &Profile,
    ) -> impl Future<Output = Result<(), CommitError>> + Send;
}

/// Reads the row of a person, with its version.
pub trait ReadMemberRow: Send + Sync {
    /// The row; `None` when there is none.
    ///
    /// # Errors
    ///
    /// [`Error::KeyUnreadable`], or what the table reports.
    fn read_member_row(
        &self,
        account: &AccountId,
        member: &MemberId,
    ) -> impl Future<Output = Result<Option<AccountMember>, Error>> + Send;
}

/// Lists the people of an account.
pub trait ListMembers: Send + Sync {
    /// One page, by one query.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn list_members(
        &self,
        account: &AccountId,
        after: Option<&Cursor>,
        limit: Limit,
    ) -> impl Future<Output = Result<Page<MemberRow>, PortError>> + Send;
}

/// Makes people members.
pub trait AddMember: Send + Sync {
    /// Writes the row, if there is none.
    ///
    /// # Errors
    ///
    /// [`CommitError::Stale`] when there is one.
    fn add_member(&self, member: &AccountMember) -> impl Future<Output = Result<(), CommitError>> + Send;
}

/// Looks for somebody who runs an account.
pub trait FindOwner: Send + Sync {
    /// An active owner other than this one.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn find_other_owner(
        &self,
        account: &AccountId,
        member: &MemberId,
    ) -> impl Future<Output = Result<Option<MemberId>, PortError>> + Send;
}

/// Changes and removes members.
pub trait ChangeMember: Send + Sync {
    /// Writes the change, or nothing.
    ///
    /// # Errors
    ///
    /// [`CommitError::Stale`] when the member is not at the version that the change was made for, and [`CommitError::KeyUnfit`] when
    /// the owner who would be left is none any more.
    fn change_member(&self, change: &MemberChange) -> impl Future<Output = Result<(), CommitError>> + Send;
}

/// Takes people out of the sign-in.
pub trait RemovePerson: Send + Sync {
    /// Removes somebody of the account's. False when there is no such person.
    ///
    /// # Errors
    ///
    /// What the sign-in reports.
    fn remove_person(
        &self,
        account: &AccountId,
        member: &MemberId,
    ) -> impl Future<Output = Result<bool, PortError>> + Send;
}

/// Reads what is settled for an account.
pub trait ReadAccountSettings: Send + Sync {
    /// The settings; `None` when there is no such account, or its row cannot be read.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn read_account_settings(
        &self,
        account: &AccountId,
    ) -> impl Future<Output = Result<Option<AccountSettings>, PortError>> + Send;
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

/// Wraps data keys anew. Who has this can neither open nor seal.
pub trait ReWrapDataKey: Send + Sync {
    /// The data key as it is wrapped under the wrapping key as that is now, for the same context.
    ///
    /// # Errors
    ///
    /// [`RewrapError`].
    fn re_wrap_data_key(
        &self,
        context: &EncryptionContext,
        wrapped: &WrappedDataKey,
    ) -> impl Future<Output = Result<Rewrapped, RewrapError>> + Send;
}

/// Goes through the wrapped data keys of the whole vault, whoever they belong to.
pub trait ListWrapped: Send + Sync {
    /// At most so many items after a position, in the vault's own order.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn list_wrapped(
        &self,
        after: Option<&VaultPosition>,
        limit: u32,
    ) -> impl Future<Output = Result<WrappedPage, PortError>> + Send;
}

/// Puts wrapped data keys in the place of old ones.
pub trait ReplaceWrapped: Send + Sync {
    /// Replaces all of these, if all old ones are still there.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn replace_wrapped(
        &self,
        entry: &WrappedEntry,
        anew: &BTreeMap<SealId, WrappedDataKey>,
    ) -> impl Future<Output = Result<Replaced, PortError>> + Send;
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
