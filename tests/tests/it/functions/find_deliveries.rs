//! What `find_deliveries` does every minute.

use keyward_local::upstreams::Upstreams;
use serde_json::json;

use super::{Answers, Asking, Case, no_body, no_misuse, publish_event::order};
use crate::support::{deliveries::receiver, services::Functions};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Json(|_, answer| {
            assert!(answer["due"].is_u64(), "{answer}");
            answer.clone()
        }),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::OfNobody,
        deeds: &[],
    }
}

#[tokio::test]
async fn a_delivery_that_nobody_was_told_of_is_found_and_one_that_is_done_is_not() {
    let (api, outside, webhook) = receiver().await;
    let functions = Functions::of(&api, Upstreams::default()).await;
    api.publish(&order()).await;
    // The queue does not take the hint.
    let all = super::on_table_change::records(&api);
    functions.fail(Some("SendMessageBatch"));
    assert!(super::on_table_change::hand_over(&functions, &all).await.is_empty());
    assert_eq!(api.stack().drain_deliveries().await, 0);
    assert_eq!(api.delivery(&webhook).await["state"], "pending");
    api.let_time_come().await;
    assert_eq!(outside.arrived().len(), 1);
    assert_eq!(api.delivery(&webhook).await["state"], "delivered");
    functions.fail(None);
    let answer = functions.json("find_deliveries", &json!({})).await.unwrap();
    assert_eq!(answer, json!({ "due": 0 }));
}

#[tokio::test]
async fn a_queue_that_takes_nothing_is_told_of() {
    let (api, _outside, _webhook) = receiver().await;
    api.publish(&order()).await;
    let functions = Functions::of(&api, Upstreams::default()).await;
    super::on_table_change::hand_over(&functions, &super::on_table_change::records(&api)).await;
    functions.fail(Some("Query"));
    assert!(functions.json("find_deliveries", &json!({})).await.is_err());
}
