//! A webhook as the caller asks for it: text that has not been checked yet. A request to change one is a patch, and the patch laid
//! over the stored webhook is a draft again, so one set of rules serves both.

use super::{event_type::EventType, webhook::Webhook};
use crate::{edit::Edit, endpoints::endpoint::Activity};

/// The members of a webhook as asked for.
pub struct WebhookDraft {
    /// The name, not checked yet.
    pub name: String,
    /// The types of events.
    pub event_types: Vec<String>,
    /// The path below the key's base address.
    pub path: String,
    /// The HTTP method.
    pub method: String,
    /// `live` or `test`.
    pub environment: String,
    /// The id of the key that it uses, not checked yet.
    pub key: Option<String>,
    /// Whose entry of the key.
    pub organization: Option<String>,
    /// Whether it is in use.
    pub activity: Activity,
}

/// A merge patch (RFC 7396) of a webhook. The types of events are set as a whole.
#[derive(Default)]
pub struct WebhookPatch {
    /// The name, not checked yet.
    pub name: Option<String>,
    /// The types of events.
    pub event_types: Option<Vec<String>>,
    /// The path below the key's base address.
    pub path: Option<String>,
    /// The HTTP method.
    pub method: Option<String>,
    /// `live` or `test`.
    pub environment: Option<String>,
    /// The id of the key that it uses, not checked yet.
    pub key: Edit<String>,
    /// Whose entry of the key.
    pub organization: Edit<String>,
    /// Whether it is in use.
    pub activity: Option<Activity>,
}

impl WebhookPatch {
    /// The webhook as it would be with this patch applied.
    #[must_use]
    pub fn over(self, stored: &Webhook) -> WebhookDraft {
        let types = || stored.event_types.iter().map(EventType::to_string).collect();
        WebhookDraft {
            name: self.name.unwrap_or_else(|| stored.name.to_string()),
            event_types: self.event_types.unwrap_or_else(types),
            path: self.path.unwrap_or_else(|| stored.path.clone()),
            method: self.method.unwrap_or_else(|| stored.method.to_string()),
            environment: self.environment.unwrap_or_else(|| stored.environment.to_string()),
            key: self.key.over(stored.key.as_ref().map(ToString::to_string)),
            organization: self.organization.over(stored.organization.as_ref().map(ToString::to_string)),
            activity: self.activity.unwrap_or(stored.activity),
        }
    }
}
