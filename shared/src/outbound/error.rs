//! Errors of connections to a customer's system.

use super::address::Reserved;

/// A system was not reached. The error names the host only: no path, no query, and no text of the other side.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// The rules do not allow a connection to this address. No connection was made.
    #[error("a connection to {host} is not allowed: {reason}")]
    Forbidden {
        /// The host, as the key has it.
        host: String,
        /// Which rule.
        reason: Forbidden,
    },
    /// There was no connection, or it broke.
    #[error("{host} cannot be reached: {why}")]
    Unreachable {
        /// The host, as the key has it.
        host: String,
        /// At which step.
        why: Unreachable,
    },
    /// It took too long.
    #[error("{host} did not answer in time")]
    TimedOut {
        /// The host, as the key has it.
        host: String,
    },
}

/// The rule that forbids a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    /// The protocol is not spoken on that port, unless an operator has allowed the origin.
    #[error("port {0} is not one that this protocol may use")]
    Port(u16),
    /// The name stands for an address that nobody outside can have.
    #[error("its address is {0}")]
    Address(Reserved),
    /// The method opens a tunnel or asks for an echo, or the path, the query or a header has a character that none may
    /// have.
    #[error("the request has a method or a character that may not be sent")]
    Request,
}

/// Where it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreachable {
    /// No address for the name.
    #[error("the name has no address")]
    NoAddress,
    /// No connection to any of its addresses.
    #[error("it takes no connection")]
    NoConnection,
    /// No agreement on TLS, or a certificate that is not acceptable.
    #[error("its certificate or encryption is not acceptable: {0}")]
    Tls(TlsFailure),
    /// It ended the connection, or spoke something else.
    #[error("it does not speak the expected protocol, or ended the connection")]
    Protocol,
}

/// Why there was no agreement on TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TlsFailure {
    /// The certificate leads to no trusted authority: a self-signed one, or one whose chain is not sent whole.
    #[error("no trusted authority has signed its certificate")]
    UnknownIssuer,
    /// The certificate's time is over, or has not begun.
    #[error("its certificate has expired, or is not valid yet")]
    Expired,
    /// The certificate is for other names.
    #[error("its certificate is for another name")]
    OtherName,
    /// There is no version or cipher that both sides know.
    #[error("it has no version of TLS, or no cipher, that is safe")]
    Versions,
    /// The other side speaks something else than TLS.
    #[error("it speaks no TLS")]
    NotTls,
    /// Something else.
    #[error("the two sides do not agree")]
    Other,
}

impl OutboundError {
    /// The host, as the key has it.
    #[must_use]
    pub fn host(&self) -> &str {
        match self {
            Self::Forbidden { host, .. } | Self::Unreachable { host, .. } | Self::TimedOut { host } => host,
        }
    }
}
