//! The errors of OAuth, in its words (RFC 6749 §4.1.2.1 and §5.2).

use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{NotIssued, TokenError};

/// Why a client gets no code or no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OAuthError {
    /// A parameter is missing, malformed, or there twice.
    InvalidRequest,
    /// The client is unknown, or its secret is wrong.
    InvalidClient,
    /// The code, its verifier, or the refresh token is wrong or used up.
    InvalidGrant,
    /// The client may not use this grant.
    UnauthorizedClient,
    /// There is no such grant here.
    UnsupportedGrantType,
    /// There is no such response type here.
    UnsupportedResponseType,
    /// A scope is unknown, or not the client's.
    InvalidScope,
    /// `prompt=none` was asked for; there is no session to answer it from (OpenID Connect Core §3.1.2.6).
    LoginRequired,
    /// The provider itself failed.
    ServerError,
}

impl OAuthError {
    /// The value of `error`.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::LoginRequired => "login_required",
            Self::ServerError => "server_error",
        }
    }

    const fn status(self) -> StatusCode {
        match self {
            Self::InvalidClient => StatusCode::UNAUTHORIZED,
            Self::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
            Self::InvalidRequest
            | Self::InvalidGrant
            | Self::UnauthorizedClient
            | Self::UnsupportedGrantType
            | Self::UnsupportedResponseType
            | Self::InvalidScope
            | Self::LoginRequired => StatusCode::BAD_REQUEST,
        }
    }
}

impl From<TokenError> for OAuthError {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Unknown => Self::InvalidClient,
            TokenError::NotIssued(NotIssued::Refused) => Self::UnauthorizedClient,
            TokenError::NotIssued(NotIssued::Failed) | TokenError::Signature(_) => {
                tracing::error!(%error, "making a token failed");
                Self::ServerError
            }
        }
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let body = Json(json!({ "error": self.code() }));
        let mut response = (self.status(), [(header::CACHE_CONTROL, "no-store")], body).into_response();
        if self == Self::InvalidClient {
            let challenge = axum::http::HeaderValue::from_static("Basic realm=\"Keyward LOCAL\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
