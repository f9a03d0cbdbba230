//! Which headers a request may bring along.

use super::{HeaderProblem, SignError};

/// Headers that belong to the connection or follow from the request itself: hop-by-hop ones (RFC 9110
/// §7.6.1, RFC 9112 §6.1, RFC 7540 §3.2.1), the host, and the length; and headers that ask for a part of an answer or for a
/// coding of it, which cannot be searched for secrets (RFC 9110 §12.5.3 and §14.2, RFC 3229 §10.5.3).
const RESERVED: [&str; 15] = [
    "a-im",
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "host",
    "http2-settings",
    "if-range",
    "keep-alive",
    "range",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
];

/// Whether no key and no request may set a header of this name, whatever it is meant for.
#[must_use]
pub fn is_reserved_header(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    RESERVED.contains(&name.as_str()) || name.starts_with("proxy-")
}

/// Headers of which a second one would make the request ambiguous (RFC 9110 §8.3, §11.6.2).
const SINGLE: [&str; 2] = ["authorization", "content-type"];

/// Whether a header may be stored with a key or brought along by a request.
///
/// # Errors
///
/// [`HeaderProblem`] when the name is no token or belongs to the connection, or the value has characters other
/// than visible ASCII and spaces within.
pub fn check_header(name: &str, value: &str) -> Result<(), HeaderProblem> {
    check_name(name)?;
    check_value(value)
}

pub(super) fn check_name(name: &str) -> Result<(), HeaderProblem> {
    if !is_token(name) {
        return Err(HeaderProblem::Name);
    }
    if is_reserved_header(name) {
        return Err(HeaderProblem::Forbidden);
    }
    Ok(())
}

pub(super) fn check_value(value: &str) -> Result<(), HeaderProblem> {
    // Receivers strip the white space around a value (RFC 9110 §5.5), so a signature over it would not hold.
    let good = value.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ' || byte == b'\t')
        && value.trim_ascii().len() == value.len();
    if good { Ok(()) } else { Err(HeaderProblem::Value) }
}

/// A token (RFC 9110 §5.6.2), which is what header names are.
fn is_token(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// All headers of a request. `owned` says which names (in lower case) the authentication keeps for itself.
pub(super) fn check_all(headers: &[(String, String)], owned: impl Fn(&str) -> bool) -> Result<(), SignError> {
    let mut single_seen = Vec::new();
    for (index, (name, value)) in headers.iter().enumerate() {
        let refuse = |problem| {
            Err(match problem {
                HeaderProblem::Name => SignError::HeaderName { position: index + 1 },
                HeaderProblem::Forbidden
                | HeaderProblem::Owned
                | HeaderProblem::Repeated
                | HeaderProblem::NotForm
                | HeaderProblem::NotJson
                | HeaderProblem::Value => SignError::Header { name: name.clone(), problem },
            })
        };
        if let Err(problem) = check_header(name, value) {
            return refuse(problem);
        }
        let name = name.to_ascii_lowercase();
        if owned(&name) {
            return refuse(HeaderProblem::Owned);
        }
        if SINGLE.contains(&name.as_str()) {
            if single_seen.contains(&name) {
                return refuse(HeaderProblem::Repeated);
            }
            single_seen.push(name);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_tokens_and_values_visible() {
        assert_eq!(check_header("X-Tenant", "a b\tc"), Ok(()));
        assert_eq!(check_header("x_!#$%&'*+.^`|~0", ""), Ok(()));
        for name in ["", "a b", "a:", "a\r\n", "é", "(a)", "a\0"] {
            assert_eq!(check_header(name, "v"), Err(HeaderProblem::Name), "{name:?}");
        }
        for value in ["a\r\nb", "a\n", "\0", "é", " a", "a ", "\ta", "\u{7f}"] {
            assert_eq!(check_header("x", value), Err(HeaderProblem::Value), "{value:?}");
        }
    }

    #[test]
    fn names_that_the_connection_sets_are_refused_whoever_would_set_them() {
        for name in
            ["Host", "Range", "A-IM", "If-Range", "Accept-Encoding", "Expect", "Via", "Proxy-Anything", "TE"]
        {
            assert_eq!(check_header(name, "v"), Err(HeaderProblem::Forbidden), "{name}");
        }
    }

    #[test]
    fn one_content_type_is_enough() {
        let headers =
            ["Content-Type", "x", "x", "content-type"].map(|name| (name.to_owned(), "v".to_owned()));
        assert_eq!(
            check_all(&headers, |_| false),
            Err(SignError::Header { name: "content-type".to_owned(), problem: HeaderProblem::Repeated })
        );
        assert_eq!(check_all(&headers[..3], |_| false), Ok(()));
    }

    #[test]
    fn a_name_that_is_none_is_told_by_its_place() {
        let headers = [("x".to_owned(), "v".to_owned()), ("s3cret value".to_owned(), "v".to_owned())];
        assert_eq!(check_all(&headers, |_| false), Err(SignError::HeaderName { position: 2 }));
    }
}
