//! One module for each function. A handler identifies the caller, parses the request, calls the use
//! case, and builds the answer.

#![allow(
    missing_docs,
    clippy::missing_errors_doc,
    reason = "a handler's module says what it does, and its operation what it refuses"
)]

pub mod account_view;
pub mod app_view;
pub mod begin_connection;
pub mod bury_keys;
pub mod create_app;
pub mod create_endpoint;
pub mod create_key;
pub mod create_webhook;
pub mod delete_app;
pub mod delete_endpoint;
pub mod delete_key;
pub mod delete_webhook;
pub mod deliver;
pub mod delivery_view;
pub mod disable_key;
pub mod discover_app;
pub mod enable_key;
pub mod endpoint_view;
pub mod event_view;
pub mod find_deliveries;
pub mod finish_connection;
pub mod get_account;
pub mod get_endpoint;
pub mod get_event;
pub mod get_issuer;
pub mod get_key;
pub mod get_openapi;
pub mod get_panel;
pub mod get_system;
pub mod get_version;
pub mod get_webhook;
pub mod invite_member;
pub mod issue_token;
pub mod key_view;
pub mod list_apps;
pub mod list_audit;
pub mod list_deliveries;
pub mod list_endpoints;
pub mod list_key_audit;
pub mod list_key_uses;
pub mod list_key_versions;
pub mod list_keys;
pub mod list_members;
pub mod list_systems;
pub mod list_webhooks;
pub mod member_view;
pub mod not_found;
pub mod on_key_use;
pub mod on_table_change;
pub mod operate_account;
pub mod operate_client;
pub mod publish_event;
pub mod redeliver;
pub mod refresh_grants;
pub mod remove_member;
pub mod replace_key;
pub(crate) mod request_input;
pub mod resend_invitation;
pub mod reset_second_factor;
pub mod resolve_key;
pub mod restore_key_version;
pub mod rewrap;
pub mod send_request;
pub mod sign_out;
pub mod sign_request;
pub mod stream_batch;
pub mod sweep;
pub mod system_view;
pub mod test_webhook;
pub mod trial_view;
pub mod undelete_key;
pub mod update_account;
pub mod update_app;
pub mod update_endpoint;
pub mod update_key;
pub mod update_member;
pub mod update_webhook;
mod vault_cursor;
pub mod verify_draft;
pub mod verify_key;
pub mod webhook_view;
mod written_view;
