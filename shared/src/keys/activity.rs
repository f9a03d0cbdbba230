//! What was done in an account: the changes of all its keys in one list, newest first.
//!
//! The transaction of each change writes a row of it beside the entry of the key's audit chain. The chain is the proof; this list finds
//! its way there.

use std::str::FromStr;

use jiff::Timestamp;

use crate::{
    environment::Environment,
    ids::KeyId,
    keys::{audit::Action, trail::ChangeRecord},
    page::{List, ListName},
};

/// A change of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// The key.
    pub key: KeyId,
    /// Its title after the change.
    pub title: String,
    /// Live or test.
    pub environment: Environment,
    /// The change, as the key's chain has it.
    pub change: ChangeRecord,
}

/// One row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActivityRow {
    /// A change.
    Change(Box<Activity>),
    /// A row that cannot be read: its place.
    Unreadable {
        /// Where it stands.
        place: String,
    },
}

/// Who did something, such as `person:5f0c…` or `client:runtime`, as changes have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActorName(String);

/// The text is no actor's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be `person:` or `client:` and an id, or `keyward`")]
pub struct BadActorName;

impl ActorName {
    const MOST_BYTES: usize = 200;

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ActorName {
    type Err = BadActorName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let names_somebody = ["person:", "client:"].into_iter().any(|kind| {
            text.strip_prefix(kind)
                .is_some_and(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_graphic()))
        });
        let is_one = names_somebody || text == "keyward";
        if is_one && text.len() <= Self::MOST_BYTES { Ok(Self(text.to_owned())) } else { Err(BadActorName) }
    }
}

/// Which changes are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActivityFilter {
    /// Only those of live or of test keys.
    pub environment: Option<Environment>,
    /// Only those by this person or machine client.
    pub by: Option<ActorName>,
    /// Only those of this key.
    pub key: Option<KeyId>,
    /// Only those of this kind.
    pub action: Option<Action>,
    /// Only those from this moment on.
    pub from: Option<Timestamp>,
    /// Only those before this moment.
    pub to: Option<Timestamp>,
}

impl ActivityFilter {
    /// The environments to look in.
    #[must_use]
    pub fn environments(&self) -> Vec<Environment> {
        self.environment.map_or_else(|| Environment::ALL.to_vec(), |environment| vec![environment])
    }

    /// Whether every row fits that is of the time and the environments.
    #[must_use]
    pub const fn takes_all(&self) -> bool {
        self.by.is_none() && self.key.is_none() && self.action.is_none()
    }

    /// Whether a row fits. One that cannot be read is not left out, where nothing more is asked than time and environment.
    #[must_use]
    pub fn fits(&self, row: &ActivityRow) -> bool {
        let ActivityRow::Change(one) = row else { return self.takes_all() };
        self.by.as_ref().is_none_or(|by| by.as_str() == one.change.by)
            && self.key.as_ref().is_none_or(|key| *key == one.key)
            && self.action.is_none_or(|action| action.as_str() == one.change.action)
    }

    /// The list that cursors are bound to.
    #[must_use]
    pub fn list(&self) -> List {
        let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
        List::whole(ListName::Activity)
            .with_any("environment", self.environment.map(Environment::as_str))
            .with_any("by", self.by.as_ref().map(ActorName::as_str))
            .with_any("key_id", self.key.as_ref().map(ToString::to_string).as_deref())
            .with_any("action", self.action.map(Action::as_str))
            .with_any("from", time(self.from).as_deref())
            .with_any("to", time(self.to).as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(by: &str, action: Action) -> ActivityRow {
        let change = ChangeRecord {
            sequence: 1,
            epoch: 1,
            at: Timestamp::UNIX_EPOCH,
            by: by.to_owned(),
            action: action.to_string(),
            version: 1,
            restored: None,
            changed: Vec::new(),
            hash: String::new(),
            previous: String::new(),
        };
        let key = "key_0190f3c1-7f00-7000-8000-0123456789ab".parse().unwrap();
        let title = "Live UK".to_owned();
        ActivityRow::Change(Box::new(Activity { key, title, environment: Environment::Live, change }))
    }

    #[test]
    fn a_row_fits_if_nothing_else_is_asked_for() {
        let by = |by: &str| ActivityFilter { by: Some(by.parse().unwrap()), ..ActivityFilter::default() };
        let created = row("person:ann", Action::Created);
        let unreadable = ActivityRow::Unreadable { place: String::new() };
        assert!(ActivityFilter::default().fits(&created) && ActivityFilter::default().fits(&unreadable));
        assert!(by("person:ann").fits(&created) && !by("person:bob").fits(&created));
        assert!(!by("person:ann").fits(&unreadable));
        let of = |action| ActivityFilter { action: Some(action), ..ActivityFilter::default() };
        assert!(of(Action::Created).fits(&created) && !of(Action::Deleted).fits(&created));
    }

    #[test]
    fn each_filter_makes_a_list_of_its_own() {
        assert_eq!(ActivityFilter::default().list().to_string(), "activity");
        let some = ActivityFilter {
            environment: Some(Environment::Test),
            by: Some("client:erp".parse().unwrap()),
            key: Some("key_0190f3c1-7f00-7000-8000-0123456789ab".parse().unwrap()),
            action: Some(Action::Updated),
            from: Some(Timestamp::UNIX_EPOCH),
            to: Some(Timestamp::UNIX_EPOCH),
        };
        assert_eq!(
            some.list().to_string(),
            "activity?environment=test&by=client%3Aerp&key_id=key_0190f3c1-7f00-7000-8000-0123456789ab\
             &action=key.updated&from=1970-01-01T00%3A00%3A00Z&to=1970-01-01T00%3A00%3A00Z"
        );
    }

    #[test]
    fn an_actor_is_a_person_a_machine_client_or_keyward() {
        for text in ["person:5f0c7f2e", "client:runtime", "keyward"] {
            assert!(text.parse::<ActorName>().is_ok(), "{text}");
        }
        for text in ["", "person:", "ann", "robot:x", "person:a b", &format!("client:{}", "a".repeat(200))] {
            assert_eq!(text.parse::<ActorName>(), Err(BadActorName), "{text}");
        }
    }
}
