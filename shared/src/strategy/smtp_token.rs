//! Mail submission with an OAuth 2.0 token (XOAUTH2, or RFC 7628), which is obtained by client credentials first.

use std::sync::Arc;

use serde::Deserialize;

use super::{
    Before, Chosen, Endpoint, Failed, Obtained, OwnedGrant, OwnedLogin, Parameters, Scheme, Server, Tokens,
    Unsigned, Values, login::Way,
};
use crate::{
    interpolation::{Interpolation, MissingValue},
    moment::Random,
    outbound::SmtpSecurity,
    signing::{Owned, Reveals, Signed},
};

/// Mail submission with a token.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpToken {
    host: Interpolation,
    port: Interpolation,
    security: Chosen<SmtpSecurity>,
    username: Interpolation,
    token_url: Endpoint,
    client_id: Interpolation,
    client_secret: Interpolation,
    scope: Option<Interpolation>,
}

impl SmtpToken {
    pub(super) const fn address(&self) -> (&Interpolation, &Interpolation) {
        (&self.host, &self.port)
    }

    pub(super) const fn token_url(&self) -> &Endpoint {
        &self.token_url
    }

    pub(super) fn grant(&self, values: &impl Values, token_url: String) -> Result<OwnedGrant, MissingValue> {
        let (client_id, secret) = (values.text(&self.client_id)?, values.secret(&self.client_secret)?);
        let scope = values.optional(self.scope.as_ref()).map(|scope| scope.expose().to_owned());
        Ok(OwnedGrant::with_secret(token_url, client_id, secret, scope))
    }

    pub(super) fn login(
        &self,
        values: &impl Values,
        obtained: &Obtained,
    ) -> Result<OwnedLogin, MissingValue> {
        let Obtained::Token(token) = obtained else { return Err(MissingValue::of("token")) };
        let way = Way::SmtpToken { security: self.security.resolve(values)?, token: Arc::clone(token) };
        Ok(OwnedLogin { username: values.text(&self.username)?, way })
    }
}

impl Scheme for SmtpToken {
    fn reveals(&self) -> Reveals {
        Reveals::Secret
    }

    fn parameters(&self) -> Parameters<'_> {
        Parameters::default()
            .public("host", &self.host)
            .public("port", &self.port)
            .choice("security", &self.security)
            .secret("username", &self.username)
            .address("token_url", &self.token_url)
            .secret("client_id", &self.client_id)
            .secret("client_secret", &self.client_secret)
            .secret("scope", &self.scope)
    }

    fn owned(&self, _: &impl Values) -> Vec<Owned> {
        Vec::new()
    }

    fn before(&self) -> Before<'_> {
        Before::TokenLogin(Tokens::Mail(self), Server::SmtpToken(self))
    }

    fn sign(&self, _: &impl Values, _: &Unsigned<'_, impl Random>) -> Result<Signed, Failed> {
        Err(Failed::NoRequests)
    }
}
