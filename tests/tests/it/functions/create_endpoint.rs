//! `POST /v1/sources` and `POST /v1/destinations`.

use keyward_shared::ids::EndpointKind;
use serde_json::{Value, json};

use super::{Answers, Asking, Case, Effect, Request};
use crate::{
    crashes::Deed,
    support::{
        Api, Who,
        endpoints::{destination, inactive_destination, inactive_source, source},
        keys::{aws4, custom_http},
        uses::for_organizations,
    },
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(201),
        body: |route| match route.kind {
            Some(EndpointKind::Source) => inactive_source(),
            Some(EndpointKind::Destination) => inactive_destination(),
            None => Value::Null,
        },
        misuse: |secrets| {
            let text = format!("{}{secrets}", "x".repeat(100));
            let members = ["title", "system_id", "function", "environment", "key_id", "organization"];
            let misplaced = members.map(|member| (member, json!(text)));
            let triggers = [json!({ "type": text, "cron": text }), secrets.clone()];
            let misplaced = misplaced.into_iter().chain(triggers.map(|trigger| ("trigger", trigger)));
            let with = |(member, value): (&str, Value)| {
                let mut source = inactive_source();
                source[member] = value;
                source
            };
            misplaced.map(with).collect()
        },
        asked: Asking::As(|clerk, asked| {
            let body = source(&clerk.any_key()?);
            let asked = asked.by("POST /v1/sources".to_owned()).once(&clerk.once()).body(body);
            Some(Request { asked, about: String::new(), effect: Effect::SourceMade })
        }),
        deeds: &[Deed::CreateSource, Deed::CreateDestination],
    }
}

/// The entries of a key with secret headers have a name of their own in its row.
#[tokio::test]
async fn a_key_with_secret_headers_can_be_used_by_an_endpoint() {
    let api = Api::start().await;
    let mut key = aws4();
    let header = json!({ "name": "X-Tenant", "value": "tenant-s3cret", "secret": true });
    key["headers"].as_array_mut().unwrap().push(header);
    let key = api.store(&key).await;
    api.post(Who::Editor, "/v1/sources", &source(&key.id)).await.expect(201);
    api.post(Who::Editor, "/v1/destinations", &destination(&key.id)).await.expect(201);
}

#[tokio::test]
async fn an_active_endpoint_is_stored_and_its_key_is_in_use() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let mut body = source(&key.id);
    body["settings"] = json!({ "page_size": 50, "nested": { "a": [1, null, "x"] } });
    body["trigger"] = json!({ "type": "scheduled", "cron": "0  6 * * 1-5" });
    let answer = api.post(Who::Editor, "/v1/sources", &body).await.expect(201);
    let view = answer.json();
    let id = view["source_id"].as_str().unwrap();
    assert_eq!(answer.header("location"), Some(format!("/v1/sources/{id}").as_str()));
    assert_eq!(answer.header("etag"), Some("\"1\""));
    assert_eq!(view["trigger"], json!({ "type": "scheduled", "cron": "0 6 * * 1-5" }));
    assert_eq!((&view["settings"], &view["active"]), (&body["settings"], &json!(true)));
    assert_eq!(api.uses_of(&key).await, (vec![id.to_owned()], 1));
    let other = api.store_destination(&destination(&key.id)).await;
    assert_eq!(api.uses_of(&key).await, (vec![other.id, id.to_owned()], 2));
    assert_eq!(api.get(Who::Viewer, &key.path).await.json()["active_uses"], 2);
}

#[tokio::test]
async fn an_inactive_endpoint_uses_nothing_and_needs_no_key() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let without = api.store_source(&inactive_source()).await;
    assert_eq!(without.view["key_id"], Value::Null);
    let mut with = inactive_source();
    with["key_id"] = json!(key.id);
    api.store_source(&with).await;
    assert_eq!(api.uses_of(&key).await, (Vec::new(), 0));
}

