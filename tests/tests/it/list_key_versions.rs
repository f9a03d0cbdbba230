//! `GET /v1/keys/{key_id}/versions`.

use serde_json::json;

use crate::support::{Api, Who, keys::aws4};

#[tokio::test]
async fn versions_tell_who_changed_what_and_no_values() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    api.patch(Who::Editor, &key.path, 1, &json!({ "title": "Second" })).await.expect(200);
    let secret = json!({ "entries": { "default": { "fields": { "secret_key": "another" } } } });
    api.patch(Who::Owner, &key.path, 2, &secret).await.expect(200);
    let list = api.get(Who::Viewer, &format!("{}/versions", key.path)).await.expect(200).json();
    let items = list["items"].as_array().unwrap();
    let seen: Vec<_> =
        items.iter().map(|item| (item["version"].as_u64().unwrap(), item["changed"].clone())).collect();
    assert_eq!(seen[0], (3, json!(["entries.default.fields.secret_key"])));
    assert_eq!(seen[1], (2, json!(["title"])));
    assert_eq!(seen[2].0, 1);
    assert_eq!(items[0]["title"], "Second");
    assert!(items[1]["made_by"].as_str().unwrap().starts_with("person:"));
    assert_ne!(items[0]["made_by"], items[1]["made_by"]);
    assert!(!list.to_string().contains("another"));
}
