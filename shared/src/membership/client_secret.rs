//! The secrets of machine clients. Keyward makes them, shows each once, and keeps a SHA-256 of it.
//!
//! # Security
//!
//! A secret has 32 random bytes, so a fast hash is enough: a slow one protects secrets of less than 112 bits (NIST SP 800-63B,
//! revision 3, §5.1.2.2). Nobody can compute the secret from the row. Hashes are compared in constant time.

use std::fmt;

use aws_lc_rs::{
    constant_time::verify_slices_are_equal,
    digest::{SHA256, digest},
};
use jiff::Timestamp;

use crate::{
    ids::SecretId,
    moment::{Clock, Random},
    secret::SecretText,
};

/// The most secrets of a client that are valid at a time: the one in use, and the one that replaces it.
pub const MOST_SECRETS: usize = 2;

/// What every secret begins with, so that scanners of source code recognise one.
pub const PREFIX: &str = "kwsecret_";

/// The random bytes of a secret.
const RANDOM_BYTES: usize = 32;
/// The bytes of its check sum.
const CHECK_BYTES: usize = 4;

/// A secret in the clear: [`PREFIX`], 64 hexadecimal digits, and 8 more as a check sum. A text that was cut or mistyped is
/// told from a wrong secret without a look at any row.
pub struct ClientSecret(SecretText);

/// The text is no secret of a machine client. The error repeats nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text is no secret of a machine client")]
pub struct NoClientSecret;

impl ClientSecret {
    /// A new one.
    #[must_use]
    pub fn generate(random: &(impl Random + ?Sized)) -> Self {
        let mut bytes = [0; RANDOM_BYTES];
        random.fill(&mut bytes);
        let digits = SecretText::from(hex::encode(bytes));
        Self(format!("{PREFIX}{}{}", digits.expose(), check_sum(digits.expose())).into())
    }

    /// Reads one.
    ///
    /// # Errors
    ///
    /// [`NoClientSecret`], also where the check sum is not that of the rest.
    pub fn parse(text: SecretText) -> Result<Self, NoClientSecret> {
        let rest = text.expose().strip_prefix(PREFIX).ok_or(NoClientSecret)?;
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let (digits, check) = rest.split_at_checked(2 * RANDOM_BYTES).ok_or(NoClientSecret)?;
        let is_whole = digits.bytes().all(is_digit) && check_sum(digits) == check;
        if is_whole { Ok(Self(text)) } else { Err(NoClientSecret) }
    }

    /// What is kept of it.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        let mut bytes = [0; 32];
        let digest = digest(&SHA256, self.0.expose().as_bytes());
        bytes.iter_mut().zip(digest.as_ref()).for_each(|(byte, of_digest)| *byte = *of_digest);
        SecretHash(bytes)
    }

    /// The text, for the one answer that shows it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// The first bytes of a SHA-256 over the digits and what they are for. It is no part of the hash that is kept.
fn check_sum(digits: &str) -> String {
    let digest = digest(&SHA256, format!("check sum of {PREFIX}{digits}").as_bytes());
    hex::encode(digest.as_ref().get(..CHECK_BYTES).unwrap_or_default())
}

/// The SHA-256 of a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// One that was kept.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Self(bytes))
    }

    /// To keep it.
    #[must_use]
    pub fn to_hex(&self) -> String {
        hex::encode(self.0)
    }

    /// Whether it is that of a secret, found in constant time.
    fn is_same(&self, other: &Self) -> bool {
        verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash")
    }
}

/// What a client's row keeps of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptSecret {
    /// Which one.
    pub id: SecretId,
    /// Its hash.
    pub hash: SecretHash,
    /// When it was made.
    pub created: Timestamp,
    /// When it ends; `None` for one that has no end.
    pub ends: Option<Timestamp>,
}

