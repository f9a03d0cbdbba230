//! `GET /v1/keys/{key_id}`: shows a key, masked. Permission `keys:read`. One read; it can neither reach the vault nor
//! KMS.

use keyward_shared::{error::Error, ports::ReadKey};
use schemars::SchemaGenerator;

use super::key_view::KeyView;
use crate::{
    edge::{Answer, Failure, Request},
    openapi::Operation,
};

/// Handles a request.
///
/// # Errors
///
/// What the edge and the ports refuse.
pub async fn handle(keys: &impl ReadKey, request: Request) -> Result<Answer, Failure> {
    request.query(&[])?;
    let caller = request.caller()?;
    let key = keys.read_key(caller.account(), &request.key_id()?).await?.ok_or(Error::NotFound)?;
    caller.check_environment(key.environment).map_err(Error::from)?;
    Ok(Answer::ok(&KeyView::from(&key)).version(key.version))
}

/// The route in the OpenAPI document.
pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("Show a key").ok::<KeyView>(schemas).versioned().refusals(&[
        "malformed-request",
        "forbidden",
        "not-found",
        "wrong-environment",
        "key-unreadable",
        "unavailable",
    ])
}
