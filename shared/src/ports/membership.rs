//! Accounts, people and machine clients.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::CommitError;
use crate::{
    error::{Error, PortError},
    ids::{AccountId, ClientId, MemberId, SecretId},
    membership::{
        AccountSettings, MachineClient, Member,
        accounts::{AccountChange, OperatedAccount},
        clients::{ClientChange, ClientRow},
        email::EmailAddress,
        members::{AccountMember, FormerMember, MemberChange, MemberRow},
        profile::{Organization, Profile},
        rows::{CallerRows, Claimed, Held},
    },
    page::{Cursor, Limit, Page},
};

/// Reads who belongs to an account.
pub trait ReadMember: Send + Sync {
    /// The person; `None` when there is no such member or the row cannot be read, so that the person is
    /// granted nothing.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn read_member(
        &self,
        account: &AccountId,
        member: &MemberId,
    ) -> impl Future<Output = Result<Option<Member>, PortError>> + Send;
}

/// Notes when people who were invited sign in for the first time.
pub trait NoteFirstSignIn: Send + Sync {
    /// Notes it, unless that was done before.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn note_first_sign_in(
        &self,
        account: &AccountId,
        member: &MemberId,
        at: Timestamp,
    ) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Reads when people who were invited signed in for the first time.
pub trait ReadFirstSignIns: Send + Sync {
    /// The times, of those of these people who did.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn read_first_sign_ins(
        &self,
        account: &AccountId,
        members: &[MemberId],
    ) -> impl Future<Output = Result<BTreeMap<MemberId, Timestamp>, PortError>> + Send;
}

/// Reads what machine clients are for.
pub trait ReadMachineClient: Send + Sync {
    /// The client; `None` when there is no such client, or its row cannot be read.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn read_machine_client(
        &self,
        client: &ClientId,
    ) -> impl Future<Output = Result<Option<MachineClient>, PortError>> + Send;
}

/// Reads what a caller's rows say.
pub trait ReadCaller: Send + Sync {
    /// The caller's row, and the settings of the caller's account, together.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn read_caller(&self, claimed: &Claimed) -> impl Future<Output = Result<CallerRows, PortError>> + Send;
}

/// Signs access tokens.
pub trait SignToken: Send + Sync {
    /// The signature (RSASSA-PKCS1-v1_5 with SHA-256) over the message of this SHA-256.
    ///
    /// # Errors
    ///
    /// What the service reports that has the key.
    fn sign_token(&self, digest: &[u8; 32]) -> impl Future<Output = Result<Vec<u8>, PortError>> + Send;
}

/// Counts wrong secrets of machine clients, by client and address.
pub trait CountFailures: Send + Sync {
    /// How many there were lately.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn failures(
        &self,
        client: &ClientId,
        address: &str,
        now: Timestamp,
    ) -> impl Future<Output = Result<u32, PortError>> + Send;

    /// Counts one more.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn count_failure(
        &self,
        client: &ClientId,
        address: &str,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Notes when a machine client last got a token.
pub trait NoteClientUse: Send + Sync {
    /// Notes it for one of its secrets.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn note_client_use(
        &self,
        client: &ClientId,
        secret: &SecretId,
        at: Timestamp,
    ) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Reads when the secrets of a machine client were last used.
pub trait ReadClientUses: Send + Sync {
    /// For each of these secrets the time of its last token; `None` for one that was never used.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn read_client_uses(
        &self,
        client: &ClientId,
        secrets: &[SecretId],
    ) -> impl Future<Output = Result<Vec<Option<Timestamp>>, PortError>> + Send;
}

/// Reads the row of a machine client, with its version.
pub trait ReadClientRow: Send + Sync {
    /// The row; `None` when there is none.
    ///
    /// # Errors
    ///
    /// [`Error::RowUnreadable`], or what the table reports.
    fn read_client_row(
        &self,
        client: &ClientId,
    ) -> impl Future<Output = Result<Option<ClientRow>, Error>> + Send;
}

/// Makes, changes and deletes rows of machine clients.
pub trait ChangeClient: Send + Sync {
    /// Writes the change as a whole. If it fails, nothing is written.
    ///
    /// # Errors
    ///
    /// [`CommitError::Stale`] when the row is not what the change was made for.
    fn change_client(&self, change: &ClientChange) -> impl Future<Output = Result<(), CommitError>> + Send;
}

