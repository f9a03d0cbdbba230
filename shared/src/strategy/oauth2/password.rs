//! A token of OAuth 2.0 for a user's name and password (RFC 6749 §4.3).

use serde::Deserialize;

use super::{
    OwnedKind, Tokens,
    client_credentials::{ClientAuthentication, OptionalClient},
    token_request::{AskedWith, TokenRequest, With},
};
use crate::{
    interpolation::{Interpolation, MissingValue},
    strategy::{Chosen, Parameters, Values},
};

/// A token of OAuth 2.0 for a user's name and password.
pub type OAuth2Password = TokenRequest<Password>;

/// The user, and the client that asks. Without a secret, its id goes into the form (RFC 6749 §3.2.1).
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Password {
    username: Interpolation,
    password: Interpolation,
    client_id: Option<Interpolation>,
    client_secret: Option<Interpolation>,
    /// How the secret is sent; by HTTP Basic when absent.
    client_auth: Option<Chosen<ClientAuthentication>>,
    audience: Option<Interpolation>,
}

impl Password {
    const fn client(&self) -> OptionalClient<'_> {
        OptionalClient {
            id: self.client_id.as_ref(),
            secret: self.client_secret.as_ref(),
            auth: self.client_auth.as_ref(),
        }
    }
}

impl AskedWith for Password {
    fn parameters<'s>(&'s self, parameters: Parameters<'s>) -> Parameters<'s> {
        let parameters = parameters.secret("username", &self.username).secret("password", &self.password);
        self.client().parameters(parameters)
    }

    fn audience(&self) -> Option<&Interpolation> {
        self.audience.as_ref()
    }

    fn with_values(&self, values: &impl Values, _: &str) -> Result<With, MissingValue> {
        let client = self.client().with_values(values, ClientAuthentication::Basic)?;
        let kind = OwnedKind::Password(values.text(&self.username)?, values.secret(&self.password)?);
        Ok(With { kind, client })
    }

    fn tokens(request: &TokenRequest<Self>) -> Tokens<'_> {
        Tokens::Password(request)
    }
}
