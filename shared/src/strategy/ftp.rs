//! FTP (RFC 959), with TLS (RFC 4217) or without.

use serde::Deserialize;

use super::{Before, Chosen, Failed, OwnedLogin, Parameters, Scheme, Server, Unsigned, Values, login::Way};
use crate::{
    interpolation::{Interpolation, MissingValue},
    moment::Random,
    outbound::FtpTls,
    signing::{Owned, Reveals, Signed},
};

/// FTP, with TLS or without.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ftp {
    host: Interpolation,
    port: Interpolation,
    tls: Chosen<FtpTls>,
    /// The fingerprint of the certificate that is accepted instead of those of public authorities.
    certificate: Option<Interpolation>,
    username: Interpolation,
    password: Interpolation,
}

impl Ftp {
    pub(super) const fn address(&self) -> (&Interpolation, &Interpolation) {
        (&self.host, &self.port)
    }

    pub(super) fn login(&self, values: &impl Values) -> Result<OwnedLogin, MissingValue> {
        let (tls, password) = (self.tls.resolve(values)?, values.secret(&self.password)?);
        let certificate = self.certificate.as_ref().and_then(|text| values.text(text).ok());
        Ok(OwnedLogin {
            username: values.text(&self.username)?,
            way: Way::Ftp { tls, certificate, password },
        })
    }
}

impl Scheme for Ftp {
    fn reveals(&self) -> Reveals {
        Reveals::Secret
    }

    fn parameters(&self) -> Parameters<'_> {
        Parameters::default()
            .public("host", &self.host)
            .public("port", &self.port)
            .choice("tls", &self.tls)
            .public("certificate", &self.certificate)
            .secret("username", &self.username)
            .secret("password", &self.password)
    }

    fn owned(&self, _: &impl Values) -> Vec<Owned> {
        Vec::new()
    }

    fn before(&self) -> Before<'_> {
        Before::Login(Server::Ftp(self))
    }

    fn sign(&self, _: &impl Values, _: &Unsigned<'_, impl Random>) -> Result<Signed, Failed> {
        Err(Failed::NoRequests)
    }
}
