//! `GET /v1/sources/{source_id}` and `GET /v1/destinations/{destination_id}`.

use super::{Answers, Asking, Case, Effect, Request, no_body, no_misuse};
use crate::support::{
    Api, TABLE, Who,
    endpoints::{destination, source},
    keys::{Item, aws4},
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(404),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::As(|clerk, asked| {
            let (asked, source) = clerk.about_a_source(asked, "GET")?;
            Some(Request { asked, about: source, effect: Effect::SourceRead })
        }),
        deeds: &[],
    }
}

#[tokio::test]
async fn an_endpoint_is_shown_as_it_was_stored() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    for stored in
        [api.store_source(&source(&key.id)).await, api.store_destination(&destination(&key.id)).await]
    {
        let answer = api.get(Who::Viewer, &stored.path).await.expect(200);
        assert_eq!(answer.json(), stored.view);
        assert_eq!(answer.header("etag"), Some("\"1\""));
    }
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_said_to_be_unreadable() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let stored = api.store_source(&source(&key.id)).await;
    let is_it = |item: &Item| item["SK"].as_s().is_ok_and(|row| *row == format!("SOURCE#{}", stored.id));
    let mut row = api.items(TABLE).await.into_iter().find(is_it).unwrap();
    row.insert("runs".to_owned(), aws_sdk_dynamodb::types::AttributeValue::S("orders whenever".to_owned()));
    api.put(TABLE, row).await;
    assert_eq!(api.get(Who::Viewer, &stored.path).await.outcome(), (409, "row-unreadable".to_owned()));
    let list = api.get(Who::Viewer, "/v1/sources").await.expect(200).json();
    assert_eq!(list["items"][0], serde_json::json!({ "id": stored.id, "state": "unreadable" }));
}
