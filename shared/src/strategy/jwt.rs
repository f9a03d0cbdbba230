//! JSON Web Tokens (RFC 7519) as templates describe them: the key that signs, and what the token says.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Chosen, Fault, Parameters, Values};
use crate::{
    interpolation::{Interpolation, MissingValue},
    secret::SecretText,
    signing::jwt::{self, Algorithm, Generated, SignWith, Thumbprint},
};

/// The key that signs, and how the header names it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Signer {
    /// In PEM.
    private_key: Interpolation,
    algorithm: Chosen<SignWith>,
    /// The `kid` of the header.
    key_id: Option<Interpolation>,
    /// The key's certificate in PEM, whose thumbprint stands in the header.
    certificate: Option<Interpolation>,
    /// Which thumbprint.
    #[serde(default)]
    thumbprint: Thumbprint,
}

/// A [`Signer`] with values of its own.
pub(super) struct OwnedSigner {
    private_key: SecretText,
    algorithm: Algorithm,
    key_id: Option<String>,
    certificate: Option<String>,
    thumbprint: Thumbprint,
}

impl Signer {
    pub(super) fn parameters<'s>(&'s self, parameters: Parameters<'s>) -> Parameters<'s> {
        parameters
            .secret("private_key", &self.private_key)
            .choice("algorithm", &self.algorithm)
            .public("key_id", &self.key_id)
            .public("certificate", &self.certificate)
    }

    pub(super) fn with_values(&self, values: &impl Values) -> Result<OwnedSigner, MissingValue> {
        let private_key = values.secret(&self.private_key)?;
        Ok(OwnedSigner {
            algorithm: self.algorithm.resolve(values)?.algorithm(&private_key),
            private_key,
            key_id: values.plain(self.key_id.as_ref()),
            certificate: values.plain(self.certificate.as_ref()),
            thumbprint: self.thumbprint,
        })
    }
}

impl OwnedSigner {
    pub(super) fn signer(&self) -> jwt::Signer<'_> {
        jwt::Signer {
            private_key: &self.private_key,
            algorithm: self.algorithm,
            key_id: self.key_id.as_deref(),
            certificate: self.certificate.as_deref(),
            thumbprint: self.thumbprint,
        }
    }
}

/// How long a JWT holds, in seconds: 1 to 3,600. Snowflake and Google take none that holds longer than an hour.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "u16")]
pub(super) struct Lifetime(u16);

impl Lifetime {
    pub(super) const fn seconds(self) -> u16 {
        self.0
    }
}

impl Default for Lifetime {
    fn default() -> Self {
        Self(5 * 60)
    }
}

impl TryFrom<u16> for Lifetime {
    type Error = &'static str;

    fn try_from(seconds: u16) -> Result<Self, Self::Error> {
        if (1..=3_600).contains(&seconds) { Ok(Self(seconds)) } else { Err("must be 1 to 3600 seconds") }
    }
}

/// What a JWT says, and what is made anew for each one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Content {
    claims: Claims,
    /// The claims that Keyward makes, beside `exp`.
    #[serde(default = "iat")]
    generated: Vec<Generated>,
    #[serde(default)]
    lifetime_seconds: Lifetime,
    #[serde(default)]
    backdated_seconds: Backdated,
}

/// How far in the past `iat` and `nbf` lie, in seconds: 0 to 300. It is for servers whose clock is behind, and refuse what comes
/// from the future. GitHub advises 60 for its apps
/// (docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app).
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(try_from = "u16")]
struct Backdated(u16);

impl TryFrom<u16> for Backdated {
    type Error = &'static str;

    fn try_from(seconds: u16) -> Result<Self, Self::Error> {
        if seconds <= 300 { Ok(Self(seconds)) } else { Err("must be 0 to 300 seconds") }
    }
}

fn iat() -> Vec<Generated> {
    vec![Generated::Iat]
}

/// A [`Content`] with values of its own.
pub(super) struct OwnedContent {
    claims: Map<String, Value>,
    generated: Vec<Generated>,
    lifetime_seconds: u16,
    backdated_seconds: u16,
}

