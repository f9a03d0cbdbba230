//! The members of an account and their roles, its machine clients, and the settings that an operator has made
//! for it. The claims of a token follow from these.

pub mod accounts;
pub mod client_secret;
pub mod clients;
pub mod email;
mod grants;
pub mod issuing;
pub mod members;
pub mod profile;
pub mod rows;

use jiff::Timestamp;

use self::client_secret::KeptSecret;
pub use self::grants::Grants;
pub(crate) use self::grants::{of_client, of_person};
use crate::{
    complaints::{Complained, Complaints},
    environment::Environment,
    ids::AccountId,
    permission::{Permission, Role},
};

/// Whether a person, a machine client or an account is active. Only then do permissions count.
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

    /// The state with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.as_str() == name)
    }

    /// The state that the member `state` of a request asks for, or a complaint.
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
    /// The person's role in that account.
    pub role: Role,
    /// Whether the person may sign in to it.
    pub standing: Standing,
    /// Whether the person was invited, so that their first sign-in is noted. A row that was put by hand says nothing of that.
    pub invited: bool,
    /// When every sign-in of theirs was ended, if that was ever done: what was signed in until then counts no more.
    pub signed_out: Option<Timestamp>,
}

impl Member {
    /// Somebody of whom nothing else is known.
    #[must_use]
    pub const fn new(role: Role, standing: Standing) -> Self {
        Self { role, standing, invited: false, signed_out: None }
    }
}

/// A program with credentials of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineClient {
    /// The purpose of the client.
    pub remit: Remit,
    /// Whether it may do that.
    pub standing: Standing,
    /// What is kept of its secrets.
    pub secrets: Vec<KeptSecret>,
}

/// The purpose of a machine client.
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
        /// Its permissions in that account.
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
    /// The variant for a yes or no.
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

/// The settings of an account by the operator and, within their limits, by an owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountSettings {
    /// Whether people of it manage keys by themselves.
    pub self_service_keys: SelfServiceKeys,
    /// The least role that has to do with keys at all. Machine clients are not concerned.
    pub keys_minimum_role: Role,
    /// Whether anybody may act for it.
    pub standing: Standing,
}
