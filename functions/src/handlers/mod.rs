//! One module for each function: who is calling, what is asked, do it, show it.

pub mod create_key;
pub mod delete_key;
pub mod get_key;
pub mod get_openapi;
pub mod get_system;
pub mod key_view;
pub mod list_key_audit;
pub mod list_key_versions;
pub mod list_keys;
pub mod list_systems;
pub mod not_found;
mod request_input;
pub mod resolve_key;
pub mod send_request;
pub mod sign_request;
pub mod system_view;
pub mod trial_view;
pub mod update_key;
pub mod verify_draft;
pub mod verify_key;
