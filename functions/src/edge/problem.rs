//! Failures as RFC 9457 problem documents. There is one mapping from errors to responses, and it is exhaustive.

use std::{error::Error as StdError, fmt::Display};

use keyward_shared::{
    caller::{AccessError, FRESH},
    error::{Error, InUse, InvalidField, StoredRow},
    events::budget::EVENTS_A_MINUTE,
    outbound::OutboundError,
    token::TokenRefusal,
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{code::Code, use_view::UseView};

/// The media type of a problem document (RFC 9457 §3).
pub const MEDIA_TYPE: &str = "application/problem+json";

/// What a problem's type is, before its code.
const TYPE: &str = "urn:keyward:problem:";

/// Why a request was not carried out: at the edge, or by the application.
#[derive(Debug)]
pub enum Failure {
    /// The request is not what this route reads: bad JSON, a wrong type, an unknown member or parameter.
    Malformed(Vec<InvalidField>),
    /// The body is longer than the route allows.
    TooLarge {
        /// The most bytes that it may have.
        limit_bytes: usize,
    },
    /// There is no token.
    NotSignedIn,
    /// There is a token that says nothing here.
    TokenRefused(TokenRefusal),
    /// The application refused, or could not.
    Application(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Application(error)
    }
}

impl Failure {
    /// One member or parameter that cannot be read.
    pub fn malformed(field: impl Into<String>, reason: impl ToString) -> Self {
        Self::Malformed(vec![InvalidField::new(field, reason)])
    }

    /// The error that nobody outside may see, for the log.
    #[must_use]
    pub fn fault(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Application(
                error @ (Error::Internal(_)
                | Error::Unavailable(Some(_))
                | Error::DoesNotOpen
                | Error::KeyUnreadable
                | Error::RowUnreadable(_)),
            ) => Some(error),
            Self::Application(_)
            | Self::Malformed(_)
            | Self::TooLarge { .. }
            | Self::NotSignedIn
            | Self::TokenRefused(_) => None,
        }
    }
}

/// A problem document, and the status and headers that go with it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Problem {
    /// `urn:keyward:problem:<code>`: what kind of problem it is. It never changes its meaning.
    pub r#type: String,
    /// The kind in words.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The details of this failure and how to correct it.
    pub detail: String,
    /// The id of the request, to look for in the logs.
    pub instance: String,
    /// The members of the request to correct.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub errors: Vec<ProblemField>,
    /// The uses of the key: the first 100.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub uses: Vec<UseView>,
    /// The record of the use that was made before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(default)]
    pub receipt_id: Option<String>,
    #[serde(skip)]
    #[schemars(skip)]
    pub(super) headers: Vec<(&'static str, String)>,
}

/// A member of the request to correct.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ProblemField {
    /// Where it is, such as `entries.default.fields.secret_key`.
    pub field: String,
    /// The fault and how to correct it.
    pub reason: String,
}

/// How long a caller should wait after a 503, in seconds.
const RETRY_AFTER_SECONDS: &str = "1";

impl Failure {
    /// The code of the problem.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Malformed(_) => Code::MalformedRequest,
            Self::TooLarge { .. } => Code::TooLarge,
            Self::NotSignedIn | Self::TokenRefused(_) => Code::NotSignedIn,
            Self::Application(error) => Code::of(error),
        }
    }

    /// The document for the caller.
    #[must_use]
    pub fn problem(self, request_id: &str) -> Problem {
        let code = self.code();
        let headers = match &self {
            Self::NotSignedIn => vec![("www-authenticate", "Bearer".to_owned())],
            Self::TokenRefused(why) => vec![("www-authenticate", invalid_token(why))],
            Self::Application(Error::NotPermitted(why @ (AccessError::Removed | AccessError::SignedOut))) => {
                vec![("www-authenticate", invalid_token(why))]
            }
            Self::Application(Error::FreshSignInNeeded) => vec![("www-authenticate", step_up())],
            Self::Application(Error::TooManyEvents { wait_seconds }) => {
                vec![("retry-after", wait_seconds.to_string())]
            }
            Self::Application(error) if error.retryable() => {
                vec![("retry-after", RETRY_AFTER_SECONDS.to_owned())]
            }
            Self::Application(_) | Self::Malformed(_) | Self::TooLarge { .. } => Vec::new(),
        };
        let detail = detail(&self);
        let (uses, receipt_id) = match &self {
            Self::Application(Error::KeyInUse(in_use)) => {
                (in_use.uses.iter().map(UseView::from).collect(), None)
            }
            Self::Application(Error::SentBefore(receipt)) => (Vec::new(), Some(receipt.to_string())),
            Self::Application(_)
            | Self::Malformed(_)
            | Self::TooLarge { .. }
            | Self::NotSignedIn
            | Self::TokenRefused(_) => (Vec::new(), None),
        };
        let errors = match self {
            Self::Malformed(fields)
            | Self::Application(
                Error::InvalidFields(fields) | Error::SecretsNeeded(fields) | Error::StaleHash(fields),
            ) => fields,
            Self::Application(_) | Self::TooLarge { .. } | Self::NotSignedIn | Self::TokenRefused(_) => {
                Vec::new()
            }
        };
        let errors =
            errors.into_iter().map(|InvalidField { field, reason }| ProblemField { field, reason }).collect();
        Problem {
            r#type: format!("{TYPE}{}", code.as_str()),
            title: code.title(),
            status: code.status().as_u16(),
            detail,
            instance: request_id.to_owned(),
            errors,
            uses,
            receipt_id,
            headers,
        }
    }
}

