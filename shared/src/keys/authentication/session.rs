//! How a SOAP session is opened for an entry.

use super::{Authentication, missing};
use crate::{
    error::Error,
    keys::key::Key,
    origin::Target,
    strategy::{Before, Endpoint, OwnedSoapLogin, Scheme as _},
};

impl Authentication<'_> {
    /// The login that opens the entry's sessions, and where the service is: below the entry's base address. `None` for a
    /// strategy without sessions.
    pub(in crate::keys) fn soap_login<'s>(
        &'s self,
        key: &Key,
        secret: impl Fn(&str) -> Option<&'s str>,
    ) -> Result<Option<(Target, OwnedSoapLogin)>, Error> {
        let Before::Session(session) = self.strategy().before() else { return Ok(None) };
        let Endpoint::BelowBase(path) = session.endpoint() else { return Err(Error::KeyUnreadable) };
        let target = self.below_base(key, path)?;
        Ok(Some((target, session.login(&self.values(secret)).map_err(missing)?)))
    }
}
