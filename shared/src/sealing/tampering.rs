//! What sealing is for: a sealed field opens where it was sealed for, with the value that is current, and in
//! no other way.

use super::{
    Binding, EntryName, OpenError, SealedField, UnknownFormat,
    derivation::FieldKey,
    field::NONCE,
    hash_field, open_and_check,
    primitives::aes_256_gcm_open,
    samples::{MESSAGE_ID, OwnedPlace, data_key, opened, sealed, secret},
    sealed_field::HEADER_LENGTH,
};
use crate::environment::Environment;

#[test]
fn no_bit_of_a_sealed_field_can_be_flipped() {
    let (key, place) = (data_key(1), OwnedPlace::sample());
    let bytes = sealed(&key, &place, "hunter2").into_bytes();
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let result = SealedField::try_from(flipped)
            .map_err(OpenError::from)
            .and_then(|field| opened(&key, &place, &field, "hunter2"));
        let expected =
            if bit < 16 { OpenError::UnknownFormat(UnknownFormat) } else { OpenError::NotAuthentic };
        assert_eq!(result, Err(expected), "bit {bit}");
    }
}

#[test]
fn a_sealed_field_can_be_neither_cut_nor_extended() {
    let (key, place) = (data_key(1), OwnedPlace::sample());
    let bytes = sealed(&key, &place, "hunter2").into_bytes();
    for length in SealedField::MIN_LENGTH..bytes.len() {
        let field = SealedField::try_from(bytes[..length].to_vec()).unwrap();
        assert_eq!(opened(&key, &place, &field, "hunter2"), Err(OpenError::NotAuthentic), "{length}");
    }
    let field = SealedField::try_from([bytes, vec![0]].concat()).unwrap();
    assert_eq!(opened(&key, &place, &field, "hunter2"), Err(OpenError::NotAuthentic));
}

type Change = fn(&mut OwnedPlace);

fn rebind(place: &mut OwnedPlace, change: impl FnOnce(&mut Vec<(String, String)>)) {
    let mut pairs = place.binding.pairs().map(|(role, value)| (role.to_owned(), value.to_owned())).collect();
    change(&mut pairs);
    place.binding = Binding::new(pairs).unwrap();
}

#[test]
fn no_attribute_of_the_place_can_be_changed() {
    let changes: [(&str, Change); 17] = [
        ("account", |place| place.account = "globex".parse().unwrap()),
        ("key", |place| place.key = "key_0190f3c1-7f00-7000-8000-0123456789ac".parse().unwrap()),
        ("organization", |place| place.entry = EntryName::Organization("org_1".parse().unwrap())),
        ("headers", |place| place.entry = EntryName::Headers),
        ("field", |place| place.field = String::from("session_token")),
        ("system", |place| place.system = String::from("shopify")),
        ("template version", |place| place.template_version = 2),
        ("auth", |place| place.auth = String::from("basic")),
        ("environment", |place| place.environment = Environment::Test),
        ("bound value", |place| rebind(place, |pairs| pairs[0].1 = String::from("https://evil.example"))),
        ("bound value by one character", |place| rebind(place, |pairs| pairs[0].1.push('0'))),
        ("role", |place| rebind(place, |pairs| pairs[0].0.push('s'))),
        ("two values swapped", |place| {
            rebind(place, |pairs| {
                let first = pairs[0].1.clone();
                pairs[0].1 = std::mem::replace(&mut pairs[1].1, first);
            });
        }),
        ("pair added", |place| rebind(place, |pairs| pairs.push((String::from("token"), String::new())))),
        ("empty pair added", |place| rebind(place, |pairs| pairs.push((String::new(), String::new())))),
        ("pair removed", |place| rebind(place, |pairs| drop(pairs.pop()))),
        ("all pairs removed", |place| place.binding = Binding::default()),
    ];
    let (key, place) = (data_key(1), OwnedPlace::sample());
    let field = sealed(&key, &place, "hunter2");
    assert_eq!(opened(&key, &place, &field, "hunter2").as_deref(), Ok("hunter2"));
    for (name, change) in changes {
        let mut changed = place.clone();
        change(&mut changed);
        assert_eq!(opened(&key, &changed, &field, "hunter2"), Err(OpenError::NotAuthentic), "{name}");
    }
}

