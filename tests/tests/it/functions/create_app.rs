//! `POST /v1/apps`.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Answers, Asking, Case, Request};
use crate::{
    crashes::Deed,
    support::{
        Api, TABLE, VAULT, Who,
        connect::{APPS, CLIENT_SECRET, app},
    },
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(201),
        body: |_| app(),
        misuse: |secrets| {
            let mut body = app();
            // Too long for a title, which would be public.
            body["title"] = json!(format!("{}{secrets}", "x".repeat(100)));
            vec![body, json!({ "client_secret": secrets })]
        },
        asked: Asking::As(|_, asked| Some(Request::of(asked.body(app())))),
        deeds: &[Deed::CreateApp],
    }
}

#[tokio::test]
async fn an_app_is_shown_without_its_secret_which_is_sealed_by_itself() {
    let api = Api::start().await;
    let made = api.post(Who::Owner, APPS, &app()).await.expect(201);
    assert!(!made.text.contains(CLIENT_SECRET));
    let view = made.json();
    let id = view["app_id"].as_str().unwrap();
    assert_eq!(made.header("location"), Some(format!("/v1/apps/{id}").as_str()));
    let redirect = format!("{}/v1/connections/callback/{id}", api.stack().origin());
    assert_eq!((&view["redirect_uri"], &view["grants"]), (&json!(redirect), &json!(0)));
    assert_eq!((&view["client_auth"], &view["auth"]), (&json!("basic"), &json!("authorization-code")));
    for table in [TABLE, VAULT] {
        assert!(!format!("{:?}", api.items(table).await).contains(CLIENT_SECRET));
    }
    let sealed = api.items(VAULT).await;
    assert_eq!(sealed.len(), 1);
    assert_eq!(sealed[0]["PK"].as_s().unwrap(), &format!("APPSECRET#acme#{id}"));
}

#[tokio::test]
async fn what_an_app_cannot_be_is_refused_all_at_once_and_nothing_is_stored() {
    let api = Api::start().await;
    let before = api.everything().await;
    let with = |name: &str, value: Value| {
        let mut body = app();
        body[name] = value;
        body
    };
    for (body, fields) in [
        (with("system_id", json!("custom-http")), vec!["system_id"]),
        (with("system_id", json!("nothing")), vec!["system_id"]),
        (with("auth", json!("basic")), vec!["auth"]),
        (with("environment", json!("prod")), vec!["environment"]),
        (with("client_id", json!("")), vec!["client_id"]),
        (with("client_secret", json!("a\nb")), vec!["client_secret"]),
        (with("client_auth", json!("none")), vec!["client_auth"]),
        (with("token_url", json!("http://login.example.com/token")), vec!["token_url"]),
        (with("token_url", json!("https://user@login.example.com/token")), vec!["token_url"]),
        (with("authorize_url", Value::Null), vec!["authorize_url"]),
        (with("authorize_url", json!("javascript:alert(1)")), vec!["authorize_url"]),
        // Xero's template has its addresses and its way to show the secret.
        (with("system_id", json!("xero")), vec!["authorize_url", "issuer", "revocation_url", "token_url"]),
    ] {
        let refused = api.post(Who::Owner, APPS, &body).await;
        let mut named = refused.fields();
        named.sort();
        assert_eq!(
            (refused.outcome(), named),
            ((422, "invalid-fields".to_owned()), fields.iter().map(|field| (*field).to_owned()).collect()),
            "{body}"
        );
    }
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn only_owners_with_a_fresh_sign_in_make_one() {
    let api = Api::start().await;
    let before = api.everything().await;
    for who in [Who::Editor, Who::Viewer, Who::Runtime, Who::Operator] {
        assert_eq!(api.post(who, APPS, &app()).await.status, 403, "{who:?}");
    }
    let old = api.token_of_sign_in("owner@acme.example", 301);
    let refused = api.call_with(&old, Method::POST, APPS).json(&app()).send().await;
    assert_eq!(refused.outcome(), (401, "fresh-sign-in-needed".to_owned()));
    assert_eq!(api.everything().await, before);
}
