//! The request that `sign` and `send` take.

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_STANDARD};
use keyward_shared::{
    error::Error,
    keys::using::{Ask, AskedBody, AskedTarget, Selection},
};
use lambda_http::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{bounds::MAX_METHOD_BYTES, edge::member::Named};

/// The most bytes of a request to sign or send: a body may be in it.
pub(super) const MAX_BYTES: usize = 4 * 1024 * 1024;

/// One value of a header, or several.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(untagged, expecting = "a string or a list of strings")]
pub(super) enum HeaderValues {
    /// It stands once.
    One(String),
    /// It is repeated.
    Many(Vec<String>),
}

/// Headers by name in lower case, as a view shows them.
pub(super) fn by_name(headers: impl Iterator<Item = (String, String)>) -> BTreeMap<String, HeaderValues> {
    let mut found: BTreeMap<String, HeaderValues> = BTreeMap::new();
    for (name, value) in headers {
        let name = name.to_ascii_lowercase();
        let values = match found.remove(&name) {
            None => HeaderValues::One(value),
            Some(HeaderValues::One(first)) => HeaderValues::Many(vec![first, value]),
            Some(HeaderValues::Many(mut values)) => {
                values.push(value);
                HeaderValues::Many(values)
            }
        };
        found.insert(name, values);
    }
    found
}

/// Declares the body of a route that takes a request: the members that every such body has, and those of its own.
macro_rules! request_body {
    ($(#[$doc:meta])* pub struct $name:ident { $($(#[$attribute:meta])* $own:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// The HTTP method.
            #[schemars(with = "crate::bounds::Method")]
            method: String,
            /// Where it goes: a path below the key's base URL, with its query.
            path: Option<String>,
            /// Where it goes instead of `path`: a URL within the key's origin.
            url: Option<String>,
            /// Headers: a text, or a list of texts for one that is repeated.
            #[serde(default)]
            headers: $crate::edge::member::Named<$crate::handlers::request_input::HeaderValues>,
            /// The body as text.
            body: Option<String>,
            /// The body in base64, instead of `body`.
            body_base64: Option<String>,
            $($(#[$attribute])* $own: $type,)*
            /// The environment that the key is taken to be of.
            #[schemars(with = "Option<crate::handlers::key_view::EnvironmentView>")]
            environment: Option<String>,
            /// Whose entry to use, when the key is organization-specific.
            #[schemars(with = "Option<crate::bounds::Organization>")]
            organization: Option<String>,
        }

        impl $name {
            /// Which entry of the key, and the request; its body may be a digest.
            fn into_ask(
                self,
                body_sha256: Option<String>,
            ) -> Result<(keyward_shared::keys::using::Selection, keyward_shared::keys::using::Ask), Error> {
                let input = $crate::handlers::request_input::RequestInput {
                    method: self.method,
                    path: self.path,
                    url: self.url,
                    headers: self.headers,
                    body: self.body,
                    body_base64: self.body_base64,
                    body_sha256,
                };
                Ok(($crate::handlers::request_input::selection(self.environment, self.organization)?, input.parse()?))
            }
        }
    };
}
pub(super) use request_body;

/// What both routes read.
pub(super) struct RequestInput {
    pub(super) method: String,
    pub(super) path: Option<String>,
    pub(super) url: Option<String>,
    pub(super) headers: Named<HeaderValues>,
    pub(super) body: Option<String>,
    pub(super) body_base64: Option<String>,
    pub(super) body_sha256: Option<String>,
}

impl RequestInput {
    /// The request, with nothing in it that only a text could be.
    pub(super) fn parse(self) -> Result<Ask, Error> {
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
        let values = self.headers.0.into_iter().flat_map(|(name, values)| {
            let values = match values {
                HeaderValues::One(value) => vec![value],
                HeaderValues::Many(values) => values,
            };
            values.into_iter().map(move |value| (name.clone(), value))
        });
        let headers: Vec<_> = values.collect();
        check_size(&headers)?;
        Ok(Ask { method: parse_method(&self.method)?, target, headers, body })
    }
}

/// Which entry of which key a use is for.
pub(super) fn selection(
    environment: Option<String>,
    organization: Option<String>,
) -> Result<Selection, Error> {
    let environment =
        environment.map(|text| text.parse()).transpose().map_err(|e| Error::invalid("environment", e))?;
    let organization =
        organization.map(|text| text.parse()).transpose().map_err(|e| Error::invalid("organization", e))?;
    Ok(Selection { environment, organization })
}

/// The most headers of a request, the most bytes of a name, and of all names and values together.
const MAX_HEADERS: usize = 100;
const MAX_NAME_BYTES: usize = 100;
const MAX_HEADER_BYTES: usize = 64 * 1024;

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

/// A body as JSON carries it: text where it is text without control characters, base64 otherwise. Either way it is at
/// most twice as long as the body.
pub(super) fn shown_body(body: &[u8]) -> (Option<String>, Option<String>) {
    let plain = |text: &&str| {
        text.chars().all(|character| !character.is_control() || matches!(character, '\n' | '\r' | '\t'))
    };
    match std::str::from_utf8(body).ok().filter(plain) {
        Some(text) => (Some(text.to_owned()), None),
        None => (None, Some(BASE64_STANDARD.encode(body))),
    }
}
