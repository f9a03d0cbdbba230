//! What `bury_keys` does every hour.

use aws_sdk_dynamodb::types::AttributeValue;
use keyward_local::upstreams::Upstreams;
use serde_json::{Value, json};

use super::{Answers, Asking, Case, no_body, no_misuse};
use crate::support::{
    Api, TABLE, VAULT, Who,
    keys::{Stored, aws4},
    services::Functions,
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Json(|_, answer| {
            assert_eq!(answer["finished"], true);
            answer.clone()
        }),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::OfNobody,
        deeds: &[],
    }
}

/// Lets the time be over in which a deleted key can be brought back.
pub(crate) async fn make_due(api: &Api, key: &str) {
    let mut row = api.row(key).await;
    let text = |text: &str| AttributeValue::S(text.to_owned());
    row.insert("recoverable_until".to_owned(), text("2026-01-01T00:00:00Z"));
    row.insert("due_sk".to_owned(), text(&format!("2026-01-01T00:00:00Z#{key}")));
    api.put(TABLE, row).await;
}

async fn deleted(api: &Api) -> Stored {
    let key = api.store(&aws4()).await;
    api.delete(Who::Owner, &key.path, 1).await.expect(204);
    key
}

async fn run(api: &Api) -> Value {
    Functions::of(api, Upstreams::default()).await.json("bury_keys", &json!({})).await.unwrap()
}

#[tokio::test]
async fn deleted_keys_end_when_their_time_is_over_and_not_before() {
    let api = Api::start().await;
    let (due, young) = (deleted(&api).await, deleted(&api).await);
    let there = api.store(&aws4()).await;
    api.drain_stream().await;
    assert_eq!(api.items(VAULT).await.len(), 3);
    assert_eq!(run(&api).await, json!({ "ended": 0, "told": 0, "finished": true, "unreadable": [] }));
    make_due(&api, &due.id).await;
    assert_eq!(run(&api).await, json!({ "ended": 1, "told": 0, "finished": true, "unreadable": [] }));
    api.drain_stream().await;
    assert_eq!(api.items(VAULT).await.len(), 2);
    let row = api.row(&due.id).await;
    assert_eq!(
        (row["state"].as_s().unwrap().as_str(), row["version"].as_n().unwrap().as_str()),
        ("deleted", "3")
    );
    let trail = api.get(Who::Owner, &format!("{}/audit", due.path)).await.expect(200).json();
    assert_eq!(
        (&trail["items"][0]["change"]["action"], &trail["items"][0]["by"]),
        (&json!("key.purged"), &json!("keyward"))
    );
    // The others are as they were.
    super::undelete_key::undelete(&api, Who::Owner, &young).await.expect(200);
    api.get(Who::Owner, &there.path).await.expect(200);
    assert_eq!(run(&api).await["ended"], json!(0));
}

#[tokio::test]
async fn a_place_in_the_index_alone_ends_no_key() {
    let api = Api::start().await;
    let (there, young) = (api.store(&aws4()).await, deleted(&api).await);
    let text = |text: &str| AttributeValue::S(text.to_owned());
    // Somebody who may write the table puts keys among those that are due.
    for key in [&there, &young] {
        let mut row = api.row(&key.id).await;
        row.insert("due_pk".to_owned(), text("PURGE#0"));
        row.insert("due_sk".to_owned(), text("2026-01-01T00:00:00Z#x"));
        api.put(TABLE, row).await;
    }
    assert_eq!(run(&api).await, json!({ "ended": 0, "told": 0, "finished": true, "unreadable": [] }));
    api.drain_stream().await;
    assert_eq!(api.items(VAULT).await.len(), 2);
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_named_and_holds_up_nobody() {
    let api = Api::start().await;
    let (broken, due) = (deleted(&api).await, deleted(&api).await);
    for key in [&broken, &due] {
        make_due(&api, &key.id).await;
    }
    let mut row = api.row(&broken.id).await;
    row.insert("title".to_owned(), AttributeValue::N("7".to_owned()));
    api.put(TABLE, row).await;
    assert_eq!(
        run(&api).await,
        json!({ "ended": 1, "told": 0, "finished": true, "unreadable": [broken.id] })
    );
    api.drain_stream().await;
    assert_eq!(api.items(VAULT).await.len(), 1);
}
