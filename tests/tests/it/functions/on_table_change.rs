//! `on_table_change`: what follows from the table's stream.

use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use keyward_functions::{compose::compose, stream_filter::TABLE_CHANGES, table::FunctionName};
use serde_json::{Value, json};

use super::{Answers, Asking, Case, no_body, no_misuse};
use crate::support::{
    Api, TABLE, VAULT, Who,
    invariants::World,
    keys::{Item, Stored, aws4, custom_http, row_key},
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

/// Every record that the table's stream has, as Lambda hands it over.
pub(crate) fn records(api: &Api) -> Vec<Value> {
    api.stack().embedded().dynamodb().table_stream().after(None).unwrap()
}

pub(crate) async fn hand_over(functions: &Functions, records: &[Value]) -> Vec<String> {
    hand_over_to(FunctionName::OnTableChange, functions, records).await
}

/// Hands records to a function that follows the stream, and returns those that it wants to have again.
pub(super) async fn hand_over_to(
    name: FunctionName,
    functions: &Functions,
    records: &[Value],
) -> Vec<String> {
    let function = compose(name, functions.services()).unwrap().stream().unwrap();
    let event = serde_json::from_value(json!({ "Records": records })).unwrap();
    let answer = serde_json::to_value(function(event).await.unwrap()).unwrap();
    let failures = answer["batchItemFailures"].as_array().unwrap().iter();
    failures.map(|failure| failure["itemIdentifier"].as_str().unwrap().to_owned()).collect()
}

/// The messages in the queue of failed records.
pub(super) fn set_aside(api: &Api) -> Vec<Value> {
    let messages = api.stack().embedded().failed_changes();
    messages.iter().map(|message| serde_json::from_str(message).unwrap()).collect()
}

pub(super) async fn functions(api: &Api) -> Functions {
    Functions::of(api, keyward_local::upstreams::Upstreams::default()).await
}

/// A key with three versions, of which the first and the last have a sealed value of their own.
async fn changed(api: &Api) -> Stored {
    let key = api.store(&aws4()).await;
    let secret = json!({ "entries": { "default": { "fields": { "secret_key": "another" } } } });
    api.patch(Who::Editor, &key.path, 1, &json!({ "title": "Renamed" })).await.expect(200);
    api.patch(Who::Editor, &key.path, 2, &secret).await.expect(200);
    key
}

#[tokio::test]
async fn nothing_is_left_of_a_deleted_key_but_its_tombstone_and_its_trail() {
    let api = Api::start().await;
    let key = changed(&api).await;
    api.verify(&key).await.expect(200);
    let kept = changed(&api).await;
    api.purge(Who::Owner, &key.path, 3).await.expect(204);
    api.drain_stream().await;
    let vault = api.items(VAULT).await;
    assert_eq!(vault.len(), 2);
    assert!(vault.iter().all(|item| item["PK"].as_s().unwrap().ends_with(&kept.id)));
    let mut left: Vec<String> = api
        .items(TABLE)
        .await
        .iter()
        .filter(|item| format!("{item:?}").contains(&key.id))
        .map(|item| item["PK"].as_s().unwrap().split('#').next().unwrap().to_owned())
        .collect();
    left.sort();
    assert_eq!(
        left,
        [
            "ACTIVITY", "ACTIVITY", "ACTIVITY", "ACTIVITY", "AUDIT", "AUDIT", "AUDIT", "AUDIT", "KEY",
            "RECEIPT"
        ]
    );
    let trail = api.get(Who::Owner, &format!("{}/audit", key.path)).await.expect(200).json();
    assert_eq!(trail["items"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn records_that_come_twice_or_in_any_order_have_their_effect_once() {
    let api = Api::start().await;
    let mut deleted = Vec::new();
    for number in 0..12 {
        let key = changed(&api).await;
        if number % 2 == 0 {
            api.purge(Who::Owner, &key.path, 3).await.expect(204);
            deleted.push(key.id);
        }
    }
    let all: Vec<Value> = records(&api);
    let functions = functions(&api).await;
    // Three orders of the records, each twice: backwards, by the end of their numbers, and dealt into seven hands.
    let mut shuffled = all.clone();
    shuffled.reverse();
    shuffled.sort_by_key(|record| {
        record["dynamodb"]["SequenceNumber"].as_str().unwrap().bytes().rev().collect::<Vec<_>>()
    });
    let dealt: Vec<Value> = (0..7).flat_map(|hand| all.iter().skip(hand).step_by(7).cloned()).collect();
    let mut expected = None;
    for order in [&shuffled, &dealt, &all] {
        for _ in 0..2 {
            for batch in order.chunks(10) {
                assert_eq!(hand_over(&functions, batch).await, Vec::<String>::new());
            }
            let now = api.everything().await;
            assert_eq!(expected.get_or_insert_with(|| now.clone()), &now);
        }
    }
    let vault = api.items(VAULT).await;
    assert_eq!(vault.len(), 12, "two values of each of six keys");
    assert!(vault.iter().all(|item| deleted.iter().all(|id| !item["PK"].as_s().unwrap().ends_with(id))));
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_set_aside_and_counts_as_done() {
    let api = Api::start().await;
    for _ in 0..30 {
        let key = api.store(&aws4()).await;
        api.purge(Who::Owner, &key.path, 1).await.expect(204);
    }
    let mut all = records(&api);
    assert!(all.len() >= 120, "{}", all.len());
    let poison = [
        json!({ "eventName": "INSERT", "dynamodb": { "Keys": { "PK": { "S": "AUDIT#acme" } }, "SequenceNumber": "p1" } }),
        json!({ "eventName": "INSERT", "dynamodb": { "Keys": { "PK": { "N": "1" } }, "SequenceNumber": "p2" } }),
        json!({ "eventName": "INSERT", "dynamodb": { "Keys": { "PK": { "S": "HEALTH#a#b" } }, "SequenceNumber": "p3" } }),
        json!({ "dynamodb": { "SequenceNumber": "p4" } }),
    ];
    let every = all.len() / poison.len();
    for (number, record) in poison.into_iter().enumerate() {
        all.insert(number * every + number, record);
    }
    let functions = functions(&api).await;
    let mut failed = Vec::new();
    for batch in all.chunks(100) {
        failed.extend(hand_over(&functions, batch).await);
    }
    assert_eq!(failed, Vec::<String>::new(), "Lambda would hand over all that follows again, for hours");
    assert!(api.items(VAULT).await.is_empty(), "the others were dealt with");
    let aside = set_aside(&api);
    let mut numbers: Vec<&str> = aside
        .iter()
        .map(|message| message["record"]["dynamodb"]["SequenceNumber"].as_str().unwrap())
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, ["p1", "p2", "p3", "p4"]);
    assert!(aside.iter().all(|message| message["function"] == "on_table_change"), "{aside:?}");
    let keys: Vec<&Value> =
        aside.iter().map(|message| &message["record"]["dynamodb"]["Keys"]["PK"]).collect();
    assert!(keys.contains(&&json!({ "S": "AUDIT#acme" })), "{keys:?}");
}

#[tokio::test]
async fn a_record_that_cannot_be_set_aside_is_handed_over_again() {
    let api = Api::start().await;
    let functions = functions(&api).await;
    let poison = [
        json!({ "eventName": "INSERT", "dynamodb": { "Keys": { "PK": { "S": "AUDIT#acme" } }, "SequenceNumber": "p1" } }),
    ];
    functions.fail(Some("SendMessage"));
    assert_eq!(hand_over(&functions, &poison).await, ["p1"]);
    assert!(set_aside(&api).is_empty());
    functions.fail(None);
    assert_eq!(hand_over(&functions, &poison).await, Vec::<String>::new());
    assert_eq!(set_aside(&api).len(), 1);
}

#[tokio::test]
async fn a_record_without_a_number_fails_the_batch_only_if_it_cannot_be_set_aside() {
    let api = Api::start().await;
    let functions = functions(&api).await;
    let function = compose(FunctionName::OnTableChange, functions.services()).unwrap().stream().unwrap();
    let event = || serde_json::from_value(json!({ "Records": [{ "eventName": "INSERT" }] })).unwrap();
    functions.fail(Some("SendMessage"));
    assert!(function(event()).await.is_err());
    functions.fail(None);
    let answer = serde_json::to_value(function(event()).await.unwrap()).unwrap();
    assert_eq!(answer, json!({ "batchItemFailures": [] }));
    assert_eq!(set_aside(&api).len(), 1);
}

#[tokio::test]
async fn what_could_not_be_done_is_reported_and_done_the_next_time() {
    let api = Api::start().await;
    let key = changed(&api).await;
    api.purge(Who::Owner, &key.path, 3).await.expect(204);
    let functions = functions(&api).await;
    let deletions: Vec<Value> = records(&api)
        .into_iter()
        .filter(|record| record.pointer("/dynamodb/NewImage/action/S") == Some(&json!("key.deleted")))
        .collect();
    let number = deletions[0]["dynamodb"]["SequenceNumber"].as_str().unwrap().to_owned();
    for operation in ["Query", "GetItem", "DeleteItem"] {
        functions.fail(Some(operation));
        assert_eq!(hand_over(&functions, &deletions).await, std::slice::from_ref(&number), "{operation}");
        functions.fail(None);
    }
    assert!(hand_over(&functions, &deletions).await.is_empty());
    assert!(api.items(VAULT).await.is_empty());
}

#[tokio::test]
async fn it_never_feeds_itself() {
    let api = Api::start().await;
    let key = changed(&api).await;
    api.verify(&key).await.expect(200);
    api.purge(Who::Owner, &key.path, 3).await.expect(204);
    let before = records(&api).len();
    api.drain_stream().await;
    let caused = records(&api).split_off(before);
    assert!(!caused.is_empty());
    for record in caused {
        let partition = record["dynamodb"]["Keys"]["PK"]["S"].as_str().unwrap();
        assert_eq!(TABLE_CHANGES.rest(partition, record["eventName"].as_str().unwrap()), None, "{record}");
    }
}

#[tokio::test]
async fn a_row_shows_how_its_key_fares_until_the_key_changes() {
    let api = Api::start().await;
    let key = api.store(&custom_http("token", json!({ "value": "v" }))).await;
    let health = || async { api.get(Who::Viewer, "/v1/keys").await.json()["items"][0]["health"].clone() };
    assert_eq!(health().await, Value::Null);
    api.verify(&key).await.expect(200);
    api.drain_stream().await;
    assert_eq!(health().await, "unreachable");
    let version = api.get(Who::Viewer, &key.path).await.json()["version"].clone();
    assert_eq!(version, 1, "the version counts content, not health");
    api.patch(Who::Editor, &key.path, 1, &json!({ "title": "Another" })).await.expect(200);
    api.drain_stream().await;
    // Nothing is known about the key as it is now.
    assert_eq!(health().await, Value::Null);
    api.verify(&key).await.expect(200);
    api.drain_stream().await;
    assert_eq!(health().await, "unreachable");
}

#[tokio::test]
async fn a_key_that_cannot_be_read_loses_nothing() {
    let api = Api::start().await;
    let key = changed(&api).await;
    api.edit_row(&key.id, "environment", "moon").await;
    let vault = format!("{:?}", api.items(VAULT).await.len());
    let functions = functions(&api).await;
    assert_eq!(hand_over(&functions, &records(&api)).await, Vec::<String>::new());
    let aside = set_aside(&api);
    assert_eq!(aside.len(), 1, "its three changes are one piece of work: {aside:?}");
    assert_eq!(aside[0]["record"]["dynamodb"]["Keys"]["PK"]["S"], format!("AUDIT#acme#{}", key.id));
    assert_eq!(aside[0]["reason"], "the stored key cannot be read");
    assert_eq!(format!("{:?}", api.items(VAULT).await.len()), vault);
}

#[tokio::test]
async fn what_was_set_aside_is_done_when_its_message_is_handed_over_again() {
    let api = Api::start().await;
    let key = changed(&api).await;
    api.edit_row(&key.id, "environment", "moon").await;
    let functions = functions(&api).await;
    assert_eq!(hand_over(&functions, &records(&api)).await, Vec::<String>::new());
    // Somebody mends the row, deletes the key, and tries the message again.
    api.edit_row(&key.id, "environment", "live").await;
    api.purge(Who::Owner, &key.path, 3).await.expect(204);
    let message = set_aside(&api).remove(0);
    assert_eq!(hand_over(&functions, &[message["record"].clone()]).await, Vec::<String>::new());
    assert!(api.items(VAULT).await.is_empty());
    assert_eq!(set_aside(&api).len(), 1, "nothing more was set aside");
}

#[tokio::test]
async fn the_sealed_values_of_a_deleted_key_go_even_if_nothing_else_of_it_can_be_read() {
    let api = Api::start().await;
    let key = changed(&api).await;
    api.purge(Who::Owner, &key.path, 3).await.expect(204);
    let version = api.items(TABLE).await.into_iter().find(|item| {
        let place = |name: &str| item[name].as_s().unwrap().clone();
        place("PK") == format!("KEY#acme#{}", key.id) && place("SK") == "VERSION#000001"
    });
    let mut damaged = version.unwrap();
    damaged.remove("entries");
    api.put(TABLE, damaged).await;
    assert_eq!(hand_over(&functions(&api).await, &records(&api)).await, Vec::<String>::new());
    assert!(api.items(VAULT).await.is_empty());
    assert_eq!(set_aside(&api)[0]["reason"], "the stored version of the key cannot be read");
}

/// How many receipts are queued before a deletion: `make test-queue` sets 50,000.
fn queued() -> usize {
    #[expect(clippy::disallowed_methods, reason = "`make test-queue` asks for it, as no configuration does")]
    let asked = std::env::var("KEYWARD_QUEUED_RECEIPTS").ok();
    asked.map_or(2_000, |asked| asked.parse().expect("a number"))
}

#[tokio::test]
async fn a_purge_does_not_wait_for_the_receipts_that_were_queued_before_it() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let path = format!("{}/sign", key.path);
    api.post(Who::Runtime, &path, &json!({ "method": "GET", "path": "/a" })).await.expect(200);
    api.drain_stream().await;
    let receipts = queued();
    let model =
        api.items(TABLE).await.into_iter().find(|item| item["PK"].as_s().unwrap().starts_with("RECEIPT#"));
    queue_receipts(&api, &model.unwrap(), receipts).await;
    api.purge(Who::Owner, &key.path, 1).await.expect(204);
    let started = Instant::now();
    api.stack().drain_stream_of(FunctionName::OnTableChange).await.unwrap();
    let waited = started.elapsed();
    assert!(api.items(VAULT).await.is_empty());
    println!("{receipts} receipts before it: purged after {waited:?}");
    // The stream is read on through all of them, by pages of a thousand; a call for each receipt would take longer.
    let bound = Duration::from_secs(10) + Duration::from_micros(400) * u32::try_from(receipts).unwrap();
    assert!(waited < bound, "{waited:?}");
    // Not one of the receipts was dealt with until then.
    let noted = |items: Vec<Item>| {
        items.iter().filter(|item| item["PK"].as_s().unwrap().starts_with("USED#")).count()
    };
    assert_eq!(noted(api.items(TABLE).await), 0, "the key's own was purged with it");
    api.drain_stream().await;
    assert_eq!(set_aside(&api), Vec::<Value>::new());
}

/// Puts receipts of as many keys, which do not exist.
async fn queue_receipts(api: &Api, model: &Item, receipts: usize) {
    let text = |text: String| AttributeValue::S(text);
    let puts = (0..receipts).map(|number| {
        let (mut item, key) = (model.clone(), format!("key_0190f3c1-7f00-7000-8000-{number:012x}"));
        item.insert("PK".to_owned(), text(format!("RECEIPT#acme#{key}#0")));
        item.insert("key_id".to_owned(), text(key));
        let put = PutRequest::builder().set_item(Some(item)).build().unwrap();
        WriteRequest::builder().put_request(put).build()
    });
    let puts: Vec<WriteRequest> = puts.collect();
    for some in puts.chunks(25) {
        api.dynamodb().batch_write_item().request_items(TABLE, some.to_vec()).send().await.unwrap();
    }
}

#[tokio::test]
async fn a_row_that_was_taken_away_without_a_tombstone_destroys_nothing() {
    let api = Api::start().await;
    let key = changed(&api).await;
    let row = row_key(&key.id);
    api.dynamodb().delete_item().table_name(TABLE).set_key(Some(row)).send().await.unwrap();
    let before = api.everything().await;
    assert!(hand_over(&functions(&api).await, &records(&api)).await.is_empty());
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn a_purge_survives_a_kill_at_every_call() {
    let api = Api::start().await;
    let stream = api.stack().embedded().dynamodb().table_stream();
    let mut last = None;
    for nth in 1.. {
        let key = changed(&api).await;
        api.purge(Who::Owner, &key.path, 3).await.expect(204);
        let records = stream.after(last.as_deref()).unwrap();
        last = records
            .last()
            .and_then(|record| record["dynamodb"]["SequenceNumber"].as_str())
            .map(str::to_owned);
        let finished = handled_in_spite_of_a_kill(&api, "on_table_change", &records, nth).await;
        assert!(api.items(VAULT).await.is_empty(), "{nth}");
        if finished {
            assert!(nth > 5, "{nth}");
            return;
        }
    }
}

#[tokio::test]
async fn the_index_of_words_is_what_the_rows_give_after_a_kill_at_every_call() {
    let api = Api::start().await;
    let stream = api.stack().embedded().dynamodb().table_stream();
    let mut last = None;
    for nth in 1.. {
        let key = api.store(&aws4()).await;
        if nth % 2 == 0 {
            // A key that is in the index already, and then changes its words.
            api.drain_stream().await;
        }
        api.patch(Who::Editor, &key.path, 1, &json!({ "title": "Another title" })).await.expect(200);
        if nth % 3 == 0 {
            api.delete(Who::Owner, &key.path, 2).await.expect(204);
        }
        let records = stream.after(last.as_deref()).unwrap();
        last = records
            .last()
            .and_then(|record| record["dynamodb"]["SequenceNumber"].as_str())
            .map(str::to_owned);
        let finished = handled_in_spite_of_a_kill(&api, "on_table_change", &records, nth).await;
        let worlds = World::all(&api.dynamodb()).await;
        assert_eq!(
            worlds.iter().flat_map(World::wrong_words).collect::<Vec<_>>(),
            Vec::<String>::new(),
            "{nth}"
        );
        if finished {
            assert!(nth > 5, "{nth}");
            return;
        }
    }
}

#[tokio::test]
async fn an_older_record_never_brings_older_words_into_the_index() {
    let api = Api::start().await;
    let functions = functions(&api).await;
    let key = api.store(&aws4()).await;
    for version in 1..4 {
        let title = format!("Title number{version}");
        api.patch(Who::Editor, &key.path, version, &json!({ "title": title })).await.expect(200);
        let all = records(&api);
        for record in all.iter().rev().chain(&all) {
            hand_over(&functions, std::slice::from_ref(record)).await;
        }
        let worlds = World::all(&api.dynamodb()).await;
        assert_eq!(worlds.iter().flat_map(World::wrong_words).count(), 0);
    }
    let before = api.everything().await;
    assert_eq!(hand_over(&functions, &records(&api)).await, Vec::<String>::new());
    assert_eq!(api.everything().await, before, "nothing is written where nothing differs");
}
