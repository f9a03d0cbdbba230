//! `PATCH /v1/keys/{key_id}`.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Answers, Asking, Case, Effect, Request};
use crate::{
    crashes::Deed,
    support::{
        Api, VAULT, Who,
        keys::{aws4, custom_http, of_environment},
    },
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(404),
        body: |_| json!({ "title": "Another title" }),
        misuse: |secrets| {
            let text = secrets.to_string();
            vec![
                json!({ "title": secrets }),
                json!({ "entries": { "default": secrets } }),
                json!({ "entries": secrets }),
                json!({ "environment": text }),
                json!({ "base_url": text }),
                json!({ "headers": secrets }),
                json!({ "expires_at": text }),
                json!({ "system_id": text }),
                json!({ "auth": text }),
                json!({ "entries": { "default": { "fields": { "colour": text } } } }),
                json!({ "environment": "test" }),
            ]
        },
        asked: Asking::As(|clerk, asked| {
            let (title, secret) = (clerk.title(), clerk.once());
            let (asked, key) = clerk.about_a_key(asked);
            let change = if clerk.happens(50) {
                json!({ "title": title })
            } else {
                json!({ "title": title, "entries": { "default": { "fields": { "secret_key": secret } } } })
            };
            let asked = asked.seen(clerk.seen(&key)).body(change);
            Some(Request { asked, about: key, effect: Effect::KeyChanged("key.updated") })
        }),
        deeds: &[Deed::UpdateTitle, Deed::UpdateSecret],
    }
}

#[tokio::test]
async fn a_new_title_keeps_the_secret_and_moves_the_version() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let sealed = api.items(VAULT).await;
    let changed =
        api.patch(Who::Editor, &key.path, 1, &json!({ "title": "Live UK ERP 2" })).await.expect(200);
    assert_eq!(changed.header("etag"), Some("\"2\""));
    let view = changed.json();
    assert_eq!(view["title"], "Live UK ERP 2");
    assert_eq!(view["entries"], key.view["entries"]);
    assert_eq!(api.items(VAULT).await, sealed);
}

#[tokio::test]
async fn a_new_secret_replaces_one_and_keeps_the_others() {
    let api = Api::start().await;
    let mut body = aws4();
    body["entries"]["default"]["fields"]["session_token"] = json!("the-session-token");
    let key = api.store(&body).await;
    let patch = json!({ "entries": { "default": { "fields": { "secret_key": "another" } } } });
    let view = api.patch(Who::Editor, &key.path, 1, &patch).await.expect(200).json();
    let (before, after) = (&key.view["entries"]["default"]["fields"], &view["entries"]["default"]["fields"]);
    assert_ne!(after["secret_key"]["hashed"], before["secret_key"]["hashed"]);
    assert_eq!(after["session_token"], before["session_token"]);
    // Both open: one under each write's data key.
    let sign = json!({ "method": "GET", "path": "/" });
    let signed = api.post(Who::Runtime, &format!("{}/sign", key.path), &sign).await.expect(200).json();
    assert_eq!(signed["headers"]["x-amz-security-token"], "the-session-token");
}

#[tokio::test]
async fn a_read_sent_back_as_it_came_changes_nothing() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let before = api.everything().await;
    let answer = api.patch(Who::Editor, &key.path, 1, &key.view).await.expect(200);
    assert_eq!(answer.header("etag"), Some("\"1\""));
    assert_eq!(answer.json(), key.view);
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn an_optional_secret_can_be_cleared_and_a_needed_one_cannot() {
    let api = Api::start().await;
    let mut body = aws4();
    body["entries"]["default"]["fields"]["session_token"] = json!("the-session-token");
    let key = api.store(&body).await;
    let clear = |field: &str| json!({ "entries": { "default": { "fields": { field: null } } } });
    let view = api.patch(Who::Editor, &key.path, 1, &clear("session_token")).await.expect(200).json();
    assert!(view["entries"]["default"]["fields"].get("session_token").is_none());
    let answer = api.patch(Who::Editor, &key.path, 2, &clear("secret_key")).await.expect(422);
    assert_eq!(answer.fields(), ["entries.default.fields.secret_key"]);
}

