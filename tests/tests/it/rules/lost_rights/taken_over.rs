//! An owner who was suspended, demoted or removed, and whose token is still good for minutes, does not make the access permanent.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Api, Who};

const EVE: &str = "eve@acme.example";

/// The account with one more owner, and that owner's token of before.
struct Scene {
    api: Api,
    eve: String,
    token: String,
}

impl Scene {
    async fn start() -> Self {
        let api = Api::start().await;
        let invitation = json!({ "email": EVE, "role": "owner" });
        let view = api.post(Who::Owner, "/v1/members", &invitation).await.expect(201).json();
        let eve = format!("/v1/members/{}", view["member_id"].as_str().unwrap());
        let token = api.stack().sign_in().access_token_for_user(EVE).unwrap();
        Self { api, eve, token }
    }

    async fn eve(&self, method: Method, path: &str, version: u64, body: &Value) -> Answer {
        let call = self.api.call_with(&self.token, method, path);
        call.header("if-match", &format!("\"{version}\"")).json(body).send().await
    }

    /// Everything by which she could keep or widen what she has. None of it does anything.
    async fn gets_nowhere(&self, version: u64, told: (u16, &str)) {
        let owner = self.api.stack().sign_in().sub_of("owner@acme.example").unwrap();
        let owner = format!("/v1/members/{owner}");
        let before = self.api.everything().await;
        let accomplice = json!({ "email": "eve2@acme.example", "role": "owner" });
        for (method, path, version, body) in [
            (Method::PATCH, &*self.eve, version, json!({ "state": "active" })),
            (Method::PATCH, &*self.eve, version, json!({ "role": "owner" })),
            (Method::POST, "/v1/members", 0, accomplice),
            (Method::PATCH, &*owner, 0, json!({ "role": "viewer" })),
            (Method::DELETE, &*owner, 0, Value::Null),
            (Method::PATCH, "/v1/account", 1, json!({ "title": "Eve's", "keys_minimum_role": "owner" })),
        ] {
            let answer = self.eve(method.clone(), path, version, &body).await;
            assert_eq!(answer.outcome(), (told.0, told.1.to_owned()), "{method} {path} {body}");
        }
        assert_eq!(self.api.everything().await, before);
        assert!(self.api.stack().sign_in().sub_of("eve2@acme.example").is_none());
        self.api.get(Who::Owner, "/v1/members").await.expect(200);
    }
}

const FORBIDDEN: (u16, &str) = (403, "forbidden");

#[tokio::test]
async fn a_suspended_owner_neither_lets_herself_in_again_nor_anybody_else() {
    let scene = Scene::start().await;
    let suspend = json!({ "state": "suspended" });
    scene.api.patch(Who::Owner, &scene.eve, 1, &suspend).await.expect(200);
    scene.gets_nowhere(2, FORBIDDEN).await;
}

#[tokio::test]
async fn an_owner_who_was_made_a_viewer_does_no_more_than_a_viewer() {
    let scene = Scene::start().await;
    scene.api.patch(Who::Owner, &scene.eve, 1, &json!({ "role": "viewer" })).await.expect(200);
    scene.gets_nowhere(2, FORBIDDEN).await;
}

#[tokio::test]
async fn an_owner_who_was_removed_invites_nobody_and_takes_nobody_out() {
    let scene = Scene::start().await;
    scene.api.delete(Who::Owner, &scene.eve, 1).await.expect(204);
    scene.gets_nowhere(1, (401, "not-signed-in")).await;
}

#[tokio::test]
async fn an_owner_changes_her_own_row_while_she_is_one() {
    let scene = Scene::start().await;
    scene.eve(Method::PATCH, &scene.eve, 1, &json!({ "role": "editor" })).await.expect(200);
    let back = scene.eve(Method::PATCH, &scene.eve, 2, &json!({ "role": "owner" })).await;
    assert_eq!(back.outcome(), (403, "forbidden".to_owned()));
    let scene = Scene::start().await;
    scene.eve(Method::DELETE, &scene.eve, 1, &Value::Null).await.expect(204);
    let again = scene.eve(Method::DELETE, &scene.eve, 1, &Value::Null).await;
    assert_eq!(again.outcome(), (401, "not-signed-in".to_owned()));
}
