//! An assertion with which a client shows who it is: a signed JWT (RFC 7523 §3, RFC 7519).

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Grant;
use crate::{
    moment::Random,
    secret::SecretText,
    signing::{
        SignError, field,
        jwt::{Algorithm, PrivateKey, check_private_key},
    },
};

/// How long an assertion holds. It is used at once; NetSuite takes none that holds for more than an hour.
const LIFETIME_SECONDS: i64 = 5 * 60;

/// What an assertion is made with.
pub struct Assertion<'a> {
    /// In PEM, as PKCS#8, PKCS#1 or SEC 1, not encrypted.
    pub private_key: &'a SecretText,
    /// Which of the client's keys it is (RFC 7515 §4.1.4).
    pub key_id: Option<&'a str>,
    /// How it signs.
    pub algorithm: Algorithm,
    /// For whom the assertion is; the token URL if `None`.
    pub audience: Option<&'a str>,
    /// Where the scope stands.
    pub scope_place: ScopePlace,
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

#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    typ: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    iat: i64,
    exp: i64,
    jti: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<Vec<&'a str>>,
}

impl Assertion<'_> {
    pub(super) fn check(&self) -> Result<(), SignError> {
        self.key_id.map_or(Ok(()), |key_id| field::text("key_id", key_id))?;
        // The request may have an audience of its own, which is checked under the same name.
        self.audience.map_or(Ok(()), |audience| field::text("audience", audience))?;
        check_private_key(self.private_key, self.algorithm)
    }

    /// The signed JWT in its compact form (RFC 7515 §7.1). It is as good as a secret while it holds.
    pub(super) fn sign(
        &self,
        grant: &Grant<'_>,
        now: Timestamp,
        random: &impl Random,
    ) -> Result<SecretText, SignError> {
        let iat = now.as_second();
        if iat < 0 {
            return Err(SignError::Time);
        }
        let mut jti = [0; 16];
        random.fill(&mut jti);
        let header = Header { alg: self.algorithm.as_str(), typ: "JWT", kid: self.key_id };
        let claims = Claims {
            iss: grant.client_id,
            sub: grant.client_id,
            aud: self.audience.unwrap_or(grant.token_url),
            iat,
            exp: iat.saturating_add(LIFETIME_SECONDS),
            jti: &hex::encode(jti),
            scope: match self.scope_place {
                ScopePlace::Request => None,
                ScopePlace::Assertion => grant.scope.map(|scope| scope.split(' ').collect()),
            },
        };
        let message = [part(&header)?, part(&claims)?].join(".");
        let signature = PrivateKey::read(self.private_key, self.algorithm)?.sign(message.as_bytes())?;
        let signature = BASE64_URL_SAFE_NO_PAD.encode(signature);
        Ok(SecretText::from([message, signature].join(".")))
    }
}

fn part(json: &impl Serialize) -> Result<String, SignError> {
    let json = serde_json::to_vec(json).map_err(|_| SignError::NotCanonical)?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(json))
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{DecodingKey, TokenData, Validation};
    use serde_json::{Value, json};

    use super::*;
    use crate::signing::{oauth2::ClientProof, tests::Sevens};

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
        let proof = Assertion { private_key: &private_key, key_id, algorithm, audience, scope_place };
        let grant = Grant {
            token_url: "https://login.example/token",
            client_id: "client",
            proof: ClientProof::Assertion(proof),
            scope: Some("restlets rest_webservices"),
            audience: None,
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
