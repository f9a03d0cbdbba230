//! Codes and tokens, and the endpoints that give them out (RFC 6749), revoke them (RFC 7009) and say where everything is (RFC 8414).

use std::{collections::HashMap, sync::Arc};

use aws_lc_rs::{
    constant_time::verify_slices_are_equal,
    digest::{SHA256, digest},
    hmac,
};
use axum::{
    Form, Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use keyward_functions::system::{SystemClock, SystemRandom};
use keyward_shared::moment::{Clock as _, Random as _};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{CLIENT, ISSUER, Known};

/// How long a code can be exchanged, in seconds.
const CODE_SECONDS: i64 = 60;
/// How long an access token opens something, in seconds: so short that a newcomer sees it refreshed.
const ACCESS_SECONDS: i64 = 300;
/// How long a refresh token is good, in seconds: 90 days.
const REFRESH_SECONDS: i64 = 90 * 24 * 60 * 60;

/// What a text of this system is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Code,
    Access,
    Refresh,
}

/// What it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Saying {
    pub(super) kind: Kind,
    /// The consent that it came of.
    pub(super) grant: String,
    pub(super) account: String,
    pub(super) scope: String,
    pub(super) until: i64,
    /// Of a code: whoever exchanges it knows what this is the digest of (RFC 7636 §4.6).
    pub(super) challenge: String,
    /// Of a code: where it was sent (RFC 6749 §4.1.3).
    pub(super) redirect_uri: String,
}

/// A consent, which everything that comes of it names.
pub(super) fn new_grant() -> String {
    let mut bytes = [0; 16];
    SystemRandom.fill(&mut bytes);
    hex::encode(bytes)
}

impl Saying {
    /// A code for a consent.
    pub(super) fn code(account: &str, scope: &str, challenge: &str, redirect_uri: &str) -> Self {
        Self {
            kind: Kind::Code,
            grant: new_grant(),
            account: account.to_owned(),
            scope: scope.to_owned(),
            until: now() + CODE_SECONDS,
            challenge: challenge.to_owned(),
            redirect_uri: redirect_uri.to_owned(),
        }
    }

    fn token(&self, kind: Kind, seconds: i64) -> Self {
        let until = now() + seconds;
        Self { kind, until, challenge: String::new(), redirect_uri: String::new(), ..self.clone() }
    }
}

fn now() -> i64 {
    SystemClock.now().as_second()
}

impl Known {
    /// A saying as a text that nobody else can write.
    pub(super) fn sign(&self, saying: &Saying) -> String {
        let saying = BASE64_URL_SAFE_NO_PAD.encode(json!(saying).to_string());
        let mark = hmac::sign(&self.key, saying.as_bytes());
        format!("{saying}.{}", BASE64_URL_SAFE_NO_PAD.encode(mark.as_ref()))
    }

    /// What a text says, if it was signed here, is of this kind, and is still good.
    pub(super) fn read(&self, kind: Kind, text: &str) -> Option<Saying> {
        let (saying, mark) = text.split_once('.')?;
        let mark = BASE64_URL_SAFE_NO_PAD.decode(mark).ok()?;
        hmac::verify(&self.key, saying.as_bytes(), &mark).ok()?;
        let saying: Saying = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(saying).ok()?).ok()?;
        let is_good = saying.kind == kind && saying.until > now() && !self.revoked().contains(&saying.grant);
        is_good.then_some(saying)
    }

    /// The ID token of who consented, signed with the client's secret (OpenID Connect Core §2 and §10.1).
    fn id_token(&self, account: &str) -> String {
        let part = |json: serde_json::Value| BASE64_URL_SAFE_NO_PAD.encode(json.to_string());
        let claims = json!({
            "iss": ISSUER, "aud": CLIENT, "sub": account, "iat": now(), "exp": now() + ACCESS_SECONDS,
        });
        let message = format!("{}.{}", part(json!({ "alg": "HS256", "typ": "JWT" })), part(claims));
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.secret().as_bytes());
        let signature = hmac::sign(&key, message.as_bytes());
        format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }

    /// Whether a request shows the client's secret (RFC 6749 §2.3.1).
    fn is_client(&self, headers: &HeaderMap) -> bool {
        let shown =
            headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Basic "));
        let shown = shown.and_then(|shown| BASE64_STANDARD.decode(shown).ok()).unwrap_or_default();
        verify_slices_are_equal(&shown, format!("{CLIENT}:{}", self.secret()).as_bytes()).is_ok()
    }
}

