//! The login of an entry to a server that speaks no HTTP.

use super::{Ftp, Sftp, Smtp, Values};
use crate::{
    interpolation::{Interpolation, MissingValue},
    outbound::{FtpLogin, FtpTls, Login, SftpLogin, SftpProof, SmtpLogin, SmtpSecurity},
    secret::SecretText,
};

/// The strategies that log in by a protocol of their own.
#[derive(Clone, Copy)]
pub enum Server<'s> {
    /// Mail submission.
    Smtp(&'s Smtp),
    /// FTP.
    Ftp(&'s Ftp),
    /// SFTP.
    Sftp(&'s Sftp),
}

impl<'s> Server<'s> {
    /// Host and port.
    #[must_use]
    pub const fn address(self) -> (&'s Interpolation, &'s Interpolation) {
        match self {
            Self::Smtp(strategy) => strategy.address(),
            Self::Ftp(strategy) => strategy.address(),
            Self::Sftp(strategy) => strategy.address(),
        }
    }

    /// The login.
    ///
    /// # Errors
    ///
    /// [`MissingValue`] when a field has no value.
    pub fn login(self, values: &impl Values) -> Result<OwnedLogin, MissingValue> {
        match self {
            Self::Smtp(strategy) => strategy.login(values),
            Self::Ftp(strategy) => strategy.login(values),
            Self::Sftp(strategy) => strategy.login(values),
        }
    }
}

/// A login with values of its own. Where it goes is not part of it: that was checked with the template.
pub struct OwnedLogin {
    pub(super) username: String,
    pub(super) way: Way,
}

/// How a login goes.
pub(super) enum Way {
    Smtp { security: SmtpSecurity, password: SecretText },
    Ftp { tls: FtpTls, password: SecretText },
    Sftp { proof: SftpProof<SecretText>, host_key: Option<String> },
}

impl OwnedLogin {
    /// The login to this server, with the directory to start in.
    #[must_use]
    pub fn login<'l>(&'l self, host: &'l str, port: u16, root_path: Option<&'l str>) -> Login<'l> {
        let username = self.username.as_str();
        match &self.way {
            Way::Smtp { security, password } => {
                Login::Smtp(SmtpLogin { host, port, security: *security, username, password })
            }
            Way::Ftp { tls, password } => {
                Login::Ftp(FtpLogin { host, port, tls: *tls, username, password, root_path })
            }
            Way::Sftp { proof, host_key } => {
                let (proof, host_key) = (proof.as_ref(), host_key.as_deref());
                Login::Sftp(SftpLogin { host, port, username, proof, host_key, root_path })
            }
        }
    }
}
