//! What goes into a token: what the rows say, whatever the sign-in says.

use std::net::Ipv4Addr;

use aws_sdk_dynamodb::types::AttributeValue;
use keyward_local::{
    stack::{Options, Stack, Triggers, connection},
    upstreams::Upstreams,
};
use keyward_shared::permission::{Permission, Role};
use reqwest::Method;
use serde_json::{Value, json};

use super::{CREDENTIALS, EXCHANGE, OF_ID_TOKEN, ask, claims, refused, secret, text};
use crate::{
    rules::Named,
    support::{Api, TABLE, Who, keys::Item},
};

const OWNER: &str = "owner@acme.example";

fn place(partition: &str, row: &str) -> Item {
    Item::from([("PK".to_owned(), text(partition)), ("SK".to_owned(), text(row))])
}

/// The token for the ID token of an owner with other claims.
async fn exchanged(api: &Api, changes: &[(&str, Value)]) -> std::collections::BTreeMap<String, String> {
    let id = api.stack().sign_in().test_door_bent_id_token(OWNER).unwrap();
    let id = changes.iter().fold(id, |id, (name, value)| id.with(name, value.clone())).sign().unwrap();
    let answer = ask(api, &[EXCHANGE, OF_ID_TOKEN, ("subject_token", &id)], None).await.expect(200);
    claims(api, answer.json()["access_token"].as_str().unwrap()).await
}

/// Whether a token says who somebody is, and nothing of what they may.
fn grants_nothing(claims: &std::collections::BTreeMap<String, String>) -> bool {
    claims["scope"].is_empty() && !claims.contains_key("account") && !claims.contains_key("self_service_keys")
}

#[tokio::test]
async fn whoever_belongs_nowhere_gets_nothing() {
    let api = Api::start().await;
    assert!(!grants_nothing(&exchanged(&api, &[]).await));
    for account in [Value::Null, json!("globex"), json!("acme#MEMBER"), json!("")] {
        let claims = exchanged(&api, &[("custom:account", account.clone())]).await;
        assert!(grants_nothing(&claims), "{account} {claims:?}");
    }
    assert!(grants_nothing(&exchanged(&api, &[("sub", json!("somebody-else"))]).await));
}

#[tokio::test]
async fn a_row_that_is_suspended_damaged_or_gone_grants_nothing() {
    let api = Api::start().await;
    let sub = api.stack().sign_in().sub_of(OWNER).unwrap();
    let member = || place("MEMBER#acme", &format!("MEMBER#{sub}"));
    let client = || place("CLIENT#runtime", "CLIENT");
    let owner = async || grants_nothing(&exchanged(&api, &[]).await);
    let secret = secret(&api, "runtime");
    let runtime = async || ask(&api, &[CREDENTIALS], Some(("runtime", &secret))).await;
    let stored = async |key: Item| {
        let read = api.dynamodb().get_item().table_name(TABLE).set_key(Some(key)).send();
        read.await.unwrap().item.unwrap()
    };
    let (good_member, good_client) = (stored(member()).await, stored(client()).await);
    for (name, value) in [
        ("state", text("suspended")),
        ("role", text("emperor")),
        ("role", AttributeValue::L(vec![text("owner")])),
    ] {
        api.set(TABLE, member(), Item::from([(name.to_owned(), value)])).await;
        assert!(owner().await, "{name}");
        api.put(TABLE, good_member.clone()).await;
        assert!(!owner().await);
    }
    for (name, value) in [
        ("environment", text("moon")),
        ("permissions", AttributeValue::L(vec![text("keys:everything")])),
        ("secrets", AttributeValue::L(vec![text("x")])),
    ] {
        api.set(TABLE, client(), Item::from([(name.to_owned(), value)])).await;
        assert_eq!(refused(&runtime().await), (401, "invalid_client".to_owned()), "{name}");
        api.put(TABLE, good_client.clone()).await;
        runtime().await.expect(200);
    }
    for key in [member(), client()] {
        api.dynamodb().delete_item().table_name(TABLE).set_key(Some(key)).send().await.unwrap();
    }
    assert!(owner().await);
    assert_eq!(refused(&runtime().await), (401, "invalid_client".to_owned()));
}

#[tokio::test]
async fn whatever_a_persons_row_says_it_is_no_machines() {
    let api = Api::start().await;
    let sub = api.stack().sign_in().sub_of(OWNER).unwrap();
    let permissions =
        AttributeValue::L(vec![text("keys:use"), text("keys:resolve"), text("accounts:operate")]);
    let attributes = Item::from([
        ("permissions".to_owned(), permissions),
        ("environment".to_owned(), text("live")),
        ("account_id".to_owned(), text("globex")),
    ]);
    api.set(TABLE, place("MEMBER#acme", &format!("MEMBER#{sub}")), attributes).await;
    let claims = exchanged(&api, &[]).await;
    let scopes: Vec<_> = Role::Owner.permissions().iter().copied().map(Permission::scope).collect();
    assert_eq!(claims["scope"], scopes.join(" "));
    assert_eq!((claims["account"].as_str(), claims["self_service_keys"].as_str()), ("acme", "true"));
    assert!(!claims.contains_key("environment"));
}

#[tokio::test]
async fn the_settings_of_the_account_reach_the_next_token() {
    let api = Api::start().await;
    let runtime = api.token(Who::Runtime).unwrap();
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
    let path = format!("/v1/keys/{}/sign", Named::nothing().key);
    let sign = api.call_with(&runtime, Method::POST, &path).json(&json!({ "method": "GET", "path": "/" }));
    let sign = sign.send().await;
    assert_eq!(sign.status, 403);
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
