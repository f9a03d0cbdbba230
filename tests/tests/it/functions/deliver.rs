//! `deliver`: from the row of a delivery to a request that arrives, and what comes of that.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use keyward_functions::system::SystemClock;
use keyward_local::{stack::connection, upstreams::Upstreams};
use keyward_shared::{epoch::Epoch, moment::Clock as _};
use serde_json::{Value, json};

use super::{Answers, Asking, Case, no_body, no_misuse, publish_event::order};
use crate::support::{
    Api, TABLE, Who,
    deliveries::{HOST, SECRET, receiver},
    keys::{Stored, custom_http},
    outside::Outside,
    services::Functions,
    uses::{key_of, stack_with},
    webhooks::webhook,
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Json(|_, _| json!({ "batchItemFailures": [] })),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::OfNobody,
        deeds: &[],
    }
}

/// Standard Webhooks 1.0.0, "Signature scheme": HMAC-SHA256 over id, timestamp and body, with full stops between them.
fn signature(id: &str, timestamp: &str, body: &[u8]) -> String {
    use aws_lc_rs::hmac;
    use base64::{Engine as _, prelude::BASE64_STANDARD};

    let key = hmac::Key::new(hmac::HMAC_SHA256, &BASE64_STANDARD.decode(SECRET).unwrap());
    let content = [format!("{id}.{timestamp}.").as_bytes(), body].concat();
    format!("v1,{}", BASE64_STANDARD.encode(hmac::sign(&key, &content)))
}

fn attempts(delivery: &Value) -> &Vec<Value> {
    delivery["attempts"].as_array().unwrap()
}

