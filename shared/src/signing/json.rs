//! Credentials as members of a JSON object in the body.

use http::Method;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::{
    BodyProblem, HeaderProblem, Part, Request, SignError, Signed,
    owned::{Owned, refuses},
    parameters,
};
use crate::secret::SecretText;

/// The scheme's name in errors.
const SCHEME: &str = "json";
const JSON: &str = "application/json";

/// Puts the members before the request's own, and makes the content type JSON's. The request's own text stays as it is, since
/// numbers and the order of members may matter to whoever reads it. `own` has a path of names for each member.
pub(super) fn add(
    own: &[(Vec<String>, SecretText)],
    request: &Request<'_>,
    owned: &[Owned],
    signed: &mut Signed,
) -> Result<(), SignError> {
    let problem = |problem| SignError::BodyNeeded { scheme: SCHEME, problem };
    if matches!(*request.method, Method::GET | Method::HEAD | Method::CONNECT | Method::TRACE) {
        return Err(problem(BodyProblem::Method));
    }
    let body = request.body.bytes(SCHEME)?;
    match parameters::content_type(request) {
        None => signed.add("content-type", JSON.to_owned()),
        Some(content_type) if is_json(content_type) => {}
        Some(_) => {
            let name = "content-type".to_owned();
            return Err(SignError::Header { name, problem: HeaderProblem::NotJson });
        }
    }
    let body: &[u8] = if body.is_empty() { b"{}" } else { body };
    let members: Map<String, Value> =
        serde_json::from_slice(body).map_err(|_| problem(BodyProblem::NotAnObject))?;
    if members.keys().any(|name| refuses(owned, Part::Json, name.as_bytes())) {
        return Err(problem(BodyProblem::Member));
    }
    let mut paths: Vec<(&[String], &str)> = Vec::new();
    for (path, value) in own {
        paths.push((path, value.expose()));
    }
    let text = written(&paths);
    // The body is an object, so its first brace opens it.
    let start = body.iter().position(|byte| *byte == b'{').map_or(0, |at| at + 1);
    let (opened, rest) = body.split_at(start);
    let separator: &[u8] = if members.is_empty() || text.is_empty() { b"" } else { b"," };
    signed.replace_body([opened, text.as_bytes(), separator, rest].concat());
    Ok(())
}

/// `"name":"value"` for each member, and an object for those that share the first name of their paths. It is written into room
/// that suffices, so that no copy is left behind by growing.
fn written(paths: &[(&[String], &str)]) -> Zeroizing<String> {
    let longest = paths.iter().map(|(path, value)| {
        6 * (value.len() + path.iter().map(String::len).sum::<usize>()) + 8 * (path.len() + 1)
    });
    let mut text = Zeroizing::new(String::with_capacity(longest.sum()));
    write(paths, &mut text);
    text
}

fn write(paths: &[(&[String], &str)], text: &mut String) {
    let mut done: Vec<&str> = Vec::new();
    for (path, value) in paths {
        let Some((first, rest)) = path.split_first() else { continue };
        if done.contains(&first.as_str()) {
            continue;
        }
        if !done.is_empty() {
            text.push(',');
        }
        done.push(first);
        quote(first, text);
        text.push(':');
        if rest.is_empty() {
            quote(value, text);
            continue;
        }
        let within: Vec<(&[String], &str)> = paths
            .iter()
            .filter_map(|(path, value)| match path.split_first() {
                Some((name, rest)) if name == first => Some((rest, *value)),
                Some(_) | None => None,
            })
            .collect();
        text.push('{');
        write(&within, text);
        text.push('}');
    }
}

/// A string of JSON (RFC 8259 §7).
fn quote(value: &str, text: &mut String) {
    text.push('"');
    for character in value.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            control if control < ' ' => {
                text.push_str("\\u00");
                let code = u32::from(control);
                text.extend(
                    [code >> 4, code & 15].into_iter().filter_map(|digit| char::from_digit(digit, 16)),
                );
            }
            other => text.push(other),
        }
    }
    text.push('"');
}

