//! A webhook as the API shows it, alone and in a list.

use jiff::Timestamp;
use keyward_shared::{
    deliveries::hold::{Hold, HoldOf, Why, pausing},
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
    /// Why its deliveries wait; null where they do not, and in the answer to a change.
    paused: Option<PausedView>,
    /// Its version, and when and by whom it was made and changed.
    #[serde(flatten)]
    written: WrittenView,
}

/// Why deliveries wait.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "WebhookPaused")]
struct PausedView {
    /// Why, in a word.
    reason: ReasonView,
    /// Why, and what to do about it.
    message: &'static str,
    /// Since when.
    since: Timestamp,
}

/// Why deliveries wait, in a word.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "WebhookPausedReason")]
enum ReasonView {
    /// The system refuses the credential.
    Refused,
    /// The receiver answered with status 403.
    Forbidden,
    /// The receiver answered with status 410.
    Gone,
    /// No delivery succeeded for five days.
    Failing,
}

impl From<&Hold> for PausedView {
    fn from(hold: &Hold) -> Self {
        let reason = match hold.why {
            Why::Refused => ReasonView::Refused,
            Why::Forbidden => ReasonView::Forbidden,
            Why::Gone => ReasonView::Gone,
            Why::Failing => ReasonView::Failing,
        };
        Self { reason, message: hold.why.says(), since: hold.since }
    }
}

impl WebhookView {
    /// The webhook, with what makes its deliveries wait.
    pub(super) fn held(webhook: &Webhook, holds: &[(HoldOf, Hold)], now: Timestamp) -> Self {
        let paused = pausing(webhook, holds, now).map(PausedView::from);
        Self { paused, ..Self::from(webhook) }
    }
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
            paused: None,
            written: WrittenView::new(webhook.version, webhook.created.clone(), webhook.updated.clone()),
        }
    }
}
