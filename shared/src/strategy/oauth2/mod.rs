//! OAuth 2.0: a token is obtained first, and then put into a header.

mod client_credentials;
mod jwt_bearer;
mod private_key_jwt;

pub use client_credentials::OAuth2ClientCredentials;
pub use jwt_bearer::OAuth2JwtBearer;
pub use private_key_jwt::OAuth2PrivateKeyJwt;

use super::{
    Endpoint, Failed, Obtained, Unsigned, Values,
    bearer::TokenHeader,
    jwt::{OwnedContent, OwnedSigner},
};
use crate::{
    interpolation::MissingValue,
    moment::Random,
    secret::SecretText,
    signing::{
        Signed,
        oauth2::{Assertion, Client, ClientProof, Grant, GrantKind, IdPlace, ScopePlace},
    },
};

/// The strategies that obtain a token.
#[derive(Clone, Copy)]
pub enum Tokens<'s> {
    /// With a client secret.
    ClientCredentials(&'s OAuth2ClientCredentials),
    /// With a signed assertion.
    PrivateKeyJwt(&'s OAuth2PrivateKeyJwt),
    /// With a signed JWT that says for whom the token is to be.
    JwtBearer(&'s OAuth2JwtBearer),
}

impl<'s> Tokens<'s> {
    /// Where tokens are obtained.
    #[must_use]
    pub const fn url(self) -> &'s Endpoint {
        match self {
            Self::ClientCredentials(strategy) => strategy.token_url(),
            Self::PrivateKeyJwt(strategy) => strategy.token_url(),
            Self::JwtBearer(strategy) => strategy.token_url(),
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
            Self::JwtBearer(strategy) => strategy.grant(values, token_url),
        }
    }
}

/// A grant with values of its own.
pub struct OwnedGrant {
    token_url: String,
    kind: OwnedKind,
    /// The id of the client, and what shows that it is the client.
    client: Option<(String, OwnedProof)>,
    scope: Option<String>,
    audience: Option<String>,
}

enum OwnedKind {
    ClientCredentials,
    JwtBearer(OwnedSigner, OwnedContent),
}

enum OwnedProof {
    Basic(SecretText),
    Post(SecretText),
    Assertion {
        signer: OwnedSigner,
        audience: Option<String>,
        scope_place: ScopePlace,
        lifetime_seconds: u16,
    },
}

impl OwnedGrant {
    /// The grant itself.
    #[must_use]
    pub fn grant(&self) -> Grant<'_> {
        let kind = match &self.kind {
            OwnedKind::ClientCredentials => GrantKind::ClientCredentials,
            OwnedKind::JwtBearer(signer, content) => GrantKind::JwtBearer(content.signed_by(signer)),
        };
        let client = self.client.as_ref().map(|(id, proof)| Client { id, proof: proof.proof() });
        Grant {
            scope: self.scope.as_deref(),
            audience: self.audience.as_deref(),
            ..Grant::new(&self.token_url, kind, client)
        }
    }
}

impl OwnedProof {
    fn proof(&self) -> ClientProof<'_> {
        match self {
            Self::Basic(secret) => ClientProof::SecretBasic(secret),
            Self::Post(secret) => ClientProof::SecretPost(secret),
            Self::Assertion { signer, audience, scope_place, lifetime_seconds } => {
                ClientProof::Assertion(Assertion {
                    signer: signer.signer(),
                    audience: audience.as_deref(),
                    scope_place: *scope_place,
                    lifetime_seconds: *lifetime_seconds,
                    id_place: IdPlace::Assertion,
                })
            }
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
