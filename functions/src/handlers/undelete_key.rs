//! `POST /v1/keys/{key_id}/undelete`: brings a deleted key back within seven days. Permission `keys:delete`. It can neither open nor
//! seal. What used the key before does not use it again.

use std::slice;

use keyward_shared::{
    error::Error,
    keys::change,
    moment::Clock,
    ports::{ReadKeyRow, ReadLastUses, RecoverKey},
};
use schemars::SchemaGenerator;

use super::{disable_key::switching, key_view::KeyView};
use crate::{
    edge::{Answer, Failure, Request},
    openapi::Operation,
};

pub async fn handle(
    keys: &(impl ReadKeyRow + ReadLastUses + RecoverKey),
    clock: &impl Clock,
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    let caller = request.caller()?;
    let id = request.key_id()?;
    // Before the change: afterwards, a read that fails must not hide that the change was made.
    let uses = keys.read_last_uses(caller.account(), slice::from_ref(&id)).await.map_err(Error::from)?;
    let key = change::undelete(keys, clock, caller, &id).await?;
    let last_use = uses.get(&id).copied();
    Ok(Answer::ok(&KeyView::from(&key).with_last_use(last_use)).version(key.version))
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    switching(Operation::new("Bring a deleted key back"), schemas)
}
