//! Access tokens: JSON Web Tokens (RFC 7519) that an issuer signed with RS256 (RFC 7518 §3.3). They are checked with the issuer's
//! public keys alone, so a check asks nobody.
//!
//! # Security
//!
//! A token chooses nothing about its check. The algorithm is RS256, whatever its header says; the key is one of the issuer's, and
//! `kid` only says which. Members that name keys or addresses (`jku`, `jwk`, `x5u`, `x5c`) are not read, and a header with `crit`
//! is refused (RFC 7515 §4.1.11), since no extension is known here.

mod keys;

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Map, Value};

pub use self::keys::BadKeySet;
use self::keys::KeySet;
use crate::caller::Claims;

/// The most bytes of a token: what API Gateway takes as headers altogether ("Quotas for HTTP APIs").
pub const MAX_TOKEN_BYTES: usize = 10_240;

/// By how much the clocks of the issuer and of this process may differ, where a token says when it begins (RFC 7519 §4.1.5). Its
/// end is exact.
const LEEWAY: SignedDuration = SignedDuration::from_mins(1);

/// Who issues tokens, and the keys that sign them.
#[derive(Clone)]
pub struct TokenIssuer {
    name: String,
    keys: KeySet,
}

/// What a token says, after it was checked.
#[derive(Debug, Clone)]
pub struct Verified {
    /// Its claims that are texts, numbers or truth values, as text. Keyward reads no others.
    pub claims: Claims,
    /// When it ends.
    pub until: Timestamp,
}

/// Why a token says nothing here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefusal {
    /// It is no JSON Web Token, or one with extensions.
    #[error("the token is malformed")]
    Malformed,
    /// It is signed with something else than RS256.
    #[error("the signing method is invalid")]
    Algorithm,
    /// Its `kid` is none of the issuer's.
    #[error("no key of the issuer has this id")]
    Key,
    /// The signature is wrong.
    #[error("the signature is invalid")]
    Signature,
    /// `iss` is another issuer.
    #[error("another issuer made the token")]
    Issuer,
    /// `exp` is past, or missing.
    #[error("the token has expired")]
    Expired,
    /// `nbf` or `iat` is in the future, or no time.
    #[error("the token is not valid yet")]
    NotYetValid,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<IgnoredAny>,
}

impl TokenIssuer {
    /// The issuer of this name, which the claim `iss` has, with its public keys as a JWK Set (RFC 7517 §5). Keys of other types
    /// and uses are left out.
    ///
    /// # Errors
    ///
    /// [`BadKeySet`], also when there is no key for RS256 among them.
    pub fn new(name: String, key_set: &str) -> Result<Self, BadKeySet> {
        Ok(Self { name, keys: KeySet::read(key_set)? })
    }

    /// An issuer without a key: every token is refused.
    #[must_use]
    pub fn nobody() -> Self {
        Self { name: String::new(), keys: KeySet::default() }
    }

    /// Checks a token: its form, algorithm, signature, issuer and time, in this order.
    ///
    /// # Errors
    ///
    /// [`TokenRefusal`], which repeats nothing of the token.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Verified, TokenRefusal> {
        let parts = Parts::of(token).ok_or(TokenRefusal::Malformed)?;
        let header: Header = decoded(parts.header)?;
        if header.crit.is_some() {
            return Err(TokenRefusal::Malformed);
        }
        if header.alg != "RS256" {
            return Err(TokenRefusal::Algorithm);
        }
        let key = header.kid.and_then(|id| self.keys.get(&id)).ok_or(TokenRefusal::Key)?;
        let signature =
            BASE64_URL_SAFE_NO_PAD.decode(parts.signature).map_err(|_| TokenRefusal::Malformed)?;
        if !key.signed(parts.signed.as_bytes(), &signature) {
            return Err(TokenRefusal::Signature);
        }
        let claims: Map<String, Value> = decoded(parts.claims)?;
        if claims.get("iss").and_then(Value::as_str) != Some(self.name.as_str()) {
            return Err(TokenRefusal::Issuer);
        }
        let until = claims.get("exp").and_then(time).filter(|until| *until > now);
        let until = until.ok_or(TokenRefusal::Expired)?;
        let begins = ["nbf", "iat"].into_iter().filter_map(|name| claims.get(name));
        let latest = now.saturating_add(LEEWAY).unwrap_or(Timestamp::MAX);
        if begins.map(time).any(|begin| begin.is_none_or(|begin| begin > latest)) {
            return Err(TokenRefusal::NotYetValid);
        }
        Ok(Verified { claims: Claims { values: as_text(claims) }, until })
    }
}

/// The parts of the compact serialisation (RFC 7515 §7.1).
struct Parts<'a> {
    /// Header and claims with the dot between them: what the signature is over.
    signed: &'a str,
    header: &'a str,
    claims: &'a str,
    signature: &'a str,
}

impl<'a> Parts<'a> {
    fn of(token: &'a str) -> Option<Self> {
        if token.len() > MAX_TOKEN_BYTES {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        (!claims.contains('.')).then_some(Self { signed, header, claims, signature })
    }
}

/// A part as JSON. Base64url has one spelling of each value: no padding, and no bits left over.
fn decoded<T: for<'de> Deserialize<'de>>(part: &str) -> Result<T, TokenRefusal> {
    let json = BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenRefusal::Malformed)?;
    serde_json::from_slice(&json).map_err(|_| TokenRefusal::Malformed)
}

/// A `NumericDate` (RFC 7519 §2): seconds, which may have a fraction.
fn time(value: &Value) -> Option<Timestamp> {
    if let Some(seconds) = value.as_i64() {
        return Timestamp::from_second(seconds).ok();
    }
    let since = SignedDuration::try_from_secs_f64(value.as_f64()?).ok()?;
    Timestamp::from_duration(since).ok()
}

fn as_text(claims: Map<String, Value>) -> BTreeMap<String, String> {
    let text = |value| match value {
        Value::String(text) => Some(text),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    claims.into_iter().filter_map(|(name, value)| Some((name, text(value)?))).collect()
}

#[cfg(test)]
mod tests;
