//! A door for tests only: access tokens that no honest issuer would make.
//!
//! # Security
//!
//! Nothing here can be reached over HTTP. It is a public module because the integration tests are a crate of their
//! own.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::Timestamp;
use keyward_shared::{
    environment::Environment,
    ids::AccountId,
    permission::{Permission, Role},
};
use serde_json::{Map, Value, json};

use crate::{
    demo,
    embedded::Embedded,
    kms::TOKEN_KEY,
    sign_in::{BadSigningKey, PANEL_CLIENT, SignIn, SigningKey, TokenError, generate_pem},
};

/// A token that must open nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestToken {
    /// It expired a second ago.
    Expired,
    /// It is for an audience that the authorizer does not know.
    WrongAudience,
    /// It is from somebody else.
    WrongIssuer,
    /// It names the issuer's key, but another one signed it.
    WrongSignature,
    /// It says who somebody is, not what they may do.
    IdToken,
}

/// Signs claims as an issuer does.
pub trait SignClaims {
    /// The claims as a token, signed with RS256 (RFC 7518 §3.3).
    ///
    /// # Errors
    ///
    /// [`BadSigningKey`] if the signature fails.
    fn sign_claims(&self, claims: &Map<String, Value>) -> Result<String, BadSigningKey>;
}

impl SignClaims for Embedded {
    fn sign_claims(&self, claims: &Map<String, Value>) -> Result<String, BadSigningKey> {
        let kid = TOKEN_KEY.rsplit('/').next().unwrap_or_default();
        let part = |json: Value| BASE64_URL_SAFE_NO_PAD.encode(json.to_string());
        let header = json!({ "alg": "RS256", "typ": "at+jwt", "kid": kid });
        let message = format!("{}.{}", part(header), part(json!(claims)));
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, message.as_bytes()).as_ref());
        let signature = self.sign_with_token_key(&hash).ok_or(BadSigningKey)?;
        Ok(format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// A token in the making: first an honest one, then bent.
pub struct BentToken<'a> {
    signer: &'a dyn SignClaims,
    now: Timestamp,
    claims: Map<String, Value>,
}

impl<'a> BentToken<'a> {
    /// The token with these claims, to be bent at this time.
    #[must_use]
    pub const fn new(signer: &'a dyn SignClaims, now: Timestamp, claims: Map<String, Value>) -> Self {
        Self { signer, now, claims }
    }

    /// Sets a claim.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.claims.insert(name.to_owned(), value);
        self
    }

    /// Takes a claim away.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    /// Lets it have expired a second ago.
    #[must_use]
    pub fn expired(self) -> Self {
        let past = self.now.as_second().saturating_sub(1);
        self.with("exp", json!(past))
    }

    /// Makes it for another audience.
    #[must_use]
    pub fn for_audience(self, audience: &str) -> Self {
        self.with("aud", json!(audience))
    }

    /// Makes it a token with exactly these permissions.
    #[must_use]
    pub fn with_permissions(self, permissions: &[Permission]) -> Self {
        let scopes: Vec<_> = permissions.iter().copied().map(Permission::scope).collect();
        self.with("scope", json!(scopes.join(" ")))
    }

    /// Signs it with the issuer's key.
    ///
    /// # Errors
    ///
    /// [`TokenError::Signature`] if the signature fails.
    pub fn sign(self) -> Result<String, TokenError> {
        Ok(self.signer.sign_claims(&self.claims)?)
    }

    /// Signs it with a key that is not the issuer's, under that key's own id.
    ///
    /// # Errors
    ///
    /// [`TokenError::Signature`] if the key or the signature fails.
    pub fn sign_with_a_foreign_key(self) -> Result<String, TokenError> {
        let foreign = SigningKey::from_pem(&generate_pem()?)?;
        Ok(foreign.sign(&self.claims)?)
    }
}

/// The door of a running stack.
pub struct TestDoor<'a> {
    sign_in: &'a SignIn,
    signer: &'a dyn SignClaims,
    now: Timestamp,
}

impl<'a> TestDoor<'a> {
    pub(crate) const fn new(sign_in: &'a SignIn, signer: &'a dyn SignClaims, now: Timestamp) -> Self {
        Self { sign_in, signer, now }
    }

    /// A token of a demo user that must open nothing.
    ///
    /// # Errors
    ///
    /// [`TokenError::Unknown`] if there is no such user.
    pub fn test_token(&self, email: &str, kind: TestToken) -> Result<String, TokenError> {
        let token = self.user_token(email)?;
        match kind {
            TestToken::Expired => token.expired().sign(),
            TestToken::WrongAudience => token.for_audience("nobody").sign(),
            TestToken::WrongIssuer => token.with("iss", json!("https://issuer.example")).sign(),
            TestToken::WrongSignature => {
                let good = token.sign()?;
                let other = self.user_token(email)?.with("jti", json!("another")).sign()?;
                let (signed, _) = good.rsplit_once('.').ok_or(TokenError::Unknown)?;
                let (_, signature) = other.rsplit_once('.').ok_or(TokenError::Unknown)?;
                Ok(format!("{signed}.{signature}"))
            }
            TestToken::IdToken => self.sign_in.test_door_id_token(email),
        }
    }

    /// A machine client's token with exactly these permissions.
    ///
    /// # Errors
    ///
    /// [`TokenError::Signature`] if the signature fails.
    pub fn machine_token_with(
        &self,
        account: &AccountId,
        environment: Environment,
        permissions: &[Permission],
    ) -> Result<String, TokenError> {
        let token = self.client_token("runtime")?.with_permissions(permissions);
        let token = token.with("account", json!(account.as_str()));
        token.with("environment", json!(environment.as_str())).sign()
    }

    /// A token in the account with exactly these permissions: a person's, or a live machine client's where no
    /// person may have them.
    ///
    /// # Errors
    ///
    /// [`TokenError::Signature`] if the signature fails.
    pub fn access_token_with(
        &self,
        account: &AccountId,
        permissions: &[Permission],
    ) -> Result<String, TokenError> {
        let persons = Role::Owner.permissions();
        if !permissions.iter().all(|permission| persons.contains(permission)) {
            return self.machine_token_with(account, Environment::Live, permissions);
        }
        let email = demo::PEOPLE.first().map_or("", |person| person.email);
        let token = self.user_token(email)?.with_permissions(permissions);
        token.with("client_id", json!(PANEL_CLIENT)).with("account", json!(account.as_str())).sign()
    }

    /// The access token of a demo user, to be bent.
    ///
    /// # Errors
    ///
    /// [`TokenError::Unknown`] if there is no such user.
    pub fn user_token(&self, email: &str) -> Result<BentToken<'a>, TokenError> {
        Ok(self.bent(&self.sign_in.access_token_for_user(email)?))
    }

    /// The access token of a machine client, to be bent.
    ///
    /// # Errors
    ///
    /// As for an honest one.
    pub fn client_token(&self, id: &str) -> Result<BentToken<'a>, TokenError> {
        Ok(self.bent(&self.sign_in.access_token_for_client(id)?))
    }

    fn bent(&self, token: &str) -> BentToken<'a> {
        let claims = token.split('.').nth(1).and_then(|claims| BASE64_URL_SAFE_NO_PAD.decode(claims).ok());
        let claims = claims.and_then(|claims| serde_json::from_slice(&claims).ok()).unwrap_or_default();
        BentToken::new(self.signer, self.now, claims)
    }
}
