//! Pairs of keys for signatures, each with its one algorithm. AWS-LC wipes a private key when its pair is dropped.

use aws_lc_rs::{
    digest::Digest,
    encoding::{AsDer, PublicKeyX509Der},
    error::Unspecified,
    rsa::{KeyPair as RsaKeyPair, KeySize},
    signature::{
        ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _,
        RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey,
    },
};
use zeroize::Zeroizing;

/// What a key does that signs.
pub(super) trait SigningPair: Send + Sync {
    /// The signature over the message of a digest.
    ///
    /// # Errors
    ///
    /// When the cryptography fails.
    fn sign(&self, digest: &Digest) -> Result<Vec<u8>, Unspecified>;

    /// Whether a signature is that of a digest.
    fn has_signed(&self, digest: &Digest, signature: &[u8]) -> bool;

    /// The public key as a `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7) in DER.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    fn public_key(&self) -> Result<Vec<u8>, Unspecified>;
}

/// ECDSA on P-256 with SHA-256. Signatures are in DER.
pub(super) struct P256Pair(EcdsaKeyPair);

/// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2) with SHA-256 and 2,048 bits.
pub(super) struct RsaPair(RsaKeyPair);

impl P256Pair {
    /// A new one.
    ///
    /// # Errors
    ///
    /// When the random generator fails.
    pub(super) fn generate() -> Result<Self, Unspecified> {
        EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).map(Self)
    }

    /// One that was stored.
    ///
    /// # Errors
    ///
    /// When it is no key of this kind.
    pub(super) fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, Unspecified> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8);
        pair.map(Self).map_err(|_| Unspecified)
    }

    /// To store it.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub(super) fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, Unspecified> {
        Ok(Zeroizing::new(self.0.to_pkcs8v1()?.as_ref().to_vec()))
    }
}

impl RsaPair {
    /// A new one.
    ///
    /// # Errors
    ///
    /// When the random generator fails.
    pub(super) fn generate() -> Result<Self, Unspecified> {
        RsaKeyPair::generate(KeySize::Rsa2048).map(Self)
    }

    /// One that was stored.
    ///
    /// # Errors
    ///
    /// When it is no key of this kind.
    pub(super) fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, Unspecified> {
        RsaKeyPair::from_pkcs8(pkcs8).map(Self).map_err(|_| Unspecified)
    }

    /// To store it.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub(super) fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, Unspecified> {
        Ok(Zeroizing::new(self.0.as_der()?.as_ref().to_vec()))
    }
}

impl SigningPair for P256Pair {
    fn sign(&self, digest: &Digest) -> Result<Vec<u8>, Unspecified> {
        Ok(self.0.sign_digest(digest)?.as_ref().to_vec())
    }

    fn has_signed(&self, digest: &Digest, signature: &[u8]) -> bool {
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, self.0.public_key().as_ref());
        public.verify_digest(digest, signature).is_ok()
    }

    fn public_key(&self) -> Result<Vec<u8>, Unspecified> {
        let der: PublicKeyX509Der<'_> = self.0.public_key().as_der()?;
        Ok(der.as_ref().to_vec())
    }
}

impl SigningPair for RsaPair {
    fn sign(&self, digest: &Digest) -> Result<Vec<u8>, Unspecified> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0.sign_digest(&RSA_PKCS1_SHA256, digest, &mut signature)?;
        Ok(signature)
    }

    fn has_signed(&self, digest: &Digest, signature: &[u8]) -> bool {
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, self.0.public_key().as_ref());
        public.verify_digest(digest, signature).is_ok()
    }

    fn public_key(&self) -> Result<Vec<u8>, Unspecified> {
        let der: PublicKeyX509Der<'_> = self.0.public_key().as_der()?;
        Ok(der.as_ref().to_vec())
    }
}
