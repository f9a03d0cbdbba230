//! The edge: from an API Gateway event to a handler's [`Request`], and from its [`Answer`] or [`Failure`] to the
//! gateway's response. It is small and total: every event gets a response, and every failure is logged here once.
//!
//! It reads the event itself instead of taking `lambda_http`'s `Request`, whose conversion panics on a body that
//! is not the base64 it claims to be and on a path that makes no URI.

pub mod answer;
pub mod json;
pub mod member;
pub mod problem;
pub mod request;
pub mod use_view;

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use keyward_shared::{
    caller::{Caller, Claims, Operator, PanelClient},
    error::Error,
    permission::Permission,
};
use lambda_http::{
    Body,
    aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse},
    http::{HeaderMap, HeaderName, HeaderValue, header},
};
use tracing::Instrument;
use url::form_urlencoded;

pub use answer::Answer;
pub use problem::Failure;
pub use request::{MAX_BODY_BYTES, Request};
pub use use_view::UseView;

use self::request::Bearer;
use crate::table::{Function, Route};

/// How much time a function has.
#[derive(Debug, Clone, Copy)]
pub struct Time {
    /// When it is stopped, whatever it is doing.
    pub until: Timestamp,
    /// How long its handler may take. What takes longer is given up, and answered with a 503.
    pub within: Duration,
}

/// Serves one event of a function.
pub async fn serve<F>(
    function: &'static Function,
    panel: &PanelClient,
    event: ApiGatewayV2httpRequest,
    time: Time,
    handler: impl FnOnce(&'static Route, Request) -> F,
) -> ApiGatewayV2httpResponse
where
    F: Future<Output = Result<Answer, Failure>>,
{
    let request_id = event.request_context.request_id.clone().unwrap_or_default();
    let span = tracing::info_span!("request", function = function.name.as_str(), request_id);
    async {
        let outcome = match read(function, panel, event, time.until) {
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
    let code = failure.code();
    let fault = failure.fault().map(chain);
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

fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

fn read(
    function: &'static Function,
    panel: &PanelClient,
    event: ApiGatewayV2httpRequest,
    until: Timestamp,
) -> Result<(&'static Route, Request), Failure> {
    let route = function.routes().first().ok_or(Error::NotFound)?;
    let bearer = match route.permission {
        None => Bearer::Anybody,
        Some(permission) => {
            let jwt = event.request_context.authorizer.and_then(|authorizer| authorizer.jwt);
            let jwt = jwt.ok_or(Failure::NotSignedIn)?;
            let claims = Claims { values: jwt.claims.into_iter().collect() };
            if permission == Permission::AccountsOperate {
                Bearer::Operator(Operator::authorize(&claims, panel).map_err(Error::from)?)
            } else {
                Bearer::Caller(Caller::authorize(&claims, panel, permission).map_err(Error::from)?)
            }
        }
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
        function: function.name,
        route_key: event.route_key.unwrap_or_default(),
        until,
        bearer,
        path_parameters: event.path_parameters.into_iter().collect(),
        query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        accept_encoding: text_header(&event.headers, &header::ACCEPT_ENCODING)?,
        if_match: text_header(&event.headers, &header::IF_MATCH)?,
        idempotency_key: text_header(&event.headers, &IDEMPOTENCY_KEY)?,
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
    // What is no text travels in base64.
    response.body = body.map(|body| match String::from_utf8(body) {
        Ok(text) => Body::Text(text),
        Err(bytes) => Body::Binary(bytes.into_bytes()),
    });
    response.is_base64_encoded = matches!(response.body, Some(Body::Binary(_)));
    for (name, value) in ALWAYS {
        response.headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers.insert(HeaderName::from_static(name), value);
        }
    }
    response
}
