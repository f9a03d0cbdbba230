//! `DELETE /v1/keys/{key_id}`.

use keyward_shared::permission::Permission;
use reqwest::Method;
use serde_json::json;

use super::{Answers, Asking, Case, Effect, Request, no_body, no_misuse};
use crate::{
    crashes::Deed,
    support::{
        Api, TABLE, VAULT, Who,
        endpoints::{destination, source},
        keys::{aws4, of_environment},
    },
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(404),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::As(|clerk, asked| {
            let (asked, key) = clerk.about_a_key(asked);
            Some(Request { asked: asked.seen(clerk.seen(&key)), about: key, effect: Effect::KeyDeleted })
        }),
        deeds: &[Deed::DeleteKey, Deed::PurgeKey],
    }
}

#[tokio::test]
async fn a_deleted_key_is_gone_for_everybody_and_its_secrets_are_destroyed() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let replaced = json!({ "entries": { "default": { "fields": { "secret_key": "another" } } } });
    api.patch(Who::Owner, &key.path, 1, &replaced).await.expect(200);
    assert_eq!(api.items(VAULT).await.len(), 2);
    let answer = api.purge(Who::Owner, &key.path, 2).await.expect(204);
    assert!(answer.text.is_empty());
    assert_eq!(api.get(Who::Owner, &key.path).await.outcome(), (404, "not-found".to_owned()));
    assert_eq!(api.delete(Who::Owner, &key.path, 2).await.outcome(), (404, "not-found".to_owned()));
    let sign = json!({ "method": "GET", "path": "/" });
    let answer = api.post(Who::Runtime, &format!("{}/sign", key.path), &sign).await;
    assert_eq!(answer.outcome(), (404, "not-found".to_owned()));
    assert_eq!(api.get(Who::Owner, "/v1/keys").await.expect(200).json()["items"], json!([]));
    api.drain_stream().await;
    assert!(api.items(VAULT).await.is_empty());
    // The audit trail stays, and its head stands on the tombstone.
    let trail: Vec<_> = api
        .items(TABLE)
        .await
        .into_iter()
        .filter(|item| item["PK"].as_s().unwrap().starts_with("AUDIT#"))
        .collect();
    assert_eq!(trail.len(), 3);
    assert_eq!(api.row(&key.id).await["audit_sequence"].as_n().unwrap(), "3");
}

#[tokio::test]
async fn a_deletion_needs_the_version_and_the_permission() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let before = api.everything().await;
    let answer = api.call(Who::Owner, Method::DELETE, &key.path).send().await;
    assert_eq!(answer.outcome(), (428, "version-needed".to_owned()));
    assert_eq!(api.delete(Who::Owner, &key.path, 2).await.outcome(), (412, "stale-version".to_owned()));
    api.delete(Who::Editor, &key.path, 1).await.expect(403);
    assert_eq!(api.delete(Who::Stranger, &key.path, 1).await.outcome(), (404, "not-found".to_owned()));
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn a_live_key_is_deleted_by_somebody_who_signed_in_a_moment_ago() {
    let api = Api::start().await;
    let live = api.store(&aws4()).await;
    let test = api.store(&of_environment("test")).await;
    let before = api.everything().await;
    let delete = async |path: &str, seconds: i64| {
        let token = api.token_of_sign_in("owner@acme.example", seconds);
        api.call_with(&token, Method::DELETE, path).header("if-match", "\"1\"").send().await
    };
    let answer = delete(&live.path, 300).await;
    assert_eq!(answer.outcome(), (401, "fresh-sign-in-needed".to_owned()));
    let challenge = "Bearer error=\"insufficient_user_authentication\", max_age=\"300\"";
    assert_eq!(answer.header("www-authenticate"), Some(challenge));
    assert_eq!(api.everything().await, before);
    delete(&live.path, 290).await.expect(204);
    delete(&test.path, 900).await.expect(204);
    let machine = api.store(&aws4()).await;
    let token = api.machine_token("acme", Permission::KeysDelete);
    let call = api.call_with(&token, Method::DELETE, &machine.path).header("if-match", "\"1\"");
    call.send().await.expect(204);
}

#[tokio::test]
async fn a_key_in_use_is_not_deleted_and_what_uses_it_is_named() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let from = api.store_source(&source(&key.id)).await;
    let to = api.store_destination(&destination(&key.id)).await;
    let before = api.everything().await;
    let answer = api.delete(Who::Owner, &key.path, 1).await;
    assert_eq!(answer.outcome(), (409, "key-in-use".to_owned()));
    let uses = answer.json()["uses"].clone();
    assert_eq!(
        (&uses[0]["kind"], &uses[0]["id"], &uses[0]["title"]),
        (&json!("destination"), &json!(to.id), &to.view["title"])
    );
    assert_eq!(
        (&uses[1]["kind"], &uses[1]["id"], &uses[1]["title"]),
        (&json!("source"), &json!(from.id), &from.view["title"])
    );
    assert_eq!(api.everything().await, before);
    api.patch(Who::Editor, &from.path, 1, &json!({ "active": false })).await.expect(200);
    assert_eq!(api.delete(Who::Owner, &key.path, 1).await.status.as_u16(), 409);
    api.delete(Who::Editor, &to.path, 1).await.expect(204);
    api.delete(Who::Owner, &key.path, 1).await.expect(204);
}

#[tokio::test]
async fn of_a_deletion_and_an_attachment_at_once_one_is_made() {
    let api = Api::start().await;
    for _ in 0..20 {
        let key = api.store(&aws4()).await;
        let body = source(&key.id);
        let (deleted, attached) =
            tokio::join!(api.delete(Who::Owner, &key.path, 1), api.post(Who::Editor, "/v1/sources", &body));
        match (deleted.status.as_u16(), attached.status.as_u16()) {
            (204, 422) => assert_eq!(attached.fields(), ["key_id"]),
            (409, 201) => assert_eq!(api.uses_of(&key).await.1, 1),
            other => panic!("{other:?} {} {}", deleted.text, attached.text),
        }
    }
}
