//! The tokens of callers. A function checks each by itself, whatever calls the function and whatever the event says of the
//! caller. A process checks a token once, and remembers it by its digest until it ends.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;
use keyward_shared::{
    caller::{Claims, PanelClient},
    token::{TokenIssuer, Verified},
};

use super::Failure;

/// The most tokens that a process remembers.
const MOST: usize = 256;

type Digest = [u8; 32];

/// The issuer whose tokens are taken, and the tokens that were checked.
pub struct Tokens {
    issuer: TokenIssuer,
    checked: Mutex<HashMap<Digest, Checked>>,
}

#[derive(Clone)]
struct Checked {
    claims: Arc<Claims>,
    until: Timestamp,
}

/// What a caller is recognised by.
#[derive(Clone, Copy)]
pub struct Recognition<'a> {
    /// Their token.
    pub tokens: &'a Tokens,
    /// The client that people sign in with.
    pub panel: &'a PanelClient,
    /// When they call.
    pub now: Timestamp,
}

impl Tokens {
    /// Takes the tokens of this issuer.
    #[must_use]
    pub fn of(issuer: TokenIssuer) -> Self {
        Self { issuer, checked: Mutex::default() }
    }

    /// The claims of the token in an `Authorization` header.
    pub(super) fn claims(&self, header: Option<&str>, now: Timestamp) -> Result<Arc<Claims>, Failure> {
        let token = header.map(bearer).filter(|token| !token.is_empty()).ok_or(Failure::NotSignedIn)?;
        let name: Option<Digest> = digest(&SHA256, token.as_bytes()).as_ref().try_into().ok();
        if let Some(claims) = name.and_then(|name| self.remembered(&name, now)) {
            return Ok(claims);
        }
        let Verified { claims, until } = self.issuer.verify(token, now).map_err(Failure::TokenRefused)?;
        let checked = Checked { claims: Arc::new(claims), until };
        if let Some(name) = name {
            self.remember(name, checked.clone(), now);
        }
        Ok(checked.claims)
    }

    fn remembered(&self, name: &Digest, now: Timestamp) -> Option<Arc<Claims>> {
        // A panic elsewhere leaves the map consistent, because no change of it has two steps.
        let checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        checked.get(name).filter(|token| token.until > now).map(|token| Arc::clone(&token.claims))
    }

    /// Where there is no room, the token goes that ends first.
    fn remember(&self, name: Digest, token: Checked, now: Timestamp) {
        let mut checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        if checked.len() >= MOST {
            checked.retain(|_, token| token.until > now);
        }
        if checked.len() >= MOST {
            let first = checked.iter().min_by_key(|(_, token)| token.until).map(|(name, _)| *name);
            first.and_then(|first| checked.remove(&first));
        }
        checked.insert(name, token);
    }
}

/// The token in the header. As for API Gateway, the scheme `Bearer` may be missing and in any case ("Control access to HTTP APIs
/// with JWT authorizers").
fn bearer(header: &str) -> &str {
    match header.trim().split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        Some(_) | None if header.trim().eq_ignore_ascii_case("bearer") => "",
        Some(_) | None => header.trim(),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use jiff::SignedDuration;
    use keyward_shared::token::TokenRefusal;
    use serde_json::{Value, json};

    use super::*;

    /// Tokens that a foreign library made, with the public key that checks them. Nobody has the private one any more.
    const SAMPLES: &str = include_str!("../../../shared/testdata/tokens.json");

    pub(crate) fn samples() -> Value {
        serde_json::from_str(SAMPLES).unwrap()
    }

    pub(crate) fn tokens() -> Tokens {
        let samples = samples();
        let name = samples["issuer"].as_str().unwrap().to_owned();
        Tokens::of(TokenIssuer::new(name, &samples["key_set"].to_string()).unwrap())
    }

    /// The token of this name.
    pub(crate) fn token(name: &str) -> String {
        samples()["tokens"][name].as_str().unwrap().to_owned()
    }

    /// Within the time of the samples.
    pub(crate) fn now() -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap()
    }

    fn refusal(tokens: &Tokens, header: Option<&str>, now: Timestamp) -> Option<Failure> {
        tokens.claims(header, now).err()
    }

    #[test]
    fn a_token_may_come_with_the_scheme_and_without() {
        let (tokens, token) = (tokens(), token("keys:read"));
        for header in
            [format!("Bearer {token}"), format!("bearer  {token}"), token.clone(), format!(" {token}")]
        {
            let claims = tokens.claims(Some(&header), now()).unwrap();
            assert_eq!(claims.values.get("account").map(String::as_str), Some("acme"), "{header}");
        }
        for none in [None, Some(""), Some("Bearer"), Some("Bearer ")] {
            assert!(matches!(refusal(&tokens, none, now()), Some(Failure::NotSignedIn)), "{none:?}");
        }
        for other in
            [format!("Basic {token}"), format!("Bearer {token},Bearer {token}"), "Bearer x".to_owned()]
        {
            let refused = refusal(&tokens, Some(&other), now());
            assert!(matches!(refused, Some(Failure::TokenRefused(TokenRefusal::Malformed))), "{other}");
        }
    }

    #[test]
    fn a_token_that_is_remembered_ends_when_it_says() {
        let (tokens, token) = (tokens(), token("keys:read"));
        let ends = Timestamp::from_second(4_102_444_800).unwrap();
        let before = ends - SignedDuration::from_nanos(1);
        tokens.claims(Some(&token), now()).unwrap();
        assert_eq!(tokens.checked.lock().unwrap().len(), 1);
        tokens.claims(Some(&token), before).unwrap();
        assert_eq!(tokens.checked.lock().unwrap().len(), 1);
        let refused = refusal(&tokens, Some(&token), ends);
        assert!(matches!(refused, Some(Failure::TokenRefused(TokenRefusal::Expired))));
    }

    #[test]
    fn what_was_refused_is_not_remembered_and_what_is_remembered_stands_for_itself_alone() {
        let (tokens, token) = (tokens(), token("keys:read"));
        tokens.claims(Some(&token), now()).unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let (head, _) = signed.split_once('.').unwrap();
        let claims = json!({ "iss": samples()["issuer"], "exp": 4_102_444_800_u64, "account": "globex" });
        let bent = base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, claims.to_string());
        for _ in 0..2 {
            let refused = refusal(&tokens, Some(&format!("{head}.{bent}.{signature}")), now());
            assert!(matches!(refused, Some(Failure::TokenRefused(TokenRefusal::Signature))));
        }
        assert_eq!(tokens.checked.lock().unwrap().len(), 1);
    }

    #[test]
    fn memory_is_bounded_and_the_token_that_ends_first_goes() {
        let tokens = tokens();
        let named = |number: usize| {
            let mut name = [0; 32];
            name[..8].copy_from_slice(&u64::try_from(number).unwrap().to_be_bytes());
            name
        };
        let ending = |number: usize| Checked {
            claims: Arc::default(),
            until: now() + SignedDuration::from_secs(i64::try_from(number).unwrap() + 1),
        };
        for number in 0..MOST + 10 {
            tokens.remember(named(number), ending(number), now());
        }
        assert_eq!(tokens.checked.lock().unwrap().len(), MOST);
        assert!(
            tokens.remembered(&named(9), now()).is_none() && tokens.remembered(&named(10), now()).is_some()
        );
        // What has ended goes before anything else does.
        let later = now() + SignedDuration::from_secs(200);
        tokens.remember(named(1_000), ending(1_000), later);
        assert_eq!(tokens.checked.lock().unwrap().len(), MOST + 10 - 200 + 1);
    }
}
