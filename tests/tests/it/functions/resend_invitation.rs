//! `POST /v1/members/{member_id}/resend-invitation`.

use serde_json::{Value, json};

use super::{Answers, Asking, Case, Request, no_body, no_misuse};
use crate::{
    crashes::Deed,
    support::{Api, Who},
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(404),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::As(|clerk, asked| {
            Some(Request::of(asked.path("member_id", &format!("u-{}", clerk.below(4)))))
        }),
        deeds: &[Deed::ResendInvitation],
    }
}

const BOB: &str = "bob@acme.example";

fn password(api: &Api, email: &str) -> String {
    api.stack().sign_in().test_door_password(email).unwrap().expose().to_owned()
}

async fn invited(api: &Api) -> String {
    let view = api.post(Who::Owner, "/v1/members", &json!({ "email": BOB, "role": "viewer" })).await;
    format!("/v1/members/{}/resend-invitation", view.expect(201).json()["member_id"].as_str().unwrap())
}

#[tokio::test]
async fn somebody_who_has_not_signed_in_gets_another_password() {
    let api = Api::start().await;
    let again = invited(&api).await;
    let before = password(&api, BOB);
    api.post(Who::Owner, &again, &Value::Null).await.expect(204);
    assert_ne!(password(&api, BOB), before);
    // Who sent it is in the row.
    let list = api.get(Who::Owner, "/v1/members").await.json();
    let bob = list["items"].as_array().unwrap().iter().find(|one| one["email"] == BOB).unwrap();
    assert_eq!(bob["version"], 2);
}

#[tokio::test]
async fn somebody_who_has_signed_in_is_not_invited_again() {
    let api = Api::start().await;
    let editor = api.stack().sign_in().sub_of("editor@acme.example").unwrap();
    let before = password(&api, "editor@acme.example");
    let again = format!("/v1/members/{editor}/resend-invitation");
    let answer = api.post(Who::Owner, &again, &Value::Null).await;
    assert_eq!(answer.outcome(), (409, "has-signed-in".to_owned()));
    assert_eq!(password(&api, "editor@acme.example"), before);
}

#[tokio::test]
async fn only_owners_of_the_account_send_it_and_with_a_fresh_sign_in() {
    let api = Api::start().await;
    let again = invited(&api).await;
    let before = api.everything().await;
    let first = password(&api, BOB);
    for who in [Who::Editor, Who::Viewer, Who::Runtime, Who::Operator] {
        api.post(who, &again, &Value::Null).await.expect(403);
    }
    api.post(Who::Stranger, &again, &Value::Null).await.expect(404);
    let old = api.token_of_sign_in("owner@acme.example", 600);
    let stale = api.call_with(&old, reqwest::Method::POST, &again).send().await;
    assert_eq!(stale.outcome(), (401, "fresh-sign-in-needed".to_owned()));
    assert_eq!(api.everything().await, before);
    assert_eq!(password(&api, BOB), first);
}
