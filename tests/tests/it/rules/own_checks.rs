//! A check that a key has of its own: stored, shown, changed and tried.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};

use crate::support::{
    Api, Who,
    keys::{Stored, custom_http},
    uses::{key_of, stack_with, use_of},
};

const HOST: &str = "api.example.com";

fn with(check: Value) -> Value {
    let mut key = custom_http("token", json!({ "value": "t0ken-of-mine" }));
    key["check"] = check;
    key
}

fn get_me() -> Value {
    json!({ "method": "GET", "path": "/me", "status": 200, "text": "Acme" })
}

fn post_search() -> Value {
    json!({
        "method": "POST", "path": "/search", "body": "{}", "changes_nothing": true, "status": 200,
        "json": { "pointer": "/ok", "value": true },
    })
}

/// The check as it is shown: with every member.
fn shown(check: &Value) -> Value {
    let mut shown = json!({ "body": null, "changes_nothing": false, "text": null, "json": null });
    for (name, value) in check.as_object().unwrap() {
        shown[name] = value.clone();
    }
    shown
}

async fn view(api: &Api, key: &Stored) -> Value {
    api.get(Who::Viewer, &key.path).await.expect(200).json()
}

#[tokio::test]
async fn a_check_is_kept_shown_and_restored() {
    let api = Api::start().await;
    let key = api.store(&with(get_me())).await;
    assert_eq!(view(&api, &key).await["check"], shown(&get_me()));
    let same = api.patch(Who::Editor, &key.path, 1, &view(&api, &key).await).await.expect(200).json();
    assert_eq!(same["version"], 1);
    let other = json!({ "method": "GET", "path": "/you", "status": 204 });
    api.patch(Who::Owner, &key.path, 1, &json!({ "check": other })).await.expect(200);
    assert_eq!(view(&api, &key).await["check"], shown(&other));
    let trail = api.get(Who::Owner, &format!("{}/audit", key.path)).await.expect(200).json();
    assert_eq!(trail["items"][0]["change"]["changed"], json!(["check"]), "{trail}");
    api.patch(Who::Owner, &key.path, 2, &json!({ "check": null })).await.expect(200);
    assert_eq!(view(&api, &key).await["check"], Value::Null);
    let confirm = json!({ "auth": "token", "origins": ["https://api.example.com"] });
    let path = format!("{}/versions/1/restore", key.path);
    let restored =
        api.call(Who::Owner, reqwest::Method::POST, &path).header("if-match", "\"3\"").json(&confirm);
    let restored = restored.send().await.expect(200).json();
    assert_eq!((&restored["check"], &restored["version"]), (&shown(&get_me()), &json!(4)));
}

