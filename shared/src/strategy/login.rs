//! The login of an entry to a server that speaks no HTTP.

use std::sync::Arc;

use super::{Ftp, Obtained, Sftp, Smtp, SmtpToken, Values};
use crate::{
    interpolation::{Interpolation, MissingValue},
    outbound::{FtpLogin, FtpTls, Login, SftpLogin, SftpProof, SmtpLogin, SmtpProof, SmtpSecurity},
    secret::SecretText,
    signing::oauth2::AccessToken,
};

/// The strategies that log in by a protocol of their own.
#[derive(Clone, Copy)]
pub enum Server<'s> {
    /// Mail submission.
    Smtp(&'s Smtp),
    /// Mail submission with a token.
    SmtpToken(&'s SmtpToken),
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
            Self::SmtpToken(strategy) => strategy.address(),
            Self::Ftp(strategy) => strategy.address(),
            Self::Sftp(strategy) => strategy.address(),
        }
    }

    /// The login.
    ///
    /// # Errors
    ///
    /// [`MissingValue`] when a field has no value, or no token was obtained for a login with one.
    pub fn login(self, values: &impl Values, obtained: &Obtained) -> Result<OwnedLogin, MissingValue> {
        match self {
            Self::Smtp(strategy) => strategy.login(values),
            Self::SmtpToken(strategy) => strategy.login(values, obtained),
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
    SmtpToken { security: SmtpSecurity, token: Arc<AccessToken> },
    Ftp { tls: FtpTls, certificate: Option<String>, password: SecretText },
    Sftp { proof: SftpProof<SecretText>, host_key: Option<String> },
}

impl OwnedLogin {
    /// The login to this server, with the directory to start in.
    #[must_use]
    pub fn login<'l>(&'l self, host: &'l str, port: u16, root_path: Option<&'l str>) -> Login<'l> {
        let username = self.username.as_str();
        match &self.way {
            Way::Smtp { security, password } => {
                let proof = SmtpProof::Password(password);
                Login::Smtp(SmtpLogin { host, port, security: *security, username, proof })
            }
            Way::SmtpToken { security, token } => {
                let proof = SmtpProof::Token(token.value());
                Login::Smtp(SmtpLogin { host, port, security: *security, username, proof })
            }
            Way::Ftp { tls, certificate, password } => {
                let (tls, certificate) = (*tls, certificate.as_deref());
                Login::Ftp(FtpLogin { host, port, tls, certificate, username, password, root_path })
            }
            Way::Sftp { proof, host_key } => {
                let (proof, host_key) = (proof.as_ref(), host_key.as_deref());
                Login::Sftp(SftpLogin { host, port, username, proof, host_key, root_path })
            }
        }
    }
}
