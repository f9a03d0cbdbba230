//! A person of an account as the API shows them.

use jiff::Timestamp;
use keyward_shared::{membership::members::AccountMember, stamp::Stamp};
use schemars::JsonSchema;
use serde::Serialize;

/// A person of the account.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Member")]
pub struct MemberView {
    /// As the sign-in knows them: the `sub` of their tokens.
    member_id: String,
    /// The address that the member signs in with; null for a member whose row was put by hand.
    email: Option<String>,
    /// `viewer`, `editor` or `owner`.
    role: &'static str,
    /// `active` or `suspended`.
    state: &'static str,
    /// Counts changes, from 1; 0 for a row that was put by hand.
    version: u64,
    /// When they were invited; null for a row that was put by hand.
    created_at: Option<Timestamp>,
    /// By whom.
    created_by: Option<String>,
    /// When they were last changed.
    updated_at: Option<Timestamp>,
    /// By whom.
    updated_by: Option<String>,
    /// In the list only: when they first signed in. Null for somebody who was invited and has not signed in yet, and for a row that was put by
    /// hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_signed_in_at: Option<Option<Timestamp>>,
}

impl MemberView {
    /// The same in the list.
    pub(super) fn listed(self, first_signed_in_at: Option<Timestamp>) -> Self {
        Self { first_signed_in_at: Some(first_signed_in_at), ..self }
    }
}

impl From<&AccountMember> for MemberView {
    fn from(member: &AccountMember) -> Self {
        let at = |stamp: &Option<Stamp>| stamp.as_ref().map(|stamp| stamp.at);
        let by = |stamp: &Option<Stamp>| stamp.as_ref().map(|stamp| stamp.by.clone());
        Self {
            member_id: member.id.to_string(),
            email: member.email.as_ref().map(ToString::to_string),
            role: member.role.as_str(),
            state: member.standing.as_str(),
            version: member.version,
            created_at: at(&member.created),
            created_by: by(&member.created),
            updated_at: at(&member.updated),
            updated_by: by(&member.updated),
            first_signed_in_at: None,
        }
    }
}
