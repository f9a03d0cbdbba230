//! The edge: from an API Gateway event to a handler's [`Request`], and from its [`Answer`] or [`Failure`] to the
//! gateway's response. It is small and total: every event gets a response, and every failure is logged here once.
//!
//! It reads the event itself instead of taking `lambda_http`'s `Request`, whose conversion panics on a body that
//! is not the base64 it claims to be and on a path that makes no URI.

pub mod answer;
pub mod code;
pub mod json;
pub mod member;
pub mod oauth;
pub mod problem;
pub mod request;
pub mod tokens;
pub mod use_view;

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use keyward_shared::{
    caller::{Caller, Operator},
    causes::causes,
    error::Error,
    permission::Permission,
    secret::SecretText,
};
use lambda_http::{
    Body,
    aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse},
    http::{HeaderMap, HeaderName, HeaderValue, header},
};
use tracing::Instrument;
use url::form_urlencoded;

pub use answer::Answer;
pub use code::Code;
pub use problem::Failure;
pub use request::{MAX_BODY_BYTES, MAX_KEY_BODY_BYTES, Request};
pub use tokens::{Recognition, Tokens};
pub use use_view::UseView;

use self::request::Bearer;
use crate::{entrance::Entrance, metrics::Metric};

/// A route, as far as the edge has to know it. The function table stands above the edge: its handlers are made of requests
/// and answers.
pub trait Served: 'static {
    /// How it is reached, and who may.
    fn entrance(&self) -> Entrance;
}

/// How much time a function has.
#[derive(Debug, Clone, Copy)]
pub struct Time {
    /// When it is stopped, whatever it is doing.
    pub until: Timestamp,
    /// How long its handler may take. What takes longer is given up, and answered with a 503.
    pub within: Duration,
}

