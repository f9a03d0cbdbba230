//! OAuth 2.0 client credentials (RFC 6749 §4.4).

use serde::Deserialize;

use super::{
    OwnedKind, OwnedProof, Tokens,
    token_request::{AskedWith, TokenRequest, With},
};
use crate::{
    interpolation::{Interpolation, MissingValue},
    secret::SecretText,
    strategy::{Chosen, Parameters, Values},
};

/// OAuth 2.0 client credentials.
pub type OAuth2ClientCredentials = TokenRequest<ClientCredentials>;

/// The client and its secret.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientCredentials {
    client_id: Interpolation,
    client_secret: Interpolation,
    audience: Option<Interpolation>,
    client_auth: Chosen<ClientAuthentication>,
}

/// How a client shows who it is (RFC 6749 §2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClientAuthentication {
    /// HTTP Basic, with id and secret form-urlencoded before, as RFC 6749 §2.3.1 has it.
    Basic,
    /// HTTP Basic as it is, for servers that do not decode what it holds: Keycloak 16 (github.com/keycloak/keycloak/issues/11908)
    /// and Spring Security before 5.5 (github.com/spring-projects/spring-security/issues/10018).
    BasicUnencoded,
    /// In the form.
    Post,
}

impl ClientAuthentication {
    /// Its name in templates and in requests.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::BasicUnencoded => "basic-unencoded",
            Self::Post => "post",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Basic, Self::BasicUnencoded, Self::Post].into_iter().find(|auth| auth.as_str() == name)
    }

    /// The secret, with how it is sent.
    pub(super) const fn with(self, secret: SecretText) -> OwnedProof {
        match self {
            Self::Basic => OwnedProof::Basic(secret),
            Self::BasicUnencoded => OwnedProof::BasicUnencoded(secret),
            Self::Post => OwnedProof::Post(secret),
        }
    }
}

/// The client of a grant that can do without one.
#[derive(Clone, Copy)]
pub(super) struct OptionalClient<'s> {
    pub(super) id: Option<&'s Interpolation>,
    pub(super) secret: Option<&'s Interpolation>,
    pub(super) auth: Option<&'s Chosen<ClientAuthentication>>,
}

impl<'s> OptionalClient<'s> {
    pub(super) fn parameters(self, parameters: Parameters<'s>) -> Parameters<'s> {
        let parameters = parameters.public("client_id", self.id).secret("client_secret", self.secret);
        match self.auth {
            Some(auth) => parameters.choice("client_auth", auth),
            None => parameters,
        }
    }

    /// Id and proof, or none without an id. A client without a secret is public (RFC 6749 §2.1).
    pub(super) fn with_values(
        self,
        values: &impl Values,
        otherwise: ClientAuthentication,
    ) -> Result<Option<(String, OwnedProof)>, MissingValue> {
        let auth = self.auth.map(|auth| auth.resolve(values)).transpose()?.unwrap_or(otherwise);
        let Some(id) = values.plain(self.id) else { return Ok(None) };
        let proof = values.optional(self.secret).map_or(OwnedProof::Public, |secret| auth.with(secret));
        Ok(Some((id, proof)))
    }
}

impl AskedWith for ClientCredentials {
    fn parameters<'s>(&'s self, parameters: Parameters<'s>) -> Parameters<'s> {
        parameters
            .public("client_id", &self.client_id)
            .secret("client_secret", &self.client_secret)
            .choice("client_auth", &self.client_auth)
    }

    fn audience(&self) -> Option<&Interpolation> {
        self.audience.as_ref()
    }

    fn with_values(&self, values: &impl Values, _: &str) -> Result<With, MissingValue> {
        let secret = values.secret(&self.client_secret)?;
        let proof = self.client_auth.resolve(values)?.with(secret);
        let client = Some((values.text(&self.client_id)?, proof));
        Ok(With { kind: OwnedKind::ClientCredentials, client })
    }

    fn tokens(request: &TokenRequest<Self>) -> Tokens<'_> {
        Tokens::ClientCredentials(request)
    }
}
