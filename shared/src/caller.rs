//! Who is asking. A [`Caller`] exists only after the check, and every port takes it or its account, so that a
//! query without a tenant cannot be written.

use std::{collections::BTreeMap, fmt};

use jiff::{SignedDuration, Timestamp};

pub use crate::access::{AccessError, WrongEnvironment};
use crate::{
    environment::Environment,
    error::{Error, PortError},
    ids::{AccountId, WebhookId},
    membership::rows::{CallerRow, CallerRows, Claimed, Held},
    permission::{Permission, Role},
    webhooks::webhook::Webhook,
};

/// The claims of an access token, as the gateway's authorizer passes them on: every value is text.
#[derive(Debug, Clone, Default)]
pub struct Claims {
    /// The token's claims by name.
    pub values: BTreeMap<String, String>,
}

impl Claims {
    fn value(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// When the person signed in (OpenID Connect Core §2: `auth_time`, in seconds). Refreshing a token leaves it as it is.
    fn auth_time(&self) -> Option<Timestamp> {
        let seconds = self.value("auth_time")?.parse().ok()?;
        Timestamp::from_second(seconds).ok()
    }

    /// The permissions among the token's scopes (RFC 8693 §4.2: separated by spaces).
    fn permissions(&self) -> Vec<Permission> {
        let scopes = self.value("scope").unwrap_or_default();
        scopes.split(' ').filter_map(Permission::from_scope).collect()
    }
}

/// Names of the claims that Keyward's tokens have beside the usual ones.
pub mod claim {
    /// The caller's account.
    pub const ACCOUNT: &str = "account";
    /// The only environment of a machine client.
    pub const ENVIRONMENT: &str = "environment";
    /// Whether people of the account may manage keys themselves: `true` or `false`.
    pub const SELF_SERVICE_KEYS: &str = "self_service_keys";
}

/// How long after a person's sign-in that sign-in is fresh.
pub const FRESH: SignedDuration = SignedDuration::from_mins(5);

/// The clients that people sign in with. Anything else that has a token is a machine.
#[derive(Debug, Clone)]
pub struct PanelClient(String);

impl PanelClient {
    /// The identifier that Cognito gave to the control panel's client.
    #[must_use]
    pub const fn new(client_id: String) -> Self {
        Self(client_id)
    }

    /// Whether the client has this identifier.
    #[must_use]
    pub fn is(&self, client_id: &str) -> bool {
        self.0 == client_id
    }
}

/// Who did something, as audit entries and views show it: `person:<user name>`, `client:<client id>` or `webhook:<webhook id>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// Somebody who signed in.
    Person(String),
    /// A machine client.
    Client(String),
    /// A webhook whose event is sent.
    Webhook(WebhookId),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(name) => write!(f, "person:{name}"),
            Self::Client(id) => write!(f, "client:{id}"),
            Self::Webhook(id) => write!(f, "webhook:{id}"),
        }
    }
}

/// A caller with the permission that the route asks for, within one account.
///
/// It has no public constructor but [`Caller::authorize`] and [`Caller::of_webhook`].
#[derive(Debug, Clone)]
pub struct Caller {
    account: AccountId,
    actor: Actor,
    permissions: Vec<Permission>,
    environment: Option<Environment>,
    claimed: Claimed,
    held: Option<Held>,
    signed_in: Option<Timestamp>,
    request: Option<String>,
}

