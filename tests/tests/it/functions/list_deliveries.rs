//! `GET /v1/webhooks/{webhook_id}/deliveries`.

use serde_json::json;

use super::{Answers, Asking, Case, Effect, Request, no_body, no_misuse, publish_event::order};
use crate::support::{Api, Who, deliveries::receiver};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(404),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::As(|clerk, asked| {
            let (asked, about) = clerk.about_a_webhook(asked)?;
            Some(Request { asked, about, effect: Effect::None })
        }),
        deeds: &[],
    }
}

#[tokio::test]
async fn deliveries_are_listed_in_pages_the_newest_event_first_and_by_their_state() {
    let (api, outside, webhook) = receiver().await;
    let mut published = Vec::new();
    for number in 0..5 {
        // The time of an id has milliseconds, and the order is that of ids.
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        if number % 2 == 1 {
            outside.will_answer(500, &[], "");
        }
        published.push(api.publish(&order()).await);
        api.deliver().await;
    }
    published.reverse();
    let list = async |query: &str| {
        let path = format!("{}/deliveries{query}", webhook.path);
        let list = api.get(Who::Viewer, &path).await.expect(200).json();
        let items = list["items"].as_array().unwrap().iter();
        let events: Vec<_> = items.map(|item| item["event_id"].as_str().unwrap().to_owned()).collect();
        (events, list["next_cursor"].as_str().map(str::to_owned))
    };
    assert_eq!(list("").await, (published.clone(), None));
    let (first, cursor) = list("?limit=2").await;
    let (second, more) = list(&format!("?limit=2&cursor={}", cursor.unwrap())).await;
    let (third, end) = list(&format!("?limit=2&cursor={}", more.unwrap())).await;
    assert_eq!([first, second, third].concat(), published);
    assert_eq!(end, None);
    let failing = [published[1].clone(), published[3].clone()];
    assert_eq!(list("?state=pending").await.0, failing);
    let (one, cursor) = list("?state=pending&limit=1").await;
    let cursor = cursor.unwrap();
    assert_eq!(one, failing[..1]);
    assert_eq!(list(&format!("?state=pending&limit=1&cursor={cursor}")).await.0, failing[1..]);
    assert_eq!(list("?state=delivered").await.0.len(), 3);
    assert!(list("?state=parked").await.0.is_empty());
    for query in ["?state=moon".to_owned(), format!("?cursor={cursor}")] {
        api.get(Who::Viewer, &format!("{}/deliveries{query}", webhook.path)).await.expect(400);
    }
}

#[tokio::test]
async fn another_account_sees_no_deliveries() {
    let api = Api::start().await;
    let webhook = api.store_webhook(&crate::support::webhooks::inactive_webhook()).await;
    let path = format!("{}/deliveries", webhook.path);
    assert_eq!(
        api.get(Who::Owner, &path).await.expect(200).json(),
        json!({ "items": [], "next_cursor": null })
    );
    api.get(Who::Stranger, &path).await.expect(404);
}
