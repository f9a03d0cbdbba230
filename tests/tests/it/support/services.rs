//! Functions on a stack's own tables and keys, by way of a proxy that counts calls to AWS and can let them fail.

use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use keyward_functions::{
    aws::clients::Connection,
    compose::{Services, SystemClock, compose},
    config::Config,
};
use keyward_local::{
    kms::{FINGERPRINT_KEY, WRAPPING_KEY},
    sign_in::PANEL_CLIENT,
    stack::{TABLE, VAULT, connection},
    upstreams::Upstreams,
};
use keyward_shared::{caller::PanelClient, permission::Permission, ports::Clock};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::Api;

/// What AWS was asked for, such as `Decrypt`, and what fails from here on.
#[derive(Default)]
struct Calls {
    made: Mutex<Vec<String>>,
    failing: Mutex<Vec<&'static str>>,
}

/// The functions, composed as in production.
pub(crate) struct Functions {
    services: Arc<Services>,
    calls: Arc<Calls>,
}

impl Functions {
    pub(crate) async fn of(api: &Api, upstreams: Upstreams) -> Self {
        let calls = Arc::new(Calls::default());
        let behind = connection(api.stack().embedded());
        let connection = Connection {
            dynamodb_url: Some(proxy(behind.dynamodb_url.clone().expect("an address"), &calls).await),
            kms_url: Some(proxy(behind.kms_url.clone().expect("an address"), &calls).await),
            ..behind
        };
        let config = Config {
            connection,
            table: TABLE.to_owned(),
            vault: VAULT.to_owned(),
            wrapping_key: WRAPPING_KEY.to_owned(),
            fingerprint_key: FINGERPRINT_KEY.to_owned(),
            panel: PanelClient::new(PANEL_CLIENT.to_owned()),
        };
        Self { services: Arc::new(Services::new(config, SystemClock, upstreams.outside())), calls }
    }

    /// What the functions are composed from.
    pub(crate) const fn services(&self) -> &Arc<Services> {
        &self.services
    }

    /// The function's answer to a live machine client that has the permission: status, and body.
    pub(crate) async fn call(&self, name: &str, key: &str, body: &Value) -> (u64, Value) {
        self.call_within(name, key, body, None, 25).await
    }

    /// The same for a request that may be sent again under a name, to a function that is stopped after so many seconds.
    pub(crate) async fn call_within(
        &self,
        name: &str,
        key: &str,
        body: &Value,
        named: Option<&str>,
        seconds_left: i64,
    ) -> (u64, Value) {
        let needed = keyward_functions::routes::route(name).and_then(|route| route.permission);
        let mut event = event(key, needed.expect("a permission"), body);
        if let Some(named) = named {
            event["headers"]["idempotency-key"] = json!(named);
        }
        let event = serde_json::from_value(event);
        let function = compose(name, &self.services).expect("a function");
        let until = SystemClock.now() + jiff::SignedDuration::from_secs(seconds_left);
        let answer =
            serde_json::to_value(function(event.expect("an event"), until).await).expect("an answer");
        let body = answer["body"].as_str().and_then(|body| serde_json::from_str(body).ok());
        (answer["statusCode"].as_u64().expect("a status"), body.unwrap_or_default())
    }

    /// What AWS was asked for since this was asked last.
    pub(crate) fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.calls.made.lock().unwrap())
    }

    /// Lets calls of an operation fail from here on, as AWS does when it is overloaded.
    pub(crate) fn fail(&self, operation: Option<&'static str>) {
        *self.calls.failing.lock().unwrap() = operation.into_iter().collect();
    }

    /// And calls of another operation too.
    pub(crate) fn also_fail(&self, operation: &'static str) {
        self.calls.failing.lock().unwrap().push(operation);
    }
}

fn event(key: &str, permission: Permission, body: &Value) -> Value {
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/",
        "rawQueryString": "",
        "headers": { "content-type": "application/json" },
        "requestContext": {
            "authorizer": { "jwt": { "claims": {
                "account": "acme", "client_id": "runtime", "sub": "runtime", "environment": "live",
                "scope": permission.scope(), "token_use": "access",
            }, "scopes": null } },
            "http": { "method": "POST", "path": "/", "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7" },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": "$default",
            "stage": "$default",
            "timeEpoch": 1_795_341_600_000_u64,
        },
        "pathParameters": { "key_id": key },
        "body": if body.is_null() { Value::Null } else { json!(body.to_string()) },
        "isBase64Encoded": false,
    })
}

/// Starts a proxy in front of a service, and tells its address.
async fn proxy(behind: String, calls: &Arc<Calls>) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let state = (behind, Arc::clone(calls), reqwest::Client::new());
    let router = Router::new().fallback(pass_on).with_state(state);
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

async fn pass_on(
    State((behind, calls, http)): State<(String, Arc<Calls>, reqwest::Client)>,
    mut headers: HeaderMap,
    body: Bytes,
) -> Response {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
    calls.made.lock().unwrap().push(operation.clone());
    if calls.failing.lock().unwrap().contains(&operation.as_str()) {
        let error = json!({ "__type": "ThrottlingException", "message": "canary" }).to_string();
        return (StatusCode::BAD_REQUEST, error).into_response();
    }
    headers.remove("host");
    let answer = http.post(behind).headers(headers).body(body).send().await.expect("an answer");
    let (status, headers) = (answer.status(), answer.headers().clone());
    (status, headers, answer.bytes().await.expect("a body")).into_response()
}
