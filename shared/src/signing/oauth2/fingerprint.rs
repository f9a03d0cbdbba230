//! Tells grants apart without keeping their secrets.

use aws_lc_rs::digest::{Context, SHA256};

use super::{ClientProof, Grant, ScopePlace};

impl Grant<'_> {
    /// SHA-256 over the context and all that the grant consists of, secrets too. Two grants have the same one only if
    /// they would ask for the same token, so a token may be kept under it. The context is what else must be the same,
    /// such as account and key.
    ///
    /// # Security
    ///
    /// It stays in memory: whoever sees it could test guesses of a weak secret against it.
    #[must_use]
    pub fn fingerprint(&self, context: &[&str]) -> [u8; 32] {
        let mut digest = Context::new(&SHA256);
        digest.update(&length(context.len()));
        context.iter().for_each(|text| part(&mut digest, Some(text)));
        for text in [Some(self.token_url), Some(self.client_id), self.scope, self.audience] {
            part(&mut digest, text);
        }
        match &self.proof {
            ClientProof::SecretBasic(secret) => {
                part(&mut digest, Some("basic"));
                part(&mut digest, Some(secret.expose()));
            }
            ClientProof::SecretPost(secret) => {
                part(&mut digest, Some("post"));
                part(&mut digest, Some(secret.expose()));
            }
            ClientProof::Assertion(assertion) => {
                let scope_place = match assertion.scope_place {
                    ScopePlace::Request => "request",
                    ScopePlace::Assertion => "assertion",
                };
                for text in [
                    Some("assertion"),
                    Some(assertion.private_key.expose()),
                    assertion.key_id,
                    Some(assertion.algorithm.as_str()),
                    assertion.audience,
                    Some(scope_place),
                ] {
                    part(&mut digest, text);
                }
            }
        }
        let mut out = [0; 32];
        out.copy_from_slice(digest.finish().as_ref());
        out
    }
}

/// A text with its length before it, so that no two lists of texts look alike; one that is missing differs from an
/// empty one.
fn part(digest: &mut Context, text: Option<&str>) {
    match text {
        None => digest.update(&[0]),
        Some(text) => {
            digest.update(&[1]);
            digest.update(&length(text.len()));
            digest.update(text.as_bytes());
        }
    }
}

fn length(length: usize) -> [u8; 8] {
    u64::try_from(length).unwrap_or(u64::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{
        secret::SecretText,
        signing::{jwt::Algorithm, oauth2::Assertion},
    };

    #[test]
    fn grants_that_differ_anywhere_have_different_fingerprints() {
        let [one, other] = ["one", "other"].map(|text| SecretText::from(text.to_owned()));
        let basic = ClientProof::SecretBasic;
        let assertion = |private_key, key_id, algorithm, audience, scope_place| {
            ClientProof::Assertion(Assertion { private_key, key_id, algorithm, audience, scope_place })
        };
        let of = |context: &[&str], token_url, client_id, proof, scope, audience| {
            Grant { token_url, client_id, proof, scope, audience }.fingerprint(context)
        };
        let (request, within) = (ScopePlace::Request, ScopePlace::Assertion);
        let all = [
            of(&["a", "k"], "u", "c", basic(&one), None, None),
            of(&["a", "l"], "u", "c", basic(&one), None, None),
            of(&["ak"], "u", "c", basic(&one), None, None),
            of(&["a"], "k", "u", basic(&one), Some("c"), None),
            of(&["a", "k"], "uc", "", basic(&one), None, None),
            of(&["a", "k"], "u", "d", basic(&one), None, None),
            of(&["a", "k"], "u", "c", basic(&other), None, None),
            of(&["a", "k"], "u", "c", ClientProof::SecretPost(&one), None, None),
            of(&["a", "k"], "u", "c", basic(&one), Some(""), None),
            of(&["a", "k"], "u", "c", basic(&one), None, Some("")),
            of(&["a", "k"], "u", "c", assertion(&one, None, Algorithm::Ps256, None, request), None, None),
            of(&["a", "k"], "u", "c", assertion(&other, None, Algorithm::Ps256, None, request), None, None),
            of(
                &["a", "k"],
                "u",
                "c",
                assertion(&one, Some("i"), Algorithm::Ps256, None, request),
                None,
                None,
            ),
            of(&["a", "k"], "u", "c", assertion(&one, None, Algorithm::Rs256, None, request), None, None),
            of(
                &["a", "k"],
                "u",
                "c",
                assertion(&one, None, Algorithm::Ps256, Some("a"), request),
                None,
                None,
            ),
            of(&["a", "k"], "u", "c", assertion(&one, None, Algorithm::Ps256, None, within), None, None),
        ];
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        assert_eq!(all[0], of(&["a", "k"], "u", "c", basic(&one), None, None));
    }
}
