//! `POST /v1/keys/{key_id}/resolve`.

use keyward_shared::permission::Permission;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Answers, Asking, Case, Effect, Request};
use crate::support::{
    Answer, Api, Who,
    keys::{AWS_SECRET, Stored, aws4, custom_http},
    uses::{for_organizations, key_of, use_of},
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(404),
        body: |_| json!({ "environment": "live" }),
        misuse: |secrets| {
            vec![json!({ "environment": secrets }), json!({ "environment": secrets.to_string() })]
        },
        asked: Asking::As(|clerk, asked| {
            let (asked, key) = clerk.about_a_key(asked);
            Some(Request {
                asked: asked.body(json!({ "environment": "live" })),
                about: key,
                effect: Effect::None,
            })
        }),
        deeds: &[],
    }
}

async fn resolve(api: &Api, who: Who, key: &Stored, ask: &Value) -> Answer {
    api.post(who, &format!("{}/resolve", key.path), ask).await
}

fn live() -> Value {
    json!({ "environment": "live" })
}

#[tokio::test]
async fn one_entry_comes_in_the_clear_and_leaves_a_receipt() {
    let api = Api::start().await;
    let mut body = aws4();
    let secret = json!({ "name": "X-Tenant", "value": "s3cret-tenant", "secret": true });
    body["headers"].as_array_mut().unwrap().push(secret);
    let key = api.store(&body).await;
    let resolved = resolve(&api, Who::Runtime, &key, &live()).await.expect(200).json();
    let receipt = resolved["receipt_id"].as_str().unwrap();
    let expected = json!({
        "fields": {
            "access_key": "AKIDEXAMPLE",
            "secret_key": AWS_SECRET,
            "region": "eu-west-1",
            "service": "execute-api",
            "placement": "header",
        },
        "base_url": "https://api.example.com/v1",
        "headers": [
            { "name": "Content-Type", "value": "application/json" },
            { "name": "X-Tenant", "value": "s3cret-tenant" },
        ],
        "key_version": 1,
        "receipt_id": receipt,
    });
    assert_eq!(resolved, expected);
    assert_eq!(api.uses().await, [use_of("resolve", None, None)]);
}

#[tokio::test]
async fn a_login_that_has_no_requests_is_what_it_is_for() {
    let api = Api::start().await;
    let fields =
        json!({ "host": "ftp.example.com", "username": "u", "password": "p4ss, with \"all\" & sorts" });
    let key = api.store(&key_of("ftp", "password", None, fields)).await;
    let resolved = resolve(&api, Who::Runtime, &key, &live()).await.expect(200).json();
    assert_eq!(resolved["fields"]["password"], "p4ss, with \"all\" & sorts");
    assert_eq!((&resolved["fields"]["port"], &resolved["base_url"]), (&json!("21"), &Value::Null));
}

#[tokio::test]
async fn only_machine_clients_that_may_resolve_do() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let before = api.everything().await;
    for who in [Who::Owner, Who::Editor, Who::Viewer, Who::Operator] {
        let answer = resolve(&api, who, &key, &live()).await.expect(403);
        assert!(!answer.text.contains(AWS_SECRET), "{who:?}");
    }
    resolve(&api, Who::Nobody, &key, &live()).await.expect(401);
    let path = format!("{}/resolve", key.path);
    let using = api.machine_token("acme", Permission::KeysUse);
    api.call_with(&using, Method::POST, &path).json(&live()).send().await.expect(403);
    let foreign = api.machine_token("globex", Permission::KeysResolve);
    let answer = api.call_with(&foreign, Method::POST, &path).json(&live()).send().await;
    assert_eq!(answer.outcome(), (404, "not-found".to_owned()));
    // A person's token that claims the permission is refused behind the gateway.
    let person = api.stack().test_door().user_token("owner@acme.example").unwrap();
    let person = person.with("scope", json!(Permission::KeysResolve.scope())).sign().unwrap();
    let answer = api.call_with(&person, Method::POST, &path).json(&live()).send().await;
    assert_eq!(answer.outcome(), (403, "forbidden".to_owned()));
    assert_eq!(api.everything().await, before);
    let resolving = api.machine_token("acme", Permission::KeysResolve);
    api.call_with(&resolving, Method::POST, &path).json(&live()).send().await.expect(200);
}

