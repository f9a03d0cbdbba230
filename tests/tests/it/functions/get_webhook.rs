//! `GET /v1/webhooks/{webhook_id}`.

use super::{Answers, Asking, Case, Effect, Request, no_body, no_misuse};
use crate::support::{
    Api, TABLE, Who,
    keys::{Item, aws4},
    webhooks::webhook,
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(404),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::As(|clerk, asked| {
            let (asked, webhook) = clerk.about_a_webhook(asked)?;
            Some(Request { asked, about: webhook, effect: Effect::WebhookRead })
        }),
        deeds: &[],
    }
}

#[tokio::test]
async fn a_webhook_is_shown_as_it_was_stored() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let stored = api.store_webhook(&webhook(&key.id)).await;
    let answer = api.get(Who::Viewer, &stored.path).await.expect(200);
    assert_eq!(answer.json(), stored.view);
    assert_eq!(answer.header("etag"), Some("\"1\""));
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_said_to_be_unreadable() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let stored = api.store_webhook(&webhook(&key.id)).await;
    let is_it = |item: &Item| item["SK"].as_s().is_ok_and(|row| *row == format!("WEBHOOK#{}", stored.id));
    let mut row = api.items(TABLE).await.into_iter().find(is_it).unwrap();
    row.insert("method".to_owned(), aws_sdk_dynamodb::types::AttributeValue::S("GET".to_owned()));
    api.put(TABLE, row).await;
    assert_eq!(api.get(Who::Viewer, &stored.path).await.outcome(), (409, "row-unreadable".to_owned()));
    let list = api.get(Who::Viewer, "/v1/webhooks").await.expect(200).json();
    assert_eq!(list["items"][0], serde_json::json!({ "id": stored.id, "state": "unreadable" }));
}
