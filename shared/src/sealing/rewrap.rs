//! The outcome of re-wrapping a data key.

use super::WrappedDataKey;
use crate::error::PortError;

/// A data key as it is to be stored from here on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rewrapped {
    /// As before: it is wrapped under the present material of the present wrapping key already.
    Current,
    /// Like this.
    Anew(WrappedDataKey),
}

/// A data key was not re-wrapped.
#[derive(Debug, thiserror::Error)]
pub enum RewrapError {
    /// It was not wrapped for this context, or by none of our wrapping keys.
    #[error("the data key does not unwrap")]
    DoesNotUnwrap,
    /// The service did not do it.
    #[error(transparent)]
    Port(#[from] PortError),
}
