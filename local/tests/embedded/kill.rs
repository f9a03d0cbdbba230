//! `kill -9`: what was acknowledged is there, whole; what was not is there whole or not at all.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use keyward_local::kms::WRAPPING_KEY;
use tokio::{sync::mpsc, task::JoinSet};

use crate::{
    dynamodb::put,
    stack::{Stack, blob, dynamodb, kms},
};

const WRITERS: usize = 4;
const ACKNOWLEDGED_BEFORE_THE_KILL: usize = 200;

/// The example that runs the services alone, which `cargo test` builds next to the tests.
fn start(directory: &Path) -> (Child, String, String) {
    let tests = std::env::current_exe().unwrap();
    let example = tests.parent().unwrap().parent().unwrap().join("examples/embedded_aws");
    let mut child = Command::new(example)
        .arg(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the example is built by `cargo test --workspace`");
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut url = || lines.next().unwrap().unwrap();
    let (dynamodb, kms) = (url(), url());
    (child, dynamodb, kms)
}

/// Writes pairs, one half in each table, until the service is gone, and reports each that was acknowledged.
async fn write(client: aws_sdk_dynamodb::Client, writer: usize, acknowledged: mpsc::Sender<String>) {
    for number in 0.. {
        let id = format!("{writer}-{number}");
        let keys = [("PK", "p"), ("SK", id.as_str())];
        let halves = vec![put("keyward", &keys), put("keyward-vault", &keys)];
        let written = client.transact_write_items().set_transact_items(Some(halves)).send().await;
        if written.is_err() || acknowledged.send(id).await.is_err() {
            return;
        }
    }
}

async fn ids(stack: &Stack, table: &str) -> Vec<String> {
    let items = stack.dynamodb.scan().table_name(table).into_paginator().items().send();
    let items = items.collect::<Result<Vec<_>, _>>().await.unwrap();
    let mut ids: Vec<_> = items.iter().map(|item| item["SK"].as_s().unwrap().clone()).collect();
    ids.sort_unstable();
    ids
}

#[tokio::test]
async fn every_acknowledged_transaction_survives_kill_9_and_none_is_torn() {
    let directory = tempfile::tempdir().unwrap();
    let (mut child, url, _) = start(directory.path());
    let (sender, mut receiver) = mpsc::channel(1);
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        writers.spawn(write(dynamodb(&url), writer, sender.clone()));
    }
    drop(sender);
    let mut acknowledged = Vec::new();
    while let Some(id) = receiver.recv().await {
        acknowledged.push(id);
        if acknowledged.len() == ACKNOWLEDGED_BEFORE_THE_KILL {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(acknowledged.len() >= ACKNOWLEDGED_BEFORE_THE_KILL);

    let stack = Stack::over(directory);
    let shown = ids(&stack, "keyward").await;
    assert_eq!(shown, ids(&stack, "keyward-vault").await);
    for id in acknowledged {
        assert!(shown.binary_search(&id).is_ok(), "{id} was acknowledged and is gone");
    }
}

#[tokio::test]
async fn a_rotation_that_was_answered_survives_kill_9() {
    let directory = tempfile::tempdir().unwrap();
    let (mut child, _, url) = start(directory.path());
    let client = kms(&url);
    let described = client.describe_key().key_id(WRAPPING_KEY).send().await.unwrap();
    let id = described.key_metadata.unwrap().key_id;
    let mut sealed = Vec::new();
    for _ in 0..3 {
        client.rotate_key_on_demand().key_id(&id).send().await.unwrap();
        let made = client.generate_data_key().key_id(&id).number_of_bytes(32).send().await.unwrap();
        sealed.push((made.ciphertext_blob.unwrap(), made.plaintext.unwrap()));
    }
    child.kill().unwrap();
    child.wait().unwrap();

    let stack = Stack::over(directory);
    for (sealed, plaintext) in sealed {
        let opened = stack.kms.decrypt().ciphertext_blob(sealed).send().await.unwrap();
        assert_eq!(opened.plaintext, Some(blob(plaintext)));
    }
}
