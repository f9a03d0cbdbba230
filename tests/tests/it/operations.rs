//! What a restore asks of functions.

use keyward_functions::{compose::compose, table::FunctionName};
use keyward_local::upstreams::Upstreams;
use serde_json::{Value, json};

use crate::support::{Api, VAULT, Who, keys::aws4, services::Functions};

/// The event of `purge` in infra/restore/steps.py.
fn purge(key: &str) -> Value {
    json!({ "Records": [{
        "eventName": "INSERT",
        "dynamodb": {
            "SequenceNumber": "1",
            "Keys": { "PK": { "S": format!("AUDIT#acme#{key}") }, "SK": { "S": "000000000001" } },
        },
    }] })
}

#[tokio::test]
async fn the_purge_after_a_restore_destroys_what_came_back() {
    let api = Api::start().await;
    let (deleted, kept) = (api.store(&aws4()).await, api.store(&aws4()).await);
    let backup = api.items(VAULT).await;
    api.purge(Who::Owner, &deleted.path, 1).await.expect(204);
    api.drain_stream().await;
    for item in backup {
        api.put(VAULT, item).await;
    }
    assert_eq!(api.items(VAULT).await.len(), 2);
    let functions = Functions::of(&api, Upstreams::default()).await;
    let function = compose(FunctionName::OnTableChange, functions.services()).unwrap().stream().unwrap();
    for key in [&deleted.id, &deleted.id, &kept.id] {
        let event = serde_json::from_value(purge(key)).unwrap();
        let answer = serde_json::to_value(function(event).await.unwrap()).unwrap();
        assert_eq!(answer, json!({ "batchItemFailures": [] }));
    }
    let left = api.items(VAULT).await;
    assert_eq!(left.len(), 1);
    assert!(left[0]["PK"].as_s().unwrap().ends_with(&kept.id));
}
