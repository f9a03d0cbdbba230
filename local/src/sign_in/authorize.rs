//! The browser's part: `GET /oauth2/authorize` shows the sign-in page, its form sends the browser back with a code. A browser that
//! somebody has signed in with is sent back at once.

use std::sync::Arc;

use axum::{
    Form,
    extract::{Query, State, rejection::FormRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use keyward_shared::permission::Permission;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    PANEL_CLIENT, SignIn,
    attempts::{Credentials, NotSignedIn},
    grants::{Challenge, CodeGrant, Session},
    oauth_error::OAuthError,
    page::{self, Notice},
    prompt::Prompt,
    store::User,
};

/// The parameters of OpenID Connect Core §3.1.2.1 that are read here, and of RFC 7636 §4.3.
#[derive(Serialize, Deserialize)]
pub(super) struct AuthorizeQuery {
    response_type: Option<String>,
    client_id: Option<String>,
    redirect_uri: Option<String>,
    scope: Option<String>,
    state: Option<String>,
    nonce: Option<String>,
    prompt: Option<String>,
    max_age: Option<String>,
    login_hint: Option<String>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
}

/// A request that has been checked.
struct AuthorizeRequest {
    redirect_uri: Url,
    /// The same as it was written: that is what the code is exchanged with.
    redirect_text: String,
    scopes: Vec<String>,
    state: Option<String>,
    nonce: Option<String>,
    challenge: Challenge,
    prompt: Prompt,
}

/// Why a request is refused, and where the browser learns of it.
enum Refused {
    /// Client or address are not known. Nothing may be sent to that address (RFC 6749 §4.1.2.1).
    Here,
    /// The client is told.
    AtClient { redirect_uri: Url, state: Option<String>, error: OAuthError },
}

/// The fields of the form.
#[derive(Deserialize)]
pub(super) struct SignInForm {
    email: String,
    password: String,
    code: String,
}

impl AuthorizeQuery {
    fn check(&self, sign_in: &SignIn) -> Result<AuthorizeRequest, Refused> {
        let asked = self.redirect_uri.as_deref().unwrap_or_default();
        let known = self.client_id.as_deref() == Some(PANEL_CLIENT)
            && sign_in.panel_redirects().any(|allowed| allowed == asked);
        let Some(redirect_uri) = Url::parse(asked).ok().filter(|_| known) else {
            return Err(Refused::Here);
        };
        match self.check_rest() {
            Ok((scopes, challenge, prompt)) => Ok(AuthorizeRequest {
                redirect_uri,
                redirect_text: asked.to_owned(),
                scopes,
                state: self.state.clone(),
                nonce: self.nonce.clone(),
                challenge,
                prompt,
            }),
            Err(error) => Err(Refused::AtClient { redirect_uri, state: self.state.clone(), error }),
        }
    }

    fn check_rest(&self) -> Result<(Vec<String>, Challenge, Prompt), OAuthError> {
        if self.response_type.as_deref() != Some("code") {
            return Err(OAuthError::UnsupportedResponseType);
        }
        if self.code_challenge_method.as_deref() != Some("S256") {
            return Err(OAuthError::InvalidRequest);
        }
        let challenge = self.code_challenge.as_deref().and_then(Challenge::parse);
        let challenge = challenge.ok_or(OAuthError::InvalidRequest)?;
        let prompt = Prompt::parse(self.prompt.as_deref(), self.max_age.as_deref())?;
        Ok((openid_scopes(self.scope.as_deref().unwrap_or("openid"))?, challenge, prompt))
    }
}

/// The scopes of OpenID among those asked for. Keyward's own may be asked for too, but what a person gets is what
/// the directory grants, as Cognito's trigger does it.
fn openid_scopes(asked: &str) -> Result<Vec<String>, OAuthError> {
    let mut scopes = Vec::new();
    for scope in asked.split_whitespace() {
        match scope {
            "openid" | "email" | "profile" => scopes.push(scope.to_owned()),
            other if Permission::from_scope(other).is_some() => {}
            _ => return Err(OAuthError::InvalidScope),
        }
    }
    Ok(scopes)
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Here => page::failure(
                StatusCode::BAD_REQUEST,
                "The application that sent you here, or the address to send you back to, is not known.",
            ),
            Self::AtClient { redirect_uri, state, error } => {
                back_to(redirect_uri, "error", error.code(), state.as_deref())
            }
        }
    }
}

/// Sends the browser back, with one answer and the state.
fn back_to(mut address: Url, name: &str, value: &str, state: Option<&str>) -> Response {
    address.query_pairs_mut().append_pair(name, value);
    if let Some(state) = state {
        address.query_pairs_mut().append_pair("state", state);
    }
    ([(header::CACHE_CONTROL, "no-store")], Redirect::to(address.as_str())).into_response()
}

