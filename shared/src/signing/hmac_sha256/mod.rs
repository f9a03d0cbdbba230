//! HMAC-SHA256 with a client id and a client secret, in schemes that agree on little more than the algorithm.

mod azure;
mod body;
mod component;
mod rfc9421;
mod standard_webhooks;

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use jiff::Timestamp;
use serde::Deserialize;
use zeroize::Zeroizing;

pub use body::{BodySignature, Encoding};
pub use component::Component;
pub use rfc9421::{AlgorithmParameter, Rfc9421};

use super::{Owned, Request, Sets, SignError, Signed, field};
use crate::{moment::Random, secret::SecretText};

/// Base64 as secrets are handed out: RFC 4648 §4, with or without its padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The field that holds the secret.
const CLIENT_SECRET: &str = "client_secret";

/// The field that holds the one before it.
const PREVIOUS_SECRET: &str = "previous_secret";

/// The fields of an HMAC-SHA256 key.
pub struct HmacSha256<'a> {
    /// Who signs. `azure` and `rfc9421` send it, the other two have no place for it.
    pub client_id: &'a str,
    /// What is signed with.
    pub client_secret: &'a SecretText,
    /// The secret before it, while a receiver may still have only that one. `standard-webhooks` sends a signature with
    /// each, the other schemes have room for one alone.
    pub previous_secret: Option<&'a SecretText>,
    /// What is signed, and how it is sent.
    pub scheme: HmacScheme,
    /// How `rfc9421` signs.
    pub rfc9421: Rfc9421<'a>,
    /// How `body` writes its signature.
    pub body: BodySignature<'a>,
}

/// What is signed, and which headers carry the signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HmacScheme {
    /// HTTP Message Signatures.
    Rfc9421,
    /// The scheme that Azure App Configuration calls HMAC-SHA256. The secret is base64.
    Azure,
    /// Standard Webhooks. The secret is base64, usually after `whsec_`.
    StandardWebhooks,
    /// The body alone, in one header, as GitHub and Shopify sign their webhooks.
    Body,
}

/// How a secret's text stands for the bytes that are signed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretEncoding {
    /// The text's own bytes.
    Text,
    /// Base64 of them.
    Base64,
}

impl HmacScheme {
    /// Whether method and path are signed. Where they are not, the signature is good for another request with the same
    /// body.
    #[must_use]
    pub const fn covers_request(self) -> bool {
        match self {
            Self::Rfc9421 | Self::Azure => true,
            Self::StandardWebhooks | Self::Body => false,
        }
    }

    /// The headers that carry the signature. `header_name` is the one of `body`.
    #[must_use]
    pub fn owned(self, rfc9421: &Rfc9421<'_>, header_name: &str) -> Vec<Owned> {
        match self {
            Self::Rfc9421 => rfc9421::owned(rfc9421),
            Self::Azure => azure::OWN_HEADERS.map(|name| Owned::header(name, Sets::Always)).to_vec(),
            Self::StandardWebhooks => standard_webhooks::owned(),
            Self::Body => vec![Owned::header(header_name, Sets::Always)],
        }
    }
}

impl<'a> HmacSha256<'a> {
    /// A key of a scheme, with nothing but what every scheme needs.
    #[must_use]
    pub fn new(scheme: HmacScheme, client_id: &'a str, client_secret: &'a SecretText) -> Self {
        Self {
            client_id,
            client_secret,
            previous_secret: None,
            scheme,
            rfc9421: Rfc9421::default(),
            body: BodySignature::default(),
        }
    }
}

