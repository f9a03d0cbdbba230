//! The functions that change something for a caller: whose row each change is conditional on, and whether it takes a fresh sign-in.
//!
//! A token is good for minutes after its bearer was removed, suspended or given a lower role. So each of these functions reads the
//! bearer's row first, and its transaction has a condition on that row's version. [`compose`](mod@crate::compose) does it for all of
//! them, from this list; a function that changes something and is not here fails, because its ports take nothing without that right.

use super::{
    FunctionName,
    kinds::RowKind::{self, Clients, Members},
};

/// Whether a change takes a person who signed in a moment ago. A machine shows its secret for each token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FreshSignIn {
    /// Every change.
    Always,
    /// Some changes: which.
    For(&'static str),
    /// None: why.
    Never(&'static str),
}

/// A function that changes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changing {
    /// The function.
    pub function: FunctionName,
    /// The kinds of rows that a caller of it has. The transaction has a condition on the one that calls.
    pub callers: &'static [RowKind],
    /// Whether it takes a fresh sign-in.
    pub fresh: FreshSignIn,
}

const PEOPLE_AND_MACHINES: &[RowKind] = &[Members, Clients];
const OWNERS: &[RowKind] = &[Members];
const OPERATOR: &[RowKind] = &[Clients];

const OF_A_LIVE_KEY: FreshSignIn = FreshSignIn::For("a live key");

/// Every one of them.
pub const CHANGING: &[Changing] = &[
    of(
        FunctionName::CreateKey,
        PEOPLE_AND_MACHINES,
        FreshSignIn::Never("Nothing uses a new key, and what makes something use it asks."),
    ),
    of(
        FunctionName::UpdateKey,
        PEOPLE_AND_MACHINES,
        FreshSignIn::For("a live key that is led elsewhere, made a test key, or loses an entry"),
    ),
    of(FunctionName::DisableKey, PEOPLE_AND_MACHINES, OF_A_LIVE_KEY),
    of(FunctionName::EnableKey, PEOPLE_AND_MACHINES, OF_A_LIVE_KEY),
    of(FunctionName::DeleteKey, PEOPLE_AND_MACHINES, OF_A_LIVE_KEY),
    of(FunctionName::UndeleteKey, PEOPLE_AND_MACHINES, OF_A_LIVE_KEY),
    of(FunctionName::RestoreKeyVersion, PEOPLE_AND_MACHINES, OF_A_LIVE_KEY),
    of(FunctionName::ReplaceKey, PEOPLE_AND_MACHINES, FreshSignIn::For("a live key in use")),
    of(
        FunctionName::CreateEndpoint,
        PEOPLE_AND_MACHINES,
        FreshSignIn::Never("Nothing that was there goes anywhere else."),
    ),
    of(
        FunctionName::UpdateEndpoint,
        PEOPLE_AND_MACHINES,
        FreshSignIn::For("a live endpoint that is led to another key"),
    ),
    of(
        FunctionName::DeleteEndpoint,
        PEOPLE_AND_MACHINES,
        FreshSignIn::Never("It has no secret, and no rights go with it: it can be made again."),
    ),
    of(
        FunctionName::CreateWebhook,
        PEOPLE_AND_MACHINES,
        FreshSignIn::Never("Nothing that was there goes anywhere else."),
    ),
    of(
        FunctionName::UpdateWebhook,
        PEOPLE_AND_MACHINES,
        FreshSignIn::For("a live webhook that is led to another key"),
    ),
    of(
        FunctionName::DeleteWebhook,
        PEOPLE_AND_MACHINES,
        FreshSignIn::Never("It has no secret, and no rights go with it: it can be made again."),
    ),
    of(
        FunctionName::TestWebhook,
        PEOPLE_AND_MACHINES,
        FreshSignIn::Never("Its event goes where the webhook's events go already."),
    ),
    of(
        FunctionName::Redeliver,
        PEOPLE_AND_MACHINES,
        FreshSignIn::Never("It sends again where it was sent before, and nowhere else."),
    ),
    of(FunctionName::UpdateAccount, OWNERS, FreshSignIn::For("the least role for keys")),
    of(FunctionName::InviteMember, OWNERS, FreshSignIn::Always),
    of(FunctionName::UpdateMember, OWNERS, FreshSignIn::Always),
    of(FunctionName::RemoveMember, OWNERS, FreshSignIn::Always),
    of(FunctionName::ResendInvitation, OWNERS, FreshSignIn::Always),
    of(FunctionName::ResetSecondFactor, OWNERS, FreshSignIn::Always),
    of(FunctionName::OperateAccount, OPERATOR, FreshSignIn::Never("The operator is a machine.")),
    of(FunctionName::OperateClient, OPERATOR, FreshSignIn::Never("The operator is a machine.")),
    of(
        FunctionName::SignOut,
        PEOPLE_AND_MACHINES,
        FreshSignIn::Never(
            "It ends sign-ins and gives nothing: who found somebody's browser open only locks themselves out.",
        ),
    ),
];

const fn of(function: FunctionName, callers: &'static [RowKind], fresh: FreshSignIn) -> Changing {
    Changing { function, callers, fresh }
}

/// What is said of a function; `None` for one that changes nothing for a caller.
#[must_use]
pub fn of_function(function: FunctionName) -> Option<&'static Changing> {
    CHANGING.iter().find(|changing| changing.function == function)
}
