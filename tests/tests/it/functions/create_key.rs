//! `POST /v1/keys`.

use serde_json::{Value, json};

use super::{Answers, Asking, Case, Effect, Request};
use crate::{
    crashes::Deed,
    support::{
        Api, Who,
        keys::{AWS_SECRET, aws4, custom_http},
    },
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(201),
        body: |_| aws4(),
        misuse: |secrets| {
            let mut too_long = aws4();
            // It would be public.
            too_long["title"] = json!(format!("{}{secrets}", "x".repeat(100)));
            vec![too_long]
        },
        asked: Asking::As(|clerk, asked| {
            let asked = asked.once(&clerk.once()).body(aws4());
            Some(Request { asked, about: String::new(), effect: Effect::KeyMade })
        }),
        deeds: &[Deed::CreateKey],
    }
}

#[tokio::test]
async fn a_key_is_stored_and_shown_masked() {
    let api = Api::start().await;
    let answer = api.post(Who::Editor, "/v1/keys", &aws4()).await.expect(201);
    let key = answer.json();
    let id = key["key_id"].as_str().unwrap();
    assert_eq!(answer.header("location"), Some(&*format!("/v1/keys/{id}")));
    assert_eq!(answer.header("etag"), Some("\"1\""));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(key["version"], 1);
    assert_eq!(key["state"], "active");
    assert_eq!(key["entries"]["default"]["fields"]["access_key"], "AKIDEXAMPLE");
    let secret = &key["entries"]["default"]["fields"]["secret_key"];
    assert_eq!(secret["hashed"].as_str().map(str::len), Some(16));
    assert!(!answer.text.contains(AWS_SECRET));
    assert_eq!(api.get(Who::Viewer, &format!("/v1/keys/{id}")).await.expect(200).json(), key);
}

#[tokio::test]
async fn defaults_of_the_template_are_filled_in() {
    let api = Api::start().await;
    let key = api.store(&custom_http("token", json!({ "value": "t0ken" }))).await;
    assert_eq!(key.view["entries"]["default"]["fields"]["header_name"], "Authorization");
}

