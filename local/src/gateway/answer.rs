//! Turns a function's answer into the response that the client gets: payload format 2.0.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};

/// The largest answer of a function, in bytes ("Lambda quotas": invocation payload 6 MB, synchronous).
const MAX_ANSWER_BYTES: usize = 6 * 1024 * 1024;

/// Headers that belong to the connection, which is the gateway's, not the function's.
const CONNECTION_HEADERS: [HeaderName; 5] = [
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    HeaderName::from_static("keep-alive"),
];

/// The function's answer is not a response. The error does not contain the answer, which may hold
/// anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the function's answer is no response of format 2.0")]
pub(super) struct NoResponse;

/// Reads the function's answer. Without a `statusCode` the whole of it is the body, with status 200 and type
/// JSON; `multiValueHeaders`, which format 2.0 does not have, is ignored like every other unknown member.
pub(super) fn response(answer: Value) -> Result<Response<Body>, NoResponse> {
    let body = match answer {
        Value::Object(members) if members.contains_key("statusCode") => return explicit(members),
        Value::String(text) => text,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            answer.to_string()
        }
    };
    let json = HeaderValue::from_static("application/json");
    respond(StatusCode::OK, HeaderMap::from_iter([(header::CONTENT_TYPE, json)]), body.into_bytes())
}

fn explicit(members: Map<String, Value>) -> Result<Response<Body>, NoResponse> {
    let status = members.get("statusCode").and_then(Value::as_u64).ok_or(NoResponse)?;
    let status = u16::try_from(status).map_err(|_| NoResponse)?;
    let status = StatusCode::from_u16(status).map_err(|_| NoResponse)?;
    let mut headers = headers(members.get("headers"))?;
    headers.entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static("text/plain; charset=utf-8"));
    for cookie in list(members.get("cookies"))? {
        let cookie = cookie.as_str().ok_or(NoResponse)?;
        headers.append(header::SET_COOKIE, HeaderValue::from_str(cookie).map_err(|_| NoResponse)?);
    }
    let body = match members.get("body") {
        None | Some(Value::Null) => "",
        Some(Value::String(text)) => text,
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            return Err(NoResponse);
        }
    };
    let body = match members.get("isBase64Encoded") {
        None | Some(Value::Null | Value::Bool(false)) => body.as_bytes().to_vec(),
        Some(Value::Bool(true)) => STANDARD.decode(body).map_err(|_| NoResponse)?,
        Some(Value::String(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            return Err(NoResponse);
        }
    };
    respond(status, headers, body)
}

fn headers(member: Option<&Value>) -> Result<HeaderMap, NoResponse> {
    let mut headers = HeaderMap::new();
    let members = match member {
        None | Some(Value::Null) => return Ok(headers),
        Some(Value::Object(members)) => members,
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
            return Err(NoResponse);
        }
    };
    for (name, value) in members {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| NoResponse)?;
        let value = match value {
            Value::String(text) => HeaderValue::from_str(text),
            Value::Bool(_) | Value::Number(_) => HeaderValue::from_str(&value.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => return Err(NoResponse),
        };
        if !CONNECTION_HEADERS.contains(&name) {
            headers.append(name, value.map_err(|_| NoResponse)?);
        }
    }
    Ok(headers)
}

fn list(member: Option<&Value>) -> Result<&[Value], NoResponse> {
    match member {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(values)) => Ok(values),
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => Err(NoResponse),
    }
}

fn respond(status: StatusCode, headers: HeaderMap, body: Vec<u8>) -> Result<Response<Body>, NoResponse> {
    if body.len() > MAX_ANSWER_BYTES {
        return Err(NoResponse);
    }
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_without_a_status_is_the_body() {
        for (answer, type_) in [(json!({"a": 1}), "application/json"), (json!("Hello"), "application/json")] {
            let response = response(answer).unwrap();
            assert_eq!(
                (response.status(), &response.headers()["content-type"]),
                (StatusCode::OK, &HeaderValue::from_static(type_))
            );
        }
    }

    #[test]
    fn an_answer_that_is_no_response_is_refused() {
        for answer in [
            json!({"statusCode": "two hundred"}),
            json!({"statusCode": 99}),
            json!({"statusCode": 200, "body": {"a": 1}}),
            json!({"statusCode": 200, "headers": {"a b": "c"}}),
            json!({"statusCode": 200, "headers": {"a": ["b"]}}),
            json!({"statusCode": 200, "headers": {"a": "b\r\nc: d"}}),
            json!({"statusCode": 200, "headers": "a"}),
            json!({"statusCode": 200, "cookies": "a=b"}),
            json!({"statusCode": 200, "cookies": [1]}),
            json!({"statusCode": 200, "body": "%%%", "isBase64Encoded": true}),
            json!({"statusCode": 200, "body": "e30=", "isBase64Encoded": "yes"}),
        ] {
            assert!(response(answer.clone()).is_err(), "{answer}");
        }
    }

    #[test]
    fn an_answer_over_six_megabytes_is_refused() {
        assert!(response(json!({"statusCode": 200, "body": "a".repeat(MAX_ANSWER_BYTES)})).is_ok());
        assert!(response(json!({"statusCode": 200, "body": "a".repeat(MAX_ANSWER_BYTES + 1)})).is_err());
    }
}
