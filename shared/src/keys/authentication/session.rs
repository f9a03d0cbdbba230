//! How a SOAP session is opened for an entry.

use super::{Authentication, values::Values};
use crate::{
    error::Error,
    keys::key::Key,
    origin::Target,
    secret::SecretText,
    soap,
    system::{Endpoint, SoapFlavour, Strategy},
};

/// A SOAP login with values of its own, and the checked address that it is made at.
pub(in crate::keys) struct OwnedSoapLogin {
    target: Target,
    flavour: SoapFlavour,
    client_id: Option<String>,
    username: String,
    password: SecretText,
}

impl OwnedSoapLogin {
    /// Where the service is: below the entry's base address.
    pub(in crate::keys) const fn target(&self) -> &Target {
        &self.target
    }

    /// The login itself.
    pub(in crate::keys) fn login(&self) -> soap::Login<'_> {
        soap::Login {
            flavour: self.flavour,
            client_id: self.client_id.as_deref(),
            username: &self.username,
            password: &self.password,
        }
    }
}

impl Authentication<'_> {
    /// The login that opens the entry's sessions; `None` for a strategy without sessions.
    pub(in crate::keys) fn soap_login<'s>(
        &'s self,
        key: &Key,
        secret: impl Fn(&str) -> Option<&'s str>,
    ) -> Result<Option<OwnedSoapLogin>, Error> {
        let Strategy::SoapSession { flavour, endpoint, client_id, username, password } =
            self.variant.strategy()
        else {
            return Ok(None);
        };
        let Endpoint::BelowBase(path) = endpoint else { return Err(Error::KeyUnreadable) };
        let values = Values(self.with_public(secret));
        Ok(Some(OwnedSoapLogin {
            target: self.below_base(key, path)?,
            flavour: *flavour,
            client_id: values.optional(client_id.as_ref())?.map(|text| text.expose().to_owned()),
            username: values.text(username)?,
            password: values.secret(password)?,
        }))
    }
}
