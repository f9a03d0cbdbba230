//! The sign-in: an OpenID provider in the shape of a Cognito user pool's, with TOTP as its second factor.
//!
//! Its ID tokens are what Keyward issues access tokens for. A browser is not asked again for an hour, by its session
//! cookie; `auth_time` stays that of the sign-in. What is absent on purpose: registration, and passwords that were
//! forgotten, for which it has no mail.

mod attempts;
mod authorize;
mod banner;
mod browser;
mod clients;
mod code;
mod discovery;
mod grants;
mod issuing;
mod key;
mod logins;
mod mint;
mod oauth_error;
mod own_pages;
pub(crate) mod page;
mod password;
pub(crate) mod people;
mod prompt;
#[cfg(test)]
mod same;
mod store;
pub mod test_door;
mod token;
mod tokens;
mod totp;
mod user_info;

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router, middleware,
    routing::{get, post},
};
use jsonwebtoken::jwk::JwkSet;
use keyward_functions::system::{SystemClock, SystemRandom};
use keyward_shared::{
    ids::SecretId,
    membership::client_secret::{ClientSecret, KeptSecret},
    moment::{Clock, Random},
    secret::SecretText,
    token::TokenIssuer,
};
use url::Url;

pub use clients::{NewClient, NoClient, make_client};
pub use code::{NoLogin, current_code};
pub use issuing::{IssueTokens, NotIssued};
pub use key::BadSigningKey;
pub(crate) use key::{SigningKey, generate_pem};
pub use logins::stored_logins;
pub(crate) use mint::request;
pub use mint::{NotMinted, ask_running_stack};
pub(crate) use store::FILE_NAME;
pub use store::SignInError;
pub use tokens::TOKEN_LIFETIME_SECONDS;
pub use totp::BadTotpSecret;

use attempts::Attempts;
use browser::Browsers;
use clients::FurtherClients;
use grants::{GrantBook, Session};
use people::People;
use store::{Store, User, uuid_v4};

/// The panel's client: public, authorization code with PKCE.
pub const PANEL_CLIENT: &str = "panel";

/// The exchange of an ID token for an access token (RFC 8693 §2.1 and §3).
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";

/// The user pool.
pub const USER_POOL: &str = "eu-west-1_Local";

/// The provider, with its users, clients and key.
pub struct SignIn {
    store: Store,
    further: FurtherClients,
    people: People,
    issuer: String,
    origins: Vec<String>,
    tokens: Arc<dyn IssueTokens>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    attempts: Mutex<Attempts>,
    browsers: Mutex<Browsers>,
    grants: Mutex<GrantBook>,
}

