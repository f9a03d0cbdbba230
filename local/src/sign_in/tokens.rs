//! The claims of access and ID tokens, as Cognito writes them. Keyward's own access tokens are others: the token route issues them
//! for the ID token.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{SignIn, TokenError, grants::Session, store::uuid_v4};

/// How long an access or ID token is good, in seconds.
pub const TOKEN_LIFETIME_SECONDS: i64 = 15 * 60;

/// The tokens of one sign-in.
pub(super) struct UserTokens {
    pub(super) access: String,
    pub(super) id: String,
}

impl SignIn {
    /// Access and ID token for a person.
    pub(super) fn user_tokens(&self, session: &Session) -> Result<UserTokens, TokenError> {
        let (access, id) = (self.access_claims(session), self.id_claims(session));
        Ok(UserTokens { access: self.store.key.sign(&access)?, id: self.store.key.sign(&id)? })
    }

    /// The claims of a person's access token, which opens the page of the sign-in that says who it is.
    fn access_claims(&self, session: &Session) -> Map<String, Value> {
        let mut claims = self.common_claims("access", session.auth_time);
        claims.insert("client_id".to_owned(), json!(session.client_id));
        claims.insert("version".to_owned(), json!(2));
        claims.insert("scope".to_owned(), json!(session.scopes.join(" ")));
        claims.insert("sub".to_owned(), json!(session.sub));
        claims.insert("username".to_owned(), json!(session.sub));
        claims.insert("origin_jti".to_owned(), json!(session.origin_jti));
        claims
    }

    /// The claims of an ID token (OpenID Connect Core §2): who it is, and no scopes.
    pub(super) fn id_claims(&self, session: &Session) -> Map<String, Value> {
        let mut claims = self.common_claims("id", session.auth_time);
        claims.insert("aud".to_owned(), json!(session.client_id));
        claims.insert("sub".to_owned(), json!(session.sub));
        claims.insert("cognito:username".to_owned(), json!(session.sub));
        claims.insert("email".to_owned(), json!(session.email));
        claims.insert("email_verified".to_owned(), json!(true));
        // Of the attributes that the client may read.
        if let Some(user) = self.user(&session.email).filter(|user| !user.account.is_empty()) {
            claims.insert("custom:account".to_owned(), json!(user.account));
        }
        claims.insert("origin_jti".to_owned(), json!(session.origin_jti));
        if let Some(nonce) = &session.nonce {
            claims.insert("nonce".to_owned(), json!(nonce));
        }
        claims
    }

    fn common_claims(&self, token_use: &str, auth_time: Timestamp) -> Map<String, Value> {
        let now = self.clock.now().as_second();
        let claims = [
            ("iss", json!(self.issuer)),
            ("token_use", json!(token_use)),
            ("auth_time", json!(auth_time.as_second())),
            ("iat", json!(now)),
            ("exp", json!(now.saturating_add(TOKEN_LIFETIME_SECONDS))),
            ("jti", json!(uuid_v4(&*self.random))),
        ];
        claims.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}
