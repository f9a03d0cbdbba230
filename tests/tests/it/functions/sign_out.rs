//! `POST /v1/sign-out`.

use reqwest::Method;
use serde_json::Value;

use super::{Answers, Asking, Case, Request, no_body, no_misuse};
use crate::{
    crashes::Deed,
    support::{Api, Who, keys::aws4},
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(204),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::As(|_, asked| Some(Request::of(asked))),
        deeds: &[Deed::SignOut],
    }
}

const SIGN_OUT: &str = "/v1/sign-out";

#[tokio::test]
async fn whatever_was_signed_in_before_is_over_and_a_later_sign_in_is_not() {
    let api = Api::start().await;
    let email = "editor@acme.example";
    let (here, elsewhere) = (api.token_of_sign_in(email, 30), api.token_of_sign_in(email, 3_000));
    let store = async |token: &str| {
        api.call_with(token, Method::POST, "/v1/keys").json(&aws4()).send().await.outcome()
    };
    let stored = (201, String::new());
    assert_eq!((store(&here).await, store(&elsewhere).await), (stored.clone(), stored.clone()));
    api.call_with(&here, Method::POST, SIGN_OUT).send().await.expect(204);
    let before = api.everything().await;
    let over = (401, "not-signed-in".to_owned());
    for token in [&here, &elsewhere] {
        assert_eq!(store(token).await, over);
        assert_eq!(api.call_with(token, Method::POST, SIGN_OUT).send().await.outcome(), over);
        // Nobody has read with it in this function lately.
        assert_eq!(api.call_with(token, Method::GET, "/v1/sources").send().await.outcome(), over);
    }
    assert_eq!(api.everything().await, before);
    // One of a moment later: of the same second, nobody can say which was first.
    assert_eq!(store(&api.token_of_sign_in(email, -2)).await, stored);
    // Nobody else is concerned.
    api.post(Who::Owner, "/v1/keys", &aws4()).await.expect(201);
}

#[tokio::test]
async fn a_sign_in_that_was_ended_is_not_refreshed() {
    let api = Api::start().await;
    let refresh = api.stack().sign_in().test_door_refresh_token("viewer@acme.example").unwrap();
    let renew = async || {
        let form =
            [("grant_type", "refresh_token"), ("client_id", "panel"), ("refresh_token", refresh.expose())];
        let url = format!("{}/oauth2/token", api.stack().origin());
        reqwest::Client::new().post(url).form(&form).send().await.unwrap().status()
    };
    assert_eq!(renew().await, 200);
    api.post(Who::Viewer, SIGN_OUT, &Value::Null).await.expect(204);
    assert_eq!(renew().await, 400);
}

#[tokio::test]
async fn a_machine_has_no_sign_in() {
    let api = Api::start().await;
    let token = api.machine_token("acme", keyward_shared::permission::Permission::StreamsRead);
    let before = api.everything().await;
    let answer = api.call_with(&token, Method::POST, SIGN_OUT).send().await;
    assert_eq!(answer.outcome(), (404, "not-found".to_owned()));
    assert_eq!(api.everything().await, before);
}
