//! Reads the two templates: as they are written, with references resolved, and by policies.

#![expect(clippy::indexing_slicing, reason = "a JSON value answers null for a member that it does not have")]

mod document;
mod given;
mod policies;
mod resolve;

pub use document::{Stack, Template, leads_to, texts};
pub use given::{Parameters, Sample};
pub use policies::{BY_ARN, Conditions, Grant, LEADING_KEYS, PRINCIPAL_ARN, Statement};
pub use resolve::{intrinsic, mentioned};
