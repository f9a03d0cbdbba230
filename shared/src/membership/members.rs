//! The people of an account, each with a row.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    caller::{AccessError, Caller},
    complaints::Complaints,
    error::Error,
    fresh,
    ids::{AccountId, MemberId},
    membership::{
        Standing, asked_role,
        email::EmailAddress,
        rows::{CallerRow, Held},
    },
    moment::Clock,
    page::{Cursor, Limit, Page},
    permission::Role,
    ports::{
        AddMember, ChangeMember, CommitError, EndSessions, FindOwner, InvitePerson, ListMembers,
        ReadFirstSignIns, ReadMemberRow, RemovePerson, ResendInvitation, ResetSecondFactor,
    },
    stamp::Stamp,
    version::Version,
};

/// A person of an account, as the account's owners see them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountMember {
    /// The person, as the sign-in knows them.
    pub id: MemberId,
    /// The account.
    pub account: AccountId,
    /// The address that the member signs in with; `None` for a member whose row was put by hand.
    pub email: Option<EmailAddress>,
    /// The member's role in the account.
    pub role: Role,
    /// Whether they may sign in to it.
    pub standing: Standing,
    /// Counts changes, from 1. A row that was put by hand has none: it counts as 0.
    pub version: u64,
    /// When and by whom they were invited, where that is known.
    pub created: Option<Stamp>,
    /// When and by whom they were last changed, where that is known.
    pub updated: Option<Stamp>,
    /// When every sign-in of theirs was ended, if that was ever done.
    pub signed_out: Option<Timestamp>,
}

impl AccountMember {
    /// Whether they can run the account.
    #[must_use]
    pub fn is_active_owner(&self) -> bool {
        self.role == Role::Owner && self.standing == Standing::Active
    }

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
            signed_out: None,
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
        /// The id, from the row's key.
        id: String,
    },
}

/// Somebody who was removed. Audit trails name them still, by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormerMember {
    /// The person, as the sign-in knew them.
    pub id: MemberId,
    /// The address that they signed in with; `None` where it was blanked.
    pub email: Option<EmailAddress>,
}

/// Somebody to invite, still as text.
pub struct InvitationDraft {
    /// Where the invitation goes.
    pub email: String,
    /// The role that the person will have.
    pub role: String,
}

/// A page of the members of the caller's account, in the order of their ids, and when those of them signed in for the first time who were
/// invited.
///
/// # Errors
///
/// What the ports report.
pub async fn list(
    store: &(impl ListMembers + ReadFirstSignIns),
    caller: &Caller,
    after: Option<&Cursor>,
    limit: Limit,
) -> Result<(Page<MemberRow>, BTreeMap<MemberId, Timestamp>), Error> {
    let page = store.list_members(caller.account(), after, limit).await?;
    let invited = |row: &MemberRow| match row {
        MemberRow::Member(member) => member.created.as_ref().map(|_| member.id.clone()),
        MemberRow::Unreadable { .. } => None,
    };
    let invited: Vec<_> = page.rows.iter().filter_map(invited).collect();
    let first = store.read_first_sign_ins(caller.account(), &invited).await?;
    Ok((page, first))
}

/// Invites a person to the caller's account, in two steps: the person is added to the user pool and gets a
/// row. If the request fails between the steps, sending it again carries out the rest. If the person is a
/// member with this role already, the answer is the member as stored.
///
/// # Errors
///
/// [`Error::InvalidFields`]; [`Error::FreshSignInNeeded`]; [`Error::CannotBeInvited`] for an address that is in use, be it by
/// somebody of another role here; and what the ports report.
pub async fn invite(
    store: &(impl ReadMemberRow + AddMember),
    invitations: &impl InvitePerson,
    clock: &impl Clock,
    caller: &Caller,
    draft: InvitationDraft,
) -> Result<AccountMember, Error> {
    let mut complaints = Complaints::default();
    let email = complaints.parse::<EmailAddress>("email", &draft.email);
    let role = asked_role("role", &draft.role, &mut complaints);
    let (email, role) = complaints.settle(|| Ok((email?, role?)))?;
    fresh::check(caller, clock.now())?;
    let account = caller.account();
    let id = invitations.invite_person(account, &email).await?;
    if let Some(member) = store.read_member_row(account, &id).await? {
        let is_so = member.role == role && member.standing == Standing::Active;
        return if is_so { Ok(member) } else { Err(Error::CannotBeInvited) };
    }
    let by = Stamp { at: clock.now(), by: caller.actor().to_string() };
    let member = AccountMember::invited(account, id, email, role, by);
    let held = caller.held()?;
    if held.is_of(account, &member.id) {
        // Their row was there a moment ago.
        return Err(AccessError::Removed.into());
    }
    store.add_member(&held, &member).await?;
    Ok(member)
}

