//! `POST /v1/keys/{key_id}/versions/{version}/restore`.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Answers, Asking, Case, Effect, Request};
use crate::{
    crashes::Deed,
    support::{
        Answer, Api, TABLE, VAULT, Who,
        endpoints::source,
        keys::{Stored, aws4, custom_http},
        uses::for_organizations,
    },
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(404),
        body: |_| json!({ "auth": "aws4", "origins": ["https://api.example.com"] }),
        misuse: |secrets| {
            let text = secrets.to_string();
            vec![json!({ "auth": text, "origins": [text] }), json!({ "auth": "x", "origins": secrets })]
        },
        asked: Asking::As(|clerk, asked| {
            let once = clerk.once();
            let (asked, key) = clerk.about_a_key(asked);
            let target = json!({ "auth": "aws4", "origins": ["https://api.example.com"] });
            let asked = asked.path("version", "1").seen(clerk.seen(&key)).once(&once).body(target);
            Some(Request { asked, about: key, effect: Effect::KeyChanged("a restore") })
        }),
        deeds: &[Deed::RestoreKeyVersion],
    }
}

async fn restore(api: &Api, who: Who, key: &Stored, of: u64, seen: u64, confirmed: &Value) -> Answer {
    api.call(who, Method::POST, &format!("{}/versions/{of}/restore", key.path))
        .header("if-match", &format!("\"{seen}\""))
        .json(confirmed)
        .send()
        .await
}

fn confirmed() -> Value {
    json!({ "auth": "token", "origins": ["https://api.example.com"] })
}

async fn value(api: &Api, key: &Stored, organization: Option<&str>) -> Value {
    let ask = json!({ "environment": "live", "organization": organization });
    let answer = api.post(Who::Runtime, &format!("{}/resolve", key.path), &ask).await;
    answer.expect(200).json()["fields"]["value"].clone()
}

fn set(value: &str) -> Value {
    json!({ "entries": { "default": { "fields": { "value": value } } } })
}

#[tokio::test]
async fn a_restored_version_is_a_new_one_with_the_old_secret() {
    let api = Api::start().await;
    let key = api.store(&custom_http("token", json!({ "value": "first" }))).await;
    api.patch(Who::Editor, &key.path, 1, &set("second")).await.expect(200);
    api.patch(Who::Editor, &key.path, 2, &json!({ "title": "Renamed" })).await.expect(200);
    let restored = restore(&api, Who::Editor, &key, 1, 3, &confirmed()).await.expect(200);
    assert_eq!(restored.header("etag"), Some("\"4\""));
    let view = restored.json();
    assert_eq!(view["entries"], key.view["entries"]);
    assert_eq!((&view["title"], &view["version"]), (&key.view["title"], &json!(4)));
    assert_eq!(value(&api, &key, None).await, "first");
    // Forwards again: what was replaced by restoring was kept.
    restore(&api, Who::Editor, &key, 3, 4, &confirmed()).await.expect(200);
    assert_eq!(value(&api, &key, None).await, "second");
    let versions = api.get(Who::Viewer, &format!("{}/versions", key.path)).await.expect(200).json();
    let newest = &versions["items"][0];
    assert_eq!(newest["changed"], json!(["title", "entries.default.fields.value"]));
    assert_eq!((&newest["auth"], &newest["origins"]), (&json!("token"), &confirmed()["origins"]));
    let trail = api.get(Who::Owner, &format!("{}/audit?limit=100", key.path)).await.expect(200).json();
    let actions: Vec<_> =
        trail["items"].as_array().unwrap().iter().filter(|item| !item["change"].is_null()).collect();
    assert_eq!(actions[0]["change"]["action"], "key.restored");
    assert_eq!(actions[0]["change"]["restored"], 3);
    api.drain_stream().await;
    assert_eq!(value(&api, &key, None).await, "second");
    assert_eq!(api.items(VAULT).await.len(), 4, "those of versions 1, 2, 4 and 5, the last one current");
}

