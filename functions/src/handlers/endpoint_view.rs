//! A source or a destination as the API shows it.

use keyward_shared::{
    endpoints::{
        endpoint::{Activity, Endpoint},
        trigger::Trigger,
    },
    ids::EndpointKind,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{key_view::EnvironmentView, written_view::WrittenView};

/// What starts an endpoint.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Trigger")]
pub struct TriggerView {
    /// `manual`, `scheduled`, `webhook`, `aggregate` or `real_time`.
    r#type: &'static str,
    /// When, for a scheduled one: a crontab's five fields, in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(default)]
    cron: Option<String>,
}

impl From<&Trigger> for TriggerView {
    fn from(trigger: &Trigger) -> Self {
        Self { r#type: trigger.as_str(), cron: trigger.cron().map(ToString::to_string) }
    }
}

/// A source or a destination.
#[derive(Serialize)]
#[serde(untagged)]
pub enum EndpointView {
    /// A source.
    Source(Box<SourceView>),
    /// A destination.
    Destination(Box<DestinationView>),
}

macro_rules! endpoint_view {
    ($(#[$doc:meta])* $view:ident, $name:literal, $id:ident, $pattern:literal) => {
        $(#[$doc])*
        #[derive(Serialize, JsonSchema)]
        #[schemars(deny_unknown_fields, rename = $name)]
        pub struct $view {
            /// Its prefix and a UUIDv7.
            #[schemars(regex(pattern = $pattern))]
            $id: String,
            /// The title.
            title: String,
            /// The system that it reads from or writes to.
            system_id: String,
            /// The platform's function that does so.
            function: String,
            /// What starts it.
            trigger: TriggerView,
            /// Live or test. Its key is of the same.
            environment: EnvironmentView,
            /// The key that it uses. Only an inactive one may have none.
            key_id: Option<String>,
            /// Whose entry of the key it uses, when that is organization-specific.
            organization: Option<String>,
            /// Settings for the platform's function.
            settings: Map<String, Value>,
            /// Whether it is in use: an active one keeps its key from being deleted.
            active: bool,
            /// Its version, and when and by whom it was made and changed.
            #[serde(flatten)]
            written: WrittenView,
        }

        impl From<&Endpoint> for $view {
            fn from(endpoint: &Endpoint) -> Self {
                Self {
                    $id: endpoint.id.to_string(),
                    title: endpoint.title.to_string(),
                    system_id: endpoint.system.to_string(),
                    function: endpoint.function.to_string(),
                    trigger: TriggerView::from(&endpoint.trigger),
                    environment: endpoint.environment.into(),
                    key_id: endpoint.key.as_ref().map(ToString::to_string),
                    organization: endpoint.organization.as_ref().map(ToString::to_string),
                    settings: endpoint.settings.members().clone(),
                    active: endpoint.activity == Activity::Active,
                    written: WrittenView::new(endpoint.version, endpoint.created.clone(), endpoint.updated.clone()),
                }
            }
        }
    };
}

endpoint_view!(
    /// Where data comes from.
    SourceView, "Source", source_id, "^src_[0-9a-f-]{36}$"
);
endpoint_view!(
    /// Where data goes.
    DestinationView, "Destination", destination_id, "^dst_[0-9a-f-]{36}$"
);

impl From<&Endpoint> for EndpointView {
    fn from(endpoint: &Endpoint) -> Self {
        match endpoint.id.kind() {
            EndpointKind::Source => Self::Source(Box::new(endpoint.into())),
            EndpointKind::Destination => Self::Destination(Box::new(endpoint.into())),
        }
    }
}
