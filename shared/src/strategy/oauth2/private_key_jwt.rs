//! OAuth 2.0 client credentials with a signed assertion (RFC 7523 §2.2).

use serde::Deserialize;

use super::{OwnedGrant, OwnedProof, Tokens, plain, put};
use crate::{
    interpolation::{Interpolation, MissingValue},
    moment::Random,
    signing::{Owned, Reveals, Signed, jwt::SignWith, oauth2::ScopePlace},
    strategy::{Before, Chosen, Endpoint, Failed, Parameters, Scheme, Unsigned, Values, bearer::TokenHeader},
};

/// OAuth 2.0 client credentials with a signed assertion.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OAuth2PrivateKeyJwt {
    token_url: Endpoint,
    /// Issuer and subject of the assertion.
    client_id: Interpolation,
    /// The private key in PEM.
    private_key: Interpolation,
    /// The `kid` of the assertion's header.
    key_id: Option<Interpolation>,
    algorithm: Chosen<SignWith>,
    /// The assertion's audience; the token URL when absent.
    audience: Option<Interpolation>,
    scope: Option<Interpolation>,
    scope_place: ScopePlace,
    then: TokenHeader,
}

impl OAuth2PrivateKeyJwt {
    pub(super) const fn token_url(&self) -> &Endpoint {
        &self.token_url
    }

    pub(super) fn grant(&self, values: &impl Values, token_url: String) -> Result<OwnedGrant, MissingValue> {
        let private_key = values.secret(&self.private_key)?;
        let algorithm = self.algorithm.resolve(values)?.algorithm(&private_key);
        Ok(OwnedGrant {
            token_url,
            client_id: values.text(&self.client_id)?,
            proof: OwnedProof::Assertion {
                private_key,
                key_id: plain(values.optional(self.key_id.as_ref())),
                algorithm,
                audience: plain(values.optional(self.audience.as_ref())),
                scope_place: self.scope_place,
            },
            scope: plain(values.optional(self.scope.as_ref())),
            audience: None,
        })
    }
}

impl Scheme for OAuth2PrivateKeyJwt {
    fn reveals(&self) -> Reveals {
        Reveals::Secret
    }

    fn parameters(&self) -> Parameters<'_> {
        Parameters::default()
            .address("token_url", &self.token_url)
            .secret("client_id", &self.client_id)
            .secret("private_key", &self.private_key)
            .secret("key_id", &self.key_id)
            .choice("algorithm", &self.algorithm)
            .secret("audience", &self.audience)
            .secret("scope", &self.scope)
            .public("then", &self.then.header)
    }

    fn owned(&self, values: &impl Values) -> Vec<Owned> {
        self.then.owned(values)
    }

    fn before(&self) -> Before<'_> {
        Before::Token(Tokens::PrivateKeyJwt(self))
    }

    fn sign(&self, values: &impl Values, request: &Unsigned<'_, impl Random>) -> Result<Signed, Failed> {
        put(&self.then, values, request)
    }
}
