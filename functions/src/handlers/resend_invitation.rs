//! `POST /v1/members/{member_id}/resend-invitation`: sends another invitation to a member who has not signed in yet. Permission
//! `account:admin`, which owners have. The invitation has a new password for the first sign-in; the former one counts no more.

use keyward_shared::{
    membership::members,
    moment::Clock,
    ports::{ChangeMember, ReadMemberRow, ResendInvitation},
};
use schemars::SchemaGenerator;

use crate::{
    edge::{Answer, Code, Failure, Request},
    openapi::Operation,
};

pub async fn handle(
    store: &(impl ReadMemberRow + ChangeMember),
    people: &impl ResendInvitation,
    clock: &impl Clock,
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    members::resend_invitation(store, people, clock, request.caller()?, &request.member_id()?).await?;
    Ok(Answer::no_content())
}

pub fn operation(_: &mut SchemaGenerator) -> Operation {
    Operation::new("Send an invitation again").no_content().refusals(&[
        Code::NotFound,
        Code::FreshSignInNeeded,
        Code::HasSignedIn,
        Code::RowUnreadable,
    ])
}
