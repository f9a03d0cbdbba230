//! Parameters in the form `name=value&name=value`, as queries and form bodies have them.

use std::borrow::Cow;

use percent_encoding::{percent_decode, percent_encode};
use zeroize::Zeroizing;

use super::{Body, Request, SignError, field};
use crate::{percent::RESERVED, secret::SecretText};

/// The media type of a form (RFC 1866 §8.2.1, and the WHATWG's URL standard).
pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// The field that holds a key's parameters.
const PARAMETERS: &str = "parameters";

/// Whether a key's parameters can be sent: each has a name and a value.
pub(super) fn check(parameters: &[(String, SecretText)]) -> Result<(), SignError> {
    parameters.iter().try_for_each(|(name, value)| {
        field::not_empty(PARAMETERS, name)?;
        field::not_empty(PARAMETERS, value.expose())
    })
}

/// Percent-encodes all but unreserved characters, with digits in upper case.
pub(super) fn encode(bytes: &[u8]) -> Cow<'_, str> {
    percent_encode(bytes, RESERVED).into()
}

/// The same for what may be secret: written into room that suffices, so that no copy is left behind by growing.
pub(super) fn encode_secret(text: &str) -> Zeroizing<String> {
    let mut encoded = Zeroizing::new(String::with_capacity(3 * text.len()));
    encoded.extend(percent_encode(text.as_bytes(), RESERVED));
    encoded
}

/// `name=value&name=value`, encoded. It is written into room that suffices, so that no copy is left behind by growing.
pub(super) fn joined(parameters: &[(&str, &str)]) -> String {
    let longest: usize = parameters.iter().map(|(name, value)| 3 * (name.len() + value.len()) + 2).sum();
    let mut text = String::with_capacity(longest);
    for (name, value) in parameters {
        if !text.is_empty() {
            text.push('&');
        }
        text.extend(percent_encode(name.as_bytes(), RESERVED));
        text.push('=');
        text.extend(percent_encode(value.as_bytes(), RESERVED));
    }
    text
}

/// A form of these names and values.
#[must_use]
pub fn form_of(pairs: &[(String, SecretText)]) -> SecretText {
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| (name.as_str(), value.expose())).collect();
    SecretText::from(joined(&pairs))
}

/// The parameters of a query or form with name and value decoded: a plus is a space, and what lacks an equals sign has
/// an empty value. They are bytes, since nothing says that they are UTF-8.
pub(super) fn decoded(text: &[u8]) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> {
    text.split(|byte| *byte == b'&').filter(|parameter| !parameter.is_empty()).map(|parameter| {
        let mut halves = parameter.splitn(2, |byte| *byte == b'=');
        let mut next = || {
            let half = halves.next().unwrap_or_default();
            let spaced: Vec<u8> = half.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
            percent_decode(&spaced).collect()
        };
        (next(), next())
    })
}

/// The names of a query's parameters, decoded.
pub fn names(query: &str) -> impl Iterator<Item = Vec<u8>> {
    decoded(query.as_bytes()).map(|(name, _)| name)
}

/// The value of the request's content type. There is at most one: that was checked before.
pub(super) fn content_type<'r>(request: &Request<'r>) -> Option<&'r str> {
    let mut headers = request.headers.iter();
    headers.find(|(name, _)| name.eq_ignore_ascii_case("content-type")).map(|(_, value)| value.as_str())
}

/// Whether a content type is a form's, whatever its parameters (RFC 9110 §8.3.1).
pub(super) fn is_form(content_type: &str) -> bool {
    content_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(FORM)
}

/// The body's bytes, if the request says that they are a form.
pub(super) fn form<'r>(request: &Request<'r>, scheme: &'static str) -> Result<&'r [u8], SignError> {
    match (content_type(request), request.body) {
        (Some(content_type), body) if is_form(content_type) => body.bytes(scheme),
        (_, Body::Bytes(_) | Body::Sha256(_)) => Ok(&[]),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// "Encoding check" of RFC 5849 §3.6, as other implementations publish it.
    #[test]
    fn all_but_unreserved_characters_are_encoded() {
        assert_eq!(encode("!*'() /é".as_bytes()), "%21%2A%27%28%29%20%2F%C3%A9");
        assert_eq!(encode(b"aZ09-._~"), "aZ09-._~");
    }

    #[test]
    fn a_plus_is_a_space_and_a_value_may_be_missing() {
        let all: Vec<_> = decoded(b"a=1+2&&b&=c&%2B=%2b=+").collect();
        let pair = |name: &str, value: &str| (name.as_bytes().to_vec(), value.as_bytes().to_vec());
        assert_eq!(all, [pair("a", "1 2"), pair("b", ""), pair("", "c"), pair("+", "+= ")]);
    }

    #[test]
    fn a_content_type_is_a_forms_whatever_its_case_and_parameters() {
        for text in [FORM, "Application/X-WWW-Form-Urlencoded ; charset=UTF-8"] {
            assert!(is_form(text), "{text}");
        }
        for text in [
            "",
            "application/json",
            "application/x-www-form-urlencoded2",
            "a; b=application/x-www-form-urlencoded",
        ] {
            assert!(!is_form(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_joined_is_read_back(
            pairs in prop::collection::vec((any::<String>(), any::<String>()), 0..5),
        ) {
            let borrowed: Vec<_> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let read: Vec<_> = decoded(joined(&borrowed).as_bytes())
                .map(|(name, value)| (String::from_utf8(name).unwrap(), String::from_utf8(value).unwrap()))
                .collect();
            prop_assert_eq!(read, pairs);
        }

        #[test]
        fn joining_never_grows_its_room(
            pairs in prop::collection::vec((any::<String>(), any::<String>()), 1..5),
        ) {
            let borrowed: Vec<_> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let room: usize = pairs.iter().map(|(name, value)| 3 * (name.len() + value.len()) + 2).sum();
            prop_assert!(joined(&borrowed).len() <= room);
        }
    }
}
