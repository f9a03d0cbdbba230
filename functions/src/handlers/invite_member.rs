//! `POST /v1/members`: invites a person to the account. Permission `account:admin`, which owners have. Adds
//! the person to the user pool, which sends the invitation, and writes the member's row.

use keyward_shared::{
    membership::members::{self, InvitationDraft},
    moment::Clock,
    ports::{AddMember, InvitePerson, ReadMemberRow},
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Deserialize;

use super::member_view::MemberView;
use crate::{
    bounds,
    edge::{Answer, Code, Failure, MAX_BODY_BYTES, Request},
    openapi::Operation,
};

pub async fn handle(
    store: &(impl ReadMemberRow + AddMember),
    invitations: &impl InvitePerson,
    clock: &impl Clock,
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    let caller = request.caller()?;
    let InviteMemberRequest { email, role } = request.body(MAX_BODY_BYTES)?;
    let draft = InvitationDraft { email, role };
    let member = members::invite(store, invitations, clock, caller, draft).await?;
    let place = format!("/v1/members/{}", member.id);
    Ok(Answer::created(&MemberView::from(&member), place).version(member.version))
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    let operation = Operation::new("Invite somebody to the account").created::<MemberView>(schemas);
    operation.request::<InviteMemberRequest>(schemas).versioned().refusals(&[
        Code::CannotBeInvited,
        Code::FreshSignInNeeded,
        Code::RowUnreadable,
        Code::StaleVersion,
        Code::InvalidFields,
    ])
}

/// Somebody to invite.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteMemberRequest {
    /// Where the invitation goes. They sign in with it.
    #[schemars(with = "bounds::Email")]
    email: String,
    /// The member's role: `viewer`, `editor` or `owner`.
    #[schemars(with = "bounds::Role")]
    role: String,
}
