//! A token of OAuth 2.0 for a signed JWT, which says for whom the token is to be (RFC 7523 §2.1).

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
    strategy::{
        Before, Chosen, Endpoint, Failed, Parameters, Scheme, Unsigned, Values,
        bearer::TokenHeader,
        jwt::{Content, Signer},
    },
};

/// A token of OAuth 2.0 for a signed JWT.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OAuth2JwtBearer {
    token_url: Endpoint,
    signer: Signer,
    jwt: Content,
    /// The client that asks, for servers that want to know it beside the JWT.
    client_id: Option<Interpolation>,
    client_secret: Option<Interpolation>,
    /// How the secret is sent; in the form when absent.
    client_auth: Option<Chosen<ClientAuthentication>>,
    /// The scope of the request. Servers that want it in the JWT have a claim for it.
    scope: Option<Interpolation>,
    /// The service that the token is for (RFC 8707 §2).
    resource: Option<Interpolation>,
    /// What the server wants beside.
    #[serde(default)]
    request: Beside,
    /// Where the answer has the token; as RFC 6749 §5.1 has it when absent.
    answer: Option<AnswerForm>,
    then: TokenHeader,
}

impl OAuth2JwtBearer {
    pub(super) const fn token_url(&self) -> &Endpoint {
        &self.token_url
    }

    pub(super) const fn answer(&self) -> Option<&AnswerForm> {
        self.answer.as_ref()
    }

    const fn asked(&self) -> Asked<'_> {
        Asked {
            scope: self.scope.as_ref(),
            audience: None,
            resource: self.resource.as_ref(),
            beside: &self.request,
            answer: self.answer.as_ref(),
        }
    }

    pub(super) fn grant(&self, values: &impl Values, token_url: String) -> Result<OwnedGrant, MissingValue> {
        let auth = self.client_auth.as_ref().map(|auth| auth.resolve(values)).transpose()?;
        let auth = auth.unwrap_or(ClientAuthentication::Post);
        // Every such JWT has an audience (RFC 7523 §3), and the token URL may be it.
        let signer = self.signer.with_values(values)?;
        let jwt = self.jwt.with_values(values, &signer).for_audience(&token_url);
        Ok(OwnedGrant {
            token_url,
            kind: OwnedKind::JwtBearer(signer, jwt),
            client: client(self.client_id.as_ref(), self.client_secret.as_ref(), auth, values),
            asked: self.asked().with_values(values),
        })
    }
}

impl Scheme for OAuth2JwtBearer {
    fn reveals(&self) -> Reveals {
        Reveals::Secret
    }

    fn parameters(&self) -> Parameters<'_> {
        let parameters = Parameters::default().address("token_url", &self.token_url);
        let parameters = self.jwt.parameters(self.signer.parameters(parameters));
        let parameters = parameters
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
        Before::Token(Tokens::JwtBearer(self))
    }

    fn sign(&self, values: &impl Values, request: &Unsigned<'_, impl Random>) -> Result<Signed, Failed> {
        put(&self.then, values, request)
    }
}