impl KeptSecret {
    /// Makes a secret, and what is kept of it.
    pub fn make(clock: &impl Clock, random: &impl Random, ends: Option<Timestamp>) -> (ClientSecret, Self) {
        let secret = ClientSecret::generate(random);
        let hash = secret.hash();
        let kept = Self { id: SecretId::generate(clock, random), hash, created: clock.now(), ends };
        (secret, kept)
    }

    /// Whether it counts at this time.
    #[must_use]
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.ends.is_none_or(|ends| now < ends)
    }
}

/// The valid one among the secrets of a client that this is; `None` where it is none.
#[must_use]
pub fn matching<'a>(kept: &'a [KeptSecret], secret: &ClientSecret, now: Timestamp) -> Option<&'a KeptSecret> {
    let hash = secret.hash();
    kept.iter().find(|kept| kept.hash.is_same(&hash) && kept.is_valid(now))
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::fakes::{Counting, Still};

    fn parse(text: &str) -> Result<ClientSecret, NoClientSecret> {
        ClientSecret::parse(SecretText::from(text.to_owned()))
    }

    #[test]
    fn a_secret_reads_back_and_another_has_another_hash() {
        let random = Counting::default();
        let (one, other) = (ClientSecret::generate(&random), ClientSecret::generate(&random));
        assert!(one.expose().starts_with(PREFIX) && one.expose().len() == PREFIX.len() + 72);
        assert_eq!(parse(one.expose()).unwrap().hash(), one.hash());
        assert_ne!(one.hash(), other.hash());
        assert_eq!(SecretHash::from_hex(&one.hash().to_hex()), Some(one.hash()));
        assert!(!one.expose().contains(&one.hash().to_hex()));
        for none in ["", "ab", &"g".repeat(64), &"a".repeat(66)] {
            assert_eq!(SecretHash::from_hex(none), None, "{none}");
        }
    }

    #[test]
    fn every_text_that_is_not_a_whole_secret_is_refused() {
        let good = ClientSecret::generate(&Counting::default()).expose().to_owned();
        // Every cut, and every digit changed for another.
        for length in 0..good.len() {
            assert!(parse(&good[..length]).is_err(), "{length}");
        }
        for place in 0..good.len() {
            let mut bytes = good.clone().into_bytes();
            bytes[place] = if bytes[place] == b'7' { b'8' } else { b'7' };
            assert!(parse(&String::from_utf8(bytes).unwrap()).is_err(), "{place}");
        }
        for bent in [format!("{good}0"), format!(" {good}"), format!("{good}\n"), good.to_uppercase()] {
            assert!(parse(&bent).is_err(), "{bent}");
        }
        assert!(parse(&format!("{PREFIX}{}", "ä".repeat(36))).is_err());
    }

    #[test]
    fn a_secret_counts_until_it_ends_and_two_count_at_a_time() {
        let random = Counting::default();
        let now = Still.now();
        let later = now + SignedDuration::from_hours(1);
        let (old, kept_old) = KeptSecret::make(&Still, &random, Some(later));
        let (new, kept_new) = KeptSecret::make(&Still, &random, None);
        let (foreign, _) = KeptSecret::make(&Still, &random, None);
        let kept = [kept_old, kept_new];
        let found = |secret, at| matching(&kept, secret, at).map(|found| found.id.clone());
        let just_before = later - SignedDuration::from_nanos(1);
        assert_eq!(found(&old, just_before), Some(kept[0].id.clone()));
        assert_eq!(found(&old, later), None);
        assert_eq!(found(&new, later), Some(kept[1].id.clone()));
        assert_eq!(found(&foreign, now), None);
        assert!(matching(&[], &old, now).is_none());
    }

    #[test]
    fn neither_a_secret_nor_its_hash_is_shown() {
        let (secret, kept) = KeptSecret::make(&Still, &Counting::default(), None);
        let shown = format!("{kept:?}");
        assert!(!shown.contains(secret.expose()) && !shown.contains(&kept.hash.to_hex()));
    }
}
