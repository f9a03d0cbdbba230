//! `POST /v1/webhooks/{webhook_id}/test`.

use serde_json::json;

use super::{Answers, Asking, Case, Effect, Request, no_body, no_misuse};
use crate::{
    crashes::Deed,
    support::{
        Api, Who,
        deliveries::{HOST, receiver},
        webhooks::inactive_webhook,
    },
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(404),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::As(|clerk, asked| {
            let (asked, about) = clerk.about_a_webhook(asked)?;
            Some(Request { asked, about, effect: Effect::None })
        }),
        deeds: &[Deed::TestWebhook],
    }
}

#[tokio::test]
async fn a_test_event_goes_to_this_webhook_alone() {
    let (api, outside, webhook) = receiver().await;
    let mut other = webhook.view.clone();
    for member in ["webhook_id", "version", "created_at", "created_by", "updated_at", "updated_by", "paused"]
    {
        other.as_object_mut().unwrap().remove(member);
    }
    other["path"] = json!("/other");
    api.store_webhook(&other).await;
    let event =
        api.post(Who::Editor, &format!("{}/test", webhook.path), &json!(null)).await.expect(201).json();
    assert_eq!(event["type"], "webhook.test");
    api.deliver().await;
    let arrived = outside.arrived();
    assert_eq!(arrived.len(), 1, "{arrived:?}");
    assert_eq!(arrived[0].uri.path(), "/hooks/keyward");
    assert_eq!(arrived[0].header("host"), HOST);
    assert_eq!(arrived[0].header("webhook-id"), event["event_id"]);
}

#[tokio::test]
async fn an_inactive_webhook_and_one_of_others_are_not_tried() {
    let api = Api::start().await;
    let inactive = api.store_webhook(&inactive_webhook()).await;
    let before = api.everything().await;
    let path = format!("{}/test", inactive.path);
    assert_eq!(api.post(Who::Editor, &path, &json!(null)).await.fields(), ["active"]);
    api.post(Who::Stranger, &path, &json!(null)).await.expect(404);
    api.post(Who::Viewer, &path, &json!(null)).await.expect(403);
    assert_eq!(api.everything().await, before);
}
