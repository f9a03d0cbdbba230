//! Who may do what: the demo's accounts, people and machine clients.

use keyward_shared::{
    environment::Environment,
    ids::AccountId,
    permission::{Permission, Role},
};

/// The panel's client: public, authorization code with PKCE.
pub const PANEL_CLIENT: &str = "panel";

/// Whom a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject<'a> {
    /// A person, who signed in.
    User {
        /// The person's identifier, a UUID.
        sub: &'a str,
        /// The address that the person signs in with.
        email: &'a str,
    },
    /// A machine client, by its id.
    Client(&'a str),
}

/// Whether an operator has turned key management on for the people of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SelfServiceKeys {
    /// People manage keys by themselves.
    On,
    /// The area does not exist for people.
    Off,
}

impl SelfServiceKeys {
    /// The claim's value.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::On => "true",
            Self::Off => "false",
        }
    }
}

/// What a token says of its subject, beyond who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenGrants {
    /// The account; the operator has none.
    pub account: Option<AccountId>,
    /// The permissions, each of which becomes a scope.
    pub permissions: Vec<Permission>,
    /// The environment of a machine client.
    pub environment: Option<Environment>,
    /// The account's setting.
    pub self_service_keys: Option<SelfServiceKeys>,
}

/// The directory did not answer. No token is made then: on AWS too, a failing trigger fails the sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the directory of accounts did not answer")]
pub struct DirectoryUnavailable;

/// The port that adds account and permissions to tokens: what the pre-token trigger does for Cognito.
pub trait ClaimsForToken: Send + Sync {
    /// What the subject is granted; `None` for somebody who belongs to no account, whose token then has no scope
    /// of Keyward's.
    ///
    /// # Errors
    ///
    /// [`DirectoryUnavailable`] if that cannot be found out now.
    fn grants(&self, subject: Subject<'_>) -> Result<Option<TokenGrants>, DirectoryUnavailable>;
}

/// A person of the demo.
struct DemoUser {
    email: &'static str,
    account: &'static str,
    role: Role,
}

/// A machine client of the demo.
struct DemoClient {
    id: &'static str,
    account: Option<(&'static str, Environment)>,
    permissions: &'static [Permission],
}

const USERS: [DemoUser; 4] = [
    DemoUser { email: "owner@acme.example", account: "acme", role: Role::Owner },
    DemoUser { email: "editor@acme.example", account: "acme", role: Role::Editor },
    DemoUser { email: "viewer@acme.example", account: "acme", role: Role::Viewer },
    DemoUser { email: "owner@globex.example", account: "globex", role: Role::Owner },
];

const USING: &[Permission] = &[Permission::KeysUse, Permission::KeysResolve, Permission::EventsPublish];

const CLIENTS: [DemoClient; 3] = [
    DemoClient { id: "runtime", account: Some(("acme", Environment::Live)), permissions: USING },
    DemoClient { id: "runtime-test", account: Some(("acme", Environment::Test)), permissions: USING },
    DemoClient { id: "operator", account: None, permissions: &[Permission::AccountsOperate] },
];

/// The demo's own answers, without any table.
#[derive(Debug, Clone, Copy, Default)]
pub struct DemoDirectory;

impl DemoDirectory {
    /// The addresses of the demo users.
    pub fn users() -> impl Iterator<Item = &'static str> {
        USERS.into_iter().map(|user| user.email)
    }

    /// The ids of the machine clients.
    pub fn clients() -> impl Iterator<Item = &'static str> {
        CLIENTS.into_iter().map(|client| client.id)
    }

    /// What a subject of the demo is granted.
    #[must_use]
    pub fn grants_of(self, subject: Subject<'_>) -> Option<TokenGrants> {
        match subject {
            Subject::User { email, .. } => {
                let user = USERS.into_iter().find(|user| user.email == email)?;
                Some(TokenGrants {
                    account: Some(user.account.parse().ok()?),
                    permissions: user.role.permissions().to_vec(),
                    environment: None,
                    self_service_keys: Some(SelfServiceKeys::On),
                })
            }
            Subject::Client(id) => {
                let client = CLIENTS.into_iter().find(|client| client.id == id)?;
                Some(TokenGrants {
                    account: client.account.and_then(|(account, _)| account.parse().ok()),
                    permissions: client.permissions.to_vec(),
                    environment: client.account.map(|(_, environment)| environment),
                    self_service_keys: client.account.map(|_| SelfServiceKeys::On),
                })
            }
        }
    }
}

impl ClaimsForToken for DemoDirectory {
    fn grants(&self, subject: Subject<'_>) -> Result<Option<TokenGrants>, DirectoryUnavailable> {
        Ok(self.grants_of(subject))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_demo_subject_is_granted_what_it_stands_for() {
        let grants = |subject| DemoDirectory.grants_of(subject).unwrap();
        let owner = grants(Subject::User { sub: "u", email: "owner@globex.example" });
        assert_eq!(owner.account.unwrap().as_str(), "globex");
        assert_eq!(owner.permissions, Role::Owner.permissions());
        let test = grants(Subject::Client("runtime-test"));
        assert_eq!((test.account.unwrap().as_str(), test.environment), ("acme", Some(Environment::Test)));
        let operator = grants(Subject::Client("operator"));
        assert_eq!((operator.account, operator.environment), (None, None));
        assert_eq!(operator.permissions, [Permission::AccountsOperate]);
    }

    #[test]
    fn a_stranger_is_granted_nothing() {
        assert_eq!(DemoDirectory.grants_of(Subject::Client(PANEL_CLIENT)), None);
        assert_eq!(DemoDirectory.grants_of(Subject::User { sub: "u", email: "nobody@acme.example" }), None);
    }
}
