//! `POST /v1/keys/{key_id}/sign`.

use keyward_shared::permission::Permission;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Answers, Asking, Case, Effect, Request};
use crate::support::{
    Api, TABLE, Who,
    keys::{Stored, aws4, custom_http},
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(404),
        body: |_| json!({ "method": "GET", "path": "/orders" }),
        misuse: |secrets| {
            vec![
                json!({ "method": secrets }),
                json!({ "method": "POST", "path": "/", "body": "x", "headers": { "authorization": secrets.to_string() } }),
            ]
        },
        asked: Asking::As(|clerk, asked| {
            let (asked, key) = clerk.about_a_key(asked);
            Some(Request {
                asked: asked.body(json!({ "method": "GET", "path": "/orders" })),
                about: key,
                effect: Effect::None,
            })
        }),
        deeds: &[],
    }
}

async fn sign(api: &Api, who: Who, key: &Stored, ask: &Value) -> crate::support::Answer {
    api.post(who, &format!("{}/sign", key.path), ask).await
}

/// A token of a live machine client that may use keys and not resolve them.
fn user_token(api: &Api) -> String {
    api.machine_token("acme", Permission::KeysUse)
}

async fn receipts(api: &Api) -> usize {
    api.items(TABLE).await.iter().filter(|item| item["PK"].as_s().unwrap().starts_with("RECEIPT#")).count()
}

#[tokio::test]
async fn a_signed_request_carries_a_signature_and_leaves_a_receipt() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let ask = json!({
        "method": "POST", "path": "/orders?page=2", "headers": { "x-a": "b", "x-many": ["1", "2"] }, "body": "{}",
    });
    let path = format!("{}/sign", key.path);
    let answer = api.call_with(&user_token(&api), Method::POST, &path).json(&ask).send().await.expect(200);
    let signed = answer.json();
    assert_eq!(signed["method"], "POST");
    assert_eq!(signed["url"], "https://api.example.com/v1/orders?page=2");
    assert_eq!(signed["key_version"], 1);
    assert_eq!(signed["headers"]["content-type"], "application/json");
    assert_eq!(signed["headers"]["x-many"], json!(["1", "2"]));
    let authorization = signed["headers"]["authorization"].as_str().unwrap();
    assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"), "{authorization}");
    assert!(authorization.contains("/eu-west-1/execute-api/aws4_request"), "{authorization}");
    let items = api.items(TABLE).await;
    let receipt = items
        .iter()
        .find(|item| item["SK"].as_s().unwrap() == signed["receipt_id"].as_str().unwrap())
        .unwrap();
    assert_eq!(receipt["target"].as_s().unwrap(), "https://api.example.com/v1/orders");
    assert_eq!(receipt["purpose"].as_s().unwrap(), "sign");
    assert!(receipt["by"].as_s().unwrap().starts_with("client:"));
}

#[tokio::test]
async fn a_strategy_that_would_show_the_secret_needs_the_right_to_see_it() {
    let api = Api::start().await;
    let ask = json!({ "method": "GET", "path": "/" });
    let revealing = [
        ("headers", json!({ "name": "X-Api-Key", "value": "s3cret" })),
        ("basic", json!({ "username": "u", "password": "s3cret" })),
        ("token", json!({ "value": "s3cret" })),
    ];
    for (auth, fields) in revealing {
        let key = api.store(&custom_http(auth, fields)).await;
        let before = receipts(&api).await;
        let path = format!("{}/sign", key.path);
        let answer = api.call_with(&user_token(&api), Method::POST, &path).json(&ask).send().await;
        assert_eq!(answer.outcome(), (403, "reveals-secret".to_owned()), "{auth}");
        assert_eq!(receipts(&api).await, before, "{auth}");
        sign(&api, Who::Runtime, &key, &ask).await.expect(200);
        assert_eq!(receipts(&api).await, before + 1, "{auth}");
    }
}

