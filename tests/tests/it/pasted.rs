//! Values as people paste them, through the whole product.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;

use crate::support::{Api, Who, keys::custom_http};

#[tokio::test]
async fn either_half_of_basic_may_be_empty_and_not_both() {
    let api = Api::start().await;
    let body = json!({ "method": "GET", "path": "/" });
    for (auth, fields, pair) in [
        ("basic", json!({ "username": "integration", "password": "" }), "integration:"),
        ("basic", json!({ "username": "integration" }), "integration:"),
        ("basic", json!({ "username": "", "password": "t0ken" }), ":t0ken"),
        ("basic-key", json!({ "api_key": "sk_live_0123456789abcdef" }), "sk_live_0123456789abcdef:"),
    ] {
        let key = api.store(&custom_http(auth, fields)).await;
        let signed = api.post(Who::Runtime, &format!("{}/sign", key.path), &body).await.expect(200).json();
        let expected = format!("Basic {}", BASE64_STANDARD.encode(pair));
        assert_eq!(signed["headers"]["authorization"], json!(expected), "{pair}");
        assert!(!key.view.to_string().contains("sk_live_"), "{}", key.view);
    }
    let before = api.everything().await;
    for fields in [
        json!({}),
        json!({ "username": "", "password": "" }),
        json!({ "username": "sk_live_0123", "password": "" }),
    ] {
        let refused = api.post(Who::Owner, "/v1/keys", &custom_http("basic", fields)).await.expect(422);
        assert_eq!(refused.fields(), ["entries.default.fields.username"], "{}", refused.text);
    }
    assert_eq!(api.everything().await, before);
}

/// Tokens of 8 KB are in use (github.com/equinor/witsml-explorer/pull/1057), and AWS promises no limit for its session tokens.
#[tokio::test]
async fn a_secret_of_16_kb_is_stored_used_and_handed_out_and_one_byte_more_is_refused() {
    let api = Api::start().await;
    for length in [8_192, 16_384] {
        let token = "t0ken-of-mine.".repeat(length).split_at(length).0.to_owned();
        let mut body = custom_http("token", json!({ "value": token }));
        body["headers"]
            .as_array_mut()
            .unwrap()
            .push(json!({ "name": "X-Big", "value": token, "secret": true }));
        let key = api.store(&body).await;
        let ask = json!({ "method": "GET", "path": "/" });
        let signed = api.post(Who::Runtime, &format!("{}/sign", key.path), &ask).await.expect(200).json();
        assert_eq!(signed["headers"]["authorization"], format!("Bearer {token}"));
        assert_eq!(signed["headers"]["x-big"], token.as_str());
        let ask = json!({ "environment": "live" });
        let resolved =
            api.post(Who::Runtime, &format!("{}/resolve", key.path), &ask).await.expect(200).json();
        assert_eq!(resolved["fields"]["value"], token.as_str());
    }
    let before = api.everything().await;
    let long = "t".repeat(16_385);
    let mut body = custom_http("token", json!({ "value": long }));
    body["headers"].as_array_mut().unwrap().push(json!({ "name": "X-Big", "value": long, "secret": true }));
    let refused = api.post(Who::Owner, "/v1/keys", &body).await.expect(422);
    let mut fields = refused.fields();
    fields.sort_unstable();
    assert_eq!(fields, ["entries.default.fields.value", "headers[1].value"]);
    assert!(refused.text.contains("at most 16384 bytes"), "{}", refused.text);
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn what_was_copied_with_a_value_is_not_kept() {
    let api = Api::start().await;
    let body = json!({ "method": "GET", "path": "/" });
    for pasted in ["Bearer abc.def", "Authorization: Bearer abc.def", "\"abc.def\"", " abc.def\u{a0}\n"] {
        let key = api.store(&custom_http("token", json!({ "value": pasted }))).await;
        let signed = api.post(Who::Runtime, &format!("{}/sign", key.path), &body).await.expect(200).json();
        assert_eq!(signed["headers"]["authorization"], "Bearer abc.def", "{pasted:?}");
        assert_eq!(key.view.get("notices"), None);
    }
    let mut key = custom_http("none", json!({}));
    key["base_url"] = json!(" api.example.com/v1\n");
    assert_eq!(api.store(&key).await.view["base_url"], "https://api.example.com/v1");
    let sftp = json!({
        "system_id": "sftp",
        "auth": "password",
        "title": "Orders",
        "environment": "live",
        "entries": { "default": { "fields": {
            "host": "sftp://sftp.example.com:2222/outgoing/orders",
            "username": " ann ",
            "password": "s3cret",
        } } },
    });
    let fields = &api.store(&sftp).await.view["entries"]["default"]["fields"];
    assert_eq!(fields["host"], "sftp.example.com");
    assert_eq!(fields["port"], "2222");
    assert_eq!(fields["root_path"], "/outgoing/orders");
    assert_eq!(fields["username"], "ann");
}

#[tokio::test]
async fn what_could_be_meant_is_kept_and_told_once() {
    let api = Api::start().await;
    let password = "pass word\u{a0}";
    let key = api.store(&custom_http("basic", json!({ "username": "ann", "password": password }))).await;
    assert_eq!(
        key.view["notices"],
        json!([{
            "field": "entries.default.fields.password",
            "notice": "ends with a space. It is stored like that: replace it if that is not meant",
        }])
    );
    let asked = json!({ "environment": "live" });
    let resolved = api.post(Who::Runtime, &format!("{}/resolve", key.path), &asked).await.expect(200);
    assert_eq!(resolved.json()["fields"]["password"], password);
    assert_eq!(api.get(Who::Viewer, &key.path).await.expect(200).json().get("notices"), None);
    // Sent back as it came, it changes nothing.
    let answer = api.patch(Who::Editor, &key.path, 1, &key.view).await.expect(200);
    assert_eq!(answer.json()["version"], 1);
}
