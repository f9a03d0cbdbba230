//! The product's functions call the services in their process; everybody else calls them over a port. Both get the same.

use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::{
    config::{
        ConfigBag, Intercept, RuntimeComponents, SharedInterceptor,
        interceptors::AfterDeserializationInterceptorContextRef,
    },
    error::BoxError,
    types::{AttributeValue, KeysAndAttributes, ReturnValue},
};
use keyward_functions::aws::clients::{Clients, Connection};
use keyward_local::{kms::WRAPPING_KEY, stack::connection};
use serde_json::Value;
use tokio::task::JoinSet;

use crate::{
    dynamodb::put,
    stack::{Stack, item, text},
};

/// An answer as it came: its status and its body.
type Answer = (u16, Value);

/// Keeps every answer, and whether a port gave it: only there it has a header that names the server.
#[derive(Debug, Clone, Default)]
struct Watch(Arc<Mutex<Vec<(Answer, bool)>>>);

impl Intercept for Watch {
    fn name(&self) -> &'static str {
        "watch"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        let body = response.body().bytes().unwrap_or_default();
        let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(body)? };
        let over_a_port = response.headers().get("server").is_some();
        self.0.lock().unwrap().push(((response.status().as_u16(), body), over_a_port));
        Ok(())
    }
}

/// The clients of a stack by one of the two ways, which are watched.
fn clients(stack: &Stack, direct: bool) -> (Clients, Watch) {
    let watch = Watch::default();
    let services = connection(&stack.embedded);
    let front = services.front.clone().filter(|_| direct);
    let observer = Some(SharedInterceptor::new(watch.clone()));
    (Clients::new(Connection { front, observer, ..services }), watch)
}

/// Calls of DynamoDB that are done and calls that are refused. What they answer is with the watch.
async fn ask_dynamodb(dynamodb: &aws_sdk_dynamodb::Client) {
    let key = [("PK", "p"), ("SK", "1")];
    let keyed = || Some(item(&key));
    let new = |title| item(&[&key[..], &[("title", title), ("title_pk", "t"), ("title_sk", title)]].concat());
    for title in ["first", "second"] {
        // The second time, the condition fails.
        let put = dynamodb.put_item().table_name("keyward").set_item(Some(new(title)));
        drop(put.condition_expression("attribute_not_exists(PK)").send().await);
    }
    for (table, key) in
        [("keyward", keyed()), ("keyward-vault", keyed()), ("nothing", keyed()), ("keyward", None)]
    {
        drop(dynamodb.get_item().table_name(table).set_key(key).consistent_read(true).send().await);
    }
    let changed = |version: &str| {
        dynamodb
            .update_item()
            .table_name("keyward")
            .set_key(keyed())
            .update_expression("ADD version :one SET note = :note")
            .condition_expression("attribute_not_exists(version) OR version = :seen")
            .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
            .expression_attribute_values(":seen", AttributeValue::N(version.to_owned()))
            .expression_attribute_values(":note", text("ä \u{1f511} \" \\ \u{0}"))
            .return_values(ReturnValue::AllNew)
    };
    for version in ["1", "1", "1"] {
        drop(changed(version).send().await);
    }
    for (keyward, vault) in [("2", "2"), ("3", "2"), ("3", "3")] {
        // In the second transaction, the put into the vault is refused, and so is the other.
        let vault = put("keyward-vault", &[("PK", "p"), ("SK", vault), ("by", "first")]);
        let both =
            dynamodb.transact_write_items().transact_items(put("keyward", &[("PK", "p"), ("SK", keyward)]));
        drop(both.transact_items(vault).send().await);
    }
    for limit in [1, 25] {
        let query = dynamodb.query().table_name("keyward").key_condition_expression("PK = :p").limit(limit);
        drop(query.expression_attribute_values(":p", text("p")).send().await);
    }
    let query =
        dynamodb.query().table_name("keyward").index_name("by_title").key_condition_expression("nonsense");
    drop(query.send().await);
    let keys = KeysAndAttributes::builder().keys(item(&key)).keys(item(&[("PK", "p"), ("SK", "9")]));
    let batch = dynamodb.batch_get_item().request_items("keyward", keys.build().unwrap());
    drop(batch.send().await);
    drop(
        dynamodb
            .delete_item()
            .table_name("keyward")
            .set_key(keyed())
            .return_values(ReturnValue::AllOld)
            .send()
            .await,
    );
    // Not called directly.
    drop(dynamodb.describe_time_to_live().table_name("keyward").send().await);
}

