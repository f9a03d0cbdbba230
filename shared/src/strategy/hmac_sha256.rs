//! HMAC-SHA256 (RFC 2104) under one of several schemes.

use serde::Deserialize;

use super::{Before, Chosen, Failed, Parameters, Scheme, Unsigned, Values};
use crate::{
    interpolation::Interpolation,
    moment::Random,
    secret::SecretText,
    signing::{self, Authenticator, BodySignature, Encoding, HmacScheme, Owned, Reveals, Rfc9421, Signed},
};

/// HMAC-SHA256 under one of several schemes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HmacSha256 {
    /// The identifier that goes with the secret.
    client_id: Interpolation,
    client_secret: Interpolation,
    /// The secret before it, for the schemes that can send a signature with each.
    previous_secret: Option<Interpolation>,
    scheme: Chosen<HmacScheme>,
    /// With the scheme `body`: the header that carries the signature.
    header_name: Option<Interpolation>,
    /// With the scheme `body`: how the signature is written.
    encoding: Chosen<Encoding>,
    /// With the scheme `body`: the text before the signature, such as `sha256=`.
    prefix: Option<Interpolation>,
}

impl Scheme for HmacSha256 {
    fn reveals(&self) -> Reveals {
        Reveals::Nothing
    }

    fn covers_request(&self, values: &impl Values) -> bool {
        self.scheme.resolve(values).is_ok_and(HmacScheme::covers_request)
    }

    fn parameters(&self) -> Parameters<'_> {
        Parameters::default()
            .sent("client_id", &self.client_id)
            .secret("client_secret", &self.client_secret)
            .secret("previous_secret", &self.previous_secret)
            .choice("scheme", &self.scheme)
            .public("header_name", &self.header_name)
            .choice("encoding", &self.encoding)
            .sent("prefix", &self.prefix)
    }

    fn owned(&self, values: &impl Values) -> Vec<Owned> {
        let Ok(scheme) = self.scheme.resolve(values) else { return Vec::new() };
        let header_name = values.optional(self.header_name.as_ref());
        scheme.owned(&Rfc9421::default(), header_name.as_ref().map_or("", SecretText::expose))
    }

    fn before(&self) -> Before<'_> {
        Before::Nothing
    }

    fn sign(&self, values: &impl Values, request: &Unsigned<'_, impl Random>) -> Result<Signed, Failed> {
        let scheme = self.scheme.resolve(values)?;
        let (client_id, client_secret) = (values.text(&self.client_id)?, values.secret(&self.client_secret)?);
        let previous_secret = values.optional(self.previous_secret.as_ref());
        let header_name = values.optional(self.header_name.as_ref());
        let prefix = values.optional(self.prefix.as_ref());
        let body = match scheme {
            HmacScheme::Body => BodySignature {
                header_name: header_name.as_ref().map_or("", SecretText::expose),
                encoding: self.encoding.resolve(values)?,
                prefix: prefix.as_ref().map_or("", SecretText::expose),
            },
            HmacScheme::Rfc9421 | HmacScheme::Azure | HmacScheme::StandardWebhooks => {
                BodySignature::default()
            }
        };
        request.with(&Authenticator::HmacSha256(signing::HmacSha256 {
            previous_secret: previous_secret.as_ref(),
            body,
            ..signing::HmacSha256::new(scheme, &client_id, &client_secret)
        }))
    }
}