/// `GET /oauth2/authorize`.
pub(super) async fn show(
    State(sign_in): State<Arc<SignIn>>,
    Query(query): Query<AuthorizeQuery>,
    headers: HeaderMap,
) -> Response {
    let request = match query.check(&sign_in) {
        Ok(request) => request,
        Err(refused) => return refused.into_response(),
    };
    let now = sign_in.clock.now();
    let users = sign_in.users();
    let browser = sign_in.browsers().signed_in(&users, &headers, now);
    match browser.filter(|(_, signed_in)| request.prompt.takes(*signed_in, now)) {
        Some((user, signed_in)) => sign_in.send_back(request, user, signed_in, now),
        None if request.prompt.may_ask() => {
            let hint = query.login_hint.as_deref().unwrap_or_default();
            page::sign_in(&sign_in.origins, &query, hint, None)
        }
        None => request.refused(OAuthError::LoginRequired).into_response(),
    }
}

impl AuthorizeRequest {
    fn refused(self, error: OAuthError) -> Refused {
        Refused::AtClient { redirect_uri: self.redirect_uri, state: self.state, error }
    }
}

impl SignIn {
    /// Sends the browser back with a code for tokens of a sign-in.
    fn send_back(
        &self,
        request: AuthorizeRequest,
        user: &User,
        signed_in: Timestamp,
        now: Timestamp,
    ) -> Response {
        let session = self.new_session(user, request.scopes, request.nonce);
        let session = Session { auth_time: signed_in, ..session };
        let grant = CodeGrant { session, redirect_uri: request.redirect_text, challenge: request.challenge };
        let code = self.grants().issue_code(grant, now, &*self.random);
        back_to(request.redirect_uri, "code", &code, request.state.as_deref())
    }
}

/// `POST /sign-in/session`: the form, with the parameters of the authorization request in its query.
///
/// # Security
///
/// The form counts only from our own page: another site could otherwise sign a visitor in as somebody else. It is
/// known by `Origin`, which every browser sends with a form.
pub(super) async fn sign_in(
    State(sign_in): State<Arc<SignIn>>,
    Query(query): Query<AuthorizeQuery>,
    headers: HeaderMap,
    form: Result<Form<SignInForm>, FormRejection>,
) -> Response {
    let origin = headers.get(header::ORIGIN).map(|origin| origin.to_str().unwrap_or_default());
    if origin.is_some_and(|origin| !sign_in.origins.iter().any(|own| own == origin)) {
        return page::failure(StatusCode::FORBIDDEN, "The form was sent from another site.");
    }
    let request = match query.check(&sign_in) {
        Ok(request) => request,
        Err(refused) => return refused.into_response(),
    };
    let Ok(Form(form)) = form else {
        return page::failure(StatusCode::BAD_REQUEST, "The form was not complete.");
    };
    let now = sign_in.clock.now();
    let given = Credentials { email: &form.email, password: &form.password, code: &form.code };
    let users = sign_in.users();
    let checked = sign_in.attempts().check(&users, &given, now);
    let user = match checked {
        Ok(user) => user,
        Err(NotSignedIn::Wrong) => {
            return page::sign_in(&sign_in.origins, &query, &form.email, Some(Notice::Wrong));
        }
        Err(NotSignedIn::Wait { seconds }) => {
            return page::sign_in(&sign_in.origins, &query, &form.email, Some(Notice::Wait { seconds }));
        }
    };
    if sign_in.people.confirm(user).is_err() {
        return page::failure(StatusCode::INTERNAL_SERVER_ERROR, "The data directory cannot be written.");
    }
    let cookies = sign_in.browsers().remember(user, now, &*sign_in.random);
    (cookies, sign_in.send_back(request, user, now, now)).into_response()
}

/// The parameters of Cognito's `/logout`.
#[derive(Deserialize)]
pub(super) struct LogoutQuery {
    client_id: Option<String>,
    logout_uri: Option<String>,
}

/// `GET /logout`: ends the browser's session and sends it to an address that is ours. Tokens that were made from the session are
/// not touched.
pub(super) async fn logout(
    State(sign_in): State<Arc<SignIn>>,
    Query(query): Query<LogoutQuery>,
    headers: HeaderMap,
) -> Response {
    let asked = query.logout_uri.unwrap_or_default();
    let known = query.client_id.as_deref() == Some(PANEL_CLIENT)
        && sign_in.panel_redirects().any(|allowed| allowed == asked);
    if !known {
        return Refused::Here.into_response();
    }
    let cookies = sign_in.browsers().forget(&headers);
    (cookies, [(header::CACHE_CONTROL, "no-store")], Redirect::to(&asked)).into_response()
}
