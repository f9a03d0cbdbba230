//! `GET /v1/keys/{key_id}`.

use keyward_shared::permission::Permission;
use reqwest::Method;
use serde_json::json;

use super::{Answers, Asking, Case, Effect, Request, no_body, no_misuse};
use crate::support::{Api, Who, keys::aws4};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(404),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::As(|clerk, asked| {
            let (asked, key) = clerk.about_a_key(asked);
            Some(Request { asked, about: key, effect: Effect::KeyRead })
        }),
        deeds: &[],
    }
}

#[tokio::test]
async fn a_machine_of_the_other_environment_is_refused() {
    let api = Api::start().await;
    let mut body = aws4();
    body["environment"] = json!("test");
    let key = api.store(&body).await;
    let token = api.machine_token("acme", Permission::KeysRead);
    let answer = api.call_with(&token, Method::GET, &key.path).send().await;
    assert_eq!(answer.outcome(), (409, "wrong-environment".to_owned()));
}

#[tokio::test]
async fn a_row_that_cannot_be_read_says_so() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    api.edit_row(&key.id, "environment", "moon").await;
    let answer = api.get(Who::Viewer, &key.path).await;
    assert_eq!(answer.outcome(), (409, "key-unreadable".to_owned()));
}

#[tokio::test]
async fn parameters_that_the_route_does_not_know_are_refused() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let answer = api.get(Who::Viewer, &format!("{}?show=secrets", key.path)).await.expect(400);
    assert_eq!(answer.fields(), ["show"]);
}
