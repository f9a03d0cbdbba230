//! Sealing and opening one field.

use zeroize::Zeroizing;

use super::{
    DataKey, FieldHash, Place, SealedField, UnknownFormat,
    derivation::FieldKey,
    hash_field,
    primitives::{NONCE_LENGTH, Refused, TAG_LENGTH, aes_256_gcm_open, aes_256_gcm_seal},
    sealed_field::{FORMAT_VERSION, HEADER_LENGTH, MESSAGE_ID_LENGTH, SUITE},
};
use crate::{moment::Random, secret::SecretText};

/// The nonce of every field. AES-GCM needs a pair of key and nonce that is used once; here the key itself is,
/// since it is derived with 32 fresh random bytes as salt. A stored or random nonce would add nothing but
/// another input to trust.
pub(super) const NONCE: [u8; NONCE_LENGTH] = [0; NONCE_LENGTH];

/// The cryptographic library refused to work. It has no bounds that a stored secret could reach, so this
/// stands for a broken build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the value could not be sealed")]
pub struct SealError;

/// Why a sealed field did not open. It does not say more, so that nobody can feel their way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Another data key, another place, other bytes, or no longer the current value.
    #[error("the sealed value is not authentic here")]
    NotAuthentic,
    /// Sealed in a format that this code does not know.
    #[error(transparent)]
    UnknownFormat(#[from] UnknownFormat),
}

impl From<Refused> for SealError {
    fn from(_: Refused) -> Self {
        Self
    }
}

impl From<Refused> for OpenError {
    fn from(_: Refused) -> Self {
        Self::NotAuthentic
    }
}

/// Seals one value for one place. Store its [`hash_field`] in the key's row: it will not open without.
///
/// # Errors
///
/// [`SealError`] if the cryptographic library fails.
pub fn seal(
    data_key: &DataKey,
    place: &Place<'_>,
    value: &SecretText,
    random: &impl Random,
) -> Result<SealedField, SealError> {
    let mut message_id = [0; MESSAGE_ID_LENGTH];
    random.fill(&mut message_id);
    let (key, commitment) = FieldKey::for_sealing(data_key, &message_id)?;

    // Room for all of it at once: a buffer that grows would leave a copy of the text behind.
    let mut text = Zeroizing::new(Vec::with_capacity(value.len()));
    text.extend_from_slice(value.expose().as_bytes());
    let tag = aes_256_gcm_seal(key.as_key(), NONCE, &place.associated_data(&message_id), &mut text)?;

    let mut bytes = Vec::with_capacity(HEADER_LENGTH + text.len() + TAG_LENGTH);
    bytes.extend_from_slice(&[FORMAT_VERSION, SUITE]);
    bytes.extend_from_slice(&message_id);
    bytes.extend_from_slice(&commitment);
    bytes.extend_from_slice(&text);
    bytes.extend_from_slice(&tag);
    SealedField::try_from(bytes).map_err(|_| SealError)
}

/// Opens a field without asking whether it is the current one. Not public for that reason.
fn open(data_key: &DataKey, place: &Place<'_>, sealed: &SealedField) -> Result<SecretText, OpenError> {
    let parts = sealed.parts().ok_or(UnknownFormat)?;
    let key = FieldKey::for_opening(data_key, parts.message_id, parts.commitment)?;
    let associated_data = place.associated_data(parts.message_id);
    let mut text = aes_256_gcm_open(key.as_key(), NONCE, &associated_data, parts.ciphertext_and_tag)?;
    SecretText::try_from(std::mem::take(&mut *text)).map_err(|_| OpenError::NotAuthentic)
}

