//! The error type of the application, in the caller's terms. It is independent of HTTP; `functions` maps
//! it to answers.

use std::fmt;

use crate::{
    access::{AccessError, WrongEnvironment},
    ids::{EndpointId, ReceiptId, WebhookId},
    key_use::KeyUse,
    outbound::OutboundError,
    permission::Permission,
};

/// A member of the request that must be corrected.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct InvalidField {
    /// Where it is: a path of member names such as `entries.default.fields.secret_key`.
    pub field: String,
    /// The fault and how to correct it. It never contains the value.
    pub reason: String,
}

impl InvalidField {
    /// A complaint about one member.
    #[must_use]
    pub fn new(field: impl Into<String>, reason: impl ToString) -> Self {
        Self { field: field.into(), reason: reason.to_string() }
    }
}

/// What uses a key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InUse {
    /// How many uses there are.
    pub count: u64,
    /// The first of them: a page at most.
    pub uses: Vec<KeyUse>,
}

/// The kinds of stored rows other than keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoredRow {
    /// A kept version of a key.
    Version,
    /// A source or destination.
    Endpoint(EndpointId),
    /// A webhook.
    Webhook(WebhookId),
    /// An account.
    Account,
    /// A member of an account.
    Member,
    /// A machine client.
    MachineClient,
    /// The record of a request that has an idempotency key.
    Record,
    /// An app.
    App,
    /// A grant.
    Grant,
}

impl fmt::Display for StoredRow {
    /// The noun that callers know it by.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version => f.write_str("version of the key"),
            Self::Endpoint(id) => write!(f, "{} {id}", id.kind().as_str()),
            Self::Webhook(id) => write!(f, "webhook {id}"),
            Self::Account => f.write_str("account"),
            Self::Member => f.write_str("member"),
            Self::MachineClient => f.write_str("machine client"),
            Self::Record => f.write_str("record of this Idempotency-Key"),
            Self::App => f.write_str("app"),
            Self::Grant => f.write_str("grant"),
        }
    }
}