/// Lets the receiver answer with a status, publishes an event, and returns the webhook's delivery.
async fn answered(
    status: u16,
    headers: &[(&'static str, &str)],
    body: &str,
) -> (Api, Outside, Stored, Value) {
    let (api, outside, webhook) = receiver().await;
    outside.will_answer(status, headers, body.to_owned());
    api.publish(&order()).await;
    api.deliver().await;
    let delivery = api.delivery(&webhook).await;
    (api, outside, webhook, delivery)
}

#[tokio::test]
async fn an_event_arrives_signed_with_the_key_and_leaves_a_receipt() {
    let (api, outside, webhook) = receiver().await;
    outside.will_answer(204, &[], "");
    let event = api.publish(&order()).await;
    api.deliver().await;
    let arrived = outside.arrived();
    assert_eq!(arrived.len(), 1);
    let request = &arrived[0];
    assert_eq!((request.method.as_str(), request.uri.path()), ("POST", "/hooks/keyward"));
    assert_eq!((request.header("host"), request.header("content-type")), (HOST, "application/json"));
    assert_eq!(request.header("webhook-id"), event);
    let signed = signature(&event, request.header("webhook-timestamp"), &request.body);
    assert_eq!(request.header("webhook-signature"), signed);
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!((&body["type"], &body["data"]), (&json!("order.created"), &json!({ "order_id": "1001" })));
    assert!(body["timestamp"].as_str().unwrap().parse::<Timestamp>().is_ok());
    let delivery = api.delivery(&webhook).await;
    assert_eq!((&delivery["state"], &delivery["due_at"]), (&json!("delivered"), &Value::Null));
    assert_eq!((&delivery["event_id"], attempts(&delivery).len()), (&json!(event), 1));
    let attempt = &attempts(&delivery)[0];
    assert_eq!(attempt["status"], 204);
    let key = webhook.view["key_id"].as_str().unwrap();
    let trail = api.get(Who::Owner, &format!("/v1/keys/{key}/audit")).await.expect(200).json();
    let used = &trail["items"][0]["use"];
    assert_eq!((&used["purpose"], &used["receipt_id"]), (&json!("deliver"), &attempt["receipt_id"]));
    assert_eq!(trail["items"][0]["by"], format!("webhook:{}", webhook.id));
}

#[tokio::test]
async fn only_webhooks_that_hear_of_it_get_an_event() {
    let (api, outside, first) = receiver().await;
    let with = |change: Value| {
        let mut body = webhook(first.view["key_id"].as_str().unwrap());
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        body
    };
    api.store_webhook(&with(json!({ "path": "/other-type", "event_types": ["order.cancelled"] }))).await;
    api.store_webhook(&with(json!({ "path": "/inactive", "active": false }))).await;
    let mut of_test = custom_http("token", json!({ "value": "v" }));
    of_test["environment"] = json!("test");
    let of_test = api.store(&of_test).await;
    let of_test = json!({ "path": "/of-test", "environment": "test", "key_id": of_test.id });
    api.store_webhook(&with(of_test)).await;
    api.store_webhook(&with(json!({ "path": "/second", "method": "PUT" }))).await;
    api.publish(&order()).await;
    api.deliver().await;
    let mut arrived: Vec<_> = outside.arrived().iter().map(|request| request.uri.path().to_owned()).collect();
    arrived.sort();
    assert_eq!(arrived, ["/hooks/keyward", "/second"]);
}

#[tokio::test]
async fn a_webhook_of_an_organization_hears_of_that_one_alone() {
    let (api, outside) = stack_with(&[HOST]).await;
    let entry = json!({ "fields": { "value": "v" } });
    let entries = json!({ "org_uk": entry, "org_de": entry });
    let key = crate::support::uses::for_organizations(custom_http("token", json!({})), entries);
    let key = api.store(&key).await;
    for organization in ["org_uk", "org_de"] {
        let mut body = webhook(&key.id);
        body["organization"] = json!(organization);
        body["path"] = json!(format!("/{organization}"));
        api.store_webhook(&body).await;
    }
    for organization in [json!("org_uk"), json!("org_fr"), Value::Null] {
        let mut event = order();
        event["organization"] = organization;
        api.publish(&event).await;
    }
    api.deliver().await;
    let arrived: Vec<_> = outside.arrived().iter().map(|request| request.uri.path().to_owned()).collect();
    assert_eq!(arrived, ["/v1/org_uk"]);
}

#[tokio::test]
async fn a_change_of_a_key_is_an_event_and_told_once() {
    let (api, outside, webhook) = receiver().await;
    let key = format!("/v1/keys/{}", webhook.view["key_id"].as_str().unwrap());
    api.patch(Who::Editor, &key, 1, &json!({ "title": "Renamed" })).await.expect(200);
    api.deliver().await;
    let arrived = outside.arrived();
    assert_eq!(arrived.len(), 1);
    let body: Value = serde_json::from_slice(&arrived[0].body).unwrap();
    assert_eq!(body["type"], "key.updated");
    assert_eq!((&body["data"]["version"], &body["data"]["changed"]), (&json!(2), &json!(["title"])));
    // The same records once more: the event and its delivery are there.
    let functions = Functions::of(&api, Upstreams::default()).await;
    let all = super::on_table_change::records(&api);
    assert!(super::on_table_change::hand_over(&functions, &all).await.is_empty());
    api.deliver().await;
    assert!(outside.arrived().is_empty());
    assert_eq!(api.deliveries(&webhook).await.len(), 1);
}

#[tokio::test]
async fn a_failure_is_tried_again_by_the_schedule_until_it_ends() {
    let (api, outside, webhook) = receiver().await;
    outside.will_always(|_| (500, vec![], b"out of order".to_vec()));
    api.publish(&order()).await;
    api.deliver().await;
    // The schedule of Standard Webhooks, with a fifth of jitter.
    for (count, seconds) in
        [5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 10 * 3600].into_iter().enumerate()
    {
        let delivery = api.delivery(&webhook).await;
        assert_eq!((&delivery["state"], attempts(&delivery).len()), (&json!("pending"), count + 1));
        let last = &attempts(&delivery)[count];
        assert_eq!((&last["status"], &last["excerpt"]), (&json!(500), &json!("out of order")));
        let at = |text: &Value| text.as_str().unwrap().parse::<Timestamp>().unwrap();
        let waits = at(&delivery["due_at"]).duration_since(at(&last["at"])).as_millis();
        // The attempt itself took time too.
        assert!((seconds * 800..seconds * 1_200 + 5_000).contains(&waits), "{count}: {waits} ms");
        api.let_time_come().await;
    }
    let delivery = api.delivery(&webhook).await;
    assert_eq!((&delivery["state"], attempts(&delivery).len()), (&json!("failed"), 8));
    let ids: Vec<_> =
        outside.arrived().iter().map(|request| request.header("webhook-id").to_owned()).collect();
    assert!(ids.len() == 8 && ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    api.let_time_come().await;
    assert!(outside.arrived().is_empty());
}

#[tokio::test]
async fn each_answer_has_its_meaning() {
    for (status, headers, state) in [
        (200, vec![], "delivered"),
        (299, vec![], "delivered"),
        (301, vec![("location", "https://other.example.com/")], "pending"),
        (400, vec![], "pending"),
        (404, vec![], "pending"),
        (429, vec![("retry-after", "7")], "pending"),
        (503, vec![("retry-after", "86400")], "pending"),
        (403, vec![], "parked"),
        (410, vec![], "failed"),
    ] {
        let (_api, outside, _webhook, delivery) = answered(status, &headers, "").await;
        assert_eq!(delivery["state"], state, "{status}");
        assert_eq!(attempts(&delivery)[0]["status"], status);
        assert_eq!(outside.arrived().len(), 1, "{status}: no redirect is followed");
        let due = delivery["due_at"].as_str().map(|due| due.parse::<Timestamp>().unwrap());
        let at: Timestamp = attempts(&delivery)[0]["at"].as_str().unwrap().parse().unwrap();
        let waits = due.map(|due| due.duration_since(at).as_secs());
        // What the receiver asks for, between once and twice the five seconds of the schedule.
        match status {
            429 => assert!((7..10).contains(&waits.unwrap()), "{waits:?}"),
            503 => assert!((10..13).contains(&waits.unwrap()), "{waits:?}"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_large_answer_is_cut_and_one_with_the_secret_in_it_shows_nothing_of_it() {
    let (_api, _outside, _webhook, delivery) = answered(500, &[], &"x".repeat(10_000_000)).await;
    assert_eq!(attempts(&delivery)[0]["excerpt"].as_str().unwrap().len(), 1_000);
    let (api, _outside, _webhook, delivery) = answered(500, &[], &format!("your secret is {SECRET}!")).await;
    let text = delivery.to_string();
    assert!(!text.contains(SECRET), "{text}");
    assert!(!api.everything().await.contains(SECRET));
}

#[tokio::test]
async fn a_receiver_that_forbids_it_pauses_its_webhook_alone_until_something_changes() {
    let (api, outside, webhook, _) = answered(403, &[], "").await;
    let mut other = super::super::support::webhooks::webhook(webhook.view["key_id"].as_str().unwrap());
    other["path"] = json!("/other");
    api.store_webhook(&other).await;
    outside.arrived();
    api.publish(&order()).await;
    api.deliver().await;
    let paths = |outside: &Outside| -> Vec<String> {
        outside.arrived().iter().map(|request| request.uri.path().to_owned()).collect()
    };
    assert_eq!(paths(&outside), ["/other"]);
    let shown = api.get(Who::Viewer, &webhook.path).await.expect(200).json();
    assert_eq!(shown["paused"]["reason"], "forbidden");
    // Looking again is no attempt, and finds the same.
    api.let_time_come().await;
    assert!(paths(&outside).is_empty());
    let parked = api.deliveries(&webhook).await;
    assert!(parked.iter().all(|delivery| delivery["state"] == "parked"), "{parked:?}");
    assert_eq!(attempts(&parked[0]).len() + attempts(&parked[1]).len(), 1);
    api.patch(Who::Editor, &webhook.path, 1, &json!({ "path": "/better" })).await.expect(200);
    api.let_time_come().await;
    assert_eq!(paths(&outside), ["/better", "/better"]);
    assert_eq!(api.get(Who::Viewer, &webhook.path).await.expect(200).json()["paused"], Value::Null);
}

const DEAR: &str = "inventory.dearsystems.com";

/// A webhook whose credential is one of DEAR, which tells what is wrong with it.
async fn dear() -> (Api, Outside, Stored, Stored) {
    let (api, outside) = stack_with(&[DEAR]).await;
    let fields = json!({ "account_id": "11111111-2222-3333", "application_key": "66666666-7777-8888" });
    let key = api.store(&key_of("dear", "api-key", None, fields)).await;
    let hook = api.store_webhook(&webhook(&key.id)).await;
    (api, outside, key, hook)
}

const WRONG: &str = r#"[{"ErrorCode":403,"Exception":"Incorrect credentials!"}]"#;
const RIGHT: &str = r#"{"Company":"Acme Ltd"}"#;

#[tokio::test]
async fn a_credential_that_a_trial_refuses_makes_every_webhook_with_it_wait_until_one_passes() {
    let (api, outside, key, hook) = dear().await;
    outside.will_answer(401, &[], "");
    outside.will_answer(403, &[], WRONG);
    api.publish(&order()).await;
    api.deliver().await;
    assert_eq!(api.delivery(&hook).await["state"], "parked");
    let mut second = webhook(&key.id);
    second["path"] = json!("/second");
    let second = api.store_webhook(&second).await;
    assert_eq!(api.get(Who::Viewer, &key.path).await.expect(200).json()["health"]["result"], "refused");
    outside.arrived();
    api.publish(&order()).await;
    api.deliver().await;
    assert!(outside.arrived().is_empty(), "nothing is sent with a credential that is refused");
    let waiting = api.deliveries(&hook).await;
    assert!(waiting[0]["reason"].as_str().unwrap().contains("refuses the credential"), "{waiting:?}");
    outside.will_answer(200, &[], RIGHT);
    api.verify(&key).await.expect(200);
    api.let_time_come().await;
    for webhook in [&hook, &second] {
        let all = api.deliveries(webhook).await;
        assert!(all.iter().all(|delivery| delivery["state"] == "delivered"), "{all:?}");
    }
}

#[tokio::test]
async fn a_trial_that_is_not_clear_only_delays_and_one_that_passes_makes_it_a_failure() {
    let (api, outside, _key, hook) = dear().await;
    outside.will_answer(401, &[], "");
    outside.will_answer(502, &[], "");
    api.publish(&order()).await;
    api.deliver().await;
    let delivery = api.delivery(&hook).await;
    assert_eq!((&delivery["state"], attempts(&delivery).len()), (&json!("pending"), 1), "{delivery}");
    let due: Timestamp = delivery["due_at"].as_str().unwrap().parse().unwrap();
    let at: Timestamp = attempts(&delivery)[0]["at"].as_str().unwrap().parse().unwrap();
    assert!(due.duration_since(at) >= SignedDuration::from_mins(4), "{delivery}");
    outside.will_answer(401, &[], "");
    outside.will_answer(200, &[], RIGHT);
    api.let_time_come().await;
    let delivery = api.delivery(&hook).await;
    assert_eq!((&delivery["state"], attempts(&delivery).len()), (&json!("pending"), 2), "{delivery}");
    api.let_time_come().await;
    assert_eq!(api.delivery(&hook).await["state"], "delivered");
}

#[tokio::test]
async fn a_webhook_whose_receiver_fails_for_five_days_is_paused_until_somebody_resumes_it() {
    let (api, outside, webhook, _) = answered(500, &[], "").await;
    let mut holds = api.rows_of("HOLD#").await;
    assert_eq!(holds.len(), 1);
    let mut hold = holds.remove(0);
    let long_ago = SystemClock.now() - SignedDuration::from_hours(5 * 24);
    hold.insert("since".to_owned(), AttributeValue::S(long_ago.to_string()));
    api.put(TABLE, hold).await;
    outside.arrived();
    api.let_time_come().await;
    assert!(outside.arrived().is_empty());
    assert_eq!(api.get(Who::Viewer, &webhook.path).await.expect(200).json()["paused"]["reason"], "failing");
    let resume =
        api.post(Who::Editor, &format!("{}/redeliver", webhook.path), &json!({ "state": "parked" })).await;
    assert_eq!(resume.expect(200).json(), json!({ "redelivered": 1, "more": false }));
    api.deliver().await;
    assert_eq!(api.delivery(&webhook).await["state"], "delivered");
}

#[tokio::test]
async fn what_changed_on_the_way_is_not_sent() {
    for (what, change) in [
        ("inactive", json!({ "active": false })),
        ("another type", json!({ "event_types": ["order.cancelled"] })),
    ] {
        let (api, outside, webhook) = receiver().await;
        api.publish(&order()).await;
        api.drain_stream().await;
        api.patch(Who::Editor, &webhook.path, 1, &change).await.expect(200);
        api.stack().drain_deliveries().await;
        assert!(outside.arrived().is_empty(), "{what}");
        assert_eq!(api.delivery(&webhook).await["state"], "dropped", "{what}");
    }
    let (api, outside, webhook) = receiver().await;
    api.publish(&order()).await;
    api.drain_stream().await;
    api.delete(Who::Editor, &webhook.path, 1).await.expect(204);
    api.stack().drain_deliveries().await;
    assert!(outside.arrived().is_empty());
    let rows = api.rows_of("DELIVERY#").await;
    assert_eq!(rows[0]["state"].as_s().unwrap(), "dropped");
}

#[tokio::test]
async fn a_key_that_cannot_be_used_makes_deliveries_wait_without_an_attempt() {
    let (api, outside, webhook) = receiver().await;
    let key = format!("/v1/keys/{}", webhook.view["key_id"].as_str().unwrap());
    api.post(Who::Owner, &format!("{key}/disable"), &Value::Null).await.expect(200);
    api.publish(&order()).await;
    api.deliver().await;
    let delivery = api.deliveries(&webhook).await.pop().unwrap();
    assert_eq!((&delivery["state"], attempts(&delivery).len()), (&json!("parked"), 0));
    assert!(outside.arrived().is_empty());
    api.post(Who::Owner, &format!("{key}/enable"), &Value::Null).await.expect(200);
    api.let_time_come().await;
    let delivery = api.deliveries(&webhook).await.pop().unwrap();
    assert_eq!(delivery["state"], "delivered");
}

#[tokio::test]
async fn a_delivery_that_is_told_of_many_times_at_once_is_sent_once() {
    let (api, outside, webhook) = receiver().await;
    api.publish(&order()).await;
    api.drain_stream().await;
    let row = api.rows_of("DELIVERY#").await.remove(0);
    let body =
        json!({ "account_id": "acme", "webhook_id": webhook.id, "delivery_id": row["SK"].as_s().unwrap() });
    let message = json!({ "messageId": "m", "body": body.to_string() });
    let functions = Functions::of(&api, outside.upstreams(&[HOST])).await;
    let event = json!({ "Records": vec![message; 10] });
    for _ in 0..3 {
        functions.json("deliver", &event).await.unwrap();
    }
    assert_eq!(outside.arrived().len(), 1);
}

#[tokio::test]
async fn a_forged_row_or_message_sends_nothing_of_another_account() {
    let (api, outside, webhook) = receiver().await;
    let event = api.publish(&order()).await;
    api.deliver().await;
    outside.arrived();
    let row = api.rows_of("DELIVERY#").await.remove(0);
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let id = row["SK"].as_s().unwrap().clone();
    for (account, of) in
        [("globex", &webhook.id), ("acme", &"whk_01890000-0000-7000-8000-000000000000".to_owned())]
    {
        let mut forged = row.clone();
        forged.insert("PK".to_owned(), text(&format!("DELIVERY#{account}#{of}")));
        forged.insert("state".to_owned(), text("pending"));
        forged.insert("due_at".to_owned(), text("2026-01-01T00:00:00Z"));
        forged.insert("event_id".to_owned(), text(&event));
        api.put(TABLE, forged).await;
        let body = json!({ "account_id": account, "webhook_id": of, "delivery_id": id });
        let functions = Functions::of(&api, outside.upstreams(&[HOST])).await;
        let message = json!({ "Records": [{ "messageId": "m", "body": body.to_string() }, { "messageId": "n", "body": "poison" }] });
        functions.json("deliver", &message).await.unwrap();
    }
    assert!(outside.arrived().is_empty());
    let rows = api.rows_of("DELIVERY#").await;
    assert_eq!(rows.iter().filter(|row| row["state"].as_s().unwrap() == "dropped").count(), 2);
}

#[tokio::test]
async fn what_was_planned_before_a_restore_waits_for_a_person() {
    let (api, outside, webhook) = receiver().await;
    api.publish(&order()).await;
    api.drain_stream().await;
    let row = api.rows_of("DELIVERY#").await.remove(0);
    let body =
        json!({ "account_id": "acme", "webhook_id": webhook.id, "delivery_id": row["SK"].as_s().unwrap() });
    let message = json!({ "Records": [{ "messageId": "m", "body": body.to_string() }] });
    let later = Functions::in_epoch(&connection(api.stack().embedded()), Epoch::try_from(2).unwrap()).await;
    later.json("deliver", &message).await.unwrap();
    let delivery = api.delivery(&webhook).await;
    assert_eq!((&delivery["state"], &delivery["due_at"]), (&json!("parked"), &Value::Null));
    assert!(delivery["reason"].as_str().unwrap().contains("restored"), "{delivery}");
    assert!(outside.arrived().is_empty());
}
