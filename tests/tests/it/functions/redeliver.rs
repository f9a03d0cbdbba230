//! `POST /v1/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver` and `POST /v1/webhooks/{webhook_id}/redeliver`.

use serde_json::{Value, json};

use super::{Answers, Asking, Case, Effect, Request, publish_event::order};
use crate::{
    crashes::Deed,
    support::{Who, deliveries::receiver},
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(404),
        body: |route| match route.path.contains("{delivery_id}") {
            true => Value::Null,
            false => json!({ "state": "failed" }),
        },
        misuse: |secrets| vec![json!({ "state": secrets.to_string() })],
        asked: Asking::As(|clerk, asked| {
            let (asked, about) = clerk.about_a_webhook(asked)?;
            let asked = asked.by("POST /v1/webhooks/{webhook_id}/redeliver".to_owned());
            Some(Request { asked: asked.body(json!({ "state": "parked" })), about, effect: Effect::None })
        }),
        deeds: &[Deed::Redeliver],
    }
}

#[tokio::test]
async fn what_was_delivered_is_sent_again_with_the_same_id_and_a_new_schedule() {
    let (api, outside, webhook) = receiver().await;
    let event = api.publish(&order()).await;
    api.deliver().await;
    assert_eq!(outside.arrived().len(), 1);
    let delivery = api.delivery(&webhook).await;
    let path = format!("{}/deliveries/{}/redeliver", webhook.path, delivery["delivery_id"].as_str().unwrap());
    let view = api.post(Who::Editor, &path, &Value::Null).await.expect(200).json();
    assert_eq!(view["state"], "pending");
    api.deliver().await;
    let arrived = outside.arrived();
    assert_eq!(arrived.len(), 1);
    assert_eq!(arrived[0].header("webhook-id"), event);
    let delivery = api.delivery(&webhook).await;
    assert_eq!(
        (&delivery["state"], delivery["attempts"].as_array().unwrap().len()),
        (&json!("delivered"), 2)
    );
}

#[tokio::test]
async fn all_that_failed_or_waits_is_sent_again() {
    let (api, outside, webhook) = receiver().await;
    for _ in 0..3 {
        api.publish(&order()).await;
    }
    // The receiver is gone, so the webhook is paused and the others wait.
    outside.will_answer(410, &[], "");
    api.deliver().await;
    let states = async || {
        let all = api.deliveries(&webhook).await;
        let mut states: Vec<_> =
            all.iter().map(|delivery| delivery["state"].as_str().unwrap().to_owned()).collect();
        states.sort();
        states
    };
    let path = format!("{}/redeliver", webhook.path);
    let waiting = states().await;
    assert_eq!(waiting.iter().filter(|state| *state == "failed").count(), 1, "{waiting:?}");
    api.post(Who::Editor, &path, &json!({ "state": "failed" })).await.expect(200);
    let answer = api.post(Who::Editor, &path, &json!({ "state": "parked" })).await.expect(200).json();
    assert_eq!(answer["more"], false);
    api.deliver().await;
    assert_eq!(states().await, ["delivered"; 3]);
}

#[tokio::test]
async fn nobody_else_redelivers_and_nothing_happens() {
    let (api, outside, webhook) = receiver().await;
    api.publish(&order()).await;
    api.deliver().await;
    let delivery = api.delivery(&webhook).await["delivery_id"].as_str().unwrap().to_owned();
    // That the key was used is noted.
    api.drain_stream().await;
    let before = api.everything().await;
    outside.arrived();
    let one = format!("{}/deliveries/{delivery}/redeliver", webhook.path);
    let all = format!("{}/redeliver", webhook.path);
    for (path, body) in [(&one, Value::Null), (&all, json!({ "state": "failed" }))] {
        api.post(Who::Viewer, path, &body).await.expect(403);
        api.post(Who::Stranger, path, &body).await.expect(404);
    }
    let other = format!("{}/deliveries/dlv_01890000-0000-7000-8000-000000000000/redeliver", webhook.path);
    api.post(Who::Editor, &other, &Value::Null).await.expect(404);
    for state in ["pending", "delivered", "moon"] {
        assert_eq!(api.post(Who::Editor, &all, &json!({ "state": state })).await.fields(), ["state"]);
    }
    api.deliver().await;
    assert!(outside.arrived().is_empty());
    assert_eq!(api.everything().await, before);
}