#[tokio::test]
async fn each_scheme_of_custom_http_makes_its_headers() {
    let api = Api::start().await;
    let ask = json!({ "method": "POST", "path": "/hook", "body": "{\"a\":1}" });
    let whsec = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let cases = [
        ("headers", json!({ "name": "X-Api-Key", "value": "s3cret" }), "x-api-key"),
        ("basic", json!({ "username": "u", "password": "p" }), "authorization"),
        ("token", json!({ "value": "t" }), "authorization"),
        ("token", json!({ "header_name": "X-Token", "value": "t" }), "x-token"),
        ("hmac-sha256", json!({ "client_id": "c", "client_secret": "s3cret" }), "signature"),
        (
            "hmac-sha256",
            json!({ "client_id": "c", "client_secret": "c2VjcmV0", "scheme": "azure" }),
            "authorization",
        ),
        (
            "hmac-sha256",
            json!({ "client_id": "c", "client_secret": whsec, "scheme": "standard-webhooks" }),
            "webhook-signature",
        ),
        (
            "hmac-sha256",
            json!({ "client_id": "c", "client_secret": "s", "scheme": "body", "header_name": "X-Hub-Signature-256", "prefix": "sha256=" }),
            "x-hub-signature-256",
        ),
        ("none", json!({}), "content-type"),
    ];
    for (auth, fields, header) in cases {
        let key = api.store(&custom_http(auth, fields)).await;
        let signed = sign(&api, Who::Runtime, &key, &ask).await.expect(200).json();
        assert!(signed["headers"][header].is_string(), "{auth} {signed}");
    }
}

/// Standard Webhooks 1.0.0, "Webhook Headers": `webhook-id` stays the same when a webhook is sent again after a failure,
/// so that receivers can tell a retry from a new event
/// (github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
#[tokio::test]
async fn a_retry_of_a_webhook_keeps_its_id() {
    let api = Api::start().await;
    let fields = json!({
        "client_id": "c", "client_secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "scheme": "standard-webhooks",
    });
    let key = api.store(&custom_http("hmac-sha256", fields)).await;
    let ask = |headers: Value| json!({ "method": "POST", "path": "/hook", "headers": headers, "body": "{}" });
    let retry =
        sign(&api, Who::Runtime, &key, &ask(json!({ "webhook-id": "msg_1" }))).await.expect(200).json();
    assert_eq!(retry["headers"]["webhook-id"], "msg_1");
    assert!(retry["headers"]["webhook-signature"].as_str().unwrap().starts_with("v1,"), "{retry}");
    // Without an id, each request is a new event.
    let first = sign(&api, Who::Runtime, &key, &ask(json!({}))).await.expect(200).json();
    assert!(first["headers"]["webhook-id"].as_str().unwrap().starts_with("msg_"), "{first}");
    assert_ne!(first["headers"]["webhook-id"], "msg_1");

    // What only the signature may say is refused before anything is opened, as is an id that the key would repeat.
    let before = receipts(&api).await;
    for name in ["webhook-timestamp", "Webhook-Signature"] {
        let answer = sign(&api, Who::Runtime, &key, &ask(json!({ name: "1" }))).await;
        assert_eq!(answer.outcome(), (422, "invalid-fields".to_owned()), "{name}");
        assert_eq!(answer.fields(), [format!("headers.{name}")]);
    }
    assert_eq!(receipts(&api).await, before);
    let mut body = custom_http("hmac-sha256", json!({ "client_id": "c", "client_secret": "s" }));
    body["entries"]["default"]["fields"] = json!({
        "client_id": "c", "client_secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "scheme": "standard-webhooks",
    });
    body["headers"] = json!([
        { "name": "Content-Type", "value": "application/json" },
        { "name": "webhook-id", "value": "msg_1" },
    ]);
    let answer = api.post(Who::Owner, "/v1/keys", &body).await;
    assert_eq!(answer.outcome(), (422, "invalid-fields".to_owned()));
    assert_eq!(answer.fields(), ["headers[1].name"]);
}