/// The reason why the application did not carry out a request. Nothing was changed, except that after
/// [`Error::Unavailable`] this is not known.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The token does not let its bearer do this.
    #[error("not permitted: {0}")]
    NotPermitted(#[from] AccessError),
    /// The person signed in too long ago for this.
    #[error("a fresh sign-in is needed")]
    FreshSignInNeeded,
    /// Signing with this strategy would show the secret, and the caller may not see it.
    #[error("signing would reveal the secret, which needs {}", .0.as_str())]
    RevealsSecret(Permission),
    /// There is no such thing, or it belongs to another account: the two are not told apart.
    #[error("not found")]
    NotFound,
    /// Members of the request are not acceptable.
    #[error("{} invalid members", .0.len())]
    InvalidFields(Vec<InvalidField>),
    /// Where these secrets may go would change, so they must be given again.
    #[error("{} secrets needed again", .0.len())]
    SecretsNeeded(Vec<InvalidField>),
    /// The caller has seen an older version.
    #[error("the version is stale: it is {current} now")]
    StaleVersion {
        /// The version that is current.
        current: u64,
    },
    /// A change must name the version that it is meant for.
    #[error("the version to change is needed")]
    VersionNeeded,
    /// A kept value was named by a hash that is not its hash any more.
    #[error("{} stale hashes", .0.len())]
    StaleHash(Vec<InvalidField>),
    /// The key belongs to the other environment.
    #[error(transparent)]
    WrongEnvironment(#[from] WrongEnvironment),
    /// A machine client belongs to another account or environment, and never changes over.
    #[error("the machine client belongs to another account or environment")]
    ClientElsewhere,
    /// The address cannot be invited. Whose it is, is not said.
    #[error("the address cannot be invited")]
    CannotBeInvited,
    /// The person has signed in already, so that there is nothing to invite them to.
    #[error("the person has signed in already")]
    HasSignedIn,
    /// The account would have no active owner left.
    #[error("the last active owner")]
    LastOwner,
    /// The key has no entry for the use.
    #[error("no entry: {0}")]
    NoEntry(&'static str),
    /// An active source, destination or webhook uses the key.
    #[error("the key is in use {} times", .0.count)]
    KeyInUse(InUse),
    /// Grants came of the app that have not ended.
    #[error("the app is in use by {grants} grants")]
    AppInUse {
        /// How many.
        grants: u64,
    },
    /// The key cannot be connected. The sentence says why.
    #[error("cannot connect: {0}")]
    CannotConnect(String),
    /// A person has to connect the key. The sentence says why.
    #[error("the key needs to be connected: {0}")]
    NeedsReconnect(&'static str),
    /// The key's access token is being refreshed.
    #[error("the access token is being refreshed")]
    Refreshing,
    /// The key is restricted to some requests, so its values are not handed out.
    #[error("the key is restricted to some requests")]
    KeyRestricted,
    /// The key's expiry has passed.
    #[error("the key has expired")]
    KeyExpired,
    /// The key is disabled.
    #[error("the key is disabled")]
    KeyDisabled,
    /// The stored row of the key cannot be read.
    #[error("the stored key cannot be read")]
    KeyUnreadable,
    /// The stored row of something else cannot be read.
    #[error("the stored {0} cannot be read")]
    RowUnreadable(StoredRow),
    /// A sealed value does not open: the row does not match the binding of the seal, or the row has the hash
    /// of another value.
    #[error("a sealed value does not open")]
    DoesNotOpen,
    /// This key's system has no request to sign, or the request cannot be signed as asked.
    #[error("cannot sign: {0}")]
    CannotSign(String),
    /// The system gives no token or session for this key, so nothing was sent. The sentence gives the reason
    /// as far as it is known.
    #[error("the system does not accept the key: {0}")]
    KeyRefused(String),
    /// The idempotency key named another request before.
    #[error("the idempotency key was used for another request")]
    IdempotencyKeyReused,
    /// The same request is being carried out.
    #[error("the same request is being carried out")]
    InProgress,
    /// The same request was sent before. It may have reached the system, so it is not sent again.
    #[error("the same request was sent before")]
    SentBefore(ReceiptId),
    /// The account published as many events as it may in a minute.
    #[error("too many events")]
    TooManyEvents {
        /// When it can go on.
        wait_seconds: u64,
    },
    /// The system was not reached, or a connection to it is not allowed.
    #[error(transparent)]
    Outbound(#[from] OutboundError),
    /// Somebody else's change came in between, or a service did not answer: it may be tried again.
    #[error("unavailable")]
    Unavailable(#[source] Option<PortError>),
    /// A fault of ours. Repeating the request will not help.
    #[error("internal fault")]
    Internal(#[source] PortError),
}

impl Error {
    /// One invalid member.
    #[must_use]
    pub fn invalid(field: impl Into<String>, reason: impl ToString) -> Self {
        Self::InvalidFields(vec![InvalidField::new(field, reason)])
    }

    /// Whether the same request may succeed if it is sent again unchanged.
    #[must_use]
    pub const fn retryable(&self) -> bool {
        match self {
            Self::Unavailable(_) | Self::Refreshing | Self::TooManyEvents { .. } => true,
            Self::NotPermitted(_)
            | Self::FreshSignInNeeded
            | Self::RevealsSecret(_)
            | Self::NotFound
            | Self::InvalidFields(_)
            | Self::SecretsNeeded(_)
            | Self::StaleVersion { .. }
            | Self::VersionNeeded
            | Self::StaleHash(_)
            | Self::WrongEnvironment(_)
            | Self::ClientElsewhere
            | Self::CannotBeInvited
            | Self::HasSignedIn
            | Self::LastOwner
            | Self::NoEntry(_)
            | Self::KeyInUse(_)
            | Self::AppInUse { .. }
            | Self::CannotConnect(_)
            | Self::NeedsReconnect(_)
            | Self::KeyRestricted
            | Self::KeyExpired
            | Self::KeyDisabled
            | Self::KeyUnreadable
            | Self::RowUnreadable(_)
            | Self::DoesNotOpen
            | Self::CannotSign(_)
            | Self::KeyRefused(_)
            | Self::IdempotencyKeyReused
            | Self::InProgress
            | Self::SentBefore(_)
            | Self::Outbound(_)
            | Self::Internal(_) => false,
        }
    }
}

/// The errors of ports.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// Throttled, timed out, or failing for the moment.
    #[error("{service} is unavailable")]
    Unavailable {
        /// Which service.
        service: &'static str,
        /// What its client said, for the log.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Refused in a way that a retry does not cure: a missing permission, a malformed request.
    #[error("{service} refused")]
    Refused {
        /// Which service.
        service: &'static str,
        /// What its client said, for the log.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The service was not called, since the call could not be put together. A fault of ours.
    #[error("a call of {service} could not be made")]
    NotCalled {
        /// Which service.
        service: &'static str,
        /// The fault of the call, for the log.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The service answered something else than its documents say.
    #[error("the answer of {service} cannot be used")]
    UnusableAnswer {
        /// Which service.
        service: &'static str,
        /// The fault of the answer, for the log.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl From<PortError> for Error {
    fn from(error: PortError) -> Self {
        match error {
            PortError::Unavailable { .. } => Self::Unavailable(Some(error)),
            PortError::Refused { .. } | PortError::NotCalled { .. } | PortError::UnusableAnswer { .. } => {
                Self::Internal(error)
            }
        }
    }
}
