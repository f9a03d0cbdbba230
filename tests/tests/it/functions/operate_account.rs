//! `GET` and `PUT /v1/operator/accounts/{account_id}`.

use aws_sdk_dynamodb::types::AttributeValue;
use keyward_functions::method::Method as RouteMethod;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Answers, Asking, Case, Request};
use crate::{
    crashes::Deed,
    support::{
        Answer, Api, TABLE, Who,
        keys::{Item, aws4},
        outside::Outside,
    },
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(201),
        body: |route| match route.method {
            // Without its first owner, who is settled.
            Some(RouteMethod::Put) => json!({
                "title": "Initech", "self_service_keys": true, "allowed_origins": [], "state": "active",
            }),
            Some(
                RouteMethod::Get
                | RouteMethod::Head
                | RouteMethod::Post
                | RouteMethod::Patch
                | RouteMethod::Delete,
            )
            | None => Value::Null,
        },
        misuse: |secrets| {
            let text = secrets.to_string();
            let account = json!({
                "title": format!("{}{text}", "x".repeat(100)), "first_owner": { "email": text },
                "self_service_keys": true, "state": text,
                "allowed_origins": [text, format!("https://{text}"), format!("sftp://x.example:{text}")],
            });
            let mut other = account.clone();
            other["first_owner"] = secrets.clone();
            vec![account, other]
        },
        asked: Asking::As(|clerk, asked| {
            let about =
                |method: &str| asked.clone().by(format!("{method} /v1/operator/accounts/{{account_id}}"));
            let account = format!("account-{}", clerk.below(8));
            let body = json!({
                "title": clerk.title(), "first_owner": { "email": format!("owner@{account}.example") },
                "self_service_keys": true, "allowed_origins": [], "state": "active",
            });
            let asked = match clerk.below(3) {
                0 => about("GET"),
                1 => about("PUT").body(body),
                _ => about("PUT").seen(1).body(body),
            };
            Some(Request::of(asked.path("account_id", &account)))
        }),
        deeds: &[Deed::MakeAccount, Deed::ChangeAccount],
    }
}

const ACCOUNT: &str = "/v1/operator/accounts/initech";
const ANN: &str = "ann@initech.example";

fn account() -> Value {
    json!({
        "title": "Initech", "first_owner": { "email": ANN }, "self_service_keys": true,
        "allowed_origins": ["https://erp.initech.example:8443"], "state": "active",
    })
}

async fn put(api: &Api, path: &str, body: &Value) -> Answer {
    api.call(Who::Operator, Method::PUT, path).json(body).send().await
}

async fn put_seen(api: &Api, path: &str, version: u64, body: &Value) -> Answer {
    let call = api.call(Who::Operator, Method::PUT, path).header("if-match", &format!("\"{version}\""));
    call.json(body).send().await
}

fn with(member: &str, value: Value) -> Value {
    let mut body = account();
    body[member] = value;
    body
}

/// At which version an account is.
async fn version_of(api: &Api, account: &str) -> u64 {
    let shown = api.get(Who::Operator, &format!("/v1/operator/accounts/{account}")).await.expect(200);
    shown.json()["version"].as_u64().unwrap()
}

/// Those who are members of the account, by their rows.
async fn members(api: &Api) -> Vec<Item> {
    let is_member = |item: &Item| {
        let of = |name: &str| item[name].as_s().cloned().unwrap_or_default();
        of("PK") == "MEMBER#initech" && of("SK").starts_with("MEMBER#")
    };
    api.items(TABLE).await.into_iter().filter(is_member).collect()
}

#[tokio::test]
async fn an_account_is_made_with_its_first_owner_who_signs_in_and_stores_a_key() {
    let api = Api::start().await;
    let made = put(&api, ACCOUNT, &account()).await.expect(201);
    assert_eq!((made.header("location"), made.header("etag")), (Some(ACCOUNT), Some("\"1\"")));
    let view = made.json();
    let expected = json!({
        "account_id": "initech", "title": "Initech", "first_owner": { "email": ANN, "invited": true },
        "self_service_keys": true, "allowed_origins": ["https://erp.initech.example:8443"],
        "state": "active", "version": 1, "updated_at": view["updated_at"], "updated_by": "client:operator",
    });
    assert_eq!(view, expected);
    let shown = api.get(Who::Operator, ACCOUNT).await.expect(200);
    assert_eq!((shown.json(), shown.header("etag")), (view, Some("\"1\"")));
    let token = api.stack().sign_in().access_token_for_user(ANN).unwrap();
    api.call_with(&token, Method::POST, "/v1/keys").json(&aws4()).send().await.expect(201);
    // Of that account alone.
    let stored = api.items(TABLE).await;
    assert!(stored.iter().any(|item| item["PK"].as_s().unwrap() == "SETTINGS#initech"));
    assert_eq!(api.get(Who::Owner, "/v1/keys").await.json()["items"], json!([]));
    assert_eq!(members(&api).await.len(), 1);
}

