//! An assertion with which a client shows who it is: a signed JWT (RFC 7523 §3).

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::Client;
use crate::{
    moment::Random,
    secret::SecretText,
    signing::{
        SignError, field,
        jwt::{Generated, Jwt, Signer},
    },
};

/// What an assertion is made with.
pub struct Assertion<'a> {
    /// What signs it.
    pub signer: Signer<'a>,
    /// For whom the assertion is; the token URL if `None`.
    pub audience: Option<&'a str>,
    /// Where the scope stands.
    pub scope_place: ScopePlace,
    /// How long it holds. It is used at once.
    pub lifetime_seconds: u16,
    /// Where the client's id stands.
    pub id_place: IdPlace,
}

/// Where the id of a client stands that signs an assertion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdPlace {
    /// In the assertion alone.
    Assertion,
    /// In the form as well (RFC 7521 §4.2).
    FormToo,
}

/// Where the scope stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScopePlace {
    /// In the request, as RFC 6749 §4.4.2 has it.
    Request,
    /// In the assertion as a list, as NetSuite has it.
    Assertion,
}

impl Assertion<'_> {
    pub(super) fn check(&self) -> Result<(), SignError> {
        // The request may have an audience of its own, which is checked under the same name.
        self.audience.map_or(Ok(()), |audience| field::text("audience", audience))?;
        self.signer.check()
    }

    /// The signed JWT of this client. It is as good as a secret while it holds.
    pub(super) fn sign(
        &self,
        client: &Client<'_>,
        token_url: &str,
        scope: Option<&str>,
        now: Timestamp,
        random: &impl Random,
    ) -> Result<SecretText, SignError> {
        let mut claims = Map::new();
        let mut claim = |name: &str, value: Value| drop(claims.insert(name.to_owned(), value));
        claim("iss", client.id.into());
        claim("sub", client.id.into());
        claim("aud", self.audience.unwrap_or(token_url).into());
        match (self.scope_place, scope) {
            (ScopePlace::Assertion, Some(scope)) => claim("scope", scope.split(' ').collect()),
            (ScopePlace::Assertion, None) | (ScopePlace::Request, _) => {}
        }
        let jwt = Jwt {
            signer: self.signer,
            claims: &claims,
            generated: &[Generated::Iat, Generated::Jti],
            lifetime_seconds: self.lifetime_seconds,
            backdated_seconds: 0,
        };
        jwt.sign(now, random)
    }
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{DecodingKey, TokenData, Validation};
    use serde_json::{Value, json};

    use super::*;
    use crate::signing::{
        jwt::{Algorithm, Thumbprint},
        oauth2::{ClientProof, Grant, GrantKind},
        tests::Sevens,
    };

    const RSA: &str = include_str!("../../../testdata/private-keys/rsa-2048.pkcs8.pem");
    const RSA_PUBLIC: &str = include_str!("../../../testdata/private-keys/rsa-2048.public.pem");
    const P256: &str = include_str!("../../../testdata/private-keys/p-256.sec1.pem");
    const P256_PUBLIC: &str = include_str!("../../../testdata/private-keys/p-256.public.pem");

    const P384: &str = include_str!("../../../testdata/private-keys/p-384.pkcs8.pem");
    const P384_PUBLIC: &str = include_str!("../../../testdata/private-keys/p-384.public.pem");
    const ED25519: &str = include_str!("../../../testdata/private-keys/pkcs8-ed25519");
    const ED25519_PUBLIC: &str = include_str!("../../../testdata/private-keys/ed25519.public.pem");

    const NOW: i64 = 1_700_000_000;

    /// The form of a request whose assertion was verified by other people's code, and what that code read.
    fn verified(
        algorithm: Algorithm,
        scope_place: ScopePlace,
        key_id: Option<&str>,
        audience: Option<&str>,
    ) -> (String, TokenData<Value>) {
        let (pem, public, theirs) = match algorithm {
            Algorithm::Rs256 => {
                (RSA, DecodingKey::from_rsa_pem(RSA_PUBLIC.as_bytes()), jsonwebtoken::Algorithm::RS256)
            }
            Algorithm::Ps256 => {
                (RSA, DecodingKey::from_rsa_pem(RSA_PUBLIC.as_bytes()), jsonwebtoken::Algorithm::PS256)
            }
            Algorithm::Rs384 => {
                (RSA, DecodingKey::from_rsa_pem(RSA_PUBLIC.as_bytes()), jsonwebtoken::Algorithm::RS384)
            }
            Algorithm::Rs512 => {
                (RSA, DecodingKey::from_rsa_pem(RSA_PUBLIC.as_bytes()), jsonwebtoken::Algorithm::RS512)
            }
            Algorithm::Ps384 => {
                (RSA, DecodingKey::from_rsa_pem(RSA_PUBLIC.as_bytes()), jsonwebtoken::Algorithm::PS384)
            }
            Algorithm::Ps512 => {
                (RSA, DecodingKey::from_rsa_pem(RSA_PUBLIC.as_bytes()), jsonwebtoken::Algorithm::PS512)
            }
            Algorithm::Es256 => {
                (P256, DecodingKey::from_ec_pem(P256_PUBLIC.as_bytes()), jsonwebtoken::Algorithm::ES256)
            }
            Algorithm::Es384 => {
                (P384, DecodingKey::from_ec_pem(P384_PUBLIC.as_bytes()), jsonwebtoken::Algorithm::ES384)
            }
            // The library knows no ES512: `tests/python` holds it against PyJWT.
            Algorithm::Es512 => unreachable!("not among those asked for"),
            Algorithm::EdDsa => {
                (ED25519, DecodingKey::from_ed_pem(ED25519_PUBLIC.as_bytes()), jsonwebtoken::Algorithm::EdDSA)
            }
        };
        let private_key = SecretText::from(pem.to_owned());
        let (certificate, thumbprint) = (None, Thumbprint::Sha256);
        let signer = Signer { private_key: &private_key, algorithm, key_id, certificate, thumbprint };
        let proof =
            Assertion { signer, audience, scope_place, lifetime_seconds: 300, id_place: IdPlace::Assertion };
        let client = Client { id: "client", proof: ClientProof::Assertion(proof) };
        let url = "https://login.example/token";
        let grant = Grant {
            scope: Some("restlets rest_webservices"),
            ..Grant::new(url, GrantKind::ClientCredentials, Some(client))
        };
        let request = grant.request(Timestamp::from_second(NOW).unwrap(), &Sevens).ok().unwrap();
        let body = String::from_utf8(request.body().to_vec()).unwrap();
        let (start, rest) = body.split_once("&client_assertion=").unwrap();
        let (jwt, end) = rest.split_once('&').unwrap_or((rest, ""));
        let mut validation = Validation::new(theirs);
        validation.set_audience(&[audience.unwrap_or("https://login.example/token")]);
        // The moment is the test's, not the clock's.
        validation.validate_exp = false;
        (format!("{start}|{end}"), jsonwebtoken::decode(jwt, &public.unwrap(), &validation).unwrap())
    }

    #[test]
    fn an_assertion_verifies_and_says_who_when_and_for_whom() {
        for algorithm in [
            Algorithm::Rs256,
            Algorithm::Rs384,
            Algorithm::Rs512,
            Algorithm::Ps256,
            Algorithm::Ps384,
            Algorithm::Ps512,
            Algorithm::Es256,
            Algorithm::Es384,
            Algorithm::EdDsa,
        ] {
            let (form, token) = verified(algorithm, ScopePlace::Request, None, None);
            assert_eq!(
                form,
                "grant_type=client_credentials&client_assertion_type=\
                 urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer|scope=restlets%20rest_webservices"
            );
            assert_eq!(token.header.typ.as_deref(), Some("JWT"));
            assert_eq!(token.header.kid, None);
            assert_eq!(
                token.claims,
                json!({
                    "iss": "client",
                    "sub": "client",
                    "aud": "https://login.example/token",
                    "iat": NOW,
                    "exp": NOW + 300,
                    "jti": "07".repeat(16),
                })
            );
        }
    }

    #[test]
    fn the_scope_may_stand_in_the_assertion_instead() {
        let audience = Some("https://other.example/");
        let (form, token) = verified(Algorithm::Ps256, ScopePlace::Assertion, Some("cert"), audience);
        assert!(form.ends_with('|'), "{form}");
        assert_eq!(token.header.kid.as_deref(), Some("cert"));
        assert_eq!(token.claims["scope"], json!(["restlets", "rest_webservices"]));
        assert_eq!(token.claims["aud"], "https://other.example/");
    }
}