#[tokio::test]
async fn the_key_must_be_there_and_be_of_the_same_system_environment_and_organization() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let mut of_test = aws4();
    of_test["environment"] = json!("test");
    let of_test = api.store(&of_test).await;
    let per_organization = for_organizations(
        custom_http("basic", json!({})),
        json!({ "org_1": { "fields": { "username": "u", "password": "p" } } }),
    );
    let per_organization = api.store(&per_organization).await;
    let gone = api.store(&aws4()).await;
    api.delete(Who::Owner, &gone.path, 1).await.expect(204);
    let before = api.everything().await;
    let cases = [
        (json!({ "key_id": gone.id }), "key_id"),
        (json!({ "key_id": "key_019aa9a0-0000-7000-8000-000000000009" }), "key_id"),
        (json!({ "key_id": "shop" }), "key_id"),
        (json!({ "key_id": null }), "key_id"),
        (json!({ "key_id": of_test.id }), "key_id"),
        (json!({ "system_id": "shopify" }), "key_id"),
        (json!({ "environment": "test" }), "key_id"),
        (json!({ "organization": "org_1" }), "organization"),
        (json!({ "key_id": per_organization.id }), "organization"),
        (json!({ "key_id": per_organization.id, "organization": "org_2" }), "organization"),
        (json!({ "key_id": per_organization.id, "organization": "default" }), "organization"),
    ];
    for active in [true, false] {
        for (change, field) in &cases {
            let mut body = source(&key.id);
            body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            body["active"] = json!(active);
            if !active && change["key_id"].is_null() && change.get("key_id").is_some() {
                continue;
            }
            let answer = api.post(Who::Editor, "/v1/sources", &body).await;
            assert_eq!(answer.outcome(), (422, "invalid-fields".to_owned()), "{change} {}", answer.text);
            assert_eq!(answer.fields(), [*field], "{change}");
        }
    }
    assert_eq!(api.everything().await, before);
    let mut body = source(&per_organization.id);
    body["organization"] = json!("org_1");
    api.store_source(&body).await;
}

#[tokio::test]
async fn every_wrong_member_is_named_at_once_and_nothing_is_stored() {
    let api = Api::start().await;
    let before = api.everything().await;
    let body = json!({
        "title": " ", "system_id": "nothing", "function": "two words", "trigger": { "type": "real_time" },
        "environment": "moon", "key_id": null, "organization": "org_1",
        "settings": { "a": "x".repeat(33 * 1024) },
    });
    let answer = api.post(Who::Editor, "/v1/sources", &body).await;
    assert_eq!(
        answer.fields(),
        [
            "title",
            "system_id",
            "function",
            "trigger.type",
            "environment",
            "settings",
            "key_id",
            "organization"
        ]
    );
    for (trigger, field) in [
        (json!({ "type": "scheduled" }), "trigger.cron"),
        (json!({ "type": "scheduled", "cron": "every day" }), "trigger.cron"),
        (json!({ "type": "webhook", "cron": "0 6 * * *" }), "trigger.cron"),
    ] {
        let mut body = inactive_source();
        body["trigger"] = trigger;
        assert_eq!(api.post(Who::Editor, "/v1/sources", &body).await.fields(), [field]);
    }
    let mut body = inactive_source();
    body["colour"] = json!("red");
    let answer = api.post(Who::Editor, "/v1/sources", &body).await.expect(400);
    assert_eq!(answer.fields(), ["colour"]);
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn a_machine_of_the_other_environment_is_refused() {
    let api = Api::start().await;
    let token = api.machine_token("acme", keyward_shared::permission::Permission::StreamsWrite);
    let mut body = inactive_source();
    body["environment"] = json!("test");
    let call = api.call_with(&token, reqwest::Method::POST, "/v1/sources");
    assert_eq!(call.json(&body).send().await.outcome(), (409, "wrong-environment".to_owned()));
}
