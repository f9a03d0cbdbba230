//! `issue_claims`: what goes into a token.

use std::net::Ipv4Addr;

use aws_sdk_dynamodb::types::AttributeValue;
use keyward_functions::handlers::issue_claims::NoClaims;
use keyward_local::{
    stack::{Options, Stack, Triggers, connection},
    upstreams::Upstreams,
};
use keyward_shared::permission::{Permission, Role};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Answers, Asking, Case, no_body, no_misuse};
use crate::support::{Api, TABLE, Who, keys::Item, services::Functions};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Json(|event, answer| {
            // Nobody of that name is a member of the demo's account.
            let changes = &answer["response"]["claimsAndScopeOverrideDetails"]["accessTokenGeneration"];
            assert_eq!(changes["scopesToAdd"], json!([]));
            let mut expected = event.clone();
            expected["response"] = answer["response"].clone();
            expected
        }),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::OfNobody,
        deeds: &[],
    }
}

/// Cognito's event for somebody who signed in.
fn person(client: &str, sub: &str, account: Option<&str>) -> Value {
    let mut event: Value =
        serde_json::from_str(include_str!("../../../../events/issue_claims.json")).unwrap();
    event["callerContext"]["clientId"] = json!(client);
    event["request"]["userAttributes"]["sub"] = json!(sub);
    let attributes = event["request"]["userAttributes"].as_object_mut().unwrap();
    attributes.remove("custom:account");
    attributes.extend(account.map(|account| ("custom:account".to_owned(), json!(account))));
    event
}

/// Cognito's event for a machine client that asks for these scopes.
fn machine(client: &str, scopes: &[&str]) -> Value {
    let event = include_str!("../../../../events/issue_claims_machine.json");
    let mut event: Value = serde_json::from_str(event).unwrap();
    event["callerContext"]["clientId"] = json!(client);
    event["request"]["scopes"] = json!(scopes);
    event
}

/// What the function answers about the access token.
async fn answer(functions: &Functions, event: &Value) -> Value {
    let mut answer = functions.json("issue_claims", event).await.unwrap();
    let changes = answer["response"]["claimsAndScopeOverrideDetails"].take();
    // Everything else comes back as it was.
    answer["response"] = event["response"].clone();
    assert_eq!(answer, *event);
    assert_eq!(changes.as_object().unwrap().len(), 1, "the ID token is left alone");
    changes["accessTokenGeneration"].clone()
}

fn scopes(permissions: &[Permission]) -> Vec<String> {
    permissions.iter().copied().map(Permission::scope).collect()
}

/// Every scope of ours but these.
fn all_but(granted: &[Permission]) -> Vec<String> {
    let mut others = Permission::ALL.to_vec();
    others.retain(|permission| !granted.contains(permission));
    scopes(&others)
}

fn nothing() -> Value {
    json!({ "claimsToAddOrOverride": {}, "scopesToAdd": [], "scopesToSuppress": all_but(&[]) })
}

