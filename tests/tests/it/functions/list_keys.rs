//! `GET /v1/keys`.

use std::collections::BTreeSet;

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

use super::{Answers, Asking, Case, Request, no_body, no_misuse};
use crate::support::{
    Api, Who,
    asked::Asked,
    keys::{aws4, custom_http},
    services::Functions,
    uses::for_organizations,
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(200),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::As(|_, asked| Some(Request::of(asked))),
        deeds: &[],
    }
}

async fn store(api: &Api, title: &str, environment: &str) -> String {
    let mut key = custom_http("none", json!({}));
    key["title"] = json!(title);
    key["environment"] = json!(environment);
    api.store(&key).await.id
}

fn titles(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|key| key["title"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn keys_are_listed_by_title_across_both_environments() {
    let api = Api::start().await;
    for (title, environment) in [("beta", "live"), ("Alpha", "test"), ("gamma", "live"), ("ALPHA 2", "live")]
    {
        store(&api, title, environment).await;
    }
    let list = api.get(Who::Viewer, "/v1/keys").await.expect(200).json();
    assert_eq!(titles(&list), ["Alpha", "ALPHA 2", "beta", "gamma"]);
    assert_eq!(list["next_cursor"], Value::Null);
    let list = api.get(Who::Viewer, "/v1/keys?environment=live").await.expect(200).json();
    assert_eq!(titles(&list), ["ALPHA 2", "beta", "gamma"]);
    let list = api.get(Who::Viewer, "/v1/keys?title_prefix=aLp").await.expect(200).json();
    assert_eq!(titles(&list), ["Alpha", "ALPHA 2"]);
    let list =
        api.get(Who::Viewer, "/v1/keys?system_id=custom-http&environment=test").await.expect(200).json();
    assert_eq!(titles(&list), ["Alpha"]);
    let list = api.get(Who::Viewer, "/v1/keys?system_id=shopify").await.expect(200).json();
    assert!(titles(&list).is_empty());
    assert_eq!(api.get(Who::Stranger, "/v1/keys").await.expect(200).json()["items"], json!([]));
}

#[tokio::test]
async fn pages_follow_each_other_without_a_gap_or_a_repeat() {
    let api = Api::start().await;
    let mut expected: Vec<String> = Vec::new();
    for number in 0..7 {
        // Equal titles are told apart by their ids.
        expected.push(store(&api, "same", if number % 2 == 0 { "live" } else { "test" }).await);
    }
    expected.sort();
    let mut found: Vec<String> = Vec::new();
    let mut path = "/v1/keys?limit=2".to_owned();
    loop {
        let page = api.get(Who::Viewer, &path).await.expect(200).json();
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        found.extend(items.iter().map(|key| key["key_id"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("/v1/keys?limit=2&cursor={cursor}");
    }
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_cursor_of_another_filter_or_account_is_refused() {
    let api = Api::start().await;
    for title in ["a", "b"] {
        store(&api, title, "live").await;
    }
    let page = api.get(Who::Viewer, "/v1/keys?limit=1").await.expect(200).json();
    let cursor = page["next_cursor"].as_str().unwrap();
    for (who, path) in [
        (Who::Viewer, format!("/v1/keys?environment=live&cursor={cursor}")),
        (Who::Viewer, format!("/v1/keys?cursor={cursor}x")),
        (Who::Stranger, format!("/v1/keys?cursor={cursor}")),
    ] {
        let answer = api.get(who, &path).await.expect(400);
        assert_eq!(answer.fields(), ["cursor"]);
    }
}

#[tokio::test]
async fn parameters_are_checked_by_name() {
    let api = Api::start().await;
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=ten", "limit"),
        ("environment=moon", "environment"),
        ("system_id=Shop%20ify", "system_id"),
        (&*format!("system_id={}", "a".repeat(3_000)), "system_id"),
        (&*format!("title_prefix={}", "a".repeat(101)), "title_prefix"),
        ("cursor=", "cursor"),
        ("colour=red", "colour"),
        ("limit=1&limit=2", "limit"),
    ] {
        let answer = api.get(Who::Viewer, &format!("/v1/keys?{query}")).await.expect(400);
        assert_eq!(answer.fields(), [field], "{query}");
    }
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_shown_as_such_and_fails_nothing() {
    let api = Api::start().await;
    let broken = api.store(&aws4()).await;
    store(&api, "whole", "live").await;
    api.edit_row(&broken.id, "environment", "moon").await;
    let list = api.get(Who::Viewer, "/v1/keys").await.expect(200).json();
    let items = list["items"].as_array().unwrap();
    assert_eq!(items[0], json!({ "key_id": broken.id, "state": "unreadable" }));
    assert_eq!(items[1]["title"], "whole");
}

#[tokio::test]
async fn a_list_shows_no_values() {
    let api = Api::start().await;
    api.store(&aws4()).await;
    let list = api.get(Who::Viewer, "/v1/keys").await.expect(200).json();
    let key = list["items"][0].as_object().unwrap();
    assert!(!key.contains_key("entries") && !key.contains_key("headers"));
}

/// Every page of a list, one after the other: the ids, in their order. Before each page, `meanwhile` happens.
async fn walked(api: &Api, mut meanwhile: impl AsyncFnMut()) -> Vec<String> {
    let mut found = Vec::new();
    let mut path = "/v1/keys?limit=100".to_owned();
    loop {
        meanwhile().await;
        let page = api.get(Who::Viewer, &path).await.expect(200).json();
        let items = page["items"].as_array().unwrap();
        found.extend(items.iter().map(|key| key["key_id"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else { return found };
        path = format!("/v1/keys?limit=100&cursor={cursor}");
    }
}

#[tokio::test]
async fn a_list_is_stable_while_a_thousand_keys_are_written() {
    let api = Api::start_in_memory().await;
    // Spread over the whole order, so that keys come before and behind wherever a reader is.
    let title = |number: usize| format!("{:03} of a thousand", number * 37 % 1_000);
    let environment = |number: usize| if number.is_multiple_of(2) { "live" } else { "test" };
    let mut there = Vec::new();
    for number in 0..40 {
        there.push(store(&api, &title(number), environment(number)).await);
    }
    let (mut written, mut walks) = (0, 0);
    while written < 1_000 {
        let found = walked(&api, async || {
            let next = written..1_000.min(written + 20);
            written = next.end;
            let api = &api;
            let write = |number| async move {
                store(api, &format!("{} anew", title(number)), environment(number)).await
            };
            stream::iter(next).map(write).buffer_unordered(4).for_each(|_| async {}).await;
        })
        .await;
        let once: BTreeSet<&String> = found.iter().collect();
        assert_eq!(once.len(), found.len(), "no key is on two pages");
        assert!(there.iter().all(|id| once.contains(id)), "none is missing that was there all the time");
        walks += 1;
    }
    assert!(walks >= 5, "{walks}");
    assert_eq!(walked(&api, async || {}).await.len(), 1_040);
}

#[tokio::test]
async fn a_page_of_keys_with_forty_organizations_each_is_one_query_a_partition() {
    let api = Api::start_in_memory().await;
    let functions = Functions::of(&api, keyward_local::upstreams::Upstreams::default()).await;
    let entries: serde_json::Map<String, Value> = (0..40)
        .map(|number| {
            (format!("org_{number}"), json!({ "fields": { "username": "u".repeat(200), "password": "p" } }))
        })
        .collect();
    let key = for_organizations(custom_http("basic", json!({})), Value::Object(entries));
    stream::iter(0..100).for_each_concurrent(4, |_| async { drop(api.store(&key).await) }).await;
    // A process looks at its caller once in a minute.
    functions.ask(&Asked::of("list_keys", "acme")).await;
    functions.calls();
    for filter in ["", "environment=live", "system_id=custom-http"] {
        let query = format!("limit=100&{filter}");
        let told = functions.ask(&Asked::of("list_keys", "acme").query(&query)).await;
        assert_eq!((told.status, told.body["items"].as_array().unwrap().len()), (200, 100), "{filter}");
        // A machine client belongs to one environment, so it asks one partition. The last uses are in items of their own.
        assert_eq!(functions.calls(), ["Query", "BatchGetItem"], "{filter}");
    }
    // A person who names no environment asks both.
    let list = api.get(Who::Viewer, "/v1/keys?limit=100").await.expect(200).json();
    assert_eq!(list["items"].as_array().unwrap().len(), 100);
}
