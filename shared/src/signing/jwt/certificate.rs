//! The thumbprint of a certificate, by which a server finds the key that verifies a JWT.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use pkcs8::{
    der::{Decode, SliceReader, Tag, asn1::AnyRef},
    spki::SubjectPublicKeyInfoRef,
};
use serde::Deserialize;

use crate::pem;

/// A thumbprint in the header of a JWT. The serde names are those of the header's members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum Thumbprint {
    /// `x5t`: SHA-1 of the certificate (RFC 7515 §4.1.7).
    #[serde(rename = "x5t")]
    Sha1,
    /// `x5t#S256`: SHA-256 of the certificate (RFC 7515 §4.1.8).
    #[default]
    #[serde(rename = "x5t#S256")]
    Sha256,
}

const NONE: &str = "must be a certificate in PEM, with its first and last line";
const OTHERS: &str = "is not the certificate of this private key";
const LABELS: [&str; 2] = ["CERTIFICATE", "X509 CERTIFICATE"];

impl Thumbprint {
    /// The thumbprint of the certificate in a text whose public key is this one. A chain may stand around it.
    ///
    /// # Errors
    ///
    /// What is wrong with the text, as the rest of a sentence.
    pub(super) fn of_the_certificate(self, text: &str, public_key: &[u8]) -> Result<String, &'static str> {
        let lines = pem::lines(text);
        let blocks = pem::blocks(&lines);
        let mut wrong = NONE;
        for block in blocks.iter().filter(|block| LABELS.contains(&block.label)) {
            let Ok(der) = block.decode() else { continue };
            match subject_public_key(&der) {
                Some(key) if key == public_key => return Ok(self.of(&der)),
                Some(_) => wrong = OTHERS,
                None => {}
            }
        }
        Err(wrong)
    }

    fn of(self, der: &[u8]) -> String {
        let algorithm = match self {
            Self::Sha1 => &SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &SHA256,
        };
        BASE64_URL_SAFE_NO_PAD.encode(digest(algorithm, der))
    }
}

/// The public key of a certificate (RFC 5280 §4.1), without the algorithm.
fn subject_public_key(der: &[u8]) -> Option<Vec<u8>> {
    let certificate = AnyRef::from_der(der).ok()?;
    let signed = AnyRef::decode(&mut SliceReader::new(certificate.value()).ok()?).ok()?;
    let mut fields = SliceReader::new(signed.value()).ok()?;
    // Version 1 has no number.
    if Tag::peek(&fields).ok()?.is_context_specific() {
        AnyRef::decode(&mut fields).ok()?;
    }
    for _ in ["serial number", "signature", "issuer", "validity", "subject"] {
        AnyRef::decode(&mut fields).ok()?;
    }
    let info = SubjectPublicKeyInfoRef::decode(&mut fields).ok()?;
    info.subject_public_key.as_bytes().map(<[u8]>::to_vec)
}
