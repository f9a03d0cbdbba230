//! Whom a connection is for.

use std::{collections::BTreeSet, fmt};

use crate::origin::{Origin, Scheme};

/// The protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// HTTP over TLS.
    Https,
    /// HTTP in the clear, where a template allows it.
    Http,
    /// Mail submission.
    Smtp,
    /// FTP, with TLS or without.
    Ftp,
    /// SFTP over SSH.
    Sftp,
}

impl Protocol {
    /// The scheme, which stands before `://`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::Http => "http",
            Self::Smtp => "smtp",
            Self::Ftp => "ftp",
            Self::Sftp => "sftp",
        }
    }

    /// Whether the protocol may use a port that no operator has allowed: only 443 for HTTPS and 80 for HTTP;
    /// never port 25 for mail, which servers use among themselves (RFC 6409 §3.1); for protocols that carry
    /// logins, never the port of another one.
    #[must_use]
    pub const fn may_use(self, port: u16) -> bool {
        match self {
            Self::Https => port == 443,
            Self::Http => port == 80,
            Self::Smtp => !matches!(port, 0 | 21 | 22 | 25 | 80 | 443),
            Self::Ftp => !matches!(port, 0 | 22 | 25 | 80 | 443),
            Self::Sftp => !matches!(port, 0 | 21 | 25 | 80 | 443),
        }
    }
}

/// Protocol, host and port of one connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    protocol: Protocol,
    host: String,
    port: u16,
}

impl Peer {
    /// A peer. The host is a DNS name in ASCII, or an IP address (IPv6 with or without brackets).
    #[must_use]
    pub fn new(protocol: Protocol, host: &str, port: u16) -> Self {
        Self { protocol, host: host.to_ascii_lowercase(), port }
    }

    /// The peer of requests to an origin.
    #[must_use]
    pub fn of(origin: &Origin) -> Self {
        let protocol = match origin.scheme() {
            Scheme::Https => Protocol::Https,
            Scheme::Http => Protocol::Http,
        };
        Self::new(protocol, origin.host(), origin.port())
    }

    /// The protocol.
    #[must_use]
    pub const fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// The host, in lower case.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }
}

impl fmt::Display for Peer {
    /// Always with its port.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}:{}", self.protocol.as_str(), self.host, self.port)
    }
}

/// The peers inside a customer's own network that an operator has allowed an account to reach.
///
/// # Security
///
/// They may have private addresses and ports of their own. Loopback, link-local, metadata and all other
/// [reserved](super::address) addresses stay forbidden to them too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowedOrigins(BTreeSet<String>);

impl AllowedOrigins {
    /// The origins as they are stored, such as `https://erp.example.internal:8443`, each with its port.
    pub fn new(origins: impl IntoIterator<Item = String>) -> Self {
        Self(origins.into_iter().map(|origin| origin.to_ascii_lowercase()).collect())
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether the peer is one of them.
    #[must_use]
    pub fn contains(&self, peer: &Peer) -> bool {
        self.0.contains(&peer.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_protocol_keeps_to_its_ports() {
        for (protocol, good, bad) in [
            (Protocol::Https, &[443][..], &[80, 8443, 22][..]),
            (Protocol::Http, &[80], &[443, 8080]),
            (Protocol::Smtp, &[465, 587, 2525], &[25, 22, 443, 0]),
            (Protocol::Ftp, &[21, 990, 2121], &[22, 25, 80]),
            (Protocol::Sftp, &[22, 2222], &[21, 25, 443]),
        ] {
            assert!(good.iter().all(|port| protocol.may_use(*port)), "{protocol:?}");
            assert!(!bad.iter().any(|port| protocol.may_use(*port)), "{protocol:?}");
        }
    }

    #[test]
    fn an_allowed_origin_is_protocol_host_and_port_together() {
        let allowed = AllowedOrigins::new(["https://ERP.internal.example:8443".to_owned()]);
        assert!(allowed.contains(&Peer::new(Protocol::Https, "erp.internal.example", 8443)));
        for other in [
            Peer::new(Protocol::Https, "erp.internal.example", 443),
            Peer::new(Protocol::Http, "erp.internal.example", 8443),
            Peer::new(Protocol::Https, "internal.example", 8443),
        ] {
            assert!(!allowed.contains(&other), "{other}");
        }
    }
}
