//! `PATCH /v1/members/{member_id}`.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Answers, Asking, Case, Request};
use crate::{
    crashes::Deed,
    support::{Api, Who},
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(404),
        body: |_| json!({ "state": "active" }),
        misuse: |secrets| vec![json!({ "role": secrets.to_string(), "state": secrets.to_string() })],
        asked: Asking::As(|clerk, asked| {
            let asked = asked.path("member_id", &format!("u-{}", clerk.below(4))).seen(0);
            Some(Request::of(asked.body(json!({ "role": "editor" }))))
        }),
        deeds: &[Deed::UpdateMember],
    }
}

/// Somebody who was invited, as the answer says.
async fn invited(api: &Api, email: &str, role: &str) -> (String, Value) {
    let view = api.post(Who::Owner, "/v1/members", &json!({ "email": email, "role": role })).await;
    let view = view.expect(201).json();
    (format!("/v1/members/{}", view["member_id"].as_str().unwrap()), view)
}

/// The demo's owner, whose row was put by hand.
fn owner(api: &Api) -> String {
    format!("/v1/members/{}", api.stack().sign_in().sub_of("owner@acme.example").unwrap())
}

#[tokio::test]
async fn a_changed_role_and_a_suspension_are_in_the_next_tokens() {
    let api = Api::start().await;
    let (bob, view) = invited(&api, "bob@acme.example", "viewer").await;
    let keys = async || {
        let token = api.stack().sign_in().access_token_for_user("bob@acme.example").unwrap();
        let create = api.call_with(&token, Method::POST, "/v1/keys").json(&crate::support::keys::aws4());
        create.send().await.status.as_u16()
    };
    assert_eq!(keys().await, 403);
    let changed = api.patch(Who::Owner, &bob, 1, &json!({ "role": "editor" })).await.expect(200);
    assert_eq!((&changed.json()["role"], changed.header("etag")), (&json!("editor"), Some("\"2\"")));
    assert_eq!(changed.json()["created_at"], view["created_at"]);
    assert_eq!(keys().await, 201);
    api.patch(Who::Owner, &bob, 2, &json!({ "state": "suspended" })).await.expect(200);
    assert_eq!(keys().await, 403);
    // What was read may be sent back.
    let sent_back = api.patch(Who::Owner, &bob, 3, &view).await.expect(200).json();
    assert_eq!((&sent_back["role"], &sent_back["state"]), (&json!("viewer"), &json!("active")));
}

#[tokio::test]
async fn the_last_active_owner_stays_one() {
    let api = Api::start().await;
    let before = api.everything().await;
    let last = (409, "last-owner".to_owned());
    for patch in [json!({ "role": "editor" }), json!({ "state": "suspended" })] {
        assert_eq!(api.patch(Who::Owner, &owner(&api), 0, &patch).await.outcome(), last, "{patch}");
    }
    assert_eq!(api.everything().await, before);
    // A suspended owner does not count.
    let (bob, _) = invited(&api, "bob@acme.example", "owner").await;
    api.patch(Who::Owner, &bob, 1, &json!({ "state": "suspended" })).await.expect(200);
    assert_eq!(api.patch(Who::Owner, &owner(&api), 0, &json!({ "role": "editor" })).await.outcome(), last);
    api.patch(Who::Owner, &bob, 2, &json!({ "state": "active" })).await.expect(200);
    api.patch(Who::Owner, &owner(&api), 0, &json!({ "role": "editor" })).await.expect(200);
}

#[tokio::test]
async fn of_two_owners_who_take_each_others_right_at_once_one_stays() {
    for _ in 0..10 {
        let api = Api::start().await;
        let (bob, _) = invited(&api, "bob@acme.example", "owner").await;
        let (owner, viewer) = (owner(&api), json!({ "role": "viewer" }));
        // The token is of before, so neither is refused for what the other did.
        let token = api.token(Who::Owner).unwrap();
        let demote = |path: &str, version: &str| {
            api.call_with(&token, Method::PATCH, path).header("if-match", version).json(&viewer).send()
        };
        let (one, other) = tokio::join!(demote(&bob, "\"1\""), demote(&owner, "\"0\""));
        let done = [&one, &other].iter().filter(|answer| answer.status.is_success()).count();
        assert_eq!(done, 1, "{} {}", one.text, other.text);
        for refused in [one, other].iter().filter(|answer| !answer.status.is_success()) {
            assert!([403, 409, 503].contains(&refused.status.as_u16()), "{}", refused.text);
        }
    }
}

#[tokio::test]
async fn a_change_needs_the_version_an_owner_and_what_can_be() {
    let api = Api::start().await;
    let (bob, _) = invited(&api, "bob@acme.example", "viewer").await;
    let before = api.everything().await;
    let patch = json!({ "role": "editor" });
    let without = api.call(Who::Owner, Method::PATCH, &bob).json(&patch).send().await;
    assert_eq!(without.outcome(), (428, "version-needed".to_owned()));
    assert_eq!(api.patch(Who::Owner, &bob, 7, &patch).await.outcome(), (412, "stale-version".to_owned()));
    for who in [Who::Editor, Who::Viewer, Who::Runtime, Who::Operator] {
        api.patch(who, &bob, 1, &patch).await.expect(403);
    }
    api.patch(Who::Stranger, &bob, 1, &patch).await.expect(404);
    let wrong = api.patch(Who::Owner, &bob, 1, &json!({ "role": "emperor", "state": "asleep" })).await;
    assert_eq!((wrong.outcome().0, wrong.fields()), (422, vec!["role".to_owned(), "state".to_owned()]));
    assert_eq!(api.patch(Who::Owner, &bob, 1, &json!({ "role": null })).await.fields(), ["role"]);
    assert_eq!(api.everything().await, before);
}
