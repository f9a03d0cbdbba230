//! `POST /oauth2/token` and `POST /oauth2/revoke`: the endpoints that clients call without a
//! browser.

use std::sync::Arc;

use axum::{
    Form, Json,
    extract::{State, rejection::FormRejection},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{PANEL_CLIENT, SignIn, TOKEN_LIFETIME_SECONDS, grants::Session, oauth_error::OAuthError};

/// The parameters of every grant. Others are ignored (RFC 6749 §3.2).
#[derive(Deserialize)]
pub(super) struct TokenForm {
    grant_type: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
    code: Option<String>,
    code_verifier: Option<String>,
    redirect_uri: Option<String>,
    refresh_token: Option<String>,
}

/// `POST /oauth2/token`.
pub(super) async fn exchange(
    State(sign_in): State<Arc<SignIn>>,
    headers: HeaderMap,
    form: Result<Form<TokenForm>, FormRejection>,
) -> Result<Response, OAuthError> {
    let Form(form) = form.map_err(|_| OAuthError::InvalidRequest)?;
    check_client(&headers, &form)?;
    let answer = match form.grant_type.as_deref() {
        None => Err(OAuthError::InvalidRequest),
        Some("authorization_code") => sign_in.exchange_code(&form),
        Some("refresh_token") => sign_in.exchange_refresh(&form),
        Some(_) => Err(OAuthError::UnsupportedGrantType),
    }?;
    Ok(([(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")], Json(answer)).into_response())
}

/// The panel is the only client: a public one, for which PKCE and the redirect address stand. Machine clients get their tokens
/// at `POST /v1/token`.
fn check_client(headers: &HeaderMap, form: &TokenForm) -> Result<(), OAuthError> {
    let shows_a_secret = headers.contains_key(header::AUTHORIZATION) || form.client_secret.is_some();
    match form.client_id.as_deref() {
        Some(PANEL_CLIENT) if !shows_a_secret => Ok(()),
        Some(_) | None => Err(OAuthError::InvalidClient),
    }
}

impl SignIn {
    fn exchange_code(&self, form: &TokenForm) -> Result<Value, OAuthError> {
        let (Some(code), Some(verifier)) = (&form.code, &form.code_verifier) else {
            return Err(OAuthError::InvalidRequest);
        };
        // The code is used up whatever comes next: a wrong verifier gets no second guess.
        let redeemed = self.grants().redeem_code(code, self.clock.now());
        let grant = redeemed.ok_or(OAuthError::InvalidGrant)?;
        let same_address = form.redirect_uri.as_deref() == Some(&grant.redirect_uri);
        if !same_address || !grant.challenge.is_met_by(verifier) {
            return Err(OAuthError::InvalidGrant);
        }
        let tokens = self.user_tokens(&grant.session)?;
        let refresh = self.grants().issue_refresh(grant.session, &*self.random);
        Ok(json!({
            "access_token": tokens.access,
            "id_token": tokens.id,
            "refresh_token": refresh,
            "token_type": "Bearer",
            "expires_in": TOKEN_LIFETIME_SECONDS,
        }))
    }

    /// New tokens of the same sign-in, the refresh token among them (Cognito developer guide, "Refresh token rotation").
    fn exchange_refresh(&self, form: &TokenForm) -> Result<Value, OAuthError> {
        let token = form.refresh_token.as_deref().ok_or(OAuthError::InvalidRequest)?;
        let found = self.grants().rotate(token, PANEL_CLIENT, self.clock.now(), &*self.random);
        // Somebody who was removed or signed out since has nothing left to refresh.
        let is_there = |(session, _): &(Session, String)| {
            self.user(&session.email).is_some_and(|user| {
                user.sub == session.sub && user.signed_out.is_none_or(|ended| ended < session.auth_time)
            })
        };
        let (session, refresh) = found.filter(is_there).ok_or(OAuthError::InvalidGrant)?;
        let tokens = self.user_tokens(&session)?;
        Ok(json!({
            "access_token": tokens.access,
            "id_token": tokens.id,
            "refresh_token": refresh,
            "token_type": "Bearer",
            "expires_in": TOKEN_LIFETIME_SECONDS,
        }))
    }
}

/// Id and secret of a Basic header; both are percent-encoded in it (RFC 6749 §2.3.1).
pub(super) fn basic_credentials(header: &str) -> Result<(String, String), OAuthError> {
    let (scheme, encoded) = header.split_once(' ').ok_or(OAuthError::InvalidClient)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(OAuthError::InvalidClient);
    }
    let decoded = STANDARD.decode(encoded.trim()).map_err(|_| OAuthError::InvalidClient)?;
    let decoded = String::from_utf8(decoded).map_err(|_| OAuthError::InvalidClient)?;
    let (id, secret) = decoded.split_once(':').ok_or(OAuthError::InvalidClient)?;
    let plain = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    Ok((plain(id), plain(secret)))
}

/// The parameters of RFC 7009 §2.1.
#[derive(Deserialize)]
pub(super) struct RevokeForm {
    token: Option<String>,
    client_id: Option<String>,
}

/// `POST /oauth2/revoke`: takes a refresh token of the panel back.
pub(super) async fn revoke(
    State(sign_in): State<Arc<SignIn>>,
    form: Result<Form<RevokeForm>, FormRejection>,
) -> Result<(), OAuthError> {
    let Form(form) = form.map_err(|_| OAuthError::InvalidRequest)?;
    if form.client_id.as_deref() != Some(PANEL_CLIENT) {
        return Err(OAuthError::InvalidClient);
    }
    let token = form.token.ok_or(OAuthError::InvalidRequest)?;
    sign_in.grants().revoke(&token, PANEL_CLIENT);
    Ok(())
}
