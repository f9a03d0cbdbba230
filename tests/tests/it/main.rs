//! The integration tests: every function on the real local stack, over real HTTP, with real tokens. One binary, since
//! linking the SDK is what takes the time.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a test stops where what it builds on does not hold"
)]

mod bootstrap;
mod crashes;
mod create_endpoint;
mod create_key;
mod delete_endpoint;
mod delete_guard;
mod delete_key;
mod faults_below;
mod get_account;
mod get_endpoint;
mod get_key;
mod get_openapi;
mod get_panel;
mod get_system;
mod histories;
mod idempotency;
mod invariants;
mod invite_member;
mod issue_claims;
mod list_endpoints;
mod list_key_audit;
mod list_key_uses;
mod list_key_versions;
mod list_keys;
mod list_members;
mod list_systems;
mod on_table_change;
mod operate_account;
mod operate_client;
mod operations;
mod remove_member;
mod replace_key;
mod resolve_key;
mod restore_key_version;
mod rewrap;
mod rules;
mod send_request;
mod services_below;
mod sign_request;
mod support;
mod update_account;
mod update_endpoint;
mod update_key;
mod update_member;
mod verify_draft;
mod verify_key;
