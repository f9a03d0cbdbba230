//! Sets up machine clients. Only the operator may do this, because an owner who could would reach plain
//! values. The client's row says its permissions, its account and its environment, and has the hashes of its
//! secrets.

use jiff::{SignedDuration, Timestamp};

use crate::{
    caller::{Operator, PanelClient},
    complaints::Complaints,
    environment::Environment,
    error::Error,
    ids::{AccountId, ClientId, SecretId},
    membership::{
        MachineClient, Remit, Standing,
        client_secret::{ClientSecret, KeptSecret, MOST_SECRETS},
        rows::Held,
    },
    moment::{Clock, Moment, Random},
    permission::Permission,
    ports::{ChangeClient, ReadAccountSettings, ReadClientRow},
    set::Set,
    stamp::Stamp,
    version::Version,
};

/// A machine client with what its row says of the row itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientRow {
    /// The client.
    pub id: ClientId,
    /// The purpose of the client.
    pub client: MachineClient,
    /// Counts changes, from 1. A row that was not made here has none: it counts as 0.
    pub version: u64,
    /// When and by whom it was last set, where it was set here.
    pub updated: Option<Stamp>,
}

/// A machine client of an account: every row but an operator's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountClient {
    /// The client.
    pub id: ClientId,
    /// The account that it acts for.
    pub account: AccountId,
    /// The environment that it does so in.
    pub environment: Environment,
    /// Its permissions in that account, in the order of [`Permission::ALL`].
    pub permissions: Vec<Permission>,
    /// Whether it may do that.
    pub standing: Standing,
    /// What is kept of its secrets.
    pub secrets: Vec<KeptSecret>,
    /// Counts changes.
    pub version: u64,
    /// When and by whom it was last set, where it was set here.
    pub updated: Option<Stamp>,
}

/// What one transaction writes.
pub struct ClientChange {
    /// The right of the operator to it.
    pub by: Held,
    /// The client that is concerned.
    pub id: ClientId,
    /// The version that its row must be at; `None` where there must be none.
    pub before: Option<u64>,
    /// The client as it will be; `None` for one that goes.
    pub after: Option<AccountClient>,
}

/// The request, still as text.
pub struct ClientDraft {
    /// The account.
    pub account: String,
    /// The environment.
    pub environment: String,
    /// The permissions by name.
    pub permissions: Vec<String>,
    /// `active` or `suspended`.
    pub state: String,
}

/// A machine client of an account.
///
/// # Errors
///
/// [`Error::NotFound`] for one without a row and for an operator; [`Error::RowUnreadable`], and what the port reports.
pub async fn find(store: &impl ReadClientRow, id: &ClientId) -> Result<AccountClient, Error> {
    let row = store.read_client_row(id).await?;
    row.and_then(of_account).ok_or(Error::NotFound)
}

/// Makes a client match the draft: creates its row, or changes it if it still has the version that the
/// operator has seen. A row that matches already is left unchanged, so that the request can be repeated after
/// its answer was lost.
///
/// # Errors
///
/// [`Error::InvalidFields`], also for the panel's client and for operators; [`Error::ClientElsewhere`] for one of another
/// account or environment; [`Error::VersionNeeded`], [`Error::StaleVersion`], [`Error::NotFound`], and what the ports
/// report. Nothing is stored then.
pub async fn set(
    store: &(impl ReadClientRow + ReadAccountSettings + ChangeClient),
    clock: &impl Clock,
    (operator, panel): (&Operator, &PanelClient),
    (id, seen): (&ClientId, Option<u64>),
    draft: ClientDraft,
) -> Result<Set<AccountClient>, Error> {
    let planned = plan(id, draft)?;
    check_settable(operator, panel, id)?;
    let stamped = |version| AccountClient {
        version,
        updated: Some(Stamp { at: clock.now(), by: operator.actor().to_string() }),
        ..planned.clone()
    };
    let Some(row) = store.read_client_row(id).await? else {
        if seen.is_some() {
            return Err(Error::NotFound);
        }
        if store.read_account_settings(&planned.account).await?.is_none() {
            return Err(Error::invalid("account_id", "there is no such account"));
        }
        return commit(store, operator, id, None, stamped(1)).await.map(Set::Made);
    };
    let stored = of_account(row).ok_or_else(not_settable)?;
    if (&stored.account, stored.environment) != (&planned.account, planned.environment) {
        return Err(Error::ClientElsewhere);
    }
    Version::new(stored.version).expect_if_told(seen)?;
    if (&stored.permissions, stored.standing) == (&planned.permissions, planned.standing) {
        return Ok(Set::Kept(stored));
    }
    let seen = seen.ok_or(Error::VersionNeeded)?;
    let changed = AccountClient { secrets: stored.secrets, ..stamped(seen + 1) };
    commit(store, operator, id, Some(seen), changed).await.map(Set::Kept)
}

