//! The AWS JSON 1.1 protocol: one path, the operation in `X-Amz-Target`, errors by `__type`.
//!
//! Source: AWS JSON 1.1 protocol, <https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html>.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use serde::{Deserialize, de::IgnoredAny};

use super::{EmbeddedKms, error::KmsError, operations::Operation};
use crate::loopback::is_own_host;

const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.1");
const TARGET: &str = "x-amz-target";
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// The routes: one.
pub(super) fn router(kms: Arc<EmbeddedKms>) -> Router {
    Router::new().route("/", post(answer)).with_state(kms)
}

async fn answer(State(kms): State<Arc<EmbeddedKms>>, headers: HeaderMap, body: Bytes) -> Response {
    let (status, body) = match run(&kms, &headers, &body) {
        Ok(body) => (StatusCode::OK, body),
        Err(error) => (error.status(), error_body(&error)),
    };
    let mut response = (status, [(header::CONTENT_TYPE, CONTENT_TYPE)], body).into_response();
    if let Ok(id) = request_id() {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

fn run(kms: &EmbeddedKms, headers: &HeaderMap, body: &[u8]) -> Result<Vec<u8>, KmsError> {
    if !is_own_host(headers) {
        return Err(KmsError::ForeignHost);
    }
    if !headers.contains_key(header::AUTHORIZATION) {
        return Err(KmsError::MissingAuthenticationToken);
    }
    let target = headers.get(TARGET).and_then(|value| value.to_str().ok());
    call(kms, target.unwrap_or_default(), body)
}

/// Runs the operation that a target names.
pub(super) fn call(kms: &EmbeddedKms, target: &str, body: &[u8]) -> Result<Vec<u8>, KmsError> {
    let operation: Operation = target.parse()?;
    check_members(body)?;
    kms.run(operation, body)
}

/// Members that change what an operation does, and that this KMS does not have. It ignores others that it does
/// not know, as the real one does.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Unsupported {
    #[serde(default)]
    dry_run: bool,
    recipient: Option<IgnoredAny>,
}

fn check_members(body: &[u8]) -> Result<(), KmsError> {
    let members: Unsupported = serde_json::from_slice(body).map_err(|_| KmsError::Serialization)?;
    if members.dry_run || members.recipient.is_some() {
        Err(KmsError::UnsupportedOperation("this KMS has neither DryRun nor Recipient".to_owned()))
    } else {
        Ok(())
    }
}

fn error_body(error: &KmsError) -> Vec<u8> {
    serde_json::json!({ "__type": error.code(), "message": error.to_string() }).to_string().into_bytes()
}

fn request_id() -> Result<HeaderValue, KmsError> {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes)?;
    let id = uuid::Builder::from_random_bytes(bytes).into_uuid().to_string();
    HeaderValue::from_str(&id).map_err(|_| KmsError::Internal)
}
