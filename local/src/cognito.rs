//! Cognito's administrative calls, as far as Keyward makes them, over the people of the local sign-in. The AWS SDK talks to it over
//! loopback as it talks to AWS.
//!
//! It has no policies, so every program that reaches the port may do everything. It sends no mail: what a mail would have is at `/mail`,
//! and printed on the terminal.

use std::{path::Path, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use keyward_functions::system::{SystemClock, SystemRandom};
use keyward_shared::moment::Clock as _;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;

use crate::{
    loopback::is_own_host,
    mail::{Mail, Mailbox},
    sign_in::{
        USER_POOL,
        people::{Known, NobodyMade, People},
    },
};

const CONTENT_TYPE: &str = "application/x-amz-json-1.1";
const TARGET: &str = "x-amz-target";
const SERVICE: &str = "AWSCognitoIdentityProviderService.";

/// Why it did not do it, as Cognito says so ("Errors" of each action in its API reference).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    UsernameExists,
    UserNotFound,
    /// There is no such pool.
    ResourceNotFound,
    /// The person is not at the point at which this can be done.
    UnsupportedUserState,
    InvalidParameter,
    /// It has no such action, or the request is not from here.
    AccessDenied,
    Internal,
}

impl Refusal {
    const fn code(self) -> &'static str {
        match self {
            Self::UsernameExists => "UsernameExistsException",
            Self::UserNotFound => "UserNotFoundException",
            Self::ResourceNotFound => "ResourceNotFoundException",
            Self::UnsupportedUserState => "UnsupportedUserStateException",
            Self::InvalidParameter => "InvalidParameterException",
            Self::AccessDenied => "AccessDeniedException",
            Self::Internal => "InternalErrorException",
        }
    }
}

/// The endpoint.
struct UserPool {
    people: People,
    mailbox: Mailbox,
    invitations: UnboundedSender<Vec<String>>,
}

/// The HTTP service, for a loopback listener. Invitations are sent there, line by line.
pub(crate) fn router(data_dir: &Path, invitations: UnboundedSender<Vec<String>>) -> Router {
    let pool = UserPool { people: People::of(data_dir), mailbox: Mailbox::of(data_dir), invitations };
    Router::new().route("/", post(answer)).with_state(Arc::new(pool))
}

async fn answer(State(pool): State<Arc<UserPool>>, headers: HeaderMap, body: Bytes) -> Response {
    let (status, body) = match run(&pool, &headers, &body) {
        Ok(body) => (StatusCode::OK, body),
        Err(Refusal::Internal) => (StatusCode::INTERNAL_SERVER_ERROR, refused(Refusal::Internal)),
        Err(refusal) => (StatusCode::BAD_REQUEST, refused(refusal)),
    };
    (status, [(header::CONTENT_TYPE, CONTENT_TYPE)], body.to_string()).into_response()
}

fn refused(refusal: Refusal) -> Value {
    json!({ "__type": refusal.code(), "message": "The local user pool refuses." })
}

fn run(pool: &UserPool, headers: &HeaderMap, body: &[u8]) -> Result<Value, Refusal> {
    if !is_own_host(headers) || !headers.contains_key(header::AUTHORIZATION) {
        return Err(Refusal::AccessDenied);
    }
    let target = headers.get(TARGET).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let request: Request = serde_json::from_slice(body).map_err(|_| Refusal::InvalidParameter)?;
    if request.user_pool_id != USER_POOL {
        return Err(Refusal::ResourceNotFound);
    }
    match target.strip_prefix(SERVICE) {
        Some("AdminCreateUser") if request.message_action.as_deref() == Some("RESEND") => {
            pool.resend(&request)
        }
        Some("AdminCreateUser") => pool.create(&request),
        Some("AdminDeleteSoftwareToken") => pool.reset_second_factor(&request),
        Some("AdminDeleteUser") => pool.delete(&request),
        Some("AdminGetUser") => pool.get(&request),
        Some("AdminUserGlobalSignOut") => pool.sign_out(&request),
        Some(_) | None => Err(Refusal::AccessDenied),
    }
}

