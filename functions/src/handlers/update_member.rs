//! `PATCH /v1/members/{member_id}`: changes a member's role or state by merge patch. Permission `account:admin`, which owners have. One
//! transaction, in which another active owner is looked at where this takes one away.

use keyward_shared::{
    error::Error,
    membership::members::{self, MemberPatch},
    moment::Clock,
    ports::{ChangeMember, FindOwner, ReadMemberRow},
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Deserialize;

use super::member_view::MemberView;
use crate::{
    bounds,
    edge::{
        Answer, Code, Failure, MAX_BODY_BYTES, Request,
        member::{Ignored, Member},
    },
    openapi::Operation,
};

pub async fn handle(
    store: &(impl ReadMemberRow + FindOwner + ChangeMember),
    clock: &impl Clock,
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    let caller = request.caller()?;
    let id = request.member_id()?;
    let patch = request.body::<UpdateMemberRequest>(MAX_BODY_BYTES)?.parse()?;
    let seen = request.seen_version()?;
    let member = members::update(store, clock, caller, (&id, seen), patch).await?;
    Ok(Answer::ok(&MemberView::from(&member)).version(member.version))
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    let operation = Operation::new("Change a member").ok::<MemberView>(schemas);
    operation.request::<UpdateMemberRequest>(schemas).versioned().for_version().refusals(&[
        Code::NotFound,
        Code::FreshSignInNeeded,
        Code::LastOwner,
        Code::RowUnreadable,
        Code::InvalidFields,
    ])
}

/// A merge patch (RFC 7396): what is absent stays, a value sets. A member as they were read may be sent back: the members that only
/// Keyward sets are ignored.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UpdateMemberRequest {
    /// `viewer`, `editor` or `owner`.
    #[schemars(with = "Member<bounds::Role>")]
    role: Member<String>,
    /// `active`, or `suspended` for the time being.
    #[schemars(with = "Member<bounds::State>")]
    state: Member<String>,
    member_id: Ignored,
    email: Ignored,
    version: Ignored,
    created_at: Ignored,
    created_by: Ignored,
    updated_at: Ignored,
    updated_by: Ignored,
    first_signed_in_at: Ignored,
}

impl UpdateMemberRequest {
    fn parse(self) -> Result<MemberPatch, Error> {
        Ok(MemberPatch { role: self.role.kept("role")?, state: self.state.kept("state")? })
    }
}