fn sub(api: &Api, email: &str) -> String {
    api.stack().sign_in().sub_of(email).unwrap().to_owned()
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn place(partition: &str, row: &str) -> Item {
    Item::from([("PK".to_owned(), text(partition)), ("SK".to_owned(), text(row))])
}

async fn functions(api: &Api) -> Functions {
    Functions::of(api, Upstreams::default()).await
}

#[tokio::test]
async fn a_person_gets_account_and_the_permissions_of_the_role() {
    let api = Api::start().await;
    let functions = functions(&api).await;
    for (email, account, role) in [
        ("owner@acme.example", "acme", Role::Owner),
        ("editor@acme.example", "acme", Role::Editor),
        ("viewer@acme.example", "acme", Role::Viewer),
        ("owner@globex.example", "globex", Role::Owner),
    ] {
        let changes = answer(&functions, &person("panel", &sub(&api, email), Some(account))).await;
        let expected = json!({
            "claimsToAddOrOverride": { "account": account, "self_service_keys": "true" },
            "scopesToAdd": scopes(role.permissions()),
            "scopesToSuppress": all_but(role.permissions()),
        });
        assert_eq!(changes, expected, "{email}");
        assert_eq!(functions.calls(), ["GetItem", "GetItem"]);
    }
}

#[tokio::test]
async fn a_machine_keeps_those_of_its_scopes_that_its_row_says_and_gets_its_environment() {
    let api = Api::start().await;
    let functions = functions(&api).await;
    let asked = ["keyward/keys:use", "keyward/keys:write", "keyward/secrets:show", "other/keys:use"];
    let mut suppressed = all_but(&[Permission::KeysUse]);
    suppressed.push("keyward/secrets:show".to_owned());
    let claims = json!({ "account": "acme", "environment": "test", "self_service_keys": "true" });
    let expected = json!({
        "claimsToAddOrOverride": claims, "scopesToAdd": [], "scopesToSuppress": suppressed,
    });
    assert_eq!(answer(&functions, &machine("runtime-test", &asked)).await, expected);
    let operator = answer(&functions, &machine("operator", &["keyward/accounts:operate"])).await;
    let expected = json!({
        "claimsToAddOrOverride": {}, "scopesToAdd": [],
        "scopesToSuppress": all_but(&[Permission::AccountsOperate]),
    });
    assert_eq!(operator, expected);
}

#[tokio::test]
async fn whoever_belongs_nowhere_gets_nothing() {
    let api = Api::start().await;
    let functions = functions(&api).await;
    let owner = sub(&api, "owner@acme.example");
    for event in [
        person("panel", &owner, None),
        person("panel", &owner, Some("globex")),
        person("panel", &owner, Some("acme#MEMBER")),
        person("panel", &owner, Some("")),
        person("panel", "somebody-else", Some("acme")),
        person("runtime", &owner, Some("acme")),
        machine("stranger", &["keyward/keys:use"]),
        machine("panel", &["keyward/keys:read"]),
    ] {
        assert_eq!(answer(&functions, &event).await, nothing(), "{event}");
    }
}

#[tokio::test]
async fn a_row_that_is_suspended_damaged_or_gone_grants_nothing() {
    let api = Api::start().await;
    let functions = functions(&api).await;
    let owner = sub(&api, "owner@acme.example");
    let (ann, runtime) = (person("panel", &owner, Some("acme")), machine("runtime", &["keyward/keys:use"]));
    let member = || place("MEMBER#acme", &format!("MEMBER#{owner}"));
    let client = || place("CLIENT#runtime", "CLIENT");
    for (key, event, name, value) in [
        (member(), &ann, "state", text("suspended")),
        (member(), &ann, "role", text("emperor")),
        (member(), &ann, "role", AttributeValue::L(vec![text("owner")])),
        (client(), &runtime, "state", text("suspended")),
        (client(), &runtime, "environment", text("moon")),
        (client(), &runtime, "permissions", AttributeValue::L(vec![text("keys:everything")])),
    ] {
        let before = answer(&functions, event).await;
        assert_ne!(before, nothing());
        let read = api.dynamodb().get_item().table_name(TABLE).set_key(Some(key.clone())).send();
        let stored = read.await.unwrap().item.unwrap();
        api.set(TABLE, key, Item::from([(name.to_owned(), value)])).await;
        assert_eq!(answer(&functions, event).await, nothing(), "{name}");
        api.put(TABLE, stored).await;
    }
    for key in [member(), client()] {
        api.dynamodb().delete_item().table_name(TABLE).set_key(Some(key)).send().await.unwrap();
    }
    assert_eq!(answer(&functions, &ann).await, nothing());
    assert_eq!(answer(&functions, &runtime).await, nothing());
}

#[tokio::test]
async fn whatever_a_persons_row_says_it_is_no_machines() {
    let api = Api::start().await;
    let functions = functions(&api).await;
    let owner = sub(&api, "owner@acme.example");
    let permissions =
        AttributeValue::L(vec![text("keys:use"), text("keys:resolve"), text("accounts:operate")]);
    let row = place("MEMBER#acme", &format!("MEMBER#{owner}"));
    let attributes = Item::from([
        ("permissions".to_owned(), permissions),
        ("environment".to_owned(), text("live")),
        ("account_id".to_owned(), text("globex")),
    ]);
    api.set(TABLE, row, attributes).await;
    let changes = answer(&functions, &person("panel", &owner, Some("acme"))).await;
    assert_eq!(changes["scopesToAdd"], json!(scopes(Role::Owner.permissions())));
    assert_eq!(changes["claimsToAddOrOverride"], json!({ "account": "acme", "self_service_keys": "true" }));
}

#[tokio::test]
async fn the_settings_of_the_account_reach_the_next_token() {
    let api = Api::start().await;
    let status = async |who, path| api.get(who, path).await.status.as_u16();
    assert_eq!(status(Who::Editor, "/v1/keys").await, 200);
    let minimum = Item::from([("keys_minimum_role".to_owned(), text("owner"))]);
    api.set_settings("acme", minimum).await;
    assert_eq!(status(Who::Editor, "/v1/keys").await, 403);
    assert_eq!(status(Who::Editor, "/v1/sources").await, 200);
    assert_eq!(status(Who::Owner, "/v1/keys").await, 200);
    let off = Item::from([("self_service_keys".to_owned(), AttributeValue::Bool(false))]);
    api.set_settings("acme", off).await;
    assert_eq!(status(Who::Owner, "/v1/keys").await, 404);
    assert_eq!(status(Who::Stranger, "/v1/keys").await, 200);
    let closed = Item::from([("state".to_owned(), text("suspended"))]);
    api.set_settings("acme", closed).await;
    assert_eq!(status(Who::Owner, "/v1/keys").await, 403);
    let sign = api.call(Who::Runtime, Method::POST, "/v1/keys/key_1/sign").send().await;
    assert_eq!(sign.status, 403);
}

#[tokio::test]
async fn no_token_is_made_while_the_tables_do_not_answer() {
    let api = Api::start().await;
    let functions = functions(&api).await;
    functions.fail(Some("GetItem"));
    let events = [person("panel", &sub(&api, "owner@acme.example"), Some("acme")), machine("runtime", &[])];
    for event in events {
        let error = functions.json("issue_claims", &event).await.unwrap_err();
        assert!(matches!(error.downcast_ref(), Some(NoClaims::Port(_))), "{error}");
        assert!(!error.to_string().contains("acme"), "{error}");
    }
}

#[tokio::test]
async fn another_event_makes_no_token_and_is_not_repeated() {
    let api = Api::start().await;
    let functions = functions(&api).await;
    let with = |pointer: &str, value: Value| {
        let mut event = person("panel", "u-1", Some("acme"));
        *event.pointer_mut(pointer).unwrap() = value;
        event
    };
    for event in [
        json!(null),
        json!([]),
        json!({ "canary": "acme" }),
        with("/version", json!("1")),
        with("/version", json!(3)),
        with("/request", json!("canary")),
        with("/request/scopes", json!("canary")),
        with("/request/userAttributes/sub", json!("a#canary")),
        with("/request/userAttributes/sub", json!(7)),
        with("/callerContext/clientId", Value::Null),
    ] {
        let error = functions.json("issue_claims", &event).await.unwrap_err();
        assert!(matches!(error.downcast_ref(), Some(NoClaims::NotTheEvent)), "{event} {error}");
        assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
    }
    assert!(functions.calls().is_empty());
}

#[tokio::test]
async fn the_demos_rows_are_written_once_and_belong_to_whoever_changes_them() {
    let directory = tempfile::tempdir().unwrap();
    let start = || {
        Stack::start(Options {
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            data_dir: directory.path().to_owned(),
            upstreams: Upstreams::default(),
            panel: None,
            triggers: Triggers::WhenTold,
            observer: None,
        })
    };
    let client = |stack: &Stack| {
        use keyward_functions::aws::clients;
        clients::dynamodb(&connection(stack.embedded()), &clients::http_client())
    };
    let first = start().await.unwrap();
    let rows = keyward_local::demo::rows(first.sign_in()).unwrap();
    assert_eq!(rows.len(), 11);
    let mut changed = rows[0].clone();
    changed.insert("keys_minimum_role".to_owned(), text("owner"));
    let put = client(&first).put_item().table_name(TABLE).set_item(Some(changed.clone()));
    put.send().await.unwrap();
    let gone = place(rows[10]["PK"].as_s().unwrap(), rows[10]["SK"].as_s().unwrap());
    client(&first).delete_item().table_name(TABLE).set_key(Some(gone.clone())).send().await.unwrap();
    first.stop().await.unwrap();

    let second = start().await.unwrap();
    let read = |key: Item| client(&second).get_item().table_name(TABLE).set_key(Some(key)).send();
    let settings = place(rows[0]["PK"].as_s().unwrap(), "SETTINGS");
    assert_eq!(read(settings).await.unwrap().item, Some(changed));
    assert_eq!(read(gone).await.unwrap().item, None);
}

#[tokio::test]
async fn what_the_sign_in_hands_to_a_program_takes_its_secret() {
    let api = Api::start().await;
    let secret = |name: &str| {
        let sign_in = api.stack().sign_in();
        let secret = sign_in.test_door_password(name).or_else(|| sign_in.test_door_client_secret(name));
        secret.unwrap().expose().to_owned()
    };
    let ask = async |name: &str, secret: &str| {
        let url = format!("{}/local/token", api.stack().origin());
        reqwest::Client::new().post(url).basic_auth(name, Some(secret)).send().await.unwrap()
    };
    for (name, path) in [("owner@acme.example", "/v1/keys"), ("runtime", "/v1/nothing")] {
        let answer = ask(name, &secret(name)).await;
        assert_eq!(answer.status(), 200);
        let token = answer.text().await.unwrap();
        let used = api.call_with(&token, Method::GET, path).send().await;
        assert_eq!(used.status.as_u16(), if path == "/v1/keys" { 200 } else { 404 });
    }
    for (name, secret) in [("owner@acme.example", secret("editor@acme.example")), ("nobody", String::new())] {
        assert_eq!(ask(name, &secret).await.status(), 401);
    }
}
