//! The event that a function gets for a request: payload format 2.0 of an HTTP API.
//!
//! Field by field as in "Create AWS Lambda proxy integrations for HTTP APIs" of the API Gateway developer guide.
//! Where the guide is silent, the comments say what the real service was seen to do.

use std::net::IpAddr;

use axum::http::{HeaderMap, header, request::Parts};
use jiff::{Timestamp, tz::TimeZone};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::{authorizer::Authorized, body::EventBody, route::Matched};

/// The account that the event names; AWS's own examples use it.
const ACCOUNT_ID: &str = "123456789012";
/// The API that the event names.
const API_ID: &str = "local";
/// The only stage. Its name is not part of the path.
const STAGE: &str = "$default";

/// The parts of an event.
pub(super) struct EventSource<'a> {
    pub(super) parts: &'a Parts,
    pub(super) path: &'a str,
    pub(super) body: EventBody,
    pub(super) matched: &'a Matched<'a>,
    pub(super) authorized: Option<Authorized>,
    pub(super) request_id: &'a str,
    pub(super) trace_id: &'a str,
    pub(super) source: IpAddr,
    pub(super) now: Timestamp,
}

/// The request's path as HTTP APIs show it: percent-decoded, also in `rawPath`, and cut at a decoded `?`.
///
/// That is a quirk of the service (seen in captures of several projects: honojs/hono#2156,
/// fastify/aws-lambda-fastify#169, middleapi/standard-server#93; facts only). Routes are matched on the decoded
/// path too, so a value with an encoded slash does not fit a parameter. `None` if it decodes to no UTF-8.
pub(super) fn decoded_path(path: &str) -> Option<String> {
    let decoded = percent_decode_str(path).decode_utf8().ok()?;
    let end = decoded.find('?').unwrap_or(decoded.len());
    decoded.get(..end).map(str::to_owned)
}

/// Builds the event.
pub(super) fn event(source: EventSource<'_>) -> Value {
    let headers = &source.parts.headers;
    let mut event = Map::new();
    event.insert("version".to_owned(), json!("2.0"));
    event.insert("routeKey".to_owned(), json!(source.matched.route_key));
    event.insert("rawPath".to_owned(), json!(source.path));
    event.insert("rawQueryString".to_owned(), json!(source.parts.uri.query().unwrap_or_default()));
    event.insert("headers".to_owned(), Value::Object(headers_of(&source)));
    event.insert("isBase64Encoded".to_owned(), json!(source.body.is_base64_encoded));
    // AWS leaves these out where there is nothing to show; it does not send null or an empty object.
    let cookies = cookies(headers);
    if !cookies.is_empty() {
        event.insert("cookies".to_owned(), json!(cookies));
    }
    let query = query_parameters(source.parts.uri.query().unwrap_or_default());
    if !query.is_empty() {
        event.insert("queryStringParameters".to_owned(), Value::Object(query));
    }
    if !source.matched.path_parameters.is_empty() {
        let parameters = source.matched.path_parameters.iter();
        let parameters = parameters.map(|(name, value)| (name.clone(), json!(value))).collect();
        event.insert("pathParameters".to_owned(), Value::Object(parameters));
    }
    event.insert("requestContext".to_owned(), request_context(&source));
    if let Some(body) = source.body.body {
        event.insert("body".to_owned(), Value::String(body));
    }
    Value::Object(event)
}

fn request_context(source: &EventSource<'_>) -> Value {
    let parts = source.parts;
    let host = text(parts.headers.get(header::HOST));
    let domain = host.rsplit_once(':').map_or(host.as_str(), |(name, _port)| name);
    let mut context = json!({
        "accountId": ACCOUNT_ID,
        "apiId": API_ID,
        "domainName": domain,
        "domainPrefix": domain.split('.').next().unwrap_or_default(),
        "http": {
            "method": parts.method.as_str(),
            "path": source.path,
            "protocol": format!("{:?}", parts.version),
            "sourceIp": source.source.to_string(),
            "userAgent": text(parts.headers.get(header::USER_AGENT)),
        },
        "requestId": source.request_id,
        "routeKey": source.matched.route_key,
        "stage": STAGE,
        "time": common_log_time(source.now),
        "timeEpoch": source.now.as_millisecond(),
    });
    if let (Some(authorized), Some(context)) = (&source.authorized, context.as_object_mut()) {
        let jwt = json!({ "claims": authorized.claims, "scopes": authorized.scopes });
        context.insert("authorizer".to_owned(), json!({ "jwt": jwt }));
    }
    context
}

