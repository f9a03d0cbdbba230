//! Which requests a key may be used for within its origins: methods and path prefixes.
//!
//! The restrictions are part of what a key's secrets are bound to. Somebody who may edit a key cannot lift them without the
//! secrets, and a row that was edited behind the API does not open.

use std::{collections::BTreeSet, fmt, str::FromStr};

use percent_encoding::percent_decode_str;

use crate::{
    error::Error,
    origin::{JoinError, Target, encode_path},
};

/// The methods and path prefixes of a key. An empty set restricts nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Restrictions {
    /// The allowed methods.
    pub methods: BTreeSet<RestrictedMethod>,
    /// The allowed paths and all that lies below them.
    pub paths: BTreeSet<PathPrefix>,
}

/// An allowed method, in capitals.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RestrictedMethod(String);

/// An allowed path as it goes on the wire, without a slash at its end. It has no segment that two servers could read
/// differently.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PathPrefix(String);

/// The text is no method that a key can be restricted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an HTTP method in capitals, such as GET")]
pub struct NotAMethod;

/// The text is no path that a key can be restricted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAPrefix {
    /// It has more bytes than [`PathPrefix::MAX_LENGTH`].
    #[error("must have at most {} bytes", PathPrefix::MAX_LENGTH)]
    TooLong,
    /// It does not begin with a slash.
    #[error("must be the whole path of requests from the host on, such as /api/orders")]
    NoSlash,
    /// It is `/`, which allows every path.
    #[error("allows every path: leave it out")]
    Everything,
    /// It has a query.
    #[error("must have no query: leave out the question mark and what follows it")]
    Query,
    /// A segment is empty, or has an encoded slash or backslash.
    #[error("must have no empty segment and no encoded slash or backslash")]
    Ambiguous,
    /// No request may have this path.
    #[error(transparent)]
    Path(#[from] JoinError),
}

/// Headers by which frameworks take another method than that of the request: Rack's `MethodOverride`, Symfony's
/// `enableHttpMethodParameterOverride`, and the `X-HTTP-Method` of Microsoft's OData.
const METHOD_HEADERS: [&str; 3] = ["x-http-method", "x-http-method-override", "x-method-override"];

/// The parameter by which Rack, Laravel and Symfony take another method.
const METHOD_PARAMETER: &str = "_method";

/// Headers by which frameworks take another path than that of the request: those of IIS's URL rewriting, which Symfony and
/// Zend Framework obeyed (CVE-2018-14773, CVE-2018-14774).
const PATH_HEADERS: [&str; 3] = ["x-original-url", "x-rewrite-url", "x-original-uri"];

impl Restrictions {
    /// The most methods that a key can be restricted to.
    pub const MAX_METHODS: usize = 10;
    /// The most path prefixes that a key can be restricted to.
    pub const MAX_PATHS: usize = 20;

