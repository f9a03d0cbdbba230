//! What a token endpoint's answer says (RFC 6749 §5).

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use crate::{json_pointer::JsonPointer, secret::SecretText, signing::Cookie};

/// A token that was issued.
///
/// # Security
///
/// It is a secret as long as it holds, so it has no `Debug`, `Clone` or `Serialize`.
///
/// ```compile_fail
/// # fn show(token: keyward_shared::signing::oauth2::AccessToken) {
/// println!("{token:?}");
/// # }
/// ```
/// ```compile_fail
/// # fn copy(
/// #     token: &keyward_shared::signing::oauth2::AccessToken,
/// # ) -> keyward_shared::signing::oauth2::AccessToken {
/// token.clone()
/// # }
/// ```
pub struct AccessToken {
    value: SecretText,
    expires_at: Option<Timestamp>,
    server: Option<String>,
    cookies: Vec<Cookie>,
}

impl AccessToken {
    /// A token that ends then. `None` if it cannot be sent: RFC 6750 §2.1 allows less than what can stand in a header.
    #[must_use]
    pub fn new(value: SecretText, expires_at: Option<Timestamp>) -> Option<Self> {
        let is_sendable = !value.is_empty() && value.expose().bytes().all(|byte| byte.is_ascii_graphic());
        is_sendable.then_some(Self { value, expires_at, server: None, cookies: Vec::new() })
    }

    /// The same with what a login gave beside it.
    #[must_use]
    pub fn beside(self, server: Option<String>, cookies: Vec<Cookie>) -> Self {
        Self { server, cookies, ..self }
    }

    /// The token alone: visible ASCII without spaces, so a header can carry it.
    #[must_use]
    pub const fn value(&self) -> &SecretText {
        &self.value
    }

    /// When it stops working, counted from when the answer was read. `None` if the server does not say.
    #[must_use]
    pub const fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }

    /// The address of the server that requests with it go to, as the server that gave it wrote it. `None` for the usual one.
    #[must_use]
    pub fn server(&self) -> Option<&str> {
        self.server.as_deref()
    }

    /// The cookies that requests carry beside it.
    #[must_use]
    pub fn cookies(&self) -> &[Cookie] {
        &self.cookies
    }
}

/// There is no token.
///
/// # Security
///
/// It repeats nothing of what the server wrote, which may contain what was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The client's id, secret or key is wrong, or the client may not do this: the error code, where RFC 6749 has it.
    #[error("the token server refused the client")]
    Refused(Option<&'static str>),
    /// The settings are wrong, not the secret: the error code of RFC 6749 §5.2 or RFC 8707 §2 is this.
    #[error("the token server refused the request as `{0}`")]
    Request(&'static str),
    /// The server cannot answer now.
    #[error("the token server cannot answer now")]
    Unavailable,
    /// The answer is none of a token endpoint.
    #[error("the token server's answer cannot be understood")]
    Unclear,
}

/// Where the answer of a token endpoint has what matters. RFC 6749 §5.1 has it at the top of the document.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AnswerForm {
    /// The token.
    token: JsonPointer,
    /// Its type.
    token_type: JsonPointer,
    /// Words that this server uses for a bearer token, beside those that every server may use.
    bearer_types: Vec<String>,
    /// How long it holds.
    lifetime: JsonPointer,
    /// What the lifetime is counted in.
    lifetime_unit: LifetimeUnit,
}

/// What a lifetime is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LifetimeUnit {
    /// As RFC 6749 §5.1 has it.
    #[default]
    Seconds,
    /// Sessions of SAP Business One, for example.
    Minutes,
    /// A thousandth of a second.
    Milliseconds,
}

impl Default for AnswerForm {
    /// The form of RFC 6749 §5.1.
    fn default() -> Self {
        Self {
            token: JsonPointer::of_member("access_token"),
            token_type: JsonPointer::of_member("token_type"),
            bearer_types: Vec::new(),
            lifetime: JsonPointer::of_member("expires_in"),
            lifetime_unit: LifetimeUnit::Seconds,
        }
    }
}

/// Reads the answer to a token request in the form of RFC 6749 §5, as of `now`.
///
/// # Errors
///
/// [`TokenError`] when it has no token.
pub fn read_answer(status: StatusCode, body: &[u8], now: Timestamp) -> Result<AccessToken, TokenError> {
    AnswerForm::default().read(status, body, now)
}

