//! The part of an address that a key stores, and the only way to append a path to it.

use std::fmt;

use super::{JoinError, Origin, Scheme, Target, UrlError, path, split::split};

/// An address that a key's requests start with: origin and path, without user, query and fragment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BaseUrl {
    origin: Origin,
    /// As on the wire: empty, or a slash and more.
    path: String,
}

/// The text is not a base address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BaseUrlError {
    /// It has more bytes than [`BaseUrl::MAX_LENGTH`].
    #[error("must have at most {} bytes", BaseUrl::MAX_LENGTH)]
    TooLong,
    /// Its scheme, host or port is wrong.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// Its path is one that no request may have.
    #[error(transparent)]
    Path(#[from] JoinError),
    /// Its path has a segment without characters.
    #[error("must not contain `//` in its path")]
    EmptySegment,
    /// It has a query.
    #[error("must not contain `?`")]
    Query,
    /// It has a fragment.
    #[error("must not contain `#`")]
    Fragment,
}

impl BaseUrl {
    /// The longest base address, in bytes.
    pub const MAX_LENGTH: usize = 2048;
    /// The longest path with query that can be joined to one, in bytes.
    pub const MAX_PATH_LENGTH: usize = 8192;

    /// Reads an address. Its scheme must be one of `schemes`, those that the template allows.
    ///
    /// # Errors
    ///
    /// [`BaseUrlError`], one variant for each way to be wrong.
    pub fn parse(text: &str, schemes: &[Scheme]) -> Result<Self, BaseUrlError> {
        if text.len() > Self::MAX_LENGTH {
            return Err(BaseUrlError::TooLong);
        }
        let (origin, path) = split(text)?;
        if !schemes.contains(&origin.scheme()) {
            return Err(UrlError::Scheme.into());
        }
        if path.contains('#') {
            return Err(BaseUrlError::Fragment);
        }
        if path.contains('?') {
            return Err(BaseUrlError::Query);
        }
        if path.contains("//") {
            return Err(BaseUrlError::EmptySegment);
        }
        Ok(Self { origin, path: path::encode(path)? })
    }

    /// Scheme, host and port.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The target at `path` below this address: exactly one slash between the two, the base path kept.
    ///
    /// `path` may start with a slash or not, may carry a query, and may be empty (the base address itself).
    /// Percent-encoded characters stay encoded; other characters that a URI may not contain are encoded. An
    /// encoded slash stays part of its segment.
    ///
    /// # Errors
    ///
    /// [`JoinError`] for all that could leave the origin or climb above the base path, or that two parsers may
    /// read differently.
    ///
    /// # Security
    ///
    /// The result has this origin, and its path is the base path or lies below it, also for a server that
    /// decodes it more than once.
    pub fn join(&self, path: &str) -> Result<Target, JoinError> {
        let below = Self::below(path)?;
        if below.is_empty() || below.starts_with('?') {
            return Ok(Target::new(self.origin.clone(), format!("{}{below}", self.path)));
        }
        let base = self.path.strip_suffix('/').unwrap_or(&self.path);
        let below = below.strip_prefix('/').unwrap_or(&below);
        Ok(Target::new(self.origin.clone(), format!("{base}/{below}")))
    }

    /// Whether a path can be joined to a base address. No address makes a difference.
    ///
    /// # Errors
    ///
    /// [`JoinError`] as for [`join`](Self::join).
    pub fn check_path(path: &str) -> Result<(), JoinError> {
        Self::below(path).map(drop)
    }

    /// The path as it goes on the wire.
    fn below(path: &str) -> Result<String, JoinError> {
        if path.len() > Self::MAX_PATH_LENGTH {
            return Err(JoinError::TooLong);
        }
        let below = path::encode(path)?;
        // Without a slash before it, a colon could end a scheme and an `@` a user (RFC 3986 §4.2). The slash
        // that is inserted makes both harmless, but such a path was meant differently, so it is refused.
        let first = below.split(['/', '?']).next().unwrap_or_default();
        if first.contains([':', '@']) { Err(JoinError::Absolute) } else { Ok(below) }
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.path)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::*;

    const HTTPS: &[Scheme] = &[Scheme::Https];

