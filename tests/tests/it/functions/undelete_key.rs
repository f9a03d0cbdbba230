//! `POST /v1/keys/{key_id}/undelete`, and what a deletion leaves for it.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Answers, Asking, Case, Effect, Request, bury_keys::make_due, no_body, no_misuse};
use crate::{
    crashes::Deed,
    support::{
        Answer, Api, TABLE, VAULT, Who,
        endpoints::source,
        keys::{Stored, aws4, custom_http, of_environment},
        uses::for_organizations,
    },
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(404),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::As(|clerk, asked| {
            let (asked, key) = clerk.about_a_key(asked);
            Some(Request { asked, about: key, effect: Effect::KeyChanged("an undoing of a deletion") })
        }),
        deeds: &[Deed::UndeleteKey],
    }
}

pub(super) async fn undelete(api: &Api, who: Who, key: &Stored) -> Answer {
    api.call(who, Method::POST, &format!("{}/undelete", key.path)).send().await
}

async fn signs(api: &Api, key: &Stored) -> (u16, String) {
    let answer =
        api.post(Who::Runtime, &format!("{}/sign", key.path), &json!({ "method": "GET", "path": "/" })).await;
    answer.outcome()
}

async fn titles(api: &Api, list: &str) -> Vec<Value> {
    let page = api.get(Who::Owner, list).await.expect(200).json();
    page["items"].as_array().unwrap().iter().map(|key| key["title"].clone()).collect()
}

const DELETED: &str = "/v1/keys?state=deleted";

#[tokio::test]
async fn a_deleted_key_comes_back_with_its_values_and_without_its_uses() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let from = api.store_source(&source(&key.id)).await;
    api.patch(Who::Editor, &from.path, 1, &json!({ "active": false })).await.expect(200);
    assert_eq!(signs(&api, &key).await.0, 200);

    api.delete(Who::Owner, &key.path, 1).await.expect(204);
    api.drain_stream().await;
    assert_eq!(api.get(Who::Owner, &key.path).await.outcome(), (404, "not-found".to_owned()));
    assert_eq!(signs(&api, &key).await, (404, "not-found".to_owned()));
    assert_eq!(titles(&api, "/v1/keys").await, Vec::<Value>::new());
    assert_eq!(titles(&api, "/v1/keys?system_id=custom-http").await, Vec::<Value>::new());
    let again = api.patch(Who::Editor, &from.path, 2, &json!({ "active": true })).await;
    assert_eq!((again.status.as_u16(), again.fields()), (422, vec!["key_id".to_owned()]));
    // The values are sealed as they were.
    assert_eq!(api.items(VAULT).await.len(), 1);
    let listed = api.get(Who::Owner, DELETED).await.expect(200).json()["items"][0].clone();
    assert_eq!(
        (&listed["key_id"], &listed["state"], &listed["version"]),
        (&json!(key.id), &json!("deleted"), &json!(2))
    );
    let days = |from: &Value, to: &Value| {
        let time = |value: &Value| value.as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        time(to).duration_since(time(from)).as_hours() / 24
    };
    assert_eq!(days(&listed["updated_at"], &listed["recoverable_until"]), 7);

    let back = undelete(&api, Who::Owner, &key).await.expect(200).json();
    assert_eq!(
        (&back["state"], &back["version"], &back["active_uses"]),
        (&json!("active"), &json!(3), &json!(0))
    );
    assert_eq!(back["entries"], key.view["entries"]);
    assert_eq!(signs(&api, &key).await.0, 200);
    assert_eq!(titles(&api, "/v1/keys?system_id=custom-http").await, [key.view["title"].clone()]);
    assert_eq!(titles(&api, DELETED).await, Vec::<Value>::new());
    let row = api.row(&key.id).await;
    assert!(["due_pk", "due_sk", "recoverable_until"].iter().all(|name| !row.contains_key(*name)), "{row:?}");
    // What used it is as it was left, and may use it again.
    assert_eq!(api.get(Who::Owner, &from.path).await.expect(200).json()["active"], json!(false));
    api.patch(Who::Editor, &from.path, 2, &json!({ "active": true })).await.expect(200);
    let trail = api.get(Who::Owner, &format!("{}/audit", key.path)).await.expect(200).json();
    let actions: Vec<_> = trail["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|entry| entry["change"]["action"].as_str())
        .collect();
    assert_eq!(actions, ["key.undeleted", "key.deleted", "key.created"]);
    // A key that is there stays as it is.
    let before = api.everything().await;
    assert_eq!(undelete(&api, Who::Owner, &key).await.expect(200).json()["version"], json!(3));
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn a_disabled_key_and_one_with_organizations_come_back_as_they_were() {
    let api = Api::start().await;
    let entry = |value: &str| json!({ "fields": { "value": value } });
    let entries = json!({ "org_1": entry("one"), "org_2": entry("two") });
    let key = api.store(&for_organizations(custom_http("token", Value::Null), entries)).await;
    api.call(Who::Editor, Method::POST, &format!("{}/disable", key.path)).send().await.expect(200);
    let before = api.get(Who::Owner, &key.path).await.expect(200).json();
    api.delete(Who::Owner, &key.path, 2).await.expect(204);
    api.drain_stream().await;
    undelete(&api, Who::Owner, &key).await.expect(200);
    let after = api.get(Who::Owner, &key.path).await.expect(200).json();
    let same = ["state", "disabled", "entries", "title", "system_id", "environment", "base_url"];
    for name in same {
        assert_eq!(after[name], before[name], "{name}");
    }
    api.drain_stream().await;
    assert_eq!(api.items(VAULT).await.len(), 2);
}

#[tokio::test]
async fn nobody_brings_back_what_is_not_theirs_what_ended_or_what_was_purged_at_once() {
    let api = Api::start().await;
    let (late, purged, live) = (api.store(&aws4()).await, api.store(&aws4()).await, api.store(&aws4()).await);
    for key in [&late, &live] {
        api.delete(Who::Owner, &key.path, 1).await.expect(204);
    }
    api.purge(Who::Owner, &purged.path, 1).await.expect(204);
    make_due(&api, &late.id).await;
    api.drain_stream().await;
    let before = api.everything().await;
    for (who, key, outcome) in [
        (Who::Owner, &late, (404, "not-found")),
        (Who::Owner, &purged, (404, "not-found")),
        (Who::Stranger, &live, (404, "not-found")),
        (Who::Editor, &live, (403, "forbidden")),
    ] {
        let answer = undelete(&api, who, key).await;
        assert_eq!(answer.status.as_u16(), outcome.0, "{}", answer.text);
    }
    let old = api.token_of_sign_in("owner@acme.example", 301);
    let answer = api.call_with(&old, Method::POST, &format!("{}/undelete", live.path)).send().await;
    assert_eq!(answer.outcome(), (401, "fresh-sign-in-needed".to_owned()));
    assert_eq!(api.everything().await, before);
    undelete(&api, Who::Owner, &live).await.expect(200);
}

#[tokio::test]
async fn a_deleted_key_is_purged_at_once_when_somebody_asks_for_it() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    api.delete(Who::Owner, &key.path, 1).await.expect(204);
    let purge = async |version: u64, query: &str| {
        let call = api.call(Who::Owner, Method::DELETE, &format!("{}{query}", key.path));
        call.header("if-match", &format!("\"{version}\"")).send().await
    };
    let before = api.everything().await;
    assert_eq!(purge(2, "").await.outcome(), (404, "not-found".to_owned()));
    assert_eq!(purge(1, "?purge=now").await.outcome(), (412, "stale-version".to_owned()));
    let odd = purge(2, "?purge=later").await;
    assert_eq!((odd.status.as_u16(), odd.fields()), (400, vec!["purge".to_owned()]));
    assert_eq!(api.everything().await, before);
    purge(2, "?purge=now").await.expect(204);
    api.drain_stream().await;
    assert!(api.items(VAULT).await.is_empty());
    let state = api.row(&key.id).await["state"].as_s().unwrap().clone();
    assert_eq!(state, "deleted");
    assert_eq!(titles(&api, DELETED).await, Vec::<Value>::new());
    assert_eq!(undelete(&api, Who::Owner, &key).await.outcome(), (404, "not-found".to_owned()));
}

