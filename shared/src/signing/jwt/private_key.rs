//! Signatures with a client's private key (RFC 7518 §3.1, RFC 8037 §3.1).

use aws_lc_rs::{
    encoding::{AsDer, PublicKeyX509Der},
    error::Unspecified,
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING,
        EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384,
        RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
    },
};
use pkcs8::{
    ObjectIdentifier, PrivateKeyInfoRef,
    der::{
        Decode, SliceReader, TagNumber,
        asn1::{AnyRef, ContextSpecific},
    },
    spki::AlgorithmIdentifierRef,
};
use serde::Deserialize;

use super::{
    super::SignError,
    pem::{self, Form},
};
use crate::secret::SecretText;

/// The field that holds the key.
const PRIVATE_KEY: &str = "private_key";

/// How a JWT is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 §3.3).
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256 (RFC 7518 §3.5).
    Ps256,
    /// RSASSA-PSS with SHA-384.
    Ps384,
    /// RSASSA-PSS with SHA-512.
    Ps512,
    /// ECDSA on P-256 with SHA-256 (RFC 7518 §3.4).
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// ECDSA on P-521 with SHA-512.
    Es512,
    /// Ed25519 (RFC 8037 §3.1).
    #[serde(rename = "EdDSA")]
    EdDsa,
}

impl Algorithm {
    /// Its name in a JWT's header.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
            Self::EdDsa => "EdDSA",
        }
    }
}

/// What decides how a JWT is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum SignWith {
    /// The kind of the key; RSA signs with RS256.
    #[serde(rename = "key")]
    Key,
    /// The kind of the key; RSA signs with PS256.
    #[serde(rename = "key-pss")]
    KeyPss,
    /// This algorithm, which the key must fit.
    #[serde(untagged)]
    Algorithm(Algorithm),
}

impl SignWith {
    /// The algorithm for this key. Where the key cannot be read, it is one that the key does not fit, which the check of both tells.
    #[must_use]
    pub fn algorithm(self, pem: &SecretText) -> Algorithm {
        let rsa = match self {
            Self::Algorithm(algorithm) => return algorithm,
            Self::Key => Algorithm::Rs256,
            Self::KeyPss => Algorithm::Ps256,
        };
        match pem::decode(pem.expose()).ok().and_then(|(form, der)| Kind::of(form, &der)) {
            Some(Kind::Rsa) | None => rsa,
            Some(Kind::Pss(Some(hash))) if hash == SHA_384 => Algorithm::Ps384,
            Some(Kind::Pss(Some(hash))) if hash == SHA_512 => Algorithm::Ps512,
            Some(Kind::Pss(_)) => Algorithm::Ps256,
            Some(Kind::Curve(P_384)) => Algorithm::Es384,
            Some(Kind::Curve(P_521)) => Algorithm::Es512,
            Some(Kind::Curve(_)) => Algorithm::Es256,
            Some(Kind::Ed25519) => Algorithm::EdDsa,
        }
    }
}

/// RFC 8017 appendix A.1, RFC 4055 §1.2, RFC 5480 §2.1.1 and RFC 8410 §3.
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSASSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const P_384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P_521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
/// RFC 5754 §2.
const SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA_384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA_512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");
/// RFC 8017 appendix A.2.3: the hash where the parameters name none.
const SHA_1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");

/// What kind of key it is, as its own form says.
enum Kind {
    Rsa,
    /// For RSASSA-PSS alone, and perhaps with one hash alone (RFC 4055 §3.1).
    Pss(Option<ObjectIdentifier>),
    Curve(ObjectIdentifier),
    Ed25519,
}

impl Kind {
    fn of(form: Form, der: &[u8]) -> Option<Self> {
        match form {
            Form::Pkcs1 => return Some(Self::Rsa),
            Form::Sec1 => return None,
            Form::Pkcs8 => {}
        }
        let algorithm = PrivateKeyInfoRef::from_der(der).ok()?.algorithm;
        match algorithm.oid {
            RSA => Some(Self::Rsa),
            RSASSA_PSS => Some(Self::Pss(algorithm.parameters.map(pss_hash))),
            EC => algorithm.parameters_oid().ok().map(Self::Curve),
            ED25519 => Some(Self::Ed25519),
            _ => None,
        }
    }
}

