//! The kinds of rows, and which functions write them.
//!
//! IAM sees the partition of an item and not its sort key. So what a role may not write stands in partitions that begin otherwise,
//! and a kind is what stands in partitions that begin alike. Each function writes rows of one kind; what it writes beside is an
//! exception with a reason.

use super::{FunctionName, Resource};

/// A kind of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowKind {
    /// Keys and their versions.
    Keys,
    /// Links from keys to active endpoints and webhooks.
    Links,
    /// Sources and destinations.
    Endpoints,
    /// Webhooks.
    Webhooks,
    /// Events.
    Events,
    /// How many events accounts published lately.
    Budgets,
    /// Deliveries of events to webhooks.
    Deliveries,
    /// What makes deliveries wait.
    Holds,
    /// People.
    Members,
    /// First sign-ins of people who were invited.
    FirstSignIns,
    /// Settings of accounts.
    Settings,
    /// Organizations of accounts.
    Organizations,
    /// Machine clients.
    Clients,
    /// When secrets of machine clients were last used.
    ClientUses,
    /// Wrong secrets of machine clients.
    Failures,
    /// Entries of audit chains.
    Audit,
    /// What was done in accounts.
    Activity,
    /// Addresses of people who were removed.
    Former,
    /// Health of keys' entries.
    Health,
    /// Receipts of uses.
    Receipts,
    /// Last uses of keys.
    LastUses,
    /// Apps.
    Apps,
    /// Connections that were begun.
    Connections,
    /// Grants.
    Grants,
    /// Sealed secrets of apps.
    AppSecrets,
    /// Sealed access tokens.
    AccessTokens,
    /// Sealed refresh tokens.
    RefreshTokens,
    /// Words by which keys are found.
    Words,
    /// Sealed values, with their wrapped data keys.
    SealedValues,
    /// Records of requests that may be sent again.
    Requests,
    /// How far a scheduled pass has come.
    Passes,
}

impl RowKind {
    /// Every kind.
    pub const ALL: [Self; 31] = [
        Self::Keys,
        Self::Links,
        Self::Endpoints,
        Self::Webhooks,
        Self::Events,
        Self::Budgets,
        Self::Deliveries,
        Self::Holds,
        Self::Members,
        Self::FirstSignIns,
        Self::Settings,
        Self::Organizations,
        Self::Clients,
        Self::ClientUses,
        Self::Failures,
        Self::Audit,
        Self::Activity,
        Self::Former,
        Self::Health,
        Self::Receipts,
        Self::LastUses,
        Self::Apps,
        Self::Connections,
        Self::Grants,
        Self::AppSecrets,
        Self::AccessTokens,
        Self::RefreshTokens,
        Self::Words,
        Self::SealedValues,
        Self::Requests,
        Self::Passes,
    ];

