//! What is not sent, and what is left of it: nothing.

use std::net::{Ipv4Addr, SocketAddr};

use aws_sdk_dynamodb::types::AttributeValue;
use keyward_local::upstreams::Upstreams;
use keyward_shared::permission::Permission;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{HOST, get_orders};
use crate::support::{
    Api, Who,
    keys::{Item, aws4, custom_http},
    outside::Outside,
    uses::{for_organizations, key_of, stack_with, use_of},
};

fn token_key() -> Value {
    custom_http("token", json!({ "value": "t0ken-value" }))
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_by_name_and_leaves_nothing() {
    let (api, outside) = stack_with(&[HOST]).await;
    let key = api.store(&token_key()).await;
    let before = api.everything().await;
    let get = |headers: Value| json!({ "method": "GET", "path": "/", "headers": headers });
    for (ask, status, field) in [
        (json!({ "method": "GET" }), 422, "path"),
        (json!({ "path": "/" }), 400, "method"),
        (json!({ "method": "GET", "path": "/", "url": "https://api.example.com/v1" }), 422, "url"),
        (json!({ "method": "GET", "url": "https://evil.example.com/v1" }), 422, "url"),
        (json!({ "method": "GET", "url": "http://api.example.com/v1" }), 422, "url"),
        (json!({ "method": "GET", "url": "https://api.example.com:8443/v1" }), 422, "url"),
        (json!({ "method": "GET", "url": "https://api.example.com@evil.example/" }), 422, "url"),
        (json!({ "method": "GET", "path": "/../admin" }), 422, "path"),
        (json!({ "method": "GET", "path": "//evil.example.com/" }), 422, "path"),
        (json!({ "method": "GET", "path": "/a\r\nHost: evil" }), 422, "path"),
        (json!({ "method": "GET", "path": "/a b" }), 422, "path"),
        (json!({ "method": "GE T", "path": "/" }), 422, "method"),
        (json!({ "method": "GET\r\n", "path": "/" }), 422, "method"),
        (get(json!({ "x-a": "b\r\nc: d" })), 422, "headers.x-a"),
        (get(json!({ "x-a\r\nc": "d" })), 422, "headers.x-a\r\nc"),
        (get(json!({ "x-a": ["b", "\n"] })), 422, "headers.x-a"),
        (get(json!({ "Host": "evil" })), 422, "headers.Host"),
        (get(json!({ "Content-Length": "0" })), 422, "headers.Content-Length"),
        (get(json!({ "Transfer-Encoding": "chunked" })), 422, "headers.Transfer-Encoding"),
        (get(json!({ "Connection": "x-a" })), 422, "headers.Connection"),
        (get(json!({ "TE": "trailers" })), 422, "headers.TE"),
        (get(json!({ "Proxy-Authorization": "x" })), 422, "headers.Proxy-Authorization"),
        (get(json!({ "Authorization": "Bearer mine" })), 422, "headers.Authorization"),
        (get(json!({ "Accept-Encoding": "gzip" })), 422, "headers.Accept-Encoding"),
        (get(json!({ "range": "bytes=0-11" })), 422, "headers.range"),
        (get(json!({ "If-None-Match": "\"a\", \"b\"" })), 422, "headers.if-none-match"),
        (get(json!({ "if-match": ["\"a\"", "\"b\""] })), 422, "headers.if-match"),
        (get(json!({ "x-a": "b".repeat(70_000) })), 422, "headers"),
        (json!({ "method": "POST", "path": "/", "body": "x", "body_base64": "eA==" }), 422, "body_base64"),
        (json!({ "method": "POST", "path": "/", "body_base64": "!" }), 422, "body_base64"),
        (json!({ "method": "POST", "path": "/", "body_sha256": "00" }), 400, "body_sha256"),
        (json!({ "method": "GET", "path": "/", "max_body_bytes": -1 }), 400, "max_body_bytes"),
        (json!({ "method": "GET", "path": "/", "environment": "moon" }), 422, "environment"),
        (json!({ "method": "GET", "path": "/", "organization": "acme" }), 422, "organization"),
        (json!({ "method": "GET", "path": "/", "colour": "red" }), 400, "colour"),
    ] {
        let answer = api.send(&key, &ask).await.expect(status);
        assert_eq!(answer.fields(), [field], "{ask}: {}", answer.text);
    }
    let path = format!("{}/send?colour=red", key.path);
    assert_eq!(api.post(Who::Runtime, &path, &get_orders()).await.fields(), ["colour"]);
    let big = json!({ "method": "POST", "path": "/", "body": "x".repeat(4 * 1024 * 1024) });
    assert_eq!(api.send(&key, &big).await.outcome(), (413, "too-large".to_owned()));
    assert_eq!(api.everything().await, before);
    assert_eq!((outside.arrived().len(), outside.connections()), (0, 0));
}

#[tokio::test]
async fn who_may_not_use_the_key_sends_nothing() {
    let (api, outside) = stack_with(&[HOST]).await;
    let key = api.store(&token_key()).await;
    let before = api.everything().await;
    let path = format!("{}/send", key.path);
    for (who, outcome) in [
        (Who::Owner, (403, "forbidden")),
        (Who::Editor, (403, "forbidden")),
        (Who::Viewer, (403, "forbidden")),
        (Who::Operator, (403, "forbidden")),
        (Who::Nobody, (401, "not-signed-in")),
        (Who::RuntimeTest, (409, "wrong-environment")),
    ] {
        let answer = api.post(who, &path, &get_orders()).await;
        assert_eq!(answer.status.as_u16(), outcome.0, "{who:?}: {}", answer.text);
        assert!([outcome.1, ""].contains(&answer.code().as_str()), "{who:?}: {}", answer.text);
    }
    let foreign = api.machine_token("globex", Permission::KeysUse);
    let answer = api.call_with(&foreign, Method::POST, &path).json(&get_orders()).send().await;
    assert_eq!(answer.outcome(), (404, "not-found".to_owned()));
    // Resolving is another right than using.
    let resolving = api.machine_token("acme", Permission::KeysResolve);
    let answer = api.call_with(&resolving, Method::POST, &path).json(&get_orders()).send().await;
    assert_eq!(answer.status.as_u16(), 403);
    assert_eq!(api.everything().await, before);
    assert_eq!(outside.connections(), 0);
    // Using is enough, even where a signature would show the secret.
    let using = api.machine_token("acme", Permission::KeysUse);
    api.call_with(&using, Method::POST, &path).json(&get_orders()).send().await.expect(200);
}

#[tokio::test]
async fn a_key_that_does_not_fit_the_use_is_not_used() {
    let (api, outside) = stack_with(&[HOST]).await;
    let entries = json!({ "org_1": { "fields": { "value": "t0ken-one" } } });
    let organizations = api.store(&for_organizations(token_key(), entries)).await;
    let plain = api.store(&token_key()).await;
    let expired = api.store(&token_key()).await;
    api.edit_row(&expired.id, "expires_at", "2020-01-01T00:00:00Z").await;
    let unreadable = api.store(&token_key()).await;
    api.edit_row(&unreadable.id, "auth", "of-tomorrow").await;
    let ftp = json!({ "host": "ftp.example.com", "username": "u", "password": "p" });
    let ftp = api.store(&key_of("ftp", "password", None, ftp)).await;
    let before = api.everything().await;
    let with = |name: &str, value: Value| {
        let mut ask = get_orders();
        ask[name] = value;
        ask
    };
    for (key, ask, outcome) in [
        (&plain, with("environment", json!("test")), (409, "wrong-environment")),
        (&plain, with("organization", json!("org_1")), (409, "no-entry")),
        (&organizations, with("organization", json!("org_2")), (409, "no-entry")),
        (&organizations, get_orders(), (409, "no-entry")),
        (&expired, get_orders(), (409, "key-expired")),
        (&unreadable, get_orders(), (409, "key-unreadable")),
        (&ftp, get_orders(), (422, "cannot-sign")),
    ] {
        let answer = api.send(key, &ask).await;
        assert_eq!(answer.outcome(), (outcome.0, outcome.1.to_owned()), "{ask}: {}", answer.text);
    }
    assert_eq!(api.everything().await, before);
    assert_eq!(outside.connections(), 0);
    let answer = api.send(&organizations, &with("organization", json!("org_1"))).await.expect(200);
    assert_eq!(outside.arrived()[0].header("authorization"), "Bearer t0ken-one");
    assert!(!answer.text.contains("t0ken-one"));
}

#[tokio::test]
async fn a_row_that_was_edited_sends_nothing() {
    let (api, outside) = stack_with(&[HOST, "evil.example.com"]).await;
    let key = api.store(&token_key()).await;
    api.edit_row(&key.id, "base_url", "https://evil.example.com/v1").await;
    let answer = api.send(&key, &get_orders()).await;
    assert_eq!(answer.outcome(), (409, "does-not-open".to_owned()));
    assert_eq!(outside.connections(), 0);
}

#[tokio::test]
async fn there_are_places_that_nothing_connects_to() {
    let (api, outside) = stack_with(&[HOST]).await;
    for base in [
        "https://api.example.com:8443/v1",
        "https://api.example.com:22",
        "https://127.0.0.1/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fd00::1]/",
    ] {
        let mut body = token_key();
        body["base_url"] = json!(base);
        // An address that nobody can mean is refused when the key is stored; the others when they are used.
        let stored = api.post(Who::Owner, "/v1/keys", &body).await;
        if stored.status.as_u16() == 422 {
            assert_eq!(stored.fields(), ["base_url"], "{base}");
            continue;
        }
        let path = format!("/v1/keys/{}/send", stored.expect(201).json()["key_id"].as_str().unwrap());
        let answer = api.post(Who::Runtime, &path, &get_orders()).await;
        assert_eq!(answer.outcome(), (422, "connection-forbidden".to_owned()), "{base}: {}", answer.text);
        assert!(!answer.text.contains("t0ken-value") && !answer.text.contains("/orders"), "{}", answer.text);
    }
    // A tunnel would be a connection that nobody vetted, and an echo repeats secrets.
    let key = api.store(&token_key()).await;
    for method in ["CONNECT", "TRACE"] {
        let answer = api.send(&key, &json!({ "method": method, "path": "/" })).await;
        assert_eq!(answer.outcome(), (422, "connection-forbidden".to_owned()), "{method}");
    }
    assert_eq!(outside.connections(), 0);
}

#[tokio::test]
async fn an_operator_can_allow_an_origin_inside_a_customers_network() {
    let outside = Outside::start(&["erp.example.com"]).await;
    let upstreams = outside.upstreams(&[]).with("erp.example.com", 8443, outside.address()).unwrap();
    let api = Api::start_with(upstreams).await;
    let mut body = token_key();
    body["base_url"] = json!("https://erp.example.com:8443/v1");
    let key = api.store(&body).await;
    assert_eq!(api.send(&key, &get_orders()).await.outcome(), (422, "connection-forbidden".to_owned()));
    let allowed = AttributeValue::L(vec![AttributeValue::S("https://erp.example.com:8443".to_owned())]);
    let settings = Item::from([("allowed_origins".to_owned(), allowed)]);
    // Another account's settings are another's.
    api.set_settings("globex", settings.clone()).await;
    assert_eq!(api.send(&key, &get_orders()).await.outcome(), (422, "connection-forbidden".to_owned()));
    assert_eq!(outside.connections(), 0);
    api.set_settings("acme", settings).await;
    api.send(&key, &get_orders()).await.expect(200);
    assert_eq!(outside.arrived()[0].header("host"), "erp.example.com:8443");
}

/// A port that nobody listens on.
async fn dead_port() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap().local_addr().unwrap()
}

