//! What a function gets for a request.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{START, Stack};

#[tokio::test]
async fn a_complicated_request_becomes_the_event_of_aws() {
    let stack = Stack::start().await;
    let token = stack.owner().sign().unwrap();
    let response = stack
        .http
        .request(Method::PATCH, stack.url("/v1/keys/key%20%C3%A4?p1=value1&p1=value2&p2=a%20b&empty="))
        .header("Authorization", format!("Bearer {token}"))
        .header("Content-Type", "application/json")
        .header("User-Agent", "a browser/1.0")
        .header("X-Many", "one")
        .header("X-Many", "two")
        .header("Cookie", "cookie1=a; cookie2=b")
        .header("X-Forwarded-For", "192.0.2.7")
        .body(r#"{"title":"Ä"}"#)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    let request_id = response.headers()["apigw-requestid"].to_str().unwrap().to_owned();
    assert!(request_id.len() == 16 && request_id.ends_with('='), "{request_id}");

    let (function, mut event) = stack.functions.only_event();
    assert_eq!(function, "update_key");
    let port = stack.origin.rsplit_once(':').unwrap().1;
    let trace = event["headers"]["x-amzn-trace-id"].take();
    assert!(trace.as_str().unwrap().starts_with("Root=1-69a81ec0-"), "{trace}");
    let claims = event["requestContext"]["authorizer"]["jwt"]["claims"].take();
    assert_eq!(
        event,
        json!({
            "version": "2.0",
            "routeKey": "PATCH /v1/keys/{key_id}",
            "rawPath": "/v1/keys/key ä",
            "rawQueryString": "p1=value1&p1=value2&p2=a%20b&empty=",
            "cookies": ["cookie1=a", "cookie2=b"],
            "headers": {
                "accept": "*/*",
                "authorization": format!("Bearer {token}"),
                "content-length": "14",
                "content-type": "application/json",
                "host": format!("127.0.0.1:{port}"),
                "user-agent": "a browser/1.0",
                "x-amzn-trace-id": null,
                "x-forwarded-for": "192.0.2.7, 127.0.0.1",
                "x-forwarded-port": port,
                "x-forwarded-proto": "http",
                "x-many": "one,two",
            },
            "queryStringParameters": { "p1": "value1,value2", "p2": "a b", "empty": "" },
            "pathParameters": { "key_id": "key ä" },
            "requestContext": {
                "accountId": "123456789012",
                "apiId": "local",
                "authorizer": { "jwt": { "claims": null, "scopes": ["keyward/keys:write"] } },
                "domainName": "127.0.0.1",
                "domainPrefix": "127",
                "http": {
                    "method": "PATCH",
                    "path": "/v1/keys/key ä",
                    "protocol": "HTTP/1.1",
                    "sourceIp": "127.0.0.1",
                    "userAgent": "a browser/1.0",
                },
                "requestId": request_id,
                "routeKey": "PATCH /v1/keys/{key_id}",
                "stage": "$default",
                "time": "04/Mar/2026:12:00:00 +0000",
                "timeEpoch": START * 1000,
            },
            "body": r#"{"title":"Ä"}"#,
            "isBase64Encoded": false,
        })
    );
    let claims = claims.as_object().unwrap();
    assert!(claims.values().all(Value::is_string), "{claims:?}");
    assert_eq!(claims["account"], "acme");
    assert_eq!(claims["exp"], (START + 900).to_string());
}

#[tokio::test]
async fn the_event_has_the_members_of_the_documented_one() {
    // "Payload format structure" in "Create AWS Lambda proxy integrations for HTTP APIs", without
    // `authentication` (mutual TLS only) and `stageVariables` (there are none).
    let stack = Stack::start().await;
    let token = stack.owner().sign().unwrap();
    let request = stack.http.patch(stack.url("/v1/keys/key_1?a=b"));
    let request = request.header("Cookie", "a=b").header("Content-Type", "text/plain").body("Hello");
    request.bearer_auth(token).send().await.unwrap();
    let (_, event) = stack.functions.only_event();
    let members = |value: &Value| {
        let mut names: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
        names.sort_unstable();
        names.join(" ")
    };
    assert_eq!(
        members(&event),
        "body cookies headers isBase64Encoded pathParameters queryStringParameters rawPath rawQueryString \
         requestContext routeKey version"
    );
    assert_eq!(
        members(&event["requestContext"]),
        "accountId apiId authorizer domainName domainPrefix http requestId routeKey stage time timeEpoch"
    );
    assert_eq!(members(&event["requestContext"]["http"]), "method path protocol sourceIp userAgent");
    assert_eq!(members(&event["requestContext"]["authorizer"]), "jwt");
    assert_eq!(members(&event["requestContext"]["authorizer"]["jwt"]), "claims scopes");
}

#[tokio::test]
async fn what_a_request_does_not_have_its_event_does_not_have() {
    let stack = Stack::start().await;
    stack.http.get(stack.url("/assets/panel.js")).send().await.unwrap();
    let (function, event) = stack.functions.only_event();
    assert_eq!(function, "get_panel");
    assert_eq!(event["routeKey"], "$default");
    assert_eq!(event["requestContext"]["routeKey"], "$default");
    assert_eq!((&event["rawPath"], &event["rawQueryString"]), (&json!("/assets/panel.js"), &json!("")));
    assert_eq!(event["headers"]["content-length"], "0");
    for member in ["body", "cookies", "pathParameters", "queryStringParameters", "stageVariables"] {
        assert_eq!(event.get(member), None, "{member}");
    }
    assert_eq!(event["requestContext"].get("authorizer"), None);
}

#[tokio::test]
async fn a_binary_body_is_base64() {
    let stack = Stack::start().await;
    let request = stack.http.post(stack.url("/v1/openapi.json"));
    let request = request.header("Content-Type", "application/octet-stream").body(vec![0, 255, 128, 10]);
    request.send().await.unwrap();
    let (_, event) = stack.functions.only_event();
    assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("AP+ACg=="), &json!(true)));
}

