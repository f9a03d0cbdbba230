//! A door for tests only: the secrets of the demo, and ID tokens.
//!
//! # Security
//!
//! Nothing here can be reached over HTTP. It is a public module because the integration tests are a crate of their
//! own.

use keyward_shared::secret::SecretText;
use serde_json::{Map, Value};

use super::{BadSigningKey, SignIn, TokenError};
use crate::test_door::{BentToken, SignClaims};

impl SignClaims for SignIn {
    fn sign_claims(&self, claims: &Map<String, Value>) -> Result<String, BadSigningKey> {
        self.store.key.sign(claims)
    }
}

impl SignIn {
    /// The ID token of a demo user.
    ///
    /// # Errors
    ///
    /// [`TokenError::Unknown`] if there is no such user.
    pub fn test_door_id_token(&self, email: &str) -> Result<String, TokenError> {
        self.test_door_bent_id_token(email)?.sign()
    }

    /// The same, to be bent.
    ///
    /// # Errors
    ///
    /// [`TokenError::Unknown`] if there is no such user.
    pub fn test_door_bent_id_token(&self, email: &str) -> Result<BentToken<'_>, TokenError> {
        Ok(BentToken::new(self, self.clock.now(), self.id_claims(&self.session_of(email)?)))
    }

    /// An access token of the sign-in, which Keyward takes no more.
    ///
    /// # Errors
    ///
    /// [`TokenError::Unknown`] if there is no such user.
    pub fn test_door_sign_in_token(&self, email: &str) -> Result<String, TokenError> {
        Ok(self.user_tokens(&self.session_of(email)?)?.access)
    }

    /// A demo user's password.
    #[must_use]
    pub fn test_door_password(&self, email: &str) -> Option<SecretText> {
        let user = self.user(email)?;
        Some(user.password.expose().to_owned().into())
    }

    /// What a demo user's authenticator app makes its codes from.
    #[must_use]
    pub fn test_door_second_factor(&self, email: &str) -> Option<SecretText> {
        let user = self.user(email)?;
        Some(user.totp_base32.expose().to_owned().into())
    }

    /// The refresh token of a demo user's sign-in of this moment.
    ///
    /// # Errors
    ///
    /// [`TokenError::Unknown`] if there is no such user.
    pub fn test_door_refresh_token(&self, email: &str) -> Result<SecretText, TokenError> {
        let session = self.session_of(email)?;
        Ok(self.grants().issue_refresh(session, &*self.random).into())
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
