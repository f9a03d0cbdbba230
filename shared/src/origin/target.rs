//! A checked address of one request, and the check of a whole address against a key's origins.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};

use super::{BaseUrl, JoinError, Origin, Scheme, UrlError, path, split::split};

/// All but what S3 leaves as it is in a path.
const S3_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// The destination of one request. It is made only by [`BaseUrl::join`] and [`Origins::check`], so it lies
/// within the key's origins.
///
/// Path and query are in the form that goes on the wire: encoded, and not to be normalised again. A WHATWG
/// URL parser leaves [`Display`](fmt::Display)'s text exactly as it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    origin: Origin,
    path_and_query: String,
}

impl Target {
    /// `path_and_query` must have passed [`path::encode`].
    pub(super) fn new(origin: Origin, path_and_query: String) -> Self {
        let path_and_query =
            if path_and_query.starts_with('/') { path_and_query } else { format!("/{path_and_query}") };
        Self { origin, path_and_query }
    }

    /// A target that no check has seen, for published vectors with paths such as `/../`.
    #[cfg(test)]
    pub(crate) fn unchecked(origin: &str, path_and_query: &str) -> Self {
        Self { origin: origin.parse().unwrap(), path_and_query: path_and_query.to_owned() }
    }

    /// The same target with its path as S3 signs and stores it: decoded once, and all but the unreserved characters (RFC 3986
    /// §2.3) and the slash encoded again, in capitals ("Task 1: Create a canonical request", `UriEncode`, in the AWS reference
    /// of Signature Version 4). Both paths name the same object.
    #[must_use]
    pub fn with_path_of_s3(&self) -> Self {
        let (path, query) = self.path_and_query.split_at(self.path().len());
        let decoded: Vec<u8> = percent_decode_str(path).collect();
        let path = percent_encode(&decoded, S3_PATH);
        Self { origin: self.origin.clone(), path_and_query: format!("{path}{query}") }
    }

    /// Scheme, host and port.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// How the request travels.
    #[must_use]
    pub const fn scheme(&self) -> Scheme {
        self.origin.scheme
    }

    /// The value of the request's `Host` header.
    #[must_use]
    pub fn authority(&self) -> String {
        self.origin.authority()
    }

    /// The request target in origin form (RFC 9112 §3.2.1). It starts with a slash.
    #[must_use]
    pub fn path_and_query(&self) -> &str {
        &self.path_and_query
    }

    /// The path alone. It starts with a slash.
    #[must_use]
    pub fn path(&self) -> &str {
        self.path_and_query.split('?').next().unwrap_or_default()
    }

    /// The query, without its question mark.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.path_and_query.split_once('?').map(|(_, query)| query)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.path_and_query)
    }
}

/// The origins that a key's requests may go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origins(Vec<Origin>);

/// The address is not one that the key may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Its scheme, host or port is wrong.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// Its path is one that no request may have.
    #[error(transparent)]
    Path(#[from] JoinError),
    /// It lies in none of the key's origins.
    #[error("the address is outside the origins of the key")]
    OtherOrigin,
}

impl Origins {
    /// These origins and no others.
    #[must_use]
    pub fn new(origins: impl IntoIterator<Item = Origin>) -> Self {
        Self(origins.into_iter().collect())
    }

    /// Checks a whole address: it must have the scheme, host and port of one of these origins. Its path is
    /// free, but under the same rules as a joined one.
    ///
    /// # Errors
    ///
    /// [`TargetError::OtherOrigin`] when it lies elsewhere, the other variants when it is malformed.
    pub fn check(&self, url: &str) -> Result<Target, TargetError> {
        let (origin, rest) = split(url)?;
        if !self.0.contains(&origin) {
            return Err(TargetError::OtherOrigin);
        }
        if rest.len() > BaseUrl::MAX_PATH_LENGTH {
            return Err(JoinError::TooLong.into());
        }
        Ok(Target::new(origin, path::encode(rest)?))
    }

