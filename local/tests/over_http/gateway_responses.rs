//! What the client gets for a function's answer.

use keyward_local::gateway::InvokeError;
use reqwest::Response;
use serde_json::{Value, json};

use crate::support::{Answer, Stack};

async fn answered(stack: &Stack, answer: Value) -> Response {
    stack.functions.set("get_openapi", Answer::Value(answer));
    stack.http.get(stack.url("/v1/openapi.json")).send().await.unwrap()
}

#[tokio::test]
async fn status_headers_cookies_and_body_reach_the_client() {
    let stack = Stack::start().await;
    let response = answered(
        &stack,
        json!({
            "statusCode": 201,
            "headers": { "Content-Type": "application/json", "ETag": "\"1\"", "X-Count": 3, "Content-Length": "7" },
            "multiValueHeaders": { "X-Ignored": ["a"] },
            "cookies": ["a=1; Secure", "b=2"],
            "body": "{\"key_id\":\"key_1\"}",
        }),
    )
    .await;
    assert_eq!(response.status(), 201);
    let headers = response.headers().clone();
    assert_eq!(
        (&headers["content-type"], &headers["etag"]),
        (&"application/json".parse().unwrap(), &"\"1\"".parse().unwrap())
    );
    assert_eq!((&headers["x-count"], headers.get("x-ignored")), (&"3".parse().unwrap(), None));
    let cookies: Vec<_> = headers.get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["a=1; Secure", "b=2"]);
    assert_eq!(response.text().await.unwrap(), "{\"key_id\":\"key_1\"}");
}

#[tokio::test]
async fn a_base64_body_is_decoded() {
    let stack = Stack::start().await;
    let answer = json!({
        "statusCode": 200,
        "headers": { "content-type": "font/woff2" },
        "body": "AP+ACg==",
        "isBase64Encoded": true,
    });
    let response = answered(&stack, answer).await;
    assert_eq!(response.headers()["content-type"], "font/woff2");
    assert_eq!(response.bytes().await.unwrap().as_ref(), [0, 255, 128, 10]);
}

#[tokio::test]
async fn an_answer_without_a_type_is_plain_text() {
    let stack = Stack::start().await;
    let response = answered(&stack, json!({ "statusCode": 200, "body": "hello" })).await;
    assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
}

#[tokio::test]
async fn an_answer_without_a_status_is_json() {
    let stack = Stack::start().await;
    for (answer, body) in [(json!({ "a": 1 }), "{\"a\":1}"), (json!("hello"), "hello"), (json!([1]), "[1]")] {
        let response = answered(&stack, answer).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(response.text().await.unwrap(), body);
    }
}

#[tokio::test]
async fn a_function_that_fails_is_an_internal_server_error() {
    let stack = Stack::start().await;
    for (answer, status, message) in [
        (Answer::Error(InvokeError::Failed), 500, "Internal Server Error"),
        (Answer::Error(InvokeError::Unknown), 500, "Internal Server Error"),
        (Answer::Panic, 500, "Internal Server Error"),
        (Answer::Value(json!({ "statusCode": "secret" })), 500, "Internal Server Error"),
        (Answer::Error(InvokeError::TimedOut), 503, "Service Unavailable"),
    ] {
        stack.functions.set("get_openapi", answer);
        let response = stack.http.get(stack.url("/v1/openapi.json")).send().await.unwrap();
        assert_eq!(response.status(), status);
        assert!(response.headers().contains_key("apigw-requestid"));
        assert_eq!(response.json::<Value>().await.unwrap(), json!({ "message": message }));
    }
}

#[tokio::test]
async fn a_head_request_gets_no_body() {
    let stack = Stack::start().await;
    let response = stack.http.head(stack.url("/")).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.bytes().await.unwrap().len(), 0);
}
