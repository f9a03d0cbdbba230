//! What a token endpoint's answer says (RFC 6749 §5).

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer};
use serde_json::Number;

use crate::secret::SecretText;

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
}

impl AccessToken {
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
}

/// There is no token.
///
/// # Security
///
/// It repeats nothing of what the server wrote, which may contain what was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The client's id, secret or key is wrong, or the client may not do this.
    #[error("the token server refused the client")]
    Refused,
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

/// As much of an answer as matters. A success has no `error`, an error has no token.
#[derive(Deserialize)]
struct Answer {
    #[serde(default, deserialize_with = "secret")]
    access_token: Option<SecretText>,
    token_type: Option<String>,
    expires_in: Option<Seconds>,
    error: Option<String>,
}

/// Some servers write numbers as text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Seconds {
    Number(Number),
    Text(String),
}

/// Wraps the text at once, so that it is wiped whatever becomes of the answer.
fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretText>, D::Error> {
    Option::<String>::deserialize(deserializer).map(|text| text.map(SecretText::from))
}

/// Reads the answer to a token request, as of `now`.
///
/// # Errors
///
/// [`TokenError`] when it has no token.
pub fn read_answer(status: StatusCode, body: &[u8], now: Timestamp) -> Result<AccessToken, TokenError> {
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        return Err(TokenError::Unavailable);
    }
    // Whoever sends the request elsewhere does not answer it.
    if status.is_redirection() {
        return Err(TokenError::Unclear);
    }
    let answer: Option<Answer> = serde_json::from_slice(body).ok();
    // A few servers report errors with status 200.
    if let Some(error) = answer.as_ref().and_then(|answer| answer.error.as_deref()) {
        return Err(refusal(status, error));
    }
    match answer {
        Some(answer) if status.is_success() => token(answer, now),
        Some(_) | None => Err(TokenError::Unclear),
    }
}

/// The error codes of RFC 6749 §5.2, RFC 8707 §2, and two of RFC 6749 §4.1.2.1 that token endpoints use as well.
fn refusal(status: StatusCode, error: &str) -> TokenError {
    match error {
        "invalid_client" | "invalid_grant" | "unauthorized_client" => TokenError::Refused,
        "invalid_scope" => TokenError::Request("invalid_scope"),
        "invalid_request" => TokenError::Request("invalid_request"),
        "unsupported_grant_type" => TokenError::Request("unsupported_grant_type"),
        "invalid_target" => TokenError::Request("invalid_target"),
        "temporarily_unavailable" | "server_error" => TokenError::Unavailable,
        // A proxy or a firewall has this status as well. The codes of OAuth 2.0 are small letters and underscores.
        _ if status == StatusCode::UNAUTHORIZED && is_code(error) => TokenError::Refused,
        _ => TokenError::Unclear,
    }
}

fn is_code(error: &str) -> bool {
    !error.is_empty() && error.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// A successful answer (RFC 6749 §5.1).
fn token(answer: Answer, now: Timestamp) -> Result<AccessToken, TokenError> {
    let value = answer.access_token.ok_or(TokenError::Unclear)?;
    // RFC 6750 §2.1 allows less. What it allows and more can stand in a header.
    if value.is_empty() || !value.expose().bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(TokenError::Unclear);
    }
    // Shopify leaves the type out.
    if answer.token_type.is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
        return Err(TokenError::Unclear);
    }
    // A life that cannot be read is one that is not told.
    let expires_at = answer.expires_in.and_then(|seconds| expiry(&seconds, now));
    Ok(AccessToken { value, expires_at })
}

fn expiry(seconds: &Seconds, now: Timestamp) -> Option<Timestamp> {
    let text = match seconds {
        Seconds::Number(number) => number.to_string(),
        Seconds::Text(text) => text.clone(),
    };
    // A fraction of a second does not matter.
    let whole = text.split('.').next().unwrap_or_default();
    let seconds: u32 = whole.trim().parse().ok()?;
    now.checked_add(SignedDuration::from_secs(seconds.into())).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn read(status: u16, body: &str) -> Result<(String, Option<i64>), TokenError> {
        read_answer(StatusCode::from_u16(status).unwrap(), body.as_bytes(), NOW)
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
            r#"{"access_token":"t","expires_in":[]}"#,
        ] {
            assert_eq!(read(200, body), Err(TokenError::Unclear), "{body}");
            assert_eq!(read(302, body), Err(TokenError::Unclear), "{body}");
        }
        assert_eq!(read(403, r#"{"access_token":"t"}"#), Err(TokenError::Unclear));
    }

    #[test]
    fn a_refusal_says_whether_the_client_or_the_request_is_wrong() {
        let error = |code: &str| format!(r#"{{"error":"{code}","error_description":"canary"}}"#);
        for status in [200, 400, 401, 403] {
            for code in ["invalid_client", "invalid_grant", "unauthorized_client"] {
                assert_eq!(read(status, &error(code)), Err(TokenError::Refused), "{code}");
            }
            for code in ["invalid_scope", "invalid_request", "unsupported_grant_type", "invalid_target"] {
                assert_eq!(read(status, &error(code)), Err(TokenError::Request(code)));
            }
            assert_eq!(read(status, &error("temporarily_unavailable")), Err(TokenError::Unavailable));
        }
        assert_eq!(read(401, &error("canary")), Err(TokenError::Refused));
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