    fn join(base: &str, path: &str) -> Result<String, JoinError> {
        BaseUrl::parse(base, HTTPS).unwrap().join(path).map(|target| target.to_string())
    }

    #[test]
    fn a_base_address_keeps_its_path() {
        for (text, written) in [
            ("https://API.example.com:443", "https://api.example.com"),
            ("https://api.example.com/", "https://api.example.com/"),
            ("https://api.example.com/V1/a%20b/", "https://api.example.com/V1/a%20b/"),
            ("https://api.example.com:8443/é", "https://api.example.com:8443/%C3%A9"),
        ] {
            let base = BaseUrl::parse(text, HTTPS).unwrap();
            assert_eq!(base.to_string(), written);
            assert_eq!(BaseUrl::parse(written, HTTPS), Ok(base));
        }
    }

    #[test]
    fn what_is_no_base_address_is_refused() {
        for (text, error) in [
            ("http://example.com", BaseUrlError::Url(UrlError::Scheme)),
            ("https://u:p@example.com", BaseUrlError::Url(UrlError::UserInfo)),
            ("https://example.com/?a", BaseUrlError::Query),
            ("https://example.com?", BaseUrlError::Query),
            ("https://example.com/#a", BaseUrlError::Fragment),
            ("https://example.com#?", BaseUrlError::Fragment),
            ("https://example.com//evil.example", BaseUrlError::EmptySegment),
            ("https://example.com/a//", BaseUrlError::EmptySegment),
            ("https://example.com/a/../b", BaseUrlError::Path(JoinError::Dots)),
            ("https://example.com/%2e%2e", BaseUrlError::Path(JoinError::Dots)),
            ("https://example.com/%zz", BaseUrlError::Path(JoinError::Encoding)),
        ] {
            assert_eq!(BaseUrl::parse(text, HTTPS), Err(error), "{text}");
        }
        let long = format!("https://example.com/{}", "a".repeat(BaseUrl::MAX_LENGTH));
        assert_eq!(BaseUrl::parse(&long, HTTPS), Err(BaseUrlError::TooLong));
        assert!(BaseUrl::parse("http://example.com", &[Scheme::Https, Scheme::Http]).is_ok());
    }

    #[test]
    fn exactly_one_slash_stands_between_base_and_path() {
        for base in ["https://a.example/v1", "https://a.example/v1/"] {
            for path in ["orders?page=2", "/orders?page=2"] {
                assert_eq!(join(base, path), Ok("https://a.example/v1/orders?page=2".to_owned()));
            }
        }
    }

    #[test]
    fn paths_go_below_the_base_as_they_are() {
        for (base, path, url) in [
            ("https://a.example", "", "https://a.example/"),
            ("https://a.example", "/", "https://a.example/"),
            ("https://a.example", "?x=1", "https://a.example/?x=1"),
            ("https://a.example/v1", "", "https://a.example/v1"),
            ("https://a.example/v1", "/", "https://a.example/v1/"),
            ("https://a.example/v1/", "", "https://a.example/v1/"),
            ("https://a.example/v1", "?x=1", "https://a.example/v1?x=1"),
            ("https://a.example/v1", "a//b/", "https://a.example/v1/a//b/"),
            ("https://a.example/v1", "/@connections/x%3D", "https://a.example/v1/@connections/x%3D"),
            ("https://a.example/v1", "/urn:x:1", "https://a.example/v1/urn:x:1"),
            ("https://a.example/v1", "a%2Fb%5Cc", "https://a.example/v1/a%2Fb%5Cc"),
            ("https://a.example/v1", "...", "https://a.example/v1/..."),
            ("https://a.example/v1", "x.y/..z", "https://a.example/v1/x.y/..z"),
            ("https://a.example/v1", "a?next=/../b//c:@", "https://a.example/v1/a?next=/../b//c:@"),
            ("https://a.example/v1", "é|x?f[a]='b'", "https://a.example/v1/%C3%A9%7Cx?f%5Ba%5D=%27b%27"),
            ("https://a.example/v1", "a?b=%0A", "https://a.example/v1/a?b=%0A"),
            ("https://a.example/v1", "a%2520b", "https://a.example/v1/a%2520b"),
            ("https://a.example/v1", "a??b?", "https://a.example/v1/a??b?"),
        ] {
            assert_eq!(join(base, path), Ok(url.to_owned()), "{base} {path}");
        }
    }