#[tokio::test]
async fn a_check_that_cannot_be_is_refused_by_its_member() {
    let api = Api::start().await;
    let before = api.everything().await;
    for (change, field) in [
        (json!({ "method": "HEAD" }), "check.method"),
        (json!({ "method": "DELETE" }), "check.method"),
        (json!({ "method": "POST" }), "check.changes_nothing"),
        (json!({ "body": "{}" }), "check.body"),
        (json!({ "path": "https://evil.example.com/" }), "check.path"),
        (json!({ "path": "/../admin" }), "check.path"),
        (json!({ "path": "a".repeat(2_049) }), "check.path"),
        (json!({ "status": 401 }), "check.status"),
        (json!({ "status": 302 }), "check.status"),
        (json!({ "status": 503 }), "check.status"),
        (json!({ "text": "" }), "check.text"),
        (json!({ "json": { "pointer": "/a", "value": 1 } }), "check.json"),
        (json!({ "text": null, "json": { "pointer": "a", "value": 1 } }), "check.json.pointer"),
        (json!({ "text": null, "json": { "pointer": "/a", "value": {} } }), "check.json.value"),
        (json!({ "path": "/me?token=t0ken-of-mine" }), "check"),
    ] {
        let mut check = get_me();
        for (name, value) in change.as_object().unwrap() {
            check[name] = value.clone();
        }
        let refused = api.post(Who::Owner, "/v1/keys", &with(check)).await.expect(422);
        assert_eq!(refused.fields(), [field], "{change}");
    }
    let fields = json!({ "account_id": "11111111-2222-3333", "application_key": "66666666-7777-8888" });
    let mut dear = key_of("dear", "api-key", None, fields);
    dear["check"] = get_me();
    let refused = api.post(Who::Owner, "/v1/keys", &dear).await.expect(422);
    assert_eq!(refused.fields(), ["check"]);
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn a_check_keeps_to_the_restrictions_of_its_key() {
    let api = Api::start().await;
    let before = api.everything().await;
    for (check, field) in [(get_me(), "check.path"), (post_search(), "check.method")] {
        let mut key = with(check);
        key["restrictions"] = json!({ "methods": ["GET"], "paths": ["/v1/orders"] });
        assert_eq!(api.post(Who::Owner, "/v1/keys", &key).await.expect(422).fields(), [field]);
    }
    assert_eq!(api.everything().await, before);
    let mut key = with(json!({ "method": "GET", "path": "/orders?limit=1", "status": 200 }));
    key["restrictions"] = json!({ "methods": ["GET"], "paths": ["/v1/orders"] });
    let key = api.store(&key).await;
    let refused = api.patch(Who::Editor, &key.path, 1, &json!({ "check": get_me() })).await.expect(422);
    assert_eq!(refused.fields(), ["check.path"]);
}

#[tokio::test]
async fn a_trial_sends_the_check_without_the_credentials_and_with_them() {
    let (api, outside) = stack_with(&[HOST]).await;
    let key = api.store(&with(get_me())).await;
    outside.will_answer(401, &[("content-type", "application/json")], "{}");
    outside.will_answer(200, &[("content-type", "application/json")], r#"{"name":"Acme"}"#);
    let trial = api.verify(&key).await.expect(200).json();
    assert_eq!((&trial["result"], &trial["proof"]), (&json!("passed"), &json!("check")), "{trial}");
    let [without, with] = <[_; 2]>::try_from(outside.arrived()).expect("two requests");
    assert_eq!((without.uri.path(), without.header("authorization")), ("/v1/me", ""));
    assert_eq!((with.uri.path(), with.header("authorization")), ("/v1/me", "Bearer t0ken-of-mine"));
    assert_eq!(api.uses().await, [use_of("verify", None, Some("https://api.example.com/v1/me"))]);
    assert_eq!(view(&api, &key).await["health"]["result"], "passed");
    let other = json!({ "check": { "method": "GET", "path": "/me", "status": 200 } });
    api.patch(Who::Editor, &key.path, 1, &other).await.expect(200);
    assert_eq!(view(&api, &key).await["health"], Value::Null, "what was found out was about another check");
    outside.will_always(|_| (200, Vec::new(), b"[]".to_vec()));
    let trial = api.verify(&key).await.expect(200).json();
    assert_eq!((&trial["result"], &trial["proof"]), (&json!("unclear"), &Value::Null), "{trial}");
    assert!(trial["message"].as_str().unwrap().contains("answers anybody"), "{trial}");
}

#[tokio::test]
async fn the_check_of_oauth_2_asks_with_the_token() {
    let (api, outside) = stack_with(&[HOST, "login.example.com"]).await;
    let fields = json!({
        "token_url": "https://login.example.com/token", "client_id": "me", "client_secret": "client-s3cret",
    });
    let mut key = key_of("oauth2", "client-credentials", Some("https://api.example.com"), fields);
    key["check"] = get_me();
    let key = api.store(&key).await;
    outside.will_always(|asked| {
        let json = vec![("content-type", "application/json".to_owned())];
        match (asked.uri.path(), asked.header("authorization")) {
            ("/token", _) => (200, json, br#"{"access_token":"t0ken-1234","token_type":"Bearer"}"#.to_vec()),
            (_, "Bearer t0ken-1234") => (200, json, br#"{"name":"Acme"}"#.to_vec()),
            _ => (401, json, b"{}".to_vec()),
        }
    });
    let trial = api.verify(&key).await.expect(200).json();
    assert_eq!((&trial["result"], &trial["proof"]), (&json!("passed"), &json!("check")), "{trial}");
    assert_eq!(outside.arrived().len(), 3, "a token, and two requests");
}

#[tokio::test]
async fn a_check_with_post_is_sealed_with_the_secrets() {
    let api = Api::start().await;
    let key = api.store(&with(get_me())).await;
    let post = json!({ "check": post_search() });
    let before = api.everything().await;
    let refused = api.patch(Who::Editor, &key.path, 1, &post).await;
    assert_eq!(refused.outcome(), (422, "secrets-needed".to_owned()));
    assert_eq!(refused.fields(), ["entries.default.fields.value"]);
    assert_eq!(api.everything().await, before);
    let mut post = post;
    post["entries"] = json!({ "default": { "fields": { "value": "t0ken-of-mine" } } });
    api.patch(Who::Owner, &key.path, 1, &post).await.expect(200);
    assert_eq!(view(&api, &key).await["check"], shown(&post_search()));
    let mut row = api.row(&key.id).await;
    let AttributeValue::M(check) = row.get_mut("own_check").expect("a check") else { panic!("a map") };
    check.insert("path".to_owned(), AttributeValue::S("/orders".to_owned()));
    api.put(crate::support::TABLE, row).await;
    assert_eq!(api.verify(&key).await.outcome(), (409, "does-not-open".to_owned()));
}