#[tokio::test]
async fn deleted_keys_are_listed_by_title_apart_for_each_account_and_environment() {
    let api = Api::start().await;
    for (title, environment) in [("Blue", "live"), ("Amber", "test"), ("Cyan", "live")] {
        let mut key = of_environment(environment);
        key["title"] = json!(title);
        let key = api.store(&key).await;
        if title != "Cyan" {
            api.delete(Who::Owner, &key.path, 1).await.expect(204);
        }
    }
    assert_eq!(titles(&api, DELETED).await, ["Amber", "Blue"]);
    assert_eq!(titles(&api, "/v1/keys?state=deleted&environment=live").await, ["Blue"]);
    assert_eq!(titles(&api, "/v1/keys?state=deleted&title_prefix=am").await, ["Amber"]);
    assert_eq!(titles(&api, "/v1/keys").await, ["Cyan"]);
    let strangers = api.get(Who::Stranger, DELETED).await.expect(200).json();
    assert_eq!(strangers["items"], json!([]));
    for (query, field) in [("state=active", "state"), ("state=deleted&system_id=custom-http", "system_id")] {
        let answer = api.get(Who::Owner, &format!("/v1/keys?{query}")).await;
        assert_eq!((answer.status.as_u16(), answer.fields()), (400, vec![field.to_owned()]), "{query}");
    }
}

#[tokio::test]
async fn of_a_purge_and_an_undoing_at_once_one_is_made() {
    let api = Api::start().await;
    for _ in 0..10 {
        let key = api.store(&aws4()).await;
        api.delete(Who::Owner, &key.path, 1).await.expect(204);
        let purge = api.call(Who::Owner, Method::DELETE, &format!("{}?purge=now", key.path));
        let (purged, back) =
            tokio::join!(purge.header("if-match", "\"2\"").send(), undelete(&api, Who::Owner, &key));
        api.drain_stream().await;
        match (purged.status.as_u16(), back.status.as_u16()) {
            (204, 404) => assert_eq!(api.row(&key.id).await["state"].as_s().unwrap(), "deleted"),
            (412, 200) => assert_eq!(signs(&api, &key).await.0, 200),
            other => panic!("{other:?} {} {}", purged.text, back.text),
        }
    }
    assert!(api.items(TABLE).await.iter().all(|item| {
        item.get("state").and_then(|state| state.as_s().ok()).is_none_or(|state| state != "recoverable")
    }));
}
