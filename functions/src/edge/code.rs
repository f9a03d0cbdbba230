//! The codes of problems: everything that the API can refuse a request with. `docs/api.md` lists the same codes for
//! callers, and a test compares the two.

use keyward_shared::{caller::AccessError, error::Error, outbound::OutboundError};

/// The statuses that a problem can have. None of them means success.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// 400.
    BadRequest,
    /// 401.
    Unauthorized,
    /// 403.
    Forbidden,
    /// 404.
    NotFound,
    /// 409.
    Conflict,
    /// 412.
    PreconditionFailed,
    /// 413.
    ContentTooLarge,
    /// 422.
    UnprocessableContent,
    /// 428 (RFC 6585 §3).
    PreconditionRequired,
    /// 429 (RFC 6585 §4).
    TooManyRequests,
    /// 500.
    InternalServerError,
    /// 502.
    BadGateway,
    /// 503.
    ServiceUnavailable,
    /// 504.
    GatewayTimeout,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 14] = [
        Self::BadRequest,
        Self::Unauthorized,
        Self::Forbidden,
        Self::NotFound,
        Self::Conflict,
        Self::PreconditionFailed,
        Self::ContentTooLarge,
        Self::UnprocessableContent,
        Self::PreconditionRequired,
        Self::TooManyRequests,
        Self::InternalServerError,
        Self::BadGateway,
        Self::ServiceUnavailable,
        Self::GatewayTimeout,
    ];

    /// The status as HTTP sends it.
    #[must_use]
    pub const fn as_u16(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::PreconditionFailed => 412,
            Self::ContentTooLarge => 413,
            Self::UnprocessableContent => 422,
            Self::PreconditionRequired => 428,
            Self::TooManyRequests => 429,
            Self::InternalServerError => 500,
            Self::BadGateway => 502,
            Self::ServiceUnavailable => 503,
            Self::GatewayTimeout => 504,
        }
    }
}

macro_rules! codes {
    ($($variant:ident = $name:literal, $status:ident, $title:literal;)*) => {
        /// What kind of problem it is. A code never changes its meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = $title] $variant,)*
        }

        impl Code {
            /// Every code, by status.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The last part of the problem's type.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The status of the answer.
            #[must_use]
            pub const fn status(self) -> Status {
                match self { $(Self::$variant => Status::$status,)* }
            }

            /// The kind in words.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }
        }
    };
}

codes! {
    MalformedRequest = "malformed-request", BadRequest, "The request cannot be read";
    NotSignedIn = "not-signed-in", Unauthorized, "An access token is required";
    FreshSignInNeeded = "fresh-sign-in-needed", Unauthorized, "A fresh sign-in is required";
    Forbidden = "forbidden", Forbidden, "Not permitted";
    RevealsSecret = "reveals-secret", Forbidden, "Signing would show the secret";
    NotFound = "not-found", NotFound, "Not found";
    WrongEnvironment = "wrong-environment", Conflict, "The key belongs to the other environment";
    ClientElsewhere = "client-elsewhere", Conflict, "The client belongs to another account or environment";
    CannotBeInvited = "cannot-be-invited", Conflict, "This address cannot be invited";
    HasSignedIn = "has-signed-in", Conflict, "The person has signed in already";
    LastOwner = "last-owner", Conflict, "The account must keep an owner";
    NoEntry = "no-entry", Conflict, "The key has no such entry";
    KeyInUse = "key-in-use", Conflict, "The key is in use";
    AppInUse = "app-in-use", Conflict, "The app is in use";
    CannotConnect = "cannot-connect", Conflict, "The key cannot be connected";
    NeedsReconnect = "needs-reconnect", Conflict, "A person has to connect the key";
    KeyRestricted = "key-restricted", Conflict, "The key is restricted to some requests";
    KeyExpired = "key-expired", Conflict, "The key has expired";
    KeyDisabled = "key-disabled", Conflict, "The key is disabled";
    KeyUnreadable = "key-unreadable", Conflict, "The stored key cannot be read";
    RowUnreadable = "row-unreadable", Conflict, "A stored row cannot be read";
    DoesNotOpen = "does-not-open", Conflict, "A stored secret does not open";
    KeyRefused = "key-refused", Conflict, "The system does not accept the key";
    RequestInProgress = "request-in-progress", Conflict, "The same request is still in progress";
    SentBefore = "sent-before", Conflict, "The same request was sent before";
    StaleVersion = "stale-version", PreconditionFailed, "It has been changed in the meantime";
    StaleHash = "stale-hash", PreconditionFailed, "A value to keep has changed";
    TooLarge = "too-large", ContentTooLarge, "The body is too large";
    InvalidFields = "invalid-fields", UnprocessableContent, "Some fields are not valid";
    IdempotencyKeyReused =
        "idempotency-key-reused", UnprocessableContent, "The idempotency key was used for another request";
    SecretsNeeded = "secrets-needed", UnprocessableContent, "The secrets must be given again";
    CannotSign = "cannot-sign", UnprocessableContent, "This request cannot be signed";
    ConnectionForbidden = "connection-forbidden", UnprocessableContent, "A connection to this address is not allowed";
    VersionNeeded = "version-needed", PreconditionRequired, "The version to change is missing";
    TooManyEvents = "too-many-events", TooManyRequests, "Too many events";
    Unreachable = "unreachable", BadGateway, "The system cannot be reached";
    Refreshing = "refreshing", ServiceUnavailable, "The access token is being refreshed";
    Unavailable = "unavailable", ServiceUnavailable, "Temporarily unavailable";
    NoAnswerInTime = "no-answer-in-time", GatewayTimeout, "The system did not answer in time";
    Internal = "internal", InternalServerError, "An internal error";
}