/// The challenge that says what is wrong with a token (RFC 6750 §3).
fn invalid_token(why: impl Display) -> String {
    format!(r#"Bearer error="invalid_token", error_description="{why}""#)
}

/// The challenge that asks for a newer sign-in (RFC 9470 §3).
fn step_up() -> String {
    format!(r#"Bearer error="insufficient_user_authentication", max_age="{}""#, FRESH.as_secs())
}

fn detail(failure: &Failure) -> String {
    match failure {
        Failure::Malformed(_) => "Correct what `errors` names and send the request again.".to_owned(),
        Failure::TooLarge { limit_bytes } => format!("The body may have at most {limit_bytes} bytes."),
        Failure::NotSignedIn => "Send an access token as Authorization: Bearer <token>.".to_owned(),
        Failure::TokenRefused(why) => format!("Get a new access token: {why}."),
        Failure::Application(error) => application_detail(error),
    }
}

fn application_detail(error: &Error) -> String {
    match error {
        Error::NotPermitted(AccessError::SelfServiceOff) | Error::NotFound => {
            "Not found, or not in your account.".to_owned()
        }
        Error::NotPermitted(AccessError::Removed) => {
            "You are not a member of the account any more, or the machine client was removed. Nothing was stored.".to_owned()
        }
        Error::NotPermitted(AccessError::SignedOut) => {
            "You were signed out everywhere after you got this token. Sign in again. Nothing was stored.".to_owned()
        }
        Error::NotPermitted(reason) => format!("This token does not allow it: {reason}."),
        Error::FreshSignInNeeded => format!(
            "To delete, restore or redirect a live key, you must have signed in within the last {} minutes. Sign in again and repeat the request. Nothing was stored.",
            FRESH.as_mins()
        ),
        Error::RevealsSecret(permission) => format!(
            "This auth variant puts the secret itself into the request, so signing needs the permission {}.",
            permission.as_str()
        ),
        Error::InvalidFields(_) => "Correct what `errors` names. Nothing was stored.".to_owned(),
        Error::SecretsNeeded(_) => {
            "This change would send stored secrets somewhere else. Give the secrets that `errors` names again. Nothing was stored.".to_owned()
        }
        Error::StaleVersion { current } => {
            format!("The current version is {current}. Read it again and repeat the change. Nothing was stored.")
        }
        Error::VersionNeeded => {
            "Read it first, then send its ETag in If-Match, such as If-Match: \"3\".".to_owned()
        }
        Error::StaleHash(_) => "Read the key again and repeat the change. Nothing was stored.".to_owned(),
        Error::WrongEnvironment(wrong) => {
            format!("The key is a {} key, and {} was asked for.", wrong.key, wrong.asked)
        }
        Error::ClientElsewhere => {
            "A machine client cannot change its account or environment. Create another client. Nothing was stored.".to_owned()
        }
        Error::CannotBeInvited => "The address is already in use. Invite this person at another e-mail address.".to_owned(),
        Error::HasSignedIn => {
            "This member has signed in already and needs no invitation. For another second factor, reset it. For another password, they choose \"Forgot your password?\" when they sign in. Nothing was sent.".to_owned()
        }
        Error::LastOwner => {
            "This member is the last active owner. Make another member an owner first. Nothing was stored.".to_owned()
        }
        Error::NoEntry(reason) => format!("{reason}."),
        Error::KeyInUse(InUse { count: 1, .. }) => {
            "An active source, destination or webhook uses this key: see `uses`. Deactivate it, or give it another key first. Nothing was stored.".to_owned()
        }
        Error::KeyInUse(InUse { count, .. }) => format!(
            "{count} active sources or destinations use this key: see `uses`. Deactivate them, or give them another key first. Nothing was stored."
        ),
        Error::TooManyEvents { wait_seconds } => format!(
            "The account has published {EVENTS_A_MINUTE} events within a minute. Send the request again in {wait_seconds} seconds. Nothing was stored."
        ),
        Error::AppInUse { grants } => format!(
            "{grants} keys are connected with this app. Connect them with another app, or delete them first. Nothing was deleted."
        ),
        Error::CannotConnect(reason) => format!("{reason}. Nothing was stored."),
        Error::NeedsReconnect(reason) => format!("{reason}."),
        Error::Refreshing => "The system has not given a new access token yet. Send the request again in a few seconds.".to_owned(),
        Error::KeyRestricted => {
            "The key is restricted to some methods or paths, and nobody who has its values, or a signed request that shows them, is bound by that. Use `send`, or a key without restrictions.".to_owned()
        }
        Error::KeyExpired => "The key's `expires_at` has passed. Set a later time, or clear it.".to_owned(),
        Error::KeyDisabled => {
            "Somebody disabled the key: its trail says who. Use another key, or enable this one again.".to_owned()
        }
        Error::KeyUnreadable => "The stored row of the key was edited or is damaged. Restore the row from a backup.".to_owned(),
        Error::RowUnreadable(StoredRow::Record) => {
            "The stored record of this Idempotency-Key was edited or is damaged. Check whether the request was carried out before you send it with another Idempotency-Key. Nothing was stored.".to_owned()
        }
        Error::RowUnreadable(row) => {
            format!("The stored row of the {row} was edited or is damaged. Restore the row from a backup. Nothing was stored.")
        }
        Error::DoesNotOpen => {
            "The stored secret was not sealed for this key, entry and address: the stored data was changed from outside. Give the secrets again.".to_owned()
        }
        Error::CannotSign(reason) => format!("{reason}."),
        Error::KeyRefused(reason) => format!("{reason}. Verify the key, and give its credentials again."),
        Error::IdempotencyKeyReused => {
            "This Idempotency-Key was used for another request. Use a new one for each request. Nothing was stored.".to_owned()
        }
        Error::InProgress => "Wait until the first request is done, then send the request again to see its outcome.".to_owned(),
        Error::SentBefore(receipt) => {
            format!("The first request may have reached the system, so it is not sent again. The receipt of the first request is {receipt}.")
        }
        Error::Outbound(error) => outbound_detail(error),
        Error::Unavailable(_) => "The request could not be completed now. Before you repeat a change, read the current state: the change may have been made.".to_owned(),
        Error::Internal(_) => "The request was not carried out. The log holds the reason: search it for this instance.".to_owned(),
    }
}

fn outbound_detail(error: &OutboundError) -> String {
    let host = error.host();
    match error {
        OutboundError::Forbidden { reason, .. } => {
            format!(
                "A connection to {host} is not allowed: {reason}. Nothing was sent. An operator can allow an origin inside your own network."
            )
        }
        OutboundError::Unreachable { why, .. } => format!("{host}: {why}."),
        OutboundError::TimedOut { .. } => {
            format!("{host} did not answer in time. The request may have arrived.")
        }
    }
}

#[cfg(test)]
mod tests {
    use keyward_shared::{
        caller::WrongEnvironment,
        environment::Environment,
        error::PortError,
        key_use::KeyUse,
        outbound::{Forbidden, Unreachable},
        permission::Permission,
    };

    use super::*;

    /// Every way to fail, once. The match in `application_detail` has no wildcard, so a new variant shows up there;
    /// the count below makes it show up here.
    fn every_failure() -> Vec<Failure> {
        let fields = || vec![InvalidField::new("entries.default.fields.region", "must not be empty")];
        let port = || PortError::Unavailable { service: "DynamoDB", source: "it is tired".into() };
        let refused = PortError::Refused { service: "KMS", source: "a hidden reason".into() };
        let host = || "api.example.com".to_owned();
        let wrong = WrongEnvironment { asked: Environment::Live, key: Environment::Test };
        let application = vec![
            Error::NotPermitted(AccessError::NotAnAccessToken),
            Error::NotPermitted(AccessError::NotPermitted(Permission::KeysRead)),
            Error::NotPermitted(AccessError::SelfServiceOff),
            Error::NotPermitted(AccessError::Removed),
            Error::NotPermitted(AccessError::SignedOut),
            Error::FreshSignInNeeded,
            Error::RevealsSecret(Permission::KeysResolve),
            Error::NotFound,
            Error::InvalidFields(fields()),
            Error::SecretsNeeded(fields()),
            Error::StaleVersion { current: 3 },
            Error::VersionNeeded,
            Error::StaleHash(fields()),
            Error::WrongEnvironment(wrong),
            Error::ClientElsewhere,
            Error::CannotBeInvited,
            Error::HasSignedIn,
            Error::LastOwner,
            Error::NoEntry("The key holds an entry for each organization: name one"),
            Error::KeyInUse(InUse {
                count: 1,
                uses: vec![KeyUse {
                    consumer: "src_0190f3c1-7f00-7000-8000-0123456789ab".parse().unwrap(),
                    title: "Orders".to_owned(),
                    organization: None,
                    since: jiff::Timestamp::UNIX_EPOCH,
                }],
            }),
            Error::AppInUse { grants: 2 },
            Error::CannotConnect("The key names no app: choose one first".to_owned()),
            Error::NeedsReconnect("Nobody has connected this key yet: connect it in the control panel"),
            Error::Refreshing,
            Error::IdempotencyKeyReused,
            Error::InProgress,
            Error::SentBefore("rcp_0190f3c1-7f00-7000-8000-0123456789ab".parse().unwrap()),
            Error::KeyRestricted,
            Error::KeyExpired,
            Error::KeyDisabled,
            Error::KeyUnreadable,
            Error::RowUnreadable(StoredRow::MachineClient),
            Error::RowUnreadable(StoredRow::Record),
            Error::DoesNotOpen,
            Error::CannotSign("This auth variant has no request signature".to_owned()),
            Error::KeyRefused("The system refuses the credentials".to_owned()),
            Error::Outbound(OutboundError::Forbidden { host: host(), reason: Forbidden::Port(22) }),
            Error::Outbound(OutboundError::Unreachable { host: host(), why: Unreachable::NoAddress }),
            Error::Outbound(OutboundError::TimedOut { host: host() }),
            Error::TooManyEvents { wait_seconds: 7 },
            Error::Unavailable(Some(port())),
            Error::Internal(refused),
        ];
        let edge = vec![
            Failure::Malformed(fields()),
            Failure::TooLarge { limit_bytes: MAX },
            Failure::NotSignedIn,
            Failure::TokenRefused(TokenRefusal::Expired),
        ];
        edge.into_iter().chain(application.into_iter().map(Failure::Application)).collect()
    }

    const MAX: usize = 65_536;

    #[test]
    fn every_failure_is_a_problem_of_the_list() {
        let problems: Vec<Problem> =
            every_failure().into_iter().map(|failure| failure.problem("JKJaXmPLvHcESHA=")).collect();
        for problem in &problems {
            let code = problem.r#type.strip_prefix(TYPE).unwrap();
            let listed = Code::ALL.iter().find(|known| known.as_str() == code);
            assert_eq!(listed.map(|code| code.status().as_u16()), Some(problem.status), "{code}");
        }
        for code in Code::ALL.iter().map(|code| code.as_str()) {
            assert!(problems.iter().any(|problem| problem.r#type.ends_with(&format!(":{code}"))), "{code}");
        }
        insta::assert_json_snapshot!(problems);
    }

    #[test]
    fn what_only_the_log_may_say_is_in_no_problem() {
        for failure in every_failure() {
            let text = serde_json::to_string(&failure.problem("r")).unwrap();
            assert!(!text.contains("tired") && !text.contains("hidden reason"), "{text}");
        }
    }

    #[test]
    fn a_caller_is_told_to_try_again_exactly_when_that_may_help() {
        for failure in every_failure() {
            let code = failure.code();
            let problem = failure.problem("r");
            let told = problem.headers.iter().any(|(name, _)| *name == "retry-after");
            assert_eq!(told, [429, 503].contains(&problem.status), "{code:?}");
        }
    }

    #[test]
    fn the_api_page_lists_exactly_these_codes() {
        let page = include_str!("../../../docs/api.md");
        let row = |line: &'static str| {
            let mut cells = line.strip_prefix("| `")?.split(" | ");
            Some((cells.next()?.trim_end_matches('`'), cells.next()?.parse::<u16>().ok()?))
        };
        let mut listed: Vec<_> = page.lines().filter_map(row).collect();
        let mut codes: Vec<_> =
            Code::ALL.iter().map(|code| (code.as_str(), code.status().as_u16())).collect();
        listed.sort_unstable();
        codes.sort_unstable();
        assert_eq!(listed, codes);
    }
}
