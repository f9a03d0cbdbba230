//! OAuth 2.0 client credentials with a signed assertion (RFC 7523 §2.2).

use serde::Deserialize;

use super::{OwnedGrant, OwnedKind, OwnedProof, Tokens, put};
use crate::{
    interpolation::{Interpolation, MissingValue},
    moment::Random,
    signing::{Owned, Reveals, Signed, oauth2::ScopePlace},
    strategy::{
        Before, Endpoint, Failed, Parameters, Scheme, Unsigned, Values,
        bearer::TokenHeader,
        jwt::{Lifetime, Signer},
    },
};

/// OAuth 2.0 client credentials with a signed assertion.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OAuth2PrivateKeyJwt {
    token_url: Endpoint,
    /// Issuer and subject of the assertion.
    client_id: Interpolation,
    signer: Signer,
    /// The assertion's audience; the token URL when absent.
    audience: Option<Interpolation>,
    scope: Option<Interpolation>,
    scope_place: ScopePlace,
    #[serde(default)]
    lifetime_seconds: Lifetime,
    then: TokenHeader,
}

impl OAuth2PrivateKeyJwt {
    pub(super) const fn token_url(&self) -> &Endpoint {
        &self.token_url
    }

    pub(super) fn grant(&self, values: &impl Values, token_url: String) -> Result<OwnedGrant, MissingValue> {
        let proof = OwnedProof::Assertion {
            signer: self.signer.with_values(values)?,
            audience: values.plain(self.audience.as_ref()),
            scope_place: self.scope_place,
            lifetime_seconds: self.lifetime_seconds.seconds(),
        };
        Ok(OwnedGrant {
            token_url,
            kind: OwnedKind::ClientCredentials,
            client: Some((values.text(&self.client_id)?, proof)),
            scope: values.plain(self.scope.as_ref()),
            audience: None,
        })
    }
}

impl Scheme for OAuth2PrivateKeyJwt {
    fn reveals(&self) -> Reveals {
        Reveals::Secret
    }

    fn parameters(&self) -> Parameters<'_> {
        let parameters = Parameters::default().address("token_url", &self.token_url);
        self.signer
            .parameters(parameters.public("client_id", &self.client_id))
            .public("audience", &self.audience)
            .public("scope", &self.scope)
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
