//! `GET /`, `GET /config.json`, `GET /favicon.svg` and `GET /assets/{file}`.

use keyward_tests::runtime_api::RuntimeApi;
use reqwest::{Method, header::HeaderMap};
use serde_json::{Value, json};

use super::{Answers, Asking, Case, no_body, no_misuse};
use crate::support::{
    Answer, Api, PANEL_ASSET, Who,
    asked::Asked,
    panel,
    processes::{binaries, invoke, start},
    services::Functions,
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(200),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::OfNobody,
        deeds: &[],
    }
}

fn file(name: &str) -> Vec<u8> {
    std::fs::read(panel().join(name)).unwrap()
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).map_or("", |value| value.to_str().unwrap())
}

async fn with_codings(api: &Api, path: &str, codings: &str) -> (HeaderMap, Vec<u8>) {
    let url = format!("{}{path}", api.stack().origin());
    let answer = reqwest::Client::new().get(url).header("accept-encoding", codings).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    (answer.headers().clone(), answer.bytes().await.unwrap().to_vec())
}

async fn nobody_gets(api: &Api, path: &str) -> Answer {
    api.get(Who::Nobody, path).await
}

#[tokio::test]
async fn the_document_comes_without_a_token_and_is_never_kept() {
    let api = Api::start().await;
    let (headers, body) = with_codings(&api, "/", "").await;
    assert_eq!(body, file("index.html"));
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin-allow-popups"),
        ("strict-transport-security", "max-age=63072000"),
    ] {
        assert_eq!(header(&headers, name), value, "{name}");
    }
    assert!(header(&headers, "permissions-policy").contains("camera=()"));
}

#[tokio::test]
async fn the_documents_policy_lets_in_what_comes_from_here_and_nothing_inline() {
    let api = Api::start().await;
    let (headers, _) = with_codings(&api, "/", "").await;
    let policy = header(&headers, "content-security-policy");
    let origin = api.stack().origin();
    let directives: Vec<&str> = policy.split(';').map(str::trim).collect();
    assert_eq!(
        directives,
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self' data:",
            &format!("connect-src 'self' {origin}"),
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    );
}

#[tokio::test]
async fn the_settings_say_where_to_sign_in_and_hold_no_secret() {
    let api = Api::start().await;
    let (headers, body) = with_codings(&api, "/config.json", "").await;
    let origin = api.stack().origin();
    let expected = json!({
        "authority": origin,
        "client_id": "panel",
        "logout_url": format!("{origin}/logout"),
        "local": true,
    });
    assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), expected);
    assert_eq!(header(&headers, "cache-control"), "no-store");
}

#[tokio::test]
async fn what_is_named_by_its_content_is_kept_for_good_and_comes_compressed() {
    let api = Api::start().await;
    let path = format!("/assets/{PANEL_ASSET}");
    for (codings, coding, ending) in [
        ("gzip, deflate, br", "br", ".br"),
        ("gzip", "gzip", ".gz"),
        ("identity", "", ""),
        ("br;q=0", "", ""),
    ] {
        let (headers, body) = with_codings(&api, &path, codings).await;
        assert_eq!(body, file(&format!("assets/{PANEL_ASSET}{ending}")), "{codings}");
        assert_eq!(header(&headers, "content-encoding"), coding, "{codings}");
        assert_eq!(header(&headers, "vary"), "accept-encoding");
        assert_eq!(header(&headers, "cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(header(&headers, "content-type"), "text/javascript; charset=utf-8");
    }
    let (headers, _) = with_codings(&api, "/favicon.svg", "br").await;
    assert_eq!(header(&headers, "content-type"), "image/svg+xml");
    assert_eq!(header(&headers, "content-encoding"), "", "nobody has compressed it");
}

#[tokio::test]
async fn only_what_is_in_the_panel_can_be_asked_for() {
    let api = Api::start().await;
    for path in [
        "/assets/nothing.js",
        "/assets/..%2Findex.html",
        "/assets/%2e%2e%2fCargo.toml",
        "/assets/..%5Cindex.html",
        "/assets/%00",
        "/assets/",
        "/assets",
        &format!("/assets/{PANEL_ASSET}.br"),
        &format!("/assets/{PANEL_ASSET}/"),
        &format!("/assets/assets/{PANEL_ASSET}"),
        "/index.html",
        "/etc/passwd",
    ] {
        let answer = nobody_gets(&api, path).await;
        assert_eq!(answer.outcome(), (404, "not-found".to_owned()), "{path}");
    }
}

#[tokio::test]
async fn it_catches_nothing_of_the_api() {
    let api = Api::start().await;
    for path in ["/v1", "/v1/", "/v1/nothing", "/v1/keys/nothing/at/all"] {
        assert_eq!(nobody_gets(&api, path).await.outcome(), (404, "not-found".to_owned()), "{path}");
    }
    assert_eq!(nobody_gets(&api, "/v1/keys").await.status, 401);
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        assert_eq!(api.call(Who::Nobody, method, "/").send().await.status, 404);
    }
}

#[tokio::test]
async fn head_is_answered_like_get_without_the_body() {
    let api = Api::start().await;
    let client = reqwest::Client::new();
    for path in ["/", "/config.json", "/favicon.svg", &format!("/assets/{PANEL_ASSET}")] {
        let url = format!("{}{path}", api.stack().origin());
        let get = client.get(&url).send().await.unwrap();
        let head = client.head(&url).send().await.unwrap();
        assert_eq!(head.status(), 200, "{path}");
        for name in ["content-type", "content-length", "cache-control", "content-security-policy"] {
            assert_eq!(header(head.headers(), name), header(get.headers(), name), "{path} {name}");
        }
        assert!(head.bytes().await.unwrap().is_empty(), "{path}");
    }
    let missing = client.head(format!("{}/assets/nothing.js", api.stack().origin())).send().await.unwrap();
    assert_eq!(missing.status(), 404);
}

#[tokio::test]
async fn where_no_panel_was_built_everything_else_works() {
    let api = Api::start().await;
    let functions = Functions::of(&api, keyward_local::upstreams::Upstreams::default()).await;
    let told = functions.ask(&Asked::of("get_panel", "acme")).await;
    assert_eq!((told.status, told.code.as_str()), (503, "unavailable"));
    assert_eq!(functions.ask(&Asked::of("get_openapi", "acme")).await.status, 200);
}

#[tokio::test]
async fn on_lambda_the_files_lie_beside_the_program() {
    let api = Api::start().await;
    let binaries = binaries().await;
    let mut runtime = RuntimeApi::start().await.unwrap();
    let mut process = start(&binaries, "get_panel", &runtime, &api);
    let event = include_str!("../../../../events/get_panel.json").to_owned();
    let answer = crate::support::processes::answer(invoke(&mut runtime, &mut process, event).await);
    assert_eq!(answer["statusCode"], 200, "{answer}");
    assert_eq!(answer["body"].as_str().unwrap().as_bytes(), file("index.html"));
    let policy = answer["headers"]["content-security-policy"].as_str().unwrap();
    assert!(policy.contains("connect-src 'self' https://issuer.example https://login.example;"), "{policy}");
}
