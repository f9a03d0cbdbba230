//! Identifiers: one type for each thing that has one, so that none is passed for another.

use std::{fmt, str::FromStr};

use aws_lc_rs::digest::{Context, SHA256};
use jiff::Timestamp;
use uuid::Uuid;

use crate::moment::{Clock, Random};

/// The text is not an identifier of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// A generated identifier lacks its prefix or its UUID.
    #[error("must be `{prefix}` followed by a UUID in lower case")]
    NotGenerated {
        /// The prefix that the kind has, such as `key_`.
        prefix: &'static str,
    },
    /// A chosen identifier has characters or a length outside its bounds.
    #[error("must be {prefix}1 to {max_length} characters of a-z, A-Z, 0-9, `_` and `-`")]
    NotChosen {
        /// The wording of the prefix, empty where there is none.
        prefix: &'static str,
        /// The longest allowed text, in bytes, without the prefix.
        max_length: usize,
    },
}

/// A UUIDv7 (RFC 9562 §5.7) of this moment: 48 bits of Unix milliseconds, then randomness.
fn uuid_v7(clock: &impl Clock, random: &impl Random) -> Uuid {
    let mut bytes = [0_u8; 10];
    random.fill(&mut bytes);
    let unix_ms = u64::try_from(clock.now().as_millisecond()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(unix_ms, &bytes).into_uuid()
}

/// A UUID in its one spelling: the parser itself would also take upper case, braces and no hyphens.
fn one_spelling(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text).ok().filter(|parsed| parsed.hyphenated().to_string() == text)
}

macro_rules! generated_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// What every identifier of this kind starts with.
            pub const PREFIX: &'static str = $prefix;

            /// A new one: a UUIDv7 (RFC 9562 §5.7) of this moment.
            #[must_use]
            pub fn generate(clock: &impl Clock, random: &impl Random) -> Self {
                Self(uuid_v7(clock, random))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}{}", Self::PREFIX, self.0.hyphenated())
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let id = text.strip_prefix(Self::PREFIX).and_then(one_spelling);
                id.map(Self).ok_or(IdError::NotGenerated { prefix: Self::PREFIX })
            }
        }
    };
}

generated_id!(
    /// A key: a titled, stored credential for one system.
    KeyId, "key_"
);
generated_id!(
    /// One write of secrets: all that is sealed under one data key.
    SealId, "seal_"
);
generated_id!(
    /// The record that a key was used.
    ReceiptId, "rcp_"
);

generated_id!(
    /// A secret of a machine client: which one it is, not the secret itself.
    SecretId, "secret_"
);

generated_id!(
    /// A webhook: where an account wants to hear of events.
    WebhookId, "whk_"
);
generated_id!(
    /// An event: something that happened.
    EventId, "evt_"
);
generated_id!(
    /// A delivery: the sending of an event to one webhook.
    DeliveryId, "dlv_"
);

/// A UUIDv7 whose random bits follow from these parts, so that the same parts at the same time make the same identifier.
fn derived(at: Timestamp, parts: &[&[u8]]) -> Uuid {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    let digest = context.finish();
    let mut bytes = [0_u8; 10];
    for (to, from) in bytes.iter_mut().zip(digest.as_ref()) {
        *to = *from;
    }
    let unix_ms = u64::try_from(at.as_millisecond()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(unix_ms, &bytes).into_uuid()
}

impl EventId {
    /// That of the event of a change: the entry of a key's audit chain with this number.
    #[must_use]
    pub fn of_change(account: &AccountId, key: &KeyId, sequence: u64, at: Timestamp) -> Self {
        let key = key.to_string();
        Self(derived(
            at,
            &[b"keyward event", account.as_str().as_bytes(), key.as_bytes(), &sequence.to_be_bytes()],
        ))
    }
}

impl DeliveryId {
    /// That of an event to a webhook: planned twice, it is one delivery. It has the time of the event, so deliveries sort by it.
    #[must_use]
    pub fn of(event: &EventId, at: Timestamp, webhook: &WebhookId) -> Self {
        let (event, webhook) = (event.to_string(), webhook.to_string());
        Self(derived(at, &[b"keyward delivery", event.as_bytes(), webhook.as_bytes()]))
    }
}

impl ReceiptId {
    /// A place before that of every receipt.
    #[must_use]
    pub const fn before_all() -> Self {
        Self(Uuid::nil())
    }

    /// The place right after this one, in the order of receipts.
    #[must_use]
    pub const fn successor(&self) -> Self {
        Self(Uuid::from_u128(self.0.as_u128().saturating_add(1)))
    }
}

/// Which end of a stream an endpoint is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EndpointKind {
    /// Where data comes from.
    Source,
    /// Where data goes.
    Destination,
}

impl EndpointKind {
    /// Both kinds.
    pub const ALL: [Self; 2] = [Self::Source, Self::Destination];

    /// The kind's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Destination => "destination",
        }
    }

    /// What identifiers of this kind start with.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Source => "src_",
            Self::Destination => "dst_",
        }
    }
}

/// A source or a destination.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndpointId {
    kind: EndpointKind,
    id: Uuid,
}

