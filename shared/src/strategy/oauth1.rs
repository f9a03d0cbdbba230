//! OAuth 1.0a with HMAC-SHA256 (RFC 5849).

use serde::Deserialize;

use super::{Before, Failed, Fault, Parameters, Scheme, Unsigned, Values, fault};
use crate::{
    interpolation::Interpolation,
    moment::Random,
    secret::SecretText,
    signing::{self, Authenticator, Owned, Reveals, Signed, VersionParameter},
};

/// OAuth 1.0a with HMAC-SHA256.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OAuth1 {
    consumer_key: Interpolation,
    consumer_secret: Interpolation,
    /// The access token; absent for one-legged requests.
    token: Option<Interpolation>,
    token_secret: Option<Interpolation>,
    /// The realm of the header; it is not signed.
    realm: Option<Interpolation>,
    #[serde(default)]
    version: VersionParameter,
}

impl Scheme for OAuth1 {
    fn reveals(&self) -> Reveals {
        Reveals::Nothing
    }

    fn parameters(&self) -> Parameters<'_> {
        Parameters::default()
            .sent("consumer_key", &self.consumer_key)
            .secret("consumer_secret", &self.consumer_secret)
            .sent("token", &self.token)
            .secret("token_secret", &self.token_secret)
            .sent("realm", &self.realm)
    }

    fn fault(&self) -> Option<Fault> {
        fault::of_halves(("token", &self.token), ("token_secret", &self.token_secret))
    }

    fn owned(&self, _: &impl Values) -> Vec<Owned> {
        signing::OAuth1::owned()
    }

    fn before(&self) -> Before<'_> {
        Before::Nothing
    }

    fn sign(&self, values: &impl Values, request: &Unsigned<'_, impl Random>) -> Result<Signed, Failed> {
        let token = values.optional(self.token.as_ref());
        let token_secret = values.optional(self.token_secret.as_ref());
        let realm = values.optional(self.realm.as_ref());
        request.with(&Authenticator::OAuth1(signing::OAuth1 {
            consumer_key: &values.text(&self.consumer_key)?,
            consumer_secret: &values.secret(&self.consumer_secret)?,
            token: token.as_ref(),
            token_secret: token_secret.as_ref(),
            realm: realm.as_ref().map(SecretText::expose),
            version: self.version,
        }))
    }
}
