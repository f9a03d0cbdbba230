//! `POST /v1/keys/{key_id}/sign`: signs a request that the caller sends. Permission `keys:use`, and `keys:resolve` where
//! the signature would show the secret. It can open and not seal, and writes nothing but a receipt.

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_STANDARD};
use keyward_shared::{
    error::Error,
    keys::{
        change::Moment,
        sign::{self, Ask, AskedBody, AskedTarget, Outcome},
    },
    ports::{Clock, Random, ReadForUse, UnwrapDataKey, WriteReceipt},
};
use lambda_http::http::Method;
use schemars::{JsonSchema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use crate::{
    edge::{Answer, Failure, Request, member::Named},
    openapi::Operation,
};

/// The most bytes of a request to sign: a body may be in it.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Handles a request.
///
/// # Errors
///
/// What the edge, the rules of use and the ports refuse.
pub async fn handle(
    store: &(impl ReadForUse + WriteReceipt),
    wrapping: &impl UnwrapDataKey,
    moment: Moment<'_, impl Clock, impl Random>,
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    let caller = request.caller()?;
    let id = request.key_id()?;
    let ask = request.body::<SignRequest>(MAX_BYTES)?.parse()?;
    let outcome = sign::sign(store, wrapping, moment, caller, &id, ask).await?;
    Ok(Answer::ok(&SignedRequest::from(&outcome)))
}

/// The route in the OpenAPI document.
pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("Sign a request").request::<SignRequest>(schemas).ok::<SignedRequest>(schemas).refusals(&[
        "malformed-request",
        "forbidden",
        "reveals-secret",
        "not-found",
        "wrong-environment",
        "no-entry",
        "key-expired",
        "key-unreadable",
        "does-not-open",
        "too-large",
        "invalid-fields",
        "cannot-sign",
        "unavailable",
    ])
}

/// A request to sign.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignRequest {
    /// The HTTP method.
    method: String,
    /// Where it goes: a path below the key's base URL, with its query.
    path: Option<String>,
    /// Where it goes instead of `path`: a URL within the key's origin.
    url: Option<String>,
    /// Headers: a text, or a list of texts for one that is repeated.
    #[serde(default)]
    headers: Named<HeaderValues>,
    /// The body as text.
    body: Option<String>,
    /// The body in base64, instead of `body`.
    body_base64: Option<String>,
    /// The body's SHA-256 in hexadecimal, instead of the body, where the auth variant signs a digest.
    body_sha256: Option<String>,
    /// The environment that the key is taken to be of.
    environment: Option<String>,
    /// Whose entry to use, when the key is organization-specific.
    organization: Option<String>,
}

/// One value of a header, or several.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(untagged, expecting = "a string or a list of strings")]
enum HeaderValues {
    One(String),
    Many(Vec<String>),
}

impl SignRequest {
    fn parse(self) -> Result<Ask, Error> {
        let target = match (self.path, self.url) {
            (Some(path), None) => AskedTarget::Path(path),
            (None, Some(url)) => AskedTarget::Url(url),
            (Some(_), Some(_)) => return Err(Error::invalid("url", "give `path` or `url`, not both")),
            (None, None) => return Err(Error::invalid("path", "is needed, or `url` in its place")),
        };
        let body = match (self.body, self.body_base64, self.body_sha256) {
            (None, None, None) => AskedBody::Bytes(Vec::new()),
            (Some(text), None, None) => AskedBody::Bytes(text.into_bytes()),
            (None, Some(base64), None) => AskedBody::Bytes(
                BASE64_STANDARD
                    .decode(base64)
                    .map_err(|_| Error::invalid("body_base64", "is not valid base64"))?,
            ),
            (None, None, Some(digest)) => AskedBody::Sha256(parse_digest(&digest)?),
            (_, Some(_), _) => return Err(Error::invalid("body_base64", ONE_BODY)),
            (Some(_), None, Some(_)) => return Err(Error::invalid("body_sha256", ONE_BODY)),
        };
        let parsed = |field: &str, text: Option<String>| (field.to_owned(), text);
        let (field, environment) = parsed("environment", self.environment);
        let environment =
            environment.map(|text| text.parse()).transpose().map_err(|e| Error::invalid(field, e))?;
        let (field, organization) = parsed("organization", self.organization);
        let organization =
            organization.map(|text| text.parse()).transpose().map_err(|e| Error::invalid(field, e))?;
        let values = self.headers.0.into_iter().flat_map(|(name, values)| {
            let values = match values {
                HeaderValues::One(value) => vec![value],
                HeaderValues::Many(values) => values,
            };
            values.into_iter().map(move |value| (name.clone(), value))
        });
        let headers: Vec<_> = values.collect();
        check_size(&headers)?;
        Ok(Ask { method: parse_method(&self.method)?, target, headers, body, environment, organization })
    }
}

/// The most headers of a request to sign, the most bytes of a name, and of all names and values together.
const MAX_HEADERS: usize = 100;
const MAX_NAME_BYTES: usize = 100;
const MAX_HEADER_BYTES: usize = 64 * 1024;
/// No registered method has half as many.
const MAX_METHOD_BYTES: usize = 32;

fn check_size(headers: &[(String, String)]) -> Result<(), Error> {
    let bytes: usize = headers.iter().map(|(name, value)| name.len().saturating_add(value.len())).sum();
    let long_name = headers.iter().any(|(name, _)| name.len() > MAX_NAME_BYTES);
    if headers.len() > MAX_HEADERS || bytes > MAX_HEADER_BYTES || long_name {
        let limits = format!(
            "may be at most {MAX_HEADERS}, with {MAX_NAME_BYTES} bytes a name and {MAX_HEADER_BYTES} bytes together"
        );
        return Err(Error::invalid("headers", limits));
    }
    Ok(())
}

fn parse_method(text: &str) -> Result<Method, Error> {
    let method = Method::from_bytes(text.as_bytes()).ok().filter(|_| text.len() <= MAX_METHOD_BYTES);
    method.ok_or_else(|| Error::invalid("method", "must be an HTTP method such as GET"))
}

const ONE_BODY: &str = "give one of `body`, `body_base64` and `body_sha256`";

fn parse_digest(text: &str) -> Result<[u8; 32], Error> {
    let error = || Error::invalid("body_sha256", "must be 64 hexadecimal digits");
    let mut digest = [0; 32];
    hex::decode_to_slice(text, &mut digest).map_err(|_| error())?;
    Ok(digest)
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
    /// The version of the key that was used.
    key_version: u64,
    /// The record of this use.
    receipt_id: String,
}

impl From<&Outcome> for SignedRequest {
    fn from(outcome: &Outcome) -> Self {
        let mut headers: BTreeMap<String, HeaderValues> = BTreeMap::new();
        for (name, value) in outcome.signed.headers() {
            let name = name.to_ascii_lowercase();
            let values = match headers.remove(&name) {
                None => HeaderValues::One(value.to_owned()),
                Some(HeaderValues::One(first)) => HeaderValues::Many(vec![first, value.to_owned()]),
                Some(HeaderValues::Many(mut values)) => {
                    values.push(value.to_owned());
                    HeaderValues::Many(values)
                }
            };
            headers.insert(name, values);
        }
        Self {
            method: outcome.method.to_string(),
            url: outcome.signed.url().to_owned(),
            headers,
            key_version: outcome.key_version,
            receipt_id: outcome.receipt.to_string(),
        }
    }
}
