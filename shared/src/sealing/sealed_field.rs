//! A sealed field as bytes: `version ‖ suite ‖ message id ‖ commitment ‖ ciphertext ‖ tag`.

use std::fmt;

use super::primitives::TAG_LENGTH;

/// The first byte: which layout follows.
pub(super) const FORMAT_VERSION: u8 = 2;

/// The second byte: HKDF-SHA-512, AES-256-GCM, key commitment.
pub(super) const SUITE: u8 = 1;

/// Length of the message id in bytes, as in the AWS Encryption SDK's message format 2.
pub(super) const MESSAGE_ID_LENGTH: usize = 32;

/// Length of the commitment in bytes, as in the AWS Encryption SDK's suite 0x0478.
pub(super) const COMMITMENT_LENGTH: usize = 32;

/// Bytes before the ciphertext.
pub(super) const HEADER_LENGTH: usize = 2 + MESSAGE_ID_LENGTH + COMMITMENT_LENGTH;

/// One secret field, sealed: safe to store, and of no use without its data key.
///
/// # Security
///
/// Its length tells the length of the secret: it is 82 bytes more.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedField(Vec<u8>);

/// The parts of a sealed field.
pub(super) struct Parts<'a> {
    pub(super) message_id: &'a [u8; MESSAGE_ID_LENGTH],
    pub(super) commitment: &'a [u8; COMMITMENT_LENGTH],
    pub(super) ciphertext_and_tag: &'a [u8],
}

/// The bytes are not a sealed field of a format that this code knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sealed value has a format that is not known here")]
pub struct UnknownFormat;

impl SealedField {
    /// The fewest bytes that a sealed field has: those of an empty text.
    pub const MIN_LENGTH: usize = HEADER_LENGTH + TAG_LENGTH;

    /// The bytes to store.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes to store, without copying them.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// The parts, or nothing if these are not the bytes of a sealed field.
    pub(super) fn parts(&self) -> Option<Parts<'_>> {
        let (&[FORMAT_VERSION, SUITE], rest) = self.0.split_first_chunk::<2>()? else {
            return None;
        };
        let (message_id, rest) = rest.split_first_chunk()?;
        let (commitment, ciphertext_and_tag) = rest.split_first_chunk()?;
        (ciphertext_and_tag.len() >= TAG_LENGTH).then_some(Parts {
            message_id,
            commitment,
            ciphertext_and_tag,
        })
    }
}

impl TryFrom<Vec<u8>> for SealedField {
    type Error = UnknownFormat;

    fn try_from(bytes: Vec<u8>) -> Result<Self, Self::Error> {
        let field = Self(bytes);
        match field.parts() {
            Some(_) => Ok(field),
            None => Err(UnknownFormat),
        }
    }
}

/// Its length only: the bytes are no secret, and no help in a log either.
impl fmt::Debug for SealedField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedField({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes_of(version: u8, suite: u8, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        bytes[0] = version;
        bytes[1] = suite;
        bytes
    }

    #[test]
    fn only_the_known_format_and_suite_are_read() {
        for version in 0..=u8::MAX {
            for suite in 0..=u8::MAX {
                let read = SealedField::try_from(bytes_of(version, suite, SealedField::MIN_LENGTH));
                assert_eq!(read.is_ok(), (version, suite) == (2, 1), "{version} {suite}");
            }
        }
    }

    #[test]
    fn a_field_that_is_too_short_for_its_parts_is_refused() {
        assert_eq!(SealedField::MIN_LENGTH, 82);
        for length in 2..SealedField::MIN_LENGTH {
            assert_eq!(SealedField::try_from(bytes_of(2, 1, length)), Err(UnknownFormat), "{length}");
        }
        for bytes in [vec![], vec![2]] {
            assert_eq!(SealedField::try_from(bytes), Err(UnknownFormat));
        }
    }

    #[test]
    fn a_sealed_field_keeps_its_bytes() {
        let bytes: Vec<u8> = [2, 1].into_iter().chain(2..100).collect();
        let field = SealedField::try_from(bytes.clone()).unwrap();
        assert_eq!(field.as_bytes(), bytes);
        assert_eq!(format!("{field:?}"), "SealedField(100 bytes)");
        assert_eq!(field.into_bytes(), bytes);
    }
}
