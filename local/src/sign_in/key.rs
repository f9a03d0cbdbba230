//! The key that signs tokens: RSA with 2048 bits, made on first start.

use aws_lc_rs::{
    encoding::AsDer as _,
    rsa::{KeyPair, KeySize},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jsonwebtoken::{
    Algorithm, EncodingKey, Header,
    jwk::{Jwk, JwkSet, KeyOperations, PublicKeyUse, ThumbprintHash},
};
use keyward_shared::secret::SecretText;
use serde::Serialize;

/// The private key and what others may see of it.
pub(crate) struct SigningKey {
    private: EncodingKey,
    public: Jwk,
    id: String,
}

/// The text is no RSA key in PEM, or the cryptography failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signing key is no RSA private key in PEM")]
pub struct BadSigningKey;

/// A new private key in PEM (PKCS #8, RFC 5958 and RFC 7468).
pub(crate) fn generate_pem() -> Result<SecretText, BadSigningKey> {
    let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| BadSigningKey)?;
    let der = pair.as_der().map_err(|_| BadSigningKey)?;
    let base64 = SecretText::from(STANDARD.encode(der.as_ref()));
    let mut pem = String::from("-----BEGIN PRIVATE KEY-----\n");
    for line in base64.expose().as_bytes().chunks(64) {
        pem.push_str(&String::from_utf8_lossy(line));
        pem.push('\n');
    }
    pem.push_str("-----END PRIVATE KEY-----\n");
    Ok(pem.into())
}

impl SigningKey {
    /// Reads the key; its id is its thumbprint (RFC 7638).
    pub(crate) fn from_pem(pem: &SecretText) -> Result<Self, BadSigningKey> {
        let private = EncodingKey::from_rsa_pem(pem.expose().as_bytes()).map_err(|_| BadSigningKey)?;
        let mut public = Jwk::from_encoding_key(&private, Algorithm::RS256).map_err(|_| BadSigningKey)?;
        let id = public.thumbprint(ThumbprintHash::SHA256).map_err(|_| BadSigningKey)?;
        public.common.key_id = Some(id.clone());
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        public.common.key_operations = Some(vec![KeyOperations::Verify]);
        Ok(Self { private, public, id })
    }

    /// The public half, as `/.well-known/jwks.json` shows it.
    pub(crate) fn jwks(&self) -> JwkSet {
        JwkSet { keys: vec![self.public.clone()] }
    }

    /// The same as JSON.
    pub(crate) fn key_set(&self) -> String {
        // Keys are made of text: they always serialise.
        serde_json::to_string(&self.jwks()).unwrap_or_default()
    }

    /// The claims as a token, signed with RS256 (RFC 7518 §3.3).
    pub(crate) fn sign(&self, claims: &impl Serialize) -> Result<String, BadSigningKey> {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(self.id.clone());
        jsonwebtoken::encode(&header, claims, &self.private).map_err(|_| BadSigningKey)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_a_key_is_refused_without_showing_it() {
        let error = SigningKey::from_pem(&SecretText::from("hunter2".to_owned())).err().unwrap();
        assert_eq!(error.to_string(), "the signing key is no RSA private key in PEM");
    }

    #[test]
    fn the_published_key_holds_no_private_part() {
        let key = SigningKey::from_pem(&generate_pem().unwrap()).unwrap();
        let published = serde_json::to_value(key.jwks()).unwrap();
        let members: Vec<_> = published["keys"][0].as_object().unwrap().keys().cloned().collect();
        assert_eq!(members.len(), 7, "{members:?}");
        for member in ["alg", "e", "key_ops", "kid", "kty", "n", "use"] {
            assert!(members.iter().any(|own| own == member), "{member}");
        }
        assert_eq!(published["keys"][0]["n"].as_str().unwrap().len(), 342);
        assert_eq!(published["keys"][0]["e"], json!("AQAB"));
    }
}
