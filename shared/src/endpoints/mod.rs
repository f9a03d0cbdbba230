//! Sources and destinations: the two ends of a stream, each of which uses one key.
//!
//! Reading order: [`endpoint`] for the thing itself, [`draft`] for what a caller asks for, [`plan`](mod@plan) for the
//! rules between the two, [`change`] for creating, changing and deleting, and [`link`] for what an endpoint's change does to
//! the keys it uses.
//!
//! Architecture Invariant: a key has a link to an endpoint exactly while that endpoint is active and uses the key.
//! Nothing here decides that by looking: [`link`] computes it from the endpoint before and after.

pub mod change;
pub mod draft;
pub mod endpoint;
pub mod function_name;
pub mod link;
pub mod list;
pub mod plan;
pub mod replace;
pub mod settings;
pub mod trigger;