impl Content {
    pub(super) fn fault(&self) -> Option<Fault> {
        let dated = [Generated::Iat, Generated::Nbf];
        let is_dated = self.generated.iter().any(|generated| dated.contains(generated));
        (self.backdated_seconds.0 > 0 && !is_dated).then(|| {
            ("jwt.backdated_seconds", "has no effect without `iat` or `nbf` in `generated`".to_owned())
        })
    }

    pub(super) fn parameters<'s>(&'s self, parameters: Parameters<'s>) -> Parameters<'s> {
        self.claims.texts().fold(parameters, |parameters, text| parameters.public("claims", text))
    }

    pub(super) fn with_values(&self, values: &impl Values, signer: &OwnedSigner) -> OwnedContent {
        OwnedContent {
            claims: self.claims.with_values(values, signer),
            generated: self.generated.clone(),
            lifetime_seconds: self.lifetime_seconds.seconds(),
            backdated_seconds: self.backdated_seconds.0,
        }
    }
}

impl OwnedContent {
    /// The same, with this audience if it has none.
    pub(super) fn for_audience(mut self, audience: &str) -> Self {
        self.claims.entry("aud").or_insert_with(|| audience.into());
        self
    }

    pub(super) fn signed_by<'j>(&'j self, signer: &'j OwnedSigner) -> jwt::Jwt<'j> {
        jwt::Jwt {
            signer: signer.signer(),
            claims: &self.claims,
            generated: &self.generated,
            lifetime_seconds: self.lifetime_seconds,
            backdated_seconds: self.backdated_seconds,
        }
    }
}

/// Claims by name. One whose field has no value is left out.
#[derive(Debug, Deserialize)]
#[serde(try_from = "BTreeMap<String, Claim>")]
struct Claims(BTreeMap<String, Claim>);

/// The value of a claim.
#[derive(Debug, Deserialize)]
#[serde(
    untagged,
    expecting = "must be a text, `{ words = … }`, `{ fingerprint_after = … }`, a list of texts, `true` or `false`, or a whole number"
)]
enum Claim {
    Text(Interpolation),
    /// Before the tables: serde also reads a list as the members of one.
    List(Vec<Interpolation>),
    Words(Words),
    Fingerprint(Fingerprint),
    Flag(bool),
    Number(i64),
}

/// The words of a text as a list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    words: Interpolation,
}

/// A text, and after it the fingerprint of the public key, as Snowflake has it: SHA-256 of the key in DER, in base64.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fingerprint {
    fingerprint_after: Interpolation,
}

impl TryFrom<BTreeMap<String, Claim>> for Claims {
    type Error = String;

    fn try_from(claims: BTreeMap<String, Claim>) -> Result<Self, String> {
        match Generated::NAMES.iter().find(|name| claims.contains_key(**name)) {
            Some(name) => {
                Err(format!("`{name}` is made by Keyward: it belongs in `generated`, and `exp` always is"))
            }
            None => Ok(Self(claims)),
        }
    }
}

impl Claims {
    fn texts(&self) -> impl Iterator<Item = &Interpolation> {
        self.0.values().flat_map(|claim| match claim {
            Claim::Text(text)
            | Claim::Words(Words { words: text })
            | Claim::Fingerprint(Fingerprint { fingerprint_after: text }) => std::slice::from_ref(text),
            Claim::List(texts) => texts.as_slice(),
            Claim::Flag(_) | Claim::Number(_) => &[],
        })
    }

    fn with_values(&self, values: &impl Values, signer: &OwnedSigner) -> Map<String, Value> {
        let claims = self.0.iter();
        claims.filter_map(|(name, claim)| Some((name.clone(), claim.with_values(values, signer)?))).collect()
    }
}

