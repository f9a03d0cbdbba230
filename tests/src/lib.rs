//! What the integration tests stand on, and measurements later.

pub mod runtime_api;
pub mod usage;
