//! Reads the template: as it is written, with references resolved, and by policies.

#![expect(clippy::indexing_slicing, reason = "a JSON value answers null for a member that it does not have")]

mod document;
mod policies;
mod resolve;

pub use document::{Template, leads_to, texts};
pub use policies::{Conditions, Grant, LEADING_KEYS, Statement};
pub use resolve::intrinsic;
