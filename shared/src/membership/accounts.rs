//! Sets up accounts. Only the operator may do this. Each account gets a first owner, who invites all other
//! members.
//!
//! An account is created in steps, and a crash may come between them: its row, the invitation, and the
//! owner's row together with the mark that the owner was invited. Each step can be repeated, and the same
//! request sent again carries out the remaining steps.

use std::collections::BTreeSet;

use crate::{
    caller::Operator,
    complaints::Complaints,
    error::Error,
    ids::{AccountId, MemberId},
    membership::{SelfServiceKeys, Standing, email::EmailAddress, members::AccountMember, rows::Held},
    moment::Clock,
    outbound::AllowedOrigin,
    permission::Role,
    ports::{AdmitFirstOwner, ChangeAccount, CommitError, InvitePerson, ReadAccount},
    set::Set,
    stamp::Stamp,
    title::Title,
    version::Version,
};

/// The most origins that an account can be allowed.
pub const MOST_ORIGINS: usize = 50;

/// The part of an account that the operator sets. It does not hold the settings of the owners.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatedAccount {
    /// The account.
    pub id: AccountId,
    /// The title; `None` for an account whose row was put by hand.
    pub title: Option<Title>,
    /// Whether people of it manage keys by themselves.
    pub self_service_keys: SelfServiceKeys,
    /// The peers that the account may reach inside its customers' networks, each in its canonical
    /// spelling.
    pub allowed_origins: BTreeSet<String>,
    /// Whether anybody may act for it.
    pub standing: Standing,
    /// Whom it was made with; nobody for one whose row was put by hand.
    pub first_owner: Option<FirstOwner>,
    /// Counts changes, from 1. A row that was put by hand has none: it counts as 0.
    pub version: u64,
    /// When and by whom it was last changed, where that is known.
    pub updated: Option<Stamp>,
}

/// The first owner of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstOwner {
    /// Where the invitation goes.
    pub email: EmailAddress,
    /// Who that is in the sign-in, from the invitation on.
    pub member: Option<MemberId>,
}

/// What one transaction writes.
pub struct AccountChange {
    /// The right of the operator to it.
    pub by: Held,
    /// The version that the row must be at; `None` where there must be none.
    pub before: Option<u64>,
    /// The account as it will be.
    pub after: OperatedAccount,
}

/// The request, still as text.
pub struct AccountDraft {
    /// What people call it.
    pub title: String,
    /// The first owner's e-mail address; only needed to make an account.
    pub first_owner: Option<String>,
    /// Whether people of it manage keys by themselves.
    pub self_service_keys: SelfServiceKeys,
    /// The peers that the account may reach inside its customers' networks.
    pub allowed_origins: Vec<String>,
    /// `active` or `suspended`.
    pub state: String,
}

/// An account as the operator sees it.
///
/// # Errors
///
/// [`Error::NotFound`], [`Error::RowUnreadable`], and what the port reports.
pub async fn find(store: &impl ReadAccount, id: &AccountId) -> Result<OperatedAccount, Error> {
    store.read_account(id).await?.ok_or(Error::NotFound)
}

/// Makes an account match the draft: creates it, or changes it if it still has the version that the operator
/// has seen. An account that matches already is left unchanged. Then the first owner is invited, unless that
/// was done before.
///
/// # Errors
///
/// [`Error::InvalidFields`]; [`Error::VersionNeeded`], [`Error::StaleVersion`], [`Error::NotFound`]; what inviting refuses; and what
/// the ports report. Nothing is stored then, but for an account whose first owner could not be invited: that is left to be done.
pub async fn set(
    store: &(impl ReadAccount + ChangeAccount + AdmitFirstOwner),
    invitations: &impl InvitePerson,
    clock: &impl Clock,
    operator: &Operator,
    (id, seen): (&AccountId, Option<u64>),
    draft: AccountDraft,
) -> Result<Set<OperatedAccount>, Error> {
    let planned = plan(draft)?;
    let stamp = Stamp { at: clock.now(), by: operator.actor().to_string() };
    let outcome = match store.read_account(id).await? {
        None => Set::Made(make(store, operator, id, seen, planned, &stamp).await?),
        Some(stored) => Set::Kept(change(store, operator, stored, seen, planned, &stamp).await?),
    };
    match outcome {
        Set::Made(account) => admit(store, invitations, operator, account, stamp).await.map(Set::Made),
        Set::Kept(account) => admit(store, invitations, operator, account, stamp).await.map(Set::Kept),
    }
}

