//! `DELETE /v1/keys/{key_id}`: deletes a key that is not in use. Permission `keys:delete`. One transaction;
//! the key's sealed values are purged by `on_table_change`, which reads the table's stream.

use keyward_shared::{
    keys::change,
    moment::Clock,
    ports::{BuryKey, ListKeyUses, ReadKey},
};
use schemars::SchemaGenerator;

use crate::{
    edge::{Answer, Code, Failure, Request},
    openapi::Operation,
};

pub async fn handle(
    keys: &(impl ReadKey + ListKeyUses + BuryKey),
    clock: &impl Clock,
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    let caller = request.caller()?;
    let id = request.key_id()?;
    let version = request.seen_version()?;
    change::delete(keys, clock, caller, (&id, version)).await?;
    Ok(Answer::no_content())
}

pub fn operation(_: &mut SchemaGenerator) -> Operation {
    Operation::new("Delete a key").no_content().for_version().refusals(&[
        Code::FreshSignInNeeded,
        Code::NotFound,
        Code::WrongEnvironment,
        Code::KeyInUse,
        Code::KeyUnreadable,
    ])
}
