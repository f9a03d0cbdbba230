//! What uses a key. The key's refusal to go names it, and so does the list of a key's uses.

use jiff::Timestamp;

use crate::ids::{ConsumerId, OrganizationId};

/// One use of a key: a link to it from something that is active.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyUse {
    /// What uses it.
    pub consumer: ConsumerId,
    /// What people call that.
    pub title: String,
    /// Whose entry of the key.
    pub organization: Option<OrganizationId>,
    /// Since when.
    pub since: Timestamp,
}
