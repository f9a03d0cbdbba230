//! `POST /v1/keys/{key_id}/disable`, and `enable`.

use keyward_local::upstreams::Upstreams;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Answers, Asking, Case, Effect, Request, no_body, no_misuse};
use crate::{
    crashes::Deed,
    support::{
        Answer, Api, Who,
        asked::Asked,
        endpoints::source,
        keys::{Stored, aws4, of_environment},
        outside::Outside,
        services::Functions,
    },
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(404),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::As(|clerk, asked| {
            let (asked, key) = clerk.about_a_key(asked);
            Some(Request { asked, about: key, effect: Effect::KeyChanged("a disabling") })
        }),
        deeds: &[Deed::DisableKey],
    }
}

const HOST: &str = "api.example.com";

fn get_orders() -> Value {
    json!({ "method": "GET", "path": "/orders" })
}

/// The four ways to use a key, each with a body.
fn uses() -> [(&'static str, Value); 4] {
    [
        ("sign", get_orders()),
        ("send", get_orders()),
        ("resolve", json!({ "environment": "live" })),
        ("verify", Value::Null),
    ]
}

/// A person verifies, without a body, and a machine client does the rest.
async fn used(api: &Api, key: &Stored, purpose: &str, body: &Value) -> Answer {
    let path = format!("{}/{purpose}", key.path);
    if body.is_null() {
        api.call(Who::Owner, Method::POST, &path).send().await
    } else {
        api.post(Who::Runtime, &path, body).await
    }
}

async fn switch(api: &Api, who: Who, key: &Stored, to: &str) -> Answer {
    api.call(who, Method::POST, &format!("{}/{to}", key.path)).send().await
}

#[tokio::test]
async fn a_disabled_key_is_used_by_nobody_until_it_is_enabled_again() {
    let outside = Outside::start(&[HOST]).await;
    let api = Api::start_with(outside.upstreams(&[HOST])).await;
    let key = api.store(&aws4()).await;
    let disabled = switch(&api, Who::Editor, &key, "disable").await.expect(200).json();
    assert_eq!((&disabled["state"], &disabled["version"]), (&json!("disabled"), &json!(2)));
    assert_eq!(disabled["disabled"], json!({ "at": disabled["updated_at"], "by": disabled["updated_by"] }));
    assert_eq!(disabled["entries"], key.view["entries"]);

    let before = api.everything().await;
    for (purpose, body) in uses() {
        let answer = used(&api, &key, purpose, &body).await;
        assert_eq!(answer.outcome(), (409, "key-disabled".to_owned()), "{purpose}");
    }
    assert_eq!(api.everything().await, before);
    assert_eq!(outside.connections(), 0);

    let shown = api.get(Who::Viewer, &key.path).await.expect(200).json();
    assert_eq!((&shown["state"], &shown["disabled"]), (&disabled["state"], &disabled["disabled"]));
    let listed = api.get(Who::Viewer, "/v1/keys").await.expect(200).json();
    assert_eq!(listed["items"][0]["state"], "disabled");

    let enabled = switch(&api, Who::Editor, &key, "enable").await.expect(200).json();
    assert_eq!((&enabled["state"], &enabled["disabled"]), (&json!("active"), &Value::Null));
    assert_eq!(api.get(Who::Viewer, "/v1/keys").await.expect(200).json()["items"][0]["state"], "active");
    for (purpose, body) in uses() {
        used(&api, &key, purpose, &body).await.expect(200);
    }
    let trail = api.get(Who::Owner, &format!("{}/audit", key.path)).await.expect(200).json();
    let actions: Vec<_> = trail["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|item| item["change"]["action"].as_str())
        .collect();
    assert_eq!(actions, ["key.enabled", "key.disabled", "key.created"]);
}

#[tokio::test]
async fn to_switch_a_key_the_way_it_is_changes_nothing() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    for (to, version) in [("enable", 1), ("disable", 2), ("enable", 3)] {
        let once = switch(&api, Who::Editor, &key, to).await.expect(200).json();
        let before = api.everything().await;
        let again = switch(&api, Who::Editor, &key, to).await.expect(200).json();
        assert_eq!((&again, &again["version"]), (&once, &json!(version)), "{to}");
        assert_eq!(api.everything().await, before, "{to}");
    }
}

#[tokio::test]
async fn a_disabled_key_is_changed_restored_attached_and_deleted_as_any_and_stays_disabled() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    switch(&api, Who::Editor, &key, "disable").await.expect(200);
    let patched =
        api.patch(Who::Editor, &key.path, 2, &json!({ "title": "Another" })).await.expect(200).json();
    assert_eq!((&patched["state"], &patched["title"]), (&json!("disabled"), &json!("Another")));
    let confirmed = json!({ "auth": "aws4", "origins": ["https://api.example.com"] });
    let restore = api.call(Who::Owner, Method::POST, &format!("{}/versions/1/restore", key.path));
    let restored = restore.header("if-match", "\"3\"").json(&confirmed).send().await.expect(200).json();
    assert_eq!((&restored["state"], &restored["title"]), (&json!("disabled"), &key.view["title"]));
    assert_eq!(restored["disabled"], patched["disabled"]);

    let from = api.store_source(&source(&key.id)).await;
    assert_eq!(api.delete(Who::Owner, &key.path, 4).await.outcome(), (409, "key-in-use".to_owned()));
    api.delete(Who::Editor, &from.path, 1).await.expect(204);
    api.delete(Who::Owner, &key.path, 4).await.expect(204);
    assert_eq!(switch(&api, Who::Editor, &key, "enable").await.outcome(), (404, "not-found".to_owned()));
}

