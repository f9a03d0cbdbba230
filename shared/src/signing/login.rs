//! A login by one HTTP request: what to send, and where the answer has the token.

use aws_lc_rs::digest::{Context, SHA256};
use serde::Deserialize;

use super::{
    CookieName, SignError, field,
    oauth2::{LifetimeUnit, TokenRequest},
};
use crate::{json_pointer::JsonPointer, secret::SecretText};

/// A login with the values of a key. It goes out with `POST`.
pub struct LoginRequest<'a> {
    /// Where.
    pub url: &'a str,
    /// The media type of the body.
    pub content_type: &'a str,
    /// The body.
    pub body: &'a SecretText,
    /// Further headers.
    pub headers: &'a [(String, SecretText)],
    /// Where the answer has the token.
    pub answer: &'a LoginAnswer,
}

/// Where the answer to a login has the token, and how long it holds.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginAnswer {
    /// The token.
    pub token: AnswerPlace,
    /// How long it holds, where the answer says so.
    pub lifetime: Option<AnswerPlace>,
    /// What that is counted in.
    #[serde(default)]
    pub lifetime_unit: LifetimeUnit,
    /// How long every token holds, where the documentation says so and the answer does not.
    pub lifetime_seconds: Option<u32>,
    /// The server that requests go to, where the answer names one.
    pub server: Option<AnswerPlace>,
    /// Cookies of the answer that requests carry beside that of the token, if it sets them.
    #[serde(default)]
    pub cookies: Vec<CookieName>,
}

/// A place in an answer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AnswerPlace {
    /// In JSON (RFC 6901). The empty pointer is the whole document, which is a string then.
    Json(JsonPointer),
    /// In XML: local names from the root, with slashes between.
    Xml(ElementPath),
}

/// The path of an XML element: local names from the root, with slashes between.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ElementPath(String);

impl ElementPath {
    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ElementPath {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let is_name = |name: &str| {
            !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
        };
        if text.split('/').all(is_name) {
            Ok(Self(text))
        } else {
            Err("must be local names with slashes between, such as `Envelope/Body/loginReturn`")
        }
    }
}

impl LoginRequest<'_> {
    /// Whether the fields can be used at all.
    ///
    /// # Errors
    ///
    /// [`SignError::Field`], which names the parameter.
    pub fn check(&self) -> Result<(), SignError> {
        field::text("url", self.url)?;
        for (name, value) in self.headers {
            field::header_name("headers", name)?;
            field::header_value("headers", value.expose())?;
        }
        Ok(())
    }

    /// The request.
    ///
    /// # Errors
    ///
    /// [`SignError::Field`] when a field cannot be used.
    pub fn request(&self) -> Result<TokenRequest, SignError> {
        self.check()?;
        let mut headers = vec![
            ("accept".to_owned(), "application/json, text/xml, application/xml".to_owned()),
            ("content-type".to_owned(), self.content_type.to_owned()),
        ];
        for (name, value) in self.headers {
            headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
            headers.push((name.clone(), value.expose().to_owned()));
        }
        Ok(TokenRequest::new(headers, self.body.expose().to_owned()))
    }

    /// SHA-256 over the context and all that is sent. Two logins have the same one only if they would send the same, so a token
    /// may be kept under it.
    ///
    /// # Security
    ///
    /// It stays in memory: whoever sees it could test guesses of a weak password against it.
    #[must_use]
    pub fn fingerprint(&self, context: &[&str]) -> [u8; 32] {
        let mut digest = Context::new(&SHA256);
        let mut part = |text: &str| {
            digest.update(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
            digest.update(text.as_bytes());
        };
        part(&context.len().to_string());
        context.iter().for_each(|text| part(text));
        for text in ["login", self.url, self.content_type, self.body.expose()] {
            part(text);
        }
        for (name, value) in self.headers {
            part(name);
            part(value.expose());
        }
        let mut out = [0; 32];
        out.copy_from_slice(digest.finish().as_ref());
        out
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;

    fn text(text: &str) -> SecretText {
        SecretText::from(text.to_owned())
    }

    fn answer() -> LoginAnswer {
        serde_json::from_value(json!({"token": {"json": "/token"}})).unwrap()
    }

    #[test]
    fn a_login_has_its_headers_and_its_body() {
        let (body, answer) = (text("{}"), answer());
        let headers = [("Accept".to_owned(), text("text/plain")), ("X-Key".to_owned(), text("s3cret"))];
        let login = LoginRequest {
            url: "https://a.example/login",
            content_type: "application/json",
            body: &body,
            headers: &headers,
            answer: &answer,
        };
        let request = login.request().unwrap();
        let sent: Vec<_> = request.headers().collect();
        let expected = [("content-type", "application/json"), ("Accept", "text/plain"), ("X-Key", "s3cret")];
        assert_eq!((sent.as_slice(), request.body()), (&expected[..], &b"{}"[..]));

        for value in ["", "canary\r\nX-Evil: 1"] {
            let headers = [("X-Key".to_owned(), text(value))];
            let error = LoginRequest { headers: &headers, ..login }.request().err().unwrap();
            assert!(matches!(error, SignError::Field { field: "headers", .. }), "{error}");
            assert!(!format!("{error} {error:?}").contains("canary"));
        }
    }

    #[test]
    fn logins_that_differ_anywhere_have_different_fingerprints() {
        let (one, other, answer) = (text("a"), text("b"), answer());
        let header = |name: &str, value: &str| [(name.to_owned(), text(value))];
        let (first, second) = (header("a", "b"), header("a", "c"));
        let of = |context: &[&str], url, content_type, body, headers| {
            LoginRequest { url, content_type, body, headers, answer: &answer }.fingerprint(context)
        };
        let all = [
            of(&["k"], "u", "c", &one, &[]),
            of(&["l"], "u", "c", &one, &[]),
            of(&["k", "u"], "c", "a", &one, &[]),
            of(&["k"], "v", "c", &one, &[]),
            of(&["k"], "u", "d", &one, &[]),
            of(&["k"], "u", "c", &other, &[]),
            of(&["k"], "u", "c", &one, &first),
            of(&["k"], "u", "c", &one, &second),
        ];
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        assert_eq!(all[0], of(&["k"], "u", "c", &one, &[]));
    }

    #[test]
    fn a_place_in_an_answer_is_a_pointer_or_a_path() {
        let place = serde_json::from_value::<AnswerPlace>;
        for good in
            [json!({"json": ""}), json!({"json": "/a/0"}), json!({"xml": "a"}), json!({"xml": "a/b-1.c"})]
        {
            assert!(place(good.clone()).is_ok(), "{good}");
        }
        for bad in [
            json!({"json": "a"}),
            json!({"xml": "/a"}),
            json!({"xml": "a//b"}),
            json!({"xml": "s:a"}),
            json!("a"),
        ] {
            assert!(place(bad.clone()).is_err(), "{bad}");
        }
    }
}
