//! A login to a server that speaks no HTTP.

use serde::Deserialize;

use super::OutboundError;
use crate::secret::SecretText;

/// How a mail submission is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmtpSecurity {
    /// TLS from the first byte (RFC 8314 §3.3).
    Tls,
    /// TLS after `STARTTLS`, which must succeed (RFC 3207).
    StartTls,
}

/// How an FTP session is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FtpTls {
    /// Not at all.
    None,
    /// TLS after `AUTH TLS`, which must succeed (RFC 4217).
    Explicit,
    /// TLS from the first byte.
    Implicit,
}

/// A login to try. It borrows secrets, so it has no `Debug`.
pub enum Login<'a> {
    /// Mail submission.
    Smtp(SmtpLogin<'a>),
    /// FTP.
    Ftp(FtpLogin<'a>),
    /// SFTP.
    Sftp(SftpLogin<'a>),
}

/// What shows a mail server who the user is.
#[derive(Clone, Copy)]
pub enum SmtpProof<'a> {
    /// A password.
    Password(&'a SecretText),
    /// An OAuth 2.0 token (XOAUTH2, or RFC 7628).
    Token(&'a SecretText),
}

/// SMTP: connect, `EHLO`, TLS, `AUTH`, `NOOP`, `QUIT` (RFC 5321, RFC 4954).
pub struct SmtpLogin<'a> {
    /// The name or IPv4 address of the server.
    pub host: &'a str,
    /// The TCP port of the server.
    pub port: u16,
    /// How the connection is protected. Nothing is logged in to without TLS.
    pub security: SmtpSecurity,
    /// The name of the user to log in as.
    pub username: &'a str,
    /// What shows who the user is.
    pub proof: SmtpProof<'a>,
}

/// FTP: connect, TLS where asked for, `USER`, `PASS`, `CWD` or `PWD`, `QUIT` (RFC 959, RFC 4217).
pub struct FtpLogin<'a> {
    /// The name or IPv4 address of the server.
    pub host: &'a str,
    /// The TCP port of the server.
    pub port: u16,
    /// How the session is protected.
    pub tls: FtpTls,
    /// The SHA-256 fingerprint of the certificate that is accepted instead of those of public authorities, in capitals with
    /// colons.
    pub certificate: Option<&'a str>,
    /// The name of the user to log in as.
    pub username: &'a str,
    /// The password of that user.
    pub password: &'a SecretText,
    /// The directory that must be there.
    pub root_path: Option<&'a str>,
}

/// SFTP: connect, check the host key, authenticate, look at the directory.
pub struct SftpLogin<'a> {
    /// The name or IPv4 address of the server.
    pub host: &'a str,
    /// The TCP port of the server.
    pub port: u16,
    /// The name of the user to log in as.
    pub username: &'a str,
    /// What shows who the user is.
    pub proof: SftpProof<&'a SecretText>,
    /// The fingerprint of the server's key that was accepted: `SHA256:` and 43 characters of base64.
    pub host_key: Option<&'a str>,
    /// The directory that must be there.
    pub root_path: Option<&'a str>,
}

/// What shows an SFTP server who the user is: secrets, or texts of a template that stand for them.
#[derive(Debug)]
pub enum SftpProof<T> {
    /// A password (RFC 4252 §8).
    Password(T),
    /// A private key (RFC 4252 §7) in its normal form.
    PrivateKey(T),
    /// Both, for servers that want one after the other (RFC 4252 §5.1).
    Both {
        /// The key in its normal form.
        private_key: T,
        /// The password.
        password: T,
    },
}

impl<T> SftpProof<T> {
    /// The same, borrowed.
    #[must_use]
    pub const fn as_ref(&self) -> SftpProof<&T> {
        match self {
            Self::Password(password) => SftpProof::Password(password),
            Self::PrivateKey(private_key) => SftpProof::PrivateKey(private_key),
            Self::Both { private_key, password } => SftpProof::Both { private_key, password },
        }
    }
}

/// The login worked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Welcome {
    /// The server's name for itself or for the folder after the login, in a few words; never a secret.
    pub identity: Option<String>,
}

/// Why a login did not work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    /// The server does not accept the credentials.
    #[error("the server refuses the credentials")]
    Refused,
    /// The credentials work, but the directory is not there or not for this user.
    #[error("the login works, but the directory cannot be entered")]
    NoDirectory,
    /// No host key was accepted yet. Nothing was sent but the greeting.
    #[error("the host key was not accepted yet")]
    HostKeyUnknown {
        /// The fingerprint that the server shows.
        fingerprint: String,
    },
    /// The server has another key than the accepted one. Nothing was sent but the greeting.
    #[error("the host key has changed")]
    HostKeyChanged {
        /// The fingerprint that the server shows.
        fingerprint: String,
    },
    /// The server has another certificate than the accepted one. Nothing was sent.
    #[error("the certificate is another one")]
    CertificateChanged {
        /// The fingerprint that the server shows.
        fingerprint: String,
    },
    /// The server does not offer the encryption that the key asks for. Nothing was sent.
    #[error("the server offers no TLS")]
    NoTls,
    /// The server takes no login without TLS, and the key asks for none.
    #[error("the server asks for TLS")]
    WantsTls,
    /// The credentials work, but the server transfers files without encryption.
    #[error("the server does not encrypt files")]
    PlainFiles,
    /// The provider has turned passwords off for this mailbox. Whether this one is right is not known.
    #[error("the server takes no passwords for this mailbox")]
    PasswordsOff,
    /// The server does not accept the token for this user.
    #[error("the server refuses the token")]
    TokenRefused,
    /// The provider wants a password that is made for one program.
    #[error("the server wants an app password")]
    AppPassword,
    /// The stored private key cannot be read.
    #[error("the private key cannot be read")]
    PrivateKey,
    /// The key is right, and the server wants a password as well.
    #[error("the server accepts the key, and wants a password as well")]
    PasswordToo,
    /// The password is right, and the server wants a key as well.
    #[error("the server accepts the password, and wants a private key as well")]
    KeyToo,
    /// The server has no host key, or no key exchange, but with SHA-1. Nothing was sent.
    #[error("the server offers only SHA-1")]
    OnlySha1,
    /// The server knows no way to authenticate that fits.
    #[error("the server offers no fitting way to log in")]
    NoMethod,
    /// The server's answer does not tell whether it accepts the key.
    #[error("the answer says neither yes nor no")]
    Unclear,
    /// The server was not reached.
    #[error(transparent)]
    Outbound(#[from] OutboundError),
}
