//! Whoever can write to the tables behind the API's back cannot make a secret open anywhere but where it was sealed
//! for, nor bring an old one back.

mod every_edit;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;

use crate::support::{
    Api, TABLE, VAULT, Who,
    keys::{Item, Stored, aws4, custom_http},
};

async fn sign(api: &Api, key: &Stored) -> (u16, String) {
    let ask = json!({ "method": "GET", "path": "/" });
    api.post(Who::Runtime, &format!("{}/sign", key.path), &ask).await.outcome()
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

/// Something done to a row behind the API's back.
type Edit = fn(&mut Item);

fn refused() -> (u16, String) {
    (409, "does-not-open".to_owned())
}

/// The current item of a key in the vault.
async fn current(api: &Api, key: &Stored) -> Item {
    let is_current = |item: &Item| {
        item["PK"] == text(&format!("acme#{}", key.id)) && item["SK"] == text("default#CURRENT")
    };
    api.items(VAULT).await.into_iter().find(is_current).expect("a sealed entry")
}

#[tokio::test]
async fn a_row_edited_behind_the_apis_back_does_not_open() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    assert_eq!(sign(&api, &key).await.0, 200);
    let row = api.row(&key.id).await;
    let edits: [(&str, Edit); 5] = [
        ("origin", |row| {
            row.insert("base_url".to_owned(), AttributeValue::S("https://evil.example.com".to_owned()));
        }),
        ("region", |row| set_field(row, "region", "us-east-1")),
        ("service", |row| set_field(row, "service", "sts")),
        ("base endpoint", |row| set_field(row, "base_endpoint", "evil.example.com")),
        ("hash", |row| {
            let AttributeValue::M(mark) = field(row, "secret_key") else { panic!("a mark") };
            mark.insert("hashed".to_owned(), AttributeValue::S("0123456789abcdef".to_owned()));
        }),
    ];
    for (what, edit) in edits {
        let mut edited = row.clone();
        edit(&mut edited);
        api.put(TABLE, edited).await;
        assert_eq!(sign(&api, &key).await, refused(), "{what}");
    }
    api.put(TABLE, row).await;
    assert_eq!(sign(&api, &key).await.0, 200);
}

fn field<'a>(row: &'a mut Item, name: &str) -> &'a mut AttributeValue {
    let AttributeValue::M(entries) = row.get_mut("entries").expect("entries") else { panic!("a map") };
    let AttributeValue::M(entry) = entries.get_mut("default").expect("an entry") else { panic!("a map") };
    let AttributeValue::M(fields) = entry.get_mut("fields").expect("fields") else { panic!("a map") };
    fields.entry(name.to_owned()).or_insert(AttributeValue::S(String::new()))
}

fn set_field(row: &mut Item, name: &str, value: &str) {
    *field(row, name) = AttributeValue::S(value.to_owned());
}

#[tokio::test]
async fn a_moved_environment_does_not_open() {
    let api = Api::start().await;
    let key = api.store(&custom_http("basic", json!({ "username": "u", "password": "p" }))).await;
    let row = api.row(&key.id).await;
    let mut moved = row.clone();
    moved.insert("environment".to_owned(), text("test"));
    api.put(TABLE, moved).await;
    let ask = json!({ "method": "GET", "path": "/" });
    let answer = api.post(Who::RuntimeTest, &format!("{}/sign", key.path), &ask).await;
    assert_eq!(answer.outcome(), refused());
}

#[tokio::test]
async fn an_item_put_in_the_place_of_another_does_not_open() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let other = api.store(&aws4()).await;
    let own = current(&api, &key).await;
    // Another key's item.
    let mut foreign = current(&api, &other).await;
    foreign.insert("PK".to_owned(), own["PK"].clone());
    api.put(VAULT, foreign.clone()).await;
    assert_eq!(sign(&api, &key).await, refused());
    // Another key's wrapped data key under the same name.
    let mut crossed = own.clone();
    let AttributeValue::M(seals) = crossed.get_mut("seals").unwrap() else { panic!("a map") };
    let AttributeValue::M(foreign) = &foreign["seals"] else { panic!("a map") };
    let wrapped = foreign.values().next().unwrap().clone();
    seals.values_mut().for_each(|seal| *seal = wrapped.clone());
    api.put(VAULT, crossed).await;
    assert_eq!(sign(&api, &key).await, refused());
    // A data key that is missing.
    let mut missing = own.clone();
    missing.insert("seals".to_owned(), AttributeValue::M([].into()));
    api.put(VAULT, missing).await;
    assert_eq!(sign(&api, &key).await, refused());
    api.put(VAULT, own).await;
    assert_eq!(sign(&api, &key).await.0, 200);
}

