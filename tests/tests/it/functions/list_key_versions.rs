//! `GET /v1/keys/{key_id}/versions`.

use serde_json::json;

use super::{Answers, Asking, Case, Effect, Request, no_body, no_misuse};
use crate::support::{Api, TABLE, VAULT, Who, keys::aws4};

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

#[tokio::test]
async fn twenty_versions_are_kept_with_the_secrets_that_they_name_and_no_others() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    // The secret is set at versions 1, 4, 8, …, 24; the title in between.
    for version in 1..25 {
        let patch = if (version + 1) % 4 == 0 {
            json!({ "entries": { "default": { "fields": { "secret_key": format!("secret-{version}") } } } })
        } else {
            json!({ "title": format!("Title {version}") })
        };
        api.patch(Who::Editor, &key.path, version, &patch).await.expect(200);
    }
    let list = api.get(Who::Viewer, &format!("{}/versions", key.path)).await.expect(200).json();
    let kept: Vec<u64> =
        list["items"].as_array().unwrap().iter().map(|item| item["version"].as_u64().unwrap()).collect();
    assert_eq!(kept, (6..=25).rev().collect::<Vec<_>>());
    // Version 6 still has the secret of version 4; the first one is gone.
    api.drain_stream().await;
    let mut sealed: Vec<String> =
        api.items(VAULT).await.iter().map(|item| item["SK"].as_s().unwrap().clone()).collect();
    sealed.sort();
    let archived = [4, 8, 12, 16, 20].map(|version| format!("default#{version:06}"));
    assert_eq!(sealed, [archived.as_slice(), &["default#CURRENT".to_owned()]].concat());
    // The audit trail keeps every change.
    let items = api.items(TABLE).await;
    assert_eq!(items.iter().filter(|item| item["PK"].as_s().unwrap().starts_with("AUDIT#")).count(), 25);
    let sign = json!({ "method": "GET", "path": "/" });
    api.post(Who::Runtime, &format!("{}/sign", key.path), &sign).await.expect(200);
}

#[tokio::test]
async fn versions_that_cannot_be_read_are_named_and_hide_no_others() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    for version in 1..=3 {
        let title = json!({ "title": format!("Title {version}") });
        api.patch(Who::Editor, &key.path, version, &title).await.expect(200);
    }
    let path = format!("{}/versions", key.path);
    let whole = api.get(Who::Viewer, &path).await.expect(200).json();
    assert!(whole.get("unreadable").is_none(), "{whole}");
    for row in ["VERSION#000002", "VERSION#000003"] {
        let items = api.items(TABLE).await;
        let mut item = items.into_iter().find(|item| item["SK"].as_s().unwrap() == row).expect("a version");
        item.remove("updated_at");
        api.put(TABLE, item).await;
    }
    let list = api.get(Who::Viewer, &path).await.expect(200).json();
    assert_eq!(list["unreadable"], json!(["3", "2"]));
    let kept: Vec<_> = list["items"].as_array().unwrap().iter().map(|item| item["version"].clone()).collect();
    assert_eq!(kept, [json!(4), json!(1)]);
}