#[tokio::test]
async fn a_version_that_sends_elsewhere_must_be_confirmed_as_that() {
    let api = Api::start().await;
    let key = api.store(&custom_http("token", json!({ "value": "first" }))).await;
    let mut moved = set("second");
    moved["base_url"] = json!("https://elsewhere.example.com/v2");
    moved["auth"] = json!("headers");
    moved["entries"]["default"]["fields"] =
        json!({ "name": "X-Key", "value": "second", "header_name": null });
    api.patch(Who::Editor, &key.path, 1, &moved).await.expect(200);
    let before = api.everything().await;
    for (confirmed, fields) in [
        (json!({ "auth": "headers", "origins": ["https://elsewhere.example.com"] }), vec!["auth", "origins"]),
        (json!({ "auth": "token", "origins": [] }), vec!["origins"]),
        (
            json!({ "auth": "token", "origins": ["https://api.example.com", "https://b.example.com"] }),
            vec!["origins"],
        ),
        (json!({ "auth": "headers", "origins": ["https://api.example.com"] }), vec!["auth"]),
    ] {
        let answer = restore(&api, Who::Editor, &key, 1, 2, &confirmed).await;
        assert_eq!(
            (answer.status.as_u16(), answer.fields()),
            (422, fields.iter().map(ToString::to_string).collect())
        );
    }
    assert_eq!(api.everything().await, before);
    restore(&api, Who::Editor, &key, 1, 2, &confirmed()).await.expect(200);
    assert_eq!(value(&api, &key, None).await, "first");
}

