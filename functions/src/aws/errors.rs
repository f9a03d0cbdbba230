//! Translating SDK errors, by their code, into what the domain knows.

use aws_sdk_dynamodb::{error::ProvideErrorMetadata, types::CancellationReason};
use aws_smithy_runtime_api::client::result::SdkError;
use keyward_shared::{error::PortError, ports::CommitError};

/// Error codes after which the same call may succeed later.
const PASSING: [&str; 11] = [
    "InternalServerError",
    "InternalServerErrorException",
    "KMSInternalException",
    "DependencyTimeoutException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingException",
    "LimitExceededException",
    "TransactionInProgressException",
    "TransactionConflictException",
];

/// Whether a service's answer may be different next time: it did not answer at all, or said so.
pub(super) fn port_error<E, R>(service: &'static str, error: SdkError<E, R>) -> PortError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    let passing = match &error {
        SdkError::ServiceError(answer) => answer.err().code().is_some_and(|code| PASSING.contains(&code)),
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => true,
        SdkError::ConstructionFailure(_) | _ => false,
    };
    let source = Box::new(error);
    if passing { PortError::Unavailable { service, source } } else { PortError::Refused { service, source } }
}

/// Reads the reasons of a cancelled transaction. The first item is the key's row, the one with the condition; `before`
/// is the version that it asked for.
pub(super) fn commit_error(
    reasons: &[CancellationReason],
    before: Option<u64>,
    port: impl FnOnce() -> PortError,
) -> CommitError {
    let row = match reasons.first() {
        Some(row) if row.code.as_deref() == Some("ConditionalCheckFailed") => row,
        Some(_) | None => return CommitError::Port(port()),
    };
    let stored = row.item.as_ref();
    let number = |name: &str| stored.and_then(|item| item.get(name)?.as_n().ok()?.parse::<u64>().ok());
    let deleted =
        stored.and_then(|item| item.get("state")?.as_s().ok()).is_some_and(|state| state == "deleted");
    match (number("version").filter(|_| !deleted), number("active_uses")) {
        (current @ Some(_), Some(uses)) if current == before => CommitError::UsesChanged { uses },
        (current, _) => CommitError::Stale { current },
    }
}

/// Whether a cancelled transaction only met another one.
pub(super) fn is_conflict(reasons: &[CancellationReason]) -> bool {
    const PASSING_REASONS: [&str; 4] =
        ["None", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];
    reasons.iter().all(|reason| reason.code.as_deref().is_none_or(|code| PASSING_REASONS.contains(&code)))
}
