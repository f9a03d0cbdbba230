//! `on_key_use`: what follows from receipts in the table's stream.

use keyward_functions::{stream_filter::KEY_USES, table::FunctionName};
use serde_json::{Value, json};

use super::{
    Answers, Asking, Case, no_body, no_misuse,
    on_table_change::{functions, hand_over_to, records, set_aside},
};
use crate::support::{
    Api, TABLE, Who,
    keys::{Item, Stored, aws4},
    kills::handled_in_spite_of_a_kill,
    services::Functions,
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Json(|_, _| json!({ "batchItemFailures": [] })),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::OfNobody,
        deeds: &[],
    }
}

async fn hand_over(functions: &Functions, records: &[Value]) -> Vec<String> {
    hand_over_to(FunctionName::OnKeyUse, functions, records).await
}

async fn sign(api: &Api, key: &Stored) {
    let path = format!("{}/sign", key.path);
    api.post(Who::Runtime, &path, &json!({ "method": "GET", "path": "/a" })).await.expect(200);
}

/// The records of receipts.
fn uses(api: &Api) -> Vec<Value> {
    let is_use = |record: &Value| {
        record["dynamodb"]["Keys"]["PK"]["S"].as_str().is_some_and(|place| place.starts_with("RECEIPT#"))
    };
    records(api).into_iter().filter(is_use).collect()
}

/// The items of the table whose partition begins so.
async fn items(api: &Api, beginning: &str) -> Vec<Item> {
    let items = api.items(TABLE).await.into_iter();
    items.filter(|item| item["PK"].as_s().unwrap().starts_with(beginning)).collect()
}

#[tokio::test]
async fn a_key_shows_when_it_was_used_but_for_trials() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let shown = || async {
        api.drain_stream().await;
        let listed = api.get(Who::Viewer, "/v1/keys").await.json()["items"][0]["last_used_at"].clone();
        assert_eq!(api.get(Who::Viewer, &key.path).await.json()["last_used_at"], listed);
        listed
    };
    api.verify(&key).await.expect(200);
    assert_eq!(shown().await, Value::Null);
    let sign = || async {
        let path = format!("{}/sign", key.path);
        api.post(Who::Runtime, &path, &json!({ "method": "GET", "path": "/a" })).await.expect(200);
        let trail = api.get(Who::Owner, &format!("{}/audit", key.path)).await.json();
        trail["items"][0]["at"].clone()
    };
    let first = sign().await;
    assert_eq!(shown().await, first);
    // The next use is a moment later, which is not worth a write; nor is a change of the key a use.
    sign().await;
    let version =
        api.patch(Who::Editor, &key.path, 1, &json!({ "title": "Another" })).await.expect(200).json();
    assert_eq!(version["last_used_at"], first);
    assert_eq!(shown().await, first);
}

#[tokio::test]
async fn a_use_writes_nothing_in_the_keys_row() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    api.drain_stream().await;
    let row = items(&api, "KEY#").await;
    sign(&api, &key).await;
    api.drain_stream().await;
    assert_eq!(items(&api, "USED#").await.len(), 1);
    assert_eq!(items(&api, "KEY#").await, row);
}

#[tokio::test]
async fn records_that_come_twice_or_backwards_show_the_last_use() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    sign(&api, &key).await;
    let mut early = uses(&api);
    let mut late = early[0].clone();
    late["dynamodb"]["NewImage"]["at"]["S"] = json!("2099-01-01T00:00:00Z");
    let functions = functions(&api).await;
    early.push(late);
    early.reverse();
    for records in [&early[..], &early[..], &early[1..]] {
        assert!(hand_over(&functions, records).await.is_empty());
        let shown = api.get(Who::Viewer, &key.path).await.json()["last_used_at"].clone();
        assert_eq!(shown, "2099-01-01T00:00:00Z");
    }
}

