//! The keys derived from a data key: for each field an encryption key and the commitment to it, and for
//! each data key one more key for the hashes.

use zeroize::Zeroizing;

use super::{
    DataKey,
    primitives::{Refused, equal_in_constant_time, hkdf_sha512},
    sealed_field::{COMMITMENT_LENGTH, FORMAT_VERSION, MESSAGE_ID_LENGTH, SUITE},
};
use crate::secret::SecretKey;

const ENCRYPTION_KEY_LABEL: &[u8] = b"keyward:encryption-key";
const COMMITMENT_LABEL: &[u8] = b"keyward:commitment";
const HASH_KEY_LABEL: &[u8] = b"keyward:hash-key";

/// 32 bytes of HKDF-SHA-512 over the data key. Version, suite and label set each use apart from the others.
fn derive(data_key: &DataKey, salt: &[u8], label: &[u8]) -> Result<Zeroizing<[u8; 32]>, Refused> {
    let mut derived = Zeroizing::new([0; 32]);
    let info = [&[FORMAT_VERSION, SUITE], label];
    hkdf_sha512(data_key.expose(), salt, &info, derived.as_mut_slice())?;
    Ok(derived)
}

/// The key of one sealed field. It exists only for sealing a new field, or once the commitment of a stored one
/// was found to be right: nothing is decrypted before that.
pub(super) struct FieldKey(SecretKey);

impl FieldKey {
    /// The key for sealing one field, with the commitment to store beside it.
    ///
    /// # Security
    ///
    /// The message id must be fresh randomness: it is what makes the key one that is used once.
    pub(super) fn for_sealing(
        data_key: &DataKey,
        message_id: &[u8; MESSAGE_ID_LENGTH],
    ) -> Result<(Self, [u8; COMMITMENT_LENGTH]), Refused> {
        let key = derive(data_key, message_id, ENCRYPTION_KEY_LABEL)?;
        let commitment = derive(data_key, message_id, COMMITMENT_LABEL)?;
        Ok((Self(SecretKey::from(*key)), *commitment))
    }

    /// The key for opening a field, if the field was sealed under this data key.
    ///
    /// AES-GCM alone does not say so: who knows two keys can make one ciphertext that is authentic under both
    /// (Dodis, Grubbs, Ristenpart and Woodage, "Fast Message Franking", CRYPTO 2018). The commitment is a hash
    /// of the data key, and no two data keys are known to have the same.
    pub(super) fn for_opening(
        data_key: &DataKey,
        message_id: &[u8; MESSAGE_ID_LENGTH],
        commitment: &[u8; COMMITMENT_LENGTH],
    ) -> Result<Self, Refused> {
        let (key, expected) = Self::for_sealing(data_key, message_id)?;
        if equal_in_constant_time(&expected, commitment) { Ok(key) } else { Err(Refused) }
    }

    pub(super) const fn as_key(&self) -> &SecretKey {
        &self.0
    }
}

/// The key of the hashes of all fields sealed under this data key.
pub(super) fn hash_key(data_key: &DataKey) -> Result<SecretKey, Refused> {
    derive(data_key, &[], HASH_KEY_LABEL).map(|key| SecretKey::from(*key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sealing::samples::{MESSAGE_ID, data_key};

    #[test]
    fn no_key_to_decrypt_with_exists_before_the_commitment_was_found_right() {
        let (_, commitment) = FieldKey::for_sealing(&data_key(1), &MESSAGE_ID).unwrap();
        assert!(FieldKey::for_opening(&data_key(1), &MESSAGE_ID, &commitment).is_ok());
        assert!(FieldKey::for_opening(&data_key(2), &MESSAGE_ID, &commitment).is_err());
        assert!(FieldKey::for_opening(&data_key(1), &[8; MESSAGE_ID_LENGTH], &commitment).is_err());
    }
}
