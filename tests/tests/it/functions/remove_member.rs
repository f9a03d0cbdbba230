//! `DELETE /v1/members/{member_id}`.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use reqwest::Method;
use serde_json::json;

use super::{Answers, Asking, Case, Request, no_body, no_misuse};
use crate::{
    crashes::Deed,
    support::{
        Api, TABLE, Who,
        invariants::{World, settle},
        keys::{Item, aws4},
    },
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(404),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::As(|clerk, asked| {
            Some(Request::of(asked.path("member_id", &format!("u-{}", clerk.below(4))).seen(0)))
        }),
        deeds: &[Deed::RemoveMember],
    }
}

const BOB: &str = "bob@acme.example";

async fn invited(api: &Api, role: &str) -> String {
    let view = api.post(Who::Owner, "/v1/members", &json!({ "email": BOB, "role": role })).await;
    format!("/v1/members/{}", view.expect(201).json()["member_id"].as_str().unwrap())
}

#[tokio::test]
async fn somebody_who_is_removed_signs_in_no_more_and_can_be_invited_elsewhere() {
    let api = Api::start().await;
    let before = api.items(TABLE).await.len();
    let bob = invited(&api, "editor").await;
    api.delete(Who::Owner, &bob, 1).await.expect(204);
    // Nothing stays but the address, for whoever reads what they did.
    let removed = json!({ "member_id": bob.rsplit('/').next(), "email": BOB, "state": "removed" });
    let list = api.get(Who::Owner, "/v1/members?state=removed").await.expect(200).json();
    assert_eq!(list, json!({ "items": [removed], "next_cursor": null }));
    assert_eq!(api.items(TABLE).await.len(), before + 1);
    assert!(!api.get(Who::Owner, "/v1/members").await.text.contains(BOB));
    assert_eq!(api.get(Who::Stranger, "/v1/members?state=removed").await.json()["items"], json!([]));
    assert_eq!(api.get(Who::Owner, "/v1/members?state=gone").await.expect(400).fields(), ["state"]);
    api.get(Who::Editor, "/v1/members?state=removed").await.expect(403);
    assert!(api.stack().sign_in().access_token_for_user(BOB).is_err());
    assert_eq!(api.delete(Who::Owner, &bob, 1).await.outcome(), (404, "not-found".to_owned()));
    api.post(Who::Stranger, "/v1/members", &json!({ "email": BOB, "role": "viewer" })).await.expect(201);
}

/// As docs/operations.md tells the operator to do it.
async fn blank(api: &Api, account: &str, member: &str) {
    let told = include_str!("../../../../docs/operations.md");
    assert!(told.contains(r#""PK": {"S": "FORMER#'$ACCOUNT'"}, "SK": {"S": "MEMBER#'$MEMBER'"}"#));
    let place = [("PK", format!("FORMER#{account}")), ("SK", format!("MEMBER#{member}"))];
    let place = place.map(|(name, value)| (name.to_owned(), AttributeValue::S(value)));
    let deleted = api.dynamodb().delete_item().table_name(TABLE).set_key(Some(place.into()));
    let deleted = deleted.return_values(ReturnValue::AllOld).send().await.unwrap();
    assert!(deleted.attributes.is_some(), "the row was there");
}

#[tokio::test]
async fn once_an_address_is_blanked_no_row_has_it_and_every_chain_still_checks() {
    let api = Api::start().await;
    let bob = invited(&api, "editor").await;
    let id = bob.rsplit('/').next().unwrap();
    let token = api.stack().sign_in().access_token_for_user(BOB).unwrap();
    let by_bob = |method, path: &str| api.call_with(&token, method, path);
    let key = by_bob(Method::POST, "/v1/keys").json(&aws4()).send().await.expect(201).json();
    let path = format!("/v1/keys/{}", key["key_id"].as_str().unwrap());
    let renamed =
        by_bob(Method::PATCH, &path).header("if-match", "\"1\"").json(&json!({ "title": "By Bob" }));
    renamed.send().await.expect(200);
    let version = api.get(Who::Owner, "/v1/members").await.json();
    let version =
        version["items"].as_array().unwrap().iter().find(|member| member["member_id"] == id).unwrap();
    api.delete(Who::Owner, &bob, version["version"].as_u64().unwrap()).await.expect(204);
    assert!(api.everything().await.contains(BOB), "the owner sees who it was");

    blank(&api, "acme", id).await;
    settle(&api).await;
    assert!(!api.everything().await.contains(BOB));
    let removed = api.get(Who::Owner, "/v1/members?state=removed").await.expect(200).json();
    assert_eq!(removed["items"], json!([]));
    // The trail still says that it was one and the same person, and is whole.
    let trail = api.get(Who::Owner, "/v1/audit").await.expect(200).json();
    let by: Vec<_> =
        trail["items"].as_array().unwrap().iter().map(|item| item["by"].as_str().unwrap()).collect();
    assert_eq!(by, [format!("person:{id}"), format!("person:{id}")]);
    let world = World::read(&api.dynamodb(), "acme").await;
    assert_eq!((world.keys.len(), world.violations()), (1, Vec::new()));
}

#[tokio::test]
async fn what_a_crash_left_in_the_sign_in_is_removed_by_the_same_request() {
    let api = Api::start().await;
    let bob = invited(&api, "editor").await;
    // The row is gone, and the person is not.
    let rows = api.items(TABLE).await;
    let row = rows.iter().find(|item| item["SK"].as_s().unwrap().starts_with("MEMBER#")).unwrap();
    let place = Item::from(["PK", "SK"].map(|name| (name.to_owned(), row[name].clone())));
    api.dynamodb().delete_item().table_name(TABLE).set_key(Some(place)).send().await.unwrap();
    // Another account does not reach them.
    api.delete(Who::Stranger, &bob, 1).await.expect(404);
    assert!(api.stack().sign_in().sub_of(BOB).is_some());
    api.delete(Who::Owner, &bob, 1).await.expect(204);
    assert!(api.stack().sign_in().sub_of(BOB).is_none());
}

#[tokio::test]
async fn the_last_active_owner_is_not_removed() {
    let api = Api::start().await;
    let owner = format!("/v1/members/{}", api.stack().sign_in().sub_of("owner@acme.example").unwrap());
    let before = api.everything().await;
    assert_eq!(api.delete(Who::Owner, &owner, 0).await.outcome(), (409, "last-owner".to_owned()));
    assert_eq!(api.everything().await, before);
    api.get(Who::Owner, "/v1/members").await.expect(200);
    invited(&api, "owner").await;
    api.delete(Who::Owner, &owner, 0).await.expect(204);
    assert!(api.stack().sign_in().sub_of("owner@acme.example").is_none());
}

#[tokio::test]
async fn a_removal_needs_the_version_and_an_owner() {
    let api = Api::start().await;
    let bob = invited(&api, "viewer").await;
    let before = api.everything().await;
    let without = api.call(Who::Owner, Method::DELETE, &bob).send().await;
    assert_eq!(without.outcome(), (428, "version-needed".to_owned()));
    assert_eq!(api.delete(Who::Owner, &bob, 2).await.outcome(), (412, "stale-version".to_owned()));
    for who in [Who::Editor, Who::Viewer, Who::Runtime, Who::Operator] {
        api.delete(who, &bob, 1).await.expect(403);
    }
    api.delete(Who::Stranger, &bob, 1).await.expect(404);
    assert_eq!(api.everything().await, before);
    assert!(api.stack().sign_in().sub_of(BOB).is_some());
}
