//! An issuer for tests and samples: functions that are composed for it take its tokens, and no others do. Its key is made anew
//! for each process, and is nowhere stored.
//!
//! # Security
//!
//! Nothing that is deployed contains this: the local stack is a crate of its own. Nothing here can be reached over HTTP.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
};

use jiff::SignedDuration;
use jsonwebtoken::jwk::JwkSet;
use keyward_functions::{config::Issuer, system::SystemClock};
use keyward_shared::{
    moment::Clock,
    token::{BadKeySet, TokenIssuer},
};
use serde_json::{Map, Value, json};

use crate::{
    sign_in::{BadSigningKey, SigningKey, generate_pem},
    test_door::SignClaims,
};

/// How long its tokens are good. A process that makes samples is over by then.
const LIFETIME: SignedDuration = SignedDuration::from_hours(2);

/// The issuer of the process.
pub struct TestIssuer {
    key: SigningKey,
    made: Mutex<HashMap<String, String>>,
}

impl TestIssuer {
    /// As the claim `iss` names it.
    pub const NAME: &str = "https://issuer.example/tests";

    /// The issuer, whose key is made when it is first asked for.
    ///
    /// # Errors
    ///
    /// [`BadSigningKey`] if no key could be made.
    pub fn of_this_process() -> Result<&'static Self, BadSigningKey> {
        static ISSUER: LazyLock<Result<TestIssuer, BadSigningKey>> = LazyLock::new(|| {
            let key = SigningKey::from_pem(&generate_pem()?)?;
            Ok(TestIssuer { key, made: Mutex::default() })
        });
        ISSUER.as_ref().map_err(|error| *error)
    }

    /// Its public keys, as a JWK Set.
    #[must_use]
    pub fn key_set(&self) -> String {
        self.key.key_set()
    }

    /// What functions check its tokens with.
    ///
    /// # Errors
    ///
    /// [`BadKeySet`], which its key set is not.
    pub fn issuer(&self) -> Result<Issuer, BadKeySet> {
        Issuer::new(Self::NAME.to_owned(), self.key_set())
    }

    /// The same as a sign-in.
    ///
    /// # Errors
    ///
    /// [`BadKeySet`], which its key set is not.
    pub fn token_issuer(&self) -> Result<TokenIssuer, BadKeySet> {
        TokenIssuer::new(Self::NAME.to_owned(), &self.key_set())
    }

    /// The public keys, for an authorizer.
    #[must_use]
    pub fn jwks(&self) -> JwkSet {
        self.key.jwks()
    }

    /// A token with these claims, as of now: a person has just signed in. The same claims get the same token for two minutes.
    ///
    /// # Errors
    ///
    /// [`BadSigningKey`] if the signature fails.
    pub fn token(&self, claims: &Map<String, Value>) -> Result<String, BadSigningKey> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let now = SystemClock.now();
        let name = format!("{} {}", now.as_second() / 120, json!(claims));
        if let Some(token) = made.get(&name) {
            return Ok(token.clone());
        }
        let mut claims = claims.clone();
        if claims.contains_key("username") {
            claims.insert("auth_time".to_owned(), json!(now.as_second()));
        }
        claims.insert("iss".to_owned(), json!(Self::NAME));
        claims.insert("iat".to_owned(), json!(now.as_second()));
        claims.insert("exp".to_owned(), json!((now + LIFETIME).as_second()));
        let token = self.key.sign(&claims)?;
        made.insert(name, token.clone());
        Ok(token)
    }

    /// Gives an event of API Gateway the token that has the claims of its authorizer. An event without any stays as it is.
    ///
    /// # Errors
    ///
    /// [`BadSigningKey`] if the signature fails.
    pub fn sign_event(&self, event: &mut Value) -> Result<(), BadSigningKey> {
        let claims = event.pointer("/requestContext/authorizer/jwt/claims").and_then(Value::as_object);
        let Some(token) = claims.map(|claims| self.token(claims)).transpose()? else { return Ok(()) };
        if let Some(headers) = event.pointer_mut("/headers").and_then(Value::as_object_mut) {
            headers.insert("authorization".to_owned(), json!(format!("Bearer {token}")));
        }
        Ok(())
    }
}

impl SignClaims for TestIssuer {
    fn sign_claims(&self, claims: &Map<String, Value>) -> Result<String, BadSigningKey> {
        self.key.sign(claims)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_gets_the_token_of_its_claims_and_one_without_claims_gets_none() {
        let issuer = TestIssuer::of_this_process().unwrap();
        let mut event = json!({
            "headers": { "authorization": "Bearer <token>" },
            "requestContext": { "authorizer": { "jwt": { "claims": { "account": "acme", "exp": "1" } } } },
        });
        issuer.sign_event(&mut event).unwrap();
        let token = event["headers"]["authorization"].as_str().unwrap().strip_prefix("Bearer ").unwrap();
        let verified = issuer.token_issuer().unwrap().verify(token, SystemClock.now()).unwrap();
        assert_eq!(verified.claims.values["account"], "acme");
        let mut open = json!({ "headers": {}, "requestContext": {} });
        issuer.sign_event(&mut open).unwrap();
        assert_eq!(open, json!({ "headers": {}, "requestContext": {} }));
    }
}
