//! `GET /v1/apps`.

use serde_json::{Value, json};

use super::{Answers, Asking, Case, Request, no_body, no_misuse};
use crate::support::{
    Api, Who,
    connect::{APPS, CLIENT_SECRET, app},
};

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
async fn whoever_reads_keys_sees_the_apps_of_the_account_and_no_secret() {
    let api = Api::start().await;
    let made = api.app().await;
    let list = api.get(Who::Viewer, APPS).await.expect(200);
    assert!(!list.text.contains(CLIENT_SECRET), "{}", list.text);
    assert_eq!(list.json(), json!({ "items": [made], "next_cursor": null }));
    let stranger = api.get(Who::Stranger, APPS).await.expect(200).json();
    assert_eq!(stranger["items"], json!([]));
    api.get(Who::Operator, APPS).await.expect(403);
}

#[tokio::test]
async fn pages_follow_each_other() {
    let api = Api::start().await;
    for title in ["One", "Two", "Three"] {
        let mut body = app();
        body["title"] = json!(title);
        api.post(Who::Owner, APPS, &body).await.expect(201);
    }
    let page = api.get(Who::Owner, &format!("{APPS}?limit=2")).await.expect(200).json();
    let next = page["next_cursor"].as_str().unwrap();
    let rest = api.get(Who::Owner, &format!("{APPS}?limit=2&cursor={next}")).await.expect(200).json();
    let count = |page: &Value| page["items"].as_array().unwrap().len();
    assert_eq!((count(&page), count(&rest), &rest["next_cursor"]), (2, 1, &Value::Null));
}