/// Whether a member says no more than one that is missing: ASP.NET's reports have `""`
/// (github.com/dotnet/aspnetcore/issues/53457), and programs of several languages have `null`, `false`, 0 or an empty list.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(members) => members.is_empty(),
    }
}

/// The error codes of RFC 6749 §5.2, RFC 8707 §2, and two of RFC 6749 §4.1.2.1 that token endpoints use as well.
fn refusal(status: StatusCode, error: &str) -> TokenError {
    match error {
        "invalid_client" => TokenError::Refused(Some("invalid_client")),
        "invalid_grant" => TokenError::Refused(Some("invalid_grant")),
        "unauthorized_client" => TokenError::Refused(Some("unauthorized_client")),
        "invalid_scope" => TokenError::Request("invalid_scope"),
        "invalid_request" => TokenError::Request("invalid_request"),
        "unsupported_grant_type" => TokenError::Request("unsupported_grant_type"),
        "invalid_target" => TokenError::Request("invalid_target"),
        "temporarily_unavailable" | "server_error" => TokenError::Unavailable,
        // A proxy or a firewall has this status as well. The codes of OAuth 2.0 are small letters and underscores.
        _ if status == StatusCode::UNAUTHORIZED && is_code(error) => TokenError::Refused(None),
        _ => TokenError::Unclear,
    }
}

fn is_code(error: &str) -> bool {
    !error.is_empty() && error.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

impl AnswerForm {
    /// Reads the answer to a token request, as of `now`.
    ///
    /// # Errors
    ///
    /// [`TokenError`] when it has no token.
    pub fn read(&self, status: StatusCode, body: &[u8], now: Timestamp) -> Result<AccessToken, TokenError> {
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return Err(TokenError::Unavailable);
        }
        // Whoever sends the request elsewhere does not answer it.
        if status.is_redirection() {
            return Err(TokenError::Unclear);
        }
        // A few servers put a byte order mark before it.
        let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
        let Ok(Value::Object(members)) = serde_json::from_slice(body) else {
            return Err(TokenError::Unclear);
        };
        let mut answer = Value::Object(members);
        // A few servers report errors with status 200, and a few have an empty error beside the token.
        match answer.get("error").filter(|error| !is_nothing(error)) {
            Some(Value::String(error)) => Err(refusal(status, error)),
            Some(_) => Err(TokenError::Unclear),
            None if status.is_success() => self.token_in(&mut answer, now),
            None => Err(TokenError::Unclear),
        }
    }

    /// The token of a successful answer (RFC 6749 §5.1).
    fn token_in(&self, answer: &mut Value, now: Timestamp) -> Result<AccessToken, TokenError> {
        let place = answer.pointer_mut(self.token.as_str());
        let Some(Value::String(text)) = place.map(Value::take) else { return Err(TokenError::Unclear) };
        // It is wiped whatever becomes of the answer.
        let value = SecretText::from(text);
        match answer.pointer(self.token_type.as_str()) {
            Some(Value::String(kind)) if !self.is_bearer(kind) => return Err(TokenError::Unclear),
            Some(Value::String(_) | Value::Null) | None => {}
            Some(_) => return Err(TokenError::Unclear),
        }
        // A life that cannot be read is one that is not told.
        let expires_at = match answer.pointer(self.lifetime.as_str()) {
            Some(Value::Number(life)) => self.lifetime_unit.end(&life.to_string(), now),
            Some(Value::String(life)) => self.lifetime_unit.end(life, now),
            Some(Value::Null) | None => None,
            Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => return Err(TokenError::Unclear),
        };
        AccessToken::new(value, expires_at).ok_or(TokenError::Unclear)
    }

    /// Whether a type says that the bearer of the token may use it as it is (RFC 6750). Servers leave the type out (Shopify),
    /// or empty, write it in any case, and call it `BearerToken` (Apigee's default, github.com/DuendeArchive/Support/issues/1413).
    ///
    /// A client does not use a token whose type it does not understand (RFC 6749 §7.1). `DPoP` (RFC 9449 §5) and `mac` need a
    /// proof with every request, and `N_A` (RFC 8693 §2.2.1) is no token for requests at all.
    fn is_bearer(&self, kind: &str) -> bool {
        let letters: String = kind
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|letter| letter.to_ascii_lowercase())
            .collect();
        kind.trim().is_empty()
            || ["bearer", "bearertoken"].contains(&letters.as_str())
            || self.bearer_types.iter().any(|known| known.eq_ignore_ascii_case(kind.trim()))
    }
}