impl HmacSha256<'_> {
    pub(in crate::signing) fn check(&self) -> Result<(), SignError> {
        self.key(CLIENT_SECRET, self.client_secret)?;
        self.previous_key()?;
        match self.scheme {
            HmacScheme::Rfc9421 => rfc9421::check(self.client_id, &self.rfc9421),
            HmacScheme::Azure => azure::check(self.client_id),
            HmacScheme::StandardWebhooks => Ok(()),
            HmacScheme::Body => body::check(&self.body),
        }
    }

    /// The bytes of the previous secret, where the scheme signs with it too.
    fn previous_key(&self) -> Result<Option<Zeroizing<Vec<u8>>>, SignError> {
        let used = self.previous_secret.filter(|_| matches!(self.scheme, HmacScheme::StandardWebhooks));
        used.map(|secret| self.key(PREVIOUS_SECRET, secret)).transpose()
    }

    /// Adds the scheme's headers to `signed`.
    pub(in crate::signing) fn sign(
        &self,
        request: &Request<'_>,
        now: Timestamp,
        random: &impl Random,
        signed: &mut Signed,
    ) -> Result<(), SignError> {
        let key = self.key(CLIENT_SECRET, self.client_secret)?;
        match self.scheme {
            HmacScheme::Rfc9421 => rfc9421::sign(&key, self.client_id, &self.rfc9421, request, now, signed),
            HmacScheme::Azure => azure::sign(&key, self.client_id, request, now, signed),
            HmacScheme::StandardWebhooks => {
                let previous = self.previous_key()?;
                let keys: Vec<&[u8]> =
                    std::iter::once(&key).chain(&previous).map(|key| key.as_slice()).collect();
                standard_webhooks::sign(&keys, request, now, random, signed)
            }
            HmacScheme::Body => body::sign(&key, &self.body, request, signed),
        }
    }

    /// The bytes that the scheme signs with; `field` is the one that holds the secret.
    fn key(&self, field: &'static str, secret: &SecretText) -> Result<Zeroizing<Vec<u8>>, SignError> {
        let text = secret.expose();
        field::not_empty(field, text)?;
        match (self.scheme, self.rfc9421.secret) {
            (HmacScheme::Rfc9421, SecretEncoding::Text) | (HmacScheme::Body, _) => {
                Ok(Zeroizing::new(text.as_bytes().to_vec()))
            }
            (HmacScheme::Rfc9421, SecretEncoding::Base64) | (HmacScheme::Azure, _) => decode(text)
                .filter(|key| !key.is_empty())
                .ok_or(SignError::Field { field, reason: "must be base64" }),
            (HmacScheme::StandardWebhooks, _) => standard_webhooks::key(field, text),
        }
    }
}

fn decode(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    // Decoding into room that suffices leaves no copy behind, also when it fails halfway.
    let mut bytes = Zeroizing::new(vec![0; text.len()]);
    let length = BASE64.decode_slice(text, &mut bytes).ok()?;
    bytes.truncate(length);
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const X: BodySignature<'_> = BodySignature { header_name: "x", encoding: Encoding::Hex, prefix: "" };

    fn refusal(scheme: HmacScheme, rfc9421: Rfc9421<'_>, secret: &str) -> Option<&'static str> {
        let secret = SecretText::from(secret.to_owned());
        match (HmacSha256 { rfc9421, body: X, ..HmacSha256::new(scheme, "c", &secret) }).check() {
            Ok(()) => None,
            Err(SignError::Field { field: "client_secret", reason }) => Some(reason),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn a_secret_that_a_scheme_cannot_use_is_refused() {
        let (body, rfc9421) = (HmacScheme::Body, HmacScheme::Rfc9421);
        let base64 = Rfc9421 { secret: SecretEncoding::Base64, ..Rfc9421::default() };
        for (secret, reason) in [("no base64", Some("must be base64")), ("AAA=", None)] {
            assert_eq!(refusal(rfc9421, base64, secret), reason, "{secret}");
        }
        let length = "must be base64 of 24 to 64 bytes, after `whsec_`";
        for (scheme, secret, reason) in [
            (body, "", Some("must not be empty")),
            (rfc9421, "", Some("must not be empty")),
            (HmacScheme::Azure, "", Some("must not be empty")),
            (HmacScheme::StandardWebhooks, "", Some("must not be empty")),
            (body, "é !", None),
            (rfc9421, "é !", None),
            (HmacScheme::Azure, "no base64", Some("must be base64")),
            (HmacScheme::Azure, "====", Some("must be base64")),
            (HmacScheme::Azure, "AAAA", None),
            (HmacScheme::Azure, "AAA", None),
            (HmacScheme::StandardWebhooks, "whsec_", Some(length)),
            (HmacScheme::StandardWebhooks, "whsec_no base64", Some(length)),
            (HmacScheme::StandardWebhooks, &format!("whsec_{}", "A".repeat(31)), Some(length)),
            (HmacScheme::StandardWebhooks, &format!("whsec_{}", "A".repeat(32)), None),
            (HmacScheme::StandardWebhooks, &"A".repeat(32), None),
            (HmacScheme::StandardWebhooks, &format!("whsec_{}==", "A".repeat(86)), None),
            (HmacScheme::StandardWebhooks, &format!("whsec_{}", "A".repeat(87)), Some(length)),
        ] {
            assert_eq!(refusal(scheme, Rfc9421::default(), secret), reason, "{scheme:?} {secret}");
        }
    }
}
