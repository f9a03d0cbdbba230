//! One file for each function: its tests, and what the rules have to know about it.

mod begin_connection;
pub(crate) mod bury_keys;
mod create_app;
mod create_endpoint;
mod create_key;
mod create_webhook;
mod delete_app;
mod delete_endpoint;
mod delete_key;
mod delete_webhook;
mod deliver;
mod disable_key;
mod discover_app;
mod enable_key;
mod find_deliveries;
mod finish_connection;
mod get_account;
mod get_endpoint;
mod get_event;
mod get_issuer;
mod get_key;
mod get_openapi;
mod get_panel;
mod get_system;
mod get_version;
mod get_webhook;
mod invite_member;
mod issue_token;
mod list_apps;
mod list_audit;
mod list_deliveries;
mod list_endpoints;
mod list_key_audit;
mod list_key_uses;
mod list_key_versions;
mod list_keys;
mod list_members;
mod list_systems;
mod list_webhooks;
mod not_found;
mod on_key_use;
pub(crate) mod on_table_change;
mod operate_account;
mod operate_client;
pub(crate) mod publish_event;
mod redeliver;
mod refresh_grants;
mod remove_member;
mod replace_key;
mod resend_invitation;
mod reset_second_factor;
mod resolve_key;
mod restore_key_version;
pub(crate) mod rewrap;
mod send_request;
mod sign_out;
mod sign_request;
mod sweep;
mod test_webhook;
mod undelete_key;
mod update_account;
mod update_app;
mod update_endpoint;
mod update_key;
mod update_member;
mod update_webhook;
mod verify_draft;
mod verify_key;

use keyward_functions::table::{FunctionName, Route};
use serde_json::Value;

use crate::{crashes::Deed, support::asked::Asked};

pub(crate) use crate::faults_below::{Clerk, Effect, Request};

/// What the rules have to know about a function. There is no default: whoever adds a function thinks of each.
pub(crate) struct Case {
    /// What it answers its event in `events/`.
    pub(crate) event: Answers,
    /// A body that a route of it reads, so that what is refused is not refused for its body. Null where the route reads none.
    pub(crate) body: fn(&Route) -> Value,
    /// Bodies with the secret fields of a key in places where they do not belong.
    pub(crate) misuse: fn(&Value) -> Vec<Value>,
    /// How it is asked while AWS fails.
    pub(crate) asked: Asking,
    /// What it changes. Each deed is done by a process that is killed at each of its calls.
    pub(crate) deeds: &'static [Deed],
}

/// What a function answers its event.
pub(crate) enum Answers {
    /// To the gateway, with this status.
    Status(u64),
    /// This, for the event and the answer.
    Json(fn(&Value, &Value) -> Value),
}

/// How a function is asked while AWS fails.
pub(crate) enum Asking {
    /// As this, if the clerk knows of something to ask about.
    As(fn(&mut Clerk<'_>, Asked) -> Option<Request>),
    /// It asks for no permission, or no route calls it.
    OfNobody,
}

/// For routes that read no body.
pub(crate) const fn no_body(_: &Route) -> Value {
    Value::Null
}

/// For routes that read no body.
pub(crate) const fn no_misuse(_: &Value) -> Vec<Value> {
    Vec::new()
}

/// A function's case. A name without one does not compile.
pub(crate) fn case(name: FunctionName) -> Case {
    match name {
        FunctionName::ListSystems => list_systems::case(),
        FunctionName::GetSystem => get_system::case(),
        FunctionName::CreateKey => create_key::case(),
        FunctionName::ListKeys => list_keys::case(),
        FunctionName::GetKey => get_key::case(),
        FunctionName::UpdateKey => update_key::case(),
        FunctionName::DisableKey => disable_key::case(),
        FunctionName::EnableKey => enable_key::case(),
        FunctionName::DeleteKey => delete_key::case(),
        FunctionName::UndeleteKey => undelete_key::case(),
        FunctionName::ListKeyVersions => list_key_versions::case(),
        FunctionName::RestoreKeyVersion => restore_key_version::case(),
        FunctionName::ListKeyUses => list_key_uses::case(),
        FunctionName::ReplaceKey => replace_key::case(),
        FunctionName::ListApps => list_apps::case(),
        FunctionName::CreateApp => create_app::case(),
        FunctionName::UpdateApp => update_app::case(),
        FunctionName::DeleteApp => delete_app::case(),
        FunctionName::DiscoverApp => discover_app::case(),
        FunctionName::BeginConnection => begin_connection::case(),
        FunctionName::FinishConnection => finish_connection::case(),
        FunctionName::CreateEndpoint => create_endpoint::case(),
        FunctionName::ListEndpoints => list_endpoints::case(),
        FunctionName::GetEndpoint => get_endpoint::case(),
        FunctionName::UpdateEndpoint => update_endpoint::case(),
        FunctionName::DeleteEndpoint => delete_endpoint::case(),
        FunctionName::CreateWebhook => create_webhook::case(),
        FunctionName::ListWebhooks => list_webhooks::case(),
        FunctionName::GetWebhook => get_webhook::case(),
        FunctionName::UpdateWebhook => update_webhook::case(),
        FunctionName::DeleteWebhook => delete_webhook::case(),
        FunctionName::PublishEvent => publish_event::case(),
        FunctionName::GetEvent => get_event::case(),
        FunctionName::TestWebhook => test_webhook::case(),
        FunctionName::ListDeliveries => list_deliveries::case(),
        FunctionName::Redeliver => redeliver::case(),
        FunctionName::SignRequest => sign_request::case(),
        FunctionName::SendRequest => send_request::case(),
        FunctionName::ResolveKey => resolve_key::case(),
        FunctionName::VerifyKey => verify_key::case(),
        FunctionName::VerifyDraft => verify_draft::case(),
        FunctionName::ListKeyAudit => list_key_audit::case(),
        FunctionName::ListAudit => list_audit::case(),
        FunctionName::GetAccount => get_account::case(),
        FunctionName::UpdateAccount => update_account::case(),
        FunctionName::ListMembers => list_members::case(),
        FunctionName::InviteMember => invite_member::case(),
        FunctionName::UpdateMember => update_member::case(),
        FunctionName::RemoveMember => remove_member::case(),
        FunctionName::ResendInvitation => resend_invitation::case(),
        FunctionName::ResetSecondFactor => reset_second_factor::case(),
        FunctionName::SignOut => sign_out::case(),
        FunctionName::OperateAccount => operate_account::case(),
        FunctionName::OperateClient => operate_client::case(),
        FunctionName::IssueToken => issue_token::case(),
        FunctionName::GetIssuer => get_issuer::case(),
        FunctionName::GetOpenapi => get_openapi::case(),
        FunctionName::GetVersion => get_version::case(),
        FunctionName::GetPanel => get_panel::case(),
        FunctionName::NotFound => not_found::case(),
        FunctionName::OnTableChange => on_table_change::case(),
        FunctionName::OnKeyUse => on_key_use::case(),
        FunctionName::Rewrap => rewrap::case(),
        FunctionName::Sweep => sweep::case(),
        FunctionName::BuryKeys => bury_keys::case(),
        FunctionName::Deliver => deliver::case(),
        FunctionName::FindDeliveries => find_deliveries::case(),
        FunctionName::RefreshGrants => refresh_grants::case(),
    }
}
