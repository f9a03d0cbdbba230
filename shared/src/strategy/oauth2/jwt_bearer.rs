//! A token of OAuth 2.0 for a signed JWT, which says for whom the token is to be (RFC 7523 §2.1).

use serde::Deserialize;

use super::{
    OwnedKind, Tokens,
    client_credentials::{ClientAuthentication, OptionalClient},
    token_request::{AskedWith, TokenRequest, With},
};
use crate::{
    interpolation::{Interpolation, MissingValue},
    strategy::{
        Chosen, Fault, Parameters, Values,
        jwt::{Content, Signer},
    },
};

/// A token of OAuth 2.0 for a signed JWT.
pub type OAuth2JwtBearer = TokenRequest<JwtBearer>;

/// The JWT. Servers that want the scope in it have a claim for it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JwtBearer {
    signer: Signer,
    jwt: Content,
    /// The client that asks, for servers that want to know it beside the JWT.
    client_id: Option<Interpolation>,
    client_secret: Option<Interpolation>,
    /// How the secret is sent; in the form when absent.
    client_auth: Option<Chosen<ClientAuthentication>>,
}

impl JwtBearer {
    const fn client(&self) -> OptionalClient<'_> {
        OptionalClient {
            id: self.client_id.as_ref(),
            secret: self.client_secret.as_ref(),
            auth: self.client_auth.as_ref(),
        }
    }
}

impl AskedWith for JwtBearer {
    fn parameters<'s>(&'s self, parameters: Parameters<'s>) -> Parameters<'s> {
        self.client().parameters(self.jwt.parameters(self.signer.parameters(parameters)))
    }

    fn fault(&self) -> Option<Fault> {
        self.jwt.fault()
    }

    fn with_values(&self, values: &impl Values, token_url: &str) -> Result<With, MissingValue> {
        // Every such JWT has an audience (RFC 7523 §3), and the token URL may be it.
        let signer = self.signer.with_values(values)?;
        let jwt = self.jwt.with_values(values, &signer).for_audience(token_url);
        let client = self.client().with_values(values, ClientAuthentication::Post)?;
        Ok(With { kind: OwnedKind::JwtBearer(signer, jwt), client })
    }

    fn tokens(request: &TokenRequest<Self>) -> Tokens<'_> {
        Tokens::JwtBearer(request)
    }
}