/// Removes the row of a client, if it still has the version that the operator has seen.
///
/// # Errors
///
/// [`Error::NotFound`], also for operators; [`Error::StaleVersion`], and what the ports report. Nothing is deleted then.
pub async fn delete(
    store: &(impl ReadClientRow + ChangeClient),
    operator: &Operator,
    id: &ClientId,
    seen: u64,
) -> Result<(), Error> {
    let stored = find(store, id).await?;
    Version::new(stored.version).expect(seen)?;
    let by = operator.held()?;
    Ok(store.change_client(&ClientChange { by, id: id.clone(), before: Some(seen), after: None }).await?)
}

/// Makes one more secret for a client, so that the one in use can be replaced without a failed call. Secrets that have ended
/// make room.
///
/// # Errors
///
/// [`Error::NotFound`], also for operators; [`Error::InvalidFields`] where [`MOST_SECRETS`] are valid, and for days out of
/// bounds; [`Error::StaleVersion`] where something else changed the client meanwhile, and what the ports report. Nothing is
/// stored then.
pub async fn add_secret(
    store: &(impl ReadClientRow + ChangeClient),
    moment: &Moment<'_, impl Clock, impl Random>,
    operator: &Operator,
    id: &ClientId,
    expires_in_days: Option<u32>,
) -> Result<(ClientSecret, KeptSecret), Error> {
    let now = moment.clock.now();
    let ends = expires_in_days.map(|days| ends_after(now, days)).transpose()?;
    let mut client = find(store, id).await?;
    client.secrets.retain(|kept| kept.is_valid(now));
    if client.secrets.len() >= MOST_SECRETS {
        return Err(Error::invalid("client_id", "has two secrets that are valid: take one away first"));
    }
    let (secret, kept) = KeptSecret::make(moment.clock, moment.random, ends);
    client.secrets.push(kept.clone());
    change_secrets(store, moment.clock, operator, client).await?;
    Ok((secret, kept))
}

/// Takes a secret of a client away. No token is issued for it from then on.
///
/// # Errors
///
/// [`Error::NotFound`], also for operators and for a secret that is not there; [`Error::StaleVersion`], and what the ports
/// report.
pub async fn remove_secret(
    store: &(impl ReadClientRow + ChangeClient),
    clock: &impl Clock,
    operator: &Operator,
    (id, secret): (&ClientId, &SecretId),
) -> Result<(), Error> {
    let mut client = find(store, id).await?;
    let before = client.secrets.len();
    client.secrets.retain(|kept| kept.id != *secret);
    if client.secrets.len() == before {
        return Err(Error::NotFound);
    }
    change_secrets(store, clock, operator, client).await
}

async fn change_secrets(
    store: &impl ChangeClient,
    clock: &impl Clock,
    operator: &Operator,
    client: AccountClient,
) -> Result<(), Error> {
    let seen = client.version;
    let updated = Some(Stamp { at: clock.now(), by: operator.actor().to_string() });
    let after = AccountClient { version: seen + 1, updated, ..client };
    commit(store, operator, &after.id.clone(), Some(seen), after).await.map(drop)
}

/// The most days that a secret can be given.
pub const MOST_DAYS: u32 = 3_650;

fn ends_after(now: Timestamp, days: u32) -> Result<Timestamp, Error> {
    let wrong = || Error::invalid("expires_in_days", format!("must be 1 to {MOST_DAYS}"));
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(wrong());
    }
    now.checked_add(SignedDuration::from_hours(24 * i64::from(days))).map_err(|_| wrong())
}

async fn commit(
    store: &impl ChangeClient,
    operator: &Operator,
    id: &ClientId,
    before: Option<u64>,
    after: AccountClient,
) -> Result<AccountClient, Error> {
    let by = operator.held()?;
    let change = ClientChange { by, id: id.clone(), before, after: Some(after.clone()) };
    store.change_client(&change).await?;
    Ok(after)
}