    /// What people call it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Keys => "keys",
            Self::Links => "links",
            Self::Endpoints => "endpoints",
            Self::Webhooks => "webhooks",
            Self::Events => "events",
            Self::Budgets => "budgets",
            Self::Deliveries => "deliveries",
            Self::Holds => "holds of deliveries",
            Self::Members => "members",
            Self::FirstSignIns => "first sign-ins",
            Self::Settings => "settings",
            Self::Organizations => "organizations",
            Self::Clients => "clients",
            Self::ClientUses => "last uses of clients' secrets",
            Self::Failures => "wrong secrets",
            Self::Audit => "audit chains",
            Self::Activity => "activity",
            Self::Former => "addresses of people who were removed",
            Self::Health => "health",
            Self::Receipts => "receipts",
            Self::LastUses => "last uses",
            Self::Apps => "apps",
            Self::Connections => "connections",
            Self::Grants => "grants",
            Self::AppSecrets => "secrets of apps",
            Self::AccessTokens => "access tokens",
            Self::RefreshTokens => "refresh tokens",
            Self::Words => "words",
            Self::SealedValues => "sealed values",
            Self::Requests => "records of requests",
            Self::Passes => "passes",
        }
    }

    /// The pattern of its partition keys.
    #[must_use]
    pub const fn items(self) -> &'static str {
        match self {
            Self::Keys => "KEY#*",
            Self::Links => "USE#*",
            Self::Endpoints => "ENDPOINT#*",
            Self::Webhooks => "WEBHOOK#*",
            Self::Events => "EVENT#*",
            Self::Budgets => "BUDGET#*",
            Self::Deliveries => "DELIVERY#*",
            Self::Holds => "HOLD#*",
            Self::Members => "MEMBER#*",
            Self::FirstSignIns => "SIGNIN#*",
            Self::Settings => "SETTINGS#*",
            Self::Organizations => "ORGANIZATIONS#*",
            Self::Clients => "CLIENT#*",
            Self::ClientUses => "CLIENTUSE#*",
            Self::Failures => "FAILURES#*",
            Self::Audit => "AUDIT#*",
            Self::Activity => "ACTIVITY#*",
            Self::Former => "FORMER#*",
            Self::Health => "HEALTH#*",
            Self::Receipts => "RECEIPT#*",
            Self::LastUses => "USED#*",
            Self::Apps => "APP#*",
            Self::Connections => "CONNECTION#*",
            Self::Grants => "GRANT#*",
            Self::AppSecrets => "APPSECRET#*",
            Self::AccessTokens => "ACCESS#*",
            Self::RefreshTokens => "REFRESH#*",
            Self::Words => "WORD#*",
            Self::SealedValues => "*#key_*",
            Self::Requests => "IDEMPOTENCY#*",
            Self::Passes => "DEPLOYMENT#*",
        }
    }

    /// The table that it stands in.
    #[must_use]
    pub const fn table(self) -> Resource {
        match self {
            Self::Keys
            | Self::Links
            | Self::Endpoints
            | Self::Webhooks
            | Self::Events
            | Self::Budgets
            | Self::Deliveries
            | Self::Holds
            | Self::Members
            | Self::FirstSignIns
            | Self::Settings
            | Self::Organizations
            | Self::Clients
            | Self::ClientUses
            | Self::Failures
            | Self::Audit
            | Self::Activity
            | Self::Former
            | Self::Health
            | Self::Receipts
            | Self::LastUses
            | Self::Apps
            | Self::Connections
            | Self::Grants
            | Self::Words => Resource::Table,
            Self::AppSecrets
            | Self::AccessTokens
            | Self::RefreshTokens
            | Self::SealedValues
            | Self::Requests
            | Self::Passes => Resource::Vault,
        }
    }
}

/// The kind of rows that a function writes. A function that is not here writes none.
pub const OWN: &[(RowKind, &[FunctionName])] = &[
    (
        RowKind::Keys,
        &[
            FunctionName::CreateKey,
            FunctionName::UpdateKey,
            FunctionName::DisableKey,
            FunctionName::EnableKey,
            FunctionName::DeleteKey,
            FunctionName::UndeleteKey,
            FunctionName::BuryKeys,
            FunctionName::RestoreKeyVersion,
        ],
    ),
    (
        RowKind::Endpoints,
        &[
            FunctionName::CreateEndpoint,
            FunctionName::UpdateEndpoint,
            FunctionName::DeleteEndpoint,
            FunctionName::ReplaceKey,
        ],
    ),
    (
        RowKind::Webhooks,
        &[FunctionName::CreateWebhook, FunctionName::UpdateWebhook, FunctionName::DeleteWebhook],
    ),
    (RowKind::Events, &[FunctionName::PublishEvent, FunctionName::TestWebhook]),
    (RowKind::Deliveries, &[FunctionName::Deliver, FunctionName::Redeliver]),
    (
        RowKind::Members,
        &[
            FunctionName::InviteMember,
            FunctionName::UpdateMember,
            FunctionName::RemoveMember,
            FunctionName::ResetSecondFactor,
            FunctionName::ResendInvitation,
            FunctionName::SignOut,
        ],
    ),
    (RowKind::Apps, &[FunctionName::CreateApp, FunctionName::UpdateApp, FunctionName::DeleteApp]),
    (RowKind::Connections, &[FunctionName::BeginConnection]),
    (RowKind::Grants, &[FunctionName::FinishConnection, FunctionName::RefreshGrants]),
    (RowKind::Settings, &[FunctionName::UpdateAccount, FunctionName::OperateAccount]),
    (RowKind::Clients, &[FunctionName::OperateClient]),
    (RowKind::ClientUses, &[FunctionName::IssueToken]),
    (
        RowKind::Receipts,
        &[
            FunctionName::SignRequest,
            FunctionName::SendRequest,
            FunctionName::ResolveKey,
            FunctionName::VerifyKey,
        ],
    ),
    (RowKind::LastUses, &[FunctionName::OnKeyUse]),
    (RowKind::SealedValues, &[FunctionName::OnTableChange, FunctionName::Rewrap]),
    (RowKind::Passes, &[FunctionName::Sweep]),
];

/// What functions write beside rows of their own kind.
pub struct Exception {
    /// The other kind.
    pub kind: RowKind,
    /// Which functions.
    pub functions: &'static [FunctionName],
    /// Why: a plain sentence.
    pub why: &'static str,
}

