//! What a token endpoint's answer says beside the access token: the refresh token, the scopes, and who was connected.

use http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::{AccessToken, AnswerForm, TokenError};
use crate::{json_pointer::JsonPointer, secret::SecretText};

/// Where an answer has what belongs to a grant. RFC 6749 §5.1 has it at the top of the document.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GrantMembers {
    /// The refresh token.
    refresh_token: JsonPointer,
    /// The scopes that were granted.
    scope: JsonPointer,
}

impl Default for GrantMembers {
    /// As RFC 6749 §5.1 has it.
    fn default() -> Self {
        Self {
            refresh_token: JsonPointer::of_member("refresh_token"),
            scope: JsonPointer::of_member("scope"),
        }
    }
}

/// What was granted, or came of a refresh.
///
/// # Security
///
/// It holds tokens, so it has no `Debug`, `Clone` or `Serialize`.
pub struct Granted {
    /// The access token, and when it ends.
    pub access: AccessToken,
    /// The refresh token, where there is one.
    pub refresh: Option<SecretText>,
    /// The scopes as the server writes them, where it says so.
    pub scope: Option<String>,
    rest: Value,
}

impl Granted {
    /// A short text of the answer, such as the name of who was connected.
    #[must_use]
    pub fn text(&self, at: &JsonPointer) -> Option<String> {
        scalar(self.rest.pointer(at.as_str())?)
    }

    /// A claim of the ID token. It came over TLS from the token endpoint itself, so its signature need not be checked (OpenID Connect
    /// Core §3.1.3.7, 6).
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<String> {
        use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
        let token = self.rest.get("id_token")?.as_str()?;
        let payload = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
        scalar(serde_json::from_slice::<Value>(&payload).ok()?.get(name)?)
    }
}

/// The most characters of a name that is shown.
const LONGEST_NAME: usize = 200;

fn scalar(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    let fits =
        !text.is_empty() && text.chars().count() <= LONGEST_NAME && !text.chars().any(char::is_control);
    fits.then_some(text)
}

/// Why nothing was granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefusedGrant {
    /// The code or refresh token is not good, or not any more (RFC 6749 §5.2, `invalid_grant`).
    #[error("the grant is not good any more")]
    Grant,
    /// The client itself is refused, or may not do this.
    #[error("the client is refused")]
    Client,
    /// Another error that RFC 6749 §5.2 knows, by its code.
    #[error("the server refused the request as `{0}`")]
    Request(&'static str),
    /// The server says that it cannot answer now, so that it did nothing.
    #[error("the server cannot answer now")]
    Busy,
    /// What the server did is not known.
    #[error("it is not known what the server did")]
    Unknown,
}

/// The code of an error answer (RFC 6749 §5.2).
#[must_use]
pub fn error_code(body: &[u8]) -> Option<String> {
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    let answer: Value = serde_json::from_slice(body).ok()?;
    Some(answer.get("error")?.as_str()?.to_owned())
}

/// Reads the answer to a code or a refresh token, as of `now`.
///
/// # Errors
///
/// [`RefusedGrant`]: whether the server took the request is told apart from whether it answered.
pub fn read_granted(
    status: StatusCode,
    body: &[u8],
    form: Option<&AnswerForm>,
    members: &GrantMembers,
    now: Timestamp,
) -> Result<Granted, RefusedGrant> {
    let usual = AnswerForm::default();
    let access = match form.unwrap_or(&usual).read(status, body, now) {
        Ok(access) => access,
        Err(error) => return Err(refusal(status, body, error)),
    };
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    // It was read as a document a moment ago.
    let mut rest: Value = serde_json::from_slice(body).map_err(|_| RefusedGrant::Unknown)?;
    let take = |rest: &mut Value, at: &JsonPointer| match rest.pointer_mut(at.as_str()).map(Value::take) {
        Some(Value::String(text)) if !text.is_empty() => Some(text),
        Some(_) | None => None,
    };
    let refresh = take(&mut rest, &members.refresh_token).map(SecretText::from);
    let scope = take(&mut rest, &members.scope);
    Ok(Granted { access, refresh, scope, rest })
}

fn refusal(status: StatusCode, body: &[u8], error: TokenError) -> RefusedGrant {
    match (error, error_code(body).as_deref()) {
        (TokenError::Refused(_), Some("invalid_grant")) => RefusedGrant::Grant,
        (TokenError::Refused(_), _) => RefusedGrant::Client,
        (TokenError::Request(code), _) => RefusedGrant::Request(code),
        // These two say of themselves that nothing was done (RFC 9110 §15.6.4, RFC 6585 §4).
        (TokenError::Unavailable, _)
            if [StatusCode::SERVICE_UNAVAILABLE, StatusCode::TOO_MANY_REQUESTS].contains(&status) =>
        {
            RefusedGrant::Busy
        }
        (TokenError::Unavailable | TokenError::Unclear, _) => RefusedGrant::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: &str) -> Result<Granted, RefusedGrant> {
        let status = StatusCode::from_u16(status).unwrap();
        read_granted(status, body.as_bytes(), None, &GrantMembers::default(), Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_grant_is_read_with_its_refresh_token_and_scopes() {
        // RFC 6749 §4.1.4.
        let body = r#"{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"Bearer","expires_in":3600,
            "refresh_token":"tGzv3JOkF0XG5Qx2TlKWIA","scope":"a b","shop":{"id":7},"id_token":"e30.eyJzdWIiOiJhbm4ifQ.x"}"#;
        let granted = read(200, body).ok().unwrap();
        assert_eq!(granted.access.value().expose(), "2YotnFZFEjr1zCsicMWpAA");
        assert_eq!(granted.refresh.as_ref().unwrap().expose(), "tGzv3JOkF0XG5Qx2TlKWIA");
        assert_eq!(granted.scope.as_deref(), Some("a b"));
        assert_eq!(granted.text(&"/shop/id".parse().unwrap()).as_deref(), Some("7"));
        assert_eq!(granted.claim("sub").as_deref(), Some("ann"));
        // The tokens are not among what is shown.
        assert_eq!(granted.text(&"/refresh_token".parse().unwrap()), None);
    }

    #[test]
    fn a_refusal_is_told_apart_from_an_outage() {
        for (status, body, expected) in [
            (400, r#"{"error":"invalid_grant"}"#, RefusedGrant::Grant),
            (401, r#"{"error":"invalid_client"}"#, RefusedGrant::Client),
            (400, r#"{"error":"unauthorized_client"}"#, RefusedGrant::Client),
            (400, r#"{"error":"invalid_scope"}"#, RefusedGrant::Request("invalid_scope")),
            (503, "", RefusedGrant::Busy),
            (429, "", RefusedGrant::Busy),
            (500, r#"{"error":"server_error"}"#, RefusedGrant::Unknown),
            (502, "<html>", RefusedGrant::Unknown),
            (200, "<html>", RefusedGrant::Unknown),
            (302, "", RefusedGrant::Unknown),
        ] {
            assert_eq!(read(status, body).err(), Some(expected), "{status} {body}");
        }
    }
}
