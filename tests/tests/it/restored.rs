//! After a restore: a new epoch.

use keyward_local::stack::connection;
use keyward_shared::epoch::Epoch;
use serde_json::{Value, json};

use crate::support::{Api, Who, asked::Asked, invariants::World, keys::aws4, services::Functions};

async fn in_epoch(api: &Api, number: u64) -> Functions {
    Functions::in_epoch(&connection(api.stack().embedded()), epoch(number)).await
}

fn epoch(number: u64) -> Epoch {
    number.try_into().unwrap()
}

/// The id of the key that a request made, or had made before.
async fn created_once(functions: &Functions) -> Value {
    let told = functions.ask(&Asked::of("create_key", "acme").body(aws4()).once("the-same")).await;
    assert_eq!(told.status, 201, "{}", told.body);
    told.body["key_id"].clone()
}

#[tokio::test]
async fn a_request_from_before_the_restore_is_carried_out_once_more_and_then_never() {
    let api = Api::start().await;
    let (before, after) = (in_epoch(&api, 1).await, in_epoch(&api, 2).await);
    let first = created_once(&before).await;
    assert_eq!(created_once(&before).await, first);

    let second = created_once(&after).await;
    assert_ne!(second, first);
    assert_eq!(created_once(&after).await, second);
    // A function of the former deployment that still runs leaves the newer record as it is.
    assert_eq!(created_once(&before).await, second);
    assert_eq!(api.get(Who::Viewer, "/v1/keys").await.json()["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_use_that_ran_during_the_restore_does_not_hold_up_the_same_one_after_it() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let body = json!({ "method": "GET", "path": "/orders" });
    let send = || Asked::of("send_request", "acme").path("key_id", &key.id).body(body.clone()).once("one");
    // The answer is of no interest: nothing listens at the key's address. The record says that it was carried out.
    let first = in_epoch(&api, 1).await.ask(&send()).await;
    let again = in_epoch(&api, 1).await.ask(&send()).await;
    let after = in_epoch(&api, 2).await.ask(&send()).await;
    assert_eq!((again.status, again.code.as_str()), (409, "sent-before"), "{}", again.body);
    assert_eq!((after.status, after.code), (first.status, first.code));
}

#[tokio::test]
async fn later_entries_of_the_trail_have_the_epoch_and_the_chain_goes_on() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let patch = Asked::of("update_key", "acme")
        .path("key_id", &key.id)
        .seen(1)
        .body(json!({ "title": "After the restore" }));
    let told = in_epoch(&api, 7).await.ask(&patch).await;
    assert_eq!(told.status, 200, "{}", told.body);

    let trail = api.get(Who::Owner, &format!("{}/audit", key.path)).await.expect(200).json();
    let epochs: Vec<_> =
        trail["items"].as_array().unwrap().iter().map(|item| &item["change"]["epoch"]).collect();
    assert_eq!(epochs, [&json!(7), &json!(1)]);
    let world = World::read(&api.dynamodb(), "acme").await;
    assert_eq!(world.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn the_version_says_the_epoch() {
    let api = Api::start().await;
    let told = in_epoch(&api, 3).await.ask(&Asked::of("get_version", "acme")).await;
    assert_eq!(told.body, json!({ "commit": null, "format": 3, "epoch": 3 }));
}
