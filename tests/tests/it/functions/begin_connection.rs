//! `POST /v1/keys/{key_id}/connections`.

use reqwest::Method;
use serde_json::json;

use super::{Answers, Asking, Case, Request};
use crate::{
    crashes::Deed,
    support::{Api, TABLE, Who, callers, connect::HOSTS, keys::aws4, uses::stack_with},
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(404),
        body: |_| json!({}),
        misuse: |secrets| {
            vec![json!({ "scopes": [secrets.to_string()], "organization": secrets.to_string() })]
        },
        asked: Asking::As(|clerk, asked| {
            let (asked, _) = clerk.about_a_key(asked);
            Some(Request::of(asked.body(json!({}))))
        }),
        deeds: &[Deed::BeginConnection],
    }
}

#[tokio::test]
async fn a_person_is_sent_to_the_system_and_only_digests_are_kept() {
    let (api, outside) = stack_with(&HOSTS).await;
    let app = api.app().await;
    let key = api.key_of_app(&app).await;
    let ask = json!({ "scopes": ["read", "offline_access"] });
    let begun = api.post(Who::Editor, &format!("{}/connections", key.path), &ask).await.expect(201);
    let cookie = begun.header("set-cookie").unwrap().to_owned();
    assert!(
        cookie.contains("; HttpOnly; SameSite=Lax") && cookie.contains("; Path=/; Max-Age=600"),
        "{cookie}"
    );
    let journey = api.begin(&key, &ask).await;
    assert!(
        journey
            .address
            .as_str()
            .starts_with("https://login.example.com/authorize?tenant=1&response_type=code&")
    );
    for (name, value) in [
        ("client_id", "keyward".to_owned()),
        ("redirect_uri", app["redirect_uri"].as_str().unwrap().to_owned()),
        ("code_challenge_method", "S256".to_owned()),
        ("scope", "read offline_access".to_owned()),
    ] {
        assert_eq!(journey.parameter(name), value, "{name}");
    }
    let (state, value) = (journey.parameter("state"), journey.cookie.split_once('=').unwrap().1.to_owned());
    assert_eq!((state.len(), journey.parameter("code_challenge").len(), value.len()), (43, 43, 43));
    let rows = format!("{:?}", api.items(TABLE).await);
    assert!(rows.contains("CONNECTION#") && !rows.contains(&state) && !rows.contains(&value));
    assert_eq!(outside.connections(), 0);
}

#[tokio::test]
async fn what_cannot_be_connected_begins_nothing() {
    let (api, _) = stack_with(&HOSTS).await;
    let app = api.app().await;
    let (key, typed) = (api.key_of_app(&app).await, api.store(&aws4()).await);
    callers::admit(&api.callers_rows(), "acme").await;
    let before = api.everything().await;
    let ask = async |who, path: &str, body| api.post(who, &format!("{path}/connections"), &body).await;
    assert_eq!(ask(Who::Editor, &typed.path, json!({})).await.outcome(), (409, "cannot-connect".to_owned()));
    assert_eq!(ask(Who::Stranger, &key.path, json!({})).await.status, 404);
    assert_eq!(ask(Who::Viewer, &key.path, json!({})).await.status, 403);
    let scopes = ask(Who::Editor, &key.path, json!({ "scopes": ["read", "a\"b"] })).await;
    assert_eq!(
        (scopes.outcome(), scopes.fields()),
        ((422, "invalid-fields".to_owned()), vec!["scopes[1]".to_owned()])
    );
    let other = ask(Who::Editor, &key.path, json!({ "organization": "org_1" })).await;
    assert_eq!(other.outcome(), (409, "no-entry".to_owned()));
    // A machine has no browser.
    let machine = api.machine_token("acme", keyward_shared::permission::Permission::KeysWrite);
    let machine = api.call_with(&machine, Method::POST, &format!("{}/connections", key.path));
    let machine = machine.json(&json!({})).send().await;
    assert_eq!(machine.outcome(), (409, "cannot-connect".to_owned()));
    // Another account than before takes a fresh sign-in of a live key.
    let old = api.token_of_sign_in("owner@acme.example", 301);
    let other = api.call_with(&old, Method::POST, &format!("{}/connections", key.path));
    let other = other.json(&json!({ "other_identity": true })).send().await;
    assert_eq!(other.outcome(), (401, "fresh-sign-in-needed".to_owned()));
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn an_app_of_another_environment_or_one_that_is_gone_connects_nothing() {
    let api = Api::start().await;
    let app = api.app().await;
    let key = api.key_of_app(&app).await;
    let mut test = crate::support::connect::app();
    test["environment"] = json!("test");
    let test = api.post(Who::Owner, "/v1/apps", &test).await.expect(201).json();
    let of_test = api.key_of_app(&test).await;
    let ask =
        async |path: &str| api.post(Who::Editor, &format!("{path}/connections"), &json!({})).await.outcome();
    assert_eq!(ask(&of_test.path).await, (409, "cannot-connect".to_owned()));
    let path = format!("/v1/apps/{}", app["app_id"].as_str().unwrap());
    api.delete(Who::Owner, &path, 1).await.expect(204);
    assert_eq!(ask(&key.path).await, (409, "cannot-connect".to_owned()));
}
