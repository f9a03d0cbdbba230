//! Keys: what one is, how a change to it is planned, and how it is used.
//!
//! Reading order: [`key`] for a stored key, [`draft`] for a key as a caller asks for it, [`plan`] for the
//! rules between the two, [`seal`](mod@seal) for how a plan's secrets are sealed, [`change`] for the use
//! cases that create, update, restore and delete, [`tidy`](mod@tidy) for the work after a change, [`using`]
//! for signing, sending, resolving and verifying.

pub mod activity;
pub mod audit;
mod authentication;
pub mod change;
pub mod check;
pub mod draft;
#[cfg(test)]
pub(crate) mod fakes;
pub mod header;
pub mod health;
pub mod key;
pub mod list;
pub mod notice;
pub mod plan;
pub mod receipt;
pub mod restrictions;
pub mod rewrap;
pub mod seal;
pub mod search;
pub mod tidy;
pub mod told;
pub mod trail;
pub mod using;
pub mod version;
