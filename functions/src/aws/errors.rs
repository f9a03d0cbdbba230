//! Translates SDK errors, by their code, into the domain's errors.

use aws_sdk_dynamodb::{error::ProvideErrorMetadata, types::CancellationReason};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use keyward_shared::error::PortError;

use crate::metrics::Metric;

/// Error codes after which the same call may succeed later.
const PASSING: [&str; 13] = [
    "InternalServerError",
    "InternalServerErrorException",
    "KMSInternalException",
    "DependencyTimeoutException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingException",
    "LimitExceededException",
    "TooManyRequestsException",
    "InternalErrorException",
    "TransactionInProgressException",
    "TransactionConflictException",
];

/// Those of them that say that we call too often.
const THROTTLED: [&str; 5] = [
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "LimitExceededException",
    "TooManyRequestsException",
];

/// Whether a repeated call may succeed: the service did not answer, or its error code says so. A proxy in
/// front of a service answers with a status of 500 or more and no code; that is temporary too.
pub(super) fn port_error<E>(service: &'static str, error: SdkError<E, HttpResponse>) -> PortError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let passing = match &error {
        SdkError::ServiceError(answer) => {
            if answer.err().code().is_some_and(|code| THROTTLED.contains(&code)) {
                Metric::Throttled.record(1);
            }
            answer.raw().status().is_server_error()
                || answer.err().code().is_some_and(|code| PASSING.contains(&code))
        }
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => true,
        SdkError::ConstructionFailure(_) | _ => false,
    };
    let source = Box::new(error);
    if passing { PortError::Unavailable { service, source } } else { PortError::Refused { service, source } }
}

/// What DynamoDB is called in an error.
pub(super) const DYNAMODB: &str = "DynamoDB";

/// An error of DynamoDB's.
pub(super) fn dynamodb_error<E>(error: SdkError<E, HttpResponse>) -> PortError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    port_error(DYNAMODB, error)
}

/// A call that we did not complete, or an item that we could not write: a fault of ours.
pub(super) fn our_fault(error: impl std::error::Error + Send + Sync + 'static) -> PortError {
    PortError::NotCalled { service: DYNAMODB, source: Box::new(error) }
}

/// Whether a cancelled transaction only met another one.
pub(super) fn is_conflict(reasons: &[CancellationReason]) -> bool {
    const PASSING_REASONS: [&str; 4] =
        ["None", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];
    reasons.iter().all(|reason| reason.code.as_deref().is_none_or(|code| PASSING_REASONS.contains(&code)))
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::operation::get_item::GetItemError;
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::{body::SdkBody, error::ErrorMetadata};

    use super::*;

    fn answered(status: u16, code: Option<&str>) -> PortError {
        let status = StatusCode::try_from(status).unwrap();
        let mut metadata = ErrorMetadata::builder();
        if let Some(code) = code {
            metadata = metadata.code(code);
        }
        let error = GetItemError::generic(metadata.build());
        port_error("DynamoDB", SdkError::service_error(error, HttpResponse::new(status, SdkBody::empty())))
    }

    #[test]
    fn a_server_error_passes_whether_or_not_it_names_itself() {
        for (status, code) in [(500, None), (502, None), (503, None), (500, Some("SomethingNew"))] {
            assert!(matches!(answered(status, code), PortError::Unavailable { .. }), "{status} {code:?}");
        }
    }

    #[test]
    fn a_refusal_passes_only_by_its_code() {
        for code in PASSING {
            assert!(matches!(answered(400, Some(code)), PortError::Unavailable { .. }), "{code}");
        }
        for code in [None, Some("AccessDeniedException"), Some("ValidationException")] {
            assert!(matches!(answered(400, code), PortError::Refused { .. }), "{code:?}");
        }
    }
}