impl EndpointId {
    /// A new one: a UUIDv7 (RFC 9562 §5.7) of this moment.
    #[must_use]
    pub fn generate(kind: EndpointKind, clock: &impl Clock, random: &impl Random) -> Self {
        Self { kind, id: uuid_v7(clock, random) }
    }

    /// Whether the id identifies a source or a destination.
    #[must_use]
    pub const fn kind(&self) -> EndpointKind {
        self.kind
    }
}

impl fmt::Display for EndpointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.kind.prefix(), self.id.hyphenated())
    }
}

impl FromStr for EndpointId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_of = |kind: &EndpointKind| text.starts_with(kind.prefix());
        let kind = EndpointKind::ALL.into_iter().find(is_of).unwrap_or(EndpointKind::Source);
        let id = text.strip_prefix(kind.prefix()).and_then(one_spelling);
        id.map(|id| Self { kind, id }).ok_or(IdError::NotGenerated { prefix: kind.prefix() })
    }
}

/// What can use a key: one end of a stream, or a webhook.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConsumerId {
    /// A source or a destination.
    Endpoint(EndpointId),
    /// A webhook.
    Webhook(WebhookId),
}

impl ConsumerId {
    /// What it is, in one word.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Endpoint(id) => id.kind().as_str(),
            Self::Webhook(_) => "webhook",
        }
    }
}

impl From<EndpointId> for ConsumerId {
    fn from(id: EndpointId) -> Self {
        Self::Endpoint(id)
    }
}

impl From<WebhookId> for ConsumerId {
    fn from(id: WebhookId) -> Self {
        Self::Webhook(id)
    }
}

impl fmt::Display for ConsumerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endpoint(id) => id.fmt(f),
            Self::Webhook(id) => id.fmt(f),
        }
    }
}

impl FromStr for ConsumerId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.starts_with(WebhookId::PREFIX) {
            text.parse().map(Self::Webhook)
        } else {
            text.parse().map(Self::Endpoint)
        }
    }
}

macro_rules! chosen_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $prefix_words:literal, $max_length:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The longest allowed text after the prefix, in bytes.
            pub const MAX_LENGTH: usize = $max_length;

            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let rest = text.strip_prefix($prefix).unwrap_or_default();
                let good = (1..=Self::MAX_LENGTH).contains(&rest.len())
                    && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
                if good {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(IdError::NotChosen { prefix: $prefix_words, max_length: Self::MAX_LENGTH })
                }
            }
        }
    };
}

chosen_id!(
    /// The tenant. Comes from the caller's token, never from a URL or a body.
    AccountId, "", "", 64
);
chosen_id!(
    /// A customer or branch of an account for which one key can hold credentials of its own.
    OrganizationId, "org_", "`org_` and ", 60
);

chosen_id!(
    /// A person, as the sign-in knows them: Cognito's `sub`.
    MemberId, "", "", 64
);
chosen_id!(
    /// A machine client.
    ClientId, "", "", 128
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_id_reads_back_as_it_was_written() {
        let text = "key_0190f3c1-7f00-7000-8000-0123456789ab";
        assert_eq!(text.parse::<KeyId>().map(|id| id.to_string()), Ok(text.to_owned()));
    }

    #[test]
    fn other_spellings_of_a_key_id_are_refused() {
        for text in [
            "",
            "key_",
            "0190f3c1-7f00-7000-8000-0123456789ab",
            "src_0190f3c1-7f00-7000-8000-0123456789ab",
            "key_0190F3C1-7F00-7000-8000-0123456789AB",
            "key_0190f3c17f0070008000-0123456789ab",
            "key_{0190f3c1-7f00-7000-8000-0123456789ab}",
        ] {
            assert!(text.parse::<KeyId>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_endpoint_id_says_of_which_kind_it_is() {
        for (text, kind) in [
            ("src_0190f3c1-7f00-7000-8000-0123456789ab", EndpointKind::Source),
            ("dst_0190f3c1-7f00-7000-8000-0123456789ab", EndpointKind::Destination),
        ] {
            let id: EndpointId = text.parse().unwrap();
            assert_eq!((id.kind(), id.to_string()), (kind, text.to_owned()));
        }
        for text in [
            "",
            "src_",
            "key_0190f3c1-7f00-7000-8000-0123456789ab",
            "src_0190F3C1-7F00-7000-8000-0123456789AB",
        ] {
            assert!(text.parse::<EndpointId>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_uses_a_key_says_of_which_kind_it_is() {
        for (text, kind) in [
            ("src_0190f3c1-7f00-7000-8000-0123456789ab", "source"),
            ("dst_0190f3c1-7f00-7000-8000-0123456789ab", "destination"),
            ("whk_0190f3c1-7f00-7000-8000-0123456789ab", "webhook"),
        ] {
            let id: ConsumerId = text.parse().unwrap();
            assert_eq!((id.kind(), id.to_string()), (kind, text.to_owned()));
        }
        for text in ["", "key_0190f3c1-7f00-7000-8000-0123456789ab", "whk_1"] {
            assert!(text.parse::<ConsumerId>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_organization_id_needs_its_prefix_and_plain_characters() {
        assert!("org_1".parse::<OrganizationId>().is_ok());
        for text in ["", "org_", "1", "org_a#b", "org_a b", "default"] {
            assert!(text.parse::<OrganizationId>().is_err(), "{text}");
        }
    }
}
