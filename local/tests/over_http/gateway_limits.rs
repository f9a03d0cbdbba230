//! What the gateway refuses before any function: sizes, hosts, addresses.

use keyward_local::gateway::{BindError, LoopbackListener, MAX_HEADER_BYTES};
use reqwest::Response;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::support::Stack;

async fn assert_message(stack: &Stack, response: Response, status: u16, message: &str) {
    assert_eq!(response.status(), status);
    assert!(response.headers().contains_key("apigw-requestid"));
    assert_eq!(response.json::<Value>().await.unwrap(), json!({ "message": message }));
    assert!(stack.functions.events.lock().unwrap().is_empty());
}

#[tokio::test]
async fn headers_over_the_limit_are_refused() {
    let stack = Stack::start().await;
    let host = stack.origin.strip_prefix("http://").unwrap().len();
    let line = "GET /v1/openapi.json HTTP/1.1".len();
    // What reqwest sends besides: `accept: */*` and the host.
    let fitting = MAX_HEADER_BYTES - line - host - "*/*".len();
    let get = |length: usize| {
        stack.http.get(stack.url("/v1/openapi.json")).header("x-long", "a".repeat(length)).send()
    };
    assert_message(&stack, get(fitting + 1).await.unwrap(), 431, "Request Header Fields Too Large").await;
    assert_eq!(get(fitting).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_body_over_ten_megabytes_is_refused() {
    let stack = Stack::start().await;
    let body = vec![b'a'; 10 * 1024 * 1024 + 1];
    let request =
        stack.http.post(stack.url("/v1/openapi.json")).header("Content-Type", "text/plain").body(body);
    assert_message(&stack, request.send().await.unwrap(), 413, "Request Entity Too Large").await;
}

#[tokio::test]
async fn an_event_that_lambda_would_not_take_is_refused() {
    let stack = Stack::start().await;
    let post = |length: usize| {
        let request = stack.http.post(stack.url("/v1/openapi.json"));
        request.header("Content-Type", "application/octet-stream").body(vec![0; length]).send()
    };
    // Base64 makes 5 MiB more than 6 MiB, and 4 MiB less.
    let response = post(5 * 1024 * 1024).await.unwrap();
    assert_message(&stack, response, 413, "Request Entity Too Large").await;
    assert_eq!(post(4 * 1024 * 1024).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_path_that_is_no_text_is_refused() {
    let stack = Stack::start().await;
    let response = stack.http.get(stack.url("/v1/%FF")).send().await.unwrap();
    assert_message(&stack, response, 400, "Bad Request").await;
}

/// Sends bytes as they are and gives back the first line of the answer.
async fn first_line(stack: &Stack, request: &str) -> String {
    let mut stream = TcpStream::connect(stack.origin.strip_prefix("http://").unwrap()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.lines().next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_foreign_host_reaches_neither_functions_nor_sign_in() {
    let stack = Stack::start().await;
    let (own, port) = (&stack.origin[7..], stack.origin.rsplit_once(':').unwrap().1);
    for path in ["/", "/v1/openapi.json", "/.well-known/jwks.json", "/oauth2/authorize", "/sign-in/style.css"]
    {
        for host in ["evil.example", &format!("evil.example:{port}"), "localhost", "127.0.0.1", "[::1]", ""] {
            let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
            assert_eq!(
                first_line(&stack, &request).await,
                "HTTP/1.1 421 Misdirected Request",
                "{path} {host}"
            );
        }
    }
    let twice = format!("GET / HTTP/1.1\r\nHost: {own}\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    assert_eq!(first_line(&stack, &twice).await, "HTTP/1.1 421 Misdirected Request");
    let none = "GET / HTTP/1.0\r\n\r\n";
    assert_eq!(first_line(&stack, none).await, "HTTP/1.0 421 Misdirected Request");
    let absolute = format!("GET http://evil.example/ HTTP/1.1\r\nHost: {own}\r\nConnection: close\r\n\r\n");
    assert_eq!(first_line(&stack, &absolute).await, "HTTP/1.1 421 Misdirected Request");
    assert!(stack.functions.events.lock().unwrap().is_empty());

    let named = format!("GET / HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n");
    assert_eq!(first_line(&stack, &named).await, "HTTP/1.1 200 OK");
}

#[tokio::test]
async fn other_machines_cannot_be_let_in() {
    for address in ["0.0.0.0:0", "[::]:0"] {
        let error = LoopbackListener::bind(address.parse().unwrap()).await.unwrap_err();
        assert!(matches!(error, BindError::NotLoopback(_)), "{error}");
    }
}
