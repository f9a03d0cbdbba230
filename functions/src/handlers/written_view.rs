//! When something was made and last changed, by whom, and how often, as the API shows it.

use jiff::Timestamp;
use keyward_shared::stamp::Stamp;
use schemars::JsonSchema;
use serde::Serialize;

/// The members that everything with a version has. They are flattened into its view.
#[derive(Serialize, JsonSchema)]
pub(super) struct WrittenView {
    /// Counts changes of content, from 1.
    version: u64,
    /// When it was made.
    created_at: Timestamp,
    /// By whom: `person:<name>` or `client:<id>`.
    created_by: String,
    /// When it was last changed.
    updated_at: Timestamp,
    /// By whom.
    updated_by: String,
}

impl WrittenView {
    /// The version.
    pub(super) const fn version(&self) -> u64 {
        self.version
    }

    pub(super) fn new(version: u64, created: Stamp, updated: Stamp) -> Self {
        Self {
            version,
            created_at: created.at,
            created_by: created.by,
            updated_at: updated.at,
            updated_by: updated.by,
        }
    }
}