fn of_account(row: ClientRow) -> Option<AccountClient> {
    let ClientRow { id, client: MachineClient { remit, standing, secrets }, version, updated } = row;
    match remit {
        Remit::Operator => None,
        Remit::Account { account, environment, mut permissions } => {
            permissions.sort_unstable();
            Some(AccountClient { id, account, environment, permissions, standing, secrets, version, updated })
        }
    }
}

/// The client that people sign in with is no machine, and who is an operator is not an operator's to say.
fn check_settable(operator: &Operator, panel: &PanelClient, id: &ClientId) -> Result<(), Error> {
    if panel.is(id.as_str()) {
        return Err(Error::invalid("client_id", "people sign in with this client: it is no machine's"));
    }
    if operator.is(id.as_str()) { Err(not_settable()) } else { Ok(()) }
}

fn not_settable() -> Error {
    Error::invalid("client_id", "is an operator's client: its row is not written here")
}

/// Checks a draft by itself, and says all that is wrong with it at once.
fn plan(id: &ClientId, draft: ClientDraft) -> Result<AccountClient, Error> {
    let mut complaints = Complaints::default();
    let account = complaints.parse("account_id", &draft.account);
    let environment = complaints.parse("environment", &draft.environment);
    let standing = Standing::asked(&draft.state, &mut complaints);
    let permissions = permissions(&draft.permissions, &mut complaints);
    complaints.settle(|| {
        Ok(AccountClient {
            id: id.clone(),
            account: account?,
            environment: environment?,
            permissions,
            standing: standing?,
            secrets: Vec::new(),
            version: 0,
            updated: None,
        })
    })
}

