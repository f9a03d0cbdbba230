//! `POST /v1/sign-out`: signs the caller out on every device. Permission `streams:read`, which every person has.
//! The sign-in ends its sessions. Then the row ends the tokens that were made before: a change looks at it at once, and everything else
//! within a minute.

use keyward_shared::{
    membership::members,
    moment::Clock,
    ports::{ChangeMember, EndSessions, ReadMemberRow},
};
use schemars::SchemaGenerator;

use crate::{
    edge::{Answer, Code, Failure, Request},
    openapi::Operation,
};

pub async fn handle(
    store: &(impl ReadMemberRow + ChangeMember),
    people: &impl EndSessions,
    clock: &impl Clock,
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    members::sign_out(store, people, clock, request.caller()?).await?;
    Ok(Answer::no_content())
}

pub fn operation(_: &mut SchemaGenerator) -> Operation {
    Operation::new("Sign out on every device").no_content().refusals(&[Code::NotFound, Code::RowUnreadable])
}
