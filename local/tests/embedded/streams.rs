//! The stream of the `keyward` table.

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_dynamodbstreams::types::{AttributeValue as Streamed, OperationType, Record, ShardIteratorType};

use crate::stack::{Stack, text};

/// The records of the stream, all of them or those after a sequence number.
async fn records(stack: &Stack, after: Option<&str>) -> Vec<Record> {
    let streams = stack.streams.list_streams().table_name("keyward").send().await.unwrap();
    let arn = streams.streams()[0].stream_arn().unwrap().to_owned();
    let stream = stack.streams.describe_stream().stream_arn(&arn).send().await.unwrap();
    let description = stream.stream_description.unwrap();
    let [shard] = description.shards() else {
        panic!("{:?}", description.shards());
    };
    let request = stack.streams.get_shard_iterator().stream_arn(arn).shard_id(shard.shard_id().unwrap());
    let request = match after {
        None => request.shard_iterator_type(ShardIteratorType::TrimHorizon),
        Some(number) => {
            request.shard_iterator_type(ShardIteratorType::AfterSequenceNumber).sequence_number(number)
        }
    };
    let iterator = request.send().await.unwrap().shard_iterator.unwrap();
    let answer = stack.streams.get_records().shard_iterator(iterator).send().await.unwrap();
    answer.records.unwrap_or_default()
}

async fn put(stack: &Stack, sk: &str, title: &str) {
    let put = stack.dynamodb.put_item().table_name("keyward").item("PK", text("p"));
    put.item("SK", text(sk)).item("title", text(title)).send().await.unwrap();
}

/// What happened, to which item, and its title before and after.
fn told(record: &Record) -> (OperationType, String, Option<String>, Option<String>) {
    let change = record.dynamodb().unwrap();
    let member = |item: Option<&std::collections::HashMap<String, Streamed>>, name: &str| {
        item.and_then(|item| item.get(name)).map(|value| value.as_s().unwrap().clone())
    };
    (
        record.event_name().unwrap().clone(),
        member(change.keys(), "SK").unwrap(),
        member(change.old_image(), "title"),
        member(change.new_image(), "title"),
    )
}

#[tokio::test]
async fn changes_come_in_order_with_both_images() {
    let stack = Stack::start();
    put(&stack, "1", "first").await;
    put(&stack, "2", "other").await;
    put(&stack, "1", "second").await;
    let delete = stack.dynamodb.delete_item().table_name("keyward");
    delete.key("PK", text("p")).key("SK", text("1")).send().await.unwrap();
    let of = |title: &str| Some(title.to_owned());
    let told: Vec<_> = records(&stack, None).await.iter().map(told).collect();
    assert_eq!(
        told,
        [
            (OperationType::Insert, "1".to_owned(), None, of("first")),
            (OperationType::Insert, "2".to_owned(), None, of("other")),
            (OperationType::Modify, "1".to_owned(), of("first"), of("second")),
            (OperationType::Remove, "1".to_owned(), of("second"), None),
        ]
    );
}

#[tokio::test]
async fn reading_goes_on_after_a_sequence_number_over_a_restart() {
    let stack = Stack::start();
    put(&stack, "1", "first").await;
    let seen = records(&stack, None).await;
    let number = seen[0].dynamodb().unwrap().sequence_number().unwrap().to_owned();
    let stack = stack.restart();
    put(&stack, "2", "second").await;
    let told: Vec<_> = records(&stack, Some(&number)).await.iter().map(told).collect();
    assert_eq!(told, [(OperationType::Insert, "2".to_owned(), None, Some("second".to_owned()))]);
}

#[tokio::test]
async fn the_vault_has_no_stream() {
    let stack = Stack::start();
    let streams = stack.streams.list_streams().table_name("keyward-vault").send().await.unwrap();
    assert!(streams.streams().is_empty());
}

#[tokio::test]
async fn an_expiry_is_told_apart_from_a_deletion() {
    let stack = Stack::start();
    let put = stack.dynamodb.put_item().table_name("keyward").item("PK", text("p")).item("SK", text("s"));
    put.item("ttl", AttributeValue::N("1".to_owned())).send().await.unwrap();
    stack.embedded.dynamodb().sweep_expired().unwrap();
    let records = records(&stack, None).await;
    assert_eq!(records[1].event_name(), Some(&OperationType::Remove));
    assert!(records[1].user_identity().is_some());
    assert!(records[0].user_identity().is_none());
}