#[tokio::test]
async fn an_older_value_copied_over_the_current_one_does_not_open() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let old = current(&api, &key).await;
    let patch = json!({ "entries": { "default": { "fields": { "secret_key": "another" } } } });
    api.patch(Who::Owner, &key.path, 1, &patch).await.expect(200);
    let new = current(&api, &key).await;
    api.put(VAULT, old.clone()).await;
    assert_eq!(sign(&api, &key).await, refused());
    // The same with the version that the row names.
    let mut disguised = old;
    disguised.insert("version".to_owned(), new["version"].clone());
    api.put(VAULT, disguised).await;
    assert_eq!(sign(&api, &key).await, refused());
    api.put(VAULT, new).await;
    assert_eq!(sign(&api, &key).await.0, 200);
}

#[tokio::test]
async fn a_flipped_bit_in_any_byte_of_a_stored_field_or_its_wrapped_key_is_refused() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let own = current(&api, &key).await;
    let mut tried = 0;
    for (map, inner) in [("fields", Some("sealed")), ("seals", None)] {
        let length = blob(&mut own.clone(), map, inner).len();
        // One bit of every byte; every bit of a sealed field is flipped in the unit tests of sealing.
        for at in 0..length {
            let mut flipped = own.clone();
            blob(&mut flipped, map, inner)[at] ^= 1 << (at % 8);
            api.put(VAULT, flipped).await;
            assert_eq!(sign(&api, &key).await, refused(), "{map} byte {at}");
            tried += 1;
        }
    }
    assert!(tried > 200, "{tried}");
}

#[tokio::test]
async fn a_change_does_not_lose_kept_secrets_that_are_missing_from_the_vault() {
    let api = Api::start().await;
    let mut body = aws4();
    body["entries"]["default"]["fields"]["session_token"] = json!("the-session-token");
    let key = api.store(&body).await;
    let mut item = current(&api, &key).await;
    let AttributeValue::M(fields) = item.get_mut("fields").unwrap() else { panic!("a map") };
    fields.remove("session_token");
    api.put(VAULT, item).await;
    let before = api.everything().await;
    let patch = json!({ "entries": { "default": { "fields": { "secret_key": "another" } } } });
    assert_eq!(api.patch(Who::Owner, &key.path, 1, &patch).await.outcome(), refused());
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn giving_every_secret_again_repairs_an_entry_whose_item_is_lost() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let mut broken = current(&api, &key).await;
    broken.insert("fields".to_owned(), text("gone"));
    api.put(VAULT, broken).await;
    assert_eq!(sign(&api, &key).await, refused());
    let patch = json!({ "entries": { "default": { "fields": { "secret_key": "another" } } } });
    api.patch(Who::Owner, &key.path, 1, &patch).await.expect(200);
    assert_eq!(sign(&api, &key).await.0, 200);
}

/// A view on the bytes of the first blob of a map of the item.
fn blob<'a>(item: &'a mut Item, map: &str, inner: Option<&str>) -> Bytes<'a> {
    let AttributeValue::M(values) = item.get_mut(map).unwrap() else { panic!("a map") };
    let mut value = values.values_mut().next().unwrap();
    if let Some(inner) = inner {
        let AttributeValue::M(fields) = value else { panic!("a map") };
        value = fields.get_mut(inner).unwrap();
    }
    let AttributeValue::B(blob) = value else { panic!("bytes") };
    Bytes { copy: blob.clone().into_inner(), blob }
}

/// Bytes that are written back when dropped.
struct Bytes<'a> {
    copy: Vec<u8>,
    blob: &'a mut aws_sdk_dynamodb::primitives::Blob,
}

impl std::ops::Deref for Bytes<'_> {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.copy
    }
}

impl std::ops::DerefMut for Bytes<'_> {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.copy
    }
}

impl Drop for Bytes<'_> {
    fn drop(&mut self) {
        *self.blob = aws_sdk_dynamodb::primitives::Blob::new(std::mem::take(&mut self.copy));
    }
}