/// No token could be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Nobody has that name.
    #[error("there is no such user or client")]
    Unknown,
    /// None was issued.
    #[error(transparent)]
    NotIssued(#[from] NotIssued),
    /// The signature failed.
    #[error(transparent)]
    Signature(#[from] BadSigningKey),
}

impl SignIn {
    /// Opens `<data_dir>/sign-in.json`, or makes it with new secrets. The issuer is the origin that everything is
    /// served on, such as `http://127.0.0.1:8080`.
    ///
    /// # Errors
    ///
    /// [`SignInError`] if the file cannot be used.
    pub fn open(
        data_dir: &Path,
        issuer: &str,
        tokens: Arc<dyn IssueTokens>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, SignInError> {
        Ok(Self {
            store: Store::open(data_dir, &*random)?,
            further: FurtherClients::of(data_dir),
            people: People::of(data_dir),
            issuer: issuer.to_owned(),
            origins: own_origins(issuer),
            tokens,
            clock,
            random,
            attempts: Mutex::default(),
            browsers: Mutex::default(),
            grants: Mutex::default(),
        })
    }

    /// The public keys.
    fn jwks(&self) -> JwkSet {
        self.store.key.jwks()
    }

    /// What the ID tokens of a data directory are checked with. On the first start it makes the key.
    ///
    /// # Errors
    ///
    /// [`SignInError`] if the file cannot be used.
    pub fn token_issuer(
        data_dir: &Path,
        issuer: &str,
        random: &dyn Random,
    ) -> Result<TokenIssuer, SignInError> {
        let keys = Store::open(data_dir, random)?.key.key_set();
        Ok(TokenIssuer::new(issuer.to_owned(), &keys)?)
    }

    /// A machine client's secret; `None` where there is no such client.
    fn client_secret(&self, id: &str) -> Option<SecretText> {
        self.store.client_secret(id).or_else(|| self.further.secret(id))
    }

    /// What a client's row keeps of its secret; `None` for a secret that Keyward did not make.
    pub(crate) fn kept_secret(&self, id: &str) -> Option<KeptSecret> {
        let secret = ClientSecret::parse(self.client_secret(id)?).ok()?;
        let id = SecretId::generate(&SystemClock, &SystemRandom);
        Some(KeptSecret { id, hash: secret.hash(), created: self.clock.now(), ends: None })
    }

    /// The identifier of a user.
    #[must_use]
    pub fn sub_of(&self, email: &str) -> Option<String> {
        Some(self.user(email)?.sub.clone())
    }

    /// Everybody who can sign in: the demo's people, and who was invited since.
    fn users(&self) -> Vec<Arc<User>> {
        self.people.among(&self.store.users)
    }

    fn user(&self, email: &str) -> Option<Arc<User>> {
        self.users().into_iter().find(|user| user.email == email)
    }

    /// An access token for a user, as the panel would get it by signing in now.
    ///
    /// # Errors
    ///
    /// [`TokenError::Unknown`] if there is no such user.
    pub fn access_token_for_user(&self, email: &str) -> Result<String, TokenError> {
        let id = self.store.key.sign(&self.id_claims(&self.session_of(email)?))?;
        let form = [("grant_type", EXCHANGE), ("subject_token_type", ID_TOKEN), ("subject_token", &id)];
        Ok(self.tokens.issue(&form)?)
    }

    /// An access token for a machine client, with all of its scopes.
    ///
    /// # Errors
    ///
    /// [`TokenError::Unknown`] if there is no such client.
    pub fn access_token_for_client(&self, id: &str) -> Result<String, TokenError> {
        let secret = self.client_secret(id).ok_or(TokenError::Unknown)?;
        let form =
            [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret.expose())];
        Ok(self.tokens.issue(&form)?)
    }

    /// The endpoints: `/.well-known/*`, `/oauth2/*`, `/sign-in/*`, `/logout`, and `/local/token`.
    pub fn router(self: Arc<Self>) -> Router {
        let may_read = middleware::from_fn_with_state(Arc::clone(&self), own_pages::may_read);
        Router::new()
            .route("/.well-known/openid-configuration", get(discovery::configuration))
            .route("/.well-known/jwks.json", get(discovery::jwks))
            .route("/oauth2/token", post(token::exchange))
            .route("/oauth2/revoke", post(token::revoke))
            .route_layer(may_read)
            .route("/oauth2/authorize", get(authorize::show))
            .route("/oauth2/userInfo", get(user_info::show))
            .route("/sign-in/session", post(authorize::sign_in))
            .route("/sign-in/style.css", get(page::style))
            .route("/forgotPassword", get(password::show).post(password::change))
            .route("/logout", get(authorize::logout))
            .route(mint::PATH, post(mint::mint))
            .with_state(self)
    }

    /// Where the panel may be sent back to.
    fn panel_redirects(&self) -> impl Iterator<Item = String> {
        self.origins.iter().map(|origin| format!("{origin}/"))
    }

    fn session_of(&self, email: &str) -> Result<Session, TokenError> {
        let user = self.user(email).ok_or(TokenError::Unknown)?;
        Ok(self.new_session(&user, vec!["openid".to_owned(), "email".to_owned()], None))
    }

    /// A sign-in of this moment.
    fn new_session(&self, user: &User, scopes: Vec<String>, nonce: Option<String>) -> Session {
        Session {
            client_id: PANEL_CLIENT.to_owned(),
            sub: user.sub.clone(),
            email: user.email.clone(),
            auth_time: self.clock.now(),
            origin_jti: uuid_v4(&*self.random),
            scopes,
            nonce,
        }
    }

    fn attempts(&self) -> MutexGuard<'_, Attempts> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn browsers(&self) -> MutexGuard<'_, Browsers> {
        self.browsers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn grants(&self) -> MutexGuard<'_, GrantBook> {
        self.grants.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The issuer's origin, and the same one under the name `localhost`.
fn own_origins(issuer: &str) -> Vec<String> {
    let mut origins = vec![issuer.trim_end_matches('/').to_owned()];
    if let Ok(mut url) = Url::parse(issuer)
        && url.set_host(Some("localhost")).is_ok()
    {
        origins.push(url.origin().ascii_serialization());
    }
    origins.dedup();
    origins
}
