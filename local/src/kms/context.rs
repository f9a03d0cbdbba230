//! The encryption context: pairs that are not secret and without which a ciphertext does not open.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The pairs that the caller binds a ciphertext to. Their order does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(super) struct EncryptionContext(BTreeMap<String, String>);

impl EncryptionContext {
    /// Appends the encoding that is authenticated with a ciphertext: the number of pairs, then each key and
    /// value behind its length in bytes, sorted by key. All numbers are 64 bits, big-endian.
    ///
    /// # Security
    ///
    /// Every text stands behind its length, so two different contexts never have one encoding: a context of
    /// `{a: "1,b=2"}` is not one of `{a: "1", b: "2"}`.
    pub(super) fn encode_into(&self, out: &mut Vec<u8>) {
        put_length(out, self.0.len());
        for text in self.0.iter().flat_map(|(key, value)| [key, value]) {
            put_length(out, text.len());
            out.extend_from_slice(text.as_bytes());
        }
    }
}

fn put_length(out: &mut Vec<u8>, length: usize) {
    out.extend_from_slice(&(length as u64).to_be_bytes());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encoded(context: &EncryptionContext) -> Vec<u8> {
        let mut out = Vec::new();
        context.encode_into(&mut out);
        out
    }

    fn contexts() -> impl Strategy<Value = EncryptionContext> {
        proptest::collection::btree_map("[ab,=]{0,3}", "[ab,=]{0,3}", 0..4).prop_map(EncryptionContext)
    }

    #[test]
    fn the_encoding_is_count_then_length_prefixed_texts_sorted_by_key() {
        let pairs = [("b", "2"), ("a", "1")].map(|(key, value)| (key.to_owned(), value.to_owned()));
        let expected = [
            &2_u64.to_be_bytes()[..],
            &[0, 0, 0, 0, 0, 0, 0, 1, b'a', 0, 0, 0, 0, 0, 0, 0, 1, b'1'],
            &[0, 0, 0, 0, 0, 0, 0, 1, b'b', 0, 0, 0, 0, 0, 0, 0, 1, b'2'],
        ]
        .concat();
        assert_eq!(encoded(&EncryptionContext(BTreeMap::from(pairs))), expected);
    }

    proptest! {
        #[test]
        fn contexts_are_equal_exactly_when_their_encodings_are(one in contexts(), other in contexts()) {
            prop_assert_eq!(one == other, encoded(&one) == encoded(&other));
        }
    }
}
