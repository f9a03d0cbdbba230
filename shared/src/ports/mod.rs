//! The capabilities that the domain needs from outside. Each is one trait: a function that is not given the
//! trait does not have the capability.

mod connect;
mod endpoints;
mod events;
mod keys;
mod membership;
mod outbound;
mod repeating;
mod row_macs;
mod tidying;
mod using;
mod webhooks;
mod wrapping;

pub use connect::*;
pub use endpoints::*;
pub use events::*;
pub use keys::*;
pub use membership::*;
pub use outbound::*;
pub use repeating::*;
pub use row_macs::*;
pub use tidying::*;
pub use using::*;
pub use webhooks::*;
pub use wrapping::*;

use std::fmt;

use crate::{
    access::AccessError,
    error::{Error, PortError},
};

/// A condition of a change beside the version of its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// The row itself, in what its version does not count: the uses of a key, the first owner of an account.
    Row,
    /// The key that an endpoint or a webhook would use: it exists, and may be used by it.
    Key,
    /// Room for a webhook: no other one came since the room was looked for.
    Room,
    /// The owner who would be left in the account: they are still an active owner.
    Owner,
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Row => "the row",
            Self::Key => "the key to use",
            Self::Room => "the room for a webhook",
            Self::Owner => "the owner who is left",
        })
    }
}

/// The reason why a transaction was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// The caller lost the right to it after the request came.
    #[error("the caller may not do this any more: {0}")]
    Lost(AccessError),
    /// The same request was carried out in the meantime.
    #[error("the same request was carried out before")]
    Repeated,
    /// The row is not at the version that the change was made for.
    #[error("the row is at version {current:?}")]
    Stale {
        /// The version that it is at; `None` when the key is gone.
        current: Option<u64>,
    },
    /// The row is at that version, but something that the change needs is not so any more.
    #[error("{0} is not as the change needs it")]
    Unmet(Need),
    /// The service did not do it.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// The answer to a change that came second.
impl From<CommitError> for Error {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Lost(why) => why.into(),
            CommitError::Repeated => Self::InProgress,
            CommitError::Stale { current: Some(current) } => Self::StaleVersion { current },
            CommitError::Stale { current: None } => Self::NotFound,
            CommitError::Unmet(_) => Self::Unavailable(None),
            CommitError::Port(error) => error.into(),
        }
    }
}
