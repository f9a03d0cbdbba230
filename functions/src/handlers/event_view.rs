//! An event as the API shows it.

use jiff::Timestamp;
use keyward_shared::events::event::Event;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::key_view::EnvironmentView;

/// Something that happened.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Event")]
pub struct EventView {
    /// `evt_` and a UUIDv7. Receivers get it as the header `webhook-id`.
    #[schemars(regex(pattern = "^evt_[0-9a-f-]{36}$"))]
    event_id: String,
    /// What kind of thing happened.
    r#type: String,
    /// Live or test. Webhooks of the same environment hear of it.
    environment: EnvironmentView,
    /// The organization that it is about; null for one that is about the whole account.
    organization: Option<String>,
    /// What is told of it.
    data: Map<String, Value>,
    /// When it happened.
    at: Timestamp,
    /// Who published it, or made the change that it tells of.
    by: String,
}

impl From<&Event> for EventView {
    fn from(event: &Event) -> Self {
        Self {
            event_id: event.id.to_string(),
            r#type: event.kind.to_string(),
            environment: event.environment.into(),
            organization: event.organization.as_ref().map(ToString::to_string),
            data: event.data.members().clone(),
            at: event.at,
            by: event.by.clone(),
        }
    }
}