/// The changes, still as text. Absent members stay unchanged.
pub struct MemberPatch {
    /// The member's role in the account.
    pub role: Option<String>,
    /// `active` or `suspended`.
    pub state: Option<String>,
}

/// What one transaction writes.
pub struct MemberChange {
    /// The right of the caller to it.
    pub by: Held,
    /// The member as they must still be stored, by version.
    pub before: AccountMember,
    /// The member as they will be; `None` for one who goes.
    pub after: Option<AccountMember>,
    /// Who must still be an active owner, where this takes one away.
    pub owner_left: Option<MemberId>,
}

/// Changes a member, if the row still has the version that the caller has seen. A patch that changes nothing
/// leaves the version as it is.
///
/// # Errors
///
/// [`Error::NotFound`], [`Error::StaleVersion`], [`Error::InvalidFields`], [`Error::FreshSignInNeeded`]; [`Error::LastOwner`] when nobody would be left to run the
/// account; and what the ports report. Nothing is stored then.
pub async fn update(
    store: &(impl ReadMemberRow + FindOwner + ChangeMember),
    clock: &impl Clock,
    caller: &Caller,
    (id, seen): (&MemberId, u64),
    patch: MemberPatch,
) -> Result<AccountMember, Error> {
    let mut complaints = Complaints::default();
    let role = patch.role.map(|name| asked_role("role", &name, &mut complaints));
    let standing = patch.state.map(|name| Standing::asked(&name, &mut complaints));
    let (role, standing) = complaints.settle(|| Ok((role.transpose()?, standing.transpose()?)))?;
    let stored = seen_member(store, caller, id, seen).await?;
    let next = AccountMember {
        role: role.unwrap_or(stored.role),
        standing: standing.unwrap_or(stored.standing),
        ..stored.clone()
    };
    if next == stored {
        return Ok(stored);
    }
    fresh::check(caller, clock.now())?;
    let updated = Stamp { at: clock.now(), by: caller.actor().to_string() };
    let next = AccountMember { version: seen + 1, updated: Some(updated), ..next };
    let owner_left = if next.is_active_owner() { None } else { owner_left(store, &stored).await? };
    let by = caller.held()?;
    store.change_member(&MemberChange { by, before: stored, after: Some(next.clone()), owner_left }).await?;
    Ok(next)
}

/// Removes a member, if the row still has the version that the caller has seen: first the row, without which
/// the person is granted nothing, then the person from the user pool. If the request fails between the steps,
/// sending it again carries out the rest.
///
/// # Errors
///
/// [`Error::NotFound`], [`Error::StaleVersion`], [`Error::FreshSignInNeeded`], [`Error::LastOwner`], and what the ports report.
pub async fn remove(
    store: &(impl ReadMemberRow + FindOwner + ChangeMember),
    people: &impl RemovePerson,
    clock: &impl Clock,
    caller: &Caller,
    (id, seen): (&MemberId, u64),
) -> Result<(), Error> {
    fresh::check(caller, clock.now())?;
    let was_there = match seen_member(store, caller, id, seen).await {
        Ok(stored) => {
            let owner_left = owner_left(store, &stored).await?;
            let by = caller.held()?;
            store.change_member(&MemberChange { by, before: stored, after: None, owner_left }).await?;
            true
        }
        Err(Error::NotFound) => false,
        Err(error) => return Err(error),
    };
    let removed = people.remove_person(caller.account(), id).await?;
    if was_there || removed { Ok(()) } else { Err(Error::NotFound) }
}

