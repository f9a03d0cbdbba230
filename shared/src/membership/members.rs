//! The people of an account, each with a row.

use crate::{
    caller::Caller,
    error::{Error, InvalidField},
    ids::{AccountId, MemberId},
    keys::{
        key::Stamp,
        list::{Cursor, Limit, Page},
    },
    membership::{Standing, email::EmailAddress},
    permission::Role,
    ports::{AddMember, Clock, InvitePerson, ListMembers, ReadMemberRow},
};

/// A person of an account, as the account's owners see them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountMember {
    /// The person, as the sign-in knows them.
    pub id: MemberId,
    /// The account.
    pub account: AccountId,
    /// What they sign in with; unknown of one whose row was put by hand.
    pub email: Option<EmailAddress>,
    /// What they are in the account.
    pub role: Role,
    /// Whether they may sign in to it.
    pub standing: Standing,
    /// Counts changes, from 1. A row that was put by hand has none: it counts as 0.
    pub version: u64,
    /// When and by whom they were invited, where that is known.
    pub created: Option<Stamp>,
    /// When and by whom they were last changed, where that is known.
    pub updated: Option<Stamp>,
}

impl AccountMember {
    /// Somebody who was invited just now.
    #[must_use]
    pub fn invited(account: &AccountId, id: MemberId, email: EmailAddress, role: Role, by: Stamp) -> Self {
        Self {
            id,
            account: account.clone(),
            email: Some(email),
            role,
            standing: Standing::Active,
            version: 1,
            created: Some(by.clone()),
            updated: Some(by),
        }
    }
}

/// A row of the list of members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemberRow {
    /// Somebody.
    Member(Box<AccountMember>),
    /// A row that cannot be read. It is shown as such, and never fails the list.
    Unreadable {
        /// What the row's key says.
        id: String,
    },
}

/// Which list a cursor of members belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Members;

/// Somebody to invite, still as text.
pub struct InvitationDraft {
    /// Where the invitation goes.
    pub email: String,
    /// What they will be.
    pub role: String,
}

/// A page of the members of the caller's account, in the order of their ids.
///
/// # Errors
///
/// What the port reports.
pub async fn list(
    store: &impl ListMembers,
    caller: &Caller,
    after: Option<&Cursor>,
    limit: Limit,
) -> Result<Page<MemberRow>, Error> {
    Ok(store.list_members(caller.account(), after, limit).await?)
}

/// Invites somebody to the caller's account, in two steps: they are made known to the sign-in, and get their row. Should anything
/// come between, the same again does what is left; somebody who is what they would be is answered with as they are.
///
/// # Errors
///
/// [`Error::InvalidFields`]; [`Error::CannotBeInvited`] for an address that is in use, be it by somebody of another role here;
/// and what the ports report.
pub async fn invite(
    store: &(impl ReadMemberRow + AddMember),
    invitations: &impl InvitePerson,
    clock: &impl Clock,
    caller: &Caller,
    draft: InvitationDraft,
) -> Result<AccountMember, Error> {
    let mut complaints = Vec::new();
    let email: Option<EmailAddress> =
        draft.email.parse().map_err(|error| complaints.push(InvalidField::new("email", error))).ok();
    let role = role(&draft.role, &mut complaints);
    let (Some(email), Some(role)) = (email, role) else { return Err(Error::InvalidFields(complaints)) };
    let account = caller.account();
    let id = invitations.invite_person(account, &email).await?;
    if let Some(member) = store.read_member_row(account, &id).await? {
        let is_so = member.role == role && member.standing == Standing::Active;
        return if is_so { Ok(member) } else { Err(Error::CannotBeInvited) };
    }
    let by = Stamp { at: clock.now(), by: caller.actor().to_string() };
    let member = AccountMember::invited(account, id, email, role, by);
    store.add_member(&member).await?;
    Ok(member)
}

fn role(name: &str, complaints: &mut Vec<InvalidField>) -> Option<Role> {
    let role = Role::from_name(name);
    if role.is_none() {
        complaints.push(InvalidField::new("role", "must be `viewer`, `editor` or `owner`"));
    }
    role
}
