//! A key that is restricted to some methods and paths is good for nothing else, and stays so without its secrets.

use aws_sdk_dynamodb::types::AttributeValue;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    Api, TABLE, Who,
    keys::{Stored, aws4, custom_http},
    uses::{key_of, stack_with},
};

/// A key for reading orders.
fn for_orders(mut key: Value) -> Value {
    key["restrictions"] = json!({ "methods": ["GET"], "paths": ["/v1/orders"] });
    key
}

fn refused(field: &str) -> (u16, String, Vec<String>) {
    (422, "invalid-fields".to_owned(), vec![field.to_owned()])
}

/// Requests that are not for reading orders, and the member that each is refused for.
fn others() -> Vec<(Value, &'static str)> {
    vec![
        (json!({ "method": "POST", "path": "/orders" }), "method"),
        (json!({ "method": "GET", "path": "/orders2" }), "path"),
        (json!({ "method": "GET", "path": "/" }), "path"),
        (json!({ "method": "GET", "path": "/orders%2Fx" }), "path"),
        (json!({ "method": "GET", "path": "/orders/a%255Cb" }), "path"),
        (json!({ "method": "GET", "path": "/orders/%2e%2e/admin" }), "path"),
        (json!({ "method": "GET", "path": "/orders?_method=DELETE" }), "path"),
        (json!({ "method": "GET", "url": "https://api.example.com/admin" }), "url"),
        (json!({ "method": "GET", "url": "https://api.example.com/v1/orders/a%5cb" }), "url"),
        (
            json!({ "method": "GET", "path": "/orders", "headers": { "X-HTTP-Method-Override": "DELETE" } }),
            "headers.X-HTTP-Method-Override",
        ),
        (
            json!({ "method": "GET", "path": "/orders", "headers": { "x-original-url": "/admin" } }),
            "headers.x-original-url",
        ),
    ]
}

#[tokio::test]
async fn a_restricted_key_signs_and_sends_nothing_else() {
    let (api, outside) = stack_with(&["api.example.com"]).await;
    let token = custom_http("token", json!({ "value": "t0ken" }));
    for (key, uses) in [(for_orders(aws4()), ["sign", "send"].as_slice()), (for_orders(token), &["send"])] {
        let key = api.store(&key).await;
        let before = api.everything().await;
        for use_ in uses {
            let path = format!("{}/{use_}", key.path);
            for (ask, field) in others() {
                let answer = api.post(Who::Runtime, &path, &ask).await;
                let (status, code) = answer.outcome();
                assert_eq!((status, code, answer.fields()), refused(field), "{use_} {ask}");
            }
        }
        assert_eq!(api.everything().await, before, "no receipt");
        assert!(outside.arrived().is_empty());
        outside.will_answer(200, &[], "[]");
        for path in ["/orders", "/orders/7?page=2"] {
            api.send(&key, &json!({ "method": "GET", "path": path })).await.expect(200);
        }
        assert_eq!(outside.arrived().len(), 2);
    }
}

