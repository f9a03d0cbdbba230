//! Takes an absolute address apart without normalising any of it but the host.

use url::Host;

use super::{Origin, Scheme};

/// The longest host name in bytes (RFC 1035 §2.3.4, without the root's empty label).
const MAX_HOST_LENGTH: usize = 253;

/// The text is not an address that a key may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It has a space, a control character or a backslash.
    #[error("must not contain white space, control characters or backslashes")]
    Character,
    /// It does not start with a scheme and `://`.
    #[error("must be an absolute address, such as https://api.example.com/v1")]
    NotAbsolute,
    /// Its scheme is not among those allowed here.
    #[error("has a scheme that is not allowed here")]
    Scheme,
    /// It has a user name or password before an `@`.
    #[error("must not contain a user name or password")]
    UserInfo,
    /// Its host is missing, malformed, too long, or ends in a dot.
    #[error("has no valid host")]
    Host,
    /// Its port is not a number from 1 to 65535.
    #[error("has no valid port")]
    Port,
    /// It goes on after host and port.
    #[error("must end after host and port")]
    NotAnOrigin,
}

/// The origin of `text`, and everything that follows it, exactly as it was written.
pub(super) fn split(text: &str) -> Result<(Origin, &str), UrlError> {
    if text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\') {
        return Err(UrlError::Character);
    }
    let (scheme, rest) = text.split_once("://").ok_or(UrlError::NotAbsolute)?;
    let scheme = [Scheme::Https, Scheme::Http]
        .into_iter()
        .find(|known| known.as_str().eq_ignore_ascii_case(scheme))
        .ok_or(UrlError::Scheme)?;
    let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    if authority.contains('@') {
        return Err(UrlError::UserInfo);
    }
    let (host, port) = host_and_port(authority);
    let port = port.map_or(Ok(scheme.default_port()), parse_port)?;
    Ok((Origin { scheme, host: parse_host(host)?, port }, rest))
}

/// Splits at the last colon, unless that belongs to an IPv6 address in brackets.
fn host_and_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        Some(_) | None => (authority, None),
    }
}

fn parse_host(host: &str) -> Result<String, UrlError> {
    // `Host::parse` would decode a percent-encoded host: one more spelling that others may read differently.
    if host.contains('%') {
        return Err(UrlError::Host);
    }
    let host = Host::parse(host).map_err(|_| UrlError::Host)?.to_string();
    // With a dot at its end the same name would be another origin.
    if host.is_empty() || host.ends_with('.') || host.len() > MAX_HOST_LENGTH {
        return Err(UrlError::Host);
    }
    Ok(host)
}

fn parse_port(port: &str) -> Result<u16, UrlError> {
    // The number parser would also take a sign.
    if !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(UrlError::Port);
    }
    port.parse().ok().filter(|&port| port != 0).ok_or(UrlError::Port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_parsers_may_read_differently_is_refused() {
        for (text, error) in [
            ("", UrlError::NotAbsolute),
            ("example.com", UrlError::NotAbsolute),
            ("//example.com", UrlError::NotAbsolute),
            ("https:/example.com", UrlError::NotAbsolute),
            ("ftp://example.com", UrlError::Scheme),
            ("javascript://example.com", UrlError::Scheme),
            (" https://example.com", UrlError::Character),
            ("https://example.com\\@evil.example", UrlError::Character),
            ("https://exam\tple.com", UrlError::Character),
            ("https://example.com\u{a0}", UrlError::Character),
            ("https://user@example.com", UrlError::UserInfo),
            ("https://api.example.com:pw@evil.example", UrlError::UserInfo),
            ("https://", UrlError::Host),
            ("https:///path", UrlError::Host),
            ("https://:443", UrlError::Host),
            ("https://example.com.", UrlError::Host),
            ("https://ex%61mple.com", UrlError::Host),
            ("https://exa<mple.com", UrlError::Host),
            ("https://1.2.3.400", UrlError::Host),
            ("https://[::1", UrlError::Host),
            ("https://::1", UrlError::Host),
            ("https://example.com:", UrlError::Port),
            ("https://example.com:0", UrlError::Port),
            ("https://example.com:+443", UrlError::Port),
            ("https://example.com:65536", UrlError::Port),
            ("https://example.com:443:443", UrlError::Host),
        ] {
            assert_eq!(split(text), Err(error), "{text}");
        }
    }

    #[test]
    fn what_follows_the_origin_is_left_as_it_was_written() {
        let (_, rest) = split("https://example.com:8443/A/%2e%2e/b?c=ü#d").unwrap();
        assert_eq!(rest, "/A/%2e%2e/b?c=ü#d");
    }
}