#[tokio::test]
async fn restoring_needs_a_kept_version_the_present_one_and_the_permission() {
    let api = Api::start().await;
    let key = api.store(&custom_http("token", json!({ "value": "first" }))).await;
    api.patch(Who::Editor, &key.path, 1, &set("second")).await.expect(200);
    let before = api.everything().await;
    for of in ["0", "3", "999999999999999999999", "x", "-1"] {
        let path = format!("{}/versions/{of}/restore", key.path);
        let call = api.call(Who::Editor, Method::POST, &path).header("if-match", "\"2\"");
        assert_eq!(call.json(&confirmed()).send().await.outcome(), (404, "not-found".to_owned()), "{of}");
    }
    let answer = restore(&api, Who::Editor, &key, 1, 1, &confirmed()).await;
    assert_eq!(answer.outcome(), (412, "stale-version".to_owned()));
    let answer = api.post(Who::Editor, &format!("{}/versions/1/restore", key.path), &confirmed()).await;
    assert_eq!(answer.outcome(), (428, "version-needed".to_owned()));
    restore(&api, Who::Viewer, &key, 1, 2, &confirmed()).await.expect(403);
    restore(&api, Who::Stranger, &key, 1, 2, &confirmed()).await.expect(404);
    // The present version is there already.
    let answer = restore(&api, Who::Editor, &key, 2, 2, &confirmed()).await.expect(200);
    assert_eq!(answer.json()["version"], 2);
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn an_organization_that_was_removed_is_not_revived_and_one_that_came_since_is_not_destroyed() {
    let api = Api::start().await;
    let entry = |value: &str| json!({ "fields": { "value": value } });
    let key = for_organizations(
        custom_http("token", json!({})),
        json!({ "org_1": entry("one"), "org_2": entry("two") }),
    );
    let key = api.store(&key).await;
    api.patch(Who::Editor, &key.path, 1, &json!({ "entries": { "org_1": null } })).await.expect(200);
    api.patch(Who::Editor, &key.path, 2, &json!({ "title": "Renamed" })).await.expect(200);
    // Before and after the stream has purged what was sealed for it.
    let view = restore(&api, Who::Editor, &key, 1, 3, &confirmed()).await.expect(200).json();
    assert_eq!(view["entries"].as_object().unwrap().keys().collect::<Vec<_>>(), ["org_2"]);
    api.drain_stream().await;
    assert_eq!(value(&api, &key, Some("org_2")).await, "two");
    let vault = format!("{:?}{:?}", api.items(VAULT).await, api.items(TABLE).await);
    assert!(!vault.contains("org_1#"), "nothing is sealed for it in any version");
    let snapshots: Vec<_> = api
        .items(TABLE)
        .await
        .into_iter()
        .filter(|item| item["SK"].as_s().unwrap().starts_with("VERSION#"))
        .collect();
    assert!(snapshots.iter().all(|item| !item["entries"].as_m().unwrap().contains_key("org_1")));

    // One that came back is another one to the versions before.
    api.patch(Who::Editor, &key.path, 4, &json!({ "entries": { "org_1": entry("anew") } })).await.expect(200);
    let before = api.everything().await;
    let answer = restore(&api, Who::Editor, &key, 3, 5, &confirmed()).await;
    assert_eq!((answer.status.as_u16(), answer.fields()), (422, vec!["version".to_owned()]));
    assert_eq!(api.everything().await, before);
    assert_eq!(value(&api, &key, Some("org_1")).await, "anew");
}

#[tokio::test]
async fn what_uses_the_key_is_not_taken_from_under_it() {
    let api = Api::start().await;
    let mut of_test = custom_http("token", json!({ "value": "first" }));
    of_test["environment"] = json!("test");
    let key = api.store(&of_test).await;
    let mut moved = set("second");
    moved["environment"] = json!("live");
    api.patch(Who::Editor, &key.path, 1, &moved).await.expect(200);
    let used = api.store_source(&source(&key.id)).await;
    let before = api.everything().await;
    let answer = restore(&api, Who::Editor, &key, 1, 2, &confirmed()).await;
    assert_eq!(answer.outcome(), (409, "key-in-use".to_owned()));
    assert_eq!(answer.json()["uses"][0]["id"], json!(used.id));
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn a_version_whose_sealed_value_is_not_there_is_not_restored() {
    let api = Api::start().await;
    let key = api.store(&custom_http("token", json!({ "value": "first" }))).await;
    api.patch(Who::Editor, &key.path, 1, &set("second")).await.expect(200);
    let archived =
        api.items(VAULT).await.into_iter().find(|item| item["SK"].as_s().unwrap() == "default#000001");
    let archived = archived.unwrap();
    let delete = api.dynamodb().delete_item().table_name(VAULT);
    let delete = delete.key("PK", archived["PK"].clone()).key("SK", archived["SK"].clone());
    delete.send().await.unwrap();
    let before = api.everything().await;
    let answer = restore(&api, Who::Editor, &key, 1, 2, &confirmed()).await;
    assert_eq!(answer.outcome(), (409, "does-not-open".to_owned()));
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn secret_headers_and_bindings_come_back_with_their_version() {
    let api = Api::start().await;
    let mut body = aws4();
    body["headers"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "name": "X-Tenant", "value": "tenant-s3cret", "secret": true }));
    let key = api.store(&body).await;
    let headers = json!({ "headers": [{ "name": "Content-Type", "value": "application/json" }] });
    api.patch(Who::Editor, &key.path, 1, &headers).await.expect(200);
    let confirmed = json!({ "auth": "aws4", "origins": ["https://api.example.com"] });
    let view = restore(&api, Who::Editor, &key, 1, 2, &confirmed).await.expect(200).json();
    assert_eq!(view["headers"], key.view["headers"]);
    let answer =
        api.post(Who::Runtime, &format!("{}/resolve", key.path), &json!({ "environment": "live" })).await;
    let headers = answer.expect(200).json()["headers"].to_string();
    assert!(headers.contains("tenant-s3cret"), "{headers}");
    // And away again.
    restore(&api, Who::Editor, &key, 2, 3, &confirmed).await.expect(200);
    let answer =
        api.post(Who::Runtime, &format!("{}/resolve", key.path), &json!({ "environment": "live" })).await;
    assert!(!answer.expect(200).text.contains("tenant-s3cret"));
}

#[tokio::test]
async fn a_live_version_is_restored_by_somebody_who_signed_in_a_moment_ago() {
    let api = Api::start().await;
    let body = |environment: &str| {
        let mut body = custom_http("token", json!({ "value": "first" }));
        body["environment"] = json!(environment);
        body
    };
    let restore = async |key: &Stored, seconds: i64| {
        let token = api.token_of_sign_in("editor@acme.example", seconds);
        api.call_with(&token, Method::POST, &format!("{}/versions/1/restore", key.path))
            .header("if-match", "\"2\"")
            .json(&confirmed())
            .send()
            .await
    };
    let live = api.store(&body("live")).await;
    api.patch(Who::Editor, &live.path, 1, &set("second")).await.expect(200);
    let before = api.everything().await;
    assert_eq!(restore(&live, 300).await.outcome(), (401, "fresh-sign-in-needed".to_owned()));
    assert_eq!(api.everything().await, before);
    restore(&live, 290).await.expect(200);

    let test = api.store(&body("test")).await;
    api.patch(Who::Editor, &test.path, 1, &set("second")).await.expect(200);
    restore(&test, 900).await.expect(200);

    // What is a test key now and was a live one is live again by restoring it.
    let was_live = api.store(&body("live")).await;
    let mut to_test = set("second");
    to_test["environment"] = json!("test");
    api.patch(Who::Editor, &was_live.path, 1, &to_test).await.expect(200);
    assert_eq!(restore(&was_live, 300).await.outcome(), (401, "fresh-sign-in-needed".to_owned()));
}
