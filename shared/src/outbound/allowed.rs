//! The peers inside customers' networks that an operator may allow an account to reach.

use std::{fmt, net::IpAddr, str::FromStr};

use super::{
    address::{Reserved, reserved},
    peer::{Peer, Protocol},
};
use crate::origin::{Origin, UrlError};

/// One peer inside a customer's network, as an operator writes it: `https://erp.example.internal:8443`.
///
/// # Security
///
/// Storing it does not open anything by itself: the addresses of a name are vetted again for each connection.
/// A peer that could never be reached is refused here, so that the operator does not believe it is open.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AllowedOrigin(String);

/// The text is not an origin that could be allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AllowedOriginError {
    /// Keyward does not speak this protocol.
    #[error("must begin with https://, http://, smtp://, ftp:// or sftp://")]
    Protocol,
    /// Host and port are not as they should be.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// Only HTTP has ports of its own.
    #[error("must end in a port, such as sftp://files.example.internal:22")]
    NoPort,
    /// Its host is one that nobody can be allowed to reach.
    #[error("can never be allowed: its address is {0}")]
    Reserved(Reserved),
}

/// Names that stand for this machine wherever they are asked for (RFC 6761 §6.3, and the hosts files of Linux), and for the metadata
/// services of clouds.
const RESERVED_NAMES: [(&str, Reserved); 8] = [
    ("localhost", Reserved::ThisHost),
    ("localdomain", Reserved::ThisHost),
    ("ip6-localhost", Reserved::ThisHost),
    ("ip6-loopback", Reserved::ThisHost),
    ("metadata", Reserved::Metadata),
    ("metadata.google.internal", Reserved::Metadata),
    ("metadata.goog", Reserved::Metadata),
    ("instance-data.ec2.internal", Reserved::Metadata),
];

const PROTOCOLS: [Protocol; 5] =
    [Protocol::Https, Protocol::Http, Protocol::Smtp, Protocol::Ftp, Protocol::Sftp];

/// The kind that reserves a host, by its name or by its address.
fn reserved_host(host: &str) -> Option<Reserved> {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    if let Ok(address) = bare.parse::<IpAddr>() {
        return reserved(address).filter(|kind| !kind.may_be_allowed());
    }
    let is_below =
        |name: &str| host.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    RESERVED_NAMES.into_iter().find(|(name, _)| is_below(name)).map(|(_, reserved)| reserved)
}

impl FromStr for AllowedOrigin {
    type Err = AllowedOriginError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (scheme, rest) = text.split_once("://").ok_or(AllowedOriginError::Protocol)?;
        let protocol = PROTOCOLS.into_iter().find(|known| known.as_str().eq_ignore_ascii_case(scheme));
        let protocol = protocol.ok_or(AllowedOriginError::Protocol)?;
        // Host and port are the same text whatever is spoken.
        let scheme = if protocol == Protocol::Http { "http" } else { "https" };
        let origin: Origin = format!("{scheme}://{rest}").parse()?;
        let has_port = rest.rsplit_once(':').is_some_and(|(_, port)| !port.contains(']'));
        if !has_port && !matches!(protocol, Protocol::Https | Protocol::Http) {
            return Err(AllowedOriginError::NoPort);
        }
        if let Some(reserved) = reserved_host(origin.host()) {
            return Err(AllowedOriginError::Reserved(reserved));
        }
        Ok(Self(Peer::new(protocol, origin.host(), origin.port()).to_string()))
    }
}

impl fmt::Display for AllowedOrigin {
    /// In its one spelling: in lower case, with its port.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_origin_are_equal_and_are_what_peers_are_compared_with() {
        for (text, stored) in [
            ("HTTPS://ERP.Example.Internal:8443", "https://erp.example.internal:8443"),
            ("https://erp.example.internal/", "https://erp.example.internal:443"),
            ("http://10.1.2.3", "http://10.1.2.3:80"),
            ("sftp://files.example.internal:2222", "sftp://files.example.internal:2222"),
            ("https://[FD00::1]:8443", "https://[fd00::1]:8443"),
            ("ftp://192.168.0.9:2121", "ftp://192.168.0.9:2121"),
            ("https://shop.example.com:8443", "https://shop.example.com:8443"),
        ] {
            let origin: AllowedOrigin = text.parse().unwrap();
            assert_eq!(origin.to_string(), stored);
            assert_eq!(stored.parse(), Ok(origin));
        }
    }

    #[test]
    fn this_machine_its_link_and_metadata_can_never_be_allowed() {
        for (host, kind) in [
            ("localhost", Reserved::ThisHost),
            ("shop.localhost", Reserved::ThisHost),
            ("localhost.localdomain", Reserved::ThisHost),
            ("ip6-localhost", Reserved::ThisHost),
            ("127.0.0.1", Reserved::ThisHost),
            ("0x7f.1", Reserved::ThisHost),
            ("2130706433", Reserved::ThisHost),
            ("0.0.0.0", Reserved::ThisHost),
            ("[::1]", Reserved::ThisHost),
            ("[::ffff:127.0.0.1]", Reserved::Translated),
            ("[::ffff:10.0.0.1]", Reserved::Translated),
            ("169.254.169.254", Reserved::LinkLocal),
            ("169.254.100.1", Reserved::LinkLocal),
            ("[fe80::1]", Reserved::LinkLocal),
            ("[fd00:ec2::254]", Reserved::Metadata),
            ("100.100.100.200", Reserved::Metadata),
            ("168.63.129.16", Reserved::Metadata),
            ("metadata.google.internal", Reserved::Metadata),
            ("METADATA.google.internal", Reserved::Metadata),
            ("224.0.0.1", Reserved::Group),
            ("192.0.2.1", Reserved::SpecialPurpose),
        ] {
            for protocol in ["https", "sftp"] {
                let refused = format!("{protocol}://{host}:8443").parse::<AllowedOrigin>();
                assert_eq!(refused, Err(AllowedOriginError::Reserved(kind)), "{protocol}://{host}");
            }
        }
        for host in ["localhost.example", "notlocalhost", "metadata.example.com", "mymetadata.goog"] {
            assert!(format!("https://{host}").parse::<AllowedOrigin>().is_ok(), "{host}");
        }
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for text in [
            "",
            "erp.example.internal",
            "gopher://erp.example.internal:70",
            "sftp://files.example.internal",
            "sftp://[fd00::1]",
            "https://erp.example.internal/path",
            "https://user@erp.example.internal",
            "https://erp.example.internal:0",
            "https://erp.example.internal:https",
            "https://erp example:443",
            "https://erp.example.internal.:443",
            "https://%65rp.example:443",
            "https://",
        ] {
            assert!(text.parse::<AllowedOrigin>().is_err(), "{text}");
        }
    }
}