fn pss_hash(parameters: AnyRef<'_>) -> ObjectIdentifier {
    let hash = SliceReader::new(parameters.value()).ok().and_then(|mut reader| {
        ContextSpecific::<AlgorithmIdentifierRef<'_>>::decode_explicit(&mut reader, TagNumber(0))
            .ok()
            .flatten()
    });
    hash.map_or(SHA_1, |hash| hash.value.oid)
}

/// A key that was read, for one algorithm.
pub(super) enum PrivateKey {
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
    Ec(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl PrivateKey {
    pub(super) fn read(pem: &SecretText, algorithm: Algorithm) -> Result<Self, SignError> {
        let refuse = |reason| SignError::Field { field: PRIVATE_KEY, reason };
        let (form, der) = pem::decode(pem.expose()).map_err(refuse)?;
        match algorithm {
            Algorithm::Rs256 => pkcs1(form, &der, &RSA_PKCS1_SHA256),
            Algorithm::Rs384 => pkcs1(form, &der, &RSA_PKCS1_SHA384),
            Algorithm::Rs512 => pkcs1(form, &der, &RSA_PKCS1_SHA512),
            Algorithm::Ps256 => pss(form, &der, &RSA_PSS_SHA256, SHA_256),
            Algorithm::Ps384 => pss(form, &der, &RSA_PSS_SHA384, SHA_384),
            Algorithm::Ps512 => pss(form, &der, &RSA_PSS_SHA512, SHA_512),
            Algorithm::Es256 => curve(form, &der, &ECDSA_P256_SHA256_FIXED_SIGNING)
                .ok_or("must be an elliptic curve key on P-256 for this algorithm"),
            Algorithm::Es384 => curve(form, &der, &ECDSA_P384_SHA384_FIXED_SIGNING)
                .ok_or("must be an elliptic curve key on P-384 for this algorithm"),
            Algorithm::Es512 => curve(form, &der, &ECDSA_P521_SHA512_FIXED_SIGNING)
                .ok_or("must be an elliptic curve key on P-521 for this algorithm"),
            Algorithm::EdDsa => {
                let pair = match form {
                    Form::Pkcs8 => Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der).ok(),
                    Form::Pkcs1 | Form::Sec1 => None,
                };
                pair.map(Self::Ed25519).ok_or("must be an Ed25519 key for this algorithm")
            }
        }
        .map_err(refuse)
    }

    /// The public half as certificates hold it (RFC 5280 §4.1.2.7), without the algorithm.
    pub(super) fn public_key(&self) -> &[u8] {
        match self {
            Self::Rsa(pair, _) => pair.public_key().as_ref(),
            Self::Ec(pair) => pair.public_key().as_ref(),
            Self::Ed25519(pair) => pair.public_key().as_ref(),
        }
    }

    /// The public half with its algorithm, in DER (RFC 5280 §4.1.2.7).
    pub(super) fn public_key_info(&self) -> Option<Vec<u8>> {
        let der: Result<PublicKeyX509Der<'_>, Unspecified> = match self {
            Self::Rsa(pair, _) => pair.public_key().as_der(),
            Self::Ec(pair) => pair.public_key().as_der(),
            Self::Ed25519(pair) => pair.public_key().as_der(),
        };
        der.ok().map(|der| der.as_ref().to_vec())
    }

    /// The signature in JWS's form (RFC 7518 §3): for a curve both numbers, not their ASN.1.
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
            Self::Ec(pair) => {
                pair.sign(&random, message).map(|signature| signature.as_ref().to_vec()).map_err(refuse)
            }
            Self::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
        }
    }
}

const NO_RSA: &str = "must be an RSA key of 2048 to 8192 bits for this algorithm";

