//! `GET /v1/members`: the people of the account. Permission `account:admin`, which owners have. One query, and one batch for their first
//! sign-ins.

use std::collections::BTreeMap;

use jiff::Timestamp;
use keyward_shared::{
    ids::MemberId,
    membership::members::{self, MemberRow},
    page::{List, ListName},
    ports::{ListMembers, ReadFirstSignIns},
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;

use super::member_view::MemberView;
use crate::{
    edge::{Answer, Failure, Request},
    openapi::Operation,
};

pub async fn handle(
    store: &(impl ListMembers + ReadFirstSignIns),
    request: Request,
) -> Result<Answer, Failure> {
    let query = request.query(&["limit", "cursor"])?;
    let caller = request.caller()?;
    let list = List::whole(ListName::Members);
    let (limit, cursor) = query.page(caller.account(), &list)?;
    let (page, first_sign_ins) = members::list(store, caller, cursor.as_ref(), limit).await?;
    Ok(Answer::ok(&MemberList {
        items: page.rows.into_iter().map(|row| listed(row, &first_sign_ins)).collect(),
        next_cursor: page.next.map(|cursor| cursor.encode(caller.account(), &list)),
    }))
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("List the people of the account").paged(schemas).ok::<MemberList>(schemas)
}

/// A page of the account's people, in the order of their ids.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct MemberList {
    /// The people.
    items: Vec<MemberRowView>,
    /// Where the next page begins; null on the last.
    next_cursor: Option<String>,
}

/// Somebody, or a row that cannot be read.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "MemberRow")]
enum MemberRowView {
    /// Somebody.
    Member(Box<MemberView>),
    /// A row that cannot be read.
    Unreadable(UnreadableMember),
}

/// A row that cannot be read.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct UnreadableMember {
    /// The id, from the row's key.
    member_id: String,
    /// `unreadable`.
    state: &'static str,
}

fn listed(row: MemberRow, first_sign_ins: &BTreeMap<MemberId, Timestamp>) -> MemberRowView {
    match row {
        MemberRow::Member(member) => {
            let first = first_sign_ins.get(&member.id).copied();
            MemberRowView::Member(Box::new(MemberView::from(&*member).listed(first)))
        }
        MemberRow::Unreadable { id: member_id } => {
            MemberRowView::Unreadable(UnreadableMember { member_id, state: "unreadable" })
        }
    }
}
