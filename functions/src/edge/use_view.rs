//! What uses a key, as the API shows it: in the list of uses, and in the refusal to delete or change a key in use.

use jiff::Timestamp;
use keyward_shared::key_use::KeyUse;
use schemars::JsonSchema;
use serde::Serialize;

/// Something active that uses a key.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "KeyUse")]
pub struct UseView {
    /// `source`, `destination` or `webhook`.
    kind: &'static str,
    /// Its id.
    id: String,
    /// The title.
    title: String,
    /// Whose entry of the key it uses, when that is organization-specific.
    organization: Option<String>,
    /// Since when.
    since: Timestamp,
}

impl From<&KeyUse> for UseView {
    fn from(found: &KeyUse) -> Self {
        Self {
            kind: found.consumer.kind(),
            id: found.consumer.to_string(),
            title: found.title.clone(),
            organization: found.organization.as_ref().map(ToString::to_string),
            since: found.since,
        }
    }
}
