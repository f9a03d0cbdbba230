//! Tells grants apart without keeping their secrets.

use aws_lc_rs::digest::{Context, SHA256};

use super::{Assertion, ClientProof, Grant, GrantKind, IdPlace, ScopePlace};
use crate::signing::jwt::{Generated, Jwt, Signer, Thumbprint};

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
        for text in [Some(self.token_url), self.scope, self.audience, self.resource] {
            part(&mut digest, text);
        }
        for pairs in [self.parameters, self.headers] {
            digest.update(&length(pairs.len()));
            for (name, value) in pairs {
                part(&mut digest, Some(name));
                part(&mut digest, Some(value.expose()));
            }
        }
        match &self.kind {
            GrantKind::ClientCredentials => part(&mut digest, Some("client")),
            GrantKind::JwtBearer(granted) => {
                part(&mut digest, Some("jwt"));
                jwt(&mut digest, granted);
            }
            GrantKind::Password { username, password } => {
                for text in ["password", username, password.expose()] {
                    part(&mut digest, Some(text));
                }
            }
            GrantKind::AuthorizationCode { code, redirect_uri, verifier } => {
                for text in ["code", code.expose(), redirect_uri, verifier.expose()] {
                    part(&mut digest, Some(text));
                }
            }
            GrantKind::RefreshToken(token) => {
                for text in ["refresh", token.expose()] {
                    part(&mut digest, Some(text));
                }
            }
        }
        part(&mut digest, self.client.as_ref().map(|client| client.id));
        match self.client.as_ref().map(|client| &client.proof) {
            None => part(&mut digest, None),
            Some(ClientProof::SecretBasic(secret)) => {
                part(&mut digest, Some("basic"));
                part(&mut digest, Some(secret.expose()));
            }
            Some(ClientProof::SecretBasicUnencoded(secret)) => {
                part(&mut digest, Some("basic-unencoded"));
                part(&mut digest, Some(secret.expose()));
            }
            Some(ClientProof::Public) => part(&mut digest, Some("public")),
            Some(ClientProof::SecretPost(secret)) => {
                part(&mut digest, Some("post"));
                part(&mut digest, Some(secret.expose()));
            }
            Some(ClientProof::Assertion(proof)) => {
                part(&mut digest, Some("assertion"));
                assertion(&mut digest, proof);
            }
        }
        let mut out = [0; 32];
        out.copy_from_slice(digest.finish().as_ref());
        out
    }
}

fn assertion(digest: &mut Context, assertion: &Assertion<'_>) {
    let Assertion { signer: signed_by, audience, scope_place, lifetime_seconds, id_place } = assertion;
    signer(digest, signed_by);
    part(digest, *audience);
    let scope_place = match scope_place {
        ScopePlace::Request => "request",
        ScopePlace::Assertion => "assertion",
    };
    part(digest, Some(scope_place));
    let id_place = match id_place {
        IdPlace::Assertion => "assertion",
        IdPlace::FormToo => "form",
    };
    part(digest, Some(id_place));
    digest.update(&lifetime_seconds.to_be_bytes());
}

fn jwt(digest: &mut Context, jwt: &Jwt<'_>) {
    let Jwt { signer: signed_by, claims, generated, lifetime_seconds, backdated_seconds } = jwt;
    signer(digest, signed_by);
    digest.update(&length(claims.len()));
    for (name, value) in *claims {
        part(digest, Some(name));
        part(digest, Some(&value.to_string()));
    }
    digest.update(&length(generated.len()));
    for generated in *generated {
        let name = match generated {
            Generated::Iat => "iat",
            Generated::Nbf => "nbf",
            Generated::Jti => "jti",
        };
        part(digest, Some(name));
    }
    digest.update(&lifetime_seconds.to_be_bytes());
    digest.update(&backdated_seconds.to_be_bytes());
}

