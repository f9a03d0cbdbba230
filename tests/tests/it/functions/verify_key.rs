//! `POST /v1/keys/{key_id}/verify`.

mod edits;
mod systems;

use keyward_shared::permission::Permission;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Answers, Asking, Case, Effect, Request, no_body, no_misuse};
use crate::support::{
    Api, VAULT, Who,
    keys::{Stored, aws4, custom_http},
    outside::Outside,
    uses::{for_organizations, key_of, stack_with, use_of},
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(404),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::As(|clerk, asked| {
            let (asked, key) = clerk.about_a_key(asked);
            Some(Request { asked, about: key, effect: Effect::None })
        }),
        deeds: &[],
    }
}

const DEAR: &str = "inventory.dearsystems.com";
const HOST: &str = "api.example.com";
/// What DEAR answers to right credentials.
const RIGHT: &str = r#"{"Company":"Acme Ltd"}"#;

async fn dear() -> (Api, Outside, Stored) {
    let (api, outside) = stack_with(&[DEAR]).await;
    let fields = json!({ "account_id": "11111111-2222-3333", "application_key": "66666666-7777-8888" });
    let key = api.store(&key_of("dear", "api-key", None, fields)).await;
    (api, outside, key)
}

async fn health(api: &Api, key: &Stored) -> Value {
    api.get(Who::Viewer, &key.path).await.expect(200).json()["health"].clone()
}

