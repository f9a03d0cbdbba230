//! `GET /v1/account`.

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

#[tokio::test]
async fn everybody_of_an_account_sees_it_and_its_organizations() {
    let api = Api::start().await;
    let expected = json!({
        "account_id": "acme", "title": "Acme", "self_service_keys": true, "keys_minimum_role": "viewer",
        "organizations": [
            { "organization_id": "org_uk", "title": "Acme UK" },
            { "organization_id": "org_us", "title": "Acme US" },
        ],
        "version": 1, "updated_at": null, "updated_by": null,
    });
    for who in [Who::Owner, Who::Editor, Who::Viewer] {
        let answer = api.get(who, "/v1/account").await.expect(200);
        assert_eq!((answer.json(), answer.header("etag")), (expected.clone(), Some("\"1\"")), "{who:?}");
    }
    let other = api.get(Who::Stranger, "/v1/account").await.expect(200).json();
    assert_eq!((&other["account_id"], &other["title"]), (&json!("globex"), &json!("Globex")));
}

#[tokio::test]
async fn nobody_else_sees_it() {
    let api = Api::start().await;
    api.get(Who::Nobody, "/v1/account").await.expect(401);
    for who in [Who::Runtime, Who::Operator] {
        api.get(who, "/v1/account").await.expect(403);
    }
    assert_eq!(api.get(Who::Owner, "/v1/account?x=1").await.outcome().0, 400);
}

#[tokio::test]
async fn a_row_that_was_put_by_hand_is_shown_with_what_it_has_and_one_that_is_damaged_is_told() {
    use aws_sdk_dynamodb::types::AttributeValue;
    let api = Api::start().await;
    let place = |partition: &str, row: &str| {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        Item::from([("PK".to_owned(), text(partition)), ("SK".to_owned(), text(row))])
    };
    let mut by_hand = place("SETTINGS#acme", "SETTINGS");
    by_hand.insert("self_service_keys".to_owned(), AttributeValue::Bool(true));
    api.put(TABLE, by_hand).await;
    let organizations = place("ORGANIZATIONS#acme", "ORGANIZATIONS");
    let delete = api.dynamodb().delete_item().table_name(TABLE).set_key(Some(organizations.clone()));
    delete.send().await.unwrap();
    let shown = api.get(Who::Viewer, "/v1/account").await.expect(200).json();
    assert_eq!((&shown["title"], &shown["organizations"]), (&Value::Null, &json!([])));
    assert_eq!((&shown["version"], &shown["keys_minimum_role"]), (&json!(0), &json!("viewer")));
    let damage = [("organizations".to_owned(), AttributeValue::S("org_uk".to_owned()))];
    api.set(TABLE, organizations, damage.into()).await;
    let told = api.get(Who::Viewer, "/v1/account").await;
    assert_eq!(told.outcome(), (409, "row-unreadable".to_owned()));
}
