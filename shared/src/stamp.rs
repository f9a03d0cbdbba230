//! When something was done, and by whom.

use jiff::Timestamp;

/// When something was done, and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// The moment.
    pub at: Timestamp,
    /// The actor, as [`Actor`](crate::caller::Actor) displays it.
    pub by: String,
}
