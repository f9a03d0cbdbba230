//! Receipts: the record that a key was used. One is written before any secret is opened: no receipt, no use.

use jiff::{SignedDuration, Timestamp};

use crate::{
    environment::Environment,
    ids::{AccountId, KeyId, OrganizationId, ReceiptId},
};

/// How long receipts are kept.
pub const KEPT: SignedDuration = SignedDuration::from_hours(400 * 24);

/// Who used which key, when, for what request, and in which version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Its identifier, ordered by time.
    pub id: ReceiptId,
    /// Whose key.
    pub account: AccountId,
    /// Which key.
    pub key: KeyId,
    /// Its version.
    pub version: u64,
    /// Live or test.
    pub environment: Environment,
    /// Whose entry, when the key is organization-specific.
    pub organization: Option<OrganizationId>,
    /// What the key was used for.
    pub purpose: Purpose,
    /// The request's method.
    pub method: String,
    /// Where it goes: scheme, host, port and path, without the query.
    pub target: String,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
}

/// What a key is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Signing a request that the caller sends.
    Sign,
}

impl Purpose {
    /// The purpose's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sign => "sign",
        }
    }
}
