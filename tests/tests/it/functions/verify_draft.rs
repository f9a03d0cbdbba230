//! `POST /v1/verifications`.

use aws_sdk_dynamodb::types::AttributeValue;
use keyward_shared::permission::Permission;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Answers, Asking, Case, Request};
use crate::support::{
    Api, Who,
    keys::{Item, aws4, custom_http},
    outside::Outside,
    uses::{for_organizations, key_of, stack_with},
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(200),
        body: |_| aws4(),
        misuse: |secrets| vec![json!({ "title": secrets }), json!({ "system_id": secrets.to_string() })],
        asked: Asking::As(|_, asked| {
            Some(Request::of(asked.body(custom_http("token", json!({ "value": "t0ken" })))))
        }),
        deeds: &[],
    }
}

const DEAR: &str = "inventory.dearsystems.com";
const PATH: &str = "/v1/verifications";

fn dear() -> Value {
    let fields = json!({ "account_id": "11111111-2222-3333", "application_key": "66666666-7777-8888" });
    key_of("dear", "api-key", None, fields)
}

#[tokio::test]
async fn a_key_is_tried_before_it_is_stored_and_nothing_is_kept() {
    let (api, outside) = stack_with(&[DEAR]).await;
    let before = api.everything().await;
    for (status, body, result, upstream) in [
        (200, r#"{"Company":"Acme Ltd"}"#, "passed", json!("Acme Ltd")),
        (200, "canary", "unclear", Value::Null),
        (401, "canary", "unclear", Value::Null),
        (403, "canary", "unclear", Value::Null),
        (403, r#"[{"ErrorCode":403,"Exception":"Incorrect credentials! canary"}]"#, "refused", Value::Null),
        (302, "canary", "unclear", Value::Null),
        (429, "canary", "unclear", Value::Null),
        (500, "canary", "unclear", Value::Null),
    ] {
        outside.will_answer(status, &[("location", "https://canary.example.com/")], body);
        let answer = api.post(Who::Editor, PATH, &dear()).await.expect(200);
        let trial = answer.json();
        assert_eq!((&trial["result"], &trial["upstream"]), (&json!(result), &upstream), "{status}");
        assert_eq!((&trial["key_version"], &trial["receipt_id"]), (&Value::Null, &Value::Null));
        assert!(!answer.text.contains("canary"), "{}", answer.text);
        let arrived = outside.arrived();
        assert_eq!(arrived.len(), 1);
        assert_eq!((arrived[0].method.as_str(), arrived[0].uri.path()), ("GET", "/ExternalApi/v2/me"));
        assert_eq!(arrived[0].header("api-auth-accountid"), "11111111-2222-3333");
        assert_eq!(arrived[0].header("api-auth-applicationkey"), "66666666-7777-8888");
    }
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn a_system_that_is_not_there_is_an_outcome() {
    let api = Api::start().await;
    let before = api.everything().await;
    let mut body = custom_http("token", json!({ "value": "t0ken" }));
    for (base, said) in [
        ("https://no-such-name.invalid/secret-path", "no-such-name.invalid"),
        ("https://api.example.com:8443/secret-path", "port 8443"),
    ] {
        body["base_url"] = json!(base);
        let answer = api.post(Who::Editor, PATH, &body).await.expect(200);
        let trial = answer.json();
        assert_eq!(trial["result"], "unreachable", "{trial}");
        assert!(trial["message"].as_str().unwrap().contains(said), "{trial}");
        assert!(!answer.text.contains("secret-path"), "{trial}");
    }
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn what_an_operator_allowed_the_account_is_read() {
    let outside = Outside::start(&["erp.example.com"]).await;
    let upstreams = outside.upstreams(&[]).with("erp.example.com", 8443, outside.address()).unwrap();
    let api = Api::start_with(upstreams).await;
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let allowed = AttributeValue::L(vec![text("https://erp.example.com:8443")]);
    api.set_settings("acme", Item::from([("allowed_origins".to_owned(), allowed)])).await;
    let mut body = custom_http("token", json!({ "value": "t0ken" }));
    body["base_url"] = json!("https://erp.example.com:8443/v1");
    let result = async |who| api.post(who, PATH, &body).await.expect(200).json()["result"].clone();
    assert_eq!(result(Who::Stranger).await, "unreachable");
    assert_eq!(outside.connections(), 0);
    assert_eq!(result(Who::Owner).await, "passed");
    assert_eq!(outside.arrived()[0].header("authorization"), "Bearer t0ken");
}

#[tokio::test]
async fn the_entry_of_an_organization_is_tried_alone() {
    let (api, outside) = stack_with(&["api.example.com"]).await;
    let entries =
        json!({ "org_1": { "fields": { "value": "one" } }, "org_2": { "fields": { "value": "two" } } });
    let body = for_organizations(custom_http("token", Value::Null), entries);
    let path = |organization: &str| format!("{PATH}?organization={organization}&path=/orders");
    api.post(Who::Editor, &path("org_2"), &body).await.expect(200);
    let arrived = outside.arrived();
    assert_eq!((arrived.len(), arrived[0].header("authorization")), (1, "Bearer two"));
    assert_eq!((arrived[0].method.as_str(), arrived[0].uri.path()), ("GET", "/v1/orders"));
    for (path, body) in [(path("org_3"), &body), (PATH.to_owned(), &body), (path("org_1"), &aws4())] {
        assert_eq!(
            api.post(Who::Editor, &path, body).await.outcome(),
            (409, "no-entry".to_owned()),
            "{path}"
        );
    }
    assert!(outside.arrived().is_empty());
}

#[tokio::test]
async fn what_could_not_be_stored_is_not_tried() {
    let (api, outside) = stack_with(&["api.example.com", DEAR]).await;
    let before = api.everything().await;
    let with = |name: &str, value: Value| {
        let mut body = aws4();
        body[name] = value;
        body
    };
    for (body, status, fields) in [
        (with("title", json!("")), 422, vec!["title"]),
        (with("base_url", json!("http://api.example.com/")), 422, vec!["base_url"]),
        (with("system_id", json!("nobody")), 422, vec!["system_id"]),
        (
            with("entries", json!({ "default": { "fields": {} } })),
            422,
            vec![
                "entries.default.fields.access_key",
                "entries.default.fields.region",
                "entries.default.fields.secret_key",
                "entries.default.fields.service",
            ],
        ),
        (with("colour", json!("red")), 400, vec!["colour"]),
        (with("title", json!(1)), 400, vec!["title"]),
        // There is nothing stored that a mark could stand for.
        (
            custom_http("token", json!({ "value": { "hashed": "0123456789abcdef" } })),
            422,
            vec!["entries.default.fields.value"],
        ),
    ] {
        let answer = api.post(Who::Editor, PATH, &body).await.expect(status);
        let mut named = answer.fields();
        named.sort();
        assert_eq!(named, fields, "{}", answer.text);
    }
    for query in ["colour=red", "organization=acme", "path=/a&path=/b"] {
        let answer = api.post(Who::Editor, &format!("{PATH}?{query}"), &aws4()).await;
        assert_eq!(answer.outcome(), (400, "malformed-request".to_owned()), "{query}");
    }
    for path in ["/../admin", "//evil.example.com", "/a%20b%0d%0aHost:%20evil"] {
        let answer = api.post(Who::Editor, &format!("{PATH}?path={path}"), &aws4()).await;
        assert_eq!((answer.outcome().0, answer.fields()), (422, vec!["path".to_owned()]), "{path}");
    }
    let big = api.post(Who::Editor, PATH, &with("title", json!("x".repeat(2 * 1024 * 1024)))).await;
    assert_eq!(big.outcome(), (413, "too-large".to_owned()));
    assert_eq!(api.everything().await, before);
    assert_eq!(outside.connections(), 0);
}

#[tokio::test]
async fn who_may_not_verify_tries_nothing() {
    let (api, outside) = stack_with(&["api.example.com"]).await;
    let before = api.everything().await;
    for (who, status) in [(Who::Viewer, 403), (Who::Runtime, 403), (Who::Operator, 403), (Who::Nobody, 401)] {
        api.post(who, PATH, &aws4()).await.expect(status);
    }
    // A machine client has one environment.
    let machine = api.machine_token("acme", Permission::KeysVerify);
    let mut test = aws4();
    test["environment"] = json!("test");
    let answer = api.call_with(&machine, Method::POST, PATH).json(&test).send().await;
    assert_eq!(answer.outcome(), (409, "wrong-environment".to_owned()));
    assert_eq!(outside.connections(), 0);
    api.call_with(&machine, Method::POST, PATH).json(&aws4()).send().await.expect(200);
    assert_eq!(api.everything().await, before);
}
