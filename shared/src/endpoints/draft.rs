//! An endpoint as the caller asks for it: text that has not been checked yet. A request to change one is a
//! patch, and the patch laid over the stored endpoint is a draft again, so one set of rules serves both.

use serde_json::{Map, Value};

use super::{
    endpoint::{Activity, Endpoint},
    trigger::TriggerDraft,
};
use crate::edit::Edit;

/// The members of an endpoint as asked for.
pub struct EndpointDraft {
    /// The title, not checked yet.
    pub title: String,
    /// The system's id.
    pub system: String,
    /// The name of the platform's function.
    pub function: String,
    /// The trigger, not checked yet.
    pub trigger: TriggerDraft,
    /// `live` or `test`.
    pub environment: String,
    /// The id of the key that it uses, not checked yet.
    pub key: Option<String>,
    /// Whose entry of the key.
    pub organization: Option<String>,
    /// Settings for the platform's function.
    pub settings: Map<String, Value>,
    /// Whether it is in use.
    pub activity: Activity,
}

/// A merge patch (RFC 7396) of an endpoint. Trigger and settings are set as a whole: an endpoint as it was read can be sent
/// back, and the members of settings that are `null` stay.
#[derive(Default)]
pub struct EndpointPatch {
    /// The title, not checked yet.
    pub title: Option<String>,
    /// The system's id.
    pub system: Option<String>,
    /// The name of the platform's function.
    pub function: Option<String>,
    /// The trigger, not checked yet.
    pub trigger: Option<TriggerDraft>,
    /// `live` or `test`.
    pub environment: Option<String>,
    /// The id of the key that it uses, not checked yet.
    pub key: Edit<String>,
    /// Whose entry of the key.
    pub organization: Edit<String>,
    /// Settings for the platform's function.
    pub settings: Edit<Map<String, Value>>,
    /// Whether it is in use.
    pub activity: Option<Activity>,
}

impl EndpointPatch {
    /// The endpoint as it would be with this patch applied.
    #[must_use]
    pub fn over(self, stored: &Endpoint) -> EndpointDraft {
        let text = |value: &dyn ToString| Some(value.to_string());
        let stored_trigger = || TriggerDraft {
            kind: stored.trigger.as_str().to_owned(),
            cron: stored.trigger.cron().map(ToString::to_string),
        };
        EndpointDraft {
            title: self.title.unwrap_or_else(|| stored.title.to_string()),
            system: self.system.unwrap_or_else(|| stored.system.to_string()),
            function: self.function.unwrap_or_else(|| stored.function.to_string()),
            trigger: self.trigger.unwrap_or_else(stored_trigger),
            environment: self.environment.unwrap_or_else(|| stored.environment.to_string()),
            key: self.key.over(stored.key.as_ref().and_then(|key| text(key))),
            organization: self.organization.over(stored.organization.as_ref().and_then(|id| text(id))),
            settings: self.settings.over(Some(stored.settings.members().clone())).unwrap_or_default(),
            activity: self.activity.unwrap_or(stored.activity),
        }
    }
}