fn permissions(names: &[String], complaints: &mut Complaints) -> Vec<Permission> {
    let mut permissions = Vec::new();
    for (place, name) in names.iter().enumerate() {
        let known = Permission::from_name(name).filter(|permission| permission.may_be_a_machines());
        let reason = match known {
            None => "is no permission that a machine client may have",
            Some(permission) if permissions.contains(&permission) => "is there twice",
            Some(permission) => {
                permissions.push(permission);
                continue;
            }
        };
        complaints.complain(format!("permissions[{place}]"), reason);
        // A list without an end gets an answer with one.
        if complaints.len() > Permission::ALL.len() {
            break;
        }
    }
    if names.is_empty() {
        complaints.complain("permissions", "needs at least one: to take all away, suspend it");
    }
    permissions.sort_unstable();
    permissions
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::{
        caller::Claims,
        error::PortError,
        fakes::{Counting, Still, now},
        membership::{
            AccountSettings, SelfServiceKeys, client_secret::matching, rows::tests::rows_of_the_operator,
        },
        permission::Role,
        ports::CommitError,
    };

    /// One row, or none, and one account.
    #[derive(Default)]
    struct Rows {
        row: Mutex<Option<ClientRow>>,
        written: Mutex<usize>,
    }

    impl ReadClientRow for Rows {
        async fn read_client_row(&self, _: &ClientId) -> Result<Option<ClientRow>, Error> {
            Ok(self.row.lock().unwrap().clone())
        }
    }

    impl ReadAccountSettings for Rows {
        async fn read_account_settings(
            &self,
            account: &AccountId,
        ) -> Result<Option<AccountSettings>, PortError> {
            Ok((account.as_str() == "acme").then_some(AccountSettings {
                self_service_keys: SelfServiceKeys::Off,
                keys_minimum_role: Role::Viewer,
                standing: Standing::Suspended,
            }))
        }
    }

    impl ChangeClient for Rows {
        async fn change_client(&self, change: &ClientChange) -> Result<(), CommitError> {
            let mut row = self.row.lock().unwrap();
            let current = row.as_ref().map(|row| row.version);
            if current != change.before {
                return Err(CommitError::Stale { current });
            }
            *self.written.lock().unwrap() += 1;
            *row = change.after.clone().map(|after| ClientRow {
                id: after.id,
                client: MachineClient {
                    remit: Remit::Account {
                        account: after.account,
                        environment: after.environment,
                        permissions: after.permissions,
                    },
                    standing: after.standing,
                    secrets: after.secrets,
                },
                version: after.version,
                updated: after.updated,
            });
            Ok(())
        }
    }

    fn operator() -> Operator {
        let scope = Permission::AccountsOperate.scope();
        let values =
            [("token_use", "access"), ("client_id", "operator"), ("sub", "operator"), ("scope", &scope)];
        let values = values.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let operator = Operator::authorize(&Claims { values: values.collect() }, &panel()).unwrap();
        operator.holding(&rows_of_the_operator()).unwrap()
    }

    fn panel() -> PanelClient {
        PanelClient::new("panel".to_owned())
    }

    fn draft(permissions: &[&str]) -> ClientDraft {
        ClientDraft {
            account: "acme".to_owned(),
            environment: "live".to_owned(),
            permissions: permissions.iter().map(|name| (*name).to_owned()).collect(),
            state: "active".to_owned(),
        }
    }

    fn set_as(
        rows: &Rows,
        id: &str,
        seen: Option<u64>,
        draft: ClientDraft,
    ) -> Result<Set<AccountClient>, Error> {
        let (operator, panel) = (operator(), panel());
        now(set(rows, &Still, (&operator, &panel), (&id.parse().unwrap(), seen), draft))
    }

    fn fields(error: Error) -> Vec<String> {
        let Error::InvalidFields(fields) = error else { panic!("{error}") };
        fields.into_iter().map(|field| field.field).collect()
    }

    #[test]
    fn a_client_is_made_once_and_changed_by_whoever_has_seen_it() {
        let rows = Rows::default();
        let Ok(Set::Made(made)) = set_as(&rows, "c1", None, draft(&["keys:use", "keys:read"])) else {
            panic!()
        };
        assert_eq!((made.version, &*made.permissions), (1, &[Permission::KeysRead, Permission::KeysUse][..]));
        // The same again, in another order, with and without the version.
        for seen in [None, Some(1)] {
            let again = set_as(&rows, "c1", seen, draft(&["keys:read", "keys:use"])).unwrap();
            assert_eq!(again, Set::Kept(made.clone()));
        }
        assert_eq!(*rows.written.lock().unwrap(), 1);
        let less = || draft(&["keys:use"]);
        assert!(matches!(set_as(&rows, "c1", None, less()), Err(Error::VersionNeeded)));
        assert!(matches!(set_as(&rows, "c1", Some(2), less()), Err(Error::StaleVersion { current: 1 })));
        let Ok(Set::Kept(changed)) = set_as(&rows, "c1", Some(1), less()) else { panic!() };
        assert_eq!((changed.version, &*changed.permissions), (2, &[Permission::KeysUse][..]));
        assert_eq!(changed.updated.unwrap().by, "client:operator");
        let id = "c1".parse().unwrap();
        assert!(matches!(now(delete(&rows, &operator(), &id, 1)), Err(Error::StaleVersion { current: 2 })));
        now(delete(&rows, &operator(), &id, 2)).unwrap();
        assert!(matches!(now(delete(&rows, &operator(), &id, 2)), Err(Error::NotFound)));
        assert!(matches!(set_as(&rows, "c1", Some(2), less()), Err(Error::NotFound)));
        assert_eq!(*rows.written.lock().unwrap(), 3);
    }

    #[test]
    fn a_secret_is_replaced_while_both_count_and_a_change_of_permissions_keeps_both() {
        let rows = Rows::default();
        let (operator, random) = (operator(), Counting::default());
        let moment = Moment { clock: &Still, random: &random };
        set_as(&rows, "c1", None, draft(&["keys:use"])).unwrap();
        let id: ClientId = "c1".parse().unwrap();
        let kept = || rows.row.lock().unwrap().as_ref().unwrap().client.secrets.clone();
        let (old, kept_old) = now(add_secret(&rows, &moment, &operator, &id, None)).unwrap();
        let (new, kept_new) = now(add_secret(&rows, &moment, &operator, &id, Some(1))).unwrap();
        assert_eq!(kept(), [kept_old.clone(), kept_new.clone()]);
        for secret in [&old, &new] {
            assert!(matching(&kept(), secret, Still.now()).is_some());
        }
        let third = now(add_secret(&rows, &moment, &operator, &id, None)).map(drop);
        assert_eq!(fields(third.unwrap_err()), ["client_id"]);
        set_as(&rows, "c1", Some(3), draft(&["keys:read"])).unwrap();
        assert_eq!(kept().len(), 2);
        now(remove_secret(&rows, &Still, &operator, (&id, &kept_old.id))).unwrap();
        assert!(
            matching(&kept(), &old, Still.now()).is_none() && matching(&kept(), &new, Still.now()).is_some()
        );
        let again = now(remove_secret(&rows, &Still, &operator, (&id, &kept_old.id)));
        assert!(matches!(again, Err(Error::NotFound)));
        // One that has ended makes room.
        rows.row.lock().unwrap().as_mut().unwrap().client.secrets[0].ends = Some(Still.now());
        for _ in 0..MOST_SECRETS {
            now(add_secret(&rows, &moment, &operator, &id, None)).unwrap();
        }
        assert!(kept().iter().all(|kept| kept.id != kept_new.id));
    }

    #[test]
    fn a_secret_of_nobody_or_for_no_time_is_not_made() {
        let rows = Rows::default();
        let (operator, random) = (operator(), Counting::default());
        let moment = Moment { clock: &Still, random: &random };
        let id: ClientId = "c1".parse().unwrap();
        let make = |days| now(add_secret(&rows, &moment, &operator, &id, days)).map(drop);
        assert!(matches!(make(None), Err(Error::NotFound)));
        set_as(&rows, "c1", None, draft(&["keys:use"])).unwrap();
        for days in [0, MOST_DAYS + 1, u32::MAX] {
            assert_eq!(fields(make(Some(days)).unwrap_err()), ["expires_in_days"], "{days}");
        }
        rows.row.lock().unwrap().as_mut().unwrap().client.remit = Remit::Operator;
        assert!(matches!(make(None), Err(Error::NotFound)));
        assert_eq!(*rows.written.lock().unwrap(), 1);
    }

    #[test]
    fn a_client_stays_in_its_account_and_environment() {
        let rows = Rows::default();
        set_as(&rows, "c1", None, draft(&["keys:use"])).unwrap();
        let moved = [
            ClientDraft { account: "globex".to_owned(), ..draft(&["keys:use"]) },
            ClientDraft { environment: "test".to_owned(), ..draft(&["keys:use"]) },
        ];
        for moved in moved {
            assert!(matches!(set_as(&rows, "c1", Some(1), moved), Err(Error::ClientElsewhere)));
        }
        assert_eq!(*rows.written.lock().unwrap(), 1);
    }

    #[test]
    fn what_no_machine_may_be_or_have_is_refused_by_name() {
        let rows = Rows::default();
        let refused = |id: &str, draft| fields(set_as(&rows, id, None, draft).unwrap_err());
        for id in ["panel", "operator"] {
            assert_eq!(refused(id, draft(&["keys:use"])), ["client_id"], "{id}");
        }
        for permission in ["account:admin", "accounts:operate", "keys:everything", "keyward/keys:use", ""] {
            assert_eq!(refused("c1", draft(&["keys:use", permission])), ["permissions[1]"], "{permission}");
        }
        assert_eq!(refused("c1", draft(&["keys:use", "keys:use"])), ["permissions[1]"]);
        assert_eq!(refused("c1", draft(&[])), ["permissions"]);
        assert!(refused("c1", draft(&["x"; 10_000])).len() < 20);
        let wrong = ClientDraft {
            account: "a#b".to_owned(),
            environment: "moon".to_owned(),
            permissions: Vec::new(),
            state: "asleep".to_owned(),
        };
        assert_eq!(refused("c1", wrong), ["account_id", "environment", "state", "permissions"]);
        let elsewhere = ClientDraft { account: "nobody".to_owned(), ..draft(&["keys:use"]) };
        assert_eq!(refused("c1", elsewhere), ["account_id"]);
        // The row of another operator is not written either.
        *rows.row.lock().unwrap() = Some(ClientRow {
            id: "c1".parse().unwrap(),
            client: MachineClient { remit: Remit::Operator, standing: Standing::Active, secrets: Vec::new() },
            version: 0,
            updated: None,
        });
        assert_eq!(refused("c1", draft(&["keys:use"])), ["client_id"]);
        assert!(matches!(now(find(&rows, &"c1".parse().unwrap())), Err(Error::NotFound)));
        assert!(matches!(now(delete(&rows, &operator(), &"c1".parse().unwrap(), 0)), Err(Error::NotFound)));
        assert_eq!(*rows.written.lock().unwrap(), 0);
    }
}
