//! Mail submission with SMTP AUTH (RFC 4954).

use serde::Deserialize;

use super::{Before, Chosen, Failed, OwnedLogin, Parameters, Scheme, Server, Unsigned, Values, login::Way};
use crate::{
    interpolation::{Interpolation, MissingValue},
    moment::Random,
    outbound::SmtpSecurity,
    signing::{Owned, Reveals, Signed},
};

/// Mail submission.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smtp {
    host: Interpolation,
    port: Interpolation,
    security: Chosen<SmtpSecurity>,
    username: Interpolation,
    password: Interpolation,
}

impl Smtp {
    pub(super) const fn address(&self) -> (&Interpolation, &Interpolation) {
        (&self.host, &self.port)
    }

    pub(super) fn login(&self, values: &impl Values) -> Result<OwnedLogin, MissingValue> {
        let (security, password) = (self.security.resolve(values)?, values.secret(&self.password)?);
        Ok(OwnedLogin { username: values.text(&self.username)?, way: Way::Smtp { security, password } })
    }
}

impl Scheme for Smtp {
    fn reveals(&self) -> Reveals {
        Reveals::Secret
    }

    fn parameters(&self) -> Parameters<'_> {
        Parameters::default()
            .public("host", &self.host)
            .public("port", &self.port)
            .choice("security", &self.security)
            .secret("username", &self.username)
            .secret("password", &self.password)
    }

    fn owned(&self, _: &impl Values) -> Vec<Owned> {
        Vec::new()
    }

    fn before(&self) -> Before<'_> {
        Before::Login(Server::Smtp(self))
    }

    fn sign(&self, _: &impl Values, _: &Unsigned<'_, impl Random>) -> Result<Signed, Failed> {
        Err(Failed::NoRequests)
    }
}