impl LifetimeUnit {
    /// When a life that begins now ends.
    #[must_use]
    pub fn end(self, life: &str, now: Timestamp) -> Option<Timestamp> {
        // A fraction does not matter.
        let whole = life.split('.').next().unwrap_or_default();
        let count: u32 = whole.trim().parse().ok()?;
        let life = match self {
            Self::Seconds => SignedDuration::from_secs(count.into()),
            Self::Minutes => SignedDuration::from_secs(60 * i64::from(count)),
            Self::Milliseconds => SignedDuration::from_millis(count.into()),
        };
        now.checked_add(life).ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn read(status: u16, body: &str) -> Result<(String, Option<i64>), TokenError> {
        read_as(&AnswerForm::default(), status, body)
    }

    fn read_as(form: &AnswerForm, status: u16, body: &str) -> Result<(String, Option<i64>), TokenError> {
        form.read(StatusCode::from_u16(status).unwrap(), body.as_bytes(), NOW)
            .map(|token| (token.value().expose().to_owned(), token.expires_at().map(Timestamp::as_second)))
    }

    #[test]
    fn a_token_is_read() {
        for (body, value, expires_at) in [
            // RFC 6749 §4.4.3.
            (
                r#"{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"example","expires_in":3600,"example_parameter":"example_value"}"#,
                "",
                None,
            ),
            (
                r#"{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"Bearer","expires_in":3600,"x":{"y":[]}}"#,
                "2YotnFZFEjr1zCsicMWpAA",
                Some(3600),
            ),
            (r#"{"access_token":"t","token_type":"BEARER","expires_in":"1800"}"#, "t", Some(1800)),
            (r#"{"access_token":"shpat_1","scope":"read","expires_in":86399}"#, "shpat_1", Some(86399)),
            (r#"{"access_token":"t","expires_in":59.9}"#, "t", Some(59)),
            (r#"{"access_token":"t","expires_in":0}"#, "t", Some(0)),
            (r#"{"access_token":"t","expires_in":null,"token_type":null,"error":null}"#, "t", None),
            (r#"{"access_token":"a\/b+c=~"}"#, "a/b+c=~", None),
            (r#"{"access_token":"t","expires_in":-1}"#, "t", None),
            (r#"{"access_token":"t","expires_in":"soon"}"#, "t", None),
            (r#"{"access_token":"t","expires_in":1e40}"#, "t", None),
            // github.com/dotnet/aspnetcore/issues/53457: an empty error beside the token.
            (
                r#"{"access_token":"x","expires_in":7199,"token_type":"Bearer","error":"","error_description":""}"#,
                "x",
                Some(7199),
            ),
            (r#"{"access_token":"t","error":false}"#, "t", None),
            (r#"{"access_token":"t","error":0}"#, "t", None),
            (r#"{"access_token":"t","error":[]}"#, "t", None),
            (r#"{"access_token":"t","error":{}}"#, "t", None),
            ("\u{feff}{\"access_token\":\"t\"}", "t", None),
            // Apigee's default: docs.apigee.com/api-platform/security/oauth/access-tokens.
            (
                r#"{"access_token":"tokentokentoken123","token_type":"BearerToken","expires_in":"3599"}"#,
                "tokentokentoken123",
                Some(3599),
            ),
            (r#"{"access_token":"t","token_type":"bearer_token"}"#, "t", None),
            (r#"{"access_token":"t","token_type":"Bearer "}"#, "t", None),
            (r#"{"access_token":"t","token_type":""}"#, "t", None),
        ] {
            let expected =
                if value.is_empty() { Err(TokenError::Unclear) } else { Ok((value.to_owned(), expires_at)) };
            assert_eq!(read(200, body), expected, "{body}");
        }
    }

    #[test]
    fn an_answer_without_a_usable_token_is_unclear() {
        for body in [
            "",
            "<html>",
            "[]",
            "{}",
            r#"{"access_token":""}"#,
            r#"{"access_token":"a b"}"#,
            r#"{"access_token":"a\r\nX: y"}"#,
            r#"{"access_token":"é"}"#,
            r#"{"access_token":1}"#,
            r#"{"access_token":"t","token_type":"mac"}"#,
            r#"{"access_token":"t","token_type":"DPoP"}"#,
            r#"{"access_token":"t","token_type":"N_A"}"#,
            r#"{"access_token":"t","token_type":"pop"}"#,
            r#"{"access_token":"t","token_type":"bearers"}"#,
            r#"{"access_token":"t","token_type":5}"#,
            r#"{"access_token":"t","expires_in":[]}"#,
            r#"{"access_token":"t","error":{"code":1}}"#,
            r#"{"access_token":"t","error":true}"#,
            r#"["access_token"]"#,
            r#"{"token":"t"}"#,
        ] {
            assert_eq!(read(200, body), Err(TokenError::Unclear), "{body}");
            assert_eq!(read(302, body), Err(TokenError::Unclear), "{body}");
        }
        assert_eq!(read(403, r#"{"access_token":"t"}"#), Err(TokenError::Unclear));
    }

    #[test]
    fn a_form_says_where_the_members_are_and_what_they_mean() {
        let form: AnswerForm = serde_json::from_value(serde_json::json!({
            "token": "/data/token", "token_type": "/data/kind", "bearer_types": ["JWT"],
            "lifetime": "/data/ttl", "lifetime_unit": "minutes",
        }))
        .unwrap();
        for (body, expected) in [
            (r#"{"data":{"token":"t","kind":"jwt","ttl":30}}"#, Some(("t", Some(1_800)))),
            (r#"{"data":{"token":"t","kind":"Bearer","ttl":"30"}}"#, Some(("t", Some(1_800)))),
            (r#"{"data":{"token":"t"}}"#, Some(("t", None))),
            (r#"{"data":{"token":"t","kind":"mac"}}"#, None),
            (r#"{"access_token":"t"}"#, None),
        ] {
            let expected = expected.map(|(token, ends)| (token.to_owned(), ends)).ok_or(TokenError::Unclear);
            assert_eq!(read_as(&form, 200, body), expected, "{body}");
        }
        let refused = r#"{"error":"invalid_client","data":{"token":"t"}}"#;
        assert_eq!(read_as(&form, 200, refused), Err(TokenError::Refused(Some("invalid_client"))));
        for (unit, seconds) in [("seconds", 90_000), ("minutes", 5_400_000), ("milliseconds", 90)] {
            let unit: LifetimeUnit = serde_json::from_value(unit.into()).unwrap();
            assert_eq!(unit.end("90000", NOW).map(Timestamp::as_second), Some(seconds));
        }
        for wrong in [r#"{"token":"access_token"}"#, r#"{"lifetime_unit":"hours"}"#, r#"{"tokens":"/a"}"#] {
            assert!(serde_json::from_str::<AnswerForm>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_refusal_says_whether_the_client_or_the_request_is_wrong() {
        let error = |code: &str| format!(r#"{{"error":"{code}","error_description":"canary"}}"#);
        for status in [200, 400, 401, 403] {
            for code in ["invalid_client", "invalid_grant", "unauthorized_client"] {
                assert_eq!(read(status, &error(code)), Err(TokenError::Refused(Some(code))));
            }
            for code in ["invalid_scope", "invalid_request", "unsupported_grant_type", "invalid_target"] {
                assert_eq!(read(status, &error(code)), Err(TokenError::Request(code)));
            }
            assert_eq!(read(status, &error("temporarily_unavailable")), Err(TokenError::Unavailable));
        }
        assert_eq!(read(401, &error("canary")), Err(TokenError::Refused(None)));
        // Nothing shows that these are of a token endpoint (nginx, Apache and proxies answer so, too).
        for body in [
            "",
            "denied",
            "{}",
            r#"{"error":{"code":1}}"#,
            r#"{"status":401,"error":"Unauthorized","path":"/"}"#,
            "<html><h1>401 Authorization Required</h1></html>",
        ] {
            assert_eq!(read(401, body), Err(TokenError::Unclear), "{body}");
        }
        assert_eq!(read(302, &error("invalid_client")), Err(TokenError::Unclear));
        for body in ["", "denied", "{}", r#"{"error":{"code":1}}"#, &error("canary")] {
            assert_eq!(read(400, body), Err(TokenError::Unclear), "{body}");
            assert_eq!(read(429, body), Err(TokenError::Unavailable), "{body}");
            assert_eq!(read(503, body), Err(TokenError::Unavailable), "{body}");
        }
    }

    proptest! {
        #[test]
        fn no_answer_makes_reading_panic_or_an_error_repeat_it(
            status in 100..600_u16,
            start in prop_oneof![Just("{\"access_token\":\"canary"), Just("{\"error\":\"canary"), Just("canary")],
            rest in "\\PC{0,20}",
        ) {
            if let Err(error) = read(status, &format!("{start}{rest}\"}}")) {
                let told = format!("{error} {error:?}");
                prop_assert!(!told.contains("canary"));
            }
        }
    }
}