impl Caller {
    /// Checks a token's claims against what the route asks for.
    ///
    /// The gateway has already checked the signature, the issuer, the expiry and the scope. The scope is
    /// checked again, so that a route deployed without its scope refuses everybody rather than lets everybody
    /// in. The claims that the gateway does not check are checked here: the token's use, its client, account
    /// and environment.
    ///
    /// # Errors
    ///
    /// [`AccessError`], which says what is missing, never what the token held.
    pub fn authorize(claims: &Claims, panel: &PanelClient, needed: Permission) -> Result<Self, AccessError> {
        if claims.value("token_use") != Some("access") {
            return Err(AccessError::NotAnAccessToken);
        }
        let mut permissions = claims.permissions();
        if !permissions.contains(&needed) {
            return Err(AccessError::NotPermitted(needed));
        }
        let account: AccountId = claims
            .value(claim::ACCOUNT)
            .and_then(|account| account.parse().ok())
            .ok_or(AccessError::NoAccount)?;
        let client = claims.value("client_id").ok_or(AccessError::UnknownClient)?;
        let (actor, environment, row) = match claims.value("username") {
            Some(name) => {
                let member = claims.value("sub").and_then(|sub| sub.parse().ok());
                let row = CallerRow::Member(account.clone(), member.ok_or(AccessError::UnknownClient)?);
                (person(client, name, panel)?, None, row)
            }
            None => (machine(client, claims, panel)?, Some(environment(claims)?), row_of(client)?),
        };
        if matches!(actor, Actor::Client(_)) {
            // Whatever the token says: no machine says who may do what.
            permissions.retain(|permission| permission.may_be_a_machines());
            if !permissions.contains(&needed) {
                return Err(AccessError::NotPermitted(needed));
            }
        }
        if matches!(actor, Actor::Person(_)) {
            // Whatever the token says: no person uses or resolves keys.
            permissions.retain(|permission| Role::Owner.permissions().contains(permission));
            if !permissions.contains(&needed) {
                return Err(AccessError::NotPermitted(needed));
            }
            if claims.value(claim::SELF_SERVICE_KEYS) != Some("true") {
                if needed.is_about_keys() {
                    return Err(AccessError::SelfServiceOff);
                }
                permissions.retain(|permission| !permission.is_about_keys());
            }
        }
        let claimed = Claimed { row, account: Some(account.clone()), environment, needed };
        let signed_in = claims.auth_time();
        Ok(Self { account, actor, permissions, environment, claimed, held: None, signed_in, request: None })
    }

    /// A webhook that uses its key. Its own row says what it may, and the use is refused if that row changed since it was read.
    #[must_use]
    pub fn of_webhook(webhook: &Webhook) -> Self {
        let (account, environment) = (webhook.account.clone(), Some(webhook.environment));
        let row =
            CallerRow::Webhook { account: account.clone(), id: webhook.id.clone(), version: webhook.version };
        let claimed =
            Claimed { row, account: Some(account.clone()), environment, needed: Permission::KeysUse };
        Self {
            account,
            actor: Actor::Webhook(webhook.id.clone()),
            permissions: vec![Permission::KeysUse],
            environment,
            claimed,
            held: None,
            signed_in: None,
            request: None,
        }
    }

    /// Who calls and for what, as the token says.
    #[must_use]
    pub const fn claimed(&self) -> &Claimed {
        &self.claimed
    }

    /// The same caller with what the rows still give of the permissions in the token.
    ///
    /// # Errors
    ///
    /// [`AccessError`] where they do not give the permission that the route asks for.
    pub fn limited_to(mut self, rows: &CallerRows) -> Result<Self, AccessError> {
        let granted = self.claimed.granted(rows)?;
        if rows.have_ended(self.signed_in) {
            return Err(AccessError::SignedOut);
        }
        self.permissions.retain(|permission| granted.permissions.contains(permission));
        Ok(self)
    }

    /// The same caller with the right to change something.
    ///
    /// # Errors
    ///
    /// As for [`limited_to`](Self::limited_to).
    pub fn holding(self, rows: &CallerRows) -> Result<Self, AccessError> {
        let held = Some(self.claimed.held(rows)?);
        Ok(Self { held, ..self.limited_to(rows)? })
    }

    /// The right to change something, which a change is conditional on.
    ///
    /// # Errors
    ///
    /// [`Error::Internal`] on a route whose function is not said to change anything.
    pub fn held(&self) -> Result<Held, Error> {
        self.held.clone().ok_or_else(not_held)
    }

    /// The same in a request with this id. The id is in the logs too, and grants nothing.
    #[must_use]
    pub fn in_request(self, id: Option<String>) -> Self {
        Self { request: id, ..self }
    }

    /// The id of the request.
    #[must_use]
    pub fn request(&self) -> Option<&str> {
        self.request.as_deref()
    }

    /// The account that everything this caller does stays within.
    #[must_use]
    pub const fn account(&self) -> &AccountId {
        &self.account
    }

