//! `POST /v1/members`.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Answers, Asking, Case, Request};
use crate::{
    crashes::Deed,
    support::{Answer, Api, Who},
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(201),
        body: |_| json!({ "email": "new@acme.example", "role": "viewer" }),
        misuse: |secrets| {
            let text = secrets.to_string();
            vec![json!({ "email": text, "role": text }), json!({ "email": "a@b.example", "role": secrets })]
        },
        asked: Asking::As(|clerk, asked| {
            let email = format!("person-{}@acme.example", clerk.below(8));
            Some(Request::of(asked.body(json!({ "email": email, "role": "viewer" }))))
        }),
        deeds: &[Deed::InviteMember],
    }
}

const MEMBERS: &str = "/v1/members";
const BOB: &str = "bob@acme.example";

fn invitation(email: &str, role: &str) -> Value {
    json!({ "email": email, "role": role })
}

async fn invite(api: &Api, who: Who, body: &Value) -> Answer {
    api.post(who, MEMBERS, body).await
}

#[tokio::test]
async fn somebody_who_is_invited_signs_in_and_may_do_what_their_role_may() {
    let api = Api::start().await;
    let invited = invite(&api, Who::Owner, &invitation("Bob@ACME.example", "editor")).await.expect(201);
    let view = invited.json();
    let id = view["member_id"].as_str().unwrap();
    assert_eq!(invited.header("location"), Some(&*format!("{MEMBERS}/{id}")));
    let expected = json!({
        "member_id": id, "email": BOB, "role": "editor", "state": "active", "version": 1,
        "created_at": view["created_at"], "created_by": view["created_by"],
        "updated_at": view["created_at"], "updated_by": view["created_by"],
    });
    assert_eq!(view, expected);
    assert!(view["created_by"].as_str().unwrap().starts_with("person:"));
    let mut listed = view;
    listed["first_signed_in_at"] = Value::Null;
    let list = api.get(Who::Owner, MEMBERS).await.json();
    assert!(list["items"].as_array().unwrap().contains(&listed), "{list}");
    let token = api.stack().sign_in().access_token_for_user(BOB).unwrap();
    api.call_with(&token, Method::GET, "/v1/keys").send().await.expect(200);
    api.call_with(&token, Method::GET, MEMBERS).send().await.expect(403);
}

#[tokio::test]
async fn the_same_again_is_answered_with_what_is_there() {
    let api = Api::start().await;
    let first = invite(&api, Who::Owner, &invitation(BOB, "editor")).await.expect(201).json();
    let before = api.everything().await;
    assert_eq!(invite(&api, Who::Owner, &invitation(BOB, "editor")).await.expect(201).json(), first);
    let other = invite(&api, Who::Owner, &invitation(BOB, "owner")).await;
    assert_eq!(other.outcome(), (409, "cannot-be-invited".to_owned()));
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn somebody_of_another_account_is_not_invited_and_nothing_is_told_of_it() {
    let api = Api::start().await;
    let before = api.everything().await;
    let answer = invite(&api, Who::Owner, &invitation("owner@globex.example", "viewer")).await;
    assert_eq!(answer.outcome(), (409, "cannot-be-invited".to_owned()));
    assert!(!answer.text.contains("globex"), "{}", answer.text);
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn only_owners_invite_and_what_cannot_be_is_refused_by_name() {
    let api = Api::start().await;
    let before = api.everything().await;
    for who in [Who::Editor, Who::Viewer, Who::Runtime, Who::Operator] {
        invite(&api, who, &invitation(BOB, "viewer")).await.expect(403);
    }
    let answer = invite(&api, Who::Owner, &invitation("bob", "emperor")).await;
    assert_eq!((answer.outcome().0, answer.fields()), (422, vec!["email".to_owned(), "role".to_owned()]));
    let mut more = invitation(BOB, "viewer");
    more["account_id"] = json!("globex");
    assert_eq!(invite(&api, Who::Owner, &more).await.fields(), ["account_id"]);
    assert_eq!(api.everything().await, before);
    assert!(api.stack().sign_in().access_token_for_user(BOB).is_err(), "nobody was invited");
}
