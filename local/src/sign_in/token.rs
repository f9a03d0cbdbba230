//! `POST /oauth2/token` and `POST /oauth2/revoke`: the endpoints that clients call without a
//! browser.

use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
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

use super::{
    PANEL_CLIENT, SignIn, TOKEN_LIFETIME_SECONDS, grants::Session, oauth_error::OAuthError, trigger::Occasion,
};

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
    scope: Option<String>,
}

/// A client that has shown who it is.
enum Client {
    /// The panel: public, so PKCE and the redirect address stand for it.
    Panel,
    /// A machine client, by its secret.
    Machine(String),
}

/// `POST /oauth2/token`.
pub(super) async fn exchange(
    State(sign_in): State<Arc<SignIn>>,
    headers: HeaderMap,
    form: Result<Form<TokenForm>, FormRejection>,
) -> Result<Response, OAuthError> {
    let Form(form) = form.map_err(|_| OAuthError::InvalidRequest)?;
    let client = sign_in.authenticate(&headers, &form)?;
    let answer = match (form.grant_type.as_deref(), client) {
        (None, _) => Err(OAuthError::InvalidRequest),
        (Some("authorization_code"), Client::Panel) => sign_in.exchange_code(&form),
        (Some("refresh_token"), Client::Panel) => sign_in.exchange_refresh(&form),
        (Some("client_credentials"), Client::Machine(client)) => {
            sign_in.exchange_credentials(&client, form.scope.as_deref())
        }
        (Some("authorization_code" | "refresh_token" | "client_credentials"), _) => {
            Err(OAuthError::UnauthorizedClient)
        }
        (Some(_), _) => Err(OAuthError::UnsupportedGrantType),
    }?;
    Ok(([(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")], Json(answer)).into_response())
}

impl SignIn {
    /// Who calls: Basic or in the form (RFC 6749 §2.3.1), but not both.
    fn authenticate(&self, headers: &HeaderMap, form: &TokenForm) -> Result<Client, OAuthError> {
        let basic = match headers.get(header::AUTHORIZATION) {
            Some(value) => Some(basic_credentials(value.to_str().unwrap_or_default())?),
            None => None,
        };
        let (id, secret) = match (basic, &form.client_id, &form.client_secret) {
            (Some(_), _, Some(_)) => return Err(OAuthError::InvalidRequest),
            (Some((id, _)), Some(other), None) if id != *other => return Err(OAuthError::InvalidRequest),
            (Some((id, secret)), _, None) => (id, Some(secret)),
            (None, Some(id), secret) => (id.clone(), secret.clone()),
            (None, None, _) => return Err(OAuthError::InvalidClient),
        };
        match secret {
            None if id == PANEL_CLIENT => Ok(Client::Panel),
            None => Err(OAuthError::InvalidClient),
            Some(secret) => {
                let right = self.client_secret(&id).is_some_and(|known| {
                    verify_slices_are_equal(known.expose().as_bytes(), secret.as_bytes()).is_ok()
                });
                if right { Ok(Client::Machine(id)) } else { Err(OAuthError::InvalidClient) }
            }
        }
    }

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
        let tokens = self.user_tokens(&grant.session, Occasion::SignIn)?;
        let refresh = self.grants().issue_refresh(grant.session, &*self.random);
        Ok(json!({
            "access_token": tokens.access,
            "id_token": tokens.id,
            "refresh_token": refresh,
            "token_type": "Bearer",
            "expires_in": TOKEN_LIFETIME_SECONDS,
        }))
    }

    /// New tokens of the same sign-in. What they grant is asked anew. The refresh token stays, as Cognito's does.
    fn exchange_refresh(&self, form: &TokenForm) -> Result<Value, OAuthError> {
        let token = form.refresh_token.as_deref().ok_or(OAuthError::InvalidRequest)?;
        let found = self.grants().refresh(token, PANEL_CLIENT, self.clock.now());
        // Somebody who was removed since has nothing left to refresh.
        let is_there = |session: &Session| self.sub_of(&session.email).is_some_and(|sub| sub == session.sub);
        let session = found.filter(is_there).ok_or(OAuthError::InvalidGrant)?;
        let tokens = self.user_tokens(&session, Occasion::Refresh)?;
        Ok(json!({
            "access_token": tokens.access,
            "id_token": tokens.id,
            "token_type": "Bearer",
            "expires_in": TOKEN_LIFETIME_SECONDS,
        }))
    }

    fn exchange_credentials(&self, client: &str, scope: Option<&str>) -> Result<Value, OAuthError> {
        let asked: Option<Vec<_>> = scope.map(|scope| scope.split_whitespace().map(str::to_owned).collect());
        let asked = asked.filter(|scopes| !scopes.is_empty());
        let claims = self.client_access_claims(client, asked.as_deref())?;
        let access = self.store.key.sign(&claims).map_err(|_| OAuthError::ServerError)?;
        Ok(json!({ "access_token": access, "token_type": "Bearer", "expires_in": TOKEN_LIFETIME_SECONDS }))
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
