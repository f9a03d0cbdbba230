//! A stored event.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use crate::{
    environment::Environment,
    ids::{AccountId, EventId, OrganizationId, WebhookId},
    webhooks::event_type::EventType,
};

/// How long events and their deliveries are kept.
pub const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its identifier.
    pub id: EventId,
    /// Whose it is.
    pub account: AccountId,
    /// What kind of thing happened.
    pub kind: EventType,
    /// Live or test.
    pub environment: Environment,
    /// Whose it is within the account, where it is about one organization.
    pub organization: Option<OrganizationId>,
    /// The only webhook that hears of it: that which a person tries.
    pub only: Option<WebhookId>,
    /// What is told of it.
    pub data: EventData,
    /// When it happened.
    pub at: Timestamp,
    /// Who published it, or changed the key.
    pub by: String,
}

impl Event {
    /// Whether its time is over.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        now.duration_since(self.at) >= KEPT
    }

    /// The body of the requests that tell of it (Standard Webhooks 1.0.0, "Payload structure": `type`, `timestamp`, `data`).
    #[must_use]
    pub fn body(&self) -> Vec<u8> {
        let body = json!({
            "type": self.kind.as_str(),
            "timestamp": self.at.to_string(),
            "environment": self.environment.as_str(),
            "organization": self.organization.as_ref().map(OrganizationId::as_str),
            "data": self.data.0,
        });
        body.to_string().into_bytes()
    }
}

/// What is told of an event: a JSON object of bounded size.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EventData(Map<String, Value>);

/// The object is too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must have at most {} bytes as JSON", EventData::MAX_BYTES)]
pub struct TooMuchData;

impl EventData {
    /// The most bytes of the object, written without white space.
    pub const MAX_BYTES: usize = 32 * 1024;

    /// Its members.
    #[must_use]
    pub const fn members(&self) -> &Map<String, Value> {
        &self.0
    }

    /// The object as JSON text.
    #[must_use]
    pub fn to_json(&self) -> String {
        Value::Object(self.0.clone()).to_string()
    }
}

impl TryFrom<Map<String, Value>> for EventData {
    type Error = TooMuchData;

    fn try_from(members: Map<String, Value>) -> Result<Self, Self::Error> {
        let data = Self(members);
        if data.to_json().len() > Self::MAX_BYTES { Err(TooMuchData) } else { Ok(data) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_bounded() {
        let of = |length: usize| Map::from_iter([("a".to_owned(), Value::String("x".repeat(length)))]);
        let around = r#"{"a":""}"#.len();
        assert!(EventData::try_from(of(EventData::MAX_BYTES - around)).is_ok());
        assert_eq!(EventData::try_from(of(EventData::MAX_BYTES - around + 1)), Err(TooMuchData));
    }
}
