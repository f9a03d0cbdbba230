//! `sweep`: the look for sealed values that nothing names.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};

use super::{Answers, Asking, Case, no_body, no_misuse, on_table_change::functions};
use crate::support::{
    Api, TABLE, VAULT, Who,
    keys::{Item, Stored, aws4, custom_http, row_key},
    services::Functions,
    uses::for_organizations,
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
        "unreadable_items": 0,
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
    api.delete(Who::Owner, &all[0].path, 2).await.expect(204);
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
