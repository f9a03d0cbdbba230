//! `GET /v1/audit`.

use std::collections::BTreeSet;

use keyward_local::upstreams::Upstreams;
use serde_json::{Value, json};

use super::{Answers, Asking, Case, Request, no_body, no_misuse, undelete_key::undelete};
use crate::support::{
    Api, TABLE, Who,
    asked::Asked,
    keys::{Item, Stored, aws4, of_environment},
    services::Functions,
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

/// Every page of the list, one after the other.
async fn all(api: &Api, who: Who, query: &str) -> Vec<Value> {
    let (mut found, mut path) = (Vec::new(), format!("/v1/audit?{query}"));
    loop {
        let page = api.get(who, &path).await.expect(200).json();
        found.extend(page["items"].as_array().unwrap().clone());
        let Some(cursor) = page["next_cursor"].as_str() else { return found };
        path = format!("/v1/audit?{query}&cursor={cursor}");
    }
}

fn actions(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["action"].as_str().unwrap()).collect()
}

/// A key that was renamed, deleted, brought back and ended, and one for tests.
async fn busy(api: &Api) -> (Stored, Stored) {
    let key = api.store(&aws4()).await;
    api.patch(Who::Editor, &key.path, 1, &json!({ "title": "Renamed" })).await.expect(200);
    api.delete(Who::Owner, &key.path, 2).await.expect(204);
    undelete(api, Who::Owner, &key).await.expect(200);
    let test = api.store(&of_environment("test")).await;
    api.purge(Who::Owner, &key.path, 4).await.expect(204);
    (key, test)
}