#[tokio::test]
async fn a_use_that_is_reported_after_the_deletion_of_its_key_leaves_nothing() {
    let api = Api::start().await;
    for is_noted_before in [false, true] {
        let key = api.store(&aws4()).await;
        sign(&api, &key).await;
        let functions = functions(&api).await;
        if is_noted_before {
            assert!(hand_over(&functions, &uses(&api)).await.is_empty());
            assert_eq!(items(&api, "USED#").await.len(), 1);
        }
        api.purge(Who::Owner, &key.path, 1).await.expect(204);
        // The purge comes first, and the record of the use late.
        api.stack().drain_stream_of(FunctionName::OnTableChange).await.unwrap();
        assert!(hand_over(&functions, &uses(&api)).await.is_empty());
        assert_eq!(items(&api, "USED#").await, Vec::<Item>::new(), "{is_noted_before}");
    }
    assert!(set_aside(&api).is_empty());
}

#[tokio::test]
async fn what_cannot_be_read_is_set_aside_and_what_failed_for_a_while_comes_again() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    sign(&api, &key).await;
    let mut all = uses(&api);
    let number = all[0]["dynamodb"]["SequenceNumber"].as_str().unwrap().to_owned();
    let mut poison = all[0].clone();
    poison["dynamodb"]["NewImage"]["at"]["S"] = json!("noon");
    poison["dynamodb"]["SequenceNumber"] = json!("p1");
    all.push(poison);
    let functions = functions(&api).await;
    for operation in ["UpdateItem", "TransactWriteItems"] {
        functions.fail(Some(operation));
        assert_eq!(hand_over(&functions, &all).await, [number.as_str()], "{operation}");
    }
    functions.fail(None);
    assert!(hand_over(&functions, &all).await.is_empty());
    assert_eq!(items(&api, "USED#").await.len(), 1);
    let aside = set_aside(&api);
    assert!(aside.iter().all(|message| message["record"]["dynamodb"]["SequenceNumber"] == "p1"), "{aside:?}");
    assert!(aside.iter().all(|message| message["function"] == "on_key_use"), "{aside:?}");
    let image = &aside[0]["record"]["dynamodb"]["NewImage"];
    assert_eq!(image, &json!({ "purpose": { "S": "sign" }, "at": { "S": "noon" } }));
}

#[tokio::test]
async fn the_uses_of_a_batch_are_one_write_for_each_key() {
    let api = Api::start().await;
    let keys = [api.store(&aws4()).await, api.store(&aws4()).await];
    for key in &keys {
        sign(&api, key).await;
    }
    let all: Vec<Value> = (0..500).flat_map(|_| uses(&api)).collect();
    let functions = functions(&api).await;
    hand_over(&functions, &all).await;
    functions.calls();
    assert!(hand_over(&functions, &all).await.is_empty());
    assert_eq!(functions.calls(), ["UpdateItem", "UpdateItem"]);
}

#[tokio::test]
async fn it_never_feeds_itself() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    sign(&api, &key).await;
    let before = records(&api).len();
    api.drain_stream().await;
    let caused = records(&api).split_off(before);
    assert!(!caused.is_empty());
    for record in caused {
        let partition = record["dynamodb"]["Keys"]["PK"]["S"].as_str().unwrap();
        assert_eq!(KEY_USES.rest(partition, record["eventName"].as_str().unwrap()), None, "{record}");
    }
}

#[tokio::test]
async fn it_survives_a_kill_at_every_call() {
    let api = Api::start().await;
    for nth in 1.. {
        let key = api.store(&aws4()).await;
        sign(&api, &key).await;
        let mut batch = uses(&api).split_off(nth - 1);
        let poison = json!({ "eventName": "INSERT", "dynamodb": { "Keys": { "PK": { "S": "RECEIPT#a" } }, "SequenceNumber": "1" } });
        batch.push(poison);
        let finished = handled_in_spite_of_a_kill(&api, "on_key_use", &batch, nth).await;
        let shown = api.get(Who::Viewer, &key.path).await.json()["last_used_at"].clone();
        assert!(shown.is_string(), "{nth}");
        assert!(!set_aside(&api).is_empty(), "{nth}");
        if finished {
            assert_eq!(nth, 4, "an update, a transaction and a message, and then nothing is held");
            return;
        }
    }
}