async fn make(
    store: &impl ChangeAccount,
    operator: &Operator,
    id: &AccountId,
    seen: Option<u64>,
    planned: Planned,
    stamp: &Stamp,
) -> Result<OperatedAccount, Error> {
    if seen.is_some() {
        return Err(Error::NotFound);
    }
    let Some(email) = planned.first_owner else {
        return Err(Error::invalid("first_owner", "is needed to make an account"));
    };
    let account = OperatedAccount {
        id: id.clone(),
        title: Some(planned.title),
        self_service_keys: planned.self_service_keys,
        allowed_origins: planned.allowed_origins,
        standing: planned.standing,
        first_owner: Some(FirstOwner { email, member: None }),
        version: 1,
        updated: Some(stamp.clone()),
    };
    commit(store, operator, None, account).await
}

async fn change(
    store: &impl ChangeAccount,
    operator: &Operator,
    stored: OperatedAccount,
    seen: Option<u64>,
    planned: Planned,
    stamp: &Stamp,
) -> Result<OperatedAccount, Error> {
    Version::new(stored.version).expect_if_told(seen)?;
    let next = OperatedAccount {
        title: Some(planned.title),
        self_service_keys: planned.self_service_keys,
        allowed_origins: planned.allowed_origins,
        standing: planned.standing,
        first_owner: first_owner(stored.first_owner.as_ref(), planned.first_owner)?,
        ..stored.clone()
    };
    if next == stored {
        return Ok(stored);
    }
    let version = seen.ok_or(Error::VersionNeeded)?;
    let next = OperatedAccount { version: version + 1, updated: Some(stamp.clone()), ..next };
    commit(store, operator, Some(version), next).await
}

/// Who the first owner is from now on. Once invited, they stay: owners say who the others are, and the operator does not.
fn first_owner(
    stored: Option<&FirstOwner>,
    asked: Option<EmailAddress>,
) -> Result<Option<FirstOwner>, Error> {
    match (stored, asked) {
        (stored, None) => Ok(stored.cloned()),
        (Some(stored), Some(email)) if stored.email == email => Ok(Some(stored.clone())),
        (Some(FirstOwner { member: None, .. }), Some(email)) => Ok(Some(FirstOwner { email, member: None })),
        (Some(_) | None, Some(_)) => {
            Err(Error::invalid("first_owner.email", "is settled: owners invite everybody else"))
        }
    }
}

/// Invites the first owner and lets them in, unless that is done.
async fn admit(
    store: &impl AdmitFirstOwner,
    invitations: &impl InvitePerson,
    operator: &Operator,
    account: OperatedAccount,
    stamp: Stamp,
) -> Result<OperatedAccount, Error> {
    let Some(FirstOwner { email, member: None }) = &account.first_owner else { return Ok(account) };
    let member = invitations.invite_person(&account.id, email).await?;
    let owner = AccountMember::invited(&account.id, member.clone(), email.clone(), Role::Owner, stamp);
    match store.admit_first_owner(&operator.held()?, &account, &owner).await {
        Ok(()) => {}
        // Somebody else did, or changed the account: the same request sees which.
        Err(CommitError::Stale { .. } | CommitError::Unmet(_)) => return Err(Error::Unavailable(None)),
        Err(error) => return Err(error.into()),
    }
    let first_owner = Some(FirstOwner { email: email.clone(), member: Some(member) });
    Ok(OperatedAccount { first_owner, ..account })
}

async fn commit(
    store: &impl ChangeAccount,
    operator: &Operator,
    before: Option<u64>,
    after: OperatedAccount,
) -> Result<OperatedAccount, Error> {
    let change = AccountChange { by: operator.held()?, before, after };
    store.change_account(&change).await?;
    Ok(change.after)
}

/// A draft that is fine by itself.
struct Planned {
    title: Title,
    first_owner: Option<EmailAddress>,
    self_service_keys: SelfServiceKeys,
    allowed_origins: BTreeSet<String>,
    standing: Standing,
}

/// Checks a draft by itself, and says all that is wrong with it at once.
fn plan(draft: AccountDraft) -> Result<Planned, Error> {
    let mut complaints = Complaints::default();
    let title = complaints.parse("title", &draft.title);
    let first_owner = draft.first_owner.as_deref().map(|email| complaints.parse("first_owner.email", email));
    let allowed_origins = origins(&draft.allowed_origins, &mut complaints);
    let standing = Standing::asked(&draft.state, &mut complaints);
    complaints.settle(|| {
        Ok(Planned {
            title: title?,
            first_owner: first_owner.transpose()?,
            self_service_keys: draft.self_service_keys,
            allowed_origins,
            standing: standing?,
        })
    })
}

