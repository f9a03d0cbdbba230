//! What the rows say of a caller when a request comes. The token says what they said when it was made, and is good for minutes after
//! that; so somebody who lost a right has lost it for the request already.

use jiff::Timestamp;

use super::{AccountSettings, Grants, MachineClient, Member, SelfServiceKeys, grants};
use crate::{
    access::AccessError,
    environment::Environment,
    ids::{AccountId, ClientId, MemberId, WebhookId},
    permission::Permission,
};

/// Which row is a caller's.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CallerRow {
    /// Of a person, in their account.
    Member(AccountId, MemberId),
    /// Of a machine client.
    Client(ClientId),
    /// Of a webhook, at the version at which it uses its key.
    Webhook {
        /// Whose it is.
        account: AccountId,
        /// The webhook.
        id: WebhookId,
        /// The version that its row must be at.
        version: u64,
    },
}

/// What a caller's row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Of a person.
    Member(Member),
    /// Of a machine client.
    Client(MachineClient),
    /// Of an active webhook: its environment.
    Webhook(Environment),
    /// Nothing that Keyward could have written.
    Unreadable,
}

/// What was read of a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerRows {
    /// The caller's row and its version; `None` where there is none.
    pub row: Option<(Said, u64)>,
    /// The settings of the caller's account; `None` where there are none that can be read. The operator has no account.
    pub settings: Option<AccountSettings>,
}

impl CallerRows {
    /// Whether the sign-in that a token comes from was ended since. A person's token that does not say when they signed in is
    /// taken for one from before.
    #[must_use]
    pub fn have_ended(&self, signed_in: Option<Timestamp>) -> bool {
        let Some((Said::Member(Member { signed_out: Some(ended), .. }), _)) = &self.row else { return false };
        // A token says it to the second. One of the same second may be from before.
        signed_in.is_none_or(|signed_in| signed_in <= *ended)
    }
}

/// Who calls and for what, as the token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// The caller's row.
    pub row: CallerRow,
    /// The caller's account; the operator has none.
    pub account: Option<AccountId>,
    /// The environment of a machine client of an account.
    pub environment: Option<Environment>,
    /// The permission that the route asks for.
    pub needed: Permission,
}

impl Claimed {
    /// What the rows grant the caller now.
    ///
    /// # Errors
    ///
    /// [`AccessError::Removed`] where the caller has no row any more, [`AccessError::SelfServiceOff`], and
    /// [`AccessError::NotPermitted`] where the rows give no such permission.
    pub fn granted(&self, rows: &CallerRows) -> Result<Grants, AccessError> {
        let lost = AccessError::NotPermitted(self.needed);
        let (said, version) = rows.row.as_ref().ok_or(AccessError::Removed)?;
        let granted = match (said, &self.row) {
            // One that was changed is read anew, and so is one that is not active any more.
            (_, CallerRow::Webhook { version: seen, .. }) if seen != version => {
                return Err(AccessError::Removed);
            }
            (Said::Webhook(environment), CallerRow::Webhook { account, .. }) => {
                grants::to_webhook(account, *environment, rows.settings)
            }
            (Said::Member(member), CallerRow::Member(account, _)) => {
                grants::to_person(account, *member, rows.settings)
            }
            (Said::Client(client), CallerRow::Client(_)) => grants::to_client(client, rows.settings),
            (Said::Member(_) | Said::Client(_) | Said::Webhook(_) | Said::Unreadable, _) => None,
        };
        let granted = granted.ok_or(lost)?;
        if (&granted.account, granted.environment) != (&self.account, self.environment) {
            return Err(lost);
        }
        let is_person = matches!(self.row, CallerRow::Member(..));
        if is_person && self.needed.is_about_keys() && granted.self_service_keys == Some(SelfServiceKeys::Off)
        {
            return Err(AccessError::SelfServiceOff);
        }
        if granted.permissions.contains(&self.needed) { Ok(granted) } else { Err(lost) }
    }

    /// The right to change something, if the rows still give it.
    ///
    /// # Errors
    ///
    /// As for [`granted`](Self::granted).
    pub fn held(&self, rows: &CallerRows) -> Result<Held, AccessError> {
        self.granted(rows)?;
        let version = rows.row.as_ref().map(|(_, version)| *version).unwrap_or_default();
        Ok(Held { claimed: self.clone(), version })
    }
}

/// The right of a caller to change something. It exists only after the caller's row was read and gave it, and a change is carried out
/// only while the row is at this version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    claimed: Claimed,
    version: u64,
}

impl Held {
    /// The caller's row.
    #[must_use]
    pub const fn row(&self) -> &CallerRow {
        &self.claimed.row
    }

    /// Who calls and for what.
    #[must_use]
    pub const fn claimed(&self) -> &Claimed {
        &self.claimed
    }