#[tokio::test]
async fn what_only_the_signature_may_say_is_refused_before_anything_is_opened() {
    let api = Api::start().await;
    let oauth1 = json!({
        "system_id": "woocommerce", "auth": "oauth1", "title": "Shop", "environment": "live",
        "base_url": "https://shop.example.com",
        "entries": { "default": { "fields": { "consumer_key": "ck_1", "consumer_secret": "cs_1" } } },
    });
    let mut query = aws4();
    query["entries"]["default"]["fields"]["placement"] = json!("query");
    for (body, headers, path, field) in [
        (aws4(), json!({ "X-Amz-Region-Set": "*" }), "/", "headers.X-Amz-Region-Set"),
        (aws4(), json!({ "x-amz-security-token": "t" }), "/", "headers.x-amz-security-token"),
        (query.clone(), json!({ "x-amz-date": "20260101T000000Z" }), "/", "headers.x-amz-date"),
        (aws4(), json!({}), "/?X-Amz-Signature=0", "path"),
        (query, json!({}), "/?a=b&x-amz-%64ate=0", "path"),
        (oauth1, json!({}), "/?oauth_token=t", "path"),
    ] {
        let key = api.store(&body).await;
        let ask = json!({ "method": "GET", "path": path, "headers": headers });
        let answer = sign(&api, Who::Runtime, &key, &ask).await;
        assert_eq!(answer.outcome(), (422, "invalid-fields".to_owned()), "{ask}");
        assert_eq!(answer.fields(), [field]);
    }
    assert_eq!(receipts(&api).await, 0);
}

#[tokio::test]
async fn a_query_signature_comes_in_the_url() {
    let api = Api::start().await;
    let mut body = aws4();
    body["entries"]["default"]["fields"]["placement"] = json!("query");
    let key = api.store(&body).await;
    let signed = sign(&api, Who::Runtime, &key, &json!({ "method": "GET", "path": "/orders?page=2" }))
        .await
        .expect(200)
        .json();
    let url = signed["url"].as_str().unwrap();
    assert!(url.starts_with("https://api.example.com/v1/orders?page=2&"), "{url}");
    assert!(url.contains("X-Amz-Signature="), "{url}");
}

#[tokio::test]
async fn nothing_is_signed_outside_the_keys_origin() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let before = api.everything().await;
    for path in [
        "//evil.example.com/",
        "/\\evil.example.com",
        "/../admin",
        "/%2e%2e/admin",
        "/a/..%2f..%2f",
        "https://evil.example.com/",
        "@evil.example.com/",
        "/a\r\nHost: evil",
        "/a b",
        "/#x",
        "/%252e%252e/",
    ] {
        let answer = sign(&api, Who::Runtime, &key, &json!({ "method": "GET", "path": path })).await;
        assert_eq!(answer.outcome(), (422, "invalid-fields".to_owned()), "{path}");
        assert_eq!(answer.fields(), ["path"], "{path}");
    }
    for url in [
        "https://evil.example.com/",
        "http://api.example.com/v1/",
        "https://api.example.com:8443/v1/",
        "https://api.example.com.evil.example/",
        "https://api.example.com@evil.example/",
        "https://user:p@api.example.com/",
        "file:///etc/passwd",
        "/orders",
        "",
    ] {
        let answer = sign(&api, Who::Runtime, &key, &json!({ "method": "GET", "url": url })).await;
        assert_eq!(answer.outcome(), (422, "invalid-fields".to_owned()), "{url}");
        assert_eq!(answer.fields(), ["url"], "{url}");
    }
    assert_eq!(api.everything().await, before);
    sign(&api, Who::Runtime, &key, &json!({ "method": "GET", "url": "https://api.example.com/v1/orders" }))
        .await
        .expect(200);
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_by_name() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    for (ask, status, field) in [
        (json!({ "method": "GET" }), 422, "path"),
        (json!({ "method": "GET", "path": "/", "url": "https://api.example.com/v1" }), 422, "url"),
        (json!({ "method": "GE T", "path": "/" }), 422, "method"),
        (json!({ "method": "A".repeat(500_000), "path": "/" }), 422, "method"),
        (json!({ "method": "GET", "path": "/", "headers": { "x-a": "b".repeat(70_000) } }), 422, "headers"),
        (json!({ "method": "GET", "path": "/", "headers": { "x-a": vec!["b"; 101] } }), 422, "headers"),
        (json!({ "method": "GET", "path": "/", "headers": { "x".repeat(101): "b" } }), 422, "headers"),
        (json!({ "method": "POST", "path": "/", "body": "x", "body_base64": "eA==" }), 422, "body_base64"),
        (json!({ "method": "POST", "path": "/", "body_base64": "!" }), 422, "body_base64"),
        (json!({ "method": "POST", "path": "/", "body_sha256": "zz" }), 422, "body_sha256"),
        (json!({ "method": "GET", "path": "/", "headers": { "x a": "b" } }), 422, "headers.x a"),
        (json!({ "method": "GET", "path": "/", "headers": { "x-a": "b\r\nc: d" } }), 422, "headers.x-a"),
        (json!({ "method": "GET", "path": "/", "headers": { "Host": "evil" } }), 422, "headers.Host"),
        (
            json!({ "method": "GET", "path": "/", "headers": { "Authorization": "x" } }),
            422,
            "headers.Authorization",
        ),
        (json!({ "method": "GET", "path": "/", "environment": "moon" }), 422, "environment"),
        (json!({ "method": "GET", "path": "/", "organization": "acme" }), 422, "organization"),
        (json!({ "method": "GET", "path": "/", "colour": "red" }), 400, "colour"),
    ] {
        let answer = sign(&api, Who::Runtime, &key, &ask).await.expect(status);
        assert_eq!(answer.fields(), [field], "{ask}: {}", answer.text);
    }
    assert_eq!(receipts(&api).await, 0);
}

