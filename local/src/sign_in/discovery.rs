//! What a client can find out about the provider (OpenID Connect Discovery §3, RFC 7517).

use std::sync::Arc;

use axum::{Json, extract::State};
use jsonwebtoken::jwk::JwkSet;
use serde_json::{Value, json};

use super::SignIn;

/// `GET /.well-known/openid-configuration`.
pub(super) async fn configuration(State(sign_in): State<Arc<SignIn>>) -> Json<Value> {
    let issuer = &sign_in.issuer;
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/oauth2/authorize"),
        "token_endpoint": format!("{issuer}/oauth2/token"),
        "revocation_endpoint": format!("{issuer}/oauth2/revoke"),
        "userinfo_endpoint": format!("{issuer}/oauth2/userInfo"),
        "end_session_endpoint": format!("{issuer}/logout"),
        "jwks_uri": format!("{issuer}/.well-known/jwks.json"),
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "email", "profile"],
    }))
}

/// `GET /.well-known/jwks.json`.
pub(super) async fn jwks(State(sign_in): State<Arc<SignIn>>) -> Json<JwkSet> {
    Json(sign_in.jwks())
}
