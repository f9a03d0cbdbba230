//! The allowed destinations of a key's requests: origins, base addresses, and targets that were checked
//! against them.
//!
//! A [`Target`] exists only after such a check, so a signed request can neither leave the key's origin nor
//! climb above its base path. All text is parsed here, by hand, before any library could normalise it. Text
//! that two parsers may read differently (a backslash, `@`, `..`, a second encoding) is refused rather than
//! repaired. Only the host goes through the `url` crate, for its IDNA and IPv4 rules.

mod base_url;
mod path;
mod split;
mod target;

use std::{fmt, str::FromStr};

use serde::Deserialize;

pub use base_url::{BaseUrl, BaseUrlError};
pub use path::{JoinError, encode as encode_path};
pub use split::UrlError;
pub use target::{Origins, Target, TargetError};

/// The scheme of an address. Only schemes that a template allows are accepted; see
/// [`BaseUrl::parse`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// HTTP over TLS.
    Https,
    /// HTTP in the clear.
    Http,
}

impl Scheme {
    /// The scheme as it is written before `://`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::Http => "http",
        }
    }

    /// The port that an address without one means (RFC 9110 §4.2.1 and §4.2.2).
    #[must_use]
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Https => 443,
            Self::Http => 80,
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Scheme, host and port (RFC 6454 §4). Two spellings of the same origin are equal: the host is in lower case
/// and in its ASCII form (IDNA), an IPv4 address in its four decimal numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    scheme: Scheme,
    host: String,
    port: u16,
}

impl Origin {
    /// The origin of an absolute `http` or `https` address, whatever its path.
    ///
    /// # Errors
    ///
    /// [`UrlError`] when the text is no such address, or names a user.
    pub fn of(url: &str) -> Result<Self, UrlError> {
        split::split(url).map(|(origin, _)| origin)
    }

    /// How requests to it travel.
    #[must_use]
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Host name in ASCII, or IP address (IPv6 in brackets).
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, whether or not the address named it.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Host, and port unless it is the scheme's own: the value of the `Host` header (RFC 9110 §7.2).
    #[must_use]
    pub fn authority(&self) -> String {
        if self.port == self.scheme.default_port() {
            self.host.clone()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.authority())
    }
}

impl FromStr for Origin {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match split::split(text)? {
            (origin, "" | "/") => Ok(origin),
            (_, _) => Err(UrlError::NotAnOrigin),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_origin_are_equal() {
        for (text, origin) in [
            ("HTTPS://API.Example.COM:443/v1", "https://api.example.com"),
            ("http://example.com:80", "http://example.com"),
            ("https://example.com:8443?x", "https://example.com:8443"),
            ("https://bücher.example/", "https://xn--bcher-kva.example"),
            ("https://0x7f.1/", "https://127.0.0.1"),
            ("https://[::0001]:443#f", "https://[::1]"),
        ] {
            assert_eq!(Origin::of(text).map(|origin| origin.to_string()), Ok(origin.to_owned()));
        }
    }

    #[test]
    fn scheme_host_and_port_each_make_another_origin() {
        let origin = Origin::of("https://example.com").unwrap();
        for other in ["http://example.com", "https://www.example.com", "https://example.com:444"] {
            assert_ne!(Origin::of(other), Ok(origin.clone()));
        }
    }

    #[test]
    fn an_origin_has_no_path() {
        assert!("https://example.com/".parse::<Origin>().is_ok());
        assert_eq!("https://example.com/v1".parse::<Origin>(), Err(UrlError::NotAnOrigin));
    }

    proptest! {
        #[test]
        fn an_origin_reads_back_as_it_was_written(
            scheme in prop_oneof![Just("http"), Just("https")],
            host in "[a-zA-Z][a-zA-Z0-9]{0,9}(\\.[a-zA-Z][a-zA-Z0-9]{0,9}){0,3}",
            port in 1_u16..,
        ) {
            let origin = Origin::of(&format!("{scheme}://{host}:{port}/x")).unwrap();
            prop_assert_eq!(origin.to_string().parse(), Ok(origin));
        }
    }
}
