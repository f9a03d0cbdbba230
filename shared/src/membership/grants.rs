//! The grants of a subject, which go into its token.

use jiff::Timestamp;

use super::{AccountSettings, MachineClient, Member, Remit, SelfServiceKeys, Standing};
use crate::{
    caller::claim,
    environment::Environment,
    error::PortError,
    ids::{AccountId, MemberId},
    permission::Permission,
    ports::{NoteFirstSignIn, ReadAccountSettings, ReadMember},
};

/// The claims that a token gets beside its subject's identity.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grants {
    /// The account; the operator has none.
    pub account: Option<AccountId>,
    /// The environment of a machine client.
    pub environment: Option<Environment>,
    /// The account's setting.
    pub self_service_keys: Option<SelfServiceKeys>,
    /// The permissions, each of which is a scope.
    pub permissions: Vec<Permission>,
}

impl Grants {
    /// The claims, by name.
    pub fn claims(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let all = [
            (claim::ACCOUNT, self.account.as_ref().map(AccountId::as_str)),
            (claim::ENVIRONMENT, self.environment.map(Environment::as_str)),
            (claim::SELF_SERVICE_KEYS, self.self_service_keys.map(SelfServiceKeys::as_str)),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }
}

/// The grants of a member of an account; `None` for somebody who is none, or may not act. That somebody who was invited signs in is
/// noted, so that their account's owners see it.
pub(crate) async fn of_person(
    store: &(impl ReadMember + ReadAccountSettings + NoteFirstSignIn),
    account: &AccountId,
    id: &MemberId,
    now: Timestamp,
) -> Result<Option<Grants>, PortError> {
    let Some(member) = store.read_member(account, id).await? else { return Ok(None) };
    if member.standing != Standing::Active {
        return Ok(None);
    }
    let granted = to_person(account, member, store.read_account_settings(account).await?);
    if granted.is_some() && member.invited {
        store.note_first_sign_in(account, id, now).await?;
    }
    Ok(granted)
}

/// What a member's row grants together with the settings of the account. Absent settings grant nothing.
pub(crate) fn to_person(
    account: &AccountId,
    member: Member,
    settings: Option<AccountSettings>,
) -> Option<Grants> {
    let Member { role, standing: Standing::Active, .. } = member else { return None };
    let settings = settings.filter(is_active)?;
    let mut permissions = role.permissions().to_vec();
    if role < settings.keys_minimum_role {
        permissions.retain(|permission| !permission.is_about_keys());
    }
    Some(Grants {
        account: Some(account.clone()),
        environment: None,
        self_service_keys: Some(settings.self_service_keys),
        permissions,
    })
}

/// The grants of a machine client that showed its secret; `None` for one that may not act.
pub(crate) async fn of_client(
    store: &impl ReadAccountSettings,
    client: MachineClient,
) -> Result<Option<Grants>, PortError> {
    let settings = match &client.remit {
        Remit::Account { account, .. } if client.standing == Standing::Active => {
            store.read_account_settings(account).await?
        }
        Remit::Account { .. } | Remit::Operator => None,
    };
    Ok(to_client(&client, settings))
}

/// What a machine client's row grants together with the settings of its account. The operator's needs none; without them, any other
/// grants nothing.
pub(crate) fn to_client(client: &MachineClient, settings: Option<AccountSettings>) -> Option<Grants> {
    let MachineClient { remit, standing: Standing::Active, secrets: _ } = client else { return None };
    let (account, environment, mut permissions) = match remit {
        Remit::Operator => {
            return Some(Grants { permissions: vec![Permission::AccountsOperate], ..Grants::default() });
        }
        Remit::Account { account, environment, permissions } => (account, *environment, permissions.clone()),
    };
    let settings = settings.filter(is_active)?;
    // A machine client of an account never gets a permission of the operator or of owners, even if
    // its row names one.
    permissions.retain(|permission| permission.may_be_a_machines());
    Some(Grants {
        account: Some(account.clone()),
        environment: Some(environment),
        self_service_keys: Some(settings.self_service_keys),
        permissions,
    })
}

/// What the row of an active webhook grants together with the settings of its account: the use of its key, and nothing else.
pub(crate) fn to_webhook(
    account: &AccountId,
    environment: Environment,
    settings: Option<AccountSettings>,
) -> Option<Grants> {
    let settings = settings.filter(is_active)?;
    Some(Grants {
        account: Some(account.clone()),
        environment: Some(environment),
        self_service_keys: Some(settings.self_service_keys),
        permissions: vec![Permission::KeysUse],
    })
}

/// Whether anybody may act for the account.
fn is_active(settings: &AccountSettings) -> bool {
    settings.standing == Standing::Active
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::{fakes::now, permission::Role};

    /// One row of each kind, or none.
    #[derive(Clone)]
    struct Rows {
        member: Option<Member>,
        client: Option<MachineClient>,
        settings: Option<AccountSettings>,
        fails: bool,
        noted: Arc<Mutex<Vec<(String, Timestamp)>>>,
    }

    impl Rows {
        fn answer<T>(&self, row: Option<T>) -> Result<Option<T>, PortError> {
            match self.fails {
                true => Err(PortError::Unavailable { service: "the table", source: "away".into() }),
                false => Ok(row),
            }
        }
    }

    impl ReadMember for Rows {
        async fn read_member(&self, account: &AccountId, _: &MemberId) -> Result<Option<Member>, PortError> {
            self.answer(self.member.filter(|_| account.as_str() == "acme"))
        }
    }

    impl NoteFirstSignIn for Rows {
        async fn note_first_sign_in(
            &self,
            _: &AccountId,
            id: &MemberId,
            at: Timestamp,
        ) -> Result<(), PortError> {
            self.noted.lock().unwrap().push((id.to_string(), at));
            self.answer(Some(())).map(drop)
        }
    }

    impl ReadAccountSettings for Rows {
        async fn read_account_settings(&self, _: &AccountId) -> Result<Option<AccountSettings>, PortError> {
            self.answer(self.settings)
        }
    }

    fn rows(role: Role, permissions: &[Permission]) -> Rows {
        let remit = Remit::Account {
            account: "acme".parse().unwrap(),
            environment: Environment::Test,
            permissions: permissions.to_vec(),
        };
        Rows {
            member: Some(Member::new(role, Standing::Active)),
            client: Some(MachineClient { remit, standing: Standing::Active, secrets: Vec::new() }),
            settings: Some(AccountSettings {
                self_service_keys: SelfServiceKeys::On,
                keys_minimum_role: Role::Viewer,
                standing: Standing::Active,
            }),
            fails: false,
            noted: Arc::default(),
        }
    }

    async fn granted_to_a_person(rows: &Rows, account: &str) -> Result<Grants, PortError> {
        let member = "u-1".parse().unwrap();
        of_person(rows, &account.parse().unwrap(), &member, AT).await.map(Option::unwrap_or_default)
    }

    fn to_a_person(rows: &Rows) -> Grants {
        now(granted_to_a_person(rows, "acme")).unwrap()
    }

    fn to_a_machine(rows: &Rows) -> Grants {
        now(of_client(rows, rows.client.clone().unwrap())).unwrap().unwrap_or_default()
    }

    const AT: Timestamp = Timestamp::UNIX_EPOCH;

    const USES: [Permission; 2] = [Permission::KeysUse, Permission::KeysResolve];

    #[test]
    fn a_person_is_granted_what_the_role_may_and_nothing_of_a_machines() {
        for role in Role::ALL {
            let grants = to_a_person(&rows(role, &USES));
            assert_eq!(grants.permissions, role.permissions());
            let claims: Vec<_> = grants.claims().collect();
            assert_eq!(claims, [("account", "acme"), ("self_service_keys", "true")]);
        }
    }

    #[test]
    fn the_least_role_for_keys_takes_keys_from_lower_ones_and_nothing_else() {
        let mut rows = rows(Role::Editor, &USES);
        rows.settings.as_mut().unwrap().keys_minimum_role = Role::Owner;
        let streams = [Permission::StreamsRead, Permission::StreamsWrite];
        assert_eq!(to_a_person(&rows).permissions, streams);
        rows.member.as_mut().unwrap().role = Role::Owner;
        assert_eq!(to_a_person(&rows).permissions, Role::Owner.permissions());
        assert_eq!(to_a_machine(&rows).permissions, USES);
    }

    #[test]
    fn a_machine_is_granted_what_its_row_says() {
        let rows = rows(Role::Owner, &USES);
        let grants = to_a_machine(&rows);
        assert_eq!(grants.permissions, USES);
        let claims: Vec<_> = grants.claims().collect();
        assert_eq!(claims, [("account", "acme"), ("environment", "test"), ("self_service_keys", "true")]);
    }

    #[test]
    fn only_the_operator_operates_and_has_no_account() {
        let too_much = [Permission::AccountsOperate, Permission::AccountAdmin, Permission::KeysUse];
        let mut rows = rows(Role::Owner, &too_much);
        assert_eq!(to_a_machine(&rows).permissions, [Permission::KeysUse]);
        rows.client.as_mut().unwrap().remit = Remit::Operator;
        rows.settings = None;
        let operator = to_a_machine(&rows);
        assert_eq!(operator.permissions, [Permission::AccountsOperate]);
        assert_eq!(operator.claims().count(), 0);
    }

    #[test]
    fn whatever_is_missing_suspended_or_from_elsewhere_grants_nothing() {
        let whole = rows(Role::Owner, &USES);
        let nothing = Grants::default();
        assert_eq!(now(granted_to_a_person(&whole, "globex")).unwrap(), nothing);
        let without = |change: fn(&mut Rows)| {
            let mut rows = whole.clone();
            change(&mut rows);
            rows
        };
        assert_eq!(to_a_person(&without(|rows| rows.member = None)), nothing);
        let suspended = without(|rows| {
            rows.member.as_mut().unwrap().standing = Standing::Suspended;
            rows.client.as_mut().unwrap().standing = Standing::Suspended;
        });
        let closed = without(|rows| rows.settings.as_mut().unwrap().standing = Standing::Suspended);
        for rows in [suspended, closed, without(|rows| rows.settings = None)] {
            assert_eq!(to_a_person(&rows), nothing);
            assert_eq!(to_a_machine(&rows), nothing);
        }
    }

    #[test]
    fn that_somebody_who_was_invited_signs_in_is_noted_and_nothing_of_anybody_else() {
        let mut rows = rows(Role::Viewer, &USES);
        to_a_person(&rows);
        to_a_machine(&rows);
        assert_eq!(*rows.noted.lock().unwrap(), []);
        rows.member.as_mut().unwrap().invited = true;
        to_a_person(&rows);
        assert_eq!(*rows.noted.lock().unwrap(), [("u-1".to_owned(), AT)]);
        // Whoever is granted nothing has not signed in.
        rows.settings = None;
        to_a_person(&rows);
        assert_eq!(rows.noted.lock().unwrap().len(), 1);
    }

    #[test]
    fn a_table_that_does_not_answer_is_an_error_and_no_decision() {
        let mut rows = rows(Role::Owner, &USES);
        rows.fails = true;
        assert!(now(granted_to_a_person(&rows, "acme")).is_err());
        assert!(now(of_client(&rows, rows.client.clone().unwrap())).is_err());
    }
}