/// Opens a field that was sealed for this place, if it is the one whose hash the key's row has.
///
/// # Security
///
/// The hash is what tells the current value from an earlier one: both were sealed for the same place. It holds
/// as long as the hash comes from the key's row, which is not stored where the sealed field is.
///
/// # Errors
///
/// [`OpenError::NotAuthentic`] for another data key, another place, changed bytes, or another value than
/// `expected` stands for.
pub fn open_and_check(
    data_key: &DataKey,
    place: &Place<'_>,
    sealed: &SealedField,
    expected: &FieldHash,
) -> Result<SecretText, OpenError> {
    let value = open(data_key, place, sealed)?;
    let found =
        hash_field(data_key, place.entry, place.field, &value).map_err(|_| OpenError::NotAuthentic)?;
    if found.matches(expected) { Ok(value) } else { Err(OpenError::NotAuthentic) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        environment::Environment,
        sealing::{
            Binding,
            samples::{Fixed, MESSAGE_ID, OwnedPlace, data_key, opened, sealed, secret},
        },
        secret::SecretKey,
    };

    #[test]
    fn empty_and_large_values_open_as_they_were_sealed() {
        let (key, place) = (data_key(1), OwnedPlace::sample());
        for length in [0, 1, 15, 16, 17, 64 * 1024] {
            let value = "x".repeat(length);
            let field = sealed(&key, &place, &value);
            assert_eq!(field.as_bytes().len(), length + 82);
            assert!(opened(&key, &place, &field, &value) == Ok(value), "{length}");
        }
    }

    #[test]
    fn the_value_is_nowhere_in_the_sealed_bytes() {
        let field = sealed(&data_key(1), &OwnedPlace::sample(), "correct horse");
        assert!(
            !field.as_bytes().windows(5).any(|window| b"correct horse".windows(5).any(|part| part == window))
        );
    }

    #[test]
    fn each_message_id_gives_another_key_and_another_ciphertext() {
        let (key, place) = (data_key(1), OwnedPlace::sample());
        let one = seal(&key, &place.borrow(), &secret("hunter2"), &Fixed([1; MESSAGE_ID_LENGTH])).unwrap();
        let other = seal(&key, &place.borrow(), &secret("hunter2"), &Fixed([2; MESSAGE_ID_LENGTH])).unwrap();
        let (one, other) = (one.parts().unwrap(), other.parts().unwrap());
        assert_ne!(one.commitment, other.commitment);
        assert_ne!(one.ciphertext_and_tag, other.ciphertext_and_tag);
    }

    #[test]
    fn authentic_bytes_that_are_no_text_do_not_open() {
        let (key, place) = (data_key(1), OwnedPlace::sample());
        let (field_key, commitment) = FieldKey::for_sealing(&key, &MESSAGE_ID).unwrap();
        let mut text = [0xff; 4];
        let associated_data = place.borrow().associated_data(&MESSAGE_ID);
        let tag = aes_256_gcm_seal(field_key.as_key(), NONCE, &associated_data, &mut text).unwrap();
        let bytes = [&[FORMAT_VERSION, SUITE], &MESSAGE_ID[..], &commitment, &text, &tag].concat();
        let field = SealedField::try_from(bytes).unwrap();
        assert_eq!(opened(&key, &place, &field, "hunter2"), Err(OpenError::NotAuthentic));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn whatever_is_sealed_opens_in_its_place(
            key: [u8; 32],
            message_id: [u8; 32],
            value: String,
            field: String,
            system: String,
            auth: String,
            live: bool,
            pairs in proptest::collection::btree_map(any::<String>(), any::<String>(), 0..5),
        ) {
            let mut place = OwnedPlace::sample();
            (place.field, place.system, place.auth) = (field, system, auth);
            place.environment = if live { Environment::Live } else { Environment::Test };
            place.binding = Binding::new(pairs).unwrap();
            let key = DataKey::from(SecretKey::from(key));

            let sealed = seal(&key, &place.borrow(), &secret(&value), &Fixed(message_id)).unwrap();
            let stored = SealedField::try_from(sealed.into_bytes()).unwrap();
            prop_assert!(opened(&key, &place, &stored, &value) == Ok(value));
        }
    }
}
