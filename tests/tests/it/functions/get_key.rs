//! `GET /v1/keys/{key_id}`.

use aws_sdk_dynamodb::types::AttributeValue;
use keyward_shared::permission::Permission;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Answers, Asking, Case, Effect, Request, no_body, no_misuse};
use crate::support::{
    Api, TABLE, Who,
    keys::{Item, aws4, custom_http},
    uses::for_organizations,
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(404),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::As(|clerk, asked| {
            let (asked, key) = clerk.about_a_key(asked);
            Some(Request { asked, about: key, effect: Effect::KeyRead })
        }),
        deeds: &[],
    }
}

#[tokio::test]
async fn a_machine_of_the_other_environment_is_refused() {
    let api = Api::start().await;
    let mut body = aws4();
    body["environment"] = json!("test");
    let key = api.store(&body).await;
    let token = api.machine_token("acme", Permission::KeysRead);
    let answer = api.call_with(&token, Method::GET, &key.path).send().await;
    assert_eq!(answer.outcome(), (409, "wrong-environment".to_owned()));
}

#[tokio::test]
async fn a_row_that_cannot_be_read_says_so() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    api.edit_row(&key.id, "environment", "moon").await;
    let answer = api.get(Who::Viewer, &key.path).await;
    assert_eq!(answer.outcome(), (409, "key-unreadable".to_owned()));
}

#[tokio::test]
async fn parameters_that_the_route_does_not_know_are_refused() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let answer = api.get(Who::Viewer, &format!("{}?show=secrets", key.path)).await.expect(400);
    assert_eq!(answer.fields(), ["show"]);
}

#[tokio::test]
async fn health_that_cannot_be_read_is_named_beside_that_of_the_other_entries() {
    let api = Api::start().await;
    let entries =
        json!({ "org_1": { "fields": { "value": "one" } }, "org_2": { "fields": { "value": "two" } } });
    let key = api.store(&for_organizations(custom_http("token", Value::Null), entries)).await;
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let health = |entry: &str, members: &[(&str, AttributeValue)]| {
        let mut item: Item = [("PK", format!("HEALTH#acme#{}", key.id)), ("SK", entry.to_owned())]
            .map(|(name, value)| (name.to_owned(), text(&value)))
            .into();
        item.extend(members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        item
    };
    let readable = [
        ("version", AttributeValue::N("1".to_owned())),
        ("result", text("passed")),
        ("message", text("It works.")),
        ("checked_at", text("2026-01-01T00:00:00Z")),
    ];
    api.put(TABLE, health("org_1", &readable)).await;
    let shown = api.get(Who::Viewer, &key.path).await.expect(200).json();
    assert!(shown.get("health_unreadable").is_none(), "{shown}");
    // It may have been refused: nobody can tell.
    api.put(TABLE, health("org_2", &readable[..2])).await;
    let shown = api.get(Who::Viewer, &key.path).await.expect(200).json();
    assert_eq!(shown["health_unreadable"], json!(["org_2"]));
    assert_eq!((&shown["health"]["entry"], &shown["health"]["result"]), (&json!("org_1"), &json!("passed")));
    // Of a deleted key nothing of it is left.
    api.purge(Who::Owner, &key.path, 1).await.expect(204);
    api.drain_stream().await;
    let left = api.items(TABLE).await;
    assert!(!left.iter().any(|item| item["PK"].as_s().unwrap().starts_with("HEALTH#")), "{left:?}");
}

#[tokio::test]
async fn an_address_that_follows_from_the_fields_is_shown_and_may_be_sent_back() {
    let api = Api::start().await;
    let fields = json!({ "shop": "acme-uk", "api_version": "2026-10", "access_token": format!("shpat_{}", "0".repeat(32)) });
    let key = api
        .store(&json!({
            "system_id": "shopify", "auth": "access-token", "title": "Shop", "environment": "live",
            "entries": { "default": { "fields": fields } },
        }))
        .await;
    let view = api.get(Who::Viewer, &key.path).await.expect(200).json();
    let address = json!({ "default": "https://acme-uk.myshopify.com/admin/api/2026-10/" });
    assert_eq!((&view["addresses"], &view["base_url"]), (&address, &Value::Null));
    api.patch(Who::Owner, &key.path, 1, &view).await.expect(200);
    // One that is typed stands in its own member.
    let typed = api.store(&aws4()).await;
    let view = api.get(Who::Viewer, &typed.path).await.expect(200).json();
    assert!(view.get("addresses").is_none() && view["base_url"].is_string(), "{view}");
}