#[tokio::test]
async fn a_change_needs_the_version_that_it_is_based_on() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let title = json!({ "title": "x" });
    let token = api.token(Who::Editor).unwrap();
    let call = || api.call_with(&token, Method::PATCH, &key.path).json(&title);
    assert_eq!(call().send().await.outcome(), (428, "version-needed".to_owned()));
    for tag in ["1", "\"one\"", "*", "W/\"1\"", "\"1\", \"2\"", "\"+1\""] {
        assert_eq!(
            call().header("if-match", tag).send().await.outcome(),
            (400, "malformed-request".to_owned()),
            "{tag}"
        );
    }
    assert_eq!(call().header("if-match", "\"7\"").send().await.outcome(), (412, "stale-version".to_owned()));
    assert_eq!(api.get(Who::Viewer, &key.path).await.json(), key.view);
}

#[tokio::test]
async fn of_two_changes_to_one_version_one_is_made() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let bodies: Vec<Value> = (0..8).map(|n| json!({ "title": format!("title {n}") })).collect();
    let calls = bodies.iter().map(|body| api.patch(Who::Editor, &key.path, 1, body));
    let statuses: Vec<u16> =
        futures_util::future::join_all(calls).await.iter().map(|answer| answer.status.as_u16()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 412, 503].contains(status)), "{statuses:?}");
    assert_eq!(api.get(Who::Viewer, &key.path).await.json()["version"], 2);
}

#[tokio::test]
async fn a_stale_hash_is_refused_and_nothing_is_changed() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let replaced = json!({ "entries": { "default": { "fields": { "secret_key": "another" } } } });
    api.patch(Who::Editor, &key.path, 1, &replaced).await.expect(200);
    let before = api.everything().await;
    let answer = api.patch(Who::Editor, &key.path, 2, &key.view).await;
    assert_eq!(answer.outcome(), (412, "stale-hash".to_owned()));
    assert_eq!(answer.fields(), ["entries.default.fields.secret_key"]);
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn moving_a_secret_needs_the_secret_again() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let before = api.everything().await;
    let region = json!({ "entries": { "default": { "fields": { "region": "us-east-1" } } } });
    let moves = [
        json!({ "base_url": "https://evil.example.com/v1" }),
        json!({ "base_url": "https://api.example.com:8443/v1" }),
        json!({ "environment": "test" }),
        region,
    ];
    for body in moves {
        let answer = api.patch(Who::Editor, &key.path, 1, &body).await;
        assert_eq!(answer.outcome(), (422, "secrets-needed".to_owned()), "{body}");
        assert_eq!(answer.fields(), ["entries.default.fields.secret_key"], "{body}");
    }
    assert_eq!(api.everything().await, before);
    // Another path of the same origin is no other place.
    api.patch(Who::Editor, &key.path, 1, &json!({ "base_url": "https://api.example.com/v2" }))
        .await
        .expect(200);
    // With the secret, the key moves.
    let moved = json!({
        "base_url": "https://other.example.com",
        "entries": { "default": { "fields": { "secret_key": "another" } } },
    });
    api.patch(Who::Editor, &key.path, 2, &moved).await.expect(200);
}