    /// Whether every request is allowed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.methods.is_empty() && self.paths.is_empty()
    }

    /// The pairs that are sealed with a key's secrets.
    pub(in crate::keys) fn pairs(&self) -> impl Iterator<Item = (String, String)> {
        // Neither a method nor a path on the wire has a space.
        let methods = joined(self.methods.iter().map(RestrictedMethod::as_str));
        let paths = joined(self.paths.iter().map(PathPrefix::as_str));
        [("methods", methods), ("paths", paths)]
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(role, value)| (role.to_owned(), value))
    }

    /// Checks a request against the restrictions, on the path that is sent.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidFields`] that names the member of the request; `at` is the one that names the target.
    pub fn check(
        &self,
        method: &http::Method,
        target: &Target,
        at: &str,
        headers: &[(String, String)],
    ) -> Result<(), Error> {
        if !self.methods.is_empty() && !self.methods.iter().any(|allowed| allowed.0 == method.as_str()) {
            let allowed = self.methods.iter().map(RestrictedMethod::as_str).collect::<Vec<_>>().join(", ");
            return Err(Error::invalid(
                "method",
                format!("is not allowed: the key is restricted to {allowed}"),
            ));
        }
        if let Some((name, _)) = headers.iter().find(|(name, _)| self.forbids_header(name)) {
            return Err(Error::invalid(format!("headers.{name}"), OVERRIDES));
        }
        let mut parameters = target.query().unwrap_or_default().split('&');
        let overrides = |pair: &str| {
            let name = pair.split('=').next().unwrap_or_default();
            percent_decode_str(name).decode_utf8_lossy().eq_ignore_ascii_case(METHOD_PARAMETER)
        };
        if !self.methods.is_empty() && parameters.any(overrides) {
            return Err(Error::invalid(
                at,
                format!("has the parameter `{METHOD_PARAMETER}`, which {OVERRIDES}"),
            ));
        }
        self.check_path(target.path(), at)
    }

    /// Checks a path that is sent against the restrictions, whatever the method.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidFields`] that names `at`.
    pub fn check_path(&self, path: &str, at: &str) -> Result<(), Error> {
        if self.paths.is_empty() {
            return Ok(());
        }
        if path.split('/').any(is_ambiguous) {
            let reason = "has an encoded slash or backslash: a key that is restricted to paths takes none";
            return Err(Error::invalid(at, reason));
        }
        if self.paths.iter().any(|prefix| prefix.covers(path)) {
            return Ok(());
        }
        let allowed = self.paths.iter().map(PathPrefix::as_str).collect::<Vec<_>>().join(", ");
        Err(Error::invalid(
            at,
            format!("is not allowed: the key is restricted to {allowed} and what lies below"),
        ))
    }

    /// Whether requests of the key must not have a header, since it could lead around the restrictions.
    #[must_use]
    pub fn forbids_header(&self, name: &str) -> bool {
        // CGI and what follows it (RFC 3875 §4.1.18) read a hyphen and an underscore as the same.
        let name = name.replace('_', "-");
        let is_one = |names: &[&str]| names.iter().any(|header| name.eq_ignore_ascii_case(header));
        (!self.methods.is_empty() && is_one(&METHOD_HEADERS))
            || (!self.paths.is_empty() && is_one(&PATH_HEADERS))
    }
}

/// What is wrong with a header or parameter that can change method or path.
pub(in crate::keys) const OVERRIDES: &str =
    "could lead around the restrictions of the key at some servers: leave it out";

fn joined<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    texts.collect::<Vec<_>>().join(" ")
}

/// Whether a segment has a slash or backslash in it, encoded any number of times. Some servers decode it and then split again.
fn is_ambiguous(segment: &str) -> bool {
    let mut level = segment.to_owned();
    loop {
        if level.contains(['/', '\\']) {
            return true;
        }
        let decoded = percent_decode_str(&level).decode_utf8_lossy().into_owned();
        // Decoding makes a text shorter, or leaves it as it is.
        if decoded.len() >= level.len() {
            return false;
        }
        level = decoded;
    }
}

impl RestrictedMethod {
    /// The longest one, in bytes.
    pub const MAX_LENGTH: usize = 32;

    /// The method.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RestrictedMethod {
    type Err = NotAMethod;

    fn from_str(text: &str) -> Result<Self, NotAMethod> {
        let is_plain = text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-');
        let is_good = is_plain && (1..=Self::MAX_LENGTH).contains(&text.len());
        if is_good { Ok(Self(text.to_owned())) } else { Err(NotAMethod) }
    }
}

impl PathPrefix {
    /// The longest one, in bytes on the wire.
    pub const MAX_LENGTH: usize = 256;

