//! How far this machine's clock is from a service's (aws-runtime, `service_clock_skew`).

use std::{error::Error, fmt, marker::PhantomData};

use aws_smithy_runtime_api::client::{
    interceptors::context::InterceptorContext,
    orchestrator::{HttpResponse, OrchestratorError},
    retries::classifiers::{ClassifyRetry, RetryAction, RetryClassifierPriority},
};
use aws_smithy_types::{
    DateTime, date_time::Format, error::metadata::ProvideErrorMetadata, retry::ErrorKind,
};
use jiff::{SignedDuration, Timestamp};

/// A longer round trip measures nothing.
const LONGEST_TRIP: SignedDuration = SignedDuration::from_mins(15);
/// A refusal is not put down to a smaller difference.
const UNSUSPICIOUS: SignedDuration = SignedDuration::from_mins(4);
/// Refusals that a wrong time may be the reason of.
const CODES: [&str; 5] = [
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "AuthFailure",
    "RequestTimeTooSkewed",
    "AccessDeniedException",
];

/// The service's time minus ours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Skew(SignedDuration);

impl Skew {
    /// The service's time at this time of ours.
    pub(super) fn correct(self, at: Timestamp) -> Timestamp {
        at.checked_add(self.0).unwrap_or(at)
    }

    /// The difference as an answer shows it, if the service stamped the answer half way between these times. An answer with an
    /// age comes from a cache and shows none.
    pub(super) fn shown_by(answer: &HttpResponse, sent: Timestamp, received: Timestamp) -> Option<Self> {
        let elapsed = received.duration_since(sent).max(SignedDuration::ZERO);
        if answer.headers().contains_key("age") || elapsed > LONGEST_TRIP {
            return None;
        }
        let date = DateTime::from_str(answer.headers().get("date")?, Format::HttpDate).ok()?;
        let date = Timestamp::from_second(date.secs()).ok()?;
        let half_way = sent.checked_add(elapsed / 2).ok()?;
        Some(Self(date.duration_since(half_way)))
    }
}

/// Lets a refused call be tried again where the clocks differ much. The SDK's own classifier sees only differences that the
/// SDK's orchestrator measured.
pub(super) struct SkewClassifier<E>(PhantomData<fn() -> E>);

impl<E> SkewClassifier<E> {
    pub(super) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<E> fmt::Debug for SkewClassifier<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SkewClassifier")
    }
}

impl<E: Error + ProvideErrorMetadata + Send + Sync + 'static> ClassifyRetry for SkewClassifier<E> {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let shown = context.response().and_then(|answer| answer.extension::<Skew>());
        if shown.is_none_or(|Skew(difference)| difference.abs() <= UNSUSPICIOUS) {
            return RetryAction::NoActionIndicated;
        }
        let error = context.output_or_error().and_then(Result::err);
        let refusal = error.and_then(OrchestratorError::as_operation_error);
        let code = refusal.and_then(|error| error.downcast_ref::<E>()).and_then(|error| error.code());
        if code.is_some_and(|code| CODES.contains(&code)) {
            RetryAction::retryable_error(ErrorKind::ServerError)
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "skew"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::http_status_code_classifier())
    }
}