impl Code {
    /// The code of an application error.
    #[must_use]
    pub const fn of(error: &Error) -> Self {
        match error {
            Error::NotPermitted(AccessError::SelfServiceOff) | Error::NotFound => Self::NotFound,
            // The token is worth nothing any more, so that whoever has it goes to sign in, as after its time.
            Error::NotPermitted(AccessError::Removed | AccessError::SignedOut) => Self::NotSignedIn,
            Error::NotPermitted(_) => Self::Forbidden,
            Error::FreshSignInNeeded => Self::FreshSignInNeeded,
            Error::RevealsSecret(_) => Self::RevealsSecret,
            Error::InvalidFields(_) => Self::InvalidFields,
            Error::SecretsNeeded(_) => Self::SecretsNeeded,
            Error::StaleVersion { .. } => Self::StaleVersion,
            Error::VersionNeeded => Self::VersionNeeded,
            Error::StaleHash(_) => Self::StaleHash,
            Error::WrongEnvironment(_) => Self::WrongEnvironment,
            Error::ClientElsewhere => Self::ClientElsewhere,
            Error::CannotBeInvited => Self::CannotBeInvited,
            Error::HasSignedIn => Self::HasSignedIn,
            Error::LastOwner => Self::LastOwner,
            Error::NoEntry(_) => Self::NoEntry,
            Error::KeyInUse(_) => Self::KeyInUse,
            Error::AppInUse { .. } => Self::AppInUse,
            Error::CannotConnect(_) => Self::CannotConnect,
            Error::NeedsReconnect(_) => Self::NeedsReconnect,
            Error::Refreshing => Self::Refreshing,
            Error::KeyRestricted => Self::KeyRestricted,
            Error::KeyExpired => Self::KeyExpired,
            Error::KeyDisabled => Self::KeyDisabled,
            Error::KeyUnreadable => Self::KeyUnreadable,
            Error::RowUnreadable(_) => Self::RowUnreadable,
            Error::DoesNotOpen => Self::DoesNotOpen,
            Error::CannotSign(_) => Self::CannotSign,
            Error::KeyRefused(_) => Self::KeyRefused,
            Error::IdempotencyKeyReused => Self::IdempotencyKeyReused,
            Error::InProgress => Self::RequestInProgress,
            Error::SentBefore(_) => Self::SentBefore,
            Error::Outbound(OutboundError::Forbidden { .. }) => Self::ConnectionForbidden,
            Error::Outbound(OutboundError::Unreachable { .. }) => Self::Unreachable,
            Error::Outbound(OutboundError::TimedOut { .. }) => Self::NoAnswerInTime,
            Error::TooManyEvents { .. } => Self::TooManyEvents,
            Error::Unavailable(_) => Self::Unavailable,
            Error::Internal(_) => Self::Internal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_never_has_a_status_of_success() {
        for status in Status::ALL {
            assert!((400..600).contains(&status.as_u16()), "{status:?}");
        }
    }

    #[test]
    fn each_code_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(names.len(), Code::ALL.len());
    }
}
