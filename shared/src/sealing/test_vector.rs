//! The test vectors of `docs/sealing.md`: every byte of the specification, made by a program of another
//! language that shares no code with this one (`testdata/make_sealing_v2.py`).

use serde::Deserialize;

use super::{
    Binding, DataKey, EncryptionContext, SealedField,
    derivation::{FieldKey, hash_key},
    field::NONCE,
    hash_field, open_and_check,
    primitives::aes_256_gcm_open,
    samples::{Fixed, OwnedPlace, secret},
    seal,
};
use crate::ids::SealId;

#[derive(Deserialize)]
struct File {
    vectors: Vec<Vector>,
    two_faced: TwoFaced,
    items: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    name: String,
    data_key: String,
    message_id: String,
    place: VectorPlace,
    value: String,
    associated_data: String,
    encryption_key: String,
    commitment: String,
    sealed: String,
    hash_key: String,
    hash: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VectorPlace {
    account: String,
    key: String,
    entry: String,
    field: String,
    system: String,
    template_version: u32,
    auth: String,
    environment: String,
    binding: Vec<(String, String)>,
}

impl VectorPlace {
    fn parse(&self) -> OwnedPlace {
        OwnedPlace {
            account: self.account.parse().unwrap(),
            key: self.key.parse().unwrap(),
            entry: self.entry.parse().unwrap(),
            field: self.field.clone(),
            system: self.system.clone(),
            template_version: self.template_version,
            auth: self.auth.clone(),
            environment: self.environment.parse().unwrap(),
            binding: Binding::new(self.binding.clone()).unwrap(),
        }
    }
}

/// A ciphertext for the first vector's place that AES-GCM finds authentic under the keys of two data keys, with
/// the commitment to the first vector's.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TwoFaced {
    other_data_key: String,
    sealed: String,
}

fn data_key_of(hexadecimal: &str) -> DataKey {
    DataKey::try_from(hex::decode(hexadecimal).unwrap()).unwrap()
}

fn file() -> File {
    serde_json::from_str(include_str!("../../testdata/sealing-v2.json")).unwrap()
}

#[test]
fn every_byte_is_as_the_specification_says() {
    let vectors = file().vectors;
    assert_eq!(vectors.len(), 3);
    for vector in vectors {
        let name = &vector.name;
        let data_key = data_key_of(&vector.data_key);
        let message_id: [u8; 32] = hex::decode(&vector.message_id).unwrap().try_into().unwrap();
        let owned = vector.place.parse();
        let (place, value) = (owned.borrow(), secret(&vector.value));

        assert_eq!(hex::encode(place.associated_data(&message_id)), vector.associated_data, "{name}");
        let (field_key, commitment) = FieldKey::for_sealing(&data_key, &message_id).unwrap();
        assert_eq!(hex::encode(field_key.as_key().expose()), vector.encryption_key, "{name}");
        assert_eq!(hex::encode(commitment), vector.commitment, "{name}");
        assert_eq!(hex::encode(hash_key(&data_key).unwrap().expose()), vector.hash_key, "{name}");

        let hash = hash_field(&data_key, place.entry, place.field, &value).unwrap();
        assert_eq!(hash.to_string(), vector.hash, "{name}");
        let sealed = seal(&data_key, &place, &value, &Fixed(message_id)).unwrap();
        assert_eq!(hex::encode(sealed.as_bytes()), vector.sealed, "{name}");

        let stored = SealedField::try_from(hex::decode(&vector.sealed).unwrap()).unwrap();
        let opened = open_and_check(&data_key, &place, &stored, &vector.hash.parse().unwrap());
        assert!(opened.is_ok_and(|opened| opened.expose() == vector.value), "{name}");
    }
}

#[test]
fn the_encryption_context_is_as_the_specification_says() {
    let File { vectors, items, two_faced: _ } = file();
    let place = vectors[0].place.parse();
    let seal: SealId = "seal_0190f3c1-7f01-7000-8000-0123456789ab".parse().unwrap();
    let context = EncryptionContext::new(&place.account, &place.key, &seal);
    let pairs: serde_json::Map<_, _> =
        context.pairs().map(|(name, value)| (name.to_owned(), value.into())).into_iter().collect();
    assert_eq!(serde_json::Value::from(pairs), items[0]["encryption_context"]);
}

#[test]
fn a_ciphertext_made_for_two_data_keys_has_a_key_to_open_it_under_one_only() {
    let File { vectors, two_faced, items: _ } = file();
    let owned = vectors[0].place.parse();
    let stored = SealedField::try_from(hex::decode(&two_faced.sealed).unwrap()).unwrap();
    let parts = stored.parts().unwrap();
    let associated_data = owned.borrow().associated_data(parts.message_id);
    let committed_to = [&vectors[0].data_key, &two_faced.other_data_key].map(|hexadecimal| {
        let data_key = data_key_of(hexadecimal);
        let (key, _) = FieldKey::for_sealing(&data_key, parts.message_id).unwrap();
        let text = aes_256_gcm_open(key.as_key(), NONCE, &associated_data, parts.ciphertext_and_tag);
        assert!(text.is_ok(), "AES-GCM alone takes it under both");
        FieldKey::for_opening(&data_key, parts.message_id, parts.commitment).is_ok()
    });
    assert_eq!(committed_to, [true, false]);
}

#[test]
fn the_document_prints_the_first_vector_and_its_items() {
    let document = include_str!("../../../docs/sealing.md");
    let File { vectors, items, two_faced: _ } = file();
    let vector = &vectors[0];
    let unbroken: String = document.split_whitespace().collect();
    for printed in [
        &vector.data_key,
        &vector.message_id,
        &vector.associated_data,
        &vector.encryption_key,
        &vector.commitment,
        &vector.sealed,
        &vector.hash_key,
        &vector.hash,
    ] {
        assert!(unbroken.contains(&format!("```{printed}```")), "{printed}");
    }
    assert!(document.contains(&format!("`{}`", vector.value)));

    let printed: Vec<serde_json::Value> = document
        .split("```json")
        .skip(1)
        .filter_map(|block| block.split("```").next())
        .map(|json| serde_json::from_str(json).unwrap())
        .collect();
    assert_eq!(printed, [items[0]["vault_item"].clone(), items[0]["key_row"].clone()]);
}