/// Serves one event of a function, by the route that its route key names. A route key that is none of the function's is
/// refused.
///
/// # Security
///
/// Who is calling comes from the token in the event's `Authorization` header, which is checked here. What the event says of the
/// caller beside it, the gateway's `authorizer`, is not read: whoever may invoke the function can write any event.
pub async fn serve<R: Served, F>(
    function: &'static str,
    routes: &'static [R],
    recognition: Recognition<'_>,
    event: ApiGatewayV2httpRequest,
    time: Time,
    handler: impl FnOnce(&'static R, Request) -> F,
) -> ApiGatewayV2httpResponse
where
    F: Future<Output = Result<Answer, Failure>>,
{
    let request_id = event.request_context.request_id.clone().unwrap_or_default();
    let span = tracing::info_span!("request", function, request_id);
    async {
        let outcome = match read(function, routes, recognition, event, time.until) {
            Ok((route, request)) => tokio::time::timeout(time.within, handler(route, request))
                .await
                .unwrap_or(Err(Failure::Application(Error::Unavailable(None)))),
            Err(failure) => Err(failure),
        };
        match outcome {
            Ok(answer) => {
                tracing::info!(status = answer.status, "answered");
                respond(answer.status, answer.headers, answer.body)
            }
            Err(failure) => refuse(failure, &request_id),
        }
    }
    .instrument(span)
    .await
}

/// Turns a failure into its problem document, and logs it. What only the log may say is logged as `fault`.
fn refuse(failure: Failure, request_id: &str) -> ApiGatewayV2httpResponse {
    let code = failure.code().as_str();
    let fault = failure.fault().map(causes);
    count(failure.code());
    let problem = failure.problem(request_id);
    match fault {
        Some(fault) => tracing::error!(status = problem.status, code, fault, "failed"),
        None => tracing::info!(status = problem.status, code, "refused"),
    }
    // A problem is made of text and numbers: it always serialises.
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    let mut headers = problem.headers;
    headers.push(("content-type", problem::MEDIA_TYPE.to_owned()));
    respond(problem.status, headers, Some(body))
}

/// Counts what an alarm watches.
fn count(code: Code) {
    if code == Code::DoesNotOpen {
        Metric::DoesNotOpen.record(1);
    } else if code == Code::KeyUnreadable {
        Metric::UnreadableRows.record(1);
    }
}

fn read<R: Served>(
    function: &'static str,
    routes: &'static [R],
    recognition: Recognition<'_>,
    event: ApiGatewayV2httpRequest,
    until: Timestamp,
) -> Result<(&'static R, Request), Failure> {
    let key = event.route_key.as_deref().unwrap_or_default();
    let route = routes.iter().find(|route| route.entrance().is(key)).ok_or(Error::NotFound)?;
    let entrance = route.entrance();
    let bearer = match entrance.permission {
        None => Bearer::Anybody,
        Some(permission) => {
            let Recognition { tokens, panel, now } = recognition;
            let header =
                event.headers.get(&header::AUTHORIZATION).map(|value| value.to_str().unwrap_or_default());
            let claims = tokens.claims(header, now)?;
            if permission == Permission::AccountsOperate {
                Bearer::Operator(Operator::authorize(&claims, panel).map_err(Error::from)?)
            } else {
                let caller = Caller::authorize(&claims, panel, permission).map_err(Error::from)?;
                Bearer::Caller(caller.in_request(event.request_context.request_id))
            }
        }
    };
    let proof = match bearer {
        Bearer::Anybody => {
            let header = event.headers.get(&header::AUTHORIZATION);
            header.map(|value| SecretText::from(value.to_str().unwrap_or_default().to_owned()))
        }
        // It was the token, which is checked.
        Bearer::Caller(_) | Bearer::Operator(_) => None,
    };
    let body = match event.body {
        None => Vec::new(),
        Some(text) if event.is_base64_encoded => BASE64_STANDARD
            .decode(text)
            .map_err(|_| Failure::malformed("", "the body is not valid base64"))?,
        Some(text) => text.into_bytes(),
    };
    let query = event.raw_query_string.unwrap_or_default();
    let request = Request {
        function,
        entrance,
        method: event.request_context.http.method.to_string(),
        raw_path: event.raw_path.unwrap_or_default(),
        until,
        bearer,
        path_parameters: event.path_parameters.into_iter().collect(),
        query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        proof,
        address: event.request_context.http.source_ip.unwrap_or_default(),
        accept_encoding: text_header(&event.headers, &header::ACCEPT_ENCODING)?,
        if_match: text_header(&event.headers, &header::IF_MATCH)?,
        idempotency_key: text_header(&event.headers, &IDEMPOTENCY_KEY)?,
        cookies: event.cookies.unwrap_or_default(),
        body,
    };
    Ok((route, request))
}

/// What a caller names a request by that it may send again.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

fn text_header(headers: &HeaderMap, name: &HeaderName) -> Result<Option<String>, Failure> {
    let text = |value: &HeaderValue| value.to_str().map(ToOwned::to_owned);
    headers
        .get(name)
        .map(text)
        .transpose()
        .map_err(|_| Failure::malformed(name.as_str(), "must be visible ASCII"))
}

/// What every answer carries: it is never cached and never taken for another type than it says.
const ALWAYS: [(&str, &str); 3] = [
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
];

fn respond(
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Option<Vec<u8>>,
) -> ApiGatewayV2httpResponse {
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = i64::from(status);
    // A body that is not text is sent in base64.
    response.body = body.map(|body| match String::from_utf8(body) {
        Ok(text) => Body::Text(text),
        Err(bytes) => Body::Binary(bytes.into_bytes()),
    });
    response.is_base64_encoded = matches!(response.body, Some(Body::Binary(_)));
    for (name, value) in ALWAYS {
        response.headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    for (name, value) in headers {
        if name == answer::SET_COOKIE {
            // Payload format 2.0 has a list of its own for them.
            response.cookies.push(value);
        } else if let Ok(value) = HeaderValue::try_from(value) {
            response.headers.insert(HeaderName::from_static(name), value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use keyward_shared::{caller::PanelClient, permission::Permission};
    use serde_json::{Value, json};

    use super::{tokens::tests as samples, *};
    use crate::{method::Method, openapi::Operation, table::Route};

    /// Two routes of a function, each with a permission of its own.
    static TWO_ROUTES: [Route; 2] =
        [route(Method::Get, Permission::KeysRead), route(Method::Put, Permission::KeysWrite)];

    const fn route(method: Method, permission: Permission) -> Route {
        Route::new(
            method,
            "/v1/things/{thing_id}",
            permission,
            |_| Operation::new("Does nothing"),
            |_, _| Box::pin(async { Ok(Answer::no_content()) }),
        )
    }

    /// The status of a request with a token of one permission, and which route answered it.
    async fn ask(route_key: &str, permission: Permission) -> (i64, Option<String>) {
        let token = samples::token(permission.as_str());
        let response = serve_event(route_key, &json!({ "authorization": format!("Bearer {token}") })).await;
        let Some(Body::Text(body)) = response.body else { panic!("a body of text") };
        let body: Value = serde_json::from_str(&body).unwrap();
        (response.status_code, body.as_str().map(str::to_owned))
    }

    /// The response to an event with these headers, in which the gateway says that the caller may do everything.
    async fn serve_event(route_key: &str, headers: &Value) -> ApiGatewayV2httpResponse {
        let scopes: Vec<_> = Permission::ALL.into_iter().map(Permission::scope).collect();
        let event = json!({
            "version": "2.0", "routeKey": route_key, "rawPath": "/v1/things/1", "rawQueryString": "", "headers": headers,
            "requestContext": {
                "authorizer": { "jwt": { "scopes": null, "claims": {
                    "account": "globex", "client_id": "runtime", "sub": "runtime", "environment": "live",
                    "scope": scopes.join(" "), "token_use": "access",
                } } },
                "http": { "method": "GET", "path": "/v1/things/1" }, "requestId": "r", "timeEpoch": 0,
            },
            "isBase64Encoded": false,
        });
        let time = Time { until: Timestamp::MAX, within: Duration::from_secs(5) };
        let (tokens, panel) = (samples::tokens(), PanelClient::new("panel".to_owned()));
        let recognition = Recognition { tokens: &tokens, panel: &panel, now: samples::now() };
        let event = serde_json::from_value(event).unwrap();
        let handler = |_: &Route, request: Request| async move { Ok(Answer::ok(&request.entrance.key())) };
        serve("get_thing", &TWO_ROUTES, recognition, event, time, handler).await
    }

    #[tokio::test]
    async fn without_a_good_token_what_the_event_says_of_the_caller_is_worth_nothing() {
        let read = samples::token("keys:read");
        let invalid = |why: &str| format!(r#"Bearer error="invalid_token", error_description="{why}""#);
        for (headers, challenge) in [
            (json!({}), "Bearer".to_owned()),
            (json!({ "authorization": "" }), "Bearer".to_owned()),
            (json!({ "authorization": "Bearer <token>" }), invalid("the token is malformed")),
            (json!({ "authorization": format!("Bearer {read}A") }), invalid("the signature is invalid")),
            (json!({ "x-authorization": format!("Bearer {read}") }), "Bearer".to_owned()),
        ] {
            let response = serve_event("GET /v1/things/{thing_id}", &headers).await;
            assert_eq!(response.status_code, 401, "{headers}");
            assert_eq!(response.headers["www-authenticate"], challenge, "{headers}");
        }
    }

    #[tokio::test]
    async fn a_request_needs_the_permission_of_the_route_that_it_matched() {
        const GET: &str = "GET /v1/things/{thing_id}";
        const PUT: &str = "PUT /v1/things/{thing_id}";
        for (key, permission, status) in [
            (GET, Permission::KeysRead, 200),
            (GET, Permission::KeysWrite, 403),
            (PUT, Permission::KeysWrite, 200),
            (PUT, Permission::KeysRead, 403),
        ] {
            let answered = (status == 200).then(|| key.to_owned());
            assert_eq!(ask(key, permission).await, (status, answered), "{key} {permission:?}");
        }
    }

    #[tokio::test]
    async fn a_route_key_of_another_function_is_not_found() {
        for key in [
            "",
            "$default",
            "DELETE /v1/things/{thing_id}",
            "GET /v1/things",
            "get /v1/things/{thing_id}",
            "GET  /v1/things/{thing_id}",
        ] {
            assert_eq!(ask(key, Permission::KeysRead).await, (404, None), "{key}");
        }
    }
}