#[tokio::test]
async fn the_outcome_is_told_and_kept_as_the_keys_health() {
    let (api, outside, key) = dear().await;
    assert_eq!(health(&api, &key).await, Value::Null);
    let wrong = r#"[{"ErrorCode":403,"Exception":"Incorrect credentials! canary"}]"#;
    for (round, (status, body, result, upstream, proof)) in [
        (200, r#"{"Company":"Acme Ltd"}"#, "passed", json!("Acme Ltd"), json!("company")),
        (403, wrong, "refused", Value::Null, json!("incorrect-credentials")),
        (403, "canary", "unclear", Value::Null, Value::Null),
        (500, "canary", "unclear", Value::Null, Value::Null),
        (302, "canary", "unclear", Value::Null, Value::Null),
        (200, r#"{"Company":"Acme"}"#, "passed", json!("Acme"), json!("company")),
    ]
    .into_iter()
    .enumerate()
    {
        outside.will_answer(status, &[("location", "https://canary.example.com/")], body);
        let answer = api.verify(&key).await.expect(200);
        let trial = answer.json();
        assert_eq!((&trial["result"], &trial["upstream"]), (&json!(result), &upstream), "{status}");
        assert_eq!(trial["proof"], proof, "{status}");
        assert_eq!(trial["key_version"], 1);
        assert!(trial["receipt_id"].as_str().unwrap().starts_with("rcp_"));
        let health = health(&api, &key).await;
        for member in ["result", "message", "proof", "upstream", "checked_at", "key_version"] {
            assert_eq!(health[member], trial[member], "{status} {member}");
        }
        assert_eq!(health["entry"], "default");
        let trail = api.get(Who::Owner, &format!("{}/audit", key.path)).await.expect(200).json();
        let used = &trail["items"][0]["use"];
        assert_eq!(
            (&used["receipt_id"], &used["outcome"]),
            (&trial["receipt_id"], &json!(result)),
            "{status}"
        );
        assert_eq!(outside.arrived()[0].header("api-auth-applicationkey"), "66666666-7777-8888");
        assert_eq!(api.uses().await.len(), round + 1);
        assert!(!answer.text.contains("canary") && !api.everything().await.contains("canary"));
    }
    let target = Some("https://inventory.dearsystems.com/ExternalApi/v2/");
    assert_eq!(api.uses().await[0], use_of("verify", None, target));
}

#[tokio::test]
async fn a_system_that_is_not_there_is_an_outcome() {
    let api = Api::start().await;
    let mut body = custom_http("token", json!({ "value": "t0ken" }));
    body["base_url"] = json!("https://no-such-name.invalid/secret-path");
    let key = api.store(&body).await;
    let answer = api.verify(&key).await.expect(200);
    assert_eq!(answer.json()["result"], "unreachable");
    assert!(!answer.text.contains("secret-path"), "{}", answer.text);
    assert_eq!(health(&api, &key).await["result"], "unreachable");
}

#[tokio::test]
async fn an_expired_key_can_be_tried_all_the_same() {
    let (api, outside, key) = dear().await;
    api.edit_row(&key.id, "expires_at", "2020-01-01T00:00:00Z").await;
    outside.will_answer(200, &[], RIGHT);
    assert_eq!(api.verify(&key).await.expect(200).json()["result"], "passed");
}

#[tokio::test]
async fn an_edit_of_the_key_takes_its_health_away() {
    let (api, outside, key) = dear().await;
    let view = async || api.get(Who::Viewer, &key.path).await.expect(200).json();
    assert_eq!((&view().await["health"], &view().await["last_tried_at"]), (&Value::Null, &Value::Null));
    outside.will_answer(200, &[], RIGHT);
    let trial = api.verify(&key).await.expect(200).json();
    assert_eq!(view().await["health"]["proof"], "company");
    assert_eq!(view().await["last_tried_at"], trial["checked_at"]);
    let edit = json!({ "entries": { "default": { "fields": { "application_key": "another-key-value" } } } });
    api.patch(Who::Editor, &key.path, 1, &edit).await.expect(200);
    // Nothing is known about the new value. When the old one was tried, the key still tells.
    assert_eq!(
        (&view().await["health"], &view().await["last_tried_at"]),
        (&Value::Null, &trial["checked_at"])
    );
    outside.will_answer(200, &[], RIGHT);
    api.verify(&key).await.expect(200);
    let health = view().await["health"].clone();
    assert_eq!((&health["result"], &health["key_version"]), (&json!("passed"), &json!(2)));
}

#[tokio::test]
async fn the_health_of_a_key_is_that_of_its_worst_entry() {
    let (api, outside) = stack_with(&[HOST]).await;
    let entry = |value: &str| json!({ "fields": { "value": value } });
    let entries = json!({ "org_1": entry("one"), "org_2": entry("two"), "org_3": entry("three") });
    let key = api.store(&for_organizations(custom_http("token", Value::Null), entries)).await;
    let verify = async |organization: &str, status: u16| {
        outside.will_answer(status, &[], "");
        api.verify_with(&key, &format!("?organization={organization}&path=/orders")).await.expect(200);
    };
    let worst = async || {
        let health = health(&api, &key).await;
        (health["entry"].as_str().unwrap().to_owned(), health["result"].as_str().unwrap().to_owned())
    };
    verify("org_1", 200).await;
    assert_eq!(worst().await, ("org_1".to_owned(), "passed".to_owned()));
    verify("org_2", 401).await;
    verify("org_3", 500).await;
    assert_eq!(worst().await, ("org_2".to_owned(), "refused".to_owned()));
    let used = outside.arrived();
    let used: Vec<_> = used.iter().map(|request| request.header("authorization")).collect();
    assert_eq!(used, ["Bearer one", "Bearer two", "Bearer three"]);
    verify("org_2", 200).await;
    assert_eq!(worst().await, ("org_3".to_owned(), "unclear".to_owned()));
    // An entry that is gone says nothing any more, and nothing of the others was tried since.
    api.patch(Who::Editor, &key.path, 1, &json!({ "entries": { "org_3": null } })).await.expect(200);
    assert_eq!(health(&api, &key).await, Value::Null);
    verify("org_1", 200).await;
    assert_eq!(worst().await, ("org_1".to_owned(), "passed".to_owned()));
    outside.arrived();
    let before = api.everything().await;
    for query in ["?organization=org_3", "?organization=org_4", ""] {
        let answer = api.verify_with(&key, query).await;
        assert_eq!(answer.outcome(), (409, "no-entry".to_owned()), "{query}");
    }
    assert_eq!(api.everything().await, before);
    assert!(outside.arrived().is_empty());
}

#[tokio::test]
async fn what_cannot_be_tried_is_refused_and_leaves_nothing() {
    let (api, outside, key) = dear().await;
    let unreadable = api.store(&aws4()).await;
    api.edit_row(&unreadable.id, "auth", "of-tomorrow").await;
    let before = api.everything().await;
    let path = format!("{}/verify", key.path);
    for (query, field) in
        [("colour=red", "colour"), ("organization=acme", "organization"), ("path=/a&path=/b", "path")]
    {
        let answer = api.verify_with(&key, &format!("?{query}")).await.expect(400);
        assert_eq!(answer.fields(), [field], "{query}");
    }
    let answer = api.verify_with(&key, "?organization=org_1").await;
    assert_eq!(answer.outcome(), (409, "no-entry".to_owned()));
    assert_eq!(api.verify(&unreadable).await.outcome(), (409, "key-unreadable".to_owned()));
    for (who, status) in [
        (Who::Viewer, 403),
        (Who::Runtime, 403),
        (Who::Operator, 403),
        (Who::Nobody, 401),
        (Who::Stranger, 404),
    ] {
        api.post(who, &path, &json!({})).await.expect(status);
    }
    assert_eq!(api.everything().await, before);
    assert_eq!(outside.connections(), 0);
}

#[tokio::test]
async fn a_machine_client_tries_keys_of_its_environment_only() {
    let (api, outside) = stack_with(&[HOST]).await;
    let mut body = aws4();
    body["environment"] = json!("test");
    let test = api.store(&body).await;
    let live = api.store(&aws4()).await;
    let before = api.everything().await;
    let machine = api.machine_token("acme", Permission::KeysVerify);
    let moved = json!({
        "environment": "test", "entries": { "default": { "fields": { "secret_key": "another" } } },
    });
    for (key, edit) in [(&test, json!({})), (&live, moved)] {
        let call = api.call_with(&machine, Method::POST, &format!("{}/verify", key.path)).json(&edit);
        assert_eq!(call.send().await.outcome(), (409, "wrong-environment".to_owned()), "{edit}");
    }
    assert_eq!(api.everything().await, before);
    assert_eq!(outside.connections(), 0);
}

#[tokio::test]
async fn a_row_that_was_edited_is_not_tried() {
    let (api, outside) = stack_with(&[HOST, "evil.example.com"]).await;
    let key = api.store(&aws4()).await;
    api.edit_row(&key.id, "base_url", "https://evil.example.com/v1").await;
    assert_eq!(api.verify(&key).await.outcome(), (409, "does-not-open".to_owned()));
    assert_eq!(health(&api, &key).await, Value::Null);
    assert_eq!((outside.connections(), api.items(VAULT).await.len()), (0, 1));
}
