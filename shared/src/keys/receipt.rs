//! Receipts: the record that a key was used. One is written before any secret is opened: no receipt, no use.

use jiff::{SignedDuration, Timestamp};

use crate::{
    environment::Environment,
    ids::{AccountId, KeyId, OrganizationId, ReceiptId},
    keys::health::TrialResult,
    origin::Target,
};

/// How long receipts are kept.
pub const KEPT: SignedDuration = SignedDuration::from_hours(400 * 24);

/// The least time between two updates of a key's last use, so that its row is not written at each use.
pub const LAST_USE_STEP: SignedDuration = SignedDuration::from_mins(15);

/// Who used which key, when, for what request, and in which version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Its identifier, ordered by time.
    pub id: ReceiptId,
    /// The account that the key belongs to.
    pub account: AccountId,
    /// The key that was used.
    pub key: KeyId,
    /// The version of the key that was used.
    pub version: u64,
    /// The environment of the key.
    pub environment: Environment,
    /// Whose entry, when the key is organization-specific.
    pub organization: Option<OrganizationId>,
    /// The purpose of the use.
    pub deed: Deed,
    /// The outcome of a trial of the stored key. It is written after the receipt, so an interrupted trial has
    /// none.
    pub outcome: Option<TrialResult>,
    /// The time of the use.
    pub at: Timestamp,
    /// The id of the person or machine client that used it.
    pub by: String,
    /// The id of the request, which is in the logs too.
    pub request: Option<String>,
}

/// The purpose of a use, and the request where there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// The way in which the key was used.
    pub purpose: Purpose,
    /// The method of the request, where there is one.
    pub method: Option<String>,
    /// Where it goes: scheme, host, port and path, without the query; or the server that is logged in to.
    pub target: Option<String>,
}

impl Deed {
    /// A request that is signed or sent.
    #[must_use]
    pub fn request(purpose: Purpose, method: &http::Method, target: &Target) -> Self {
        Self {
            purpose,
            method: Some(method.to_string()),
            target: Some(format!("{}{}", target.origin(), target.path())),
        }
    }
}

/// The ways to use a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Signing a request that the caller sends.
    Sign,
    /// Sending a request.
    Send,
    /// Handing out its values.
    Resolve,
    /// Trying it against its system.
    Verify,
    /// Sending an event to a webhook.
    Deliver,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 5] = [Self::Sign, Self::Send, Self::Resolve, Self::Verify, Self::Deliver];

    /// The purpose's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sign => "sign",
            Self::Send => "send",
            Self::Resolve => "resolve",
            Self::Verify => "verify",
            Self::Deliver => "deliver",
        }
    }

    /// The purpose with this name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == name)
    }
}
