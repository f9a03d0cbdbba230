//! `POST /v1/keys/{key_id}/sign`: signs a request that the caller sends. Permission `keys:use`, and `keys:resolve` where
//! the signature would show the secret. It can open and not seal, and writes receipts and health and nothing else.

use std::collections::BTreeMap;

use keyward_shared::{
    error::Error,
    keys::using::{Ask, Outcome, Selection, sign},
    moment::{Clock, Moment, Random},
    ports::{Authorize, ReadForUse, UnwrapDataKey, WriteHealth, WriteReceipt},
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::request_input::{HeaderValues, MAX_BYTES, by_name, request_body, shown_body};
use crate::{
    bounds,
    edge::{Answer, Code, Failure, Request},
    openapi::Operation,
};

pub async fn handle(
    store: &(impl ReadForUse + WriteReceipt + WriteHealth),
    wrapping: &impl UnwrapDataKey,
    outside: &impl Authorize,
    moment: Moment<'_, impl Clock, impl Random>,
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    let caller = request.caller()?;
    let id = request.key_id()?;
    let (selection, ask) = request.body::<SignRequest>(MAX_BYTES)?.parse()?;
    let outcome = sign(store, wrapping, outside, moment, caller, (&id, &selection), ask).await?;
    Ok(Answer::ok(&SignedRequest::from(&outcome)))
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("Sign a request").request::<SignRequest>(schemas).ok::<SignedRequest>(schemas).refusals(&[
        Code::RevealsSecret,
        Code::NotFound,
        Code::WrongEnvironment,
        Code::NoEntry,
        Code::KeyRestricted,
        Code::KeyExpired,
        Code::KeyDisabled,
        Code::KeyUnreadable,
        Code::DoesNotOpen,
        Code::NeedsReconnect,
        Code::Refreshing,
        Code::InvalidFields,
        Code::CannotSign,
        Code::KeyRefused,
        Code::ConnectionForbidden,
        Code::Unreachable,
        Code::NoAnswerInTime,
    ])
}

request_body! {
    /// A request to sign.
    pub struct SignRequest {
        /// The body's SHA-256 in hexadecimal, instead of the body, where the auth variant signs a digest.
        #[schemars(with = "Option<bounds::Digest>")]
        body_sha256: Option<String>,
    }
}

impl SignRequest {
    fn parse(mut self) -> Result<(Selection, Ask), Error> {
        let digest = self.body_sha256.take();
        self.into_ask(digest)
    }
}

/// The request to send, as it is.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SignedRequest {
    /// The method.
    method: String,
    /// The URL.
    url: String,
    /// The headers, names in lower case. `Host` and `Content-Length` are the connection's.
    headers: BTreeMap<String, HeaderValues>,
    /// The body to send, where the auth variant puts something into it: the request's own is not to be sent then.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(default)]
    body: Option<String>,
    /// The same in base64, when it is no text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(default)]
    body_base64: Option<String>,
    /// The version of the key that was used.
    key_version: u64,
    /// The record of this use.
    receipt_id: String,
}

impl From<&Outcome> for SignedRequest {
    fn from(outcome: &Outcome) -> Self {
        let headers = outcome.signed.headers().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let headers = by_name(headers);
        let (body, body_base64) = outcome.signed.body().map_or((None, None), shown_body);
        Self {
            method: outcome.method.to_string(),
            url: outcome.signed.url().to_owned(),
            headers,
            body,
            body_base64,
            key_version: outcome.key_version,
            receipt_id: outcome.receipt.to_string(),
        }
    }
}
