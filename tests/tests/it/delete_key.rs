//! `DELETE /v1/keys/{key_id}`.

use reqwest::Method;
use serde_json::json;

use crate::support::{Api, TABLE, VAULT, Who, keys::aws4};

#[tokio::test]
async fn a_deleted_key_is_gone_for_everybody_and_its_secrets_are_destroyed() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let replaced = json!({ "entries": { "default": { "fields": { "secret_key": "another" } } } });
    api.patch(Who::Owner, &key.path, 1, &replaced).await.expect(200);
    assert_eq!(api.items(VAULT).await.len(), 2);
    let answer = api.delete(Who::Owner, &key.path, 2).await.expect(204);
    assert!(answer.text.is_empty());
    assert!(api.items(VAULT).await.is_empty());
    assert_eq!(api.get(Who::Owner, &key.path).await.outcome(), (404, "not-found".to_owned()));
    assert_eq!(api.delete(Who::Owner, &key.path, 2).await.outcome(), (404, "not-found".to_owned()));
    let sign = json!({ "method": "GET", "path": "/" });
    let answer = api.post(Who::Runtime, &format!("{}/sign", key.path), &sign).await;
    assert_eq!(answer.outcome(), (404, "not-found".to_owned()));
    assert_eq!(api.get(Who::Owner, "/v1/keys").await.expect(200).json()["items"], json!([]));
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
async fn a_key_in_use_is_not_deleted() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let mut row = api.row(&key.id).await;
    row.insert("active_uses".to_owned(), aws_sdk_dynamodb::types::AttributeValue::N("1".to_owned()));
    api.put(TABLE, row).await;
    let before = api.everything().await;
    assert_eq!(api.delete(Who::Owner, &key.path, 1).await.outcome(), (409, "key-in-use".to_owned()));
    assert_eq!(api.everything().await, before);
}
