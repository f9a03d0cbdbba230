//! How a request's body stands in the event: as text, or as base64.

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, header},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http_body_util::BodyExt as _;

/// The largest body that API Gateway takes, in bytes ("Quotas for configuring and running an HTTP API":
/// payload size 10 MB).
pub(super) const MAX_BODY_BYTES: usize = 10 * 1024 * 1024;

/// How much of a body that is too large is still read, in bytes, so that the client gets to see the answer.
const MAX_DISCARDED_BYTES: usize = 64 * 1024 * 1024;

/// Why a body could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyError {
    /// It is over [`MAX_BODY_BYTES`].
    TooLarge,
    /// The connection ended before it.
    BrokenOff,
}

/// Reads the whole body.
pub(super) async fn read(mut body: Body) -> Result<Bytes, BodyError> {
    let mut collected = Vec::new();
    let mut length = 0_usize;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| BodyError::BrokenOff)?.into_data() else {
            continue;
        };
        length = length.saturating_add(data.len());
        if length <= MAX_BODY_BYTES {
            collected.extend_from_slice(&data);
        } else if length > MAX_DISCARDED_BYTES {
            break;
        }
    }
    if length > MAX_BODY_BYTES { Err(BodyError::TooLarge) } else { Ok(collected.into()) }
}

/// A body as the event carries it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct EventBody {
    /// The text, or the base64; absent if there is no body.
    pub(super) body: Option<String>,
    /// Which of the two it is.
    pub(super) is_base64_encoded: bool,
}

impl EventBody {
    /// Text stays text where the content type says that it is; everything else becomes base64.
    pub(super) fn new(headers: &HeaderMap, bytes: Bytes) -> Self {
        if bytes.is_empty() {
            return Self { body: None, is_base64_encoded: false };
        }
        let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let encode = |bytes: &[u8]| Self { body: Some(STANDARD.encode(bytes)), is_base64_encoded: true };
        if !content_type.is_some_and(is_text) {
            return encode(&bytes);
        }
        match String::from_utf8(bytes.into()) {
            Ok(text) => Self { body: Some(text), is_base64_encoded: false },
            Err(error) => encode(error.as_bytes()),
        }
    }
}

/// Whether API Gateway hands a body of this type on as text.
///
/// AWS's documents only say that binary bodies are base64. The list is what others have measured against the real
/// service (reported in ministackorg/ministack#766 and floci-io/floci#2172, facts only): `text/*`,
/// `application/json`, `application/javascript` and `application/xml` are text, while a form
/// (`application/x-www-form-urlencoded`), a type with a suffix such as `application/merge-patch+json`, and a
/// missing type are not; nor is any charset other than UTF-8.
fn is_text(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(|part| part.trim().to_ascii_lowercase());
    let essence = parts.next().unwrap_or_default();
    let textual = essence.starts_with("text/")
        || ["application/json", "application/javascript", "application/xml"].contains(&essence.as_str());
    textual
        && parts.all(|parameter| {
            let charset = parameter.strip_prefix("charset=");
            charset.is_none_or(|charset| charset.trim_matches('"') == "utf-8")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(content_type: Option<&str>, bytes: &'static [u8]) -> EventBody {
        let mut headers = HeaderMap::new();
        if let Some(content_type) = content_type {
            headers.insert(header::CONTENT_TYPE, content_type.parse().unwrap());
        }
        EventBody::new(&headers, Bytes::from_static(bytes))
    }

    #[test]
    fn a_textual_type_stays_text() {
        for content_type in [
            "text/plain",
            "text/csv",
            "application/json",
            "Application/JSON; charset=UTF-8",
            "application/xml",
            "application/javascript",
        ] {
            let expected = EventBody { body: Some("{}".to_owned()), is_base64_encoded: false };
            assert_eq!(body(Some(content_type), b"{}"), expected, "{content_type}");
        }
    }

    #[test]
    fn every_other_type_becomes_base64() {
        for content_type in [
            None,
            Some("application/octet-stream"),
            Some("application/x-www-form-urlencoded"),
            Some("application/merge-patch+json"),
            Some("application/problem+json"),
            Some("image/svg+xml"),
            Some("text/plain; charset=iso-8859-1"),
        ] {
            let expected = EventBody { body: Some("e30=".to_owned()), is_base64_encoded: true };
            assert_eq!(body(content_type, b"{}"), expected, "{content_type:?}");
        }
    }

    #[test]
    fn text_that_is_no_utf_8_becomes_base64() {
        let expected = EventBody { body: Some("/w==".to_owned()), is_base64_encoded: true };
        assert_eq!(body(Some("text/plain"), b"\xff"), expected);
    }

    #[test]
    fn an_empty_body_is_absent() {
        let expected = EventBody { body: None, is_base64_encoded: false };
        assert_eq!(body(Some("application/octet-stream"), b""), expected);
    }
}
