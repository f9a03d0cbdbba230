//! Why somebody may not do what they ask for.

use crate::{environment::Environment, permission::Permission};

/// Why a token does not let its bearer do this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    /// An ID token, or something else that is not for calling an API.
    #[error("this is not an access token")]
    NotAnAccessToken,
    /// The token lacks the permission.
    #[error("the token lacks the permission {}", .0.as_str())]
    NotPermitted(Permission),
    /// The bearer belongs to no account.
    #[error("the token names no account")]
    NoAccount,
    /// A token with the operator's permission that belongs to an account.
    #[error("the operator belongs to no account, and this token names one")]
    BelongsToAnAccount,
    /// A machine client without an environment.
    #[error("the token names no environment")]
    NoEnvironment,
    /// The token was made for a client that this API does not serve.
    #[error("the token was issued to another client")]
    UnknownClient,
    /// The caller was removed after the token was made: the token counts no more.
    #[error("the caller was removed")]
    Removed,
    /// The sign-in that the token comes from was ended everywhere: the token counts no more.
    #[error("the sign-in was ended")]
    SignedOut,
    /// The account does not manage keys itself: to its people, keys do not exist.
    #[error("self-service keys are off for this account")]
    SelfServiceOff,
}

/// A key of one environment was asked for in the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key is {key}, but {asked} was asked for")]
pub struct WrongEnvironment {
    /// The environment that the caller belongs to or named.
    pub asked: Environment,
    /// The key's own.
    pub key: Environment,
}
