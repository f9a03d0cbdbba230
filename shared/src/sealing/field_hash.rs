//! The hash of a field. A reader who may not see the value can tell from it whether the stored
//! value is the same.

use std::{fmt, str::FromStr};

use super::{
    DataKey, EntryName, SealError,
    derivation::hash_key,
    encoding::length_prefix,
    primitives::{equal_in_constant_time, hmac_sha256},
};
use crate::secret::SecretText;

/// Bytes of a hash: half as many as the hexadecimal digits that it is shown with.
const LENGTH: usize = 8;

/// The shown hash of a secret: 16 hexadecimal digits.
///
/// # Security
///
/// It is keyed with the data key, so values cannot be tried against it without that key, and the same value
/// gets another hash with each write, in each field and in each entry.
#[derive(Debug, Clone, Copy, Eq)]
pub struct FieldHash([u8; LENGTH]);

impl FieldHash {
    /// Whether both hashes are the same, in a time that does not depend on where they differ.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        equal_in_constant_time(&self.0, &other.0)
    }
}

impl PartialEq for FieldHash {
    fn eq(&self, other: &Self) -> bool {
        self.matches(other)
    }
}

impl fmt::Display for FieldHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// The text is not the hash of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 16 hexadecimal digits in lower case")]
pub struct NotAFieldHash;

impl FromStr for FieldHash {
    type Err = NotAFieldHash;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // One spelling only: the decoder would also take upper case.
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(NotAFieldHash);
        }
        let mut bytes = [0; LENGTH];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| NotAFieldHash)?;
        Ok(Self(bytes))
    }
}

/// The hash of a value in a field: HMAC-SHA-256 under a key derived from the data key, cut to 8 bytes
/// (RFC 2104 §5 allows the cut).
///
/// # Errors
///
/// [`SealError`] if the cryptographic library fails.
pub fn hash_field(
    data_key: &DataKey,
    entry: &EntryName,
    field: &str,
    value: &SecretText,
) -> Result<FieldHash, SealError> {
    let entry = entry.as_str();
    let tag = hmac_sha256(
        hash_key(data_key)?.expose(),
        &[
            &length_prefix(entry.len()),
            entry.as_bytes(),
            &length_prefix(field.len()),
            field.as_bytes(),
            value.expose().as_bytes(),
        ],
    )?;
    tag.first_chunk().copied().map(FieldHash).ok_or(SealError)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sealing::samples::{data_key, secret};

    fn hash(key: u8, entry: &str, field: &str, value: &str) -> FieldHash {
        hash_field(&data_key(key), &entry.parse().unwrap(), field, &secret(value)).unwrap()
    }

    #[test]
    fn the_same_value_in_the_same_field_has_the_same_hash() {
        assert_eq!(hash(1, "default", "password", "hunter2"), hash(1, "default", "password", "hunter2"));
    }

    #[test]
    fn the_hash_differs_with_data_key_entry_field_and_value() {
        let hashes = [
            hash(1, "default", "password", "hunter2"),
            hash(2, "default", "password", "hunter2"),
            hash(1, "org_1", "password", "hunter2"),
            hash(1, "default", "token", "hunter2"),
            hash(1, "default", "password", "hunter3"),
            hash(1, "default", "password", ""),
            hash(1, "default", "passwordhunter2", ""),
            hash(1, "default", "passwor", "dhunter2"),
        ];
        for (index, one) in hashes.iter().enumerate() {
            for other in &hashes[index + 1..] {
                assert!(!one.matches(other), "{one} {other}");
            }
        }
    }

    #[test]
    fn other_spellings_of_a_hash_are_refused() {
        for text in
            ["", "9f86d081884c7d6", "9f86d081884c7d655", "9F86D081884C7D65", "9f86d081884c7d6g", "…1234"]
        {
            assert_eq!(text.parse::<FieldHash>(), Err(NotAFieldHash), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_hash_reads_back_as_it_was_written(bytes: [u8; LENGTH]) {
            let hash = FieldHash(bytes);
            prop_assert_eq!(hash.to_string().len(), 16);
            prop_assert_eq!(hash.to_string().parse(), Ok(hash));
        }

        #[test]
        fn hashes_match_exactly_if_their_bytes_do(one: [u8; LENGTH], at in 0..LENGTH * 8) {
            let mut other = one;
            other[at / 8] ^= 1 << (at % 8);
            prop_assert!(FieldHash(one).matches(&FieldHash(one)));
            prop_assert!(!FieldHash(one).matches(&FieldHash(other)));
        }
    }
}