/// What the actions read. Others of their members are ignored.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Request {
    user_pool_id: String,
    username: String,
    #[serde(default)]
    user_attributes: Vec<Attribute>,
    message_action: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attribute {
    name: String,
    value: String,
}

impl UserPool {
    fn create(&self, request: &Request) -> Result<Value, Refusal> {
        let attribute = |name: &str| {
            let found = request.user_attributes.iter().find(|attribute| attribute.name == name);
            found.map(|attribute| attribute.value.as_str())
        };
        let account = attribute("custom:account").ok_or(Refusal::InvalidParameter)?;
        if attribute("email") != Some(&request.username) {
            return Err(Refusal::InvalidParameter);
        }
        let (user, lines) =
            self.people.invite(&request.username, account, &SystemRandom).map_err(|error| match error {
                NobodyMade::Taken => Refusal::UsernameExists,
                NobodyMade::Io(_) => Refusal::Internal,
            })?;
        self.tell_invited(&user);
        // Where nobody listens, the next start tells.
        self.invitations.send(lines).ok();
        Ok(json!({ "User": {
            "Username": user.sub, "Attributes": attributes(&user), "Enabled": true,
            "UserStatus": "FORCE_CHANGE_PASSWORD",
        } }))
    }

    fn delete(&self, request: &Request) -> Result<Value, Refusal> {
        let user = self.people.find(&request.username).ok_or(Refusal::UserNotFound)?;
        self.people.remove(&user).map_err(|_| Refusal::Internal)?;
        Ok(json!({}))
    }

    fn get(&self, request: &Request) -> Result<Value, Refusal> {
        let user = self.people.find(&request.username).ok_or(Refusal::UserNotFound)?;
        Ok(json!({
            "Username": user.sub, "UserAttributes": attributes(&user), "Enabled": true,
            "UserStatus": if user.confirmed { "CONFIRMED" } else { "FORCE_CHANGE_PASSWORD" },
        }))
    }

    fn resend(&self, request: &Request) -> Result<Value, Refusal> {
        let user = self.people.find(&request.username).ok_or(Refusal::UserNotFound)?;
        if user.confirmed {
            return Err(Refusal::UnsupportedUserState);
        }
        let lines = self.people.invite_again(&user, &SystemRandom).map_err(|_| Refusal::Internal)?;
        self.tell_invited(&user);
        self.invitations.send(lines).ok();
        Ok(json!({ "User": { "Username": user.sub, "Attributes": attributes(&user) } }))
    }

    fn reset_second_factor(&self, request: &Request) -> Result<Value, Refusal> {
        let user = self.people.find(&request.username).ok_or(Refusal::UserNotFound)?;
        let lines = self.people.reset_second_factor(&user, &SystemRandom).map_err(|_| Refusal::Internal)?;
        self.mailbox.put(&Mail::second_factor_reset(&user.email, SystemClock.now()));
        self.invitations.send(lines).ok();
        Ok(json!({}))
    }

    fn tell_invited(&self, user: &Known) {
        if let Some(password) = self.people.password(user) {
            self.mailbox.put(&Mail::invitation(&user.email, password.expose(), SystemClock.now()));
        }
    }

    fn sign_out(&self, request: &Request) -> Result<Value, Refusal> {
        let user = self.people.find(&request.username).ok_or(Refusal::UserNotFound)?;
        self.people.sign_out(&user, SystemClock.now()).map_err(|_| Refusal::Internal)?;
        Ok(json!({}))
    }
}

fn attributes(user: &Known) -> Value {
    json!([
        { "Name": "sub", "Value": user.sub },
        { "Name": "email", "Value": user.email },
        { "Name": "email_verified", "Value": "true" },
        { "Name": "custom:account", "Value": user.account },
    ])
}
