//! OAuth 2.0 client credentials (RFC 6749 §4.4).

use serde::Deserialize;

use super::{
    OwnedGrant, OwnedKind, OwnedProof, Tokens,
    asked::{Asked, Beside},
    put,
};
use crate::{
    interpolation::{Interpolation, MissingValue},
    moment::Random,
    secret::SecretText,
    signing::{Owned, Reveals, Signed, oauth2::AnswerForm},
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
    /// The service that the token is for (RFC 8707 §2).
    resource: Option<Interpolation>,
    client_auth: Chosen<ClientAuthentication>,
    /// What the server wants beside.
    #[serde(default)]
    request: Beside,
    /// Where the answer has the token; as RFC 6749 §5.1 has it when absent.
    answer: Option<AnswerForm>,
    then: TokenHeader,
}

/// How a client shows who it is (RFC 6749 §2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ClientAuthentication {
    /// HTTP Basic, with id and secret form-urlencoded before, as RFC 6749 §2.3.1 has it.
    Basic,
    /// HTTP Basic as it is, for servers that do not decode what it holds: Keycloak 16 (github.com/keycloak/keycloak/issues/11908)
    /// and Spring Security before 5.5 (github.com/spring-projects/spring-security/issues/10018).
    BasicUnencoded,
    /// In the form.
    Post,
}

impl ClientAuthentication {
    /// The secret, with how it is sent.
    pub(super) const fn with(self, secret: SecretText) -> OwnedProof {
        match self {
            Self::Basic => OwnedProof::Basic(secret),
            Self::BasicUnencoded => OwnedProof::BasicUnencoded(secret),
            Self::Post => OwnedProof::Post(secret),
        }
    }
}

/// The client of a grant that can do without one: id and proof, or none without an id. One without a secret is public
/// (RFC 6749 §2.1).
pub(super) fn client(
    id: Option<&Interpolation>,
    secret: Option<&Interpolation>,
    auth: ClientAuthentication,
    values: &impl Values,
) -> Option<(String, OwnedProof)> {
    let id = values.plain(id)?;
    let proof = values.optional(secret).map_or(OwnedProof::Public, |secret| auth.with(secret));
    Some((id, proof))
}

impl OAuth2ClientCredentials {
    pub(super) const fn answer(&self) -> Option<&AnswerForm> {
        self.answer.as_ref()
    }

    const fn asked(&self) -> Asked<'_> {
        Asked {
            scope: self.scope.as_ref(),
            audience: self.audience.as_ref(),
            resource: self.resource.as_ref(),
            beside: &self.request,
            answer: self.answer.as_ref(),
        }
    }

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
            asked: self.asked().with_values(values),
        })
    }
}

impl Scheme for OAuth2ClientCredentials {
    fn reveals(&self) -> Reveals {
        Reveals::Secret
    }

    fn parameters(&self) -> Parameters<'_> {
        let parameters = Parameters::default()
            .address("token_url", &self.token_url)
            .public("client_id", &self.client_id)
            .secret("client_secret", &self.client_secret)
            .choice("client_auth", &self.client_auth)
            .public("then", &self.then.header);
        self.asked().parameters(parameters)
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
