//! A key as it would be with an edit.

use reqwest::Method;
use serde_json::{Value, json};

use super::{HOST, RIGHT, dear, health};
use crate::support::{Who, keys::aws4, uses::stack_with};

#[tokio::test]
async fn an_edit_is_tried_as_it_would_be_saved_and_is_not_saved() {
    let (api, outside, key) = dear().await;
    outside.will_answer(200, &[], RIGHT);
    api.verify(&key).await.expect(200);
    outside.arrived();
    let before = api.everything_but_receipts().await;
    let verify = async |edit: &Value| {
        outside.will_answer(403, &[], r#"[{"ErrorCode":403,"Exception":"Incorrect credentials!"}]"#);
        let answer = api.post(Who::Editor, &format!("{}/verify", key.path), edit).await.expect(200).json();
        assert_eq!((&answer["result"], &answer["key_version"]), (&json!("refused"), &json!(1)));
        let arrived = outside.arrived();
        let sent = |name: &str| arrived[0].header(name).to_owned();
        (sent("api-auth-accountid"), sent("api-auth-applicationkey"))
    };
    let old = ("11111111-2222-3333".to_owned(), "66666666-7777-8888".to_owned());
    // What is kept is opened, what is new is taken from the request.
    let new = json!({ "entries": { "default": { "fields": { "application_key": "new-key-value" } } } });
    assert_eq!(verify(&new).await, (old.0.clone(), "new-key-value".to_owned()));
    assert_eq!(verify(&json!({ "title": "Another" })).await, old);
    assert_eq!(api.everything_but_receipts().await, before);
    assert_eq!(health(&api, &key).await["result"], "passed");
    // A read that is sent back keeps every secret by its mark. It changes nothing, so it is the stored key that was tried.
    assert_eq!(verify(&key.view).await, old);
    assert_eq!(verify(&json!({})).await, old);
    assert_eq!(health(&api, &key).await["result"], "refused");
    assert_eq!(api.uses().await.len(), 5);
}

#[tokio::test]
async fn an_edit_that_could_not_be_saved_is_not_tried() {
    let (api, outside) = stack_with(&[HOST, "evil.example.com"]).await;
    let key = api.store(&aws4()).await;
    let newer = json!({ "entries": { "default": { "fields": { "secret_key": "another" } } } });
    api.patch(Who::Editor, &key.path, 1, &newer).await.expect(200);
    let before = api.everything().await;
    let secret = "entries.default.fields.secret_key";
    let region = json!({ "entries": { "default": { "fields": { "region": "us-east-1" } } } });
    let path = format!("{}/verify", key.path);
    for (edit, outcome, fields) in [
        (json!({ "base_url": "https://evil.example.com/v1" }), (422, "secrets-needed"), vec![secret]),
        (json!({ "environment": "test" }), (422, "secrets-needed"), vec![secret]),
        (region, (422, "secrets-needed"), vec![secret]),
        // The mark of the first version.
        (json!({ "entries": key.view["entries"] }), (412, "stale-hash"), vec![secret]),
        (json!({ "title": "" }), (422, "invalid-fields"), vec!["title"]),
        (json!({ "organization_specific": true }), (422, "invalid-fields"), vec![]),
        (json!({ "colour": "red" }), (400, "malformed-request"), vec!["colour"]),
        (json!({ "title": "x".repeat(2 * 1024 * 1024) }), (413, "too-large"), vec![]),
    ] {
        let answer = api.post(Who::Editor, &path, &edit).await;
        assert_eq!(answer.outcome(), (outcome.0, outcome.1.to_owned()), "{}", answer.text);
        if !fields.is_empty() {
            assert_eq!(answer.fields(), fields, "{}", answer.text);
        }
    }
    let edit = json!({ "title": "Another" });
    for (tag, outcome) in [("\"1\"", (412, "stale-version")), ("2", (400, "malformed-request"))] {
        let call = api.call(Who::Editor, Method::POST, &path).header("if-match", tag).json(&edit);
        assert_eq!(call.send().await.outcome(), (outcome.0, outcome.1.to_owned()), "{tag}");
    }
    assert_eq!(api.everything().await, before);
    assert_eq!(outside.connections(), 0);
    let call = api.call(Who::Editor, Method::POST, &path).header("if-match", "\"2\"").json(&edit);
    call.send().await.expect(200);
    // With the secret, the key can be tried where it would go.
    let moved = json!({
        "base_url": "https://evil.example.com/v1",
        "entries": { "default": { "fields": { "secret_key": "a-third" } } },
    });
    outside.arrived();
    api.post(Who::Editor, &path, &moved).await.expect(200);
    assert_eq!(outside.arrived()[0].header("host"), "evil.example.com");
}
