//! `POST /v1/events`.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use keyward_functions::system::SystemClock;
use keyward_shared::{
    events::budget::{EVENTS_A_MINUTE, Minute},
    moment::Clock as _,
};
use serde_json::{Value, json};

use super::{Answers, Asking, Case, Effect, Request};
use crate::{
    crashes::Deed,
    support::{Api, TABLE, Who, keys::Item},
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(201),
        body: |_| order(),
        misuse: |secrets| {
            let members = ["type", "environment", "organization"];
            let with = |member: &str| {
                let mut event = order();
                event[member] = json!(secrets.to_string());
                event
            };
            members.into_iter().map(with).collect()
        },
        asked: Asking::As(|clerk, asked| {
            let asked = asked.once(&clerk.once()).body(order());
            Some(Request { asked, about: String::new(), effect: Effect::None })
        }),
        deeds: &[Deed::PublishEvent],
    }
}

/// An event of the platform.
pub(crate) fn order() -> Value {
    json!({ "type": "order.created", "environment": "live", "data": { "order_id": "1001" } })
}

#[tokio::test]
async fn an_event_is_stored_and_owners_see_what_is_told_of_it() {
    let api = Api::start().await;
    let mut event = order();
    event["organization"] = json!("org_uk");
    let answer = api.post(Who::Runtime, "/v1/events", &event).await.expect(201);
    let id = answer.json()["event_id"].as_str().unwrap().to_owned();
    let path = format!("/v1/events/{id}");
    assert_eq!(answer.header("location"), Some(path.as_str()));
    let view = api.get(Who::Owner, &path).await.expect(200).json();
    for member in ["type", "environment", "organization", "data"] {
        assert_eq!(view[member], event[member], "{member}");
    }
    api.get(Who::Editor, &path).await.expect(403);
    api.get(Who::Stranger, &path).await.expect(404);
}

#[tokio::test]
async fn the_same_request_is_one_event() {
    let api = Api::start().await;
    let publish = async |key: &str, body: &Value| {
        api.call(Who::Runtime, reqwest::Method::POST, "/v1/events")
            .header("idempotency-key", key)
            .json(body)
            .send()
            .await
    };
    let first = publish("one", &order()).await.expect(201).json();
    assert_eq!(publish("one", &order()).await.expect(201).json(), first);
    assert_ne!(publish("two", &order()).await.expect(201).json(), first);
    let mut other = order();
    other["data"] = json!({ "order_id": "1002" });
    assert_eq!(publish("one", &other).await.outcome(), (422, "idempotency-key-reused".to_owned()));
    let events = api.rows_of("EVENT#").await;
    assert_eq!(events.len(), 2);
}

#[tokio::test]
async fn what_is_no_event_is_refused_by_every_member_and_nothing_is_stored() {
    let api = Api::start().await;
    let before = api.everything().await;
    let refused = async |body: &Value| {
        let answer = api.post(Who::Runtime, "/v1/events", body).await;
        assert_eq!(answer.outcome(), (422, "invalid-fields".to_owned()), "{body}");
        answer.fields()
    };
    let body = json!({ "type": "Order", "environment": "moon", "organization": "uk", "data": { "a": "x".repeat(32 * 1024) } });
    assert_eq!(refused(&body).await, ["type", "environment", "organization", "data"]);
    for own in ["key.created", "key", "webhook.test"] {
        let mut event = order();
        event["type"] = json!(own);
        assert_eq!(refused(&event).await, ["type"], "{own}");
    }
    let mut of_test = order();
    of_test["environment"] = json!("test");
    let answer = api.post(Who::Runtime, "/v1/events", &of_test).await;
    assert_eq!(answer.outcome(), (409, "wrong-environment".to_owned()));
    api.post(Who::Owner, "/v1/events", &order()).await.expect(403);
    assert_eq!(api.everything().await, before);
}

/// Lets an account have published so many events in this minute, and in the next one, which may begin meanwhile.
async fn published(api: &Api, account: &str, events: u32) {
    let this = SystemClock.now();
    for at in [this, this + SignedDuration::from_mins(1)] {
        let text = |text: String| AttributeValue::S(text);
        let item = Item::from([
            ("PK".to_owned(), text(format!("BUDGET#{account}"))),
            ("SK".to_owned(), text(Minute::of(at).number().to_string())),
            ("published".to_owned(), AttributeValue::N(events.to_string())),
        ]);
        api.put(TABLE, item).await;
    }
}

#[tokio::test]
async fn an_account_publishes_no_more_events_than_its_budget_has() {
    let api = Api::start().await;
    published(&api, "globex", EVENTS_A_MINUTE).await;
    published(&api, "acme", EVENTS_A_MINUTE - 1).await;
    api.post(Who::Runtime, "/v1/events", &order()).await.expect(201);
    let answer = api.post(Who::Runtime, "/v1/events", &order()).await;
    assert_eq!(answer.outcome(), (429, "too-many-events".to_owned()));
    let wait: i64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(api.rows_of("EVENT#").await.len(), 1, "nothing more is stored");
    // Each count goes by itself.
    let now = SystemClock.now();
    let of_now = |row: &&Item| row.contains_key("ttl");
    let row = api.rows_of("BUDGET#acme").await;
    let until: i64 = row.iter().find(of_now).unwrap()["ttl"].as_n().unwrap().parse().unwrap();
    let until = Timestamp::from_second(until).unwrap();
    assert!(until > now && until < now + SignedDuration::from_hours(2), "{until}");
}

#[tokio::test]
async fn a_request_that_is_repeated_is_counted_once() {
    let api = Api::start().await;
    published(&api, "acme", EVENTS_A_MINUTE - 1).await;
    for _ in 0..3 {
        let call = api.call(Who::Runtime, reqwest::Method::POST, "/v1/events");
        call.header("idempotency-key", "one").json(&order()).send().await.expect(201);
    }
    let refused = api.post(Who::Runtime, "/v1/events", &order()).await;
    assert_eq!(refused.outcome(), (429, "too-many-events".to_owned()));
}
