//! `POST /v1/keys/{key_id}/disable`: takes a key out of use at once. Permission `keys:write`. It can neither open nor seal.

use std::slice;

use keyward_shared::{
    error::Error,
    keys::change::{self, Switch},
    moment::Clock,
    ports::{ReadKey, ReadLastUses, UpdateKey},
};
use schemars::SchemaGenerator;

use super::key_view::KeyView;
use crate::{
    edge::{Answer, Code, Failure, Request},
    openapi::Operation,
};

pub async fn handle(
    keys: &(impl ReadKey + ReadLastUses + UpdateKey),
    clock: &impl Clock,
    request: Request,
) -> Result<Answer, Failure> {
    switch(keys, clock, request, Switch::Disable).await
}

/// Disables or enables the key of a request.
pub(super) async fn switch(
    keys: &(impl ReadKey + ReadLastUses + UpdateKey),
    clock: &impl Clock,
    request: Request,
    to: Switch,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    let caller = request.caller()?;
    let id = request.key_id()?;
    // Before the change: afterwards, a read that fails must not hide that the change was made.
    let uses = keys.read_last_uses(caller.account(), slice::from_ref(&id)).await.map_err(Error::from)?;
    let key = change::switch(keys, clock, caller, &id, to).await?;
    let last_use = uses.get(&id).copied();
    Ok(Answer::ok(&KeyView::from(&key).with_last_use(last_use)).version(key.version))
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    switching(Operation::new("Disable a key"), schemas)
}

/// What both have in common.
pub(super) fn switching(operation: Operation, schemas: &mut SchemaGenerator) -> Operation {
    operation.ok::<KeyView>(schemas).versioned().refusals(&[
        Code::FreshSignInNeeded,
        Code::NotFound,
        Code::WrongEnvironment,
        Code::KeyUnreadable,
    ])
}
