//! `POST /v1/webhooks`.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Answers, Asking, Case, Effect, Request};
use crate::{
    crashes::Deed,
    support::{
        Api, Who,
        keys::{aws4, custom_http},
        uses::{for_organizations, key_of},
        webhooks::{inactive_webhook, webhook},
    },
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(201),
        body: |_| inactive_webhook(),
        misuse: |secrets| {
            let text = format!("{}{secrets}", "x".repeat(100));
            let members = ["name", "path", "method", "environment", "key_id", "organization"];
            let misplaced = members.map(|member| (member, json!(text)));
            let types = [json!([text]), secrets.clone()];
            let misplaced = misplaced.into_iter().chain(types.map(|types| ("event_types", types)));
            let with = |(member, value): (&str, Value)| {
                let mut webhook = inactive_webhook();
                webhook[member] = value;
                webhook
            };
            misplaced.map(with).collect()
        },
        asked: Asking::As(|clerk, asked| {
            let asked = asked.once(&clerk.once()).body(webhook(&clerk.any_key()?));
            Some(Request { asked, about: String::new(), effect: Effect::WebhookMade })
        }),
        deeds: &[Deed::CreateWebhook],
    }
}

#[tokio::test]
async fn an_active_webhook_is_stored_and_its_key_is_in_use() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let answer = api.post(Who::Editor, "/v1/webhooks", &webhook(&key.id)).await.expect(201);
    let view = answer.json();
    let id = view["webhook_id"].as_str().unwrap();
    assert_eq!(answer.header("location"), Some(format!("/v1/webhooks/{id}").as_str()));
    assert_eq!(answer.header("etag"), Some("\"1\""));
    assert_eq!(view["event_types"], json!(["key.updated", "order.created"]));
    assert_eq!((&view["method"], &view["active"]), (&json!("POST"), &json!(true)));
    assert_eq!(api.uses_of(&key).await, (vec![id.to_owned()], 1));
    let answer = api.delete(Who::Owner, &key.path, 1).await;
    assert_eq!(answer.outcome(), (409, "key-in-use".to_owned()));
    let used = &answer.json()["uses"][0];
    assert_eq!((&used["kind"], &used["id"]), (&json!("webhook"), &json!(id)));
    assert_eq!(used["title"], view["name"]);
}

#[tokio::test]
async fn an_inactive_webhook_uses_nothing_and_needs_no_key() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    assert_eq!(api.store_webhook(&inactive_webhook()).await.view["key_id"], Value::Null);
    let mut with = inactive_webhook();
    with["key_id"] = json!(key.id);
    api.store_webhook(&with).await;
    assert_eq!(api.uses_of(&key).await, (Vec::new(), 0));
}

#[tokio::test]
async fn the_key_must_be_there_be_of_the_same_environment_and_be_one_that_sends_json() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let mut of_test = aws4();
    of_test["environment"] = json!("test");
    let of_test = api.store(&of_test).await;
    let mut restricted = aws4();
    restricted["restrictions"] = json!({ "methods": ["GET"], "paths": [] });
    let restricted = api.store(&restricted).await;
    let entry = json!({ "fields": { "username": "u", "password": "p" } });
    let entries = json!({ "org_1": entry });
    let divided = api.store(&for_organizations(custom_http("basic", json!({})), entries)).await;
    let mail = json!({ "host": "mail.example.com", "port": "587", "security": "starttls", "username": "u",
        "password": "p", "from": "a@example.com" });
    let mail = api.store(&key_of("email", "smtp", None, mail)).await;
    let soap = json!({ "username": "u", "api_key": "k" });
    let soap = api.store(&key_of("magento-1", "soap", Some("https://shop.example.com"), soap)).await;
    let gone = api.store(&aws4()).await;
    api.delete(Who::Owner, &gone.path, 1).await.expect(204);
    let before = api.everything().await;
    let cases = [
        (json!({ "key_id": gone.id }), "key_id"),
        (json!({ "key_id": "shop" }), "key_id"),
        (json!({ "key_id": of_test.id }), "key_id"),
        (json!({ "environment": "test" }), "key_id"),
        (json!({ "key_id": mail.id }), "key_id"),
        (json!({ "key_id": soap.id }), "key_id"),
        (json!({ "key_id": restricted.id }), "method"),
        (json!({ "organization": "org_1" }), "organization"),
        (json!({ "key_id": divided.id }), "organization"),
        (json!({ "key_id": divided.id, "organization": "org_2" }), "organization"),
    ];
    for active in [true, false] {
        for (change, field) in &cases {
            let mut body = webhook(&key.id);
            body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            body["active"] = json!(active);
            let answer = api.post(Who::Editor, "/v1/webhooks", &body).await;
            assert_eq!(answer.outcome(), (422, "invalid-fields".to_owned()), "{change} {}", answer.text);
            assert_eq!(answer.fields(), [*field], "{change} {}", answer.text);
        }
    }
    assert_eq!(api.everything().await, before);
    let mut body = webhook(&divided.id);
    body["organization"] = json!("org_1");
    api.store_webhook(&body).await;
}

