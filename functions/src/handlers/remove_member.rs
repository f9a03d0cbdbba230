//! `DELETE /v1/members/{member_id}`: removes a person from the account and from the user pool. Permission
//! `account:admin`, which owners have. One transaction deletes the row and, if the member is an owner, checks
//! that another active owner remains. Then the person is removed from the user pool.

use keyward_shared::{
    membership::members,
    moment::Clock,
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
    clock: &impl Clock,
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    let caller = request.caller()?;
    let id = request.member_id()?;
    members::remove(store, people, clock, caller, (&id, request.seen_version()?)).await?;
    Ok(Answer::no_content())
}

pub fn operation(_: &mut SchemaGenerator) -> Operation {
    Operation::new("Remove somebody from the account").no_content().for_version().refusals(&[
        Code::NotFound,
        Code::FreshSignInNeeded,
        Code::LastOwner,
        Code::RowUnreadable,
    ])
}
