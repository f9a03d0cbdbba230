//! `sweep`: the look for sealed values that nothing names.

use aws_sdk_dynamodb::types::AttributeValue;
use keyward_functions::handlers::sweep::NotSwept;
use keyward_local::stack::connection;
use keyward_tests::runtime_api::RuntimeApi;
use serde_json::{Value, json};

use super::{Answers, Asking, Case, no_body, no_misuse, on_table_change::functions, rewrap::failing_from};
use crate::{
    crashes::{Moment, killing},
    support::{
        Api, TABLE, VAULT, Who,
        faults::Proxy,
        keys::{Item, Stored, aws4, custom_http, row_key},
        processes::{binaries, invoke, start},
        services::Functions,
        uses::for_organizations,
    },
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Json(|_, told| {
            assert_eq!(told["finished"], true, "{told}");
            told.clone()
        }),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::OfNobody,
        deeds: &[],
    }
}

/// What a run of fifteen minutes tells.
async fn sweep(functions: &Functions) -> Value {
    functions.json_within("sweep", &json!({}), 900).await.unwrap()
}

/// Keys with current and older values, of organizations, headers and versions.
async fn keys(api: &Api) -> Vec<Stored> {
    let first = api.store(&aws4()).await;
    let secret = json!({ "entries": { "default": { "fields": { "secret_key": "another" } } } });
    api.patch(Who::Editor, &first.path, 1, &secret).await.expect(200);
    let entries =
        json!({ "org_1": { "fields": { "value": "one" } }, "org_2": { "fields": { "value": "two" } } });
    let second = api.store(&for_organizations(custom_http("token", Value::Null), entries)).await;
    api.patch(Who::Editor, &second.path, 1, &json!({ "entries": { "org_2": null } })).await.expect(200);
    vec![first, second]
}

/// Sets an attribute of a key's row.
async fn set(api: &Api, key: &Stored, name: &str, value: &str) {
    let update = api.dynamodb().update_item().table_name(TABLE).set_key(Some(row_key(&key.id)));
    let update = update.update_expression("SET #name = :value").expression_attribute_names("#name", name);
    update.expression_attribute_values(":value", AttributeValue::S(value.to_owned())).send().await.unwrap();
}