fn origins(texts: &[String], complaints: &mut Complaints) -> BTreeSet<String> {
    if texts.len() > MOST_ORIGINS {
        complaints.complain("allowed_origins", format!("must have at most {MOST_ORIGINS}"));
        return BTreeSet::new();
    }
    let mut origins = BTreeSet::new();
    for (place, text) in texts.iter().enumerate() {
        let origin = complaints.parse::<AllowedOrigin>(format!("allowed_origins[{place}]"), text);
        origins.extend(origin.map(|origin| origin.to_string()));
    }
    origins
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::{
        caller::{Claims, PanelClient},
        error::PortError,
        fakes::{Still, now},
        membership::rows::tests::rows_of_the_operator,
        permission::Permission,
        ports::NotInvited,
    };

    /// One account, or none; who was invited; and who was let in.
    #[derive(Default)]
    struct World {
        account: Mutex<Option<OperatedAccount>>,
        invited: Mutex<Vec<String>>,
        admitted: Mutex<Vec<String>>,
        /// The invitation fails, or letting in does.
        fails: Mutex<Option<&'static str>>,
    }

    impl World {
        fn fails_at(&self, step: Option<&'static str>) {
            *self.fails.lock().unwrap() = step;
        }

        fn check(&self, step: &'static str) -> Result<(), Error> {
            match *self.fails.lock().unwrap() == Some(step) {
                true => Err(Error::Unavailable(None)),
                false => Ok(()),
            }
        }

        fn seen(&self) -> (Vec<String>, Vec<String>) {
            (self.invited.lock().unwrap().clone(), self.admitted.lock().unwrap().clone())
        }
    }

    impl ReadAccount for World {
        async fn read_account(&self, _: &AccountId) -> Result<Option<OperatedAccount>, Error> {
            Ok(self.account.lock().unwrap().clone())
        }
    }

    impl ChangeAccount for World {
        async fn change_account(&self, change: &AccountChange) -> Result<(), CommitError> {
            let mut account = self.account.lock().unwrap();
            let current = account.as_ref().map(|account| account.version);
            if current != change.before {
                return Err(CommitError::Stale { current });
            }
            *account = Some(change.after.clone());
            Ok(())
        }
    }

    impl InvitePerson for World {
        async fn invite_person(&self, _: &AccountId, email: &EmailAddress) -> Result<MemberId, NotInvited> {
            let away = || PortError::Unavailable { service: "the sign-in", source: "away".into() };
            self.check("invite").map_err(|_| away())?;
            self.invited.lock().unwrap().push(email.to_string());
            Ok("u-1".parse().unwrap())
        }
    }

    impl AdmitFirstOwner for World {
        async fn admit_first_owner(
            &self,
            _: &Held,
            _: &OperatedAccount,
            owner: &AccountMember,
        ) -> Result<(), CommitError> {
            let mut account = self.account.lock().unwrap();
            let Some(OperatedAccount { version, first_owner: Some(first_owner), .. }) = account.as_mut()
            else {
                return Err(CommitError::Stale { current: None });
            };
            if self.check("admit").is_err() || first_owner.member.is_some() {
                return Err(CommitError::Stale { current: Some(*version) });
            }
            first_owner.member = Some(owner.id.clone());
            self.admitted.lock().unwrap().extend(owner.email.as_ref().map(ToString::to_string));
            Ok(())
        }
    }

    fn operator() -> Operator {
        let scope = Permission::AccountsOperate.scope();
        let values =
            [("token_use", "access"), ("client_id", "operator"), ("sub", "operator"), ("scope", &scope)];
        let values = values.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let panel = PanelClient::new("panel".to_owned());
        let operator = Operator::authorize(&Claims { values: values.collect() }, &panel).unwrap();
        operator.holding(&rows_of_the_operator()).unwrap()
    }

    fn draft() -> AccountDraft {
        AccountDraft {
            title: "Initech".to_owned(),
            first_owner: Some("ann@initech.example".to_owned()),
            self_service_keys: SelfServiceKeys::On,
            allowed_origins: vec!["https://ERP.initech.example:8443".to_owned()],
            state: "active".to_owned(),
        }
    }

    fn set_as(world: &World, seen: Option<u64>, draft: AccountDraft) -> Result<Set<OperatedAccount>, Error> {
        now(set(world, world, &Still, &operator(), (&"initech".parse().unwrap(), seen), draft))
    }

    fn fields(outcome: Result<Set<OperatedAccount>, Error>) -> Vec<String> {
        let Err(Error::InvalidFields(fields)) = outcome else { panic!() };
        fields.into_iter().map(|field| field.field).collect()
    }

    fn once() -> (Vec<String>, Vec<String>) {
        let ann = vec!["ann@initech.example".to_owned()];
        (ann.clone(), ann)
    }

    #[test]
    fn an_account_is_made_with_its_first_owner_who_is_invited_once() {
        let world = World::default();
        let Ok(Set::Made(made)) = set_as(&world, None, draft()) else { panic!() };
        assert_eq!(
            (made.version, made.allowed_origins.first().unwrap().as_str()),
            (1, "https://erp.initech.example:8443")
        );
        assert_eq!(made.first_owner.as_ref().unwrap().member, Some("u-1".parse().unwrap()));
        let again = [draft(), AccountDraft { first_owner: None, ..draft() }];
        for again in again {
            assert_eq!(set_as(&world, None, again).unwrap(), Set::Kept(made.clone()));
        }
        let other = || AccountDraft { title: "Initrode".to_owned(), ..draft() };
        assert!(matches!(set_as(&world, None, other()), Err(Error::VersionNeeded)));
        assert!(matches!(set_as(&world, Some(2), other()), Err(Error::StaleVersion { current: 1 })));
        let Ok(Set::Kept(changed)) = set_as(&world, Some(1), other()) else { panic!() };
        assert_eq!((changed.version, changed.title.unwrap().to_string()), (2, "Initrode".to_owned()));
        assert_eq!(world.seen(), once());
    }

    #[test]
    fn whichever_step_fails_the_same_request_does_what_is_left() {
        for step in ["invite", "admit"] {
            let world = World::default();
            world.fails_at(Some(step));
            assert!(matches!(set_as(&world, None, draft()), Err(Error::Unavailable(_))), "{step}");
            assert_eq!(world.seen().1.len(), 0, "{step}");
            world.fails_at(None);
            let Ok(Set::Kept(account)) = set_as(&world, None, draft()) else { panic!() };
            assert_eq!(account.version, 1);
            assert_eq!(world.seen().1, once().1, "{step}");
        }
    }

    #[test]
    fn the_first_owner_can_be_another_one_until_they_are_invited() {
        let world = World::default();
        let bob = || AccountDraft { first_owner: Some("bob@initech.example".to_owned()), ..draft() };
        world.fails_at(Some("invite"));
        set_as(&world, None, draft()).unwrap_err();
        world.fails_at(None);
        assert!(matches!(set_as(&world, None, bob()), Err(Error::VersionNeeded)));
        set_as(&world, Some(1), bob()).unwrap();
        assert_eq!(world.seen().1, ["bob@initech.example"]);
        assert_eq!(fields(set_as(&world, Some(2), draft())), ["first_owner.email"]);
        // An account whose row was put by hand gets no first owner either: its members were added
        // by hand too.
        world.account.lock().unwrap().as_mut().unwrap().first_owner = None;
        assert_eq!(fields(set_as(&world, Some(2), draft())), ["first_owner.email"]);
        assert_eq!(world.seen().1.len(), 1);
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let world = World::default();
        let wrong = AccountDraft {
            title: " ".to_owned(),
            first_owner: Some("ann".to_owned()),
            self_service_keys: SelfServiceKeys::Off,
            allowed_origins: vec![
                "https://ok.example".to_owned(),
                "https://127.0.0.1".to_owned(),
                "x".to_owned(),
            ],
            state: "closed".to_owned(),
        };
        assert_eq!(
            fields(set_as(&world, None, wrong)),
            ["title", "first_owner.email", "allowed_origins[1]", "allowed_origins[2]", "state"]
        );
        let many = AccountDraft {
            allowed_origins: vec!["https://x.example".to_owned(); MOST_ORIGINS + 1],
            ..draft()
        };
        assert_eq!(fields(set_as(&world, None, many)), ["allowed_origins"]);
        assert_eq!(
            fields(set_as(&world, None, AccountDraft { first_owner: None, ..draft() })),
            ["first_owner"]
        );
        assert!(matches!(set_as(&world, Some(1), draft()), Err(Error::NotFound)));
        assert_eq!(world.seen(), (vec![], vec![]));
        assert!(world.account.lock().unwrap().is_none());
    }
}