/// Invites people to the sign-in.
pub trait InvitePerson: Send + Sync {
    /// Adds a person to the user pool, bound to the account for ever, and sends an invitation. A person who
    /// is bound to the account already gets no second invitation, so the call can be repeated.
    ///
    /// # Errors
    ///
    /// [`NotInvited`].
    fn invite_person(
        &self,
        account: &AccountId,
        email: &EmailAddress,
    ) -> impl Future<Output = Result<MemberId, NotInvited>> + Send;
}

/// The reason why a person was not invited.
#[derive(Debug, thiserror::Error)]
pub enum NotInvited {
    /// Somebody has this address who is not of the account.
    #[error("the address is taken")]
    Taken,
    /// The sign-in did not do it.
    #[error(transparent)]
    Port(#[from] PortError),
}

impl From<NotInvited> for Error {
    fn from(error: NotInvited) -> Self {
        match error {
            NotInvited::Taken => Self::CannotBeInvited,
            NotInvited::Port(error) => error.into(),
        }
    }
}

/// Reads an account as the operator sees it.
pub trait ReadAccount: Send + Sync {
    /// The account; `None` when there is none.
    ///
    /// # Errors
    ///
    /// [`Error::RowUnreadable`], or what the table reports.
    fn read_account(
        &self,
        account: &AccountId,
    ) -> impl Future<Output = Result<Option<OperatedAccount>, Error>> + Send;
}

/// Makes and changes accounts. What their owners have settled stays.
pub trait ChangeAccount: Send + Sync {
    /// Writes the change as a whole. If it fails, nothing is written.
    ///
    /// # Errors
    ///
    /// [`CommitError::Stale`] when the row is not what the change was made for.
    fn change_account(&self, change: &AccountChange) -> impl Future<Output = Result<(), CommitError>> + Send;
}

/// Makes first owners members.
pub trait AdmitFirstOwner: Send + Sync {
    /// Writes the member's row and the mark that it was written. If that fails, nothing is written.
    ///
    /// # Errors
    ///
    /// [`CommitError::Stale`] or [`CommitError::Unmet`] when the first owner is another one by now, or was admitted before.
    fn admit_first_owner(
        &self,
        by: &Held,
        account: &OperatedAccount,
        owner: &AccountMember,
    ) -> impl Future<Output = Result<(), CommitError>> + Send;
}

/// Reads an account as its people see it.
pub trait ReadProfile: Send + Sync {
    /// The account; `None` when there is none.
    ///
    /// # Errors
    ///
    /// [`Error::RowUnreadable`], or what the table reports.
    fn read_profile(
        &self,
        account: &AccountId,
    ) -> impl Future<Output = Result<Option<Profile>, Error>> + Send;
}

/// Lists the people who were removed from an account.
pub trait ListFormerMembers: Send + Sync {
    /// One page, in the order of their ids.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn list_former_members(
        &self,
        account: &AccountId,
        after: Option<&Cursor>,
        limit: Limit,
    ) -> impl Future<Output = Result<Page<FormerMember>, PortError>> + Send;
}

/// Reads the organizations of an account.
pub trait ReadOrganizations: Send + Sync {
    /// All of them; none for an account that never had one, or whose row of them cannot be read.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn read_organizations(
        &self,
        account: &AccountId,
    ) -> impl Future<Output = Result<Vec<Organization>, PortError>> + Send;
}

/// Changes the owners' settings of their account. The operator's settings stay unchanged.
pub trait ChangeProfile: Send + Sync {
    /// Writes the change as a whole. If it fails, nothing is written.
    ///
    /// # Errors
    ///
    /// [`CommitError::Stale`] when the row is not at the version that the change was made for.
    fn change_profile(
        &self,
        by: &Held,
        before: u64,
        after: &Profile,
    ) -> impl Future<Output = Result<(), CommitError>> + Send;
}

/// Reads the row of a person, with its version.
pub trait ReadMemberRow: Send + Sync {
    /// The row; `None` when there is none.
    ///
    /// # Errors
    ///
    /// [`Error::RowUnreadable`], or what the table reports.
    fn read_member_row(
        &self,
        account: &AccountId,
        member: &MemberId,
    ) -> impl Future<Output = Result<Option<AccountMember>, Error>> + Send;
}

