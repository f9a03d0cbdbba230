//! The tables: their shape, transactions over both, indexes, restarts.

use aws_sdk_dynamodb::{
    operation::transact_write_items::TransactWriteItemsError,
    types::{AttributeValue, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem},
};
use keyward_local::{
    dynamodb::tables::{KEYWARD, VAULT},
    embedded::{Embedded, EmbeddedError},
};

use crate::stack::{Stack, dynamodb, item, text};

pub(crate) fn put(table: &str, pairs: &[(&str, &str)]) -> TransactWriteItem {
    let put = Put::builder()
        .table_name(table)
        .set_item(Some(item(pairs)))
        .condition_expression("attribute_not_exists(PK)")
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    TransactWriteItem::builder().put(put.build().unwrap()).build()
}

async fn there(stack: &Stack, table: &str, pk: &str, sk: &str) -> bool {
    let request = stack.dynamodb.get_item().table_name(table).consistent_read(true);
    let answer = request.key("PK", text(pk)).key("SK", text(sk)).send().await;
    answer.unwrap().item.is_some()
}

async fn titles(stack: &Stack, index: &str, partition: (&str, &str), forward: bool) -> Vec<String> {
    let pages = stack
        .dynamodb
        .query()
        .table_name(KEYWARD.name())
        .index_name(index)
        .key_condition_expression("#p = :p")
        .expression_attribute_names("#p", partition.0)
        .expression_attribute_values(":p", text(partition.1))
        .scan_index_forward(forward)
        .limit(2)
        .into_paginator()
        .items()
        .send();
    let items = pages.collect::<Result<Vec<_>, _>>().await.unwrap();
    items.iter().map(|item| item["title"].as_s().unwrap().clone()).collect()
}

#[tokio::test]
async fn both_tables_stand_with_their_indexes_stream_and_expiry() {
    let stack = Stack::start();
    for (table, indexes, stream) in
        [(KEYWARD, vec!["by_due", "by_system", "by_title"], true), (VAULT, vec![], false)]
    {
        let described = stack.dynamodb.describe_table().table_name(table.name()).send().await.unwrap();
        let described = described.table.unwrap();
        let mut names: Vec<_> =
            described.global_secondary_indexes().iter().filter_map(|index| index.index_name()).collect();
        names.sort_unstable();
        assert_eq!(names, indexes);
        for index in described.global_secondary_indexes() {
            // What is due is found by its place alone.
            let shown = if index.index_name() == Some("by_due") { 0 } else { 20 };
            assert_eq!(index.projection().unwrap().non_key_attributes().len(), shown);
        }
        assert_eq!(described.latest_stream_arn().is_some(), stream, "{}", table.name());
        let ttl = stack.dynamodb.describe_time_to_live().table_name(table.name()).send().await.unwrap();
        assert_eq!(ttl.time_to_live_description.unwrap().attribute_name(), Some("ttl"));
    }
}

#[tokio::test]
async fn a_transaction_over_both_tables_is_written_whole() {
    let stack = Stack::start();
    let write = stack
        .dynamodb
        .transact_write_items()
        .transact_items(put("keyward", &[("PK", "ACCOUNT#a"), ("SK", "KEY#1")]))
        .transact_items(put("keyward-vault", &[("PK", "a#1"), ("SK", "default#CURRENT")]));
    write.send().await.unwrap();
    assert!(there(&stack, "keyward", "ACCOUNT#a", "KEY#1").await);
    assert!(there(&stack, "keyward-vault", "a#1", "default#CURRENT").await);
}

#[tokio::test]
async fn a_failed_condition_is_told_item_by_item_and_nothing_is_written() {
    let stack = Stack::start();
    let taken = || put("keyward-vault", &[("PK", "a#1"), ("SK", "default#CURRENT"), ("by", "first")]);
    let first = stack.dynamodb.transact_write_items().transact_items(taken());
    first.send().await.unwrap();
    let refused = stack
        .dynamodb
        .transact_write_items()
        .transact_items(put("keyward", &[("PK", "ACCOUNT#a"), ("SK", "KEY#1")]))
        .transact_items(taken())
        .transact_items(put("keyward-vault", &[("PK", "a#1"), ("SK", "other#CURRENT")]))
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    let TransactWriteItemsError::TransactionCanceledException(canceled) = refused else {
        panic!("{refused:?}");
    };
    let codes: Vec<_> = canceled.cancellation_reasons().iter().map(|reason| reason.code().unwrap()).collect();
    assert_eq!(codes, ["None", "ConditionalCheckFailed", "None"]);
    let found = canceled.cancellation_reasons()[1].item().unwrap();
    assert_eq!(found["by"], text("first"));
    assert!(!there(&stack, "keyward", "ACCOUNT#a", "KEY#1").await);
    assert!(!there(&stack, "keyward-vault", "a#1", "other#CURRENT").await);
}

