//! The login of an entry to a server that speaks no HTTP.

use super::{Authentication, values::Values};
use crate::{
    error::Error,
    keys::key::Key,
    outbound::{FtpLogin, Login, SftpLogin, SftpProof, SmtpLogin, needs_passphrase},
    secret::SecretText,
    system::{self, FtpTls, SmtpSecurity, Strategy},
};

/// The field that names the directory to start in, where a template has it.
const ROOT_PATH: &str = "root_path";

/// A login with values of its own.
pub(in crate::keys) struct OwnedLogin {
    host: String,
    port: u16,
    username: String,
    root_path: Option<String>,
    way: Way,
}

enum Way {
    Smtp { security: SmtpSecurity, password: SecretText },
    Ftp { tls: FtpTls, password: SecretText },
    Password { password: SecretText, host_key: Option<String> },
    PrivateKey { private_key: SecretText, passphrase: Option<SecretText>, host_key: Option<String> },
}

impl OwnedLogin {
    /// The login itself.
    pub(in crate::keys) fn login(&self) -> Login<'_> {
        let Self { host, port, username, root_path, way } = self;
        let (port, root_path) = (*port, root_path.as_deref());
        let sftp =
            |proof, host_key| Login::Sftp(SftpLogin { host, port, username, proof, host_key, root_path });
        match way {
            Way::Smtp { security, password } => {
                Login::Smtp(SmtpLogin { host, port, security: *security, username, password })
            }
            Way::Ftp { tls, password } => {
                Login::Ftp(FtpLogin { host, port, tls: *tls, username, password, root_path })
            }
            Way::Password { password, host_key } => sftp(SftpProof::Password(password), host_key.as_deref()),
            Way::PrivateKey { private_key, passphrase, host_key } => {
                let passphrase = passphrase.as_ref();
                sftp(SftpProof::PrivateKey { private_key, passphrase }, host_key.as_deref())
            }
        }
    }
}

impl OwnedLogin {
    /// Refuses a private key that no login could use: the field, and what is wrong with it.
    pub(in crate::keys) fn check(&self) -> Result<(), (&'static str, String)> {
        let Way::PrivateKey { private_key, passphrase, .. } = &self.way else { return Ok(()) };
        match needs_passphrase(private_key) {
            Err(reason) => Err(("private_key", reason.to_string())),
            Ok(true) if passphrase.is_none() => {
                Err(("passphrase", "is needed: the private key is encrypted with one".to_owned()))
            }
            Ok(_) => Ok(()),
        }
    }
}

impl Authentication<'_> {
    /// The entry's login; `None` for a strategy that authenticates requests.
    pub(in crate::keys) fn login<'s>(
        &'s self,
        key: &Key,
        secret: impl Fn(&str) -> Option<&'s str>,
    ) -> Result<Option<OwnedLogin>, Error> {
        let values = Values(self.with_public(secret));
        let (host, port, username, way) = match self.variant.strategy() {
            Strategy::Smtp { host, port, security, username, password } => {
                let password = values.secret(password)?;
                (host, port, username, Way::Smtp { security: values.chosen(security)?, password })
            }
            Strategy::Ftp { host, port, tls, username, password } => (
                host,
                port,
                username,
                Way::Ftp { tls: values.chosen(tls)?, password: values.secret(password)? },
            ),
            Strategy::Sftp { host, port, username, proof, host_key } => {
                let host_key = values.optional(Some(host_key))?.map(|text| text.expose().to_owned());
                let way = match proof {
                    system::SftpProof::Password(password) => {
                        Way::Password { password: values.secret(password)?, host_key }
                    }
                    system::SftpProof::PrivateKey { private_key, passphrase } => Way::PrivateKey {
                        private_key: values.secret(private_key)?,
                        passphrase: values.optional(passphrase.as_ref())?,
                        host_key,
                    },
                };
                (host, port, username, way)
            }
            Strategy::None
            | Strategy::Headers { .. }
            | Strategy::Basic { .. }
            | Strategy::Bearer { .. }
            | Strategy::Query { .. }
            | Strategy::Form { .. }
            | Strategy::Aws4 { .. }
            | Strategy::HmacSha256 { .. }
            | Strategy::OAuth1 { .. }
            | Strategy::OAuth2ClientCredentials { .. }
            | Strategy::OAuth2PrivateKeyJwt { .. }
            | Strategy::SoapSession { .. } => return Ok(None),
        };
        let (host, port, username) = (values.text(host)?, values.text(port)?, values.text(username)?);
        // Every value was checked when it was stored. What stands in a row now may have been put there otherwise.
        for (id, value) in [("host", &host), ("port", &port)] {
            let field = key.template()?.field(&key.auth, id);
            if field.is_some_and(|field| field.check(value).is_err()) {
                return Err(Error::KeyUnreadable);
            }
        }
        let port = port.parse().map_err(|_| Error::KeyUnreadable)?;
        let root_path = self.entry.public(ROOT_PATH).filter(|path| !path.is_empty()).map(str::to_owned);
        Ok(Some(OwnedLogin { host, port, username, root_path, way }))
    }
}
