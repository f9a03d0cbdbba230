//! A webhook as the API shows it, alone and in a list.

use keyward_shared::{
    endpoints::endpoint::Activity,
    webhooks::{event_type::EventType, method::HookMethod, webhook::Webhook},
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{key_view::EnvironmentView, written_view::WrittenView};

/// Where the account wants to hear of events.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Webhook")]
pub struct WebhookView {
    /// `whk_` and a UUIDv7.
    #[schemars(regex(pattern = "^whk_[0-9a-f-]{36}$"))]
    webhook_id: String,
    /// The name.
    name: String,
    /// The types of events that it hears of.
    event_types: Vec<String>,
    /// Where its requests go: a path below the key's base URL.
    path: String,
    /// The method of its requests.
    method: HookMethodView,
    /// Live or test. It hears of events of this environment, and its key is of the same.
    environment: EnvironmentView,
    /// The key that authenticates its requests. Only an inactive one may have none.
    key_id: Option<String>,
    /// Whose entry of the key it uses, when that is organization-specific. It hears then of this organization's events alone.
    organization: Option<String>,
    /// Whether it is in use: an active one keeps its key from being deleted.
    active: bool,
    /// Its version, and when and by whom it was made and changed.
    #[serde(flatten)]
    written: WrittenView,
}

/// The HTTP method of a webhook's requests.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(rename = "WebhookMethod")]
pub enum HookMethodView {
    /// What most receivers expect.
    Post,
    /// For receivers that expect it.
    Put,
    /// For receivers that expect it.
    Patch,
}

impl From<HookMethod> for HookMethodView {
    fn from(method: HookMethod) -> Self {
        match method {
            HookMethod::Post => Self::Post,
            HookMethod::Put => Self::Put,
            HookMethod::Patch => Self::Patch,
        }
    }
}

impl From<&Webhook> for WebhookView {
    fn from(webhook: &Webhook) -> Self {
        Self {
            webhook_id: webhook.id.to_string(),
            name: webhook.name.to_string(),
            event_types: webhook.event_types.iter().map(EventType::to_string).collect(),
            path: webhook.path.clone(),
            method: webhook.method.into(),
            environment: webhook.environment.into(),
            key_id: webhook.key.as_ref().map(ToString::to_string),
            organization: webhook.organization.as_ref().map(ToString::to_string),
            active: webhook.activity == Activity::Active,
            written: WrittenView::new(webhook.version, webhook.created.clone(), webhook.updated.clone()),
        }
    }
}