#[tokio::test]
async fn test_and_live_never_mix() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let ask = json!({ "method": "GET", "path": "/" });
    let answer = sign(&api, Who::RuntimeTest, &key, &ask).await;
    assert_eq!(answer.outcome(), (409, "wrong-environment".to_owned()));
    // Whatever the body says.
    let mut claimed = ask.clone();
    claimed["environment"] = json!("live");
    assert_eq!(
        sign(&api, Who::RuntimeTest, &key, &claimed).await.outcome(),
        (409, "wrong-environment".to_owned())
    );
    claimed["environment"] = json!("test");
    assert_eq!(
        sign(&api, Who::Runtime, &key, &claimed).await.outcome(),
        (409, "wrong-environment".to_owned())
    );
    assert_eq!(receipts(&api).await, 0);
}

#[tokio::test]
async fn an_organization_has_its_own_entry_and_no_fallback() {
    let api = Api::start().await;
    let mut body = custom_http("token", Value::Null);
    body["organization_specific"] = json!(true);
    body["entries"] =
        json!({ "org_1": { "fields": { "value": "one" } }, "org_2": { "fields": { "value": "two" } } });
    let key = api.store(&body).await;
    let ask = |organization: Value| json!({ "method": "GET", "path": "/", "organization": organization });
    let signed = sign(&api, Who::Runtime, &key, &ask(json!("org_2"))).await.expect(200).json();
    assert_eq!(signed["headers"]["authorization"], "Bearer two");
    for organization in [json!("org_3"), Value::Null] {
        let answer = sign(&api, Who::Runtime, &key, &ask(organization)).await;
        assert_eq!(answer.outcome(), (409, "no-entry".to_owned()));
    }
    let plain = api.store(&aws4()).await;
    assert_eq!(
        sign(&api, Who::Runtime, &plain, &ask(json!("org_1"))).await.outcome(),
        (409, "no-entry".to_owned())
    );
}

#[tokio::test]
async fn an_expired_key_is_not_used() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    api.edit_row(&key.id, "expires_at", "2020-01-01T00:00:00Z").await;
    let answer = sign(&api, Who::Runtime, &key, &json!({ "method": "GET", "path": "/" })).await;
    assert_eq!(answer.outcome(), (409, "key-expired".to_owned()));
    assert_eq!(receipts(&api).await, 0);
}

#[tokio::test]
async fn a_key_without_requests_to_sign_says_so() {
    let api = Api::start().await;
    let mut body = aws4();
    body["system_id"] = json!("ftp");
    body["auth"] = json!("password");
    body["base_url"] = Value::Null;
    body["headers"] = json!([]);
    body["entries"]["default"]["fields"] =
        json!({ "host": "ftp.example.com", "username": "u", "password": "p" });
    let key = api.store(&body).await;
    let answer = sign(&api, Who::Runtime, &key, &json!({ "method": "GET", "path": "/" })).await;
    assert_eq!(answer.outcome(), (422, "cannot-sign".to_owned()));
}
