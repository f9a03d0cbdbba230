//! Shared by the tests of sealing: places, keys, and a source of bytes that are known beforehand.

use super::{
    Binding, DataKey, EntryName, OpenError, Place, SealedField, hash_field, open_and_check, seal,
    sealed_field::MESSAGE_ID_LENGTH,
};
use crate::{
    environment::Environment,
    ids::{AccountId, KeyId},
    moment::Random,
    secret::{SecretKey, SecretText},
};

pub(super) const MESSAGE_ID: [u8; MESSAGE_ID_LENGTH] = [7; MESSAGE_ID_LENGTH];

pub(super) fn data_key(byte: u8) -> DataKey {
    DataKey::from(SecretKey::from([byte; 32]))
}

pub(super) fn secret(text: &str) -> SecretText {
    SecretText::from(text.to_owned())
}

/// Gives the same bytes whenever it is asked for that many.
pub(super) struct Fixed<const N: usize>(pub(super) [u8; N]);

impl<const N: usize> Random for Fixed<N> {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.copy_from_slice(&self.0);
    }
}

/// A place that owns its attributes, so that a test can change one of them.
#[derive(Clone)]
pub(super) struct OwnedPlace {
    pub(super) account: AccountId,
    pub(super) key: KeyId,
    pub(super) entry: EntryName,
    pub(super) field: String,
    pub(super) system: String,
    pub(super) template_version: u32,
    pub(super) auth: String,
    pub(super) environment: Environment,
    pub(super) binding: Binding,
}

impl OwnedPlace {
    pub(super) fn sample() -> Self {
        Self {
            account: "acme".parse().unwrap(),
            key: "key_0190f3c1-7f00-7000-8000-0123456789ab".parse().unwrap(),
            entry: EntryName::Default,
            field: String::from("secret_key"),
            system: String::from("custom-http"),
            template_version: 1,
            auth: String::from("aws4"),
            environment: Environment::Live,
            binding: Binding::new([
                ("base", "https://api.example.com"),
                ("field:region", "eu-west-1"),
                ("field:service", "execute-api"),
            ])
            .unwrap(),
        }
    }

    pub(super) fn borrow(&self) -> Place<'_> {
        Place {
            account: &self.account,
            key: (&self.key).into(),
            entry: &self.entry,
            field: &self.field,
            system: &self.system,
            template_version: self.template_version,
            auth: &self.auth,
            environment: self.environment,
            binding: &self.binding,
        }
    }
}

/// Seals with the message id [`MESSAGE_ID`].
pub(super) fn sealed(key: &DataKey, place: &OwnedPlace, value: &str) -> SealedField {
    seal(key, &place.borrow(), &secret(value), &Fixed(MESSAGE_ID)).unwrap()
}

/// Opens with the hash that belongs to value and place, so that nothing but the cipher can refuse.
pub(super) fn opened(
    key: &DataKey,
    place: &OwnedPlace,
    sealed: &SealedField,
    value: &str,
) -> Result<String, OpenError> {
    let hash = hash_field(key, &place.entry, &place.field, &secret(value)).unwrap();
    open_and_check(key, &place.borrow(), sealed, &hash).map(|value| value.expose().to_owned())
}