pub(super) fn router(known: &Arc<Known>, origin: &str) -> Router {
    let metadata = json!({
        "issuer": ISSUER, "authorization_endpoint": format!("{origin}/authorize"),
        "token_endpoint": format!("{ISSUER}/token"), "revocation_endpoint": format!("{ISSUER}/revoke"),
        "response_types_supported": ["code"], "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"], "scopes_supported": ["read", "offline_access"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        "authorization_response_iss_parameter_supported": true,
    });
    Router::new()
        .route("/.well-known/oauth-authorization-server", get(move || async move { Json(metadata) }))
        .route("/token", post(token))
        .route("/revoke", post(revoke))
        .with_state(Arc::clone(known))
}

type Given = HashMap<String, String>;

async fn token(State(known): State<Arc<Known>>, headers: HeaderMap, Form(given): Form<Given>) -> Response {
    if !known.is_client(&headers) {
        return refusal(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    let of = |name: &str| given.get(name).map(String::as_str).unwrap_or_default();
    match of("grant_type") {
        "authorization_code" => {
            let proof = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, of("code_verifier").as_bytes()));
            let code = known.read(Kind::Code, of("code"));
            let code = code.filter(|code| code.challenge == proof && code.redirect_uri == of("redirect_uri"));
            // A code is good once.
            match code.filter(|code| known.used().insert(code.grant.clone())) {
                Some(code) => granted(&known, &code, true),
                None => refusal(StatusCode::BAD_REQUEST, "invalid_grant"),
            }
        }
        "refresh_token" => match known.read(Kind::Refresh, of("refresh_token")) {
            Some(refresh) => granted(&known, &refresh, false),
            None => refusal(StatusCode::BAD_REQUEST, "invalid_grant"),
        },
        _ => refusal(StatusCode::BAD_REQUEST, "unsupported_grant_type"),
    }
}

fn granted(known: &Known, saying: &Saying, is_first: bool) -> Response {
    let mut answer = json!({
        "access_token": known.sign(&saying.token(Kind::Access, ACCESS_SECONDS)), "token_type": "Bearer",
        "expires_in": ACCESS_SECONDS, "scope": saying.scope,
    });
    if let Some(members) = answer.as_object_mut().filter(|_| is_first) {
        let refresh_token = known.sign(&saying.token(Kind::Refresh, REFRESH_SECONDS));
        members.insert("id_token".to_owned(), json!(known.id_token(&saying.account)));
        members.insert("refresh_token".to_owned(), json!(refresh_token));
    }
    ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response()
}

fn refusal(status: StatusCode, error: &str) -> Response {
    (status, [(header::CACHE_CONTROL, "no-store")], Json(json!({ "error": error }))).into_response()
}

async fn revoke(State(known): State<Arc<Known>>, headers: HeaderMap, Form(given): Form<Given>) -> Response {
    if !known.is_client(&headers) {
        return refusal(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    let token = given.get("token").map(String::as_str).unwrap_or_default();
    let saying = known.read(Kind::Refresh, token).or_else(|| known.read(Kind::Access, token));
    if let Some(saying) = saying {
        known.revoked().insert(saying.grant);
    }
    // Also for a token that is not good any more (RFC 7009 §2.2).
    StatusCode::OK.into_response()
}
