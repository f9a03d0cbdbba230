//! The login of an entry to a server that speaks no HTTP.

use super::{Authentication, missing};
use crate::{
    error::Error,
    keys::key::Key,
    outbound::Login,
    strategy::{Before, Obtained, OwnedLogin, Scheme as _, Values as _},
};

/// The field that names the directory to start in, where a template has it.
const ROOT_PATH: &str = "root_path";

/// A login, and the server that it goes to.
pub(in crate::keys) struct EntryLogin {
    host: String,
    port: u16,
    root_path: Option<String>,
    login: OwnedLogin,
}

impl EntryLogin {
    /// The login itself.
    pub(in crate::keys) fn login(&self) -> Login<'_> {
        self.login.login(&self.host, self.port, self.root_path.as_deref())
    }
}

impl Authentication<'_> {
    /// The entry's login, with the token that was obtained for it; `None` for a strategy that authenticates requests.
    pub(in crate::keys) fn login<'s>(
        &'s self,
        key: &Key,
        secret: impl Fn(&str) -> Option<&'s str>,
        obtained: &Obtained,
    ) -> Result<Option<EntryLogin>, Error> {
        let server = match self.strategy().before() {
            Before::Login(server) | Before::TokenLogin(_, server) => server,
            Before::Nothing | Before::Token(_) | Before::Session(_) | Before::Grant(_) => return Ok(None),
        };
        let values = self.values(secret);
        let login = server.login(&values, obtained).map_err(missing)?;
        let (host, port) = server.address();
        let (host, port) = (values.text(host).map_err(missing)?, values.text(port).map_err(missing)?);
        // Every value was checked when it was stored, but the row may have been edited since by other means.
        for (id, value) in [("host", &host), ("port", &port)] {
            let field = self.template.field(&key.auth, id);
            if field.is_some_and(|field| field.check(value).is_err()) {
                return Err(Error::KeyUnreadable);
            }
        }
        let port = port.parse().map_err(|_| Error::KeyUnreadable)?;
        let root_path = self.entry.public(ROOT_PATH).filter(|path| !path.is_empty()).map(str::to_owned);
        Ok(Some(EntryLogin { host, port, root_path, login }))
    }
}
