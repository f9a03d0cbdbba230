//! The parts of a request that an HTTP message signature can cover (RFC 9421 §2).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::form_urlencoded;

use super::super::{Request, Signed};

/// The application/x-www-form-urlencoded percent-encode set of the WHATWG's URL standard, which §2.2.8 refers to.
const PARAMETER: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');

/// A part of the message that a signature covers (§2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Component<'a> {
    /// `@method` (§2.2.1).
    Method,
    /// `@target-uri`, the whole address (§2.2.2).
    TargetUri,
    /// `@authority`, host and port (§2.2.3).
    Authority,
    /// `@scheme` (§2.2.4).
    Scheme,
    /// `@request-target`, path and query as on the request's first line (§2.2.5).
    RequestTarget,
    /// `@path` (§2.2.6).
    Path,
    /// `@query`, with its question mark (§2.2.7).
    Query,
    /// `@query-param` with this name, decoded (§2.2.8). It must be there exactly once.
    QueryParam(&'a str),
    /// The header with this name (§2.1). Several of one name are joined.
    Field(&'a str),
}

impl Component<'_> {
    /// The component's identifier, serialised (§2, §2.2.8).
    pub(super) fn identifier(&self) -> String {
        let name = match self {
            Self::Method => "@method",
            Self::TargetUri => "@target-uri",
            Self::Authority => "@authority",
            Self::Scheme => "@scheme",
            Self::RequestTarget => "@request-target",
            Self::Path => "@path",
            Self::Query => "@query",
            Self::QueryParam(name) => {
                return format!("\"@query-param\";name=\"{}\"", utf8_percent_encode(name, PARAMETER));
            }
            Self::Field(name) => return format!("\"{}\"", name.to_ascii_lowercase()),
        };
        format!("\"{name}\"")
    }

    /// The component's value, or why it has none.
    pub(super) fn value(&self, request: &Request<'_>, signed: &Signed) -> Result<String, &'static str> {
        let target = request.target;
        match self {
            Self::Method => Ok(request.method.to_string()),
            Self::TargetUri => Ok(target.to_string()),
            Self::Authority => Ok(target.authority()),
            Self::Scheme => Ok(target.scheme().to_string()),
            Self::RequestTarget => Ok(target.path_and_query().to_owned()),
            Self::Path => Ok(target.path().to_owned()),
            Self::Query => Ok(format!("?{}", target.query().unwrap_or_default())),
            Self::QueryParam(name) => query_param(target.query().unwrap_or_default(), name),
            Self::Field(name) => field(signed, name),
        }
    }
}

fn query_param(query: &str, name: &str) -> Result<String, &'static str> {
    let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(known, _)| known == name);
    let (_, value) = values.next().ok_or("is not in the query")?;
    match values.next() {
        Some(_) => Err("is in the query more than once"),
        None => Ok(utf8_percent_encode(&value, PARAMETER).to_string()),
    }
}

fn field(signed: &Signed, name: &str) -> Result<String, &'static str> {
    let values: Vec<_> = signed
        .headers()
        .filter(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim_ascii())
        .collect();
    if values.is_empty() { Err("is not among the headers") } else { Ok(values.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{origin::Target, signing::Body};

    /// The examples of RFC 9421 §2.1 to §2.2.8, as far as they are about requests.
    #[test]
    fn components_have_the_values_of_the_rfc() {
        let long = "/parameters?var=this%20is%20a%20big%0Amultiline%20value&bar=with+plus+whitespace\
                    &fa%C3%A7ade%22%3A%20=something";
        let query = "/path?param=value&foo=bar&baz=batman&qux=";
        for (path, component, line) in [
            ("/", Component::Method, "\"@method\": POST"),
            (
                "/path?param=value",
                Component::TargetUri,
                "\"@target-uri\": https://example.com/path?param=value",
            ),
            ("/", Component::Authority, "\"@authority\": example.com"),
            ("/", Component::Scheme, "\"@scheme\": https"),
            ("/path?param=value", Component::RequestTarget, "\"@request-target\": /path?param=value"),
            ("/path?param=value", Component::Path, "\"@path\": /path"),
            ("/path?param=value&foo=bar", Component::Query, "\"@query\": ?param=value&foo=bar"),
            ("/path?queryString", Component::Query, "\"@query\": ?queryString"),
            ("/path", Component::Query, "\"@query\": ?"),
            (query, Component::QueryParam("baz"), "\"@query-param\";name=\"baz\": batman"),
            (query, Component::QueryParam("qux"), "\"@query-param\";name=\"qux\": "),
            (query, Component::QueryParam("param"), "\"@query-param\";name=\"param\": value"),
            (
                long,
                Component::QueryParam("var"),
                "\"@query-param\";name=\"var\": this%20is%20a%20big%0Amultiline%20value",
            ),
            (long, Component::QueryParam("bar"), "\"@query-param\";name=\"bar\": with%20plus%20whitespace"),
            (
                long,
                Component::QueryParam("façade\": "),
                "\"@query-param\";name=\"fa%C3%A7ade%22%3A%20\": something",
            ),
            ("/", Component::Field("Cache-Control"), "\"cache-control\": max-age=60, must-revalidate"),
            ("/", Component::Field("x-empty-header"), "\"x-empty-header\": "),
        ] {
            let target = Target::unchecked("https://example.com", path);
            let headers = [
                ("Cache-Control", "max-age=60"),
                ("X-Empty-Header", ""),
                ("Cache-Control", "   must-revalidate"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
            let request = Request {
                method: &http::Method::POST,
                target: &target,
                headers: &headers,
                body: Body::Bytes(b""),
            };
            let signed = Signed::unsigned(&request);
            let value = component.value(&request, &signed).unwrap();
            assert_eq!(format!("{}: {value}", component.identifier()), line);
        }
    }
}
