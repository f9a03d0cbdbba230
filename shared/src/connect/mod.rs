//! Connect: keys whose credential is granted by a person's consent (OAuth 2.0 authorization code) instead of typed.
//!
//! An [`App`] is the platform's own client at a system, which owners make once. A person begins a connection of a key's entry, consents
//! at the system, and comes back with a code ([`begin()`], [`finish()`]). What came of it is a [`Grant`]: facts that may be shown, an access
//! token and a refresh token, each sealed under a data key of its own kind. Uses open access tokens alone ([`access_token`]).
//! [`refresh()`] opens refresh tokens, and nothing else does.
//!
//! A grant stands beside the key and outside its versions. The key's row names the connection that it came of; a grant of any
//! other connection is none of the key's.

mod app;
#[cfg(test)]
mod attacks;
mod begin;
mod checks;
mod discovery;
mod dropped;
#[cfg(test)]
mod fakes;
mod finish;
mod grant;
#[cfg(test)]
mod histories;
mod refresh;
mod sealed;
mod using;

pub use app::{
    Addresses, App, AppChange, AppDraft, AppPatch, AppRow, LONGEST_CLIENT_ID, app_of, create_app, delete_app,
    list_apps, update_app,
};
pub use begin::{
    Begun, Callback, Connection, ConnectionAsk, Digest, LIFE, Taken, begin, cookie_name, digest,
};
pub use checks::Checks;
pub use discovery::{Discovered, discover};
pub use dropped::Left;
pub use finish::{Finished, Notice, Returned, finish};
pub use grant::{Attempt, Connected, Grant, GrantState, Standing, Why};
pub use refresh::{Ended, LEASE, Refreshed, end_grants, refresh};
pub use sealed::Mark;
pub use using::{GrantUse, Token, WAIT, access_token};
