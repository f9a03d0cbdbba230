//! Authorization codes and refresh tokens: in memory only, and only as hashes.

use std::collections::HashMap;

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use keyward_shared::moment::Random;

use super::store::random_text;

/// How long a code is good (RFC 6749 §4.1.2 recommends at most ten minutes; Cognito's last five).
const CODE_LIFETIME: SignedDuration = SignedDuration::from_mins(5);
/// How long after the sign-in a refresh token is good.
const REFRESH_LIFETIME: SignedDuration = SignedDuration::from_hours(10);

/// How long a refresh token still counts after another took its place, so that a request can be repeated whose answer was lost:
/// what the template gives Cognito (`RetryGracePeriodSeconds`).
const RETRY_GRACE: SignedDuration = SignedDuration::from_secs(10);

/// A person's sign-in, from which tokens are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Session {
    pub(super) client_id: String,
    pub(super) sub: String,
    pub(super) email: String,
    pub(super) auth_time: Timestamp,
    /// Identifies the sign-in in every token made from it.
    pub(super) origin_jti: String,
    /// The scopes of OpenID that were asked for.
    pub(super) scopes: Vec<String>,
    pub(super) nonce: Option<String>,
}

/// The sign-in that a code stands for until it is exchanged.
pub(super) struct CodeGrant {
    pub(super) session: Session,
    pub(super) redirect_uri: String,
    pub(super) challenge: Challenge,
}

/// A PKCE challenge of the method `S256` (RFC 7636 §4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Challenge(String);

impl Challenge {
    /// Reads a challenge: SHA-256 in URL-safe base64, so 43 characters.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let hash = URL_SAFE_NO_PAD.decode(text).ok()?;
        (hash.len() == SHA256.output_len()).then(|| Self(text.to_owned()))
    }

    /// Whether the verifier is well formed (RFC 7636 §4.1: 43 to 128 unreserved characters) and the one.
    pub(super) fn is_met_by(&self, verifier: &str) -> bool {
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        (43..=128).contains(&verifier.len())
            && verifier.bytes().all(unreserved)
            && URL_SAFE_NO_PAD.encode(hash(verifier)) == self.0
    }
}

/// SHA-256 of a random text: enough to know it again, and nothing to use it by.
pub(super) type Hash = [u8; 32];

pub(super) fn hash(text: &str) -> Hash {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    hash
}

struct Timed<T> {
    value: T,
    expires: Timestamp,
}

/// Every open code and refresh token.
#[derive(Default)]
pub(super) struct GrantBook {
    codes: HashMap<Hash, Timed<CodeGrant>>,
    /// Codes that were exchanged, with the `origin_jti` of their sign-in.
    spent: HashMap<Hash, Timed<String>>,
    refresh: HashMap<Hash, Timed<Session>>,
}

impl GrantBook {
    /// A new code for a sign-in of this moment.
    pub(super) fn issue_code(&mut self, grant: CodeGrant, now: Timestamp, random: &dyn Random) -> String {
        self.forget_expired(now);
        let code = random_text::<32>(random);
        self.codes.insert(hash(&code), Timed { value: grant, expires: after(now, CODE_LIFETIME) });
        code
    }

    /// What the code stands for, once. A code that comes a second time takes back the refresh tokens that came
    /// from it: it was stolen, or they were (RFC 6749 §4.1.2).
    pub(super) fn redeem_code(&mut self, code: &str, now: Timestamp) -> Option<CodeGrant> {
        self.forget_expired(now);
        let hash = hash(code);
        if let Some(spent) = self.spent.get(&hash) {
            let stolen = spent.value.clone();
            self.refresh.retain(|_, session| session.value.origin_jti != stolen);
        }
        let grant = self.codes.remove(&hash)?;
        let origin_jti = grant.value.session.origin_jti.clone();
        self.spent.insert(hash, Timed { value: origin_jti, expires: grant.expires });
        Some(grant.value)
    }

    /// A refresh token for the session, good until ten hours after the sign-in.
    pub(super) fn issue_refresh(&mut self, session: Session, random: &dyn Random) -> String {
        let token = random_text::<32>(random);
        let expires = after(session.auth_time, REFRESH_LIFETIME);
        self.refresh.insert(hash(&token), Timed { value: session, expires });
        token
    }

    /// The session of a refresh token, if it is this client's, and the token that takes its place.
    pub(super) fn rotate(
        &mut self,
        token: &str,
        client_id: &str,
        now: Timestamp,
        random: &dyn Random,
    ) -> Option<(Session, String)> {
        self.forget_expired(now);
        let former =
            self.refresh.get_mut(&hash(token)).filter(|former| former.value.client_id == client_id)?;
        former.expires = former.expires.min(after(now, RETRY_GRACE));
        let session = former.value.clone();
        let next = self.issue_refresh(session.clone(), random);
        Some((session, next))
    }

    /// Takes a refresh token back. One that is unknown is no error (RFC 7009 §2.2).
    pub(super) fn revoke(&mut self, token: &str, client_id: &str) {
        let hash = hash(token);
        if self.refresh.get(&hash).is_some_and(|session| session.value.client_id == client_id) {
            self.refresh.remove(&hash);
        }
    }

    fn forget_expired(&mut self, now: Timestamp) {
        self.codes.retain(|_, timed| timed.expires > now);
        self.spent.retain(|_, timed| timed.expires > now);
        self.refresh.retain(|_, timed| timed.expires > now);
    }
}

fn after(now: Timestamp, duration: SignedDuration) -> Timestamp {
    now.saturating_add(duration).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_rfc_7636() {
        // Appendix B.
        let challenge = Challenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM").unwrap();
        assert!(challenge.is_met_by("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
        assert!(!challenge.is_met_by("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl"));
        assert!(!challenge.is_met_by(""));
    }

    #[test]
    fn what_is_no_hash_is_no_challenge() {
        for text in ["", "short", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM", &"a".repeat(44)] {
            assert_eq!(Challenge::parse(text), None, "{text}");
        }
    }
}