/// Every exception.
pub const EXCEPTIONS: &[Exception] = &[
    Exception {
        kind: RowKind::Audit,
        functions: &[
            FunctionName::CreateKey,
            FunctionName::UpdateKey,
            FunctionName::DisableKey,
            FunctionName::EnableKey,
            FunctionName::DeleteKey,
            FunctionName::UndeleteKey,
            FunctionName::BuryKeys,
            FunctionName::RestoreKeyVersion,
        ],
        why: "The transaction of a change has the change's audit entry.",
    },
    Exception {
        kind: RowKind::Activity,
        functions: &[
            FunctionName::CreateKey,
            FunctionName::UpdateKey,
            FunctionName::DisableKey,
            FunctionName::EnableKey,
            FunctionName::DeleteKey,
            FunctionName::UndeleteKey,
            FunctionName::BuryKeys,
            FunctionName::RestoreKeyVersion,
            FunctionName::FinishConnection,
        ],
        why: "The transaction of a change has its row in the list of what was done in the account.",
    },
    Exception {
        kind: RowKind::SealedValues,
        functions: &[FunctionName::CreateKey, FunctionName::UpdateKey, FunctionName::RestoreKeyVersion],
        why: "The transaction of a change stores the version's sealed values.",
    },
    Exception {
        kind: RowKind::Requests,
        functions: &[
            FunctionName::CreateKey,
            FunctionName::RestoreKeyVersion,
            FunctionName::CreateEndpoint,
            FunctionName::CreateWebhook,
            FunctionName::PublishEvent,
            FunctionName::ReplaceKey,
            FunctionName::SendRequest,
        ],
        why: "A request with an Idempotency-Key leaves its record.",
    },
    Exception {
        kind: RowKind::Links,
        functions: &[
            FunctionName::CreateEndpoint,
            FunctionName::UpdateEndpoint,
            FunctionName::DeleteEndpoint,
            FunctionName::CreateWebhook,
            FunctionName::UpdateWebhook,
            FunctionName::DeleteWebhook,
            FunctionName::ReplaceKey,
        ],
        why: "An active endpoint or webhook has a link beside its key, which comes and goes in its transaction.",
    },
    Exception {
        kind: RowKind::Webhooks,
        functions: &[FunctionName::ReplaceKey],
        why: "It points webhooks to the other key, as it does with endpoints.",
    },
    Exception {
        kind: RowKind::Keys,
        functions: &[
            FunctionName::CreateEndpoint,
            FunctionName::UpdateEndpoint,
            FunctionName::DeleteEndpoint,
            FunctionName::CreateWebhook,
            FunctionName::UpdateWebhook,
            FunctionName::DeleteWebhook,
            FunctionName::ReplaceKey,
        ],
        why: "A key's row counts its links in the same transaction, so that no key in use is deleted.",
    },
    Exception {
        kind: RowKind::AppSecrets,
        functions: &[FunctionName::CreateApp, FunctionName::UpdateApp, FunctionName::DeleteApp],
        why: "An app's secret comes and goes in the app's transaction.",
    },
    Exception {
        kind: RowKind::Connections,
        functions: &[FunctionName::FinishConnection],
        why: "Whoever comes back takes the connection out, so that nobody comes back twice.",
    },
    Exception {
        kind: RowKind::Keys,
        functions: &[FunctionName::FinishConnection],
        why: "The key's row names the connection, in a new version of the key.",
    },
    Exception {
        kind: RowKind::Audit,
        functions: &[FunctionName::FinishConnection],
        why: "The transaction of the connection has its audit entry.",
    },
    Exception {
        kind: RowKind::Audit,
        functions: &[FunctionName::OnTableChange],
        why: "A key tells in its chain that it fails, and that it passes again.",
    },
    Exception {
        kind: RowKind::Activity,
        functions: &[FunctionName::OnTableChange],
        why: "What a key tells stands in the list of what was done in the account.",
    },
    Exception {
        kind: RowKind::Apps,
        functions: &[FunctionName::FinishConnection, FunctionName::RefreshGrants],
        why: "An app counts its grants, so that none in use is deleted.",
    },
    Exception {
        kind: RowKind::AccessTokens,
        functions: &[FunctionName::FinishConnection, FunctionName::RefreshGrants],
        why: "The tokens of a grant come and go in its transaction.",
    },
    Exception {
        kind: RowKind::RefreshTokens,
        functions: &[FunctionName::FinishConnection, FunctionName::RefreshGrants],
        why: "The tokens of a grant come and go in its transaction.",
    },
    Exception {
        kind: RowKind::Health,
        functions: &[FunctionName::RefreshGrants],
        why: "It shows where a person has to connect a key again.",
    },
    Exception {
        kind: RowKind::Grants,
        functions: &[
            FunctionName::SignRequest,
            FunctionName::SendRequest,
            FunctionName::ResolveKey,
            FunctionName::VerifyKey,
            FunctionName::Deliver,
        ],
        why: "A use asks for a refresh by making the grant due.",
    },
    Exception {
        kind: RowKind::Grants,
        functions: &[FunctionName::OnTableChange],
        why: "A grant whose key or entry has ended is marked as one to revoke.",
    },
    Exception {
        kind: RowKind::AccessTokens,
        functions: &[FunctionName::Rewrap],
        why: "Their data keys are wrapped anew like all others.",
    },
    Exception {
        kind: RowKind::RefreshTokens,
        functions: &[FunctionName::Rewrap],
        why: "Their data keys are wrapped anew like all others.",
    },
    Exception {
        kind: RowKind::AppSecrets,
        functions: &[FunctionName::Rewrap],
        why: "Their data keys are wrapped anew like all others.",
    },
    Exception {
        kind: RowKind::Organizations,
        functions: &[FunctionName::UpdateAccount],
        why: "The account's version covers its organizations too.",
    },
    Exception {
        kind: RowKind::Members,
        functions: &[FunctionName::OperateAccount],
        why: "A new account gets its first owner.",
    },
    Exception {
        kind: RowKind::FirstSignIns,
        functions: &[FunctionName::IssueToken],
        why: "Whoever gets a token for their sign-in has signed in.",
    },
    Exception {
        kind: RowKind::FirstSignIns,
        functions: &[FunctionName::RemoveMember],
        why: "Nothing is kept of when somebody signed in who was removed.",
    },
    Exception {
        kind: RowKind::Former,
        functions: &[FunctionName::RemoveMember],
        why: "The audit trails name people by id, and an owner has to know who somebody was who is gone.",
    },
    Exception {
        kind: RowKind::Failures,
        functions: &[FunctionName::IssueToken],
        why: "Whoever guesses secrets of a client is stopped before they have tried many.",
    },
    Exception {
        kind: RowKind::Health,
        functions: &[
            FunctionName::SignRequest,
            FunctionName::SendRequest,
            FunctionName::VerifyKey,
            FunctionName::Deliver,
        ],
        why: "What a customer's system answered shows whether the key still works.",
    },
    Exception {
        kind: RowKind::Keys,
        functions: &[FunctionName::OnTableChange],
        why: "It shows the health in the key's row, and what the key told of it, and takes purged entries out of the versions.",
    },
    Exception {
        kind: RowKind::Health,
        functions: &[FunctionName::OnTableChange],
        why: "It purges the health of deleted keys.",
    },
    Exception {
        kind: RowKind::LastUses,
        functions: &[FunctionName::OnTableChange],
        why: "It purges the last uses of deleted keys.",
    },
    Exception {
        kind: RowKind::Words,
        functions: &[FunctionName::OnTableChange],
        why: "It brings the words by which a key is found to what the key's row says.",
    },
    Exception {
        kind: RowKind::Events,
        functions: &[FunctionName::OnTableChange],
        why: "A change of a key is an event.",
    },
    Exception {
        kind: RowKind::Deliveries,
        functions: &[FunctionName::OnTableChange],
        why: "It plans the deliveries of an event.",
    },
    Exception {
        kind: RowKind::Budgets,
        functions: &[FunctionName::PublishEvent],
        why: "It counts the events of an account, so that none publishes without end.",
    },
    Exception {
        kind: RowKind::Holds,
        functions: &[FunctionName::Deliver, FunctionName::Redeliver],
        why: "An answer makes the deliveries that come after it wait, and a person says that they go on.",
    },
    Exception {
        kind: RowKind::Receipts,
        functions: &[FunctionName::Deliver],
        why: "No key is used without its receipt.",
    },
    Exception {
        kind: RowKind::Passes,
        functions: &[FunctionName::Rewrap],
        why: "It keeps how far it has come.",
    },
];

/// The kind of rows that a function writes.
#[must_use]
pub fn own(function: FunctionName) -> Option<RowKind> {
    OWN.iter().find(|(_, functions)| functions.contains(&function)).map(|(kind, _)| *kind)
}

/// The exceptions of a function.
pub fn exceptions(function: FunctionName) -> impl Iterator<Item = &'static Exception> {
    EXCEPTIONS.iter().filter(move |exception| exception.functions.contains(&function))
}
