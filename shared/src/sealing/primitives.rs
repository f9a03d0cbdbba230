//! The four cryptographic operations that sealing is built of, each as narrow as its use.
//!
//! Everything else in this module reaches the cryptographic library through here, so that the published
//! vectors in `published_vectors` run through the very code that seals.

use aws_lc_rs::{aead, constant_time, hkdf, hmac};
use zeroize::Zeroizing;

use crate::secret::SecretKey;

/// Length of an AES-GCM nonce in bytes (NIST SP 800-38D §5.2.1.1 recommends this one).
pub(super) const NONCE_LENGTH: usize = 12;

/// Length of an AES-GCM tag in bytes: the longest that there is (NIST SP 800-38D §5.2.1.2).
pub(super) const TAG_LENGTH: usize = 16;

/// The library refused: a length out of its bounds, or bytes that are not authentic. It does not say which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused;

impl From<aws_lc_rs::error::Unspecified> for Refused {
    fn from(_: aws_lc_rs::error::Unspecified) -> Self {
        Self
    }
}

/// A length for [`hkdf::Prk::expand`].
struct OutputLength(usize);

impl hkdf::KeyType for OutputLength {
    fn len(&self) -> usize {
        self.0
    }
}

/// HKDF-SHA-512 (RFC 5869 §2): fills `output` from `secret`, `salt`, and the parts of `info` in a row.
pub(super) fn hkdf_sha512(
    secret: &[u8],
    salt: &[u8],
    info: &[&[u8]],
    output: &mut [u8],
) -> Result<(), Refused> {
    let pseudorandom_key = hkdf::Salt::new(hkdf::HKDF_SHA512, salt).extract(secret);
    pseudorandom_key.expand(info, OutputLength(output.len()))?.fill(output)?;
    Ok(())
}

/// HMAC-SHA-256 (RFC 2104 §2) of the parts of `message` in a row.
pub(super) fn hmac_sha256(key: &[u8], message: &[&[u8]]) -> Result<[u8; 32], Refused> {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    for part in message {
        context.update(part);
    }
    context.sign().as_ref().try_into().map_err(|_| Refused)
}

/// AES-256-GCM (NIST SP 800-38D §7.1): encrypts `text` where it stands, and gives the tag.
///
/// # Security
///
/// One key and one nonce may seal one text only.
pub(super) fn aes_256_gcm_seal(
    key: &SecretKey,
    nonce: [u8; NONCE_LENGTH],
    associated_data: &[u8],
    text: &mut [u8],
) -> Result<[u8; TAG_LENGTH], Refused> {
    let tag = aes_256_gcm(key)?.seal_in_place_separate_tag(
        aead::Nonce::assume_unique_for_key(nonce),
        aead::Aad::from(associated_data),
        text,
    )?;
    tag.as_ref().try_into().map_err(|_| Refused)
}

/// AES-256-GCM (NIST SP 800-38D §7.2): the text of `ciphertext_and_tag`, if it is authentic.
pub(super) fn aes_256_gcm_open(
    key: &SecretKey,
    nonce: [u8; NONCE_LENGTH],
    associated_data: &[u8],
    ciphertext_and_tag: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Refused> {
    let mut buffer = Zeroizing::new(ciphertext_and_tag.to_vec());
    let text_length = aes_256_gcm(key)?
        .open_in_place(
            aead::Nonce::assume_unique_for_key(nonce),
            aead::Aad::from(associated_data),
            &mut buffer,
        )?
        .len();
    buffer.truncate(text_length);
    Ok(buffer)
}

fn aes_256_gcm(key: &SecretKey) -> Result<aead::LessSafeKey, Refused> {
    // "Less safe" because the caller chooses the nonce; see `field::NONCE` for why ours is a constant.
    Ok(aead::LessSafeKey::new(aead::UnboundKey::new(&aead::AES_256_GCM, key.expose())?))
}

/// Whether both are the same, in a time that depends on their lengths only.
pub(super) fn equal_in_constant_time(left: &[u8], right: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(left, right).is_ok()
}
