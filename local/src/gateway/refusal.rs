//! What API Gateway answers by itself, without asking a function. The texts are AWS's.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::authorizer::TokenRefusal;

/// A request that no function gets to see, or one whose function gave no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal<'a> {
    /// The request line and the header values are over the limit.
    HeadersTooLarge,
    /// The body is over the limit.
    BodyTooLarge,
    /// The path is no UTF-8 once decoded, or the body broke off.
    BadRequest,
    /// The authorizer refused the token of a route that asks for this scope.
    Token { scope: &'a str, reason: TokenRefusal },
    /// The function failed, or its answer is not a response.
    FunctionFailed,
    /// The function took longer than the gateway waits.
    FunctionTimedOut,
}

impl Refusal<'_> {
    const fn status(self) -> StatusCode {
        match self {
            Self::HeadersTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::Token { reason: TokenRefusal::Scope, .. } => StatusCode::FORBIDDEN,
            Self::Token { .. } => StatusCode::UNAUTHORIZED,
            Self::FunctionFailed => StatusCode::INTERNAL_SERVER_ERROR,
            Self::FunctionTimedOut => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    const fn message(self) -> &'static str {
        match self {
            Self::HeadersTooLarge => "Request Header Fields Too Large",
            Self::BodyTooLarge => "Request Entity Too Large",
            Self::BadRequest => "Bad Request",
            Self::Token { reason: TokenRefusal::Scope, .. } => "Forbidden",
            Self::Token { .. } => "Unauthorized",
            Self::FunctionFailed => "Internal Server Error",
            Self::FunctionTimedOut => "Service Unavailable",
        }
    }

    /// The challenge of RFC 6750 §3, written as AWS writes it: no commas, and the route's scope.
    fn challenge(self) -> Option<String> {
        let Self::Token { scope, reason } = self else {
            return None;
        };
        let error = match reason {
            TokenRefusal::Missing => return Some("Bearer".to_owned()),
            TokenRefusal::Scope => "insufficient_scope",
            TokenRefusal::Unreadable
            | TokenRefusal::Algorithm
            | TokenRefusal::Key
            | TokenRefusal::Signature
            | TokenRefusal::Issuer
            | TokenRefusal::Audience
            | TokenRefusal::Expired
            | TokenRefusal::NotYetValid => "invalid_token",
        };
        Some(format!(r#"Bearer scope="{scope}" error="{error}" error_description="{reason}""#))
    }
}

impl IntoResponse for Refusal<'_> {
    fn into_response(self) -> Response {
        let mut response = (self.status(), Json(json!({ "message": self.message() }))).into_response();
        let challenge = self.challenge().and_then(|text| HeaderValue::from_str(&text).ok());
        if let Some(challenge) = challenge {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_audience_is_told_in_awss_words() {
        // The header in "Troubleshooting issues with HTTP API JWT authorizers" of the API Gateway developer guide;
        // there the route asks for no scope.
        let refusal = Refusal::Token { scope: "", reason: TokenRefusal::Audience };
        assert_eq!(
            refusal.challenge().unwrap(),
            r#"Bearer scope="" error="invalid_token" error_description="the token does not have a valid audience""#
        );
        assert_eq!(refusal.into_response().status(), 401);
    }

    #[test]
    fn a_missing_token_is_only_challenged() {
        let refusal = Refusal::Token { scope: "keyward/keys:read", reason: TokenRefusal::Missing };
        assert_eq!(refusal.challenge().unwrap(), "Bearer");
    }
}
