//! `GET /v1/keys`.

use std::collections::BTreeSet;

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

use super::{Answers, Asking, Case, Request, no_body, no_misuse, undelete_key::undelete};
use crate::support::{
    Api, TABLE, Who,
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

/// A list with one key, by its title, by its system and by a word of it.
async fn hints(api: &Api) -> Vec<Value> {
    let mut hints = Vec::new();
    for query in ["?title_prefix=hub", "?system_id=hubspot", "?q=hub"] {
        let list = api.get(Who::Viewer, &format!("/v1/keys{query}")).await.expect(200).json();
        hints.push(list["items"][0]["hint"].clone());
    }
    hints
}

#[tokio::test]
async fn a_list_shows_the_end_of_a_secret_where_its_template_lets_it_be_seen() {
    let api = Api::start().await;
    let with = |token: &str| json!({ "entries": { "default": { "fields": { "access_token": token } } } });
    let mut hubspot = with("pat-eu1-0123456789abcdef7777");
    for (member, value) in
        [("system_id", "hubspot"), ("auth", "token"), ("title", "Hub"), ("environment", "live")]
    {
        hubspot[member] = json!(value);
    }
    let key = api.store(&hubspot).await;
    api.drain_stream().await;
    assert_eq!(hints(&api).await, ["…7777"; 3]);
    api.patch(Who::Owner, &key.path, 1, &with("pat-eu1-0123456789abcdef8888")).await.expect(200);
    assert_eq!(hints(&api).await, ["…8888"; 3]);
    // A short value shows nothing of itself.
    api.patch(Who::Owner, &key.path, 2, &with("pat-eu1-9999")).await.expect(200);
    assert_eq!(hints(&api).await, [const { Value::Null }; 3]);
    hubspot["title"] = json!("Among organizations");
    let entry = hubspot["entries"]["default"].clone();
    api.store(&for_organizations(hubspot, json!({ "org_uk": entry }))).await;
    store(&api, "Another", "live").await;
    let list = api.get(Who::Viewer, "/v1/keys?title_prefix=a").await.expect(200).json();
    assert_eq!(titles(&list), ["Among organizations", "Another"]);
    assert!(list["items"].as_array().unwrap().iter().all(|key| key["hint"] == Value::Null), "{list}");
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
    let api = Api::start().await;
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
    let api = Api::start().await;
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

/// The titles of everything that is found by some words, in order.
async fn found(api: &Api, words: &str) -> Vec<String> {
    let mut titles = Vec::new();
    let mut path = format!("/v1/keys?limit=100&q={words}");
    loop {
        let page = api.get(Who::Viewer, &path).await.expect(200).json();
        let items = page["items"].as_array().unwrap();
        titles.extend(items.iter().map(|key| key["title"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/keys?limit=100&q={words}&cursor={cursor}");
    }
    titles.sort();
    titles
}

#[tokio::test]
async fn keys_are_found_by_words_of_title_system_host_organization_and_id() {
    let api = Api::start().await;
    let shop = json!({
        "system_id": "shopify", "auth": "access-token", "title": "Über Köln – Staging", "environment": "test",
        "entries": { "default": { "fields": {
            "shop": "acme-uk", "api_version": "2026-01", "access_token": "shpat_0123456789abcdef0123456789abcdef",
            "api_secret": "0123456789abcdef0123456789abcdef",
        } } },
    });
    let shop = api.store(&shop).await;
    let mut erp = custom_http("none", json!({}));
    erp["title"] = json!("Live UK ERP");
    erp["base_url"] = json!("https://api.erp-north.example/v1");
    api.store(&erp).await;
    let entries = json!({ "org_uk": { "fields": { "username": "u", "password": "p" } } });
    let mut owned = for_organizations(custom_http("basic", json!({})), entries);
    owned["title"] = json!("Warehouse");
    api.store(&owned).await;
    api.drain_stream().await;
    for (words, expected) in [
        ("live", &["Live UK ERP"][..]),
        ("ERP%20uk", &["Live UK ERP"]),
        ("uber", &["Über Köln – Staging"]),
        ("K%C3%B6l%20sta", &["Über Köln – Staging"]),
        ("shopif", &["Über Köln – Staging"]),
        ("acme-uk.myshopify", &["Über Köln – Staging"]),
        ("erp-north.example", &["Live UK ERP"]),
        ("custom", &["Live UK ERP", "Warehouse"]),
        ("http%20ware", &["Warehouse"]),
        ("org_uk", &["Warehouse"]),
        ("ehouse", &[]),
        ("live%20shopify", &[]),
    ] {
        assert_eq!(found(&api, words).await, expected, "{words}");
    }
    assert_eq!(found(&api, &shop.id).await, ["Über Köln – Staging"]);
    assert_eq!(found(&api, &shop.id[..10]).await.len(), 3, "ids of one moment begin alike");
    let list = api.get(Who::Viewer, "/v1/keys?q=uk&environment=live").await.expect(200).json();
    assert_eq!(titles(&list), ["Live UK ERP", "Warehouse"], "by its title, and by its organization");
    let list = api.get(Who::Viewer, "/v1/keys?q=uk&system_id=shopify").await.expect(200).json();
    assert_eq!(titles(&list), ["Über Köln – Staging"]);
    assert_eq!(api.get(Who::Stranger, "/v1/keys?q=live").await.expect(200).json()["items"], json!([]));
    // A machine client is of one environment.
    let refused = api.get(Who::Runtime, "/v1/keys?q=uk&environment=test").await;
    assert_ne!(refused.status.as_u16(), 200, "{}", refused.text);
}

#[tokio::test]
async fn what_is_found_follows_the_key() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let now = async |words: &str| {
        api.drain_stream().await;
        found(&api, words).await.len()
    };
    assert_eq!((now("live%20erp").await, now("moon").await), (1, 0));
    api.patch(Who::Editor, &key.path, 1, &json!({ "title": "Moon base" })).await.expect(200);
    assert_eq!((now("erp").await, now("moon").await), (0, 1));
    // What is shown is what the row says, whatever the index knows.
    api.patch(Who::Editor, &key.path, 2, &json!({ "title": "Mars base" })).await.expect(200);
    assert_eq!(found(&api, "moon").await, ["Mars base"]);
    assert_eq!((now("moon").await, now("mars").await), (0, 1));
    api.delete(Who::Owner, &key.path, 3).await.expect(204);
    assert_eq!(found(&api, "mars").await.len(), 0, "at once");
    assert_eq!(now("mars").await, 0);
    undelete(&api, Who::Owner, &key).await.expect(200);
    assert_eq!(now("mars").await, 1);
    api.purge(Who::Owner, &key.path, 5).await.expect(204);
    assert_eq!(now("mars").await, 0);
    let left = api.items(TABLE).await;
    assert!(left.iter().all(|item| !item["PK"].as_s().unwrap().starts_with("WORD#")));
}

#[tokio::test]
async fn a_renamed_organization_is_found_by_its_new_title_without_a_write_of_a_key() {
    let api = Api::start().await;
    let name = async |version: u64, title: &str| {
        let organizations = json!({ "organizations": [{ "organization_id": "org_uk", "title": title }] });
        api.patch(Who::Owner, "/v1/account", version, &organizations).await.expect(200);
    };
    let version = api.get(Who::Owner, "/v1/account").await.json()["version"].as_u64().unwrap();
    name(version, "Acme Britain").await;
    let entries = json!({ "org_uk": { "fields": { "username": "u", "password": "p" } } });
    api.store(&for_organizations(custom_http("basic", json!({})), entries)).await;
    api.drain_stream().await;
    assert_eq!(found(&api, "britain").await.len(), 1);
    let keys = async || {
        let mut items = api.items(TABLE).await;
        items
            .retain(|item| ["KEY#", "WORD#"].iter().any(|kind| item["PK"].as_s().unwrap().starts_with(kind)));
        items.sort_by_key(|item| (item["PK"].as_s().unwrap().clone(), item["SK"].as_s().unwrap().clone()));
        items
    };
    let before = keys().await;
    name(version + 1, "Acme Albion").await;
    api.drain_stream().await;
    assert_eq!((found(&api, "britain").await.len(), found(&api, "albion").await.len()), (0, 1));
    assert_eq!(keys().await, before);
}

#[tokio::test]
async fn words_that_cannot_be_looked_for_are_refused_by_name() {
    let api = Api::start().await;
    for title in ["uk one", "uk two"] {
        store(&api, title, "live").await;
    }
    api.drain_stream().await;
    for (query, field) in [
        ("q=", "q"),
        ("q=%20-%20", "q"),
        (&*format!("q={}", "a".repeat(101)), "q"),
        ("q=a&state=deleted", "q"),
        ("q=a&title_prefix=a", "title_prefix"),
        ("q=a&q=b", "q"),
    ] {
        let answer = api.get(Who::Viewer, &format!("/v1/keys?{query}")).await.expect(400);
        assert_eq!(answer.fields(), [field], "{query}");
    }
    let page = api.get(Who::Viewer, "/v1/keys?q=uk&limit=1").await.expect(200).json();
    let cursor = page["next_cursor"].as_str().unwrap();
    for other in ["q=uk%20o", "environment=live&q=uk", "limit=1"] {
        let answer = api.get(Who::Viewer, &format!("/v1/keys?{other}&cursor={cursor}")).await.expect(400);
        assert_eq!(answer.fields(), ["cursor"], "{other}");
    }
    let next =
        api.get(Who::Viewer, &format!("/v1/keys?q=uk&limit=1&cursor={cursor}")).await.expect(200).json();
    assert_eq!((titles(&page), titles(&next)), (vec!["uk one"], vec!["uk two"]));
}

#[tokio::test]
async fn a_search_makes_as_many_calls_with_many_keys_as_with_few() {
    let api = Api::start().await;
    let functions = Functions::of(&api, keyward_local::upstreams::Upstreams::default()).await;
    let mut calls = Vec::new();
    for more in [30, 270] {
        let titles = (0..more).map(|number| format!("Shop customer {number}"));
        stream::iter(titles)
            .for_each_concurrent(4, |title| {
                let api = &api;
                async move { drop(store(api, &title, "live").await) }
            })
            .await;
        api.drain_stream().await;
        for (words, expected) in [("customer", 25), ("shop%20customer", 25), ("customer%2012", 1)] {
            // The caller's row is remembered for a minute.
            functions.ask(&Asked::of("list_keys", "acme")).await;
            functions.calls();
            let told = functions.ask(&Asked::of("list_keys", "acme").query(&format!("q={words}"))).await;
            let rows = told.body["items"].as_array().unwrap().len();
            assert!(told.status == 200 && rows >= expected, "{words}: {}", told.body);
            calls.push(functions.calls());
        }
    }
    assert_eq!(calls[..3], calls[3..]);
    assert_eq!(calls[0], ["GetItem", "Query", "BatchGetItem", "BatchGetItem"]);
}
