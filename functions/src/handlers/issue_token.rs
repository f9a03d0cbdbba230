//! `POST /v1/token`: issues an access token, to a machine client for its secret (RFC 6749 §4.4) and to a person for the ID token of
//! the sign-in (RFC 8693). No token: the secret or the ID token proves who is calling. Reads the rows of members, clients and
//! settings, counts wrong secrets, notes when a secret was used, and lets KMS sign.
//!
//! A refusal has the form of RFC 6749 §5.2. What is no refusal, such as a table that does not answer, is a problem as everywhere.

use keyward_shared::{
    membership::issuing::{self, Applicant, Issued, Issuer, LIFETIME, NotIssued, Rows},
    moment::{Clock, Moment, Random},
    ports::SignToken,
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;

use crate::{
    edge::{
        Answer, Failure, Request,
        oauth::{Form, GrantRefused},
    },
    openapi::Operation,
};

/// The most bytes of the form: an ID token and everything beside it.
pub const MAX_FORM_BYTES: usize = 16 * 1024;

const CLIENT_CREDENTIALS: &str = "client_credentials";
/// RFC 8693 §2.1 and §3.
const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

pub async fn handle(
    ports: (&impl Rows, &impl SignToken),
    moment: &Moment<'_, impl Clock, impl Random>,
    issuer: &Issuer<'_>,
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    let asked = request.form(MAX_FORM_BYTES)?.and_then(|form| Asked::read(form, &request));
    let Asked { applicant, scope, kind } = match asked {
        Ok(asked) => asked,
        Err(refused) => return Ok(answer_refused(refused)),
    };
    match issuing::issue(ports, moment, issuer, applicant, scope.as_deref()).await {
        Ok(issued) => Ok(Answer::ok(&TokenView::of(&issued, kind)).with("pragma", "no-cache".to_owned())),
        Err(NotIssued::Port(error)) => Err(keyward_shared::error::Error::from(error).into()),
        Err(NotIssued::Client) => Ok(answer_refused(GrantRefused::InvalidClient)),
        Err(NotIssued::TooManyFailures) => Ok(answer_refused(GrantRefused::TooManyFailures)),
        Err(NotIssued::Suspended) => Ok(answer_refused(GrantRefused::UnauthorizedClient)),
        Err(NotIssued::Scope) => Ok(answer_refused(GrantRefused::InvalidScope)),
        // RFC 8693 §2.2.2.
        Err(NotIssued::SignIn) => Ok(answer_refused(GrantRefused::InvalidRequest(
            "the subject_token is no valid ID token of the sign-in: sign in again",
        ))),
    }
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("Get an access token")
        .form::<TokenRequest>(schemas)
        .ok::<TokenView>(schemas)
        .grants(schemas)
}

fn answer_refused(refused: GrantRefused) -> Answer {
    Answer::grant_refused(refused)
}

/// Who asks for what.
struct Asked {
    applicant: Applicant,
    scope: Option<String>,
    /// What kind of token it is, which only an exchange is told (RFC 8693 §2.2.1).
    kind: Option<&'static str>,
}

impl Asked {
    fn read(mut form: Form, request: &Request) -> Result<Self, GrantRefused> {
        let wrong = |why| Err(GrantRefused::InvalidRequest(why));
        let scope = form.get("scope").map(str::to_owned);
        let applicant = match form.get("grant_type") {
            None => return wrong("grant_type is needed, in a form (application/x-www-form-urlencoded)"),
            Some(CLIENT_CREDENTIALS) => machine(form, request)?,
            Some(TOKEN_EXCHANGE) => {
                if form.get("audience").or(form.get("resource")).is_some() {
                    return Err(GrantRefused::InvalidTarget);
                }
                if form.get("subject_token_type") != Some(ID_TOKEN) {
                    return wrong("subject_token_type must be urn:ietf:params:oauth:token-type:id_token");
                }
                if form.get("requested_token_type").is_some_and(|kind| kind != ACCESS_TOKEN) {
                    return wrong(
                        "requested_token_type must be urn:ietf:params:oauth:token-type:access_token",
                    );
                }
                if form.get("actor_token").or(form.get("actor_token_type")).is_some() {
                    return wrong("actor_token is not known here: nobody acts for somebody else");
                }
                if form.get("client_secret").is_some() || request.credentials()?.is_some() {
                    return wrong("people have no client secret: the subject_token says who they are");
                }
                let Some(id_token) = form.take("subject_token") else {
                    return wrong("subject_token is needed: the ID token of the sign-in");
                };
                return Ok(Self {
                    applicant: Applicant::Person { id_token },
                    scope,
                    kind: Some(ACCESS_TOKEN),
                });
            }
            Some(_) => return Err(GrantRefused::UnsupportedGrantType),
        };
        Ok(Self { applicant, scope, kind: None })
    }
}

/// A client by the header or by the form, and not by both (RFC 6749 §2.3).
fn machine(mut form: Form, request: &Request) -> Result<Applicant, GrantRefused> {
    let address = request.address().to_owned();
    let (client, secret) = match (request.credentials()?, form.take("client_id"), form.take("client_secret"))
    {
        (Some(_), _, Some(_)) => {
            return Err(GrantRefused::InvalidRequest(
                "the client shows its secret twice: in the header and in the form",
            ));
        }
        (Some(basic), Some(named), None) if basic.client != named.expose() => {
            return Err(GrantRefused::InvalidRequest("client_id is another one than that of the header"));
        }
        (Some(basic), _, None) => (basic.client, basic.secret),
        (None, Some(client), Some(secret)) => (client.expose().to_owned(), secret),
        (None, _, _) => return Err(GrantRefused::InvalidClient),
    };
    Ok(Applicant::Machine { client, secret, address })
}

/// The form. A machine client shows its secret in it, or in the header `Authorization` with the scheme Basic.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "it is read parameter by parameter, and described here")]
pub struct TokenRequest {
    /// `client_credentials`, or `urn:ietf:params:oauth:grant-type:token-exchange` for somebody who signed in.
    grant_type: String,
    /// The machine client, unless the header names it.
    #[schemars(default)]
    client_id: Option<String>,
    /// Its secret, unless the header has it.
    #[schemars(default)]
    client_secret: Option<String>,
    /// The scopes, separated by spaces. Without it, the token gets every scope that is granted.
    #[schemars(default)]
    scope: Option<String>,
    /// The ID token of the sign-in.
    #[schemars(default)]
    subject_token: Option<String>,
    /// `urn:ietf:params:oauth:token-type:id_token`.
    #[schemars(default)]
    subject_token_type: Option<String>,
}

/// A token.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Token")]
pub struct TokenView {
    /// The token. Send it as `Authorization: Bearer <token>`.
    access_token: String,
    /// `Bearer`.
    token_type: &'static str,
    /// How many seconds it is good.
    expires_in: i64,
    /// The scopes that it has, separated by spaces.
    scope: String,
    /// After an exchange: `urn:ietf:params:oauth:token-type:access_token`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(default)]
    issued_token_type: Option<&'static str>,
}

impl TokenView {
    fn of(issued: &Issued, issued_token_type: Option<&'static str>) -> Self {
        Self {
            access_token: issued.token.expose().to_owned(),
            token_type: "Bearer",
            expires_in: LIFETIME.as_secs(),
            scope: issued.scope.clone(),
            issued_token_type,
        }
    }
}
