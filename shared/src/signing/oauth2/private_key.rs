//! Signatures with a client's private key (RFC 7518 §3.1).

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding,
        RsaKeyPair,
    },
};
use serde::Deserialize;

use super::{
    super::SignError,
    pem::{self, Form},
};
use crate::secret::SecretText;

/// The field that holds the key.
const PRIVATE_KEY: &str = "private_key";

/// How an assertion is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 §3.3).
    Rs256,
    /// RSASSA-PSS with SHA-256 (RFC 7518 §3.5).
    Ps256,
    /// ECDSA on P-256 with SHA-256 (RFC 7518 §3.4).
    Es256,
}

impl Algorithm {
    /// Its name in a JWT's header.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
        }
    }
}

/// Whether assertions can be signed with this key, so that saving it can refuse what signing would.
///
/// # Errors
///
/// [`SignError::Field`] for `private_key`, with the reason.
pub fn check_private_key(pem: &SecretText, algorithm: Algorithm) -> Result<(), SignError> {
    PrivateKey::read(pem, algorithm).map(drop)
}

/// A key that was read, for one algorithm.
pub(super) enum PrivateKey {
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
    P256(EcdsaKeyPair),
}

impl PrivateKey {
    pub(super) fn read(pem: &SecretText, algorithm: Algorithm) -> Result<Self, SignError> {
        let refuse = |reason| SignError::Field { field: PRIVATE_KEY, reason };
        let (form, der) = pem::decode(pem.expose()).map_err(refuse)?;
        let rsa = |encoding| {
            let pair = match form {
                Form::Pkcs8 => RsaKeyPair::from_pkcs8(&der).ok(),
                Form::Pkcs1 => RsaKeyPair::from_der(&der).ok(),
                Form::Sec1 => None,
            };
            let pair = pair.ok_or(refuse("must be an RSA key of 2048 to 8192 bits for this algorithm"))?;
            Ok(Self::Rsa(pair, encoding))
        };
        match algorithm {
            Algorithm::Rs256 => rsa(&RSA_PKCS1_SHA256),
            Algorithm::Ps256 => rsa(&RSA_PSS_SHA256),
            Algorithm::Es256 => {
                let curve = &ECDSA_P256_SHA256_FIXED_SIGNING;
                let pair = match form {
                    Form::Pkcs8 => EcdsaKeyPair::from_pkcs8(curve, &der).ok(),
                    Form::Sec1 => EcdsaKeyPair::from_private_key_der(curve, &der).ok(),
                    Form::Pkcs1 => None,
                };
                let reason = "must be an elliptic curve key on P-256 for this algorithm";
                pair.map(Self::P256).ok_or(refuse(reason))
            }
        }
    }

    /// The signature in JWS's form (RFC 7518 §3): for P-256 both numbers, not their ASN.1.
    ///
    /// AWS-LC draws salts and nonces itself and has no way to be given them, so they are not the Random port's.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let refuse = |_| SignError::Field { field: PRIVATE_KEY, reason: "cannot sign" };
        let random = SystemRandom::new();
        match self {
            Self::Rsa(pair, encoding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*encoding, &random, message, &mut signature).map_err(refuse)?;
                Ok(signature)
            }
            Self::P256(pair) => {
                pair.sign(&random, message).map(|signature| signature.as_ref().to_vec()).map_err(refuse)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_FIXED, KeyPair, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
        UnparsedPublicKey, VerificationAlgorithm,
    };

    use super::*;

    fn text(pem: &str) -> SecretText {
        SecretText::from(pem.to_owned())
    }

    /// Made with OpenSSL for these tests alone.
    const RSA_PKCS8: &str = include_str!("../../../testdata/private-keys/rsa-2048.pkcs8.pem");
    const RSA_PKCS1: &str = include_str!("../../../testdata/private-keys/rsa-2048.pkcs1.pem");
    const RSA_1024: &str = include_str!("../../../testdata/private-keys/rsa-1024.pkcs8.pem");
    const P256_PKCS8: &str = include_str!("../../../testdata/private-keys/p-256.pkcs8.pem");
    const P256_SEC1: &str = include_str!("../../../testdata/private-keys/p-256.sec1.pem");
    const P384_PKCS8: &str = include_str!("../../../testdata/private-keys/p-384.pkcs8.pem");
    const ENCRYPTED: &str = include_str!("../../../testdata/private-keys/rsa-2048.encrypted.pem");

    #[test]
    fn every_form_of_key_signs_what_its_public_key_verifies() {
        for (pem, algorithm) in [
            (RSA_PKCS8, Algorithm::Rs256),
            (RSA_PKCS1, Algorithm::Rs256),
            (RSA_PKCS8, Algorithm::Ps256),
            (RSA_PKCS1, Algorithm::Ps256),
            (P256_PKCS8, Algorithm::Es256),
            (P256_SEC1, Algorithm::Es256),
        ] {
            let key = PrivateKey::read(&text(pem), algorithm).ok().unwrap();
            let signature = key.sign(b"message").unwrap();
            let (public, verification): (_, &'static dyn VerificationAlgorithm) = match (&key, algorithm) {
                (PrivateKey::Rsa(pair, _), Algorithm::Rs256) => {
                    (pair.public_key().as_ref().to_vec(), &RSA_PKCS1_2048_8192_SHA256)
                }
                (PrivateKey::Rsa(pair, _), _) => {
                    (pair.public_key().as_ref().to_vec(), &RSA_PSS_2048_8192_SHA256)
                }
                (PrivateKey::P256(pair), _) => {
                    (pair.public_key().as_ref().to_vec(), &ECDSA_P256_SHA256_FIXED)
                }
            };
            let public = UnparsedPublicKey::new(verification, public);
            assert!(public.verify(b"message", &signature).is_ok(), "{algorithm:?}");
            assert!(public.verify(b"other", &signature).is_err(), "{algorithm:?}");
        }
    }

    #[test]
    fn a_key_that_does_not_fit_the_algorithm_is_refused_when_it_is_saved() {
        let rsa = "must be an RSA key of 2048 to 8192 bits for this algorithm";
        let p256 = "must be an elliptic curve key on P-256 for this algorithm";
        for (pem, algorithm, reason) in [
            (RSA_1024, Algorithm::Rs256, rsa),
            (P256_PKCS8, Algorithm::Ps256, rsa),
            (P256_SEC1, Algorithm::Rs256, rsa),
            (RSA_PKCS8, Algorithm::Es256, p256),
            (RSA_PKCS1, Algorithm::Es256, p256),
            (P384_PKCS8, Algorithm::Es256, p256),
            (ENCRYPTED, Algorithm::Ps256, "must not be encrypted: take off its passphrase first"),
            ("canary", Algorithm::Ps256, "must be a private key in PEM, with its first and last line"),
        ] {
            let error = check_private_key(&text(pem), algorithm).unwrap_err();
            assert_eq!(error, SignError::Field { field: "private_key", reason });
        }
        assert_eq!(check_private_key(&text(&RSA_PKCS8.replace('\n', "\\n")), Algorithm::Ps256), Ok(()));
    }
}