fn signer(digest: &mut Context, signer: &Signer<'_>) {
    let Signer { private_key, algorithm, key_id, certificate, thumbprint } = signer;
    let thumbprint = match thumbprint {
        Thumbprint::Sha1 => "x5t",
        Thumbprint::Sha256 => "x5t#S256",
    };
    for text in
        [Some(private_key.expose()), Some(algorithm.as_str()), *key_id, *certificate, Some(thumbprint)]
    {
        part(digest, text);
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

    use serde_json::{Map, Value, json};

    use super::*;
    use crate::{
        secret::SecretText,
        signing::{jwt::Algorithm, oauth2::Client},
    };

    /// A grant with one thing changed.
    type Change<'c> = &'c dyn Fn(&mut Grant<'c>);

    fn of<'c>(context: &[&str], secret: &'c SecretText, changes: &[Change<'c>]) -> [u8; 32] {
        let client = client("c", ClientProof::SecretBasic(secret));
        let mut grant = Grant::new("u", GrantKind::ClientCredentials, client);
        changes.iter().for_each(|change| change(&mut grant));
        grant.fingerprint(context)
    }

    fn client<'c>(id: &'c str, proof: ClientProof<'c>) -> Option<Client<'c>> {
        Some(Client { id, proof })
    }

    fn claims(json: Value) -> Map<String, Value> {
        let Value::Object(claims) = json else { unreachable!() };
        claims
    }

    #[test]
    fn grants_that_differ_anywhere_have_different_fingerprints() {
        let [one, other] = ["one", "other"].map(|text| SecretText::from(text.to_owned()));
        let basic = of(&["a", "k"], &one, &[]);
        assert_eq!(basic, of(&["a", "k"], &one, &[]));
        let mut all = vec![basic, of(&["a", "l"], &one, &[]), of(&["ak"], &one, &[])];

        let beside = |name: &str, value: &str| [(name.to_owned(), SecretText::from(value.to_owned()))];
        let (ab, ac, bb) = (beside("a", "b"), beside("a", "c"), beside("b", "b"));
        let user = |username, password| GrantKind::Password { username, password };
        let changes: [Change<'_>; 18] = [
            &|grant| grant.client = client("c", ClientProof::SecretBasicUnencoded(&one)),
            &|grant| grant.client = client("c", ClientProof::Public),
            &|grant| grant.resource = Some(""),
            &|grant| grant.parameters = &ab,
            &|grant| grant.parameters = &ac,
            &|grant| grant.parameters = &bb,
            &|grant| grant.headers = &ab,
            &|grant| grant.kind = user("a", &one),
            &|grant| grant.kind = user("a", &other),
            &|grant| grant.token_url = "v",
            &|grant| grant.client = client("d", ClientProof::SecretBasic(&one)),
            &|grant| (grant.token_url, grant.client) = ("uc", client("", ClientProof::SecretBasic(&one))),
            &|grant| grant.client = client("c", ClientProof::SecretBasic(&other)),
            &|grant| grant.client = client("c", ClientProof::SecretPost(&one)),
            &|grant| grant.client = None,
            &|grant| grant.scope = Some(""),
            &|grant| grant.scope = Some("c"),
            &|grant| grant.audience = Some(""),
        ];
        all.extend(changes.iter().map(|change| of(&["a", "k"], &one, &[*change])));

        let signer = Signer {
            private_key: &one,
            algorithm: Algorithm::Ps256,
            key_id: None,
            certificate: None,
            thumbprint: Thumbprint::Sha256,
        };
        let signers = [
            signer,
            Signer { private_key: &other, ..signer },
            Signer { algorithm: Algorithm::Rs256, ..signer },
            Signer { key_id: Some("i"), ..signer },
            Signer { certificate: Some("i"), ..signer },
            Signer { certificate: Some("i"), thumbprint: Thumbprint::Sha1, ..signer },
        ];
        let (iss, sub) = (claims(json!({"iss": "a"})), claims(json!({"sub": "a"})));
        let (request, within) = (ScopePlace::Request, ScopePlace::Assertion);
        for signer in signers {
            for (audience, scope_place, lifetime_seconds, id_place) in [
                (None, request, 300, IdPlace::Assertion),
                (Some("a"), request, 300, IdPlace::Assertion),
                (None, within, 300, IdPlace::Assertion),
                (None, request, 60, IdPlace::Assertion),
                (None, request, 300, IdPlace::FormToo),
            ] {
                let proof = Assertion { signer, audience, scope_place, lifetime_seconds, id_place };
                let mut grant = Grant::new("u", GrantKind::ClientCredentials, None);
                grant.client = client("c", ClientProof::Assertion(proof));
                all.push(grant.fingerprint(&["a", "k"]));
            }
            for (claims, generated, lifetime_seconds, backdated_seconds) in [
                (&iss, &[Generated::Iat][..], 300, 0),
                (&sub, &[Generated::Iat], 300, 0),
                (&iss, &[Generated::Jti], 300, 0),
                (&iss, &[], 300, 0),
                (&iss, &[Generated::Iat], 60, 0),
                (&iss, &[Generated::Iat], 300, 60),
            ] {
                let jwt = Jwt { signer, claims, generated, lifetime_seconds, backdated_seconds };
                all.push(Grant::new("u", GrantKind::JwtBearer(jwt), None).fingerprint(&["a", "k"]));
            }
        }
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    }
}
