//! A stored source or destination.

use super::{function_name::FunctionName, settings::Settings, trigger::Trigger};
use crate::{
    environment::Environment,
    ids::{AccountId, EndpointId, KeyId, OrganizationId},
    stamp::Stamp,
    system::SystemId,
    title::Title,
};

/// One end of a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Endpoint {
    /// Its identifier, which also says which end it is.
    pub id: EndpointId,
    /// Whose it is.
    pub account: AccountId,
    /// What people call it.
    pub title: Title,
    /// The system that it reads from or writes to.
    pub system: SystemId,
    /// The platform's function that does so. Keyward keeps its name and does not run it.
    pub function: FunctionName,
    /// What starts it.
    pub trigger: Trigger,
    /// Live or test. Its key is of the same.
    pub environment: Environment,
    /// The key that it uses. Only an inactive one may have none.
    pub key: Option<KeyId>,
    /// Whose entry of the key it uses, when that is organization-specific.
    pub organization: Option<OrganizationId>,
    /// Settings for the platform's function.
    pub settings: Settings,
    /// Whether it is in use.
    pub activity: Activity,
    /// Counts changes, from 1.
    pub version: u64,
    /// When and by whom it was made.
    pub created: Stamp,
    /// When and by whom it was last changed.
    pub updated: Stamp,
}

/// Whether an endpoint is in use. An inactive one does not keep its key from being deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    /// It is.
    Active,
    /// It is not.
    Inactive,
}

impl Activity {
    /// The word for a yes or no.
    #[must_use]
    pub const fn of(active: bool) -> Self {
        if active { Self::Active } else { Self::Inactive }
    }
}