/// Signs the caller out everywhere: on whatever device they are signed in, that counts no more.
///
/// The sessions of the sign-in end first, then the row ends tokens, this request's too. If the request fails between the two, sending
/// it again carries out the rest.
///
/// # Errors
///
/// [`Error::NotFound`] for a machine, which has no sign-in; and what the ports report.
pub async fn sign_out(
    store: &(impl ReadMemberRow + ChangeMember),
    people: &impl EndSessions,
    clock: &impl Clock,
    caller: &Caller,
) -> Result<(), Error> {
    let held = caller.held()?;
    let CallerRow::Member(_, id) = held.row() else { return Err(Error::NotFound) };
    people.end_sessions(caller.account(), id).await?;
    let touched = touch(store, clock, caller, id, ended).await;
    // The row was there a moment ago.
    touched
        .map_err(|error| if matches!(error, Error::NotFound) { AccessError::Removed.into() } else { error })
}

/// Takes a person's second factor back, because its device is lost, and signs them out everywhere. When they sign in next, they set up
/// another one.
///
/// It is done in steps, the row first, so that nobody loses anything by a caller who may not do it. If the request fails between them,
/// sending it again carries out the rest. Owners who do it to themselves end the token of the request with the row, so that it comes last.
///
/// # Errors
///
/// [`Error::NotFound`], [`Error::FreshSignInNeeded`], and what the ports report.
pub async fn reset_second_factor(
    store: &(impl ReadMemberRow + ChangeMember),
    people: &(impl ResetSecondFactor + EndSessions),
    clock: &impl Clock,
    caller: &Caller,
    id: &MemberId,
) -> Result<(), Error> {
    fresh::check(caller, clock.now())?;
    let own = caller.held()?.is_of(caller.account(), id);
    if !own {
        touch(store, clock, caller, id, ended).await?;
    }
    people.reset_second_factor(caller.account(), id).await?;
    people.end_sessions(caller.account(), id).await?;
    if own { touch(store, clock, caller, id, ended).await } else { Ok(()) }
}

/// Sends a person who has never signed in another invitation, with a new password for that. The row says that it was done before it is, so
/// that nobody sends one who may not.
///
/// # Errors
///
/// [`Error::NotFound`], [`Error::FreshSignInNeeded`], [`Error::HasSignedIn`], and what the ports report.
pub async fn resend_invitation(
    store: &(impl ReadMemberRow + ChangeMember),
    people: &impl ResendInvitation,
    clock: &impl Clock,
    caller: &Caller,
    id: &MemberId,
) -> Result<(), Error> {
    fresh::check(caller, clock.now())?;
    touch(store, clock, caller, id, |member, _| member).await?;
    Ok(people.resend_invitation(caller.account(), id).await?)
}

/// The member with every sign-in until now ended.
fn ended(member: AccountMember, at: Timestamp) -> AccountMember {
    AccountMember { signed_out: Some(at), ..member }
}

/// How often a member is read again who is changed by somebody else at the same time.
const TRIES: usize = 5;

/// Changes what no request names a version for: it means the member as they are.
async fn touch(
    store: &(impl ReadMemberRow + ChangeMember),
    clock: &impl Clock,
    caller: &Caller,
    id: &MemberId,
    change: impl Fn(AccountMember, Timestamp) -> AccountMember,
) -> Result<(), Error> {
    let mut tries = 0;
    loop {
        let before = store.read_member_row(caller.account(), id).await?.ok_or(Error::NotFound)?;
        let at = clock.now();
        let updated = Some(Stamp { at, by: caller.actor().to_string() });
        let after = change(before.clone(), at);
        let after = AccountMember { version: before.version + 1, updated, ..after };
        let by = caller.held()?;
        let change = MemberChange { by, before, after: Some(after), owner_left: None };
        tries += 1;
        match store.change_member(&change).await {
            Err(CommitError::Stale { current: Some(_) }) if tries < TRIES => {}
            other => return Ok(other?),
        }
    }
}

async fn seen_member(
    store: &impl ReadMemberRow,
    caller: &Caller,
    id: &MemberId,
    seen: u64,
) -> Result<AccountMember, Error> {
    let stored = store.read_member_row(caller.account(), id).await?.ok_or(Error::NotFound)?;
    Version::new(stored.version).expect(seen)?;
    Ok(stored)
}

/// Who runs the account when this member does not any more; nobody has to where they did not.
async fn owner_left(store: &impl FindOwner, member: &AccountMember) -> Result<Option<MemberId>, Error> {
    if !member.is_active_owner() {
        return Ok(None);
    }
    let other = store.find_other_owner(&member.account, &member.id).await?;
    other.map(Some).ok_or(Error::LastOwner)
}
