//! `POST /v1/apps/discovery`: asks an authorization server where its addresses are, for the form of an app. Permission `account:admin`. It
//! stores nothing, and opens nothing.

use keyward_shared::{
    connect::{Addresses, Discovered, discover},
    ports::{Exchange, ReadAllowedOrigins},
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use crate::{
    edge::{Answer, Code, Failure, MAX_BODY_BYTES, Request},
    openapi::Operation,
};

pub async fn handle(
    settings: &impl ReadAllowedOrigins,
    outside: &impl Exchange,
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    let caller = request.caller()?;
    let ask = request.body::<DiscoverAppRequest>(MAX_BODY_BYTES)?;
    let found = discover(settings, outside, caller, &ask.issuer).await?;
    Ok(Answer::ok(&DiscoveredView::from(found)))
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    let operation = Operation::new("Discover the addresses of a server").ok::<DiscoveredView>(schemas);
    operation.request::<DiscoverAppRequest>(schemas).refusals(&[Code::InvalidFields])
}

/// A server to ask.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DiscoverAppRequest {
    /// Its issuer, such as `https://login.example.com`.
    issuer: String,
}

/// What a server says of itself (RFC 8414).
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Discovered")]
struct DiscoveredView {
    /// Where people consent.
    authorize_url: Option<String>,
    /// Where tokens are issued.
    token_url: Option<String>,
    /// Where tokens are revoked; null where it does not say.
    revocation_url: Option<String>,
    /// Who answers, as `iss` names it.
    issuer: Option<String>,
    /// How a client shows its secret there: `basic` or `post`.
    client_auth: &'static str,
    /// The scopes that it tells of.
    scopes: Vec<String>,
}

impl From<Discovered> for DiscoveredView {
    fn from(found: Discovered) -> Self {
        let Addresses { authorize, token, revocation, issuer } = found.addresses;
        Self {
            authorize_url: authorize,
            token_url: token,
            revocation_url: revocation,
            issuer,
            client_auth: found.client_auth.as_str(),
            scopes: found.scopes,
        }
    }
}
