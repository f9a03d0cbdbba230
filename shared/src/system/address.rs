//! Addresses and host names that people type into a key.

use url::{Host, Url};

use crate::origin::Scheme;

/// Why a text is no address that a key may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It is no absolute URL, or holds characters that parsers read differently.
    #[error("it is not a well-formed address")]
    Malformed,
    /// Its scheme is not allowed.
    #[error("its scheme is not allowed here")]
    Scheme,
    /// It has a user name or password.
    #[error("it must not contain a user name or password")]
    UserInfo,
    /// It has a query.
    #[error("it must not contain `?`")]
    Query,
    /// It has a fragment.
    #[error("it must not contain `#`")]
    Fragment,
}

/// Reads an absolute address with one of these schemes. It may have a query.
///
/// # Errors
///
/// [`AddressError`], one variant for each way to be wrong.
///
/// # Security
///
/// A backslash, a control character or white space is refused rather than repaired, since two parsers may repair it
/// differently.
pub(super) fn parse(text: &str, schemes: &[Scheme]) -> Result<Url, AddressError> {
    let odd = |character: char| character.is_control() || character.is_whitespace() || character == '\\';
    if text.contains(odd) {
        return Err(AddressError::Malformed);
    }
    let (scheme, rest) = text.split_once("://").ok_or(AddressError::Malformed)?;
    if !schemes.iter().any(|allowed| scheme.eq_ignore_ascii_case(allowed.as_str())) {
        return Err(AddressError::Scheme);
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.is_empty() {
        return Err(AddressError::Malformed);
    }
    if authority.contains('@') {
        return Err(AddressError::UserInfo);
    }
    let url = Url::parse(text).map_err(|_| AddressError::Malformed)?;
    if url.fragment().is_some() {
        return Err(AddressError::Fragment);
    }
    Ok(url)
}

/// Whether a text is a DNS host name (RFC 1123 §2.1) or an IPv4 address in its four decimal numbers.
pub(super) fn is_host_name(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if text.len() > 253 || !text.split('.').all(label) {
        return false;
    }
    // A URL parser takes a name whose last label is a number for an IPv4 address in one of its many spellings.
    match Host::parse(text) {
        Ok(Host::Domain(_)) => true,
        Ok(Host::Ipv4(address)) => address.to_string() == text,
        Ok(Host::Ipv6(_)) | Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn host_names_are_told_from_everything_else() {
        for host in ["a", "sftp.example.com", "1and1.example", "xn--bcher-kva.example", "192.0.2.1"] {
            assert!(is_host_name(host), "{host}");
        }
        let long = ["a"; 128].join(".");
        for host in [
            "",
            ".",
            "a.",
            ".a",
            "a..b",
            "-a.example",
            "a-.example",
            "a_b.example",
            "a b",
            "bücher.example",
            "[::1]",
            "::1",
            "127.1",
            "0x7f.0.0.1",
            "2130706433",
            "1.2.3.400",
            "user@host",
            "host:22",
            "host/x",
            "host?x",
            "host#x",
            "a%2eb",
            &long,
        ] {
            assert!(!is_host_name(host), "{host}");
        }
    }

    #[test]
    fn addresses_that_parsers_read_differently_are_refused() {
        use AddressError::{Fragment, Malformed, Scheme as WrongScheme, UserInfo};
        for (text, error) in [
            ("", Malformed),
            ("example.com", Malformed),
            ("https:example.com", Malformed),
            ("https:///example.com", Malformed),
            ("https://", Malformed),
            ("https://example.com\\@evil.example", Malformed),
            ("https://example.com/\n", Malformed),
            (" https://example.com", Malformed),
            ("https://exa mple.com", Malformed),
            ("https://1.2.3.400", Malformed),
            ("https://example.com:99999", Malformed),
            ("http://example.com", WrongScheme),
            ("ftp://example.com", WrongScheme),
            ("file:///etc/passwd", WrongScheme),
            ("javascript://example.com", WrongScheme),
            ("https://user@example.com", UserInfo),
            ("https://@example.com", UserInfo),
            ("https://example.com:pw@evil.example", UserInfo),
            ("https://example.com/#x", Fragment),
            ("https://example.com/#", Fragment),
        ] {
            assert_eq!(parse(text, &[Scheme::Https]).unwrap_err(), error, "{text}");
        }
        assert!(parse("http://example.com", &[Scheme::Https, Scheme::Http]).is_ok());
        assert!(parse("HTTPS://Example.com:8443/a?b", &[Scheme::Https]).is_ok());
    }

    proptest! {
        #[test]
        fn a_host_name_is_the_whole_host_of_a_url(host in "[a-z0-9.@:/?#\\[\\]_-]{1,30}") {
            if is_host_name(&host) {
                let url = Url::parse(&format!("https://{host}/x")).unwrap();
                prop_assert_eq!(url.host_str(), Some(host.as_str()));
                prop_assert_eq!(url.port(), None);
                prop_assert_eq!(url.path(), "/x");
            }
        }
    }
}