#[tokio::test]
async fn test_and_live_never_mix() {
    let api = Api::start().await;
    let live_key = api.store(&aws4()).await;
    let mut body = aws4();
    body["environment"] = json!("test");
    let test_key = api.store(&body).await;
    let before = api.everything().await;
    for (who, key, environment) in [
        (Who::Runtime, &live_key, "test"),
        (Who::Runtime, &test_key, "live"),
        (Who::Runtime, &test_key, "test"),
        (Who::RuntimeTest, &live_key, "live"),
        (Who::RuntimeTest, &live_key, "test"),
        (Who::RuntimeTest, &test_key, "live"),
    ] {
        let answer = resolve(&api, who, key, &json!({ "environment": environment })).await;
        assert_eq!(answer.outcome(), (409, "wrong-environment".to_owned()), "{who:?} {environment}");
    }
    assert_eq!(api.everything().await, before);
    resolve(&api, Who::RuntimeTest, &test_key, &json!({ "environment": "test" })).await.expect(200);
}

#[tokio::test]
async fn an_organization_has_its_own_entry_and_no_fallback() {
    let api = Api::start().await;
    let entries =
        json!({ "org_1": { "fields": { "value": "one" } }, "org_2": { "fields": { "value": "two" } } });
    let key = api.store(&for_organizations(custom_http("token", Value::Null), entries)).await;
    let plain = api.store(&aws4()).await;
    let before = api.everything().await;
    let ask = |organization: &str| json!({ "environment": "live", "organization": organization });
    for (key, ask) in [(&key, ask("org_3")), (&key, live()), (&plain, ask("org_1"))] {
        assert_eq!(
            resolve(&api, Who::Runtime, key, &ask).await.outcome(),
            (409, "no-entry".to_owned()),
            "{ask}"
        );
    }
    assert_eq!(api.everything().await, before);
    let answer = resolve(&api, Who::Runtime, &key, &ask("org_2")).await.expect(200);
    assert_eq!(answer.json()["fields"]["value"], "two");
    assert!(!answer.text.contains("\"one\""));
}

#[tokio::test]
async fn what_cannot_be_asked_or_used_is_refused_and_leaves_nothing() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let expired = api.store(&aws4()).await;
    api.edit_row(&expired.id, "expires_at", "2020-01-01T00:00:00Z").await;
    let unreadable = api.store(&aws4()).await;
    api.edit_row(&unreadable.id, "system_id", "of-tomorrow").await;
    let before = api.everything().await;
    for (ask, status, field) in [
        (json!({}), 400, "environment"),
        (json!({ "environment": null }), 400, "environment"),
        (json!({ "environment": "moon" }), 422, "environment"),
        (json!({ "environment": "live", "organization": "acme" }), 422, "organization"),
        (json!({ "environment": "live", "fields": ["secret_key"] }), 400, "fields"),
    ] {
        let answer = resolve(&api, Who::Runtime, &key, &ask).await.expect(status);
        assert_eq!(answer.fields(), [field], "{ask}: {}", answer.text);
    }
    let path = format!("{}/resolve", key.path);
    api.call(Who::Runtime, Method::POST, &path).send().await.expect(400);
    let big = json!({ "environment": "live", "organization": "x".repeat(70_000) });
    assert_eq!(resolve(&api, Who::Runtime, &key, &big).await.outcome(), (413, "too-large".to_owned()));
    let query = api.post(Who::Runtime, &format!("{path}?environment=live"), &live()).await.expect(400);
    assert_eq!(query.fields(), ["environment"]);
    for (key, code) in [(&expired, "key-expired"), (&unreadable, "key-unreadable")] {
        assert_eq!(resolve(&api, Who::Runtime, key, &live()).await.outcome(), (409, code.to_owned()));
    }
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn a_new_value_is_handed_out_at_once_and_an_edited_row_hands_out_nothing() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    resolve(&api, Who::Runtime, &key, &live()).await.expect(200);
    let patch = json!({ "entries": { "default": { "fields": { "secret_key": "another" } } } });
    api.patch(Who::Editor, &key.path, 1, &patch).await.expect(200);
    let resolved = resolve(&api, Who::Runtime, &key, &live()).await.expect(200).json();
    assert_eq!((&resolved["fields"]["secret_key"], &resolved["key_version"]), (&json!("another"), &json!(2)));
    api.edit_row(&key.id, "base_url", "https://evil.example.com/").await;
    let answer = resolve(&api, Who::Runtime, &key, &live()).await;
    assert_eq!(answer.outcome(), (409, "does-not-open".to_owned()));
    assert!(!answer.text.contains("another"));
}
