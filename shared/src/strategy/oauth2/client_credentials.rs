//! OAuth 2.0 client credentials (RFC 6749 §4.4).

use serde::Deserialize;

use super::{OwnedGrant, OwnedProof, Tokens, plain, put};
use crate::{
    interpolation::{Interpolation, MissingValue},
    moment::Random,
    signing::{Owned, Reveals, Signed},
    strategy::{Before, Chosen, Endpoint, Failed, Parameters, Scheme, Unsigned, Values, bearer::TokenHeader},
};

/// OAuth 2.0 client credentials.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OAuth2ClientCredentials {
    token_url: Endpoint,
    client_id: Interpolation,
    client_secret: Interpolation,
    scope: Option<Interpolation>,
    /// The audience to ask for; an extension that some servers need.
    audience: Option<Interpolation>,
    client_auth: Chosen<ClientAuthentication>,
    then: TokenHeader,
}

/// How a client shows who it is (RFC 6749 §2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ClientAuthentication {
    /// HTTP Basic.
    Basic,
    /// In the form.
    Post,
}

impl OAuth2ClientCredentials {
    pub(super) const fn token_url(&self) -> &Endpoint {
        &self.token_url
    }

    pub(super) fn grant(&self, values: &impl Values, token_url: String) -> Result<OwnedGrant, MissingValue> {
        let secret = values.secret(&self.client_secret)?;
        Ok(OwnedGrant {
            token_url,
            client_id: values.text(&self.client_id)?,
            proof: match self.client_auth.resolve(values)? {
                ClientAuthentication::Basic => OwnedProof::Basic(secret),
                ClientAuthentication::Post => OwnedProof::Post(secret),
            },
            scope: plain(values.optional(self.scope.as_ref())),
            audience: plain(values.optional(self.audience.as_ref())),
        })
    }
}

impl Scheme for OAuth2ClientCredentials {
    fn reveals(&self) -> Reveals {
        Reveals::Secret
    }

    fn parameters(&self) -> Parameters<'_> {
        Parameters::default()
            .address("token_url", &self.token_url)
            .secret("client_id", &self.client_id)
            .secret("client_secret", &self.client_secret)
            .secret("scope", &self.scope)
            .secret("audience", &self.audience)
            .choice("client_auth", &self.client_auth)
            .public("then", &self.then.header)
    }

    fn owned(&self, values: &impl Values) -> Vec<Owned> {
        self.then.owned(values)
    }

    fn before(&self) -> Before<'_> {
        Before::Token(Tokens::ClientCredentials(self))
    }

    fn sign(&self, values: &impl Values, request: &Unsigned<'_, impl Random>) -> Result<Signed, Failed> {
        put(&self.then, values, request)
    }
}
