//! `GET /oauth2/userInfo` (OpenID Connect Core §5.3): who the bearer of an access token is.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use serde_json::json;

use super::{SignIn, store::User};

#[derive(Deserialize)]
struct AccessClaims {
    sub: String,
    token_use: String,
    scope: String,
    exp: i64,
}

/// `GET /oauth2/userInfo`.
pub(super) async fn show(State(sign_in): State<Arc<SignIn>>, headers: HeaderMap) -> Response {
    let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header.and_then(|header| header.strip_prefix("Bearer "));
    let Some(user) = token.and_then(|token| sign_in.bearer(token)) else {
        let challenge = [(header::WWW_AUTHENTICATE, r#"Bearer error="invalid_token""#)];
        return (StatusCode::UNAUTHORIZED, challenge, Json(json!({ "error": "invalid_token" })))
            .into_response();
    };
    // Cognito shows this boolean as text.
    let claims = json!({
        "sub": user.sub,
        "username": user.sub,
        "email": user.email,
        "email_verified": "true",
    });
    ([(header::CACHE_CONTROL, "no-store")], Json(claims)).into_response()
}

impl SignIn {
    /// The person whose access token it is, if it has the scope `openid`.
    fn bearer(&self, token: &str) -> Option<Arc<User>> {
        let jwks = self.jwks();
        let key = DecodingKey::from_jwk(jwks.keys.first()?).ok()?;
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[&self.issuer]);
        validation.set_required_spec_claims(&["iss"]);
        // The time is judged below, by the clock port.
        validation.validate_exp = false;
        validation.validate_aud = false;
        let claims = jsonwebtoken::decode::<AccessClaims>(token, &key, &validation).ok()?.claims;
        let good = claims.token_use == "access"
            && claims.exp > self.clock.now().as_second()
            && claims.scope.split(' ').any(|scope| scope == "openid");
        self.users().into_iter().find(|user| good && user.sub == claims.sub)
    }
}
