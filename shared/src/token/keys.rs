//! The public keys of an issuer.

use std::{collections::BTreeMap, fmt};

use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Deserialize;

/// A JWK Set that an issuer cannot have. The error repeats nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadKeySet {
    /// It is no JWK Set, or a number in it is no base64url.
    #[error("the text is no JWK Set")]
    Unreadable,
    /// No key in it is for RS256 and has an id.
    #[error("no key of the JWK Set is for RS256 and has an id")]
    NoKey,
    /// Two keys have one id.
    #[error("two keys of the JWK Set have the same id")]
    TwoOfOneId,
}

/// RSA keys by their ids.
#[derive(Clone, Default)]
pub(super) struct KeySet(BTreeMap<String, Key>);

/// One RSA key: modulus and exponent, each with its highest byte first.
#[derive(Clone)]
pub(super) struct Key {
    n: Vec<u8>,
    e: Vec<u8>,
}

#[derive(Deserialize)]
struct Jwks {
    keys: Vec<Jwk>,
}

/// The members that are read (RFC 7517 §4, RFC 7518 §6.3.1).
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    r#use: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

impl Jwk {
    /// Whether the key is one that signs with RS256. `alg` and `use` may be missing.
    fn signs(&self) -> bool {
        self.kty == "RSA"
            && self.alg.as_deref().is_none_or(|alg| alg == "RS256")
            && self.r#use.as_deref().is_none_or(|r#use| r#use == "sig")
    }
}

impl KeySet {
    pub(super) fn read(json: &str) -> Result<Self, BadKeySet> {
        let jwks: Jwks = serde_json::from_str(json).map_err(|_| BadKeySet::Unreadable)?;
        let number = |text: Option<String>| {
            let bytes = BASE64_URL_SAFE_NO_PAD.decode(text.unwrap_or_default()).ok();
            bytes.filter(|bytes| !bytes.is_empty()).ok_or(BadKeySet::Unreadable)
        };
        let mut keys = BTreeMap::new();
        for jwk in jwks.keys.into_iter().filter(Jwk::signs) {
            let Some(id) = jwk.kid else { continue };
            let key = Key { n: number(jwk.n)?, e: number(jwk.e)? };
            if keys.insert(id, key).is_some() {
                return Err(BadKeySet::TwoOfOneId);
            }
        }
        if keys.is_empty() { Err(BadKeySet::NoKey) } else { Ok(Self(keys)) }
    }

    pub(super) fn get(&self, id: &str) -> Option<&Key> {
        self.0.get(id)
    }
}

impl Key {
    /// Whether this key signed the message with RSASSA-PKCS1-v1_5 and SHA-256. A key of less than 2,048 bits signed nothing.
    pub(super) fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let key = PublicKeyComponents { n: &self.n, e: &self.e };
        key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok()
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