#[test]
fn nothing_moves_from_one_attribute_to_the_next() {
    let texts = |field: &str, system: &str, auth: &str, pairs: &[(&str, &str)]| {
        let mut place = OwnedPlace::sample();
        (place.field, place.system, place.auth) = (field.to_owned(), system.to_owned(), auth.to_owned());
        place.binding = Binding::new(pairs.iter().copied()).unwrap();
        place
    };
    let places = [
        texts("ab", "c", "d", &[("e", "f"), ("g", "h")]),
        texts("a", "bc", "d", &[("e", "f"), ("g", "h")]),
        texts("abc", "", "d", &[("e", "f"), ("g", "h")]),
        texts("ab", "", "cd", &[("e", "f"), ("g", "h")]),
        texts("ab", "c", "d", &[("ef", ""), ("g", "h")]),
        texts("ab", "c", "d", &[("", "ef"), ("g", "h")]),
        texts("ab", "c", "d", &[("e", "fg"), ("", "h")]),
        texts("ab", "c", "d", &[("e", "fgh")]),
        texts("ab", "c", "d", &[("e", "f\0\0\0\0\0\0\0\u{1}g\0\0\0\0\0\0\0\u{1}h")]),
    ];
    let key = data_key(1);
    for (index, place) in places.iter().enumerate() {
        let field = sealed(&key, place, "hunter2");
        for (other_index, other) in places.iter().enumerate() {
            assert_eq!(
                opened(&key, other, &field, "hunter2").is_ok(),
                index == other_index,
                "sealed for {index}, opened as {other_index}"
            );
        }
    }
}

#[test]
fn another_writes_data_key_does_not_open() {
    let place = OwnedPlace::sample();
    let field = sealed(&data_key(1), &place, "hunter2");
    assert_eq!(opened(&data_key(2), &place, &field, "hunter2"), Err(OpenError::NotAuthentic));
}

#[test]
fn a_genuine_value_that_is_no_longer_current_does_not_open() {
    let (old_key, new_key, place) = (data_key(1), data_key(2), OwnedPlace::sample());
    let old = sealed(&old_key, &place, "old password");
    let current = hash_field(&new_key, &place.entry, &place.field, &secret("new password")).unwrap();
    assert_eq!(opened(&old_key, &place, &old, "old password").as_deref(), Ok("old password"));
    let rolled_back = open_and_check(&old_key, &place.borrow(), &old, &current);
    assert_eq!(rolled_back.err(), Some(OpenError::NotAuthentic));
}

#[test]
fn the_same_value_sealed_earlier_under_another_data_key_is_not_the_current_one_either() {
    let (old_key, new_key, place) = (data_key(1), data_key(2), OwnedPlace::sample());
    let old = sealed(&old_key, &place, "hunter2");
    let current = hash_field(&new_key, &place.entry, &place.field, &secret("hunter2")).unwrap();
    let rolled_back = open_and_check(&old_key, &place.borrow(), &old, &current);
    assert_eq!(rolled_back.err(), Some(OpenError::NotAuthentic));
}

#[test]
fn a_ciphertext_of_another_key_is_refused_although_the_cipher_would_take_it() {
    // What a forger who knows data key 2 can make: a ciphertext and tag that are genuine under it, beside the
    // commitment of data key 1, and the other way round.
    let (one, two, place) = (data_key(1), data_key(2), OwnedPlace::sample());
    let (mut under_one, mut under_two) =
        (sealed(&one, &place, "hunter2").into_bytes(), sealed(&two, &place, "hunter2").into_bytes());
    under_one[HEADER_LENGTH..].swap_with_slice(&mut under_two[HEADER_LENGTH..]);

    for bytes in [under_one, under_two] {
        let field = SealedField::try_from(bytes).unwrap();
        let parts = field.parts().unwrap();
        let associated_data = place.borrow().associated_data(&MESSAGE_ID);
        let mut taken_by_the_cipher = 0;
        for key in [&one, &two] {
            let (field_key, _) = FieldKey::for_sealing(key, &MESSAGE_ID).unwrap();
            taken_by_the_cipher += usize::from(
                aes_256_gcm_open(field_key.as_key(), NONCE, &associated_data, parts.ciphertext_and_tag)
                    .is_ok(),
            );
            assert_eq!(opened(key, &place, &field, "hunter2"), Err(OpenError::NotAuthentic));
        }
        assert_eq!(taken_by_the_cipher, 1);
    }
}
