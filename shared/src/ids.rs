//! Identifiers: one type for each thing that has one, so that none is passed for another.

use std::{fmt, str::FromStr};

use uuid::Uuid;

use crate::ports::{Clock, Random};

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
                let error = IdError::NotGenerated { prefix: Self::PREFIX };
                let Some(uuid) = text.strip_prefix(Self::PREFIX) else {
                    return Err(error);
                };
                // One spelling only: the UUID parser would also take upper case, braces and no hyphens.
                match Uuid::try_parse(uuid) {
                    Ok(parsed) if parsed.hyphenated().to_string() == uuid => Ok(Self(parsed)),
                    Ok(_) | Err(_) => Err(error),
                }
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
    fn an_organization_id_needs_its_prefix_and_plain_characters() {
        assert!("org_1".parse::<OrganizationId>().is_ok());
        for text in ["", "org_", "1", "org_a#b", "org_a b", "default"] {
            assert!(text.parse::<OrganizationId>().is_err(), "{text}");
        }
    }
}
