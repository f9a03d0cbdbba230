//! Listing endpoints, and the endpoints that use a key.

use super::{search::Words, trigger::Trigger};
use crate::{
    environment::Environment,
    ids::{EndpointId, EndpointKind, KeyId, OrganizationId},
    key_use::KeyUse,
    page::{Cursor, List, ListName},
    stamp::Stamp,
    title::TitlePrefix,
};

/// An endpoint as a list shows it: the attributes in the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointSummary {
    /// The id of the source or destination.
    pub id: EndpointId,
    /// The title, as it is stored.
    pub title: String,
    /// The id of its system.
    pub system: String,
    /// The name of the platform's function.
    pub function: String,
    /// The event or schedule that starts it.
    pub trigger: Trigger,
    /// Live or test.
    pub environment: Environment,
    /// The key that it uses, if it names one.
    pub key: Option<KeyId>,
    /// Whose entry of the key.
    pub organization: Option<OrganizationId>,
    /// Whether it is in use.
    pub active: bool,
    /// The version that the next change must name.
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
        /// The id, from the row's key.
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
    /// Only endpoints whose title begins with this text, in upper or lower case.
    pub title_prefix: Option<TitlePrefix>,
    /// Only endpoints that have these words.
    pub words: Option<Words>,
}

impl EndpointFilter {
    /// Whether every row fits that is of the kind and the environment and begins with the text.
    #[must_use]
    pub const fn takes_all(&self) -> bool {
        self.words.is_none()
    }

    /// Whether a row fits. One that cannot be read has no words.
    #[must_use]
    pub fn fits(&self, row: &EndpointRow) -> bool {
        let Some(words) = &self.words else { return true };
        match row {
            EndpointRow::Endpoint(summary) => words.are_in(summary),
            EndpointRow::Unreadable { .. } => false,
        }
    }

    /// The list that cursors are bound to.
    #[must_use]
    pub fn list(&self) -> List {
        let name = match self.kind {
            EndpointKind::Source => ListName::Sources,
            EndpointKind::Destination => ListName::Destinations,
        };
        List::whole(name)
            .with_any("environment", self.environment.map(Environment::as_str))
            .with_any("title_prefix", self.title_prefix.as_ref().map(TitlePrefix::as_str))
            .with_any("q", self.words.as_ref().map(Words::text).as_deref())
    }
}

/// One page of a key's uses, in the order of their identifiers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsePage {
    /// The uses.
    pub uses: Vec<KeyUse>,
    /// Where the next page begins, when there is one.
    pub next: Option<Cursor>,
}

/// The list of a key's uses, which cursors are bound to.
#[must_use]
pub fn uses_of(key: &KeyId) -> List {
    List::whole(ListName::KeyUses).with("key_id", &key.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_and_each_filter_makes_a_list_of_its_own() {
        let all =
            EndpointFilter { kind: EndpointKind::Source, environment: None, title_prefix: None, words: None };
        assert_eq!(all.list().to_string(), "sources");
        let some = EndpointFilter {
            kind: EndpointKind::Destination,
            environment: Some(Environment::Test),
            title_prefix: Some("a".parse().unwrap()),
            words: Some(Words::new("UK live".parse().unwrap(), &[])),
        };
        assert_eq!(some.list().to_string(), "destinations?environment=test&title_prefix=a&q=live%20uk");
        let key = "key_0190f3c1-7f00-7000-8000-0123456789ab".parse().unwrap();
        assert_eq!(uses_of(&key).to_string(), "key-uses?key_id=key_0190f3c1-7f00-7000-8000-0123456789ab");
    }
}
