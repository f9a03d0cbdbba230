//! `GET /v1/.well-known/openid-configuration` and `GET /v1/.well-known/jwks.json`: who issues tokens, and the public keys that check
//! them. No token; no action. API Gateway's authorizer reads both (API Gateway developer guide, "Control access to HTTP APIs with
//! JWT authorizers"), from an API of their own.

use serde_json::json;

use crate::{
    config::Issuer,
    edge::{Answer, Failure, Request},
};

/// The metadata (OpenID Connect Discovery 1.0 §3, RFC 8414 §2). Nobody signs in here, so there is no authorization endpoint.
pub fn metadata(issuer: &Issuer, request: &Request) -> Result<Answer, Failure> {
    request.query(&[])?;
    let name = &issuer.name;
    Ok(Answer::ok(&json!({
        "issuer": name,
        "jwks_uri": format!("{name}/.well-known/jwks.json"),
        "response_types_supported": ["none"],
        "grant_types_supported": ["client_credentials", "urn:ietf:params:oauth:grant-type:token-exchange"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    })))
}

/// The public keys: a JWK Set (RFC 7517 §5).
pub fn keys(issuer: &Issuer, request: &Request) -> Result<Answer, Failure> {
    request.query(&[])?;
    Ok(Answer::document(issuer.key_set.clone().into_bytes()))
}