#[tokio::test]
async fn the_same_again_invites_nobody_and_lets_nobody_in_again() {
    let api = Api::start().await;
    let made = put(&api, ACCOUNT, &account()).await.expect(201).json();
    // The account's owners have taken the first one's rights away since.
    let member = members(&api).await.remove(0);
    let place =
        Item::from([("PK".to_owned(), member["PK"].clone()), ("SK".to_owned(), member["SK"].clone())]);
    let delete = api.dynamodb().delete_item().table_name(TABLE).set_key(Some(place));
    delete.send().await.unwrap();
    let before = api.everything().await;
    assert_eq!(put(&api, ACCOUNT, &account()).await.expect(200).json(), made);
    assert_eq!(put_seen(&api, ACCOUNT, 1, &account()).await.expect(200).json(), made);
    let mut without = account();
    without.as_object_mut().unwrap().remove("first_owner");
    assert_eq!(put(&api, ACCOUNT, &without).await.expect(200).json(), made);
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn what_the_operator_settles_is_changed_by_whoever_has_seen_it() {
    let api = Api::start().await;
    put(&api, ACCOUNT, &account()).await.expect(201);
    // What owners settle stays as it is.
    let theirs = [("keys_minimum_role", "editor"), ("organizations", "whatever owners write")];
    let theirs: Item =
        theirs.map(|(name, value)| (name.to_owned(), AttributeValue::S(value.to_owned()))).into();
    api.set_settings("initech", theirs.clone()).await;
    let before = api.everything().await;
    let suspended = with("state", json!("suspended"));
    assert_eq!(put(&api, ACCOUNT, &suspended).await.outcome(), (428, "version-needed".to_owned()));
    assert_eq!(put_seen(&api, ACCOUNT, 2, &suspended).await.outcome(), (412, "stale-version".to_owned()));
    assert_eq!(api.everything().await, before);
    let changed = put_seen(&api, ACCOUNT, 1, &suspended).await.expect(200);
    assert_eq!(
        (changed.json()["state"].clone(), changed.header("etag")),
        (json!("suspended"), Some("\"2\""))
    );
    let settings = api.items(TABLE).await.into_iter().find(|item| item["SK"].as_s().unwrap() == "SETTINGS");
    let settings = settings.unwrap();
    assert!(theirs.iter().all(|(name, value)| settings[name] == *value), "{settings:?}");
    // Nobody acts for it any more.
    let token = api.stack().sign_in().access_token_for_user(ANN).unwrap();
    api.call_with(&token, Method::GET, "/v1/keys").send().await.expect(403);
}

#[tokio::test]
async fn what_cannot_be_is_refused_by_name_and_nothing_is_stored() {
    let api = Api::start().await;
    let before = api.everything().await;
    for (body, field) in [
        (with("title", json!(" ")), "title"),
        (with("first_owner", json!({ "email": "ann" })), "first_owner.email"),
        (with("first_owner", Value::Null), "first_owner"),
        (with("state", json!("closed")), "state"),
        (
            with("allowed_origins", json!(["https://x.example", "https://localhost:8443"])),
            "allowed_origins[1]",
        ),
        (with("allowed_origins", json!(["https://127.0.0.1:9001"])), "allowed_origins[0]"),
        (with("allowed_origins", json!(["https://169.254.169.254"])), "allowed_origins[0]"),
        (with("allowed_origins", json!(["https://[fe80::1]:443"])), "allowed_origins[0]"),
        (with("allowed_origins", json!(["http://metadata.google.internal"])), "allowed_origins[0]"),
        (with("allowed_origins", json!(["sftp://files.example.internal"])), "allowed_origins[0]"),
    ] {
        let answer = put(&api, ACCOUNT, &body).await;
        let expected = (422, "invalid-fields".to_owned());
        assert_eq!((answer.outcome(), answer.fields()), (expected, vec![field.to_owned()]), "{body}");
    }
    for (body, field) in [
        (with("organizations", json!([])), "organizations"),
        (with("self_service_keys", json!("true")), "self_service_keys"),
        (with("first_owner", json!({ "email": ANN, "role": "owner" })), "first_owner.role"),
    ] {
        let answer = put(&api, ACCOUNT, &body).await;
        assert_eq!((answer.outcome().0, answer.fields()), (400, vec![field.to_owned()]), "{body}");
    }
    assert_eq!(put_seen(&api, ACCOUNT, 1, &account()).await.outcome(), (404, "not-found".to_owned()));
    let odd = put(&api, "/v1/operator/accounts/a%23b", &account()).await;
    assert_eq!(odd.outcome(), (404, "not-found".to_owned()));
    assert_eq!(api.get(Who::Operator, ACCOUNT).await.outcome(), (404, "not-found".to_owned()));
    assert_eq!(api.everything().await, before);
    assert!(api.stack().sign_in().access_token_for_user(ANN).is_err(), "nobody was invited");
}

#[tokio::test]
async fn once_invited_the_first_owner_is_not_the_operators_to_change() {
    let api = Api::start().await;
    put(&api, ACCOUNT, &account()).await.expect(201);
    let before = api.everything().await;
    let other = with("first_owner", json!({ "email": "bob@initech.example" }));
    assert_eq!(put_seen(&api, ACCOUNT, 1, &other).await.fields(), ["first_owner.email"]);
    // Nor does an account that was put by hand get an owner more.
    let demos = put_seen(&api, "/v1/operator/accounts/acme", version_of(&api, "acme").await, &other).await;
    assert_eq!(demos.fields(), ["first_owner.email"]);
    assert_eq!(api.everything().await, before);
    assert!(api.stack().sign_in().access_token_for_user("bob@initech.example").is_err());
}

#[tokio::test]
async fn somebody_of_another_account_is_not_invited_and_another_address_can_be_given() {
    let api = Api::start().await;
    let theirs = with("first_owner", json!({ "email": "owner@globex.example" }));
    let answer = put(&api, ACCOUNT, &theirs).await.expect(409);
    assert!(!answer.text.contains("globex"), "{}", answer.text);
    // The account waits for its first owner.
    let shown = api.get(Who::Operator, ACCOUNT).await.expect(200).json();
    assert_eq!(shown["first_owner"], json!({ "email": "owner@globex.example", "invited": false }));
    assert!(members(&api).await.is_empty());
    assert_eq!(put(&api, ACCOUNT, &theirs).await.status.as_u16(), 409);
    let changed = put_seen(&api, ACCOUNT, 1, &account()).await.expect(200).json();
    assert_eq!(changed["first_owner"], json!({ "email": ANN, "invited": true }));
    assert_eq!(members(&api).await.len(), 1);
}

#[tokio::test]
async fn a_row_that_was_put_by_hand_can_be_changed_and_one_that_is_damaged_is_told() {
    let api = Api::start().await;
    let path = "/v1/operator/accounts/globex";
    let version = version_of(&api, "globex").await;
    let mut body = account();
    body.as_object_mut().unwrap().remove("first_owner");
    let changed = put_seen(&api, path, version, &body).await.expect(200).json();
    assert_eq!((&changed["version"], &changed["first_owner"]), (&json!(version + 1), &Value::Null));
    let damage = Item::from([("state".to_owned(), AttributeValue::S("asleep".to_owned()))]);
    api.set_settings("globex", damage).await;
    let before = api.everything().await;
    let unreadable = (409, "row-unreadable".to_owned());
    assert_eq!(api.get(Who::Operator, path).await.outcome(), unreadable);
    assert_eq!(put_seen(&api, path, version + 1, &body).await.outcome(), unreadable);
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn what_the_operator_allows_is_what_uses_may_reach() {
    let outside = Outside::start(&["erp.example.com"]).await;
    let upstreams = outside.upstreams(&[]).with("erp.example.com", 8443, outside.address()).unwrap();
    let api = Api::start_with(upstreams).await;
    let mut key = aws4();
    key["base_url"] = json!("https://erp.example.com:8443/v1");
    let send = format!("{}/send", api.store(&key).await.path);
    let ask = json!({ "method": "GET", "path": "/orders" });
    let sent = api.post(Who::Runtime, &send, &ask).await;
    assert_eq!(sent.outcome(), (422, "connection-forbidden".to_owned()));
    let mut body = with("allowed_origins", json!(["HTTPS://ERP.example.com:8443"]));
    body.as_object_mut().unwrap().remove("first_owner");
    put_seen(&api, "/v1/operator/accounts/acme", version_of(&api, "acme").await, &body).await.expect(200);
    api.post(Who::Runtime, &send, &ask).await.expect(200);
    assert_eq!(outside.arrived().len(), 1);
}

#[tokio::test]
async fn of_two_who_make_one_account_at_once_one_does_and_one_owner_is_let_in() {
    let api = Api::start().await;
    let body = account();
    let (first, second) = tokio::join!(put(&api, ACCOUNT, &body), put(&api, ACCOUNT, &body));
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert!([200, 201, 503].contains(&statuses[0]) && [201, 412, 503].contains(&statuses[1]), "{statuses:?}");
    let settled = put(&api, ACCOUNT, &body).await.expect(200).json();
    assert_eq!(settled["first_owner"], json!({ "email": ANN, "invited": true }));
    assert_eq!(members(&api).await.len(), 1);
}