/// `12/Mar/2020:19:03:58 +0000`: the common log format's time.
fn common_log_time(now: Timestamp) -> String {
    now.to_zoned(TimeZone::UTC).strftime("%d/%b/%Y:%H:%M:%S %z").to_string()
}

/// Lower-cased names, repeated ones joined with a comma, no cookies (they have a field of their own), and what
/// API Gateway adds.
fn headers_of(source: &EventSource<'_>) -> Map<String, Value> {
    let headers = &source.parts.headers;
    let mut shown: Map<String, Value> = headers
        .keys()
        .filter(|name| **name != header::COOKIE)
        .map(|name| (name.as_str().to_owned(), json!(joined(headers, name.as_str(), ","))))
        .collect();
    shown.entry("content-length").or_insert_with(|| json!("0"));
    let client = source.source.to_string();
    let forwarded = joined(headers, "x-forwarded-for", ",");
    let forwarded = if forwarded.is_empty() { client } else { format!("{forwarded}, {client}") };
    shown.insert("x-forwarded-for".to_owned(), json!(forwarded));
    let port = text(headers.get(header::HOST));
    let port = port.rsplit_once(':').map_or("80", |(_name, port)| port);
    shown.insert("x-forwarded-port".to_owned(), json!(port));
    shown.insert("x-forwarded-proto".to_owned(), json!("http"));
    shown.entry("x-amzn-trace-id").or_insert_with(|| json!(source.trace_id));
    shown
}

fn joined(headers: &HeaderMap, name: &str, separator: &str) -> String {
    let values: Vec<_> = headers.get_all(name).iter().map(|value| text(Some(value))).collect();
    values.join(separator)
}

fn text(value: Option<&axum::http::HeaderValue>) -> String {
    value.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).unwrap_or_default()
}

/// Each cookie as `name=value`, from all `Cookie` headers.
fn cookies(headers: &HeaderMap) -> Vec<String> {
    joined(headers, "cookie", ";")
        .split(';')
        .map(str::trim)
        .filter(|cookie| !cookie.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Decoded, repeated ones joined with a comma.
fn query_parameters(query: &str) -> Map<String, Value> {
    let mut parameters = Map::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let joined = match parameters.get(name.as_ref()).and_then(Value::as_str) {
            Some(before) => format!("{before},{value}"),
            None => value.into_owned(),
        };
        parameters.insert(name.into_owned(), Value::String(joined));
    }
    parameters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_decoded_and_cut_at_a_decoded_question_mark() {
        for (raw, expected) in [
            ("/v1/keys", Some("/v1/keys")),
            ("/a%20b/%C3%A4", Some("/a b/ä")),
            ("/a%2Fb", Some("/a/b")),
            ("/a%3Fb=c", Some("/a")),
            ("/a%23b", Some("/a#b")),
            ("/%FF", None),
        ] {
            assert_eq!(decoded_path(raw).as_deref(), expected, "{raw}");
        }
    }

    #[test]
    fn repeated_query_parameters_are_joined() {
        let parameters = query_parameters("p1=value1&p1=value2&p2=a%20b&p3&p4=1+1");
        assert_eq!(
            Value::Object(parameters),
            json!({ "p1": "value1,value2", "p2": "a b", "p3": "", "p4": "1 1" })
        );
    }

    #[test]
    fn the_time_is_in_the_common_log_format() {
        // The pair of values in AWS's example event.
        let now = Timestamp::from_millisecond(1_583_348_638_390).unwrap();
        assert_eq!(common_log_time(now), "04/Mar/2020:19:03:58 +0000");
    }
}
