//! AWS Signature Version 4.

use serde::Deserialize;

use super::{Before, Chosen, Failed, Parameters, Scheme, Unsigned, Values};
use crate::{
    interpolation::Interpolation,
    moment::Random,
    secret::SecretText,
    signing::{self, Authenticator, Aws4Settings, Owned, Placement, Reveals, Signed},
};

/// AWS Signature Version 4.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aws4 {
    access_key: Interpolation,
    secret_key: Interpolation,
    /// The token of temporary credentials.
    session_token: Option<Interpolation>,
    /// The region in the credential scope.
    region: Interpolation,
    /// The service in the credential scope.
    service: Interpolation,
    /// The host that is signed, with or without `https://`; the request's own when absent.
    base_endpoint: Option<Interpolation>,
    placement: Chosen<Placement>,
}

impl Scheme for Aws4 {
    fn reveals(&self) -> Reveals {
        Reveals::Nothing
    }

    fn parameters(&self) -> Parameters<'_> {
        Parameters::default()
            .sent("access_key", &self.access_key)
            .secret("secret_key", &self.secret_key)
            .sent("session_token", &self.session_token)
            .public("region", &self.region)
            .public("service", &self.service)
            .secret("base_endpoint", &self.base_endpoint)
            .choice("placement", &self.placement)
    }

    fn owned(&self, values: &impl Values) -> Vec<Owned> {
        let placement = self.placement.resolve(values).unwrap_or(Placement::Header);
        let service = values.text(&self.service).unwrap_or_default();
        let token = values.optional(self.session_token.as_ref()).is_some();
        signing::Aws4::owned(placement, Aws4Settings::of_service(&service).content_sha256, token)
    }

    fn before(&self) -> Before<'_> {
        Before::Nothing
    }

    fn sign(&self, values: &impl Values, request: &Unsigned<'_, impl Random>) -> Result<Signed, Failed> {
        let service = values.text(&self.service)?;
        let session_token = values.optional(self.session_token.as_ref());
        let base_endpoint = values.optional(self.base_endpoint.as_ref());
        request.with(&Authenticator::Aws4(signing::Aws4 {
            access_key: &values.text(&self.access_key)?,
            secret_key: &values.secret(&self.secret_key)?,
            session_token: session_token.as_ref(),
            region: &values.text(&self.region)?,
            service: &service,
            base_endpoint: base_endpoint.as_ref().map(SecretText::expose),
            placement: self.placement.resolve(values)?,
            settings: Aws4Settings::of_service(&service),
        }))
    }
}
