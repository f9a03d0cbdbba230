//! Sources and destinations: the two ends of a stream, each of which uses one key.
//!
//! Reading order: [`endpoint`] for a stored endpoint, [`draft`] for one as a caller asks for it,
//! [`plan`](mod@plan) for the rules between the two, [`change`] for creating, changing and deleting, and
//! [`link`] for the effect of an endpoint's change on the keys that it uses.
//!
//! Architecture Invariant: a key has a link to an endpoint exactly while that endpoint is active and uses the
//! key. [`link`] computes the links from the endpoint before and after a change, without reading the stored
//! links.

pub mod change;
pub mod draft;
pub mod endpoint;
pub mod function_name;
pub mod link;
pub mod list;
pub mod plan;
pub mod replace;
pub mod search;
pub mod settings;
pub mod trigger;