#[tokio::test]
async fn a_system_that_is_not_there_is_told_by_its_host_alone() {
    // It has a certificate, for another name.
    let other = Outside::start(&["other.example.com"]).await;
    let upstreams = other.upstreams(&[]).with("dead.example.com", 443, dead_port().await).unwrap();
    let upstreams = upstreams.with("wrong.example.com", 443, other.address()).unwrap();
    let api = Api::start_with(upstreams).await;
    for host in ["no-such-name.invalid", "dead.example.com", "wrong.example.com"] {
        let mut body = token_key();
        body["base_url"] = json!(format!("https://{host}/v1"));
        let key = api.store(&body).await;
        let answer = api.send(&key, &json!({ "method": "GET", "path": "/private?query=1" })).await;
        assert_eq!(answer.outcome(), (502, "unreachable".to_owned()), "{host}: {}", answer.text);
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.starts_with(host), "{detail}");
        for hidden in ["private", "query", "127.0.0.1", "t0ken-value", "other.example.com"] {
            assert!(!answer.text.contains(hidden), "{}", answer.text);
        }
    }
    assert!(other.arrived().is_empty());
    // It was tried, so it is on record.
    assert_eq!(api.uses().await.len(), 3);
    assert_eq!(api.uses().await[1], use_of("send", Some("GET"), Some("https://dead.example.com/v1/private")));
}