    /// The path as it goes on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a path is this one, or lies below it: segment by segment, so `/orders` does not cover `/orders2`.
    fn covers(&self, path: &str) -> bool {
        path.strip_prefix(&self.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl FromStr for PathPrefix {
    type Err = NotAPrefix;

    fn from_str(text: &str) -> Result<Self, NotAPrefix> {
        if !text.starts_with('/') {
            return Err(NotAPrefix::NoSlash);
        }
        if text.contains('?') {
            return Err(NotAPrefix::Query);
        }
        let path = text.strip_suffix('/').unwrap_or(text);
        if path.is_empty() {
            return Err(NotAPrefix::Everything);
        }
        let encoded = encode_path(path)?;
        if encoded.len() > Self::MAX_LENGTH {
            return Err(NotAPrefix::TooLong);
        }
        if encoded.split('/').skip(1).any(|segment| segment.is_empty() || is_ambiguous(segment)) {
            return Err(NotAPrefix::Ambiguous);
        }
        Ok(Self(encoded))
    }
}

impl fmt::Display for RestrictedMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for PathPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::origin::{BaseUrl, Scheme};

    fn restricted(methods: &[&str], paths: &[&str]) -> Restrictions {
        Restrictions {
            methods: methods.iter().map(|method| method.parse().unwrap()).collect(),
            paths: paths.iter().map(|path| path.parse().unwrap()).collect(),
        }
    }

    fn target(base: &str, path: &str) -> Target {
        BaseUrl::parse(base, &[Scheme::Https]).unwrap().join(path).unwrap()
    }

    /// The members that a request is refused for.
    fn refused(restrictions: &Restrictions, method: &str, path: &str, headers: &[&str]) -> Option<String> {
        let headers: Vec<_> = headers.iter().map(|name| ((*name).to_owned(), "x".to_owned())).collect();
        let method = http::Method::from_bytes(method.as_bytes()).unwrap();
        match restrictions.check(&method, &target("https://api.example.com/v1", path), "path", &headers) {
            Ok(()) => None,
            Err(Error::InvalidFields(fields)) => Some(fields[0].field.clone()),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn a_key_without_restrictions_takes_every_request() {
        let free = Restrictions::default();
        assert_eq!(free.pairs().count(), 0);
        for path in ["/orders", "/a%2Fb", "/a%5cb?_method=DELETE", "/"] {
            assert_eq!(refused(&free, "DELETE", path, &["X-HTTP-Method-Override", "X-Original-URL"]), None);
        }
    }

    #[test]
    fn a_method_that_is_not_named_is_refused() {
        let reading = restricted(&["GET", "HEAD"], &[]);
        assert_eq!(refused(&reading, "GET", "/orders", &[]), None);
        for method in ["POST", "DELETE", "get", "GETT", "OPTIONS"] {
            assert_eq!(refused(&reading, method, "/orders", &[]).as_deref(), Some("method"), "{method}");
        }
    }

    #[test]
    fn paths_are_compared_segment_by_segment_from_the_host_on() {
        let orders = restricted(&[], &["/v1/orders", "/v1/käse/"]);
        for path in
            ["/orders", "/orders/", "/orders/1?x=/y", "/orders?page=2", "/orders//x", "/k%C3%A4se", "/käse/1"]
        {
            assert_eq!(refused(&orders, "GET", path, &[]), None, "{path}");
        }
        for path in [
            "/orders2",
            "/order",
            "/",
            "",
            "/Orders",
            "/orders.json",
            "/orders;x",
            "/%6Frders",
            "/x/v1/orders",
            "/k%c3%a4se",
            "/kase",
        ] {
            assert_eq!(refused(&orders, "GET", path, &[]).as_deref(), Some("path"), "{path}");
        }
    }

    #[test]
    fn what_a_server_could_split_again_is_refused() {
        let orders = restricted(&[], &["/v1/orders"]);
        for path in [
            "/orders%2Fx",
            "/orders/a%2fb",
            "/orders/a%5Cb",
            "/orders/a%252Fb",
            "/orders/a%25252fb",
            "/orders/%255c",
        ] {
            assert_eq!(refused(&orders, "GET", path, &[]).as_deref(), Some("path"), "{path}");
        }
        for path in [
            "/orders/..",
            "/orders/%2e%2e/admin",
            "/orders/%252e%252e/admin",
            "/orders/..;/admin",
            "/orders\\..\\x",
        ] {
            let base = BaseUrl::parse("https://api.example.com/v1", &[Scheme::Https]).unwrap();
            assert!(base.join(path).is_err(), "{path}");
        }
    }

    #[test]
    fn a_request_cannot_name_another_method_or_path_in_a_header_or_parameter() {
        let (reading, orders) = (restricted(&["POST"], &[]), restricted(&[], &["/v1/orders"]));
        for name in ["X-HTTP-Method-Override", "x-http-method", "X-Method-Override", "X_HTTP_Method-Override"]
        {
            assert_eq!(refused(&reading, "POST", "/orders", &[name]), Some(format!("headers.{name}")));
            assert_eq!(refused(&orders, "POST", "/orders", &[name]), None);
        }
        for name in ["X-Original-URL", "x-rewrite-url", "X-Original-URI"] {
            assert_eq!(refused(&orders, "GET", "/orders", &[name]), Some(format!("headers.{name}")));
            assert_eq!(refused(&reading, "POST", "/orders", &[name]), None);
        }
        for query in ["_method=DELETE", "a=b&_method=PUT", "%5Fmethod=x", "_METHOD"] {
            assert_eq!(
                refused(&reading, "POST", &format!("/orders?{query}"), &[]).as_deref(),
                Some("path"),
                "{query}"
            );
            assert_eq!(refused(&orders, "POST", &format!("/orders?{query}"), &[]), None, "{query}");
        }
    }

    #[test]
    fn a_prefix_that_could_mean_two_things_is_refused() {
        for (text, reason) in [
            ("orders", NotAPrefix::NoSlash),
            ("https://api.example.com/orders", NotAPrefix::NoSlash),
            ("", NotAPrefix::NoSlash),
            ("/", NotAPrefix::Everything),
            ("/orders?x=1", NotAPrefix::Query),
            ("/a//b", NotAPrefix::Ambiguous),
            ("/orders//", NotAPrefix::Ambiguous),
            ("/a%2Fb", NotAPrefix::Ambiguous),
            ("/a%255Cb", NotAPrefix::Ambiguous),
            ("//evil.example", NotAPrefix::Path(JoinError::Absolute)),
            ("/a/../b", NotAPrefix::Path(JoinError::Dots)),
            ("/a/%2e%2e", NotAPrefix::Path(JoinError::Dots)),
            ("/a b", NotAPrefix::Path(JoinError::Character)),
            ("/a#b", NotAPrefix::Path(JoinError::Fragment)),
            ("/a\\b", NotAPrefix::Path(JoinError::Backslash)),
            ("/a%2", NotAPrefix::Path(JoinError::Encoding)),
        ] {
            assert_eq!(text.parse::<PathPrefix>(), Err(reason), "{text}");
        }
        let long = format!("/{}", "x".repeat(PathPrefix::MAX_LENGTH));
        assert_eq!(long.parse::<PathPrefix>(), Err(NotAPrefix::TooLong));
        assert_eq!("/a/".parse::<PathPrefix>().unwrap().as_str(), "/a");
    }

    #[test]
    fn a_method_is_in_capitals() {
        for text in ["", "get", "GE T", "GET,POST", "GET\n", "Ä"] {
            assert_eq!(text.parse::<RestrictedMethod>(), Err(NotAMethod), "{text}");
        }
        assert!("VERSION-CONTROL".parse::<RestrictedMethod>().is_ok());
    }

    #[test]
    fn other_restrictions_are_other_pairs() {
        let one = restricted(&["GET"], &["/a"]).pairs().collect::<Vec<_>>();
        for other in [
            restricted(&["GET"], &[]),
            restricted(&[], &["/a"]),
            restricted(&["GET", "PUT"], &["/a"]),
            restricted(&["GET"], &["/a", "/b"]),
            restricted(&["GET"], &["/a/b"]),
        ] {
            assert_ne!(other.pairs().collect::<Vec<_>>(), one);
        }
        assert_eq!(
            restricted(&["GET", "DELETE"], &["/b", "/a/"]).pairs().collect::<Vec<_>>(),
            [("methods".to_owned(), "DELETE GET".to_owned()), ("paths".to_owned(), "/a /b".to_owned()),]
        );
    }

    proptest! {
        #[test]
        fn whatever_is_let_through_stays_below_after_any_decoding(
            segments in proptest::collection::vec("(\\.|%2e|%2F|%5c|%25|/|\\\\|;|a|orders){1,4}", 0..4),
        ) {
            let path = format!("/orders/{}", segments.join("/"));
            let base = BaseUrl::parse("https://api.example.com/v1", &[Scheme::Https]).unwrap();
            let Ok(target) = base.join(&path) else { return Ok(()) };
            let orders = restricted(&[], &["/v1/orders"]);
            if orders.check(&http::Method::GET, &target, "path", &[]).is_ok() {
                let mut level = target.path().to_owned();
                for _ in 0..5 {
                    let url = url::Url::parse(&format!("https://api.example.com{level}")).unwrap();
                    let is_below = url.path() == "/v1/orders" || url.path().starts_with("/v1/orders/");
                    prop_assert!(is_below, "{path} is {}", url.path());
                    level = percent_decode_str(&level).decode_utf8_lossy().into_owned();
                }
            }
        }
    }
}