#[tokio::test]
async fn every_wrong_member_is_named_at_once_and_nothing_is_stored() {
    let api = Api::start().await;
    let before = api.everything().await;
    let body = json!({
        "name": " ", "event_types": [], "path": "hooks", "method": "GET", "environment": "moon",
        "key_id": null, "organization": "org_1",
    });
    let answer = api.post(Who::Editor, "/v1/webhooks", &body).await;
    assert_eq!(
        answer.fields(),
        ["name", "event_types", "path", "method", "environment", "key_id", "organization"]
    );
    for (member, value) in [
        ("event_types", json!(["Order Created"])),
        ("path", json!("https://evil.example/")),
        ("path", json!("//evil.example/")),
        ("path", json!("/a/../b")),
        ("path", json!("/a#b")),
        ("method", json!("post")),
    ] {
        let mut body = inactive_webhook();
        body[member] = value;
        assert_eq!(api.post(Who::Editor, "/v1/webhooks", &body).await.fields(), [member]);
    }
    let mut body = inactive_webhook();
    body["colour"] = json!("red");
    assert_eq!(api.post(Who::Editor, "/v1/webhooks", &body).await.expect(400).fields(), ["colour"]);
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn a_webhook_too_many_is_refused_also_of_several_at_once() {
    let api = Api::start().await;
    let named = |kind: String| {
        let mut body = inactive_webhook();
        body["event_types"] = json!([kind]);
        body
    };
    for number in 0..19 {
        api.store_webhook(&named("order.created".to_owned())).await;
        api.store_webhook(&named(format!("other.{number}"))).await;
    }
    // Of two for the one place that is left, one is stored.
    let twentieth = named("order.created".to_owned());
    let (one, other) = tokio::join!(
        api.post(Who::Editor, "/v1/webhooks", &twentieth),
        api.post(Who::Owner, "/v1/webhooks", &twentieth)
    );
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 422]);
    assert_eq!(api.post(Who::Editor, "/v1/webhooks", &twentieth).await.fields(), ["event_types"]);
    for number in 20..31 {
        api.store_webhook(&named(format!("other.{number}"))).await;
    }
    let before = api.everything().await;
    let answer = api.post(Who::Editor, "/v1/webhooks", &named("one.more".to_owned())).await;
    assert_eq!(
        (answer.outcome(), answer.fields()),
        ((422, "invalid-fields".to_owned()), vec!["name".to_owned()])
    );
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn a_machine_of_the_other_environment_is_refused() {
    let api = Api::start().await;
    let token = api.machine_token("acme", keyward_shared::permission::Permission::StreamsWrite);
    let mut body = inactive_webhook();
    body["environment"] = json!("test");
    let call = api.call_with(&token, Method::POST, "/v1/webhooks");
    assert_eq!(call.json(&body).send().await.outcome(), (409, "wrong-environment".to_owned()));
}

#[tokio::test]
async fn a_repeated_request_makes_one_webhook() {
    let api = Api::start().await;
    let post = async || {
        let call = api.call(Who::Editor, Method::POST, "/v1/webhooks").header("idempotency-key", "once");
        call.json(&inactive_webhook()).send().await.expect(201).json()
    };
    let first = post().await;
    assert_eq!(post().await, first);
    let list = api.get(Who::Viewer, "/v1/webhooks").await.expect(200).json();
    assert_eq!(list["items"], json!([first]));
}
