//! OAuth 2.0 client credentials: a token is obtained first, and then put into a header.

mod client_credentials;
mod private_key_jwt;

pub use client_credentials::OAuth2ClientCredentials;
pub use private_key_jwt::OAuth2PrivateKeyJwt;

use super::{Endpoint, Failed, Obtained, Unsigned, Values, bearer::TokenHeader};
use crate::{
    interpolation::MissingValue,
    moment::Random,
    secret::SecretText,
    signing::{
        Signed,
        jwt::Algorithm,
        oauth2::{Assertion, ClientProof, Grant, ScopePlace},
    },
};

/// The strategies that obtain a token.
#[derive(Clone, Copy)]
pub enum Tokens<'s> {
    /// With a client secret.
    ClientCredentials(&'s OAuth2ClientCredentials),
    /// With a signed assertion.
    PrivateKeyJwt(&'s OAuth2PrivateKeyJwt),
}

impl<'s> Tokens<'s> {
    /// Where tokens are obtained.
    #[must_use]
    pub const fn url(self) -> &'s Endpoint {
        match self {
            Self::ClientCredentials(strategy) => strategy.token_url(),
            Self::PrivateKeyJwt(strategy) => strategy.token_url(),
        }
    }

    /// The grant that obtains a token at this address.
    ///
    /// # Errors
    ///
    /// [`MissingValue`] when a field has no value.
    pub fn grant(self, values: &impl Values, token_url: String) -> Result<OwnedGrant, MissingValue> {
        match self {
            Self::ClientCredentials(strategy) => strategy.grant(values, token_url),
            Self::PrivateKeyJwt(strategy) => strategy.grant(values, token_url),
        }
    }
}

/// A grant with values of its own.
pub struct OwnedGrant {
    token_url: String,
    client_id: String,
    proof: OwnedProof,
    scope: Option<String>,
    audience: Option<String>,
}

enum OwnedProof {
    Basic(SecretText),
    Post(SecretText),
    Assertion {
        private_key: SecretText,
        key_id: Option<String>,
        algorithm: Algorithm,
        audience: Option<String>,
        scope_place: ScopePlace,
    },
}

impl OwnedGrant {
    /// The grant itself.
    #[must_use]
    pub fn grant(&self) -> Grant<'_> {
        Grant {
            token_url: &self.token_url,
            client_id: &self.client_id,
            proof: match &self.proof {
                OwnedProof::Basic(secret) => ClientProof::SecretBasic(secret),
                OwnedProof::Post(secret) => ClientProof::SecretPost(secret),
                OwnedProof::Assertion { private_key, key_id, algorithm, audience, scope_place } => {
                    ClientProof::Assertion(Assertion {
                        private_key,
                        key_id: key_id.as_deref(),
                        algorithm: *algorithm,
                        audience: audience.as_deref(),
                        scope_place: *scope_place,
                    })
                }
            },
            scope: self.scope.as_deref(),
            audience: self.audience.as_deref(),
        }
    }
}

/// Puts the token that was obtained into its header.
fn put(
    then: &TokenHeader,
    values: &impl Values,
    request: &Unsigned<'_, impl Random>,
) -> Result<Signed, Failed> {
    match request.obtained {
        Obtained::Token(token) => then.put(token.value(), values, request),
        Obtained::Nothing | Obtained::Session(_) => Err(Failed::NoRequests),
    }
}

/// A text that is no secret, owned.
fn plain(text: Option<SecretText>) -> Option<String> {
    text.map(|text| text.expose().to_owned())
}