    /// The version that the row must be at. A row that was put by hand is at 0.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// Whether the caller is this person.
    #[must_use]
    pub fn is_of(&self, account: &AccountId, member: &MemberId) -> bool {
        matches!(&self.claimed.row, CallerRow::Member(own, id) if own == account && id == member)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{
        membership::{Remit, Standing},
        permission::Role,
    };

    pub(crate) fn settings() -> AccountSettings {
        AccountSettings {
            self_service_keys: SelfServiceKeys::On,
            keys_minimum_role: Role::Viewer,
            standing: Standing::Active,
        }
    }

    /// The rows of a live machine client of `acme`.
    pub(crate) fn rows_of_a_client(permissions: &[Permission]) -> CallerRows {
        rows(client(Environment::Live, permissions, Standing::Active))
    }

    /// The row of the operator.
    pub(crate) fn rows_of_the_operator() -> CallerRows {
        let operator =
            MachineClient { remit: Remit::Operator, standing: Standing::Active, secrets: Vec::new() };
        CallerRows { row: Some((Said::Client(operator), 0)), settings: None }
    }

    fn acme() -> AccountId {
        "acme".parse().unwrap()
    }

    fn person(needed: Permission) -> Claimed {
        let row = CallerRow::Member(acme(), "ann".parse().unwrap());
        Claimed { row, account: Some(acme()), environment: None, needed }
    }

    fn machine(needed: Permission) -> Claimed {
        let row = CallerRow::Client("runtime".parse().unwrap());
        Claimed { row, account: Some(acme()), environment: Some(Environment::Live), needed }
    }

    fn member(role: Role, standing: Standing) -> Said {
        Said::Member(Member::new(role, standing))
    }

    fn client(environment: Environment, permissions: &[Permission], standing: Standing) -> Said {
        let remit = Remit::Account { account: acme(), environment, permissions: permissions.to_vec() };
        Said::Client(MachineClient { remit, standing, secrets: Vec::new() })
    }

    fn rows(said: Said) -> CallerRows {
        CallerRows { row: Some((said, 7)), settings: Some(settings()) }
    }

    const LOST: AccessError = AccessError::NotPermitted(Permission::KeysWrite);

    #[test]
    fn who_has_the_right_holds_it_at_the_version_of_the_row() {
        let owner = rows(member(Role::Owner, Standing::Active));
        let held = person(Permission::AccountAdmin).held(&owner).unwrap();
        assert_eq!(held.version(), 7);
        assert!(held.is_of(&acme(), &"ann".parse().unwrap()));
        assert!(!held.is_of(&acme(), &"bob".parse().unwrap()));
        let runtime = rows(client(Environment::Live, &[Permission::KeysWrite], Standing::Active));
        machine(Permission::KeysWrite).held(&runtime).unwrap();
    }

    #[test]
    fn who_lost_the_right_holds_nothing_whatever_the_token_says() {
        let person = person(Permission::KeysWrite);
        let refused = |rows: &CallerRows| person.held(rows).unwrap_err();
        assert_eq!(refused(&rows(member(Role::Viewer, Standing::Active))), LOST);
        assert_eq!(refused(&rows(member(Role::Owner, Standing::Suspended))), LOST);
        assert_eq!(refused(&rows(Said::Unreadable)), LOST);
        assert_eq!(refused(&CallerRows { row: None, settings: Some(settings()) }), AccessError::Removed);
        let owner = || member(Role::Owner, Standing::Active);
        let with = |settings| CallerRows { row: Some((owner(), 7)), settings };
        assert_eq!(refused(&with(None)), LOST);
        let suspended = AccountSettings { standing: Standing::Suspended, ..settings() };
        assert_eq!(refused(&with(Some(suspended))), LOST);
        let off = AccountSettings { self_service_keys: SelfServiceKeys::Off, ..settings() };
        assert_eq!(refused(&with(Some(off))), AccessError::SelfServiceOff);
        let owners = AccountSettings { keys_minimum_role: Role::Owner, ..settings() };
        let editor =
            CallerRows { row: Some((member(Role::Editor, Standing::Active), 7)), settings: Some(owners) };
        assert_eq!(refused(&editor), LOST);
        // A row of another kind is none of theirs.
        assert_eq!(
            refused(&rows(client(Environment::Live, &[Permission::KeysWrite], Standing::Active))),
            LOST
        );
    }

    #[test]
    fn a_sign_in_that_was_ended_counts_no_more_and_a_later_one_does() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let ended = Member { signed_out: Some(at(100)), ..Member::new(Role::Owner, Standing::Active) };
        let ended = rows(Said::Member(ended));
        for (signed_in, is_over) in [(Some(99), true), (Some(100), true), (Some(101), false), (None, true)] {
            assert_eq!(ended.have_ended(signed_in.map(at)), is_over, "{signed_in:?}");
        }
        assert!(!rows(member(Role::Owner, Standing::Active)).have_ended(None));
        assert!(!rows_of_the_operator().have_ended(None));
    }

    #[test]
    fn a_machine_holds_what_its_row_gives_in_its_own_environment_and_account() {
        let machine = machine(Permission::KeysWrite);
        let refused = |said| machine.held(&rows(said)).unwrap_err();
        let write = &[Permission::KeysWrite][..];
        assert_eq!(refused(client(Environment::Live, &[Permission::KeysUse], Standing::Active)), LOST);
        assert_eq!(refused(client(Environment::Live, write, Standing::Suspended)), LOST);
        assert_eq!(refused(client(Environment::Test, write, Standing::Active)), LOST);
        assert_eq!(machine.held(&rows_of_the_operator()).unwrap_err(), LOST);
        let elsewhere = Claimed { account: Some("globex".parse().unwrap()), ..machine.clone() };
        assert_eq!(elsewhere.held(&rows(client(Environment::Live, write, Standing::Active))), Err(LOST));
        // The operator needs no account's settings.
        let claimed = Claimed {
            account: None,
            environment: None,
            needed: Permission::AccountsOperate,
            ..machine.clone()
        };
        assert_eq!(claimed.held(&rows_of_the_operator()).unwrap().version(), 0);
    }
}