#[tokio::test]
async fn a_header_that_the_connection_sets_carries_no_secret() {
    let api = Api::start().await;
    let before = api.everything().await;
    for name in ["Range", "A-IM", "If-Range", "Accept-Encoding", "Expect", "via", "Proxy-Authorization"] {
        let hmac =
            json!({ "client_id": "c", "client_secret": "s3cret", "scheme": "body", "header_name": name });
        for (auth, fields, field) in [
            ("headers", json!({ "name": name, "value": "s3cret" }), "name"),
            ("token", json!({ "header_name": name, "value": "s3cret" }), "header_name"),
            ("hmac-sha256", hmac, "header_name"),
        ] {
            let answer = api.post(Who::Editor, "/v1/keys", &custom_http(auth, fields)).await;
            let refused = vec![format!("entries.default.fields.{field}")];
            assert_eq!((answer.outcome().0, answer.fields()), (422, refused), "{auth} {name}");
        }
    }
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn an_organization_specific_key_holds_entries_and_no_default() {
    let api = Api::start().await;
    let fields = json!({ "username": "u", "password": "p" });
    let mut key = custom_http("basic", Value::Null);
    key["organization_specific"] = json!(true);
    key["entries"] = json!({ "org_1": { "fields": fields }, "org_2": { "fields": fields } });
    let stored = api.store(&key).await;
    let entries = stored.view["entries"].as_object().unwrap();
    assert_eq!(entries.keys().collect::<Vec<_>>(), ["org_1", "org_2"]);
    // The same value in two entries does not show as the same.
    assert_ne!(
        entries["org_1"]["fields"]["password"]["hashed"],
        entries["org_2"]["fields"]["password"]["hashed"]
    );
}

#[tokio::test]
async fn what_a_key_must_not_be_is_refused_by_name_and_nothing_is_stored() {
    let api = Api::start().await;
    let before = api.everything().await;
    let edit = |path: &str, value: Value| {
        let mut key = aws4();
        *key.pointer_mut(path).expect("the member is there") = value;
        key
    };
    let fields = "/entries/default/fields";
    let with = |pointer: &str, name: &str, value: Value| {
        let mut key = aws4();
        key.pointer_mut(pointer).expect("the member is there")[name] = value;
        key
    };
    let cases = [
        (edit("/system_id", json!("sap")), 422, "system_id"),
        (edit("/auth", json!("kerberos")), 422, "auth"),
        (edit("/title", json!("  ")), 422, "title"),
        (edit("/title", json!("a\u{0}b")), 422, "title"),
        (edit("/environment", json!("staging")), 422, "environment"),
        (edit("/base_url", json!("http://api.example.com")), 422, "base_url"),
        (edit("/base_url", json!("https://user:pass@api.example.com")), 422, "base_url"),
        (edit("/base_url", Value::Null), 422, "base_url"),
        (edit("/headers", json!([])), 422, "headers"),
        (edit("/headers/0/value", json!("text/html")), 422, "headers[0].value"),
        (edit("/headers/0/name", json!("Host")), 422, "headers[0].name"),
        (with(fields, "secret_key", json!("")), 422, "entries.default.fields.secret_key"),
        (
            with(fields, "secret_key", json!({ "hashed": "0123456789abcdef" })),
            422,
            "entries.default.fields.secret_key",
        ),
        (with(fields, "region", json!("eu west")), 422, "entries.default.fields.region"),
        (with(fields, "colour", json!("red")), 422, "entries.default.fields.colour"),
        (with(fields, "placement", json!("body")), 422, "entries.default.fields.placement"),
        (with("", "entries", json!({ "org_1": { "fields": {} } })), 422, "entries.org_1"),
        (with("", "organization_specific", json!(true)), 422, "entries.default"),
        (with("", "expires_at", json!("tomorrow")), 422, "expires_at"),
        (with("", "expires_at", json!("2020-01-01T00:00:00Z")), 422, "expires_at"),
        (with("", "colour", json!("red")), 400, "colour"),
        (with(fields, "secret_key", json!(7)), 400, "entries.default.fields.secret_key"),
        (with("", "title", json!(7)), 400, "title"),
    ];
    for (body, status, field) in cases {
        let answer = api.post(Who::Owner, "/v1/keys", &body).await.expect(status);
        assert!(answer.fields().iter().any(|named| named == field), "{field}: {}", answer.text);
    }
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn a_text_that_looks_like_a_mask_is_just_a_text() {
    let api = Api::start().await;
    let looks_like = r#"{"hashed": "0123456789abcdef"}"#;
    let key = api.store(&custom_http("basic", json!({ "username": "u", "password": looks_like }))).await;
    let body = json!({ "method": "GET", "path": "/" });
    let signed = api.post(Who::Runtime, &format!("{}/sign", key.path), &body).await.expect(200).json();
    use base64::{Engine, prelude::BASE64_STANDARD};
    let expected = format!("Basic {}", BASE64_STANDARD.encode(format!("u:{looks_like}")));
    assert_eq!(signed["headers"]["authorization"], json!(expected));
}

#[tokio::test]
async fn a_key_that_could_never_sign_is_refused_when_it_is_saved() {
    let api = Api::start().await;
    let cases = [
        custom_http("hmac-sha256", json!({ "client_id": "c", "client_secret": "!", "scheme": "azure" })),
        custom_http(
            "hmac-sha256",
            json!({ "client_id": "c", "client_secret": "whsec_", "scheme": "standard-webhooks" }),
        ),
    ];
    for key in cases {
        let answer = api.post(Who::Owner, "/v1/keys", &key).await.expect(422);
        assert_eq!(answer.fields(), ["entries.default.fields.client_secret"], "{}", answer.text);
    }
    let mut dated = aws4();
    dated["entries"]["default"]["fields"]["placement"] = json!("query");
    let header = json!({ "name": "X-Amz-Date", "value": "20261122T000000Z" });
    dated["headers"].as_array_mut().unwrap().push(header);
    let answer = api.post(Who::Owner, "/v1/keys", &dated).await.expect(422);
    assert_eq!(answer.fields(), ["headers[1].name"], "{}", answer.text);
}

#[tokio::test]
async fn an_address_that_requests_cannot_be_made_for_is_refused() {
    let api = Api::start().await;
    for token_url in
        ["https://login.example.com:/t", "https://login.example.com:0/t", "https://ex%61mple.com/t"]
    {
        let key = json!({
            "system_id": "oauth2", "auth": "client-credentials", "title": "OAuth", "environment": "live",
            "base_url": "https://api.example.com",
            "entries": { "default": { "fields": {
                "token_url": token_url, "client_id": "c", "client_secret": "s",
            } } },
        });
        api.post(Who::Owner, "/v1/keys", &key).await.expect(422);
    }
}
