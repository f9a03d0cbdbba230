//! `POST /v1/members/{member_id}/reset-second-factor`: takes a member's second factor back, because its device is lost. Permission
//! `account:admin`, which owners have. It signs the member out everywhere. When they sign in next, the sign-in lets them set up another one.

use keyward_shared::{
    membership::members,
    moment::Clock,
    ports::{ChangeMember, EndSessions, ReadMemberRow, ResetSecondFactor},
};
use schemars::SchemaGenerator;

use crate::{
    edge::{Answer, Code, Failure, Request},
    openapi::Operation,
};

pub async fn handle(
    store: &(impl ReadMemberRow + ChangeMember),
    people: &(impl ResetSecondFactor + EndSessions),
    clock: &impl Clock,
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    members::reset_second_factor(store, people, clock, request.caller()?, &request.member_id()?).await?;
    Ok(Answer::no_content())
}

pub fn operation(_: &mut SchemaGenerator) -> Operation {
    Operation::new("Take a member's second factor back").no_content().refusals(&[
        Code::NotFound,
        Code::FreshSignInNeeded,
        Code::RowUnreadable,
    ])
}
