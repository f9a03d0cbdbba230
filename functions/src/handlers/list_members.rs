//! `GET /v1/members`: the people of the account, or those who were removed. Permission `account:admin`, which owners have. One query, and
//! for those who are there one batch for their first sign-ins.

use std::{collections::BTreeMap, str::FromStr};

use jiff::Timestamp;
use keyward_shared::{
    error::Error,
    ids::MemberId,
    membership::members::{self, FormerMember, MemberRow},
    page::{List, ListName},
    ports::{ListFormerMembers, ListMembers, ReadFirstSignIns},
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;

use super::member_view::MemberView;
use crate::{
    edge::{Answer, Failure, Request},
    openapi::Operation,
};

pub async fn handle(
    store: &(impl ListMembers + ListFormerMembers + ReadFirstSignIns),
    request: Request,
) -> Result<Answer, Failure> {
    let query = request.query(&["state", "limit", "cursor"])?;
    let caller = request.caller()?;
    let removed = query.parsed("state")?.map(|Removed| REMOVED);
    let list = List::whole(ListName::Members).with_any("state", removed);
    let (limit, cursor) = query.page(caller.account(), &list)?;
    if removed.is_some() {
        let page = store.list_former_members(caller.account(), cursor.as_ref(), limit).await;
        let page = page.map_err(Error::from)?;
        return Ok(Answer::ok(&MemberList {
            items: page.rows.into_iter().map(MemberRowView::from).collect(),
            next_cursor: page.next.map(|cursor| cursor.encode(caller.account(), &list)),
        }));
    }
    let (page, first_sign_ins) = members::list(store, caller, cursor.as_ref(), limit).await?;
    Ok(Answer::ok(&MemberList {
        items: page.rows.into_iter().map(|row| listed(row, &first_sign_ins)).collect(),
        next_cursor: page.next.map(|cursor| cursor.encode(caller.account(), &list)),
    }))
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("List the people of the account")
        .query::<StateView>(
            schemas,
            "state",
            "`removed`: the people who were removed, with the addresses that they had, instead of those who are there.",
        )
        .paged(schemas)
        .ok::<MemberList>(schemas)
}

const REMOVED: &str = "removed";

/// The parameter `state`.
struct Removed;

impl FromStr for Removed {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == REMOVED { Ok(Self) } else { Err("is `removed`, or is left out") }
    }
}

/// Which people are listed.
#[derive(JsonSchema)]
#[schemars(rename = "ListedMembers")]
#[expect(dead_code, reason = "its schema is in the document")]
enum StateView {
    /// People who were removed.
    #[schemars(rename = "removed")]
    Removed,
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
    /// Somebody who was removed.
    Removed(RemovedMember),
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

/// Somebody who was removed. Trails name them by their id.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct RemovedMember {
    /// The id that they had.
    member_id: String,
    /// The address that they signed in with; null where it is not known any more.
    email: Option<String>,
    /// `removed`.
    state: &'static str,
}

impl From<FormerMember> for MemberRowView {
    fn from(former: FormerMember) -> Self {
        Self::Removed(RemovedMember {
            member_id: former.id.to_string(),
            email: former.email.map(|email| email.to_string()),
            state: REMOVED,
        })
    }
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
