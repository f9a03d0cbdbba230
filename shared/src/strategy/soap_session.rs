//! A SOAP session, opened with a login, and put into the envelope of each request.

use serde::Deserialize;

use super::{Before, Endpoint, Failed, Fault, Obtained, Parameters, Scheme, Unsigned, Values};
use crate::{
    interpolation::{Interpolation, MissingValue},
    moment::Random,
    secret::SecretText,
    signing::{Authenticator, Body, Owned, Reveals, Signed},
    soap::{self, SoapFlavour},
};

/// A SOAP session.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SoapSession {
    flavour: SoapFlavour,
    endpoint: Endpoint,
    /// The client's id, where the flavour has one.
    client_id: Option<Interpolation>,
    username: Interpolation,
    password: Interpolation,
}

/// A SOAP login with values of its own.
pub struct OwnedSoapLogin {
    flavour: SoapFlavour,
    client_id: Option<String>,
    username: String,
    password: SecretText,
}

impl SoapSession {
    /// Where the service is.
    #[must_use]
    pub const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The login that opens a session.
    ///
    /// # Errors
    ///
    /// [`MissingValue`] when a field has no value.
    pub fn login(&self, values: &impl Values) -> Result<OwnedSoapLogin, MissingValue> {
        Ok(OwnedSoapLogin {
            flavour: self.flavour,
            client_id: values.optional(self.client_id.as_ref()).map(|text| text.expose().to_owned()),
            username: values.text(&self.username)?,
            password: values.secret(&self.password)?,
        })
    }
}

impl OwnedSoapLogin {
    /// The login itself.
    #[must_use]
    pub fn login(&self) -> soap::Login<'_> {
        soap::Login {
            flavour: self.flavour,
            client_id: self.client_id.as_deref(),
            username: &self.username,
            password: &self.password,
        }
    }
}

impl Scheme for SoapSession {
    fn reveals(&self) -> Reveals {
        Reveals::Secret
    }

    fn parameters(&self) -> Parameters<'_> {
        Parameters::default()
            .address("endpoint", &self.endpoint)
            .secret("client_id", &self.client_id)
            .secret("username", &self.username)
            .secret("password", &self.password)
    }

    fn fault(&self) -> Option<Fault> {
        if let Endpoint::Absolute(_) = &self.endpoint {
            let reason =
                "must lie below the base address, such as `./api/v2_soap/`: sessions are opened there";
            return Some(("endpoint", reason.to_owned()));
        }
        match (self.flavour, &self.client_id) {
            (SoapFlavour::Peoplevox, None) => {
                Some(("client_id", "must be there: a login of Peoplevox names the client".to_owned()))
            }
            (SoapFlavour::Magento1, Some(_)) => {
                Some(("client_id", "has no effect: a login of Magento names no client".to_owned()))
            }
            (SoapFlavour::Peoplevox, Some(_)) | (SoapFlavour::Magento1, None) => None,
        }
    }

    /// Which operation is called is the request's own to say.
    fn owned(&self, _: &impl Values) -> Vec<Owned> {
        vec![Owned::envelope("session")]
    }

    fn before(&self) -> Before<'_> {
        Before::Session(self)
    }

    fn sign(&self, _: &impl Values, request: &Unsigned<'_, impl Random>) -> Result<Signed, Failed> {
        let mut signed = request.with(&Authenticator::None)?;
        match (request.obtained, request.request.body) {
            (Obtained::Session(session), Body::Bytes(body)) => {
                signed.replace_body(session.put_into(body)?.as_bytes().to_vec());
                Ok(signed)
            }
            (Obtained::Session(_), Body::Sha256(_)) => Err(Failed::BodyNeeded),
            // Before there is a session, the rest of the request can be looked at.
            (Obtained::Nothing | Obtained::Token(_), Body::Bytes(_) | Body::Sha256(_)) => Ok(signed),
        }
    }
}
