//! The permissions of a caller. Each is a scope of the access token.

/// One right, as the routes ask for it. In a token it is the scope `keyward/<permission>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// See keys, masked, and the system library.
    KeysRead,
    /// Create and change keys.
    KeysWrite,
    /// Delete keys.
    KeysDelete,
    /// Try a key against its system.
    KeysVerify,
    /// Use keys without seeing them. Machine clients only.
    KeysUse,
    /// See a key's plain values, such as in a signed request that shows one. Machine clients only.
    KeysResolve,
    /// See sources, destinations and webhooks.
    StreamsRead,
    /// Create, change and delete sources, destinations and webhooks.
    StreamsWrite,
    /// Publish events. Machine clients only.
    EventsPublish,
    /// See the audit trail.
    AuditRead,
    /// Change the account and its members.
    AccountAdmin,
    /// Set up accounts and machine clients. The operator only.
    AccountsOperate,
}

impl Permission {
    /// The resource server that the scopes belong to.
    pub const SCOPE_PREFIX: &'static str = "keyward/";

    /// Every permission.
    pub const ALL: [Self; 12] = [
        Self::KeysRead,
        Self::KeysWrite,
        Self::KeysDelete,
        Self::KeysVerify,
        Self::KeysUse,
        Self::KeysResolve,
        Self::StreamsRead,
        Self::StreamsWrite,
        Self::EventsPublish,
        Self::AuditRead,
        Self::AccountAdmin,
        Self::AccountsOperate,
    ];

    /// The permission's name, such as `keys:read`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::KeysRead => "keys:read",
            Self::KeysWrite => "keys:write",
            Self::KeysDelete => "keys:delete",
            Self::KeysVerify => "keys:verify",
            Self::KeysUse => "keys:use",
            Self::KeysResolve => "keys:resolve",
            Self::StreamsRead => "streams:read",
            Self::StreamsWrite => "streams:write",
            Self::EventsPublish => "events:publish",
            Self::AuditRead => "audit:read",
            Self::AccountAdmin => "account:admin",
            Self::AccountsOperate => "accounts:operate",
        }
    }

    /// The scope that carries it in an access token, such as `keyward/keys:read`.
    #[must_use]
    pub fn scope(self) -> String {
        format!("{}{}", Self::SCOPE_PREFIX, self.as_str())
    }

    /// The permission of a scope; `None` for a scope that is not Keyward's.
    #[must_use]
    pub fn from_scope(scope: &str) -> Option<Self> {
        Self::from_name(scope.strip_prefix(Self::SCOPE_PREFIX)?)
    }

    /// The permission of this name, such as `keys:read`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.as_str() == name)
    }

    /// Whether a machine client of an account may have it: what uses keys and publishes events, which no person may, and what
    /// people do with keys and streams. Never what decides who else may do something, an owner's `account:admin` and the
    /// operator's `accounts:operate`.
    #[must_use]
    pub const fn may_be_a_machines(self) -> bool {
        match self {
            Self::KeysRead
            | Self::KeysWrite
            | Self::KeysDelete
            | Self::KeysVerify
            | Self::KeysUse
            | Self::KeysResolve
            | Self::StreamsRead
            | Self::StreamsWrite
            | Self::EventsPublish
            | Self::AuditRead => true,
            Self::AccountAdmin | Self::AccountsOperate => false,
        }
    }

    /// Whether it is one of those for keys.
    #[must_use]
    pub fn is_about_keys(self) -> bool {
        self.as_str().starts_with("keys:")
    }
}

/// A person's role in an account. Each role has all permissions of the role before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// May see everything and change nothing.
    Viewer,
    /// Creates and changes keys and endpoints.
    Editor,
    /// Also deletes, reads the audit trail, and runs the account.
    Owner,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Editor, Self::Owner];

    /// The word used in storage.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Owner => "owner",
        }
    }

    /// The role of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }

    /// The permissions of a person with this role.
    ///
    /// # Security
    ///
    /// No role has `keys:use` or `keys:resolve`: no person's token reaches a plain value by any route.
    #[must_use]
    pub const fn permissions(self) -> &'static [Permission] {
        match self {
            Self::Viewer => &[Permission::KeysRead, Permission::StreamsRead],
            Self::Editor => &[
                Permission::KeysRead,
                Permission::StreamsRead,
                Permission::KeysWrite,
                Permission::KeysVerify,
                Permission::StreamsWrite,
            ],
            Self::Owner => &[
                Permission::KeysRead,
                Permission::StreamsRead,
                Permission::KeysWrite,
                Permission::KeysVerify,
                Permission::StreamsWrite,
                Permission::KeysDelete,
                Permission::AuditRead,
                Permission::AccountAdmin,
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_reads_back_from_its_scope() {
        for permission in Permission::ALL {
            assert_eq!(Permission::from_scope(&permission.scope()), Some(permission));
        }
        assert_eq!(Permission::from_scope("keys:read"), None);
        assert_eq!(Permission::from_scope("keyward/keys:everything"), None);
    }

    #[test]
    fn no_person_may_use_or_resolve_a_key() {
        for role in Role::ALL {
            for permission in [Permission::KeysUse, Permission::KeysResolve, Permission::AccountsOperate] {
                assert!(!role.permissions().contains(&permission), "{role:?} {permission:?}");
            }
        }
    }

    #[test]
    fn each_role_may_do_all_that_the_one_before_it_may() {
        for pair in Role::ALL.windows(2) {
            let [lower, higher] = pair else { continue };
            assert!(lower.permissions().iter().all(|permission| higher.permissions().contains(permission)));
        }
    }
}
