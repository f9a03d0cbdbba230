//! Listing keys: by title, a page at a time, stable while keys come and go.

use jiff::Timestamp;

use crate::{
    environment::Environment,
    ids::KeyId,
    keys::{change::RECOVERY, health::TrialResult, search::Asked},
    page::{List, ListName},
    stamp::Stamp,
    system::SystemId,
    title::TitlePrefix,
};

/// A key as a list shows it: the attributes in the index, so that its row is not read, and its last use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The key.
    pub id: KeyId,
    /// Its system.
    pub system: String,
    /// The template version that it was made with.
    pub template_version: u32,
    /// Its auth variant.
    pub auth: String,
    /// Its title.
    pub title: String,
    /// Live or test.
    pub environment: Environment,
    /// The typed address.
    pub base_url: Option<String>,
    /// Whether it holds an entry for each organization.
    pub organization_specific: bool,
    /// When it stops being usable.
    pub expires_at: Option<Timestamp>,
    /// The last characters of its secret, where its template lets them be seen.
    pub hint: Option<String>,
    /// Whether it is disabled.
    pub is_disabled: bool,
    /// Whether it was deleted, and can be brought back.
    pub is_deleted: bool,
    /// How it fared when it was last tried.
    pub health: Option<TrialResult>,
    /// When a request was last signed or sent with it, or its values handed out, to about a quarter of an hour.
    pub last_used_at: Option<Timestamp>,
    /// How many active endpoints use it.
    pub active_uses: u64,
    /// Its version.
    pub version: u64,
    /// When and by whom it was made.
    pub created: Stamp,
    /// When and by whom it was last changed.
    pub updated: Stamp,
}

impl Summary {
    /// Until when a deleted key can be brought back. Its last change is the deletion.
    #[must_use]
    pub fn recoverable_until(&self) -> Option<Timestamp> {
        self.is_deleted.then(|| self.updated.at.saturating_add(RECOVERY).unwrap_or(Timestamp::MAX))
    }
}

/// One row of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// A key.
    Key(Box<Summary>),
    /// A row that cannot be read. It is shown as such, and never fails the list.
    Unreadable {
        /// The id, from the row's key.
        id: String,
    },
}

impl Row {
    /// The key, if it can be read.
    #[must_use]
    pub fn key(&self) -> Option<&Summary> {
        match self {
            Self::Key(key) => Some(key),
            Self::Unreadable { .. } => None,
        }
    }
}

/// Which keys to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Deleted keys that can be brought back, instead of those that are there.
    pub deleted: bool,
    /// Only keys of this system.
    pub system: Option<SystemId>,
    /// Only keys of this environment.
    pub environment: Option<Environment>,
    /// Only keys whose title begins with this, in any case.
    pub title_prefix: Option<TitlePrefix>,
    /// Only keys that have these words.
    pub words: Option<Asked>,
}

impl Filter {
    /// The environments to look in.
    #[must_use]
    pub fn environments(&self) -> Vec<Environment> {
        self.environment.map_or_else(|| Environment::ALL.to_vec(), |environment| vec![environment])
    }

    /// The list that cursors are bound to.
    #[must_use]
    pub fn list(&self) -> List {
        List::whole(ListName::Keys)
            .with_any("state", self.deleted.then_some("deleted"))
            .with_any("system_id", self.system.as_ref().map(SystemId::as_str))
            .with_any("environment", self.environment.map(Environment::as_str))
            .with_any("title_prefix", self.title_prefix.as_ref().map(TitlePrefix::as_str))
            .with_any("q", self.words.as_ref().map(Asked::text).as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_filter_of_keys_makes_a_list_of_its_own() {
        let all = Filter::default();
        assert_eq!(all.list().to_string(), "keys");
        let some = Filter {
            deleted: false,
            system: Some("shopify".parse().unwrap()),
            environment: Some(Environment::Live),
            title_prefix: Some("Ä b".parse().unwrap()),
            words: Some("UK live".parse().unwrap()),
        };
        assert_eq!(
            some.list().to_string(),
            "keys?system_id=shopify&environment=live&title_prefix=%C3%A4%20b&q=live%20uk"
        );
    }
}