#[tokio::test]
async fn what_was_done_with_all_keys_comes_newest_first_also_of_one_that_is_gone() {
    let api = Api::start().await;
    let (key, test) = busy(&api).await;
    let entries = all(&api, Who::Owner, "").await;
    assert_eq!(
        actions(&entries),
        ["key.deleted", "key.created", "key.undeleted", "key.deleted", "key.updated", "key.created"]
    );
    let told =
        |entry: &Value| [&entry["key_id"], &entry["key_title"], &entry["key_version"]].map(Clone::clone);
    assert_eq!(told(&entries[0]), [json!(key.id), json!("Renamed"), json!(5)]);
    assert_eq!(told(&entries[1]), [json!(test.id), json!("Live UK ERP"), json!(1)]);
    assert_eq!(entries[4]["changed"], json!(["title"]));
    let editor = format!("person:{}", api.stack().sign_in().sub_of("editor@acme.example").unwrap());
    assert_eq!(entries[4]["by"], editor);
    // Each says what the key's own chain says.
    for entry in &entries {
        let path = format!("/v1/keys/{}/audit", entry["key_id"].as_str().unwrap());
        let trail = api.get(Who::Owner, &path).await.expect(200).json();
        let of_chain = trail["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|of_chain| of_chain["change"]["sequence"] == entry["sequence"]);
        let of_chain = of_chain.expect("it is in the chain");
        assert_eq!((&of_chain["at"], &of_chain["by"]), (&entry["at"], &entry["by"]));
        assert_eq!(of_chain["change"]["hash"], entry["hash"]);
    }
    assert_eq!(all(&api, Who::Stranger, "").await, Vec::<Value>::new());
    for who in [Who::Editor, Who::Viewer, Who::Runtime, Who::Operator] {
        api.get(who, "/v1/audit").await.expect(403);
    }
}

#[tokio::test]
async fn the_list_is_filtered_by_person_key_kind_environment_and_time() {
    let api = Api::start().await;
    let (key, test) = busy(&api).await;
    let entries = all(&api, Who::Owner, "").await;
    let editor = api.stack().sign_in().sub_of("editor@acme.example").unwrap();
    let (oldest, middle) = (entries[5]["at"].as_str().unwrap(), entries[2]["at"].as_str().unwrap());
    for (query, expected) in [
        (format!("by=person:{editor}"), &["key.updated"][..]),
        ("by=client:runtime".to_owned(), &[]),
        (format!("key_id={}", test.id), &["key.created"]),
        (format!("key_id={}&action=key.deleted", key.id), &["key.deleted", "key.deleted"]),
        ("action=key.created".to_owned(), &["key.created", "key.created"]),
        ("environment=test".to_owned(), &["key.created"]),
        (format!("to={oldest}"), &[]),
        (format!("from={middle}"), &["key.deleted", "key.created", "key.undeleted"]),
        (format!("from={oldest}&to={middle}"), &["key.deleted", "key.updated", "key.created"]),
        (format!("from={middle}&to={oldest}"), &[]),
    ] {
        for limit in ["1", "2", "100"] {
            let entries = all(&api, Who::Owner, &format!("{query}&limit={limit}")).await;
            assert_eq!(actions(&entries), expected, "{query}, {limit}");
        }
    }
    for (query, field) in [
        ("by=ann", "by"),
        ("key_id=key_1", "key_id"),
        ("action=key.sold", "action"),
        ("environment=moon", "environment"),
        ("from=yesterday", "from"),
        ("to=2026-13-01", "to"),
        ("limit=0", "limit"),
        ("colour=red", "colour"),
    ] {
        assert_eq!(api.get(Who::Owner, &format!("/v1/audit?{query}")).await.expect(400).fields(), [field]);
    }
    let page = api.get(Who::Owner, "/v1/audit?limit=1").await.expect(200).json();
    let cursor = page["next_cursor"].as_str().unwrap();
    for (who, query) in [(Who::Owner, "action=key.created&"), (Who::Stranger, "")] {
        let answer = api.get(who, &format!("/v1/audit?{query}cursor={cursor}")).await.expect(400);
        assert_eq!(answer.fields(), ["cursor"], "{query}");
    }
}

#[tokio::test]
async fn a_machine_client_sees_its_environment_alone() {
    let api = Api::start().await;
    busy(&api).await;
    let functions = Functions::of(&api, Upstreams::default()).await;
    let told = functions.ask(&Asked::of("list_audit", "acme")).await;
    assert_eq!(told.status, 200, "{}", told.body);
    let environments: BTreeSet<_> =
        told.body["items"].as_array().unwrap().iter().map(|entry| entry["environment"].to_string()).collect();
    assert_eq!(environments, BTreeSet::from(["\"live\"".to_owned()]));
    functions.calls();
    functions.ask(&Asked::of("list_audit", "acme").query("limit=100")).await;
    assert_eq!(functions.calls(), ["Query"]);
    let told = functions.ask(&Asked::of("list_audit", "acme").query("environment=test")).await;
    assert_eq!((told.status, told.code.as_str()), (409, "wrong-environment"));
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_named_and_fails_nothing() {
    let api = Api::start().await;
    busy(&api).await;
    let rows = api.items(TABLE).await.into_iter();
    let mut rows: Vec<Item> =
        rows.filter(|item| item["PK"].as_s().unwrap() == "ACTIVITY#acme#live").collect();
    assert_eq!(rows.len(), 5);
    let mut damaged = rows.remove(0);
    damaged.remove("title");
    let place = damaged["SK"].as_s().unwrap().clone();
    api.put(TABLE, damaged).await;
    let page = api.get(Who::Owner, "/v1/audit").await.expect(200).json();
    assert_eq!(page["items"].as_array().unwrap().len(), 5);
    assert_eq!(page["unreadable"], json!([place]));
    // Nobody knows whether it would fit.
    let page = api.get(Who::Owner, "/v1/audit?action=key.created").await.expect(200).json();
    assert!(page.get("unreadable").is_none(), "{page}");
}

#[tokio::test]
async fn a_page_with_filters_ends_after_so_many_rows_and_goes_on() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let model =
        api.items(TABLE).await.into_iter().find(|item| item["PK"].as_s().unwrap().starts_with("ACTIVITY#"));
    let model = model.unwrap();
    // Later than all of these, and by nobody else.
    for number in 0..1_300 {
        let mut item = model.clone();
        let at = format!("2100-01-01T00:00:00.{number:09}Z#{}#000000000002", key.id);
        item.insert("SK".to_owned(), aws_sdk_dynamodb::types::AttributeValue::S(at));
        item.insert(
            "action".to_owned(),
            aws_sdk_dynamodb::types::AttributeValue::S("key.updated".to_owned()),
        );
        api.put(TABLE, item).await;
    }
    let page = api.get(Who::Owner, "/v1/audit?action=key.created&environment=live").await.expect(200).json();
    assert_eq!(page["items"], json!([]));
    assert!(page["next_cursor"].is_string());
    assert_eq!(actions(&all(&api, Who::Owner, "action=key.created").await), ["key.created"]);
}