#[tokio::test]
async fn an_index_is_read_in_both_directions_over_pages() {
    let stack = Stack::start();
    for title in ["b", "d", "a", "e", "c"] {
        let sort = [("title_sk", title), ("system_sk", title), ("title", title), ("SK", title)];
        let keys = [("PK", "ACCOUNT#a"), ("title_pk", "a"), ("system_pk", "a#shopify#live")];
        let put = stack.dynamodb.put_item().table_name("keyward");
        put.set_item(Some(item(&[&keys[..], &sort].concat()))).send().await.unwrap();
    }
    for (index, partition) in
        [("by_title", ("title_pk", "a")), ("by_system", ("system_pk", "a#shopify#live"))]
    {
        assert_eq!(titles(&stack, index, partition, true).await, ["a", "b", "c", "d", "e"]);
        assert_eq!(titles(&stack, index, partition, false).await, ["e", "d", "c", "b", "a"]);
    }
}

#[tokio::test]
async fn items_survive_a_restart() {
    let stack = Stack::start();
    let write = put("keyward", &[("PK", "ACCOUNT#a"), ("SK", "KEY#1")]);
    stack.dynamodb.transact_write_items().transact_items(write).send().await.unwrap();
    let stack = stack.restart();
    assert!(there(&stack, "keyward", "ACCOUNT#a", "KEY#1").await);
}

#[tokio::test]
async fn an_expired_item_is_deleted_by_the_sweep() {
    let stack = Stack::start();
    for (sk, expiry) in [("past", "1"), ("future", "99999999999")] {
        let put = stack.dynamodb.put_item().table_name("keyward-vault");
        let put = put.item("PK", text("IDEMPOTENCY#a#1")).item("SK", text(sk));
        put.item("ttl", AttributeValue::N(expiry.to_owned())).send().await.unwrap();
    }
    assert_eq!(stack.embedded.dynamodb().sweep_expired().unwrap(), 1);
    assert!(!there(&stack, "keyward-vault", "IDEMPOTENCY#a#1", "past").await);
    assert!(there(&stack, "keyward-vault", "IDEMPOTENCY#a#1", "future").await);
}

#[tokio::test]
async fn a_file_of_an_older_version_gets_the_index_that_it_lacks() {
    let directory = tempfile::tempdir().unwrap();
    let mut definition = KEYWARD.definition();
    definition["GlobalSecondaryIndexes"].as_array_mut().unwrap().truncate(1);
    definition["AttributeDefinitions"].as_array_mut().unwrap().truncate(4);
    {
        let file = directory.path().join("dynamodb.sqlite");
        let old = dynoxide::Database::new(file.to_str().unwrap()).unwrap();
        old.create_table(serde_json::from_value(definition).unwrap()).unwrap();
        let item = serde_json::json!({
            "TableName": "keyward",
            "Item": { "PK": {"S": "p"}, "SK": {"S": "s"}, "system_pk": {"S": "x"}, "system_sk": {"S": "y"}, "title": {"S": "old"} },
        });
        old.put_item(serde_json::from_value(item).unwrap()).unwrap();
    }
    let stack = Stack::over(directory);
    assert_eq!(titles(&stack, "by_system", ("system_pk", "x"), true).await, ["old"]);
    let ttl = stack.dynamodb.describe_time_to_live().table_name("keyward").send().await.unwrap();
    assert_eq!(ttl.time_to_live_description.unwrap().attribute_name(), Some("ttl"));
}

#[tokio::test]
async fn stacks_stand_side_by_side_but_not_over_one_directory() {
    let one = Stack::start();
    let other = Stack::start();
    let write = put("keyward", &[("PK", "ACCOUNT#a"), ("SK", "KEY#1")]);
    one.dynamodb.transact_write_items().transact_items(write).send().await.unwrap();
    assert!(there(&one, "keyward", "ACCOUNT#a", "KEY#1").await);
    assert!(!there(&other, "keyward", "ACCOUNT#a", "KEY#1").await);
    assert!(matches!(Embedded::start(one.directory()), Err(EmbeddedError::Keys(_))));
}

#[tokio::test]
async fn a_stack_that_was_shut_down_answers_no_more() {
    let stack = Stack::start();
    let (url, client) = (stack.embedded.dynamodb_url(), stack.dynamodb.clone());
    client.list_tables().send().await.unwrap();
    stack.embedded.shutdown();
    assert!(dynamodb(&url).list_tables().send().await.is_err());
    assert!(client.list_tables().send().await.is_err());
}

#[tokio::test]
async fn only_the_owner_can_read_the_data() {
    use std::os::unix::fs::PermissionsExt;
    let stack = Stack::start();
    for file in std::fs::read_dir(stack.directory()).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode() & 0o077;
        assert_eq!(mode, 0, "{}", file.path().display());
    }
}
