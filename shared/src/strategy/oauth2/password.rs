//! A token of OAuth 2.0 for a user's name and password (RFC 6749 §4.3).

use serde::Deserialize;

use super::{
    OwnedGrant, OwnedKind, Tokens,
    asked::{Asked, Beside},
    client_credentials::{ClientAuthentication, client},
    put,
};
use crate::{
    interpolation::{Interpolation, MissingValue},
    moment::Random,
    signing::{Owned, Reveals, Signed, oauth2::AnswerForm},
    strategy::{Before, Chosen, Endpoint, Failed, Parameters, Scheme, Unsigned, Values, bearer::TokenHeader},
};

/// A token of OAuth 2.0 for a user's name and password.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OAuth2Password {
    token_url: Endpoint,
    username: Interpolation,
    password: Interpolation,
    /// The client that asks. Without a secret, its id goes into the form (RFC 6749 §3.2.1).
    client_id: Option<Interpolation>,
    client_secret: Option<Interpolation>,
    /// How the secret is sent; by HTTP Basic when absent.
    client_auth: Option<Chosen<ClientAuthentication>>,
    scope: Option<Interpolation>,
    /// The audience to ask for; an extension that some servers need.
    audience: Option<Interpolation>,
    /// The service that the token is for (RFC 8707 §2).
    resource: Option<Interpolation>,
    /// What the server wants beside.
    #[serde(default)]
    request: Beside,
    /// Where the answer has the token; as RFC 6749 §5.1 has it when absent.
    answer: Option<AnswerForm>,
    then: TokenHeader,
}

impl OAuth2Password {
    pub(super) const fn token_url(&self) -> &Endpoint {
        &self.token_url
    }

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

    pub(super) fn grant(&self, values: &impl Values, token_url: String) -> Result<OwnedGrant, MissingValue> {
        let auth = self.client_auth.as_ref().map(|auth| auth.resolve(values)).transpose()?;
        let auth = auth.unwrap_or(ClientAuthentication::Basic);
        Ok(OwnedGrant {
            token_url,
            kind: OwnedKind::Password(values.text(&self.username)?, values.secret(&self.password)?),
            client: client(self.client_id.as_ref(), self.client_secret.as_ref(), auth, values),
            asked: self.asked().with_values(values),
        })
    }
}

impl Scheme for OAuth2Password {
    fn reveals(&self) -> Reveals {
        Reveals::Secret
    }

    fn parameters(&self) -> Parameters<'_> {
        let parameters = Parameters::default()
            .address("token_url", &self.token_url)
            .secret("username", &self.username)
            .secret("password", &self.password)
            .public("client_id", &self.client_id)
            .secret("client_secret", &self.client_secret)
            .public("then", &self.then.header);
        let parameters = self.asked().parameters(parameters);
        match &self.client_auth {
            Some(client_auth) => parameters.choice("client_auth", client_auth),
            None => parameters,
        }
    }

    fn owned(&self, values: &impl Values) -> Vec<Owned> {
        self.then.owned(values)
    }

    fn before(&self) -> Before<'_> {
        Before::Token(Tokens::Password(self))
    }

    fn sign(&self, values: &impl Values, request: &Unsigned<'_, impl Random>) -> Result<Signed, Failed> {
        put(&self.then, values, request)
    }
}