    #[test]
    fn paths_that_would_leave_are_refused() {
        use JoinError::{Absolute, Backslash, Character, Dots, Encoding, Fragment};
        for (path, error) in [
            ("//evil.example", Absolute),
            ("///evil.example", Absolute),
            ("https://evil.example", Absolute),
            ("HTTPS:evil.example", Absolute),
            ("javascript:alert(1)", Absolute),
            ("@evil.example", Absolute),
            (":80@evil.example/", Absolute),
            ("user:pw@evil.example", Absolute),
            ("\\\\evil.example", Backslash),
            ("/\\evil.example", Backslash),
            ("a?b\\c", Backslash),
            ("..", Dots),
            (".", Dots),
            ("../admin", Dots),
            ("/a/../../admin", Dots),
            ("/a/./b", Dots),
            ("a/..?x=1", Dots),
            ("%2e%2e/admin", Dots),
            ("%2E./admin", Dots),
            (".%2E/admin", Dots),
            ("%252e%252e/admin", Dots),
            ("%25252e%25252e/admin", Dots),
            ("a%2f..%2fb", Dots),
            ("a%2F%2E%2E", Dots),
            ("a%5c..%5cb", Dots),
            ("a%252f..", Dots),
            ("..;x=1/admin", Dots),
            ("..%3b/admin", Dots),
            ("..%3f/admin", Dots),
            ("..%23", Dots),
            ("..%20/admin", Dots),
            ("%2525252525252e", Encoding),
            ("%c0%ae%c0%ae/admin", Encoding),
            ("%ff", Encoding),
            ("%", Encoding),
            ("%2", Encoding),
            ("%zz", Encoding),
            ("a?b=%g0", Encoding),
            ("%é1", Encoding),
            ("a#b", Fragment),
            ("a?b#c", Fragment),
            ("a b", Character),
            (" a", Character),
            ("a\tb", Character),
            ("a\r\nHost: evil.example", Character),
            ("a\0", Character),
            ("a?b=c d", Character),
            ("a\u{3000}b", Character),
            ("a\u{85}b", Character),
            ("a%00", Character),
            ("a%0d%0aHost:x", Character),
            ("a%250a", Character),
        ] {
            assert_eq!(join("https://a.example/v1", path), Err(error), "{path:?}");
            assert_eq!(BaseUrl::check_path(path), Err(error), "{path:?}");
        }
        let long = "a".repeat(BaseUrl::MAX_PATH_LENGTH + 1);
        assert_eq!(join("https://a.example/v1", &long), Err(JoinError::TooLong));
    }

    proptest! {
        #[test]
        fn a_join_stays_below_its_base_for_every_parser(
            base in "https://[a-z]{1,9}\\.example(:[1-9][0-9]{0,3})?(/[a-zA-Z0-9%2é~-]{1,5}){0,3}/?",
            path in prop_oneof![
                "\\PC{0,40}",
                "[./\\\\%2eEfF5cC25?#:@;a ]{0,24}",
                "(/|//|\\.\\.|\\.|%2e|%2E|%252e|%2f|%5c|a|b|;|@|:|\\?|é){0,12}",
            ],
        ) {
            let Ok(base) = BaseUrl::parse(&base, HTTPS) else { return Ok(()) };
            let Ok(target) = base.join(&path) else { return Ok(()) };
            let parsed = Url::parse(&target.to_string()).unwrap();
            let base_parsed = Url::parse(&base.to_string()).unwrap();
            // The strongest form of "two parsers read the same": the other one changes nothing at all.
            prop_assert_eq!(parsed.as_str(), target.to_string());
            prop_assert_eq!(parsed.origin(), base_parsed.origin());
            let below = parsed.path().strip_prefix(base_parsed.path().trim_end_matches('/'));
            prop_assert!(below.is_some_and(|below| below.is_empty() || below.starts_with('/')));
            prop_assert!(target.path_and_query().parse::<http::uri::PathAndQuery>().is_ok());
        }
    }
}