/// Everything in a table.
async fn everything(stack: &Stack, table: &str) -> Vec<std::collections::HashMap<String, AttributeValue>> {
    stack.dynamodb.scan().table_name(table).send().await.unwrap().items.unwrap()
}

#[tokio::test]
async fn dynamodb_answers_the_same_both_ways_and_does_the_same() {
    let (one, other) = (Stack::start(), Stack::start());
    let ((direct, watched), (by_port, seen)) = (clients(&one, true), clients(&other, false));
    ask_dynamodb(&direct.dynamodb()).await;
    ask_dynamodb(&by_port.dynamodb()).await;
    let (watched, seen) = (watched.0.lock().unwrap().clone(), seen.0.lock().unwrap().clone());
    assert_eq!(watched.len(), 18);
    for ((direct, over_a_port), (by_port, _)) in watched.iter().zip(&seen) {
        assert_eq!(direct, by_port);
        // What was done was answered directly; a refusal, and what is not called directly, came from the port.
        let is_description = direct.1.get("TimeToLiveDescription").is_some();
        assert_eq!(*over_a_port, direct.0 != 200 || is_description, "{direct:?}");
    }
    assert!(seen.iter().all(|(_, over_a_port)| *over_a_port));
    assert_eq!(watched.iter().filter(|(answer, _)| answer.0 != 200).count(), 6);
    for table in ["keyward", "keyward-vault"] {
        assert_eq!(everything(&one, table).await, everything(&other, table).await, "{table}");
    }
}

#[tokio::test]
async fn kms_answers_the_same_both_ways() {
    let stack = Stack::start();
    let mut answers = Vec::new();
    for direct in [true, false] {
        let (clients, watch) = clients(&stack, direct);
        let kms = clients.kms();
        let made = kms.generate_data_key().key_id(WRAPPING_KEY).number_of_bytes(32);
        let made = made.encryption_context("id", "1").send().await.unwrap();
        let sealed = made.ciphertext_blob.unwrap();
        for id in ["1", "2"] {
            // The second context is not the one that it was sealed with.
            let opened =
                kms.decrypt().ciphertext_blob(sealed.clone()).encryption_context("id", id).send().await;
            assert_eq!(
                opened.ok().and_then(|opened| opened.plaintext),
                made.plaintext.clone().filter(|_| id == "1")
            );
        }
        drop(kms.describe_key().key_id("alias/nothing").send().await);
        drop(kms.describe_key().key_id(WRAPPING_KEY).send().await);
        let watched = watch.0.lock().unwrap().clone();
        // The data key and its ciphertext are new each time.
        answers.push(watched.into_iter().skip(2).map(|(answer, _)| answer).collect::<Vec<_>>());
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0].iter().map(|(status, _)| *status).collect::<Vec<_>>(), [400, 400, 200]);
}

#[tokio::test]
async fn of_writers_on_both_ways_at_once_one_wins_and_no_other_changes_anything() {
    const WRITERS: usize = 8;
    let stack = Stack::start();
    let ways = [clients(&stack, true).0.dynamodb().clone(), clients(&stack, false).0.dynamodb().clone()];
    for round in 0..10 {
        let mut writers = JoinSet::new();
        for writer in 0..WRITERS {
            let (dynamodb, round) = ((*ways[writer % 2]).clone(), round.to_string());
            writers.spawn(async move {
                let new = item(&[("PK", "p"), ("SK", &round), ("by", &writer.to_string())]);
                let put = dynamodb.put_item().table_name("keyward").set_item(Some(new));
                put.condition_expression("attribute_not_exists(PK)").send().await.is_ok().then_some(writer)
            });
        }
        let winners: Vec<_> = writers.join_all().await.into_iter().flatten().collect();
        assert_eq!(winners.len(), 1);
        let key = Some(item(&[("PK", "p"), ("SK", &round.to_string())]));
        let read = stack.dynamodb.get_item().table_name("keyward").set_key(key).send().await.unwrap();
        assert_eq!(read.item.unwrap()["by"], text(&winners[0].to_string()));
    }
}

#[tokio::test]
async fn a_stack_that_was_shut_down_answers_on_neither_way_and_leaves_its_directory_to_the_next() {
    let stack = Stack::start();
    let (direct, _) = clients(&stack, true);
    let write = || {
        direct.dynamodb().put_item().table_name("keyward").set_item(Some(item(&[("PK", "p"), ("SK", "s")])))
    };
    write().send().await.unwrap();
    let next = stack.restart();
    assert!(write().send().await.is_err());
    assert_eq!(everything(&next, "keyward").await.len(), 1);
}
