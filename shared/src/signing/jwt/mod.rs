//! JSON Web Tokens (RFC 7519) that are signed with a private key (RFC 7515).

mod certificate;
mod pem;
mod private_key;

use aws_lc_rs::digest::{SHA256, digest};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use certificate::Thumbprint;
use private_key::PrivateKey;
pub use private_key::{Algorithm, SignWith};

use super::{SignError, field};
use crate::{moment::Random, secret::SecretText};

/// What signs a JWT, and what the header says about it.
#[derive(Clone, Copy)]
pub struct Signer<'a> {
    /// In PEM, as PKCS#8, PKCS#1 or SEC 1, not encrypted.
    pub private_key: &'a SecretText,
    /// How it signs.
    pub algorithm: Algorithm,
    /// Which of several keys it is (`kid`, RFC 7515 §4.1.4).
    pub key_id: Option<&'a str>,
    /// The certificate of the key, in PEM. Its thumbprint stands in the header.
    pub certificate: Option<&'a str>,
    /// Which thumbprint.
    pub thumbprint: Thumbprint,
}

/// A claim that is made anew for each JWT. `exp` always is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Generated {
    /// When it was made (RFC 7519 §4.1.6).
    Iat,
    /// From when on it holds: when it was made (RFC 7519 §4.1.5).
    Nbf,
    /// An id that no other one has: 32 hexadecimal digits (RFC 7519 §4.1.7).
    Jti,
}

impl Generated {
    /// The claims that only Keyward makes.
    pub const NAMES: [&str; 4] = ["exp", "iat", "nbf", "jti"];
}

/// A JWT to be signed.
#[derive(Clone, Copy)]
pub struct Jwt<'a> {
    /// What signs it.
    pub signer: Signer<'a>,
    /// What it says.
    pub claims: &'a Map<String, Value>,
    /// The claims that are made beside `exp`.
    pub generated: &'a [Generated],
    /// How long it holds, from when it is made.
    pub lifetime_seconds: u16,
    /// How far before that `iat` and `nbf` lie, for servers whose clock is behind.
    pub backdated_seconds: u16,
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    typ: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x5t: Option<String>,
    #[serde(rename = "x5t#S256", skip_serializing_if = "Option::is_none")]
    x5t_s256: Option<String>,
}

impl Signer<'_> {
    /// Whether JWTs can be signed at all, so that saving the fields can refuse what signing would.
    ///
    /// # Errors
    ///
    /// [`SignError::Field`], which names the field.
    pub fn check(&self) -> Result<(), SignError> {
        self.key_id.map_or(Ok(()), |key_id| field::text("key_id", key_id))?;
        self.header(&self.key()?).map(drop)
    }

    /// The fingerprint of the public half: SHA-256 of it with its algorithm in DER (RFC 5280 §4.1.2.7), in base64. `None` if
    /// the key cannot be read.
    #[must_use]
    pub fn fingerprint(&self) -> Option<String> {
        let der = self.key().ok()?.public_key_info()?;
        Some(BASE64_STANDARD.encode(digest(&SHA256, &der)))
    }

    fn key(&self) -> Result<PrivateKey, SignError> {
        PrivateKey::read(self.private_key, self.algorithm)
    }

    /// The header. A certificate is that of this key, or nobody could verify what the key signs.
    fn header(&self, key: &PrivateKey) -> Result<Header<'_>, SignError> {
        let (mut x5t, mut x5t_s256) = (None, None);
        let thumbprint =
            self.certificate.map(|text| self.thumbprint.of_the_certificate(text, key.public_key()));
        let thumbprint =
            thumbprint.transpose().map_err(|reason| SignError::Field { field: "certificate", reason })?;
        match self.thumbprint {
            Thumbprint::Sha1 => x5t = thumbprint,
            Thumbprint::Sha256 => x5t_s256 = thumbprint,
        }
        Ok(Header { alg: self.algorithm.as_str(), typ: "JWT", kid: self.key_id, x5t, x5t_s256 })
    }
}

impl Jwt<'_> {
    /// The signed JWT in its compact form (RFC 7515 §7.1). It is as good as a secret while it holds.
    ///
    /// # Errors
    ///
    /// [`SignError::Field`] when a field cannot be used, [`SignError::Time`] for a moment before 1970.
    pub fn sign(&self, now: Timestamp, random: &impl Random) -> Result<SecretText, SignError> {
        let now = now.as_second();
        if now < 0 {
            return Err(SignError::Time);
        }
        let mut claims = self.claims.clone();
        claims.insert("exp".to_owned(), now.saturating_add(self.lifetime_seconds.into()).into());
        let since = now.saturating_sub(self.backdated_seconds.into());
        for generated in self.generated {
            let (name, value) = match generated {
                Generated::Iat => ("iat", since.into()),
                Generated::Nbf => ("nbf", since.into()),
                Generated::Jti => {
                    let mut id = [0; 16];
                    random.fill(&mut id);
                    ("jti", hex::encode(id).into())
                }
            };
            claims.insert(name.to_owned(), value);
        }
        let key = self.signer.key()?;
        let message = [part(&self.signer.header(&key)?)?, part(&claims)?].join(".");
        let signature = BASE64_URL_SAFE_NO_PAD.encode(key.sign(message.as_bytes())?);
        Ok(SecretText::from([message, signature].join(".")))
    }
}

fn part(json: &impl Serialize) -> Result<String, SignError> {
    let json = serde_json::to_vec(json).map_err(|_| SignError::NotCanonical)?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(json))
}

#[cfg(test)]
mod tests;
