//! The host key of an SFTP server may be accepted after its key was stored. From then on it is bound to the secrets.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};

use crate::support::{
    Api, TABLE, Who,
    keys::Stored,
    uses::{for_organizations, key_of},
};

const FIRST: &str = "SHA256:n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg";
const OTHER: &str = "SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDdXPJTZlzTmXo1Hbk";

fn sftp() -> Value {
    let fields =
        json!({ "host": "sftp.example.com", "port": "22", "username": "ann", "password": "s3cret-of-ann" });
    key_of("sftp", "password", None, fields)
}

fn host_key(value: &Value) -> Value {
    json!({ "entries": { "default": { "fields": { "host_key": value } } } })
}

async fn resolved(api: &Api, key: &Stored) -> (u16, Value) {
    let body = json!({ "environment": "live" });
    let answer = api.post(Who::Runtime, &format!("{}/resolve", key.path), &body).await;
    (answer.status.as_u16(), answer.json()["fields"].clone())
}

#[tokio::test]
async fn the_first_host_key_is_set_without_the_secret() {
    let api = Api::start().await;
    let key = api.store(&sftp()).await;
    api.patch(Who::Editor, &key.path, 1, &host_key(&json!(FIRST))).await.expect(200);
    let (status, fields) = resolved(&api, &key).await;
    assert_eq!(
        (status, &fields["host_key"], &fields["password"]),
        (200, &json!(FIRST), &json!("s3cret-of-ann"))
    );
    let before = api.everything_but_receipts().await;
    for other in [json!(OTHER), Value::Null] {
        let answer = api.patch(Who::Owner, &key.path, 2, &host_key(&other)).await;
        assert_eq!(answer.outcome(), (422, "secrets-needed".to_owned()), "{other}");
        assert_eq!(answer.fields(), ["entries.default.fields.password"], "{other}");
    }
    assert_eq!(api.everything_but_receipts().await, before);
    // Another change keeps both, and the version before is restored without it.
    let user = json!({ "entries": { "default": { "fields": { "username": "bob" } } } });
    api.patch(Who::Editor, &key.path, 2, &user).await.expect(200);
    assert_eq!(resolved(&api, &key).await.0, 200);
    let confirmed = json!({ "auth": "password", "origins": ["sftp://sftp.example.com:22"] });
    let path = format!("{}/versions/1/restore", key.path);
    let restore =
        api.call(Who::Owner, reqwest::Method::POST, &path).header("if-match", "\"3\"").json(&confirmed);
    restore.send().await.expect(200);
    let (status, fields) = resolved(&api, &key).await;
    assert_eq!((status, &fields["host_key"]), (200, &Value::Null));
}

#[tokio::test]
async fn a_secret_that_was_sealed_with_a_host_key_opens_with_no_other() {
    let api = Api::start().await;
    let mut body = sftp();
    body["entries"]["default"]["fields"]["host_key"] = json!(FIRST);
    let key = api.store(&body).await;
    let row = api.row(&key.id).await;
    for other in [Some(OTHER), None] {
        let mut edited = row.clone();
        let AttributeValue::M(entries) = edited.get_mut("entries").expect("entries") else { panic!("a map") };
        let AttributeValue::M(entry) = entries.get_mut("default").expect("an entry") else { panic!("a map") };
        let AttributeValue::M(fields) = entry.get_mut("fields").expect("fields") else { panic!("a map") };
        match other {
            Some(other) => drop(fields.insert("host_key".to_owned(), AttributeValue::S(other.to_owned()))),
            None => drop(fields.remove("host_key")),
        }
        api.put(TABLE, edited).await;
        assert_eq!(resolved(&api, &key).await.0, 409, "{other:?}");
    }
    api.put(TABLE, row).await;
    assert_eq!(resolved(&api, &key).await.0, 200);
}

#[tokio::test]
async fn what_else_changes_with_the_first_host_key_needs_the_secret() {
    let api = Api::start().await;
    let key = api.store(&sftp()).await;
    let mut moved = host_key(&json!(FIRST));
    moved["entries"]["default"]["fields"]["host"] = json!("sftp.evil.example");
    let answer = api.patch(Who::Owner, &key.path, 1, &moved).await;
    assert_eq!(answer.outcome(), (422, "secrets-needed".to_owned()));
    let entry = json!({ "fields": sftp()["entries"]["default"]["fields"] });
    let each = api.store(&for_organizations(sftp(), json!({ "org_1": entry, "org_2": entry }))).await;
    let first = json!({ "entries": { "org_1": { "fields": { "host_key": FIRST } } } });
    api.patch(Who::Editor, &each.path, 1, &first).await.expect(200);
    for (organization, host_key) in [("org_1", json!(FIRST)), ("org_2", Value::Null)] {
        let body = json!({ "environment": "live", "organization": organization });
        let answer = api.post(Who::Runtime, &format!("{}/resolve", each.path), &body).await.expect(200);
        assert_eq!(answer.json()["fields"]["host_key"], host_key, "{organization}");
    }
}
