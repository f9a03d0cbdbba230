//! What the domain needs from outside. One trait for each capability: a function that is not handed one cannot
//! do what it stands for.

mod endpoints;
mod keys;
mod membership;
mod outbound;
mod repeating;
mod tidying;
mod using;
mod wrapping;

pub use endpoints::*;
pub use keys::*;
pub use membership::*;
pub use outbound::*;
pub use repeating::*;
pub use tidying::*;
pub use using::*;
pub use wrapping::*;

use crate::error::{Error, PortError};

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