impl Claim {
    fn with_values(&self, values: &impl Values, signer: &OwnedSigner) -> Option<Value> {
        match self {
            Self::Text(text) => values.plain(Some(text)).map(Value::from),
            Self::Words(Words { words }) => {
                values.plain(Some(words)).map(|words| words.split_ascii_whitespace().collect())
            }
            Self::Fingerprint(Fingerprint { fingerprint_after }) => {
                // Signing refuses a key that cannot be read.
                let fingerprint = signer.signer().fingerprint()?;
                Some([values.plain(Some(fingerprint_after))?, fingerprint].concat().into())
            }
            Self::List(texts) => {
                let texts: Vec<String> = texts.iter().filter_map(|text| values.plain(Some(text))).collect();
                (!texts.is_empty()).then(|| texts.into())
            }
            Self::Flag(flag) => Some((*flag).into()),
            Self::Number(number) => Some((*number).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::strategy::Lookup;

    const RSA: &str = include_str!("../../testdata/private-keys/rsa-2048.pkcs8.pem");

    fn content(json: Value) -> Result<Content, String> {
        serde_json::from_value(json).map_err(|error| error.to_string())
    }

    #[test]
    fn claims_take_in_values_and_those_without_one_are_left_out() {
        let content = content(json!({"claims": {
            "key": {"fingerprint_after": "{id}.SHA256:"}, "iss": "{id}", "sub": "user/{id}", "scope": {"words": "{scope}"}, "aud": ["{id}", "b", "{none}"],
            "flag": true, "level": 3, "one": ["GET /v1/{id}"], "gone": "{none}", "none": ["{none}"], "no": {"words": "{none}"},
        }}));
        let values = Lookup::new(|field| match field {
            "id" => Some("a"),
            "key" => Some(RSA),
            "scope" => Some("x y"),
            _ => None,
        });
        let signer = json!({"private_key": "{key}", "algorithm": "RS256"});
        let signer = serde_json::from_value::<Signer>(signer).unwrap().with_values(&values).unwrap();
        assert_eq!(
            Value::from(content.unwrap().with_values(&values, &signer).claims),
            json!({
                // openssl pkey -pubout -outform DER | openssl dgst -sha256 -binary | base64
                "key": "a.SHA256:2WSCp9mDh/M6zZRRLDhU4cgPGLE9xj7McXL6Hqcm6eI=",
                "iss": "a", "sub": "user/a", "scope": ["x", "y"], "aud": ["a", "b"], "flag": true, "level": 3,
                "one": ["GET /v1/a"],
            })
        );
    }

    #[test]
    fn what_a_jwt_cannot_say_is_refused() {
        for (json, complaint) in [
            (json!({"claims": {"exp": "{a}"}}), "`exp` is made by Keyward"),
            (json!({"claims": {"iat": 5}}), "`iat` is made by Keyward"),
            (json!({"claims": {"a": 1.5}}), "must be a text"),
            (json!({"claims": {"a": {"word": "b"}}}), "must be a text"),
            (json!({"claims": {"a": "{b"}}), "must be a text"),
            (json!({"claims": {}, "generated": ["exp"]}), "unknown variant `exp`"),
            (json!({"claims": {}, "lifetime_seconds": 0}), "must be 1 to 3600 seconds"),
            (json!({"claims": {}, "lifetime_seconds": 3601}), "must be 1 to 3600 seconds"),
            (json!({"claims": {}, "backdated_seconds": 301}), "must be 0 to 300 seconds"),
            (json!({"claims": {}, "backdated_seconds": -1}), "invalid value"),
            (json!({"claims": {}, "life": 1}), "unknown field `life`"),
            (json!({}), "missing field `claims`"),
        ] {
            let error = content(json.clone()).err().unwrap();
            assert!(error.contains(complaint), "{json}: {error}");
        }
        let undated = content(json!({"claims": {}, "generated": ["jti"], "backdated_seconds": 60})).unwrap();
        assert_eq!(undated.fault().unwrap().0, "jwt.backdated_seconds");
        let dated = content(json!({"claims": {}, "generated": ["nbf"], "backdated_seconds": 300})).unwrap();
        assert!(dated.fault().is_none() && dated.backdated_seconds.0 == 300);
        for seconds in [1, 3_600] {
            let content = content(json!({"claims": {}, "lifetime_seconds": seconds})).unwrap();
            assert_eq!(content.lifetime_seconds.seconds(), seconds);
        }
    }
}
