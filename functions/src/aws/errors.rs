//! Translating SDK errors, by their code, into what the domain knows.

use aws_sdk_dynamodb::{error::ProvideErrorMetadata, types::CancellationReason};
use aws_smithy_runtime_api::client::result::SdkError;
use keyward_shared::error::PortError;

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

/// Whether a cancelled transaction only met another one.
pub(super) fn is_conflict(reasons: &[CancellationReason]) -> bool {
    const PASSING_REASONS: [&str; 4] =
        ["None", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];
    reasons.iter().all(|reason| reason.code.as_deref().is_none_or(|code| PASSING_REASONS.contains(&code)))
}
