//! The ciphertext blob: which key and which of its materials sealed it, then AES-256-GCM.
//!
//! | bytes | content |
//! |---|---|
//! | 1 | format, 1 |
//! | 16 | key id |
//! | 4 | version of the key's material, from 1, big-endian |
//! | 12 | nonce |
//! | n + 16 | ciphertext and tag |
//!
//! The first 21 bytes are authenticated with the encryption context, so that a blob cannot be passed off as one
//! of another key or material.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::error::Unspecified;
use keyward_shared::secret::SecretKey;
use zeroize::Zeroizing;

use super::{context::EncryptionContext, error::KmsError, key::KeyId, material::MaterialVersion};

const FORMAT: u8 = 1;

/// Which material of which key a blob is sealed under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SealedUnder {
    /// The key.
    pub(super) key: KeyId,
    /// The version of its material.
    pub(super) version: MaterialVersion,
}

impl SealedUnder {
    fn header(self) -> [u8; 21] {
        let mut header = [FORMAT; 21];
        let (key, version) = header[1..].split_at_mut(16);
        key.copy_from_slice(self.key.as_bytes());
        version.copy_from_slice(&self.version.to_be_bytes());
        header
    }

    fn associated_data(self, context: &EncryptionContext) -> Vec<u8> {
        let mut data = self.header().to_vec();
        context.encode_into(&mut data);
        data
    }

    /// Seals `plaintext` under `secret` and binds it to `context`.
    ///
    /// # Errors
    ///
    /// When the random generator or the cipher fails.
    ///
    /// # Security
    ///
    /// Nonces are random: one material may seal at most 2³² times (NIST SP 800-38D §8.3), which no local stack
    /// comes near.
    pub(super) fn seal(
        self,
        secret: &SecretKey,
        context: &EncryptionContext,
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Unspecified> {
        let mut nonce = [0; NONCE_LEN];
        aws_lc_rs::rand::fill(&mut nonce)?;
        let mut sealed = Zeroizing::new(plaintext.to_vec());
        let tag = cipher(secret)?.seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(self.associated_data(context)),
            &mut sealed,
        )?;
        Ok([&self.header()[..], &nonce, &sealed, tag.as_ref()].concat())
    }
}

/// A blob that has the shape of one, of which nothing is verified yet.
#[derive(Debug)]
pub(super) struct Ciphertext<'a> {
    sealed_under: SealedUnder,
    nonce: [u8; NONCE_LEN],
    sealed: &'a [u8],
}

impl<'a> TryFrom<&'a [u8]> for Ciphertext<'a> {
    type Error = KmsError;

    fn try_from(blob: &'a [u8]) -> Result<Self, Self::Error> {
        let read = || {
            let (format, rest) = blob.split_first_chunk::<1>()?;
            let (key, rest) = rest.split_first_chunk::<16>()?;
            let (version, rest) = rest.split_first_chunk::<4>()?;
            let (nonce, sealed) = rest.split_first_chunk::<NONCE_LEN>()?;
            let version = MaterialVersion::from_be_bytes(*version)?;
            (*format == [FORMAT]).then_some(Self {
                sealed_under: SealedUnder { key: KeyId::from_bytes(*key), version },
                nonce: *nonce,
                sealed,
            })
        };
        read().ok_or(KmsError::InvalidCiphertext)
    }
}

impl Ciphertext<'_> {
    /// The key and material that the blob names. It is a claim until [`open`](Self::open) succeeds.
    pub(super) const fn sealed_under(&self) -> SealedUnder {
        self.sealed_under
    }

    /// Opens the blob.
    ///
    /// # Errors
    ///
    /// [`KmsError::InvalidCiphertext`] when any byte was changed or the context is another one.
    pub(super) fn open(
        &self,
        secret: &SecretKey,
        context: &EncryptionContext,
    ) -> Result<Zeroizing<Vec<u8>>, KmsError> {
        let mut opened = Zeroizing::new(self.sealed.to_vec());
        let length = cipher(secret)?
            .open_in_place(
                Nonce::assume_unique_for_key(self.nonce),
                Aad::from(self.sealed_under.associated_data(context)),
                &mut opened,
            )
            .map_err(|_| KmsError::InvalidCiphertext)?
            .len();
        opened.truncate(length);
        Ok(opened)
    }
}

fn cipher(secret: &SecretKey) -> Result<LessSafeKey, Unspecified> {
    UnboundKey::new(&AES_256_GCM, secret.expose()).map(LessSafeKey::new)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const UNDER: SealedUnder =
        SealedUnder { key: KeyId::from_bytes([7; 16]), version: MaterialVersion::FIRST };

    fn sealed(plaintext: &[u8]) -> Vec<u8> {
        UNDER.seal(&SecretKey::from([3; 32]), &EncryptionContext::default(), plaintext).unwrap()
    }

    fn opened(blob: &[u8]) -> Result<Zeroizing<Vec<u8>>, KmsError> {
        Ciphertext::try_from(blob)?.open(&SecretKey::from([3; 32]), &EncryptionContext::default())
    }

    proptest! {
        #[test]
        fn what_was_sealed_opens(plaintext in proptest::collection::vec(any::<u8>(), 0..100)) {
            let opened = opened(&sealed(&plaintext)).unwrap();
            prop_assert_eq!(opened.as_slice(), plaintext);
        }
    }

    #[test]
    fn a_change_of_any_bit_is_refused() {
        let blob = sealed(b"data key");
        for bit in 0..blob.len() * 8 {
            let mut changed = blob.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(opened(&changed).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn a_blob_of_any_other_length_is_refused() {
        let blob = sealed(b"data key");
        for length in 0..blob.len() {
            assert_eq!(opened(&blob[..length]).err(), Some(KmsError::InvalidCiphertext), "{length}");
        }
        assert!(opened(&[&blob[..], &[0]].concat()).is_err());
    }

    #[test]
    fn a_blob_names_the_key_and_material_that_it_is_sealed_under() {
        let blob = sealed(b"");
        assert_eq!(Ciphertext::try_from(&blob[..]).unwrap().sealed_under(), UNDER);
    }
}
