//! `GET /v1/members`.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};

use super::{Answers, Asking, Case, Request, no_body, no_misuse};
use crate::support::{Api, TABLE, Who, keys::Item};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(200),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::As(|_, asked| Some(Request::of(asked))),
        deeds: &[],
    }
}

const MEMBERS: &str = "/v1/members";

#[tokio::test]
async fn owners_see_the_people_of_their_account_and_of_no_other() {
    let api = Api::start().await;
    let list = api.get(Who::Owner, MEMBERS).await.expect(200).json();
    let mut roles: Vec<_> = list["items"].as_array().unwrap().iter().map(|one| one["role"].clone()).collect();
    roles.sort_by_key(ToString::to_string);
    assert_eq!(
        (roles, &list["next_cursor"]),
        (vec![json!("editor"), json!("owner"), json!("viewer")], &Value::Null)
    );
    let stranger = api.get(Who::Stranger, MEMBERS).await.expect(200).json();
    assert_eq!(stranger["items"].as_array().unwrap().len(), 1);
    for who in [Who::Editor, Who::Viewer, Who::Runtime, Who::Operator] {
        api.get(who, MEMBERS).await.expect(403);
    }
}

#[tokio::test]
async fn pages_follow_each_other_and_a_cursor_reaches_nothing_else() {
    let api = Api::start().await;
    let (mut seen, mut path) = (Vec::new(), format!("{MEMBERS}?limit=2"));
    let mut cursor = String::new();
    loop {
        let page = api.get(Who::Owner, &path).await.expect(200).json();
        seen.extend(page["items"].as_array().unwrap().iter().map(|one| one["member_id"].to_string()));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = next.to_owned();
        path = format!("{MEMBERS}?limit=2&cursor={next}");
    }
    let mut once = seen.clone();
    once.sort();
    once.dedup();
    assert_eq!((seen.len(), once.len()), (3, 3));
    let foreign = api.get(Who::Stranger, &format!("{MEMBERS}?cursor={cursor}")).await;
    assert_eq!((foreign.outcome().0, foreign.fields()), (400, vec!["cursor".to_owned()]));
    assert_eq!(api.get(Who::Owner, &format!("{MEMBERS}?limit=0")).await.fields(), ["limit"]);
}

#[tokio::test]
async fn a_row_that_cannot_be_read_fails_nothing() {
    let api = Api::start().await;
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let row = [("PK", "MEMBER#acme"), ("SK", "MEMBER#broken"), ("role", "emperor"), ("state", "active")];
    let row: Item = row.map(|(name, value)| (name.to_owned(), text(value))).into();
    api.put(TABLE, row).await;
    let list = api.get(Who::Owner, MEMBERS).await.expect(200).json();
    let broken = json!({ "member_id": "broken", "state": "unreadable" });
    let items = list["items"].as_array().unwrap();
    assert!(items.len() == 4 && items.contains(&broken), "{list}");
}

#[tokio::test]
async fn whoever_was_invited_has_not_signed_in_until_they_do() {
    let api = Api::start().await;
    let invite = json!({ "email": "bob@acme.example", "role": "viewer" });
    let invited = api.post(Who::Owner, MEMBERS, &invite).await.expect(201).json();
    assert!(invited.get("first_signed_in_at").is_none(), "{invited}");
    let first = async || {
        let list = api.get(Who::Owner, MEMBERS).await.json();
        let bob = list["items"].as_array().unwrap().iter().find(|one| one["email"] == invite["email"]);
        bob.unwrap()["first_signed_in_at"].clone()
    };
    assert_eq!(first().await, Value::Null);
    api.stack().sign_in().access_token_for_user("bob@acme.example").unwrap();
    let at = first().await;
    assert!(at.is_string(), "{at}");
    // Only the first sign-in is noted, and it goes with the member.
    api.stack().sign_in().access_token_for_user("bob@acme.example").unwrap();
    assert_eq!(first().await, at);
    let bob = format!("{MEMBERS}/{}", invited["member_id"].as_str().unwrap());
    api.delete(Who::Owner, &bob, 1).await.expect(204);
    let left = api.items(TABLE).await;
    assert!(!left.iter().any(|item| item["PK"].as_s().unwrap().starts_with("SIGNIN#")));
}
