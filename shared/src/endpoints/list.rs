//! Listing endpoints, and the endpoints that use a key.

use super::trigger::Trigger;
use crate::{
    environment::Environment,
    ids::{EndpointId, EndpointKind, KeyId, OrganizationId},
    key_use::KeyUse,
    page::Cursor,
    stamp::Stamp,
    title::TitlePrefix,
};

/// What a list shows of an endpoint: what stands in the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointSummary {
    /// The endpoint.
    pub id: EndpointId,
    /// What people call it.
    pub title: String,
    /// Its system.
    pub system: String,
    /// The platform's function.
    pub function: String,
    /// What starts it.
    pub trigger: Trigger,
    /// Live or test.
    pub environment: Environment,
    /// Its key.
    pub key: Option<KeyId>,
    /// Whose entry of the key.
    pub organization: Option<OrganizationId>,
    /// Whether it is in use.
    pub active: bool,
    /// Its version.
    pub version: u64,
    /// When and by whom it was made.
    pub created: Stamp,
    /// When and by whom it was last changed.
    pub updated: Stamp,
}

/// One row of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndpointRow {
    /// An endpoint.
    Endpoint(Box<EndpointSummary>),
    /// A row that cannot be read. It is shown as such, and never fails the list.
    Unreadable {
        /// What the row's key says.
        id: String,
    },
}

/// Which endpoints to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointFilter {
    /// Sources or destinations.
    pub kind: EndpointKind,
    /// Only those of this environment.
    pub environment: Option<Environment>,
    /// Only those whose title begins with this, in any case.
    pub title_prefix: Option<TitlePrefix>,
}

/// One page of a key's uses, in the order of their identifiers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsePage {
    /// The uses.
    pub uses: Vec<KeyUse>,
    /// Where the next page begins, when there is one.
    pub next: Option<Cursor>,
}

/// Which list a cursor of a key's uses belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsesOf<'k>(pub &'k KeyId);