fn pkcs1(form: Form, der: &[u8], encoding: &'static dyn RsaEncoding) -> Result<PrivateKey, &'static str> {
    if let Some(Kind::Pss(_)) = Kind::of(form, der) {
        return Err("is a key for RSASSA-PSS alone: choose PS256, PS384 or PS512");
    }
    let pair = match form {
        Form::Pkcs8 => RsaKeyPair::from_pkcs8(der).ok(),
        Form::Pkcs1 => RsaKeyPair::from_der(der).ok(),
        Form::Sec1 => None,
    };
    pair.map(|pair| PrivateKey::Rsa(pair, encoding)).ok_or(NO_RSA)
}

fn pss(
    form: Form,
    der: &[u8],
    encoding: &'static dyn RsaEncoding,
    hash: ObjectIdentifier,
) -> Result<PrivateKey, &'static str> {
    match Kind::of(form, der) {
        Some(Kind::Pss(Some(only))) if only != hash => Err("is a key for RSASSA-PSS with another hash alone"),
        Some(Kind::Pss(_)) => {
            // AWS-LC takes what is inside: a key as PKCS#1 has it.
            let inner = PrivateKeyInfoRef::from_der(der).map_err(|_| NO_RSA)?;
            let pair = RsaKeyPair::from_der(inner.private_key.as_bytes()).map_err(|_| NO_RSA)?;
            Ok(PrivateKey::Rsa(pair, encoding))
        }
        Some(Kind::Rsa | Kind::Curve(_) | Kind::Ed25519) | None => pkcs1(form, der, encoding),
    }
}

