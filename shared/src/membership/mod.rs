//! Who belongs to an account, and as what: its people, its machine clients, and what an operator has settled for it. From
//! that follows what a token says of its bearer.

pub mod accounts;
pub mod clients;
pub mod email;
mod grants;
pub mod members;
pub mod profile;

pub use self::grants::{Grants, Subject, grants_for};
use crate::{
    complaints::{Complained, Complaints},
    environment::Environment,
    ids::AccountId,
    permission::{Permission, Role},
};

/// Whether somebody may do what they could do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// They may.
    Active,
    /// For the time being they may not.
    Suspended,
}

impl Standing {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Active, Self::Suspended];

    /// The word used in JSON and in storage.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.as_str() == name)
    }

    /// The one that is asked for as `state`, or a complaint.
    fn asked(name: &str, complaints: &mut Complaints) -> Result<Self, Complained> {
        complaints.take("state", Self::from_name(name).ok_or("must be `active` or `suspended`"))
    }
}

/// The role that is asked for in a field, or a complaint.
fn asked_role(field: &str, name: &str, complaints: &mut Complaints) -> Result<Role, Complained> {
    complaints.take(field, Role::from_name(name).ok_or("must be `viewer`, `editor` or `owner`"))
}

/// A person of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// What the person is there.
    pub role: Role,
    /// Whether the person may sign in to it.
    pub standing: Standing,
}

/// A program with credentials of its own. Only an operator makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineClient {
    /// What it is for.
    pub remit: Remit,
    /// Whether it may do that.
    pub standing: Standing,
}

/// What a machine client is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remit {
    /// It sets up accounts and machine clients, and belongs to no account.
    Operator,
    /// It acts for an account, in one environment.
    Account {
        /// The account.
        account: AccountId,
        /// The environment.
        environment: Environment,
        /// What it may do there.
        permissions: Vec<Permission>,
    },
}

/// Whether an operator has turned key management on for the people of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SelfServiceKeys {
    /// People manage keys by themselves.
    On,
    /// The area does not exist for people.
    Off,
}

impl SelfServiceKeys {
    /// The one for a yes or no.
    #[must_use]
    pub const fn of(on: bool) -> Self {
        if on { Self::On } else { Self::Off }
    }

    /// The claim's value.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::On => "true",
            Self::Off => "false",
        }
    }
}

/// What an operator, and within that an owner, has settled for an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountSettings {
    /// Whether people of it manage keys by themselves.
    pub self_service_keys: SelfServiceKeys,
    /// The least role that has to do with keys at all. Machine clients are not concerned.
    pub keys_minimum_role: Role,
    /// Whether anybody may act for it.
    pub standing: Standing,
}
