//! `GET /v1/members`: the people of the account. Permission `account:admin`, which owners have. One query.

use keyward_shared::{
    membership::members::{self, MemberRow},
    page::{List, ListName},
    ports::ListMembers,
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;

use super::member_view::MemberView;
use crate::{
    edge::{Answer, Failure, Request},
    openapi::Operation,
};

pub async fn handle(store: &impl ListMembers, request: Request) -> Result<Answer, Failure> {
    let query = request.query(&["limit", "cursor"])?;
    let caller = request.caller()?;
    let list = List::whole(ListName::Members);
    let (limit, cursor) = query.page(caller.account(), &list)?;
    let page = members::list(store, caller, cursor.as_ref(), limit).await?;
    Ok(Answer::ok(&MemberList {
        items: page.rows.into_iter().map(MemberRowView::from).collect(),
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

impl From<MemberRow> for MemberRowView {
    fn from(row: MemberRow) -> Self {
        match row {
            MemberRow::Member(member) => Self::Member(Box::new(MemberView::from(&*member))),
            MemberRow::Unreadable { id: member_id } => {
                Self::Unreadable(UnreadableMember { member_id, state: "unreadable" })
            }
        }
    }
}
