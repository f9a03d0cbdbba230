//! OAuth 2.0 client credentials (RFC 6749 §4.4).

use serde::Deserialize;

use super::{OwnedGrant, OwnedKind, OwnedProof, Tokens, put};
use crate::{
    interpolation::{Interpolation, MissingValue},
    moment::Random,
    secret::SecretText,
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
pub(super) enum ClientAuthentication {
    /// HTTP Basic.
    Basic,
    /// In the form.
    Post,
}

impl ClientAuthentication {
    /// The secret, with how it is sent.
    pub(super) const fn with(self, secret: SecretText) -> OwnedProof {
        match self {
            Self::Basic => OwnedProof::Basic(secret),
            Self::Post => OwnedProof::Post(secret),
        }
    }
}

impl OAuth2ClientCredentials {
    pub(super) const fn token_url(&self) -> &Endpoint {
        &self.token_url
    }

    pub(super) fn grant(&self, values: &impl Values, token_url: String) -> Result<OwnedGrant, MissingValue> {
        let secret = values.secret(&self.client_secret)?;
        let proof = self.client_auth.resolve(values)?.with(secret);
        Ok(OwnedGrant {
            token_url,
            kind: OwnedKind::ClientCredentials,
            client: Some((values.text(&self.client_id)?, proof)),
            scope: values.plain(self.scope.as_ref()),
            audience: values.plain(self.audience.as_ref()),
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
            .public("client_id", &self.client_id)
            .secret("client_secret", &self.client_secret)
            .public("scope", &self.scope)
            .public("audience", &self.audience)
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