/// Lists the people of an account.
pub trait ListMembers: Send + Sync {
    /// One page, by one query.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn list_members(
        &self,
        account: &AccountId,
        after: Option<&Cursor>,
        limit: Limit,
    ) -> impl Future<Output = Result<Page<MemberRow>, PortError>> + Send;
}

/// Makes people members.
pub trait AddMember: Send + Sync {
    /// Writes the row, if there is none.
    ///
    /// # Errors
    ///
    /// [`CommitError::Stale`] when there is one.
    fn add_member(
        &self,
        by: &Held,
        member: &AccountMember,
    ) -> impl Future<Output = Result<(), CommitError>> + Send;
}

/// Looks for an active owner of an account.
pub trait FindOwner: Send + Sync {
    /// An active owner other than this one.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn find_other_owner(
        &self,
        account: &AccountId,
        member: &MemberId,
    ) -> impl Future<Output = Result<Option<MemberId>, PortError>> + Send;
}

/// Changes and removes members.
pub trait ChangeMember: Send + Sync {
    /// Writes the change as a whole. If it fails, nothing is written.
    ///
    /// # Errors
    ///
    /// [`CommitError::Stale`] when the member is not at the version that the change was made for, and [`CommitError::Unmet`] when
    /// the owner who would be left is none any more.
    fn change_member(&self, change: &MemberChange) -> impl Future<Output = Result<(), CommitError>> + Send;
}

/// Takes people out of the sign-in.
pub trait RemovePerson: Send + Sync {
    /// Removes a person of the account. False when there is no such person.
    ///
    /// # Errors
    ///
    /// What the sign-in reports.
    fn remove_person(
        &self,
        account: &AccountId,
        member: &MemberId,
    ) -> impl Future<Output = Result<bool, PortError>> + Send;
}

/// Ends what people have signed in with, at the sign-in.
pub trait EndSessions: Send + Sync {
    /// Ends every session of a person of the account: no further token is made from any. Tokens that were made before are not
    /// the sign-in's to end. False when there is no such person.
    ///
    /// # Errors
    ///
    /// What the sign-in reports.
    fn end_sessions(
        &self,
        account: &AccountId,
        member: &MemberId,
    ) -> impl Future<Output = Result<bool, PortError>> + Send;
}

/// Takes the second factor of people back.
pub trait ResetSecondFactor: Send + Sync {
    /// Makes the sign-in forget the second factor of a person of the account. It asks them to set up another one when they sign in next. False
    /// when there is no such person.
    ///
    /// # Errors
    ///
    /// What the sign-in reports.
    fn reset_second_factor(
        &self,
        account: &AccountId,
        member: &MemberId,
    ) -> impl Future<Output = Result<bool, PortError>> + Send;
}

/// Sends invitations once more.
pub trait ResendInvitation: Send + Sync {
    /// Sends a person of the account another invitation, with a new password for the first sign-in.
    ///
    /// # Errors
    ///
    /// [`NotResent`].
    fn resend_invitation(
        &self,
        account: &AccountId,
        member: &MemberId,
    ) -> impl Future<Output = Result<(), NotResent>> + Send;
}

/// The reason why no further invitation was sent.
#[derive(Debug, thiserror::Error)]
pub enum NotResent {
    /// The account has no such person at the sign-in.
    #[error("there is no such person")]
    Nobody,
    /// The person has signed in already.
    #[error("the person has signed in already")]
    SignedIn,
    /// The sign-in did not do it.
    #[error(transparent)]
    Port(#[from] PortError),
}

impl From<NotResent> for Error {
    fn from(error: NotResent) -> Self {
        match error {
            NotResent::Nobody => Self::NotFound,
            NotResent::SignedIn => Self::HasSignedIn,
            NotResent::Port(error) => error.into(),
        }
    }
}

/// Reads the settings of an account.
pub trait ReadAccountSettings: Send + Sync {
    /// The settings; `None` when there is no such account, or its row cannot be read.
    ///
    /// # Errors
    ///
    /// What the table reports.
    fn read_account_settings(
        &self,
        account: &AccountId,
    ) -> impl Future<Output = Result<Option<AccountSettings>, PortError>> + Send;
}