#[tokio::test]
async fn a_key_is_switched_by_those_who_may_change_it() {
    let api = Api::start().await;
    let live = api.store(&aws4()).await;
    let test = api.store(&of_environment("test")).await;
    for to in ["disable", "enable"] {
        let before = api.everything().await;
        switch(&api, Who::Viewer, &live, to).await.expect(403);
        assert_eq!(switch(&api, Who::Stranger, &live, to).await.outcome(), (404, "not-found".to_owned()));
        let asked = async |path: &str, seconds: i64| {
            let token = api.token_of_sign_in("owner@acme.example", seconds);
            api.call_with(&token, Method::POST, &format!("{path}/{to}")).send().await
        };
        let answer = asked(&live.path, 300).await;
        assert_eq!(answer.outcome(), (401, "fresh-sign-in-needed".to_owned()));
        assert_eq!(api.everything().await, before);
        asked(&live.path, 290).await.expect(200);
        asked(&test.path, 900).await.expect(200);
    }
}

#[tokio::test]
async fn a_key_is_disabled_although_others_edit_it_at_the_same_time() {
    let api = Api::start().await;
    let functions = Functions::of(&api, Upstreams::default()).await;
    let key = api.store(&aws4()).await;
    for round in 0..10 {
        let version = 1 + round * 3;
        let edit = Asked::of("update_key", "acme").path("key_id", &key.id).seen(version);
        let edit = edit.body(json!({ "title": format!("Title {round}") }));
        let disable = Asked::of("disable_key", "acme").path("key_id", &key.id);
        let (edited, disabled) = tokio::join!(functions.ask(&edit), functions.ask(&disable));
        assert_eq!((disabled.status, &disabled.body["state"]), (200, &json!("disabled")));
        assert!([200, 412].contains(&edited.status), "{edited:?}");
        let shown = api.get(Who::Viewer, &key.path).await.expect(200).json();
        assert_eq!(shown["state"], "disabled");
        let mut seen = shown["version"].as_u64().unwrap();
        functions.ask(&Asked::of("enable_key", "acme").path("key_id", &key.id)).await;
        seen += 1;
        // The next round begins at a known version.
        while seen < version + 3 {
            let patch = json!({ "title": format!("Filler {seen}") });
            api.patch(Who::Editor, &key.path, seen, &patch).await.expect(200);
            seen += 1;
        }
    }
}