#[tokio::test]
async fn the_lambda_runtime_reads_the_event_as_the_request_that_was_sent() {
    use lambda_http::{Body, RequestExt as _};
    let stack = Stack::start().await;
    let token = stack.owner().sign().unwrap();
    let request = stack.http.patch(stack.url("/v1/keys/key_1?a=1&a=2&q=x%26y"));
    let request = request.header("Cookie", "a=b; c=d").header("Content-Type", "application/merge-patch+json");
    request.bearer_auth(token).body("{}").send().await.unwrap();
    let (_, event) = stack.functions.only_event();
    let read = lambda_http::request::from_str(&event.to_string()).unwrap();
    assert_eq!(read.method(), "PATCH");
    assert_eq!(read.uri().path(), "/v1/keys/key_1");
    assert_eq!(read.path_parameters().first("key_id"), Some("key_1"));
    let query = read.query_string_parameters();
    assert_eq!((query.all("a"), query.first("q")), (Some(vec!["1", "2"]), Some("x&y")));
    assert_eq!(read.headers()["cookie"], "a=b; c=d");
    assert!(matches!(read.body(), Body::Binary(bytes) if bytes == b"{}"));
    let authorizer = serde_json::to_value(read.request_context()).unwrap()["authorizer"].clone();
    assert_eq!(authorizer["jwt"]["claims"]["token_use"], "access");
}

#[tokio::test]
async fn the_most_specific_route_gets_the_request() {
    let stack = Stack::start().await;
    let token = stack.owner().sign().unwrap();
    for (method, path) in [
        (Method::GET, "/v1/keys"),
        (Method::GET, "/v1/keys/key_1"),
        (Method::GET, "/v1/keys/key%2F1"),
        (Method::DELETE, "/v1/keys/key_1"),
        (Method::GET, "/v1/keys/"),
    ] {
        stack.http.request(method, stack.url(path)).bearer_auth(&token).send().await.unwrap();
    }
    let events = stack.functions.events.lock().unwrap();
    let functions: Vec<_> = events.iter().map(|(function, _)| function.as_str()).collect();
    assert_eq!(functions, ["list_keys", "get_key", "get_panel", "get_panel", "get_panel"]);
}
