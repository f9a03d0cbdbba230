//! The parts of requests and answers that all operations share.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use zeroize::Zeroizing;

use super::error::KmsError;

/// The name of a key's one algorithm, and of a key's kind.
pub(super) const SYMMETRIC_DEFAULT: &str = "SYMMETRIC_DEFAULT";

/// The longest ciphertext blob, in bytes (AWS KMS API Reference, Decrypt).
pub(super) const MAX_CIPHERTEXT_BYTES: usize = 6144;
/// The longest message to sign or to authenticate, in bytes (Sign, GenerateMac).
pub(super) const MAX_MESSAGE_BYTES: usize = 4096;

/// Bytes, which JSON carries in base64 (RFC 4648 §4). Wiped when dropped, for some are data keys.
pub(super) struct Blob(Zeroizing<Vec<u8>>);

impl Blob {
    /// The bytes.
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<Zeroizing<Vec<u8>>> for Blob {
    fn from(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }
}

impl From<Vec<u8>> for Blob {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        // The decoder's own error would quote a byte of the input.
        let bytes = STANDARD.decode(text.as_bytes()).map_err(|_| de::Error::custom("not base64"))?;
        Ok(Self::from(bytes))
    }
}

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&Zeroizing::new(STANDARD.encode(self.as_bytes())))
    }
}

/// A required member.
///
/// # Errors
///
/// [`KmsError::Validation`] when it is absent.
pub(super) fn required<T>(member: Option<T>, name: &str) -> Result<T, KmsError> {
    member.ok_or_else(|| KmsError::missing(name))
}

/// A required blob of 1 to `max_bytes` bytes.
///
/// # Errors
///
/// [`KmsError::Validation`] when it is absent, empty or longer.
pub(super) fn required_blob(member: Option<Blob>, name: &str, max_bytes: usize) -> Result<Blob, KmsError> {
    let blob = required(member, name)?;
    if (1..=max_bytes).contains(&blob.as_bytes().len()) {
        Ok(blob)
    } else {
        Err(KmsError::Validation(format!(
            "1 validation error detected: Value at '{name}' failed to satisfy constraint: Member must have \
             length between 1 and {max_bytes}"
        )))
    }
}

/// Refuses any algorithm but the one that the key has.
///
/// # Errors
///
/// [`KmsError::Validation`] for another one.
pub(super) fn check_algorithm(named: &str, supported: &str) -> Result<(), KmsError> {
    if named == supported {
        Ok(())
    } else {
        Err(KmsError::Validation(format!(
            "this KMS has the algorithm {supported} for the key, not the one that was named"
        )))
    }
}
