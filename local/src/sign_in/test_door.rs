//! A door for tests only: secrets of the demo users, and tokens that no honest provider would make.
//!
//! # Security
//!
//! Nothing here can be reached over HTTP. It is a public module because the integration tests are a crate of their
//! own.

use keyward_shared::{
    environment::Environment,
    ids::AccountId,
    permission::{Permission, Role},
    secret::SecretText,
};
use serde_json::{Map, Value, json};

use super::{PANEL_CLIENT, SignIn, TokenError, key, trigger::Occasion};

/// A token that must open nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestToken {
    /// It expired a second ago.
    Expired,
    /// It is for a client that the authorizer does not know.
    WrongAudience,
    /// It is from somebody else.
    WrongIssuer,
    /// It names the provider's key, but another one signed it.
    WrongSignature,
    /// It says who somebody is, not what they may do.
    IdToken,
}

/// A token in the making: first that of an honest sign-in, then bent.
pub struct BentToken<'a> {
    sign_in: &'a SignIn,
    claims: Map<String, Value>,
}

impl BentToken<'_> {
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
        let past = self.sign_in.clock.now().as_second().saturating_sub(1);
        self.with("exp", json!(past))
    }

    /// Makes it for another audience.
    #[must_use]
    pub fn for_audience(self, audience: &str) -> Self {
        self.with("client_id", json!(audience))
    }

    /// Signs it with the provider's key.
    ///
    /// # Errors
    ///
    /// [`TokenError::Signature`] if the signature fails.
    pub fn sign(self) -> Result<String, TokenError> {
        Ok(self.sign_in.store.key.sign(&self.claims)?)
    }

    /// Makes it a token with exactly these permissions.
    #[must_use]
    pub fn with_permissions(self, permissions: &[Permission]) -> Self {
        let scopes: Vec<_> = permissions.iter().copied().map(Permission::scope).collect();
        self.with("scope", json!(scopes.join(" ")))
    }

    /// Signs it with a key that is not the provider's, under that key's own id.
    ///
    /// # Errors
    ///
    /// [`TokenError::Signature`] if the key or the signature fails.
    pub fn sign_with_a_foreign_key(self) -> Result<String, TokenError> {
        let foreign = key::SigningKey::from_pem(&key::generate_pem()?)?;
        Ok(foreign.sign(&self.claims)?)
    }
}

impl SignIn {
    /// A token of a demo user that must open nothing.
    ///
    /// # Errors
    ///
    /// [`TokenError::Unknown`] if there is no such user.
    pub fn test_token(&self, email: &str, kind: TestToken) -> Result<String, TokenError> {
        let token = self.test_door_user_token(email)?;
        match kind {
            TestToken::Expired => token.expired().sign(),
            TestToken::WrongAudience => token.for_audience("nobody").sign(),
            TestToken::WrongIssuer => token.with("iss", json!("https://issuer.example")).sign(),
            TestToken::WrongSignature => {
                let good = token.sign()?;
                let other = self.test_door_user_token(email)?.with("jti", json!("another")).sign()?;
                let (signed, _) = good.rsplit_once('.').ok_or(TokenError::Unknown)?;
                let (_, signature) = other.rsplit_once('.').ok_or(TokenError::Unknown)?;
                Ok(format!("{signed}.{signature}"))
            }
            TestToken::IdToken => self.test_door_id_token(email),
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
        let token = self.test_door_client_token("runtime")?.with_permissions(permissions);
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
        let email = self.store.users.first().map(|user| user.email.clone()).unwrap_or_default();
        let token = self.test_door_user_token(&email)?.with_permissions(permissions);
        token.with("client_id", json!(PANEL_CLIENT)).with("account", json!(account.as_str())).sign()
    }

    /// The access token of a demo user, to be bent.
    ///
    /// # Errors
    ///
    /// [`TokenError::Unknown`] if there is no such user.
    pub fn test_door_user_token(&self, email: &str) -> Result<BentToken<'_>, TokenError> {
        let claims = self.user_access_claims(&self.session_of(email)?, Occasion::SignIn)?;
        Ok(BentToken { sign_in: self, claims })
    }

    /// The access token of a machine client, to be bent.
    ///
    /// # Errors
    ///
    /// [`TokenError::ScopeNotAllowed`] or [`TokenError::Trigger`], as for an honest one.
    pub fn test_door_client_token(&self, id: &str) -> Result<BentToken<'_>, TokenError> {
        Ok(BentToken { sign_in: self, claims: self.client_access_claims(id, None)? })
    }

    /// The ID token of a demo user.
    ///
    /// # Errors
    ///
    /// [`TokenError::Unknown`] if there is no such user.
    pub fn test_door_id_token(&self, email: &str) -> Result<String, TokenError> {
        Ok(self.user_tokens(&self.session_of(email)?, Occasion::SignIn)?.id)
    }

    /// A demo user's password.
    #[must_use]
    pub fn test_door_password(&self, email: &str) -> Option<SecretText> {
        let user = self.user(email)?;
        Some(user.password.expose().to_owned().into())
    }

    /// The code that a demo user's authenticator app shows now.
    #[must_use]
    pub fn test_door_totp_code(&self, email: &str) -> Option<SecretText> {
        let user = self.user(email)?;
        let now = u64::try_from(self.clock.now().as_second()).ok()?;
        Some(user.totp.code(now).into())
    }

    /// A machine client's secret.
    #[must_use]
    pub fn test_door_client_secret(&self, id: &str) -> Option<SecretText> {
        self.client_secret(id)
    }
}
