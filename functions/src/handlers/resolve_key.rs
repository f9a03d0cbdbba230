//! `POST /v1/keys/{key_id}/resolve`: hands out the plain values of one entry, for protocols that have no request to
//! sign. Permission `keys:resolve`, which no person can have. It can open and not seal, and writes receipts and nothing
//! else.

use std::collections::BTreeMap;

use keyward_shared::{
    error::Error,
    keys::using::{Resolved, Selection, resolve},
    moment::{Clock, Moment, Random},
    ports::{ObtainGranted, ReadForUse, UnwrapDataKey, WriteReceipt},
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::{key_view::EnvironmentView, request_input::selection};
use crate::{
    bounds,
    edge::{Answer, Code, Failure, MAX_BODY_BYTES, Request},
    openapi::Operation,
};

pub async fn handle(
    store: &(impl ReadForUse + WriteReceipt),
    wrapping: &impl UnwrapDataKey,
    granted: &impl ObtainGranted,
    moment: Moment<'_, impl Clock, impl Random>,
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    let caller = request.caller()?;
    let id = request.key_id()?;
    let selection = request.body::<ResolveRequest>(MAX_BODY_BYTES)?.parse()?;
    let resolved = resolve(store, wrapping, granted, moment, caller, (&id, &selection)).await?;
    Ok(Answer::ok(&ResolvedKey::from(&resolved)))
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("Resolve a key").request::<ResolveRequest>(schemas).ok::<ResolvedKey>(schemas).refusals(&[
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
    ])
}

/// Which entry to resolve. The environment must be named: plain values are not handed out by mistake.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveRequest {
    /// The environment that the key is taken to be of.
    #[schemars(with = "EnvironmentView")]
    environment: String,
    /// Whose entry, when the key is organization-specific.
    #[schemars(with = "Option<bounds::Organization>")]
    organization: Option<String>,
}

impl ResolveRequest {
    fn parse(self) -> Result<Selection, Error> {
        selection(Some(self.environment), self.organization)
    }
}

/// The plain values of one entry.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ResolvedKey {
    /// Values by field id, secrets in the clear.
    fields: BTreeMap<String, String>,
    /// The address that requests start with, where the system has one.
    base_url: Option<String>,
    /// The key's headers, in order, secret ones in the clear.
    headers: Vec<ResolvedHeader>,
    /// The version of the key.
    key_version: u64,
    /// The record of this use.
    receipt_id: String,
}

/// A header in the clear.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ResolvedHeader {
    /// Its name.
    name: String,
    /// Its value.
    value: String,
}

impl From<&Resolved> for ResolvedKey {
    /// The one place where plain values go into an answer.
    fn from(resolved: &Resolved) -> Self {
        let fields = resolved.fields.iter().map(|(id, value)| (id.clone(), value.expose().to_owned()));
        let headers = resolved
            .headers
            .iter()
            .map(|(name, value)| ResolvedHeader { name: name.clone(), value: value.expose().to_owned() });
        Self {
            fields: fields.collect(),
            base_url: resolved.base_url.clone(),
            headers: headers.collect(),
            key_version: resolved.key_version,
            receipt_id: resolved.receipt.to_string(),
        }
    }
}