fn names(found: &Value) -> Vec<&str> {
    found.as_array().unwrap().iter().map(|key| key["key_id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_vault_whose_values_are_all_named_is_found_in_order() {
    let api = Api::start().await;
    keys(&api).await;
    api.drain_stream().await;
    let before = api.everything().await;
    let functions = functions(&api).await;
    let told = sweep(&functions).await;
    let expected = json!({
        "looked_at": 3, "finished": true, "oldest_seconds": null, "unnamed": [], "without_row": [], "unreadable": [],
        "unreadable_items": 0, "next": null,
    });
    assert_eq!(told, expected);
    assert_eq!(api.everything().await, before);
    let mut calls = functions.calls();
    calls.sort();
    calls.dedup();
    assert_eq!(calls, ["GetItem", "Query", "Scan"]);
}

#[tokio::test]
async fn values_that_were_not_purged_are_found_with_their_age_and_left_alone() {
    let api = Api::start().await;
    let all = keys(&api).await;
    // Nobody follows the stream: the values of the deleted key stay, and one of a version that was never kept.
    let belongs = |item: &&Item| item["PK"].as_s().unwrap().ends_with(&all[1].id);
    let mut left_over = api.items(VAULT).await.iter().find(belongs).expect("a value").clone();
    left_over.insert("SK".to_owned(), AttributeValue::S("org_1#000009".to_owned()));
    left_over.insert("version".to_owned(), AttributeValue::N("9".to_owned()));
    api.put(VAULT, left_over).await;
    api.purge(Who::Owner, &all[0].path, 2).await.expect(204);
    let functions = functions(&api).await;
    assert_eq!(sweep(&functions).await["unnamed"], json!([]), "they may be about to be purged");
    set(&api, &all[0], "deleted_at", "2026-01-01T00:00:00Z").await;
    set(&api, &all[1], "updated_at", "2026-02-01T00:00:00Z").await;
    let before = api.everything().await;
    let told = sweep(&functions).await;
    let mut found: Vec<(&str, u64)> = told["unnamed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| (key["key_id"].as_str().unwrap(), key["values"].as_u64().unwrap()))
        .collect();
    found.sort_unstable();
    let mut expected = vec![(&*all[0].id, 2), (&*all[1].id, 1)];
    expected.sort_unstable();
    assert_eq!(found, expected);
    assert!(told["oldest_seconds"].as_u64().unwrap() > 300 * 24 * 3_600, "{told}");
    assert_eq!(api.everything().await, before);
    // What it found is purged by the stream's function, and then nothing is found.
    api.drain_stream().await;
    assert_eq!(sweep(&functions).await["unnamed"], json!([]));
}

#[tokio::test]
async fn a_lost_row_and_one_that_cannot_be_read_are_told_apart_from_what_can_be_purged() {
    let api = Api::start().await;
    let all = keys(&api).await;
    api.drain_stream().await;
    let row = Some(row_key(&all[0].id));
    api.dynamodb().delete_item().table_name(TABLE).set_key(row).send().await.unwrap();
    api.edit_row(&all[1].id, "environment", "moon").await;
    let strange: Item = [("PK", "acme"), ("SK", "nobody")]
        .map(|(name, text)| (name.to_owned(), AttributeValue::S(text.to_owned())))
        .into();
    api.put(VAULT, strange).await;
    let told = sweep(&functions(&api).await).await;
    assert_eq!(names(&told["without_row"]), [&*all[0].id]);
    assert_eq!(names(&told["unreadable"]), [&*all[1].id]);
    assert_eq!((&told["unnamed"], &told["unreadable_items"]), (&json!([]), &json!(1)));
}

#[tokio::test]
async fn a_table_that_is_away_fails_the_run() {
    let api = Api::start().await;
    keys(&api).await;
    let functions = functions(&api).await;
    for operation in ["Scan", "GetItem", "Query"] {
        functions.fail(Some(operation));
        assert!(functions.json_within("sweep", &json!({}), 900).await.is_err(), "{operation}");
    }
}

/// The row of the scheduled look, if it is there.
async fn kept(api: &Api) -> Option<Item> {
    let place = AttributeValue::S("DEPLOYMENT#SWEEP".to_owned());
    api.items(VAULT).await.into_iter().find(|item| item["PK"] == place)
}

/// Lets the scheduled look have begun so many hours earlier.
async fn let_hours_pass(api: &Api, hours: i64) {
    let mut row = kept(api).await.expect("a look");
    let began: jiff::Timestamp = row["began"].as_s().unwrap().parse().unwrap();
    let earlier = began - jiff::SignedDuration::from_hours(hours);
    row.insert("began".to_owned(), AttributeValue::S(earlier.to_string()));
    api.put(VAULT, row).await;
}

fn scheduled() -> Value {
    json!({ "scheduled": true })
}

/// Deleted keys whose values nobody purged, more of them than a page of the vault holds. Each is two items of 390 KB.
async fn large_keys(api: &Api, count: usize) -> Vec<Stored> {
    let mut all = Vec::new();
    for _ in 0..count {
        let key = api.store(&aws4()).await;
        let secret = json!({ "entries": { "default": { "fields": { "secret_key": "another" } } } });
        api.patch(Who::Editor, &key.path, 1, &secret).await.expect(200);
        api.purge(Who::Owner, &key.path, 2).await.expect(204);
        set(api, &key, "deleted_at", "2026-01-01T00:00:00Z").await;
        all.push(key);
    }
    for mut item in api.items(VAULT).await {
        item.insert("padding".to_owned(), AttributeValue::S("x".repeat(390_000)));
        api.put(VAULT, item).await;
    }
    all
}

#[tokio::test]
async fn a_scheduled_run_that_was_stopped_is_gone_on_with_and_a_look_is_taken_once_a_day() {
    let api = Api::start().await;
    let keys = large_keys(&api, 6).await;
    let functions = functions(&api).await;
    // The third page of the vault cannot be read.
    functions.proxy().plan(failing_from("Scan", 3));
    assert!(functions.json_within("sweep", &scheduled(), 900).await.is_err());
    let stopped = kept(&api).await.expect("its place");
    assert_eq!(stopped["ended"], AttributeValue::Bool(false));
    let first = stopped["after"].as_m().unwrap()["PK"].as_s().unwrap().clone();

    functions.fail(None);
    let told = functions.json_within("sweep", &scheduled(), 900).await.unwrap();
    assert_eq!((&told["finished"], &told["next"]), (&json!(true), &json!(null)), "{told}");
    let rest = names(&told["unnamed"]);
    assert!(!rest.is_empty() && rest.len() < keys.len(), "it begins behind what was looked at: {told}");
    assert!(!rest.iter().any(|key| first.ends_with(key)), "{told}");
    // What the two runs found is counted together.
    let ended = kept(&api).await.unwrap();
    assert_eq!(ended["values_found"], AttributeValue::N("12".to_owned()));
    assert_eq!(ended["ended"], AttributeValue::Bool(true));

    // Later runs of the day have nothing to do.
    functions.calls();
    let told = functions.json_within("sweep", &scheduled(), 900).await.unwrap();
    assert_eq!((&told["looked_at"], &told["finished"]), (&json!(0), &json!(true)));
    assert_eq!(functions.calls(), ["GetItem"]);
    let_hours_pass(&api, 24).await;
    let told = functions.json_within("sweep", &scheduled(), 900).await.unwrap();
    assert_eq!((names(&told["unnamed"]).len(), &told["looked_at"]), (6, &json!(12)));
    // The rows of this and of re-wrapping are no sealed values.
    assert_eq!(told["unreadable_items"], 0);
}

#[tokio::test]
async fn a_run_by_hand_looks_at_everything_and_leaves_the_place_of_the_schedule_alone() {
    let api = Api::start().await;
    keys(&api).await;
    api.drain_stream().await;
    let functions = functions(&api).await;
    functions.json("rewrap", &scheduled()).await.unwrap();
    functions.json_within("sweep", &scheduled(), 900).await.unwrap();
    let before = kept(&api).await;
    let told = sweep(&functions).await;
    assert_eq!((&told["looked_at"], &told["unreadable_items"]), (&json!(3), &json!(0)));
    // With too little time it says where to go on.
    let told = functions.json_within("sweep", &json!({}), 5).await.unwrap();
    assert_eq!((&told["finished"], &told["looked_at"]), (&json!(false), &json!(0)));
    assert_eq!(kept(&api).await, before);
}

#[tokio::test]
async fn what_it_is_asked_is_read_strictly() {
    let api = Api::start().await;
    let functions = functions(&api).await;
    for input in [
        json!(null),
        json!([]),
        json!({ "cursor": "acme" }),
        json!({ "cursor": 1 }),
        json!({ "scheduled": "yes" }),
        json!({ "scheduled": true, "cursor": "WyIxIiwiYSIsImIiXQ" }),
        json!({ "dry_run": true }),
    ] {
        let error = functions.json_within("sweep", &input, 900).await.unwrap_err();
        assert!(matches!(error.downcast_ref(), Some(NotSwept::NotUnderstood)), "{input} {error}");
    }
    assert!(functions.calls().is_empty());
}

#[tokio::test]
async fn the_scheduled_look_survives_a_kill_at_every_call() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    api.purge(Who::Owner, &key.path, 1).await.expect(204);
    set(&api, &key, "deleted_at", "2026-01-01T00:00:00Z").await;
    let binaries = binaries().await;
    let below = connection(api.stack().embedded());
    let mut kills = 0;
    'calls: for nth in 1.. {
        for moment in [Moment::Before, Moment::After] {
            if let Some(row) = kept(&api).await {
                let place = [("PK", row["PK"].clone()), ("SK", row["SK"].clone())];
                let place = place.map(|(name, value)| (name.to_owned(), value));
                let delete = api.dynamodb().delete_item().table_name(VAULT).set_key(Some(place.into()));
                delete.send().await.unwrap();
            }
            let proxy = Proxy::before(&below, killing(nth, moment)).await;
            let mut runtime = RuntimeApi::start().await.unwrap();
            let mut process = start(&binaries, "sweep", &runtime, &proxy);
            let is_answered = tokio::select! {
                _ = invoke(&mut runtime, &mut process, scheduled().to_string()) => true,
                () = proxy.held() => false,
            };
            process.kill().await.unwrap();
            if is_answered {
                break 'calls;
            }
            kills += 1;
            let again = functions(&api).await.json_within("sweep", &scheduled(), 900).await.unwrap();
            assert_eq!(again["finished"], true, "{nth} {moment:?} {again}");
            let row = kept(&api).await.expect("the look");
            assert_eq!(
                (&row["ended"], &row["values_found"]),
                (&AttributeValue::Bool(true), &AttributeValue::N("1".to_owned())),
                "{nth} {moment:?}"
            );
        }
    }
    assert_eq!(kills, 8, "the look, a scan, the row and the look; each before and after");
}