    /// The same target on a server that is one of these origins. Its address has no path.
    ///
    /// # Errors
    ///
    /// [`TargetError::OtherOrigin`] for another server and for an address with a path, [`TargetError::Url`] for what is none.
    pub fn moved(&self, target: &Target, server: &str) -> Result<Target, TargetError> {
        let (origin, rest) = split(server)?;
        if !self.0.contains(&origin) || !matches!(rest, "" | "/") {
            return Err(TargetError::OtherOrigin);
        }
        Ok(Target { origin, path_and_query: target.path_and_query.clone() })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::*;

    #[test]
    fn a_path_of_s3_is_decoded_once_and_encoded_again() {
        // What boto's client sends for these names: botocore's `percent_encode(key, safe="-._~/")`.
        for (written, sent) in [
            ("/bucket/state=fl/city=orlando/data.json", "/bucket/state%3Dfl/city%3Dorlando/data.json"),
            ("/b/a@b(c)'*,;&$!:+", "/b/a%40b%28c%29%27%2A%2C%3B%26%24%21%3A%2B"),
            ("/b/%3d%c3%bc%7E%2d", "/b/%3D%C3%BC~-"),
            ("/b/%2520", "/b/%2520"),
            ("/b/a%2Fb//c/", "/b/a/b//c/"),
            ("/", "/"),
        ] {
            for query in ["", "?list-type=2&prefix=a=b%2fc"] {
                let target = Target::unchecked("https://s3.example.com", &format!("{written}{query}"));
                assert_eq!(target.with_path_of_s3().path_and_query(), format!("{sent}{query}"), "{written}");
            }
        }
    }

    fn check(url: &str) -> Result<String, TargetError> {
        let origins = ["https://api.example.com", "https://login.example.com:8443"];
        let origins = Origins::new(origins.map(|origin| origin.parse().unwrap()));
        origins.check(url).map(|target| target.to_string())
    }

    #[test]
    fn an_address_within_the_origins_is_a_target() {
        for (url, target) in [
            ("https://api.example.com", "https://api.example.com/"),
            ("HTTPS://API.EXAMPLE.COM:443?x=1", "https://api.example.com/?x=1"),
            ("https://login.example.com:8443/token", "https://login.example.com:8443/token"),
            ("https://api.example.com/a%2Fb//c", "https://api.example.com/a%2Fb//c"),
        ] {
            assert_eq!(check(url), Ok(target.to_owned()));
        }
    }

    #[test]
    fn a_target_is_moved_to_another_of_the_origins_and_to_none_else() {
        let origins = ["https://api.example.com", "https://login.example.com:8443"];
        let origins = Origins::new(origins.map(|origin| origin.parse().unwrap()));
        let target = origins.check("https://api.example.com/a%2Fb?x=1").unwrap();
        for server in ["https://login.example.com:8443", "HTTPS://Login.example.com:8443/"] {
            let moved = origins.moved(&target, server).unwrap();
            assert_eq!(moved.to_string(), "https://login.example.com:8443/a%2Fb?x=1");
        }
        for server in [
            "https://evil.example",
            "https://login.example.com",
            "http://api.example.com",
            "https://api.example.com.evil.example",
            "https://api.example.com@evil.example",
            "https://api.example.com/v2",
            "https://api.example.com?x",
            "https://api.example.com/#",
            "//api.example.com",
            "api.example.com",
            "",
            " https://api.example.com",
            "https://api.example.com\\@evil.example",
        ] {
            assert!(origins.moved(&target, server).is_err(), "{server}");
        }
    }

    #[test]
    fn an_address_elsewhere_or_malformed_is_refused() {
        for (url, error) in [
            ("http://api.example.com/", TargetError::OtherOrigin),
            ("https://api.example.com:8443/", TargetError::OtherOrigin),
            ("https://login.example.com/", TargetError::OtherOrigin),
            ("https://api.example.com.evil.example/", TargetError::OtherOrigin),
            ("https://evil.example/https://api.example.com", TargetError::OtherOrigin),
            ("https://evil.example?@api.example.com", TargetError::OtherOrigin),
            ("https://api.example.com@evil.example/", TargetError::Url(UrlError::UserInfo)),
            ("https://api.example.com\\.evil.example/", TargetError::Url(UrlError::Character)),
            ("https:api.example.com/", TargetError::Url(UrlError::NotAbsolute)),
            ("https://api.example.com/a#b", TargetError::Path(JoinError::Fragment)),
            ("https://api.example.com#b", TargetError::Path(JoinError::Fragment)),
            ("https://api.example.com//evil.example", TargetError::Path(JoinError::Absolute)),
            ("https://api.example.com/../a", TargetError::Path(JoinError::Dots)),
            ("https://api.example.com/%2e%2e/a", TargetError::Path(JoinError::Dots)),
        ] {
            assert_eq!(check(url), Err(error), "{url}");
        }
    }

    #[test]
    fn a_target_tells_its_parts() {
        let origins = Origins::new(Origin::of("https://a.example:444"));
        let target = origins.check("https://a.example:444/p/q?r=s?t").unwrap();
        assert_eq!(target.authority(), "a.example:444");
        assert_eq!(target.path(), "/p/q");
        assert_eq!(target.query(), Some("r=s?t"));
        assert_eq!(target.path_and_query(), "/p/q?r=s?t");
    }

    proptest! {
        #[test]
        fn a_target_has_one_of_the_origins_for_every_parser(
            url in "(https|http)(:|://|:/)(api\\.example\\.com|[a-z@:\\\\.]{0,6})([/@:.\\\\a-z?#%2]|é){0,20}",
        ) {
            let Ok(target) = check(&url) else { return Ok(()) };
            let parsed = Url::parse(&target).unwrap();
            prop_assert_eq!(parsed.as_str(), target);
            prop_assert_eq!(parsed.host_str(), Some("api.example.com"));
            prop_assert_eq!(parsed.port_or_known_default(), Some(443));
        }
    }
}
