//! Keys that tell of themselves: webhooks hear once that a key fails, once that it passes again, and that it expires soon.

use jiff::{SignedDuration, Timestamp};
use keyward_functions::{stream_filter::TABLE_CHANGES, system::SystemClock};
use keyward_local::upstreams::Upstreams;
use keyward_shared::moment::Clock as _;
use serde_json::{Value, json};

use crate::{
    functions::on_table_change::{hand_over, records},
    support::{
        Api, Who,
        deliveries::{HOST, SECRET},
        invariants::{World, settle},
        keys::{Stored, custom_http},
        kills::handled_in_spite_of_a_kill,
        outside::Outside,
        services::Functions,
        uses::{for_organizations, key_of, stack_with},
        webhooks::webhook,
    },
};

const DEAR: &str = "inventory.dearsystems.com";
const RIGHT: (u16, &str) = (200, r#"{"Company":"Acme Ltd"}"#);
const WRONG: (u16, &str) = (403, r#"[{"ErrorCode":403,"Exception":"Incorrect credentials!"}]"#);
const UNCLEAR: (u16, &str) = (500, "");

/// A stack with a key of DEAR, and a webhook that hears of what keys tell.
async fn listening() -> (Api, Outside, Stored, Stored) {
    let (api, outside) = stack_with(&[HOST, DEAR]).await;
    let fields = json!({ "client_id": "c", "client_secret": SECRET, "scheme": "standard-webhooks" });
    let of_webhook = api.store(&custom_http("hmac-sha256", fields)).await;
    let mut hears = webhook(&of_webhook.id);
    hears["event_types"] = json!(["key.failing", "key.recovered", "key.expiring"]);
    let hears = api.store_webhook(&hears).await;
    let fields = json!({ "account_id": "11111111-2222-3333", "application_key": "66666666-7777-8888" });
    let key = api.store(&key_of("dear", "api-key", None, fields)).await;
    (api, outside, key, hears)
}

async fn tried(api: &Api, outside: &Outside, key: &Stored, (status, body): (u16, &str)) {
    outside.will_answer(status, &[], body);
    api.verify(key).await.expect(200);
}

/// DEAR refuses the credentials of an organization.
async fn refused(api: &Api, outside: &Outside, key: &Stored, organization: &str) {
    outside.will_answer(WRONG.0, &[], WRONG.1);
    api.verify_with(key, &format!("?organization={organization}")).await.expect(200);
}

/// The events that arrived since, in the order of their ids.
async fn heard(api: &Api, outside: &Outside) -> Vec<Value> {
    outside.arrived();
    outside.will_always(|_| (200, vec![], vec![]));
    api.deliver().await;
    let mut events: Vec<_> = outside.arrived().into_iter().filter(|one| one.header("host") == HOST).collect();
    events.sort_by(|one, other| one.header("webhook-id").cmp(other.header("webhook-id")));
    events.iter().map(|one| serde_json::from_slice(&one.body).unwrap()).collect()
}

fn types(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}

/// What a key's chain says beside its creation, the oldest first.
async fn chain(api: &Api, key: &Stored) -> Vec<String> {
    let trail = api.get(Who::Owner, &format!("{}/audit?limit=100", key.path)).await.expect(200).json();
    let actions = trail["items"].as_array().unwrap().iter().rev();
    let actions = actions.filter_map(|item| Some(item["change"]["action"].as_str()?.to_owned()));
    actions.skip(1).collect()
}

#[tokio::test]
async fn a_webhook_hears_once_that_a_key_fails_and_once_that_it_passes_again() {
    let (api, outside, key, _) = listening().await;
    for (outcome, expected) in [
        (RIGHT, &[][..]),
        (UNCLEAR, &[]),
        (WRONG, &["key.failing"]),
        (WRONG, &[]),
        (UNCLEAR, &[]),
        (RIGHT, &["key.recovered"]),
        (RIGHT, &[]),
        (WRONG, &["key.failing"]),
    ] {
        tried(&api, &outside, &key, outcome).await;
        let events = heard(&api, &outside).await;
        assert_eq!(types(&events), expected, "{outcome:?}");
        for event in events {
            assert_eq!((&event["data"]["key_id"], &event["data"]["by"]), (&json!(key.id), &json!("keyward")));
            assert_eq!(event["data"]["changed"], json!(["entries.default"]));
        }
    }
    let view = api.get(Who::Viewer, &key.path).await.expect(200).json();
    assert_eq!(view["version"], 1, "the version counts content");
    // A credential that is replaced fails until it passes.
    let other =
        json!({ "entries": { "default": { "fields": { "application_key": "99999999-7777-8888" } } } });
    api.patch(Who::Editor, &key.path, 1, &other).await.expect(200);
    tried(&api, &outside, &key, WRONG).await;
    assert!(heard(&api, &outside).await.is_empty());
    tried(&api, &outside, &key, RIGHT).await;
    assert_eq!(types(&heard(&api, &outside).await), ["key.recovered"]);
    settle(&api).await;
    for world in World::all(&api.dynamodb()).await {
        assert_eq!(world.violations(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_verdict_is_not_lost_when_the_next_trial_is_unclear_before_anybody_was_told() {
    let (api, outside, key, _) = listening().await;
    tried(&api, &outside, &key, WRONG).await;
    tried(&api, &outside, &key, UNCLEAR).await;
    assert_eq!(types(&heard(&api, &outside).await), ["key.failing"]);
}

#[tokio::test]
async fn each_organization_fails_for_itself_and_one_that_was_removed_begins_anew() {
    let (api, outside, ..) = listening().await;
    let entry =
        json!({ "fields": { "account_id": "11111111-2222-3333", "application_key": "66666666-7777-8888" } });
    let body = for_organizations(
        key_of("dear", "api-key", None, json!({})),
        json!({ "org_uk": entry, "org_de": entry }),
    );
    let key = api.store(&body).await;
    refused(&api, &outside, &key, "org_uk").await;
    let events = heard(&api, &outside).await;
    assert_eq!((types(&events), &events[0]["organization"]), (vec!["key.failing"], &json!("org_uk")));
    refused(&api, &outside, &key, "org_de").await;
    assert_eq!(heard(&api, &outside).await[0]["organization"], "org_de");
    // Its entry goes and comes again: nothing is known about the new one.
    api.patch(Who::Owner, &key.path, 1, &json!({ "entries": { "org_uk": null } })).await.expect(200);
    api.patch(Who::Owner, &key.path, 2, &json!({ "entries": { "org_uk": entry } })).await.expect(200);
    assert!(heard(&api, &outside).await.is_empty());
    refused(&api, &outside, &key, "org_uk").await;
    assert_eq!(heard(&api, &outside).await[0]["organization"], "org_uk");
}

#[tokio::test]
async fn a_key_that_a_receiver_refuses_tells_of_it_after_the_trial() {
    let (api, outside) = stack_with(&[HOST]).await;
    let key = api.store(&custom_http("token", json!({ "value": "v" }))).await;
    let mut hears = webhook(&key.id);
    hears["event_types"] = json!(["order.created"]);
    api.store_webhook(&hears).await;
    outside.will_always(|_| (401, vec![], vec![]));
    api.publish(&crate::functions::publish_event::order()).await;
    api.deliver().await;
    settle(&api).await;
    assert_eq!(chain(&api, &key).await, ["key.failing"]);
    outside.will_always(|_| (200, vec![], vec![]));
    api.verify(&key).await.expect(200);
    settle(&api).await;
    assert_eq!(chain(&api, &key).await, ["key.failing", "key.recovered"]);
}

#[tokio::test]
async fn records_that_come_twice_and_in_any_order_tell_it_once() {
    let (api, outside, key, _) = listening().await;
    tried(&api, &outside, &key, WRONG).await;
    let functions = Functions::of(&api, Upstreams::default()).await;
    let mut all = records(&api);
    for _ in 0..3 {
        all.reverse();
        assert_eq!(hand_over(&functions, &all).await, Vec::<String>::new());
    }
    assert_eq!(chain(&api, &key).await, ["key.failing"]);
    // What it wrote starts it once more, and leads to nothing.
    let before = records(&api).len();
    let caused = records(&api);
    let caused: Vec<Value> = caused.into_iter().skip(all.len()).collect();
    assert!(caused.iter().any(|record| {
        let partition = record["dynamodb"]["Keys"]["PK"]["S"].as_str().unwrap();
        TABLE_CHANGES.rest(partition, "INSERT").is_some()
    }));
    hand_over(&functions, &caused).await;
    let further = records(&api).split_off(before);
    assert!(
        further
            .iter()
            .all(|record| { !record["dynamodb"]["Keys"]["PK"]["S"].as_str().unwrap().starts_with("AUDIT#") }),
        "{further:?}"
    );
}

#[tokio::test]
async fn a_refused_call_delays_what_is_told() {
    let (api, outside, key, _) = listening().await;
    settle(&api).await;
    let before = records(&api).len();
    tried(&api, &outside, &key, WRONG).await;
    let functions = Functions::of(&api, Upstreams::default()).await;
    let all = records(&api).split_off(before);
    functions.fail(Some("TransactWriteItems"));
    assert_eq!(hand_over(&functions, &all).await.len(), 1, "the record of the trial comes again");
    functions.fail(None);
    assert_eq!(chain(&api, &key).await, Vec::<String>::new());
    assert_eq!(hand_over(&functions, &all).await, Vec::<String>::new());
    assert_eq!(chain(&api, &key).await, ["key.failing"]);
}

#[tokio::test]
async fn a_kill_at_every_call_neither_loses_nor_doubles_what_is_told() {
    let (api, outside, ..) = listening().await;
    let stream = api.stack().embedded().dynamodb().table_stream();
    for nth in 1.. {
        let fields = json!({ "account_id": "11111111-2222-3333", "application_key": "66666666-7777-8888" });
        let key = api.store(&key_of("dear", "api-key", None, fields)).await;
        settle(&api).await;
        let last = records(&api).last().unwrap()["dynamodb"]["SequenceNumber"].as_str().unwrap().to_owned();
        tried(&api, &outside, &key, WRONG).await;
        let records = stream.after(Some(&last)).unwrap();
        let finished = handled_in_spite_of_a_kill(&api, "on_table_change", &records, nth).await;
        assert_eq!(types(&heard(&api, &outside).await), ["key.failing"], "{nth}");
        assert_eq!(chain(&api, &key).await, ["key.failing"], "{nth}");
        if finished {
            assert!(nth > 5, "{nth}");
            return;
        }
    }
}

/// What the hourly run answers.
async fn hourly(api: &Api) -> Value {
    Functions::of(api, Upstreams::default()).await.json("bury_keys", &json!({})).await.unwrap()
}

fn in_days(days: i64) -> Timestamp {
    SystemClock.now() + SignedDuration::from_hours(days * 24) - SignedDuration::from_mins(1)
}

#[tokio::test]
async fn a_webhook_hears_once_of_each_step_to_the_end_of_a_key() {
    let (api, outside, key, _) = listening().await;
    assert_eq!(hourly(&api).await["told"], 0);
    // Each change puts the end nearer, or off.
    for (version, (days, told)) in
        [(40, 0), (30, 1), (29, 1), (7, 1), (1, 1), (400, 0)].into_iter().enumerate()
    {
        let change = json!({ "expires_at": in_days(days).to_string() });
        let version = u64::try_from(version).unwrap() + 1;
        api.patch(Who::Editor, &key.path, version, &change).await.expect(200);
        for expected in [told, 0, 0] {
            assert_eq!(hourly(&api).await["told"], expected, "{days}");
        }
        let events = heard(&api, &outside).await;
        assert_eq!(types(&events), vec!["key.expiring"; told], "{days}");
        for event in events {
            assert_eq!(
                (&event["data"]["key_id"], &event["data"]["changed"]),
                (&json!(key.id), &json!(["expires_at"]))
            );
        }
    }
    // A key that is deleted tells nothing, and one that is brought back does.
    let change = json!({ "expires_at": in_days(3).to_string() });
    api.patch(Who::Editor, &key.path, 7, &change).await.expect(200);
    api.delete(Who::Owner, &key.path, 8).await.expect(204);
    assert_eq!(hourly(&api).await["told"], 0);
    api.post(Who::Owner, &format!("{}/undelete", key.path), &Value::Null).await.expect(200);
    assert_eq!(hourly(&api).await["told"], 1);
    settle(&api).await;
    for world in World::all(&api.dynamodb()).await {
        assert_eq!(world.violations(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_key_changes_in_spite_of_what_it_tells_meanwhile() {
    let (api, outside, key, _) = listening().await;
    let deleted = {
        let fields = json!({ "account_id": "11111111-2222-3333", "application_key": "66666666-7777-8888" });
        api.store(&key_of("dear", "api-key", None, fields)).await
    };
    for one in [&key, &deleted] {
        tried(&api, &outside, one, WRONG).await;
    }
    settle(&api).await;
    api.patch(Who::Editor, &key.path, 1, &json!({ "title": "Another" })).await.expect(200);
    api.post(Who::Owner, &format!("{}/disable", key.path), &Value::Null).await.expect(200);
    api.post(Who::Owner, &format!("{}/enable", key.path), &Value::Null).await.expect(200);
    api.delete(Who::Owner, &deleted.path, 1).await.expect(204);
    assert_eq!(chain(&api, &key).await, ["key.failing", "key.updated", "key.disabled", "key.enabled"]);
    assert_eq!(chain(&api, &deleted).await, ["key.failing", "key.deleted"]);
}