    /// Who it is, for the audit trail.
    #[must_use]
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Whether the token carries this permission beside the one that the route asked for.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }

    /// Whether this caller may do what takes a fresh sign-in: a person who signed in less than [`FRESH`] ago, or a machine
    /// client, which shows its secret for each token.
    #[must_use]
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        match self.actor {
            Actor::Person(_) => self.signed_in.is_some_and(|at| now.duration_since(at) < FRESH),
            Actor::Client(_) => true,
            Actor::Webhook(_) => false,
        }
    }

    /// Refuses a key of the environment that this caller does not belong to. People belong to both.
    ///
    /// # Errors
    ///
    /// [`WrongEnvironment`], with both environments.
    pub fn check_environment(&self, key: Environment) -> Result<(), WrongEnvironment> {
        match self.environment {
            Some(client) if client != key => Err(WrongEnvironment { asked: client, key }),
            Some(_) | None => Ok(()),
        }
    }

    /// The environment to list, given the one that was asked for: a machine client sees its own only.
    ///
    /// # Errors
    ///
    /// [`WrongEnvironment`] when a machine client asks for the other one.
    pub fn narrowed(&self, asked: Option<Environment>) -> Result<Option<Environment>, WrongEnvironment> {
        match (self.environment, asked) {
            (Some(client), Some(asked)) if client != asked => Err(WrongEnvironment { asked, key: client }),
            (Some(client), _) => Ok(Some(client)),
            (None, asked) => Ok(asked),
        }
    }
}

/// The operator: a machine client that sets up accounts and machine clients, and belongs to no account. It is
/// the only caller that names accounts itself. In return it has no permission within an account.
///
/// It has no public constructor but [`Operator::authorize`].
#[derive(Debug, Clone)]
pub struct Operator {
    client: String,
    claimed: Claimed,
    held: Option<Held>,
}

impl Operator {
    /// Checks a token's claims, as [`Caller::authorize`] does, for a route of the operator's.
    ///
    /// # Errors
    ///
    /// [`AccessError`]: for every person, and for a machine client that belongs to an account or environment.
    pub fn authorize(claims: &Claims, panel: &PanelClient) -> Result<Self, AccessError> {
        const NEEDED: Permission = Permission::AccountsOperate;
        if claims.value("token_use") != Some("access") {
            return Err(AccessError::NotAnAccessToken);
        }
        if !claims.permissions().contains(&NEEDED) || claims.value("username").is_some() {
            return Err(AccessError::NotPermitted(NEEDED));
        }
        if [claim::ACCOUNT, claim::ENVIRONMENT].iter().any(|name| claims.value(name).is_some()) {
            return Err(AccessError::BelongsToAnAccount);
        }
        let client = claims.value("client_id").ok_or(AccessError::UnknownClient)?;
        machine(client, claims, panel)?;
        let claimed = Claimed { row: row_of(client)?, account: None, environment: None, needed: NEEDED };
        Ok(Self { client: client.to_owned(), claimed, held: None })
    }

    /// Who calls and for what, as the token says.
    #[must_use]
    pub const fn claimed(&self) -> &Claimed {
        &self.claimed
    }

    /// The same operator with the right to change something.
    ///
    /// # Errors
    ///
    /// [`AccessError`] where its row gives that no more.
    pub fn holding(self, rows: &CallerRows) -> Result<Self, AccessError> {
        let held = Some(self.claimed.held(rows)?);
        Ok(Self { held, ..self })
    }

    /// The right to change something, which a change is conditional on.
    ///
    /// # Errors
    ///
    /// As for [`Caller::held`].
    pub fn held(&self) -> Result<Held, Error> {
        self.held.clone().ok_or_else(not_held)
    }

    /// Whether it is the client of this identifier.
    #[must_use]
    pub fn is(&self, client_id: &str) -> bool {
        self.client == client_id
    }

    /// Who it is, for the rows that it writes.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::Client(self.client.clone())
    }
}

/// A person signs in through the panel and nowhere else, and never holds a machine's permissions.
fn person(client: &str, name: &str, panel: &PanelClient) -> Result<Actor, AccessError> {
    if panel.is(client) { Ok(Actor::Person(name.to_owned())) } else { Err(AccessError::UnknownClient) }
}

/// A machine's token is about the client itself: its subject and its client are one.
fn machine(client: &str, claims: &Claims, panel: &PanelClient) -> Result<Actor, AccessError> {
    if !panel.is(client) && claims.value("sub") == Some(client) {
        Ok(Actor::Client(client.to_owned()))
    } else {
        Err(AccessError::UnknownClient)
    }
}

fn row_of(client: &str) -> Result<CallerRow, AccessError> {
    client.parse().map(CallerRow::Client).map_err(|_| AccessError::UnknownClient)
}

/// A fault of ours: a change without a look at the caller's row.
#[derive(Debug, thiserror::Error)]
#[error("nobody looked at the caller's row, and this would change something")]
struct NotHeld;

fn not_held() -> Error {
    Error::Internal(PortError::NotCalled { service: "the tables", source: Box::new(NotHeld) })
}