#[tokio::test]
async fn another_auth_variant_or_system_starts_from_empty_fields() {
    let api = Api::start().await;
    let key = api.store(&custom_http("basic", json!({ "username": "u", "password": "p" }))).await;
    let answer = api.patch(Who::Editor, &key.path, 1, &json!({ "auth": "token" })).await.expect(422);
    assert_eq!(answer.fields(), ["entries.default.fields.value"]);
    let token = json!({ "auth": "token", "entries": { "default": { "fields": { "value": "t" } } } });
    let view = api.patch(Who::Editor, &key.path, 1, &token).await.expect(200).json();
    let fields = view["entries"]["default"]["fields"].as_object().unwrap();
    assert_eq!(fields.keys().collect::<Vec<_>>(), ["header_name", "value"]);
    let dear = json!({
        "system_id": "dear", "base_url": null,
        "entries": { "default": { "fields": {
            "account_id": "11111111-2222-3333-4444-555555555555",
            "application_key": "66666666-7777-8888-9999-000000000000",
        } } },
    });
    let view = api.patch(Who::Editor, &key.path, 2, &dear).await.expect(200).json();
    assert_eq!(view["system_id"], "dear");
    assert_eq!(view["auth"], "api-key");
}

#[tokio::test]
async fn secret_headers_are_sealed_kept_and_bound_like_fields() {
    let api = Api::start().await;
    let mut body = custom_http("none", json!({}));
    let secret = json!({ "name": "X-Tenant", "value": "s3cret-tenant", "secret": true });
    body["headers"].as_array_mut().unwrap().push(secret);
    let key = api.store(&body).await;
    assert_eq!(key.view["headers"][1]["secret"], true);
    assert!(!key.view.to_string().contains("s3cret-tenant"));
    let mut headers = key.view["headers"].clone();
    headers.as_array_mut().unwrap().push(json!({ "name": "X-Trace", "value": "on" }));
    let view = api.patch(Who::Editor, &key.path, 1, &json!({ "headers": headers })).await.expect(200).json();
    assert_eq!(view["headers"][1], key.view["headers"][1]);
    // A mark alone says that the header is secret.
    headers[1].as_object_mut().unwrap().remove("secret");
    let view = api.patch(Who::Editor, &key.path, 2, &json!({ "headers": headers })).await.expect(200).json();
    assert_eq!(view["version"], 2);
    let moved = json!({ "base_url": "https://other.example.com" });
    let answer = api.patch(Who::Editor, &key.path, 2, &moved).await;
    assert_eq!(answer.outcome(), (422, "secrets-needed".to_owned()));
    assert_eq!(answer.fields(), ["headers[1].value"]);
    let signed =
        api.post(Who::Runtime, &format!("{}/sign", key.path), &json!({ "method": "GET", "path": "/" })).await;
    assert_eq!(signed.expect(200).json()["headers"]["x-tenant"], "s3cret-tenant");
}

#[tokio::test]
async fn an_organization_can_be_added_and_removed() {
    let api = Api::start().await;
    let mut body = custom_http("basic", Value::Null);
    body["organization_specific"] = json!(true);
    body["entries"] = json!({ "org_1": { "fields": { "username": "u", "password": "p" } } });
    let key = api.store(&body).await;
    let add = json!({ "entries": { "org_2": { "fields": { "username": "v", "password": "q" } } } });
    let view = api.patch(Who::Editor, &key.path, 1, &add).await.expect(200).json();
    assert_eq!(view["entries"].as_object().unwrap().len(), 2);
    // An older value of the organization that goes, so that there is an archived one too.
    let replace = json!({ "entries": { "org_1": { "fields": { "password": "another" } } } });
    api.patch(Who::Editor, &key.path, 2, &replace).await.expect(200);
    assert_eq!(api.items(VAULT).await.len(), 3);
    let remove = json!({ "entries": { "org_1": null } });
    let view = api.patch(Who::Editor, &key.path, 3, &remove).await.expect(200).json();
    assert_eq!(view["entries"].as_object().unwrap().keys().collect::<Vec<_>>(), ["org_2"]);
    // What was current goes with the change, what was kept for earlier versions when the stream tells of it.
    assert!(api.items(VAULT).await.iter().all(|item| item["SK"].as_s().unwrap() != "org_1#CURRENT"));
    api.drain_stream().await;
    let left = api.items(VAULT).await;
    let entries: Vec<_> = left.iter().map(|item| item["SK"].as_s().unwrap().as_str()).collect();
    assert_eq!(entries, ["org_2#CURRENT"]);
}

