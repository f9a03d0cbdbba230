//! `POST /v1/members/{member_id}/reset-second-factor`.

use reqwest::Method;
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
        deeds: &[Deed::ResetSecondFactor],
    }
}

const EDITOR: &str = "editor@acme.example";
const OWNER: &str = "owner@acme.example";

fn path(api: &Api, email: &str) -> String {
    format!("/v1/members/{}/reset-second-factor", api.stack().sign_in().sub_of(email).unwrap())
}

fn factor(api: &Api, email: &str) -> String {
    api.stack().sign_in().test_door_second_factor(email).unwrap().expose().to_owned()
}

#[tokio::test]
async fn a_lost_device_signs_in_no_more_and_what_was_signed_in_on_it_is_over() {
    let api = Api::start().await;
    let before = factor(&api, EDITOR);
    let on_the_device = api.token_of_sign_in(EDITOR, 60);
    api.call_with(&on_the_device, Method::GET, "/v1/account").send().await.expect(200);
    api.post(Who::Owner, &path(&api, EDITOR), &Value::Null).await.expect(204);
    assert_ne!(factor(&api, EDITOR), before);
    // A change looks at the row at once.
    let create = api.call_with(&on_the_device, Method::POST, "/v1/keys").json(&crate::support::keys::aws4());
    let answer = create.send().await;
    assert_eq!(answer.outcome(), (401, "not-signed-in".to_owned()));
    assert!(answer.header("www-authenticate").unwrap().contains("invalid_token"));
    // Who did it is in the row.
    let list = api.get(Who::Owner, "/v1/members").await.json();
    let editor = list["items"].as_array().unwrap().iter().find(|one| one["email"] == EDITOR).unwrap();
    let owner = api.stack().sign_in().sub_of(OWNER).unwrap();
    assert_eq!((&editor["version"], &editor["updated_by"]), (&json!(1), &json!(format!("person:{owner}"))));
    assert_eq!(editor["role"], "editor");
}

#[tokio::test]
async fn an_owner_with_a_new_device_does_it_to_themselves() {
    let api = Api::start().await;
    let before = factor(&api, OWNER);
    let token = api.token(Who::Owner).unwrap();
    let reset = api.call_with(&token, Method::POST, &path(&api, OWNER)).send().await;
    reset.expect(204);
    assert_ne!(factor(&api, OWNER), before);
    let create = api.call_with(&token, Method::POST, "/v1/keys").json(&crate::support::keys::aws4());
    assert_eq!(create.send().await.outcome(), (401, "not-signed-in".to_owned()));
}

#[tokio::test]
async fn only_owners_of_the_account_reset_it_and_with_a_fresh_sign_in() {
    let api = Api::start().await;
    let (path, before) = (path(&api, EDITOR), factor(&api, EDITOR));
    let rows = api.everything().await;
    for who in [Who::Editor, Who::Viewer, Who::Runtime, Who::Operator] {
        api.post(who, &path, &Value::Null).await.expect(403);
    }
    api.post(Who::Stranger, &path, &Value::Null).await.expect(404);
    let old = api.token_of_sign_in(OWNER, 600);
    let stale = api.call_with(&old, Method::POST, &path).send().await;
    assert_eq!(stale.outcome(), (401, "fresh-sign-in-needed".to_owned()));
    api.post(Who::Owner, "/v1/members/nobody/reset-second-factor", &Value::Null).await.expect(404);
    assert_eq!(api.everything().await, rows);
    assert_eq!(factor(&api, EDITOR), before);
}