fn environment(claims: &Claims) -> Result<Environment, AccessError> {
    claims
        .value(claim::ENVIRONMENT)
        .and_then(|environment| environment.parse().ok())
        .ok_or(AccessError::NoEnvironment)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panel() -> PanelClient {
        PanelClient::new("panel".to_owned())
    }

    fn claims(values: &[(&str, &str)], scope: &str) -> Claims {
        let scope = ("scope", scope);
        let all = values.iter().chain([&scope]);
        Claims { values: all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect() }
    }

    const PERSON: [(&str, &str); 6] = [
        ("token_use", "access"),
        ("client_id", "panel"),
        ("sub", "ann"),
        ("username", "ann"),
        ("account", "acme"),
        ("self_service_keys", "true"),
    ];
    const MACHINE: [(&str, &str); 5] = [
        ("token_use", "access"),
        ("client_id", "runtime"),
        ("sub", "runtime"),
        ("account", "acme"),
        ("environment", "live"),
    ];

    fn without(all: &[(&str, &str)], name: &str, other: Option<&str>) -> Claims {
        let mut claims = claims(all, "keyward/keys:read");
        claims.values.remove(name);
        if let Some(other) = other {
            claims.values.insert(name.to_owned(), other.to_owned());
        }
        claims
    }

    fn refusal(claims: &Claims) -> AccessError {
        Caller::authorize(claims, &panel(), Permission::KeysRead).unwrap_err()
    }

    #[test]
    fn a_person_and_a_machine_are_let_in() {
        let person = claims(&PERSON, "openid keyward/keys:read");
        let person = Caller::authorize(&person, &panel(), Permission::KeysRead).unwrap();
        assert_eq!(person.actor().to_string(), "person:ann");
        assert!(person.check_environment(Environment::Live).is_ok());
        assert!(person.check_environment(Environment::Test).is_ok());

        let machine = claims(&MACHINE, "keyward/keys:read");
        let machine = Caller::authorize(&machine, &panel(), Permission::KeysRead).unwrap();
        assert_eq!(machine.actor().to_string(), "client:runtime");
        assert!(machine.check_environment(Environment::Test).is_err());
        assert!(!machine.may(Permission::KeysResolve));
    }

    #[test]
    fn a_person_does_not_use_keys_whatever_the_token_says() {
        let everything: Vec<_> = Permission::ALL.into_iter().map(Permission::scope).collect();
        let token = claims(&PERSON, &everything.join(" "));
        for needed in [Permission::KeysUse, Permission::KeysResolve, Permission::AccountsOperate] {
            let refused = Caller::authorize(&token, &panel(), needed).unwrap_err();
            assert_eq!(refused, AccessError::NotPermitted(needed));
        }
        let reader = Caller::authorize(&token, &panel(), Permission::KeysRead).unwrap();
        assert!(reader.may(Permission::KeysDelete) && !reader.may(Permission::KeysResolve));
    }

    #[test]
    fn the_operator_is_a_machine_of_no_account_and_nobody_else() {
        const OPERATOR: [(&str, &str); 3] =
            [("token_use", "access"), ("client_id", "operator"), ("sub", "operator")];
        let scope = Permission::AccountsOperate.scope();
        let refused = |values: &[(&str, &str)], scope: &str| {
            Operator::authorize(&claims(values, scope), &panel()).unwrap_err()
        };
        let operator = Operator::authorize(&claims(&OPERATOR, &scope), &panel()).unwrap();
        assert_eq!(operator.actor().to_string(), "client:operator");
        assert!(operator.is("operator") && !operator.is("runtime"));
        let with = |more: (&'static str, &'static str)| [&OPERATOR[..], &[more]].concat();
        for claim in [("account", "acme"), ("environment", "live")] {
            assert_eq!(refused(&with(claim), &scope), AccessError::BelongsToAnAccount);
        }
        let not_permitted = AccessError::NotPermitted(Permission::AccountsOperate);
        assert_eq!(refused(&with(("username", "ann")), &scope), not_permitted);
        assert_eq!(refused(&OPERATOR, "keyward/account:admin"), not_permitted);
        for (name, other) in [("client_id", "panel"), ("sub", "another")] {
            let mut bent = claims(&OPERATOR, &scope);
            bent.values.insert(name.to_owned(), other.to_owned());
            assert_eq!(Operator::authorize(&bent, &panel()).unwrap_err(), AccessError::UnknownClient);
        }
        let mut id_token = claims(&OPERATOR, &scope);
        id_token.values.insert("token_use".to_owned(), "id".to_owned());
        assert_eq!(Operator::authorize(&id_token, &panel()).unwrap_err(), AccessError::NotAnAccessToken);
        // And it is no caller within an account, whatever it holds.
        let everything: Vec<_> = Permission::ALL.into_iter().map(Permission::scope).collect();
        let token = claims(&OPERATOR, &everything.join(" "));
        for needed in Permission::ALL {
            assert_eq!(Caller::authorize(&token, &panel(), needed).unwrap_err(), AccessError::NoAccount);
        }
    }

    #[test]
    fn a_machine_does_not_run_the_account_whatever_the_token_says() {
        let token = claims(&MACHINE, &Permission::ALL.map(Permission::scope).join(" "));
        for needed in [Permission::AccountAdmin, Permission::AccountsOperate] {
            let refused = Caller::authorize(&token, &panel(), needed).unwrap_err();
            assert_eq!(refused, AccessError::NotPermitted(needed));
        }
        let reader = Caller::authorize(&token, &panel(), Permission::KeysRead).unwrap();
        assert!(reader.may(Permission::KeysResolve) && !reader.may(Permission::AccountAdmin));
    }

    #[test]
    fn people_of_an_account_without_self_service_do_all_but_keys() {
        let everything = Permission::ALL.map(Permission::scope).join(" ");
        for value in [Some("false"), Some(""), Some("TRUE"), None] {
            let mut token = claims(&PERSON, &everything);
            token.values.remove("self_service_keys");
            if let Some(value) = value {
                token.values.insert("self_service_keys".to_owned(), value.to_owned());
            }
            for &needed in Role::Owner.permissions() {
                match Caller::authorize(&token, &panel(), needed) {
                    Err(refused) => {
                        assert!(needed.is_about_keys(), "{needed:?}");
                        assert_eq!(refused, AccessError::SelfServiceOff);
                    }
                    Ok(caller) => {
                        assert!(!needed.is_about_keys(), "{needed:?}");
                        assert!(!caller.may(Permission::KeysRead) && caller.may(Permission::AccountAdmin));
                    }
                }
            }
        }
    }

    #[test]
    fn a_sign_in_is_fresh_for_five_minutes_and_a_machine_always_is() {
        let now = Timestamp::from_second(1_780_000_000).unwrap();
        let fresh = |all: &[(&str, &str)], auth_time: Option<&str>| {
            let token = without(all, "auth_time", auth_time);
            Caller::authorize(&token, &panel(), Permission::KeysRead).unwrap().is_fresh(now)
        };
        assert!(fresh(&PERSON, Some("1780000000")));
        assert!(fresh(&PERSON, Some("1779999701")));
        for old in [Some("1779999700"), Some("0"), Some(""), Some("soon"), Some("1e99"), None] {
            assert!(!fresh(&PERSON, old), "{old:?}");
        }
        assert!(fresh(&MACHINE, Some("0")) && fresh(&MACHINE, None));
    }

    #[test]
    fn whatever_is_missing_or_wrong_in_a_token_refuses_it() {
        assert_eq!(refusal(&without(&PERSON, "token_use", Some("id"))), AccessError::NotAnAccessToken);
        assert_eq!(refusal(&without(&PERSON, "token_use", None)), AccessError::NotAnAccessToken);
        assert_eq!(refusal(&without(&PERSON, "account", None)), AccessError::NoAccount);
        assert_eq!(refusal(&without(&PERSON, "account", Some("a#b"))), AccessError::NoAccount);
        assert_eq!(refusal(&without(&PERSON, "client_id", None)), AccessError::UnknownClient);
        assert_eq!(refusal(&without(&PERSON, "sub", None)), AccessError::UnknownClient);
        assert_eq!(refusal(&without(&PERSON, "client_id", Some("other"))), AccessError::UnknownClient);
        assert_eq!(
            refusal(&without(&PERSON, "self_service_keys", Some("false"))),
            AccessError::SelfServiceOff
        );
        assert_eq!(refusal(&without(&PERSON, "self_service_keys", None)), AccessError::SelfServiceOff);
        assert_eq!(refusal(&without(&MACHINE, "environment", None)), AccessError::NoEnvironment);
        assert_eq!(refusal(&without(&MACHINE, "sub", Some("other"))), AccessError::UnknownClient);
        assert_eq!(refusal(&without(&MACHINE, "client_id", Some("panel"))), AccessError::UnknownClient);
        let no_scope = claims(&PERSON, "keyward/keys:write");
        assert_eq!(refusal(&no_scope), AccessError::NotPermitted(Permission::KeysRead));
    }
}