#[tokio::test]
async fn the_values_of_a_restricted_key_are_not_handed_out() {
    let api = Api::start().await;
    let key = api.store(&for_orders(aws4())).await;
    let before = api.everything().await;
    let ask = json!({ "environment": "live" });
    let answer = api.post(Who::Runtime, &format!("{}/resolve", key.path), &ask).await;
    assert_eq!(answer.outcome(), (409, "key-restricted".to_owned()));
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn a_restricted_key_signs_no_request_that_shows_its_secret() {
    let api = Api::start().await;
    for key in [
        custom_http("token", json!({ "value": "t0ken" })),
        custom_http("basic", json!({ "username": "u", "password": "p4ssw0rd" })),
        with_secret_header(),
        // These sign the body, and neither method nor path.
        custom_http(
            "hmac-sha256",
            json!({ "client_id": "c", "client_secret": "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "scheme": "standard-webhooks" }),
        ),
        custom_http(
            "hmac-sha256",
            json!({ "client_id": "c", "client_secret": "s3cret", "scheme": "body", "header_name": "X-Signature" }),
        ),
    ] {
        let key = api.store(&for_orders(key)).await;
        let before = api.everything().await;
        assert_eq!(sign(&api, &key).await, (409, "key-restricted".to_owned()));
        assert_eq!(api.everything().await, before, "no receipt");
    }
}

#[tokio::test]
async fn lifting_a_restriction_needs_the_secret_again() {
    let api = Api::start().await;
    let key = api.store(&for_orders(aws4())).await;
    let before = api.everything().await;
    let others = [
        Value::Null,
        json!({ "methods": ["GET"] }),
        json!({ "paths": ["/v1/orders"] }),
        json!({ "methods": ["GET", "POST"], "paths": ["/v1/orders"] }),
        json!({ "methods": ["GET"], "paths": ["/v1/orders", "/v1/products"] }),
        json!({ "methods": ["GET"], "paths": ["/v1/orders/7"] }),
    ];
    for restrictions in &others {
        let body = json!({ "restrictions": restrictions });
        let answer = api.patch(Who::Editor, &key.path, 1, &body).await;
        assert_eq!(answer.outcome(), (422, "secrets-needed".to_owned()), "{body}");
        assert_eq!(answer.fields(), ["entries.default.fields.secret_key"], "{body}");
    }
    assert_eq!(api.everything().await, before);
    // The same restrictions in another order, and a view that is sent back, change nothing.
    let view = api.get(Who::Editor, &key.path).await.expect(200).json();
    assert_eq!(view["restrictions"], json!({ "methods": ["GET"], "paths": ["/v1/orders"] }));
    let same = json!({ "restrictions": { "methods": ["GET", "GET"], "paths": ["/v1/orders/"] } });
    assert_eq!(api.patch(Who::Editor, &key.path, 1, &same).await.expect(200).json()["version"], 1);
    assert_eq!(api.patch(Who::Editor, &key.path, 1, &view).await.expect(200).json()["version"], 1);
    for (version, restrictions) in (1..).zip(&others) {
        let body = json!({
            "restrictions": restrictions,
            "entries": { "default": { "fields": { "secret_key": format!("secret-of-{version}") } } },
        });
        api.patch(Who::Editor, &key.path, version, &body).await.expect(200);
        let ask = json!({ "method": "GET", "path": "/orders/7" });
        api.post(Who::Runtime, &format!("{}/sign", key.path), &ask).await.expect(200);
    }
}

#[tokio::test]
async fn restrictions_of_a_live_key_are_changed_by_somebody_who_signed_in_a_moment_ago() {
    let api = Api::start().await;
    let key = api.store(&for_orders(aws4())).await;
    let token = api.token_of_sign_in("editor@acme.example", 301);
    let body = json!({
        "restrictions": null, "entries": { "default": { "fields": { "secret_key": "another" } } },
    });
    let call = api.call_with(&token, Method::PATCH, &key.path).header("if-match", "\"1\"").json(&body);
    assert_eq!(call.send().await.outcome(), (401, "fresh-sign-in-needed".to_owned()));
}

#[tokio::test]
async fn a_version_with_other_restrictions_is_not_restored() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let restricted = json!({
        "restrictions": { "methods": ["GET"] },
        "entries": { "default": { "fields": { "secret_key": "another" } } },
    });
    api.patch(Who::Editor, &key.path, 1, &restricted).await.expect(200);
    let before = api.everything().await;
    let confirmed = json!({ "auth": "aws4", "origins": ["https://api.example.com"] });
    let path = format!("{}/versions/1/restore", key.path);
    let call = api.call(Who::Editor, Method::POST, &path).header("if-match", "\"2\"").json(&confirmed);
    let answer = call.send().await;
    assert_eq!(answer.outcome(), (422, "invalid-fields".to_owned()));
    assert_eq!(answer.fields(), ["version"]);
    assert_eq!(api.everything().await, before);
}

async fn sign(api: &Api, key: &Stored) -> (u16, String) {
    let ask = json!({ "method": "GET", "path": "/orders" });
    api.post(Who::Runtime, &format!("{}/sign", key.path), &ask).await.outcome()
}

#[tokio::test]
async fn a_row_whose_restrictions_were_edited_behind_the_api_does_not_open() {
    let api = Api::start().await;
    let list = |texts: &[&str]| {
        AttributeValue::L(texts.iter().map(|text| AttributeValue::S((*text).to_owned())).collect())
    };
    let restrictions = |methods: &[&str], paths: &[&str]| {
        let members = [("methods", list(methods)), ("paths", list(paths))];
        AttributeValue::M(members.map(|(name, value)| (name.to_owned(), value)).into())
    };
    let edits = [
        None,
        Some(restrictions(&[], &[])),
        Some(restrictions(&["GET"], &[])),
        Some(restrictions(&["GET", "POST"], &["/v1/orders"])),
        Some(restrictions(&["GET"], &["/v1"])),
    ];
    let key = api.store(&for_orders(aws4())).await;
    assert_eq!(sign(&api, &key).await.0, 200);
    let row = api.row(&key.id).await;
    for edit in edits {
        let mut edited = row.clone();
        edited.remove("restrictions");
        edited.extend(edit.clone().map(|value| ("restrictions".to_owned(), value)));
        api.put(TABLE, edited).await;
        assert_eq!(sign(&api, &key).await, (409, "does-not-open".to_owned()), "{edit:?}");
    }
    // A key of before cannot be restricted behind the API either.
    let key = api.store(&aws4()).await;
    let mut row = api.row(&key.id).await;
    row.insert("restrictions".to_owned(), restrictions(&["GET"], &[]));
    api.put(TABLE, row).await;
    assert_eq!(sign(&api, &key).await, (409, "does-not-open".to_owned()));
    // Nor one with secret headers freed, so that `sign` hands them out.
    let key = api.store(&for_orders(with_secret_header())).await;
    let mut row = api.row(&key.id).await;
    row.remove("restrictions");
    api.put(TABLE, row).await;
    assert_eq!(sign(&api, &key).await, (409, "does-not-open".to_owned()));
}

fn with_secret_header() -> Value {
    let mut key = custom_http("none", json!({}));
    key["headers"] = json!([
        { "name": "Content-Type", "value": "application/json" },
        { "name": "X-Tenant", "value": "s3cret", "secret": true },
    ]);
    key
}

#[tokio::test]
async fn what_cannot_be_a_restriction_is_refused_at_its_place() {
    let api = Api::start().await;
    let before = api.everything().await;
    let many = |count: usize, text: &str| vec![json!(text); count];
    for (restrictions, field) in [
        (json!({ "methods": ["get"] }), "restrictions.methods[0]"),
        (json!({ "methods": ["GET", ""] }), "restrictions.methods[1]"),
        (json!({ "methods": many(11, "GET") }), "restrictions.methods"),
        (json!({ "paths": ["orders"] }), "restrictions.paths[0]"),
        (json!({ "paths": ["/"] }), "restrictions.paths[0]"),
        (json!({ "paths": ["/a", "/b/../c"] }), "restrictions.paths[1]"),
        (json!({ "paths": ["/a%2fb"] }), "restrictions.paths[0]"),
        (json!({ "paths": ["/a?b=c"] }), "restrictions.paths[0]"),
        (json!({ "paths": many(21, "/a") }), "restrictions.paths"),
    ] {
        let mut key = aws4();
        key["restrictions"] = restrictions.clone();
        let answer = api.post(Who::Editor, "/v1/keys", &key).await;
        assert_eq!(answer.outcome(), (422, "invalid-fields".to_owned()), "{restrictions}");
        assert_eq!(answer.fields(), [field], "{restrictions}");
    }
    let mut leading_around = for_orders(aws4());
    leading_around["headers"] = json!([
        { "name": "Content-Type", "value": "application/json" },
        { "name": "X-Original-URL", "value": "/admin" },
    ]);
    let answer = api.post(Who::Editor, "/v1/keys", &leading_around).await.expect(422);
    assert_eq!(answer.fields(), ["headers[1].name"]);
    let mail = json!({ "host": "mail.example.com", "port": "465", "username": "u", "password": "p" });
    let mut mail = key_of("email", "smtp", None, mail);
    mail["restrictions"] = json!({ "methods": ["GET"] });
    let answer = api.post(Who::Editor, "/v1/keys", &mail).await.expect(422);
    assert_eq!(answer.fields(), ["restrictions"]);
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn a_check_asks_only_for_an_allowed_path_that_its_caller_names() {
    let (api, outside) = stack_with(&["api.example.com"]).await;
    outside.will_answer(200, &[], "[]");
    let key = api.store(&for_orders(custom_http("token", json!({ "value": "t0ken" })))).await;
    let answer = api.verify_with(&key, "?path=/admin").await;
    assert_eq!(answer.outcome(), (422, "invalid-fields".to_owned()));
    assert_eq!(answer.fields(), ["path"]);
    assert!(outside.arrived().is_empty());
    api.verify_with(&key, "?path=/orders/7").await.expect(200);
    assert!(!outside.arrived().is_empty());
}
