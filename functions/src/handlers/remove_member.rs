//! `DELETE /v1/members/{member_id}`: removes somebody from the account and from the sign-in. Permission `account:admin`, which owners
//! have. Their row goes in one transaction, in which another active owner is looked at where this takes one away; then the person.

use keyward_shared::{
    membership::members,
    ports::{ChangeMember, FindOwner, ReadMemberRow, RemovePerson},
};
use schemars::SchemaGenerator;

use crate::{
    edge::{Answer, Code, Failure, Request},
    openapi::Operation,
};

pub async fn handle(
    store: &(impl ReadMemberRow + FindOwner + ChangeMember),
    people: &impl RemovePerson,
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    let caller = request.caller()?;
    let id = request.member_id()?;
    members::remove(store, people, caller, &id, request.seen_version()?).await?;
    Ok(Answer::no_content())
}

pub fn operation(_: &mut SchemaGenerator) -> Operation {
    Operation::new("Remove somebody from the account").no_content().for_version().refusals(&[
        Code::NotFound,
        Code::LastOwner,
        Code::RowUnreadable,
    ])
}