fn curve(form: Form, der: &[u8], curve: &'static EcdsaSigningAlgorithm) -> Option<PrivateKey> {
    let pair = match form {
        Form::Pkcs8 => EcdsaKeyPair::from_pkcs8(curve, der).ok(),
        Form::Sec1 => EcdsaKeyPair::from_private_key_der(curve, der).ok(),
        Form::Pkcs1 => None,
    };
    pair.map(PrivateKey::Ec)
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ED25519 as ED25519_VERIFY,
        RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
        RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, UnparsedPublicKey,
        VerificationAlgorithm,
    };

    use super::*;

    fn text(pem: &str) -> SecretText {
        SecretText::from(pem.to_owned())
    }

    fn read(pem: &SecretText, algorithm: Algorithm) -> Result<(), SignError> {
        PrivateKey::read(pem, algorithm).map(drop)
    }

    /// Made with OpenSSL for these tests alone.
    const RSA_PKCS8: &str = include_str!("../../../testdata/private-keys/rsa-2048.pkcs8.pem");
    const RSA_PKCS1: &str = include_str!("../../../testdata/private-keys/rsa-2048.pkcs1.pem");
    const RSA_1024: &str = include_str!("../../../testdata/private-keys/rsa-1024.pkcs8.pem");
    const P256_PKCS8: &str = include_str!("../../../testdata/private-keys/p-256.pkcs8.pem");
    const P256_SEC1: &str = include_str!("../../../testdata/private-keys/p-256.sec1.pem");
    const P384_PKCS8: &str = include_str!("../../../testdata/private-keys/p-384.pkcs8.pem");
    const P521_PKCS8: &str = include_str!("../../../testdata/private-keys/p-521.pkcs8.pem");
    const ED25519_PKCS8: &str = include_str!("../../../testdata/private-keys/pkcs8-ed25519");
    const PSS: &str = include_str!("../../../testdata/private-keys/rsa-3072.pss.pem");
    const PSS_SHA_384: &str = include_str!("../../../testdata/private-keys/rsa-3072.pss-sha384.pem");
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
            (RSA_PKCS8, Algorithm::Rs384),
            (RSA_PKCS8, Algorithm::Rs512),
            (RSA_PKCS8, Algorithm::Ps384),
            (RSA_PKCS8, Algorithm::Ps512),
            (PSS, Algorithm::Ps256),
            (PSS, Algorithm::Ps512),
            (PSS_SHA_384, Algorithm::Ps384),
            (P384_PKCS8, Algorithm::Es384),
            (P521_PKCS8, Algorithm::Es512),
            (ED25519_PKCS8, Algorithm::EdDsa),
        ] {
            let key = PrivateKey::read(&text(pem), algorithm).ok().unwrap();
            let signature = key.sign(b"message").unwrap();
            let verification: &'static dyn VerificationAlgorithm = match algorithm {
                Algorithm::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
                Algorithm::Rs384 => &RSA_PKCS1_2048_8192_SHA384,
                Algorithm::Rs512 => &RSA_PKCS1_2048_8192_SHA512,
                Algorithm::Ps256 => &RSA_PSS_2048_8192_SHA256,
                Algorithm::Ps384 => &RSA_PSS_2048_8192_SHA384,
                Algorithm::Ps512 => &RSA_PSS_2048_8192_SHA512,
                Algorithm::Es256 => &ECDSA_P256_SHA256_FIXED,
                Algorithm::Es384 => &ECDSA_P384_SHA384_FIXED,
                Algorithm::Es512 => &ECDSA_P521_SHA512_FIXED,
                Algorithm::EdDsa => &ED25519_VERIFY,
            };
            let public = UnparsedPublicKey::new(verification, key.public_key());
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
            (P256_PKCS8, Algorithm::Es384, "must be an elliptic curve key on P-384 for this algorithm"),
            (P384_PKCS8, Algorithm::Es512, "must be an elliptic curve key on P-521 for this algorithm"),
            (P256_PKCS8, Algorithm::EdDsa, "must be an Ed25519 key for this algorithm"),
            (PSS, Algorithm::Rs256, "is a key for RSASSA-PSS alone: choose PS256, PS384 or PS512"),
            (PSS_SHA_384, Algorithm::Ps256, "is a key for RSASSA-PSS with another hash alone"),
            (ENCRYPTED, Algorithm::Ps256, "must not be encrypted: take off its passphrase first"),
            ("canary", Algorithm::Ps256, "must be a private key in PEM, with its first and last line"),
        ] {
            let error = read(&text(pem), algorithm).unwrap_err();
            assert_eq!(error, SignError::Field { field: "private_key", reason });
        }
        assert_eq!(read(&text(&RSA_PKCS8.replace('\n', "\\n")), Algorithm::Ps256), Ok(()));
    }

    #[test]
    fn the_algorithm_follows_from_the_key() {
        for (pem, with_rsa, with_pss) in [
            (RSA_PKCS8, Algorithm::Rs256, Algorithm::Ps256),
            (PSS, Algorithm::Ps256, Algorithm::Ps256),
            (PSS_SHA_384, Algorithm::Ps384, Algorithm::Ps384),
            (P256_PKCS8, Algorithm::Es256, Algorithm::Es256),
            (P384_PKCS8, Algorithm::Es384, Algorithm::Es384),
            (P521_PKCS8, Algorithm::Es512, Algorithm::Es512),
            (ED25519_PKCS8, Algorithm::EdDsa, Algorithm::EdDsa),
        ] {
            assert_eq!(SignWith::Key.algorithm(&text(pem)), with_rsa);
            assert_eq!(SignWith::KeyPss.algorithm(&text(pem)), with_pss);
            assert_eq!(read(&text(pem), with_rsa), Ok(()));
            assert_eq!(SignWith::Algorithm(Algorithm::Rs512).algorithm(&text(pem)), Algorithm::Rs512);
        }
    }

    #[test]
    fn each_way_to_sign_has_the_name_that_templates_use() {
        for (name, way) in [
            ("key", SignWith::Key),
            ("key-pss", SignWith::KeyPss),
            ("PS384", SignWith::Algorithm(Algorithm::Ps384)),
            ("EdDSA", SignWith::Algorithm(Algorithm::EdDsa)),
        ] {
            assert_eq!(serde_json::from_value::<SignWith>(name.into()).unwrap(), way);
        }
        assert!(serde_json::from_value::<SignWith>("HS256".into()).is_err());
    }
}