#[tokio::test]
async fn a_system_that_says_nothing_is_not_waited_for() {
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let upstreams = Upstreams::default().with(HOST, 443, silent.local_addr().unwrap()).unwrap();
    let api = Api::start_with(upstreams).await;
    let key = api.store(&aws4()).await;
    let ask = get_orders();
    let sending = api.send(&key, &ask);
    tokio::pin!(sending);
    let connection = tokio::select! {
        connection = silent.accept() => connection.unwrap(),
        answer = &mut sending => panic!("{}", answer.text),
    };
    // Everything else is done, and only this is waited for: the clock can go on by itself.
    tokio::time::pause();
    tokio::time::advance(std::time::Duration::from_secs(25)).await;
    tokio::time::resume();
    let answer = sending.await;
    assert_eq!(answer.outcome(), (504, "no-answer-in-time".to_owned()));
    let detail = answer.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.starts_with(HOST) && !detail.contains("orders"), "{detail}");
    drop(connection);
}

#[tokio::test]
async fn a_request_that_was_sent_before_is_not_sent_again_and_its_receipt_is_told() {
    let (api, outside) = stack_with(&[HOST]).await;
    let key = api.store(&token_key()).await;
    let path = format!("{}/send", key.path);
    let send = |name: &'static str, ask: Value| {
        let call = api.call(Who::Runtime, Method::POST, &path).header("idempotency-key", name);
        async move { call.json(&ask).send().await }
    };
    let first = send("one", get_orders()).await.expect(200).json();
    for _ in 0..2 {
        let again = send("one", get_orders()).await;
        assert_eq!(again.outcome(), (409, "sent-before".to_owned()));
        assert_eq!(again.json()["receipt_id"], first["receipt_id"]);
    }
    let other = send("one", json!({ "method": "GET", "path": "/other" })).await;
    assert_eq!(other.outcome(), (422, "idempotency-key-reused".to_owned()));
    assert_eq!((outside.connections(), api.uses().await.len()), (1, 1));
    send("two", get_orders()).await.expect(200);
    // What was refused before its receipt leaves its name free.
    send("three", json!({ "method": "GET", "path": "//evil" })).await.expect(422);
    send("three", get_orders()).await.expect(200);
    assert_eq!((outside.connections(), api.uses().await.len()), (3, 3));
}

#[tokio::test]
async fn of_the_same_request_many_times_at_once_one_is_sent() {
    let (api, outside) = stack_with(&[HOST]).await;
    let key = api.store(&token_key()).await;
    let path = format!("{}/send", key.path);
    let calls = (0..6).map(|_| {
        let call = api.call(Who::Runtime, Method::POST, &path).header("idempotency-key", "one");
        async move { call.json(&get_orders()).send().await.outcome() }
    });
    let mut outcomes = futures_util::future::join_all(calls).await;
    outcomes.sort();
    assert_eq!(outcomes[0], (200, String::new()));
    assert!(outcomes[1..].iter().all(|outcome| *outcome == (409, "sent-before".to_owned())), "{outcomes:?}");
    assert_eq!((outside.connections(), api.uses().await.len()), (1, 1));
}
