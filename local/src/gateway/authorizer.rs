//! The JWT authorizer: who may pass to a function at all.
//!
//! It checks what API Gateway's checks ("Control access to HTTP APIs with JWT authorizers"), and nothing else:
//! `token_use` and the account are the functions' business.

use std::{collections::HashMap, sync::Arc};

use jsonwebtoken::{
    Algorithm, DecodingKey, Validation,
    errors::ErrorKind,
    jwk::{Jwk, JwkSet},
};
use keyward_shared::moment::Clock;
use serde_json::{Map, Value};

/// Why a token does not open a route. The words go into the `www-authenticate` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefusal {
    /// There is no `Authorization` header, or more than one.
    #[error("token not provided")]
    Missing,
    /// It is no JSON Web Token.
    #[error("the token is malformed")]
    Unreadable,
    /// It is signed with something else than RS256.
    #[error("the signing method is invalid")]
    Algorithm,
    /// Its `kid` is none of the issuer's.
    #[error("unable to find a signing key that matches")]
    Key,
    /// The signature is wrong.
    #[error("the signature is invalid")]
    Signature,
    /// `iss` is another issuer.
    #[error("issuer does not match")]
    Issuer,
    /// Neither `aud` nor, where there is none, `client_id` is the configured audience.
    #[error("the token does not have a valid audience")]
    Audience,
    /// `exp` is missing or past.
    #[error("the token has expired")]
    Expired,
    /// `nbf` or `iat` is in the future.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// The token is good, but the route's scope is not among its own.
    #[error("the token does not have the required scope")]
    Scope,
}

/// Whom the authorizer believes, and the time by which it judges.
pub struct JwtAuthorizer {
    issuer: String,
    audience: String,
    keys: HashMap<String, DecodingKey>,
    clock: Arc<dyn Clock>,
}

/// The claims of a token that passed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Authorized {
    /// Every claim as the event shows it: text, whatever it is in the token.
    pub(super) claims: Map<String, Value>,
    /// The scope of the route that the token was found to have.
    pub(super) scopes: Vec<String>,
}

impl JwtAuthorizer {
    /// Believes tokens of `issuer` for `audience`, signed with one of the RSA keys of `jwks`.
    #[must_use]
    pub fn new(issuer: String, audience: String, jwks: &JwkSet, clock: Arc<dyn Clock>) -> Self {
        let named = |jwk: &Jwk| Some((jwk.common.key_id.clone()?, DecodingKey::from_jwk(jwk).ok()?));
        Self { issuer, audience, keys: jwks.keys.iter().filter_map(named).collect(), clock }
    }

    /// Checks the value of an `Authorization` header for a route that asks for `scope`.
    pub(super) fn authorize(&self, header: Option<&str>, scope: &str) -> Result<Authorized, TokenRefusal> {
        let token = header.map(bearer).filter(|token| !token.is_empty()).ok_or(TokenRefusal::Missing)?;
        let claims = self.verified_claims(token)?;
        self.check_claims(&claims)?;
        if !token_scopes(&claims).any(|own| own == scope) {
            return Err(TokenRefusal::Scope);
        }
        Ok(Authorized { claims: as_text(claims), scopes: vec![scope.to_owned()] })
    }

    /// The claims, once the signature is good. Times are checked after this, against the clock port.
    fn verified_claims(&self, token: &str) -> Result<Map<String, Value>, TokenRefusal> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| TokenRefusal::Unreadable)?;
        if header.alg != Algorithm::RS256 {
            return Err(TokenRefusal::Algorithm);
        }
        let key = header.kid.and_then(|kid| self.keys.get(&kid)).ok_or(TokenRefusal::Key)?;
        let mut validation = Validation::new(Algorithm::RS256);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        match jsonwebtoken::decode::<Map<String, Value>>(token, key, &validation) {
            Ok(token) => Ok(token.claims),
            Err(error) if *error.kind() == ErrorKind::InvalidSignature => Err(TokenRefusal::Signature),
            Err(_) => Err(TokenRefusal::Unreadable),
        }
    }

    fn check_claims(&self, claims: &Map<String, Value>) -> Result<(), TokenRefusal> {
        if claims.get("iss").and_then(Value::as_str) != Some(&self.issuer) {
            return Err(TokenRefusal::Issuer);
        }
        // `client_id` counts only where there is no `aud`, as on AWS.
        let audience = claims.get("aud").or_else(|| claims.get("client_id"));
        if !audience.is_some_and(|audience| self.knows_audience(audience)) {
            return Err(TokenRefusal::Audience);
        }
        let now = self.clock.now().as_second();
        if claims.get("exp").and_then(Value::as_i64).is_none_or(|expires| expires <= now) {
            return Err(TokenRefusal::Expired);
        }
        let in_future = |name: &str| match claims.get(name) {
            Some(value) => value.as_i64().is_none_or(|time| time > now),
            None => false,
        };
        if in_future("nbf") || in_future("iat") {
            return Err(TokenRefusal::NotYetValid);
        }
        Ok(())
    }

    fn knows_audience(&self, claim: &Value) -> bool {
        let known = |text: &Value| text.as_str() == Some(&self.audience);
        claim.as_array().map_or_else(|| known(claim), |several| several.iter().any(known))
    }
}

/// The token in the header: the scheme `Bearer` is optional and may be in any case.
fn bearer(header: &str) -> &str {
    match header.trim().split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        Some(_) | None if header.trim().eq_ignore_ascii_case("bearer") => "",
        Some(_) | None => header.trim(),
    }
}

/// The words of `scope` (RFC 8693 §4.2), or of `scp`.
fn token_scopes(claims: &Map<String, Value>) -> impl Iterator<Item = &str> {
    let claim = claims.get("scope").or_else(|| claims.get("scp"));
    let listed = claim.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    claim.and_then(Value::as_str).unwrap_or_default().split_whitespace().chain(listed)
}

/// Every claim as text. AWS writes lists as `[a b]`, leaves `null` out, and keeps objects as JSON.
fn as_text(claims: Map<String, Value>) -> Map<String, Value> {
    claims
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name, Value::String(claim_text(value))))
        .collect()
}

fn claim_text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Array(values) => {
            let values: Vec<_> = values.into_iter().map(claim_text).collect();
            format!("[{}]", values.join(" "))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_claim_is_text_as_aws_writes_it() {
        let Value::Object(claims) = json!({
            "sub": "u1",
            "exp": 1_787_996_002,
            "cognito:groups": ["Admins", "Readers"],
            "verified": true,
            "nothing": null,
            "address": {"country": "DE"},
        }) else {
            unreachable!()
        };
        assert_eq!(
            Value::Object(as_text(claims)),
            json!({
                "sub": "u1",
                "exp": "1787996002",
                "cognito:groups": "[Admins Readers]",
                "verified": "true",
                "address": "{\"country\":\"DE\"}",
            })
        );
    }

    #[test]
    fn the_scheme_is_optional() {
        for header in ["Bearer a.b.c", "bearer  a.b.c", "a.b.c", " a.b.c "] {
            assert_eq!(bearer(header), "a.b.c", "{header}");
        }
        for header in ["", "Bearer", "Bearer "] {
            assert_eq!(bearer(header), "", "{header}");
        }
    }
}
