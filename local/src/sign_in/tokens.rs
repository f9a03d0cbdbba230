//! The claims of access and ID tokens, as Cognito writes them, with those that Keyward's pre-token trigger adds.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    SignIn, TokenError,
    grants::Session,
    store::uuid_v4,
    trigger::{Changes, Occasion, allowed_scopes},
};

/// How long an access or ID token is good, in seconds.
pub const TOKEN_LIFETIME_SECONDS: i64 = 15 * 60;

/// The tokens of one sign-in.
pub(super) struct UserTokens {
    pub(super) access: String,
    pub(super) id: String,
}

impl SignIn {
    /// Access and ID token for a person.
    pub(super) fn user_tokens(
        &self,
        session: &Session,
        occasion: Occasion,
    ) -> Result<UserTokens, TokenError> {
        let access = self.user_access_claims(session, occasion)?;
        let id = self.id_claims(session);
        Ok(UserTokens { access: self.store.key.sign(&access)?, id: self.store.key.sign(&id)? })
    }

    pub(super) fn user_access_claims(
        &self,
        session: &Session,
        occasion: Occasion,
    ) -> Result<Map<String, Value>, TokenError> {
        let changes = self.changes_for_person(session, occasion)?;
        let mut claims = self.access_claims(&session.client_id, &session.scopes, session.auth_time, changes);
        claims.insert("sub".to_owned(), json!(session.sub));
        claims.insert("username".to_owned(), json!(session.sub));
        claims.insert("origin_jti".to_owned(), json!(session.origin_jti));
        Ok(claims)
    }

    /// The claims of a machine client with the scopes asked for, or with all that it may ask for. Like Cognito's, they
    /// have neither `username` nor `origin_jti`.
    pub(super) fn client_access_claims(
        &self,
        client_id: &str,
        asked: Option<&[String]>,
    ) -> Result<Map<String, Value>, TokenError> {
        let allowed = allowed_scopes(client_id);
        let scopes = match asked {
            None => allowed,
            Some(asked) if asked.iter().all(|scope| allowed.contains(scope)) => asked.to_vec(),
            Some(_) => return Err(TokenError::ScopeNotAllowed),
        };
        let changes = self.changes_for_client(client_id, &scopes)?;
        let mut claims = self.access_claims(client_id, &scopes, self.clock.now(), changes);
        claims.insert("sub".to_owned(), json!(client_id));
        Ok(claims)
    }

    /// What every access token has, with the trigger's changes.
    fn access_claims(
        &self,
        client_id: &str,
        scopes: &[String],
        auth_time: Timestamp,
        changes: Changes,
    ) -> Map<String, Value> {
        let mut claims = self.common_claims("access", auth_time);
        claims.insert("client_id".to_owned(), json!(client_id));
        claims.insert("version".to_owned(), json!(2));
        claims.insert("scope".to_owned(), json!(changes.scopes(scopes).join(" ")));
        claims.extend(changes.claims_to_add_or_override);
        claims
    }

    /// The claims of an ID token (OpenID Connect Core §2): who it is, and no scopes.
    fn id_claims(&self, session: &Session) -> Map<String, Value> {
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
