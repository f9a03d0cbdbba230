//! The integration tests: every function on the real local stack, over real HTTP, with real tokens. One binary, since
//! linking the SDK is what takes the time.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a test stops where what it builds on does not hold"
)]

mod before_the_first_request;
mod bootstrap;
mod cold;
mod cost;
mod crashes;
mod delete_guard;
mod faults_below;
mod functions;
mod histories;
mod idempotency;
mod invariants;
mod keys_tell;
mod largest_changes;
mod many_events;
mod operations;
mod pasted;
mod restored;
mod rules;
mod services_below;
mod support;