#[tokio::test]
async fn what_a_key_always_has_cannot_be_cleared() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    for member in ["system_id", "auth", "title", "environment", "organization_specific"] {
        let answer = api.patch(Who::Editor, &key.path, 1, &json!({ member: null })).await.expect(422);
        assert_eq!(answer.fields(), [member]);
    }
}

#[tokio::test]
async fn values_of_another_variant_are_not_carried_over_unchecked() {
    let api = Api::start().await;
    // A user name with a colon is good for SMTP and not for Basic (RFC 7617 §2).
    let mail = json!({
        "system_id": "email", "auth": "smtp", "title": "Mail", "environment": "live",
        "entries": { "default": { "fields": {
            "host": "mail.example.com", "port": "587", "username": "a:b", "password": "p", "from": "shop@example.com",
        } } },
    });
    let key = api.store(&mail).await;
    let moved = json!({
        "system_id": "custom-http", "auth": "basic", "base_url": "https://api.example.com",
        "headers": [{ "name": "Content-Type", "value": "application/json" }],
        "entries": { "default": { "fields": { "password": "q" } } },
    });
    let answer = api.patch(Who::Editor, &key.path, 1, &moved).await.expect(422);
    assert_eq!(answer.fields(), ["entries.default.fields.username"]);
}

#[tokio::test]
async fn a_header_can_change_its_spelling() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let headers = json!({ "headers": [{ "name": "content-type", "value": "application/json" }] });
    let view = api.patch(Who::Editor, &key.path, 1, &headers).await.expect(200).json();
    assert_eq!(view["headers"][0]["name"], "content-type");
    assert_eq!(view["version"], 2);
}

#[tokio::test]
async fn a_use_that_came_in_between_is_not_forgotten() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let mut row = api.row(&key.id).await;
    row.insert("active_uses".to_owned(), aws_sdk_dynamodb::types::AttributeValue::N("2".to_owned()));
    api.put(crate::support::TABLE, row).await;
    let view = api.patch(Who::Editor, &key.path, 1, &json!({ "title": "x" })).await.expect(200).json();
    assert_eq!(view["active_uses"], 2);
    let answer = api.delete(Who::Owner, &key.path, 2).await;
    assert_eq!(answer.outcome(), (409, "key-in-use".to_owned()));
}

#[tokio::test]
async fn a_live_key_is_led_elsewhere_by_somebody_who_signed_in_a_moment_ago() {
    let api = Api::start().await;
    let patch = async |path: &str, version: u64, seconds: i64, body: &Value| {
        let token = api.token_of_sign_in("editor@acme.example", seconds);
        let call = api.call_with(&token, Method::PATCH, path).header("if-match", &format!("\"{version}\""));
        call.json(body).send().await
    };
    let with_secret = |name: &str, value: &str| json!({ name: value, "entries": { "default": { "fields": { "secret_key": "another" } } } });
    let elsewhere = with_secret("base_url", "https://elsewhere.example.com/v1");
    let to_test = with_secret("environment", "test");
    let live = api.store(&aws4()).await;
    let before = api.everything().await;
    for body in [&elsewhere, &to_test] {
        let answer = patch(&live.path, 1, 300, body).await;
        assert_eq!(answer.outcome(), (401, "fresh-sign-in-needed".to_owned()), "{body}");
    }
    assert_eq!(api.everything().await, before);
    // Everything else of it can be changed, its path and its secrets above all.
    let same_origin = with_secret("base_url", "https://api.example.com/v2");
    patch(&live.path, 1, 900, &same_origin).await.expect(200);
    patch(&live.path, 2, 900, &json!({ "title": "Renamed" })).await.expect(200);
    patch(&live.path, 3, 290, &elsewhere).await.expect(200);

    let test = api.store(&of_environment("test")).await;
    patch(&test.path, 1, 900, &elsewhere).await.expect(200);
}