/// Whether a content type is JSON's, whatever its parameters.
fn is_json(content_type: &str) -> bool {
    let media = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media == JSON || (media.starts_with("application/") && media.ends_with("+json"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::{
        origin::Target,
        signing::{Authenticator, Body, Reveals, tests::Sevens},
    };

    fn members(own: &[(&str, &str)]) -> Vec<(Vec<String>, SecretText)> {
        let path = |path: &str| path.split('/').map(str::to_owned).collect();
        own.iter().map(|(name, value)| (path(name), SecretText::from((*value).to_owned()))).collect()
    }

    fn signed(
        own: &[(&str, &str)],
        content_type: Option<&str>,
        body: &str,
    ) -> Result<(String, String), SignError> {
        let own = members(own);
        let target = Target::unchecked("https://api.example", "/v1");
        let headers: Vec<_> =
            content_type.iter().map(|value| ("Content-Type".to_owned(), (*value).to_owned())).collect();
        let request = Request {
            method: &Method::POST,
            target: &target,
            headers: &headers,
            body: Body::Bytes(body.as_bytes()),
        };
        let authenticator = Authenticator::Json { members: &own };
        assert_eq!(authenticator.reveals(), Reveals::Secret);
        let signed = authenticator.sign(&request, jiff::Timestamp::UNIX_EPOCH, &Sevens)?;
        let body = String::from_utf8(signed.body().unwrap().to_vec()).unwrap();
        Ok((signed.header("content-type").unwrap().to_owned(), body))
    }

    #[test]
    fn members_come_before_the_requests_own_whose_text_stays() {
        for (body, sent) in [
            ("", r#"{"key":"k"}"#),
            ("{}", r#"{"key":"k"}"#),
            (" { } ", r#" {"key":"k" } "#),
            (
                r#"{"a":1.10,"z":2,"a2":12345678901234567890}"#,
                r#"{"key":"k","a":1.10,"z":2,"a2":12345678901234567890}"#,
            ),
        ] {
            assert_eq!(signed(&[("key", "k")], None, body).unwrap(), (JSON.to_owned(), sent.to_owned()));
        }
        let own = [("auth/user", "me"), ("id", "1"), ("auth/key/v", "k\"\\\u{1}é")];
        let (content_type, body) =
            signed(&own, Some("application/vnd.acme+json; v=1"), r#"{"a":{}}"#).unwrap();
        assert_eq!(content_type, "application/vnd.acme+json; v=1");
        assert_eq!(
            serde_json::from_str::<Value>(&body).unwrap(),
            json!({"auth": {"user": "me", "key": {"v": "k\"\\\u{1}é"}}, "id": "1", "a": {}})
        );
    }

    #[test]
    fn a_body_that_has_the_member_or_is_no_object_is_refused() {
        for (content_type, body, error) in [
            (
                None,
                r#"{"auth":{"other":1}}"#,
                "`json` has a member in the body that the authentication sets: leave it out",
            ),
            (
                None,
                r#"{"\u0061uth":1}"#,
                "`json` has a member in the body that the authentication sets: leave it out",
            ),
            (None, "[]", "`json` puts the credentials into the body, so it must be a JSON object"),
            (None, "a=b", "`json` puts the credentials into the body, so it must be a JSON object"),
            (None, "{", "`json` puts the credentials into the body, so it must be a JSON object"),
            (Some("text/plain"), "{}", "header `content-type` must be a media type of JSON, or be left out"),
        ] {
            let refused = signed(&[("auth/key", "k")], content_type, body).unwrap_err();
            assert_eq!(refused.to_string(), error, "{body}");
        }
    }

    proptest! {
        #[test]
        fn any_secret_is_read_back(secret in ".{1,30}", name in "[a-z/]{0,3}[a-z]") {
            let own = [(name.as_str(), secret.as_str())];
            let path: Vec<String> = name.split('/').map(str::to_owned).collect();
            prop_assume!(path.iter().all(|name| !name.is_empty()));
            let (_, body) = signed(&own, None, r#"{"0":0}"#).unwrap();
            let value: Value = serde_json::from_str(&body).unwrap();
            let pointer = format!("/{name}");
            prop_assert_eq!(value.pointer(&pointer), Some(&Value::String(secret)));
            prop_assert_eq!(&value["0"], &json!(0));
        }
    }
}
