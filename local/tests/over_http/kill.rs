//! `kill -9` of the real program while it answers.

use std::collections::HashSet;

use keyward_functions::aws::clients::Clients;
use keyward_local::{
    embedded::Embedded,
    stack::{TABLE, connection},
};
use serde_json::{Value, json};
use tokio::{sync::mpsc, task::JoinSet};

use crate::program::Running;

const SIGNERS: usize = 4;
const ANSWERED_BEFORE_THE_KILL: usize = 40;

/// Signs until the program is gone, and tells of each answer's receipt.
async fn sign(sign: reqwest::RequestBuilder, answered: mpsc::Sender<String>) {
    while let Ok(answer) = sign.try_clone().unwrap().send().await {
        let Ok(signed) = answer.error_for_status().unwrap().json::<Value>().await else { return };
        if answered.send(signed["receipt_id"].as_str().unwrap().to_owned()).await.is_err() {
            return;
        }
    }
}

#[tokio::test]
async fn every_signature_that_was_answered_has_its_receipt_after_kill_9() {
    let parent = tempfile::tempdir().unwrap();
    let data_dir = parent.path().join("data");
    let mut running = Running::start(&data_dir, &[]);
    let http = reqwest::Client::new();
    let keys = format!("{}/v1/keys", running.origin());
    let key = json!({
        "system_id": "custom-http", "auth": "hmac-sha256", "title": "A key", "environment": "live",
        "base_url": "https://api.example.com/v1",
        "headers": [{ "name": "Content-Type", "value": "application/json" }],
        "entries": { "default": { "fields": { "client_id": "one", "client_secret": "a-secret-of-a-test-only" } } },
    });
    let owner = running.token(&data_dir, &["--user", "owner@acme.example"]);
    let stored = http.post(&keys).bearer_auth(owner).json(&key).send().await.unwrap();
    let stored: Value = stored.error_for_status().unwrap().json().await.unwrap();
    let runtime = running.token(&data_dir, &["--client", "runtime"]);
    let (sender, mut receiver) = mpsc::channel(1);
    let mut signers = JoinSet::new();
    for _ in 0..SIGNERS {
        let asked = http.post(format!("{keys}/{}/sign", stored["key_id"].as_str().unwrap()));
        let asked =
            asked.bearer_auth(&runtime).json(&json!({ "method": "POST", "path": "/orders", "body": "{}" }));
        signers.spawn(sign(asked, sender.clone()));
    }
    drop(sender);
    let mut answered = Vec::new();
    while let Some(receipt) = receiver.recv().await {
        answered.push(receipt);
        if answered.len() == ANSWERED_BEFORE_THE_KILL {
            running.kill();
        }
    }
    assert!(answered.len() >= ANSWERED_BEFORE_THE_KILL);

    let embedded = Embedded::start(&data_dir).unwrap();
    let tables = Clients::new(connection(&embedded)).dynamodb();
    let items = tables.scan().table_name(TABLE).into_paginator().items().send();
    let items = items.collect::<Result<Vec<_>, _>>().await.unwrap();
    let stored: HashSet<_> = items.iter().map(|item| item["SK"].as_s().unwrap().clone()).collect();
    for receipt in answered {
        assert!(stored.contains(&receipt), "{receipt} was answered and is gone");
    }
}
