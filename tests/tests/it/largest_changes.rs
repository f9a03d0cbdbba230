//! The largest change of every kind fits into one transaction of DynamoDB.

use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::support::{
    Answer, Api, Who,
    endpoints::source,
    keys::{Stored, aws4},
    recorder::{Recorder, Written},
    uses::{for_organizations, key_of},
};

/// "Up to 100 distinct items", of which some are left for what is still to come.
/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
const MOST_ACTIONS: usize = 90;
/// "The aggregate size of the items in the transaction cannot exceed 4 MB", which is counted as 4,000,000 here.
const MOST_BYTES: usize = 4_000_000;

const ORGANIZATIONS: usize = 40;
const SECRET: usize = 16 * 1024;
/// 20 headers, one of which is the Content-Type.
const SECRET_HEADERS: usize = 19;

struct Watched {
    api: Api,
    recorder: Recorder,
    seen: usize,
}

impl Watched {
    async fn start() -> Self {
        let recorder = Recorder::default();
        let api = Api::start_watched(Default::default(), recorder.clone()).await;
        Self { api, recorder, seen: 0 }
    }

    /// The one transaction of a change.
    fn one(&mut self, function: &str) -> Written {
        let all = self.recorder.transactions();
        let new: Vec<Written> =
            all.iter().skip(self.seen).filter(|one| one.function == function).copied().collect();
        self.seen = all.len();
        let [one] = new.as_slice() else { panic!("{function}: {new:?}") };
        assert!(one.actions <= MOST_ACTIONS && one.bytes <= MOST_BYTES, "{one:?}");
        *one
    }

    async fn change(&mut self, key: &Stored, version: u64, patch: &Value) -> Written {
        self.api.patch(Who::Owner, &key.path, version, patch).await.expect(200);
        self.one("update_key")
    }
}

/// A secret of the greatest length that differs from others.
fn secret(mark: &str) -> String {
    let mut text = mark.to_owned();
    while text.len() < SECRET {
        text.push_str(&format!("+{}", text.len()));
    }
    text.truncate(SECRET);
    text
}

/// Two of the longest secrets for each organization.
fn entries(round: &str) -> Map<String, Value> {
    let entry = |number: usize| {
        let value = |name: &str| secret(&format!("{round}-{name}-{number}"));
        json!({ "fields": {
            "access_key": "AKIDEXAMPLE", "region": "eu-west-1", "service": "execute-api",
            "secret_key": value("secret"), "session_token": value("session"),
        } })
    };
    (0..ORGANIZATIONS).map(|number| (format!("org_{number:056}"), entry(number))).collect()
}

fn headers(round: &str) -> Vec<Value> {
    let content_type = json!({ "name": "Content-Type", "value": "application/json" });
    let header = |number: usize| {
        let value = secret(&format!("{round}-header-{number}"));
        json!({ "name": format!("X-Secret-{number}"), "value": value, "secret": true })
    };
    std::iter::once(content_type).chain((0..SECRET_HEADERS).map(header)).collect()
}

/// The largest key: 40 organizations with two secrets of 16 KB each, and 19 secret headers of 16 KB.
fn largest(round: &str) -> Value {
    let mut key = for_organizations(aws4(), Value::Object(entries(round)));
    key["title"] = json!("x".repeat(100));
    key["headers"] = json!(headers(round));
    key["check"] = json!({
        "method": "POST", "path": "x".repeat(2_048), "body": "y".repeat(4_096), "changes_nothing": true,
        "status": 200, "text": "z".repeat(200),
    });
    key
}

#[tokio::test]
async fn the_largest_change_of_every_kind_is_one_transaction() {
    let mut watched = Watched::start().await;
    let key = watched.api.store(&largest("first")).await;
    let created = watched.one("create_key");
    assert!(created.bytes > 2 * ORGANIZATIONS * SECRET, "{created:?}");
    // Every secret at once: the replaced ones are archived in the same transaction.
    let replaced = json!({ "entries": entries("second"), "headers": headers("second") });
    let updated = watched.change(&key, 1, &replaced).await;
    assert!(updated.bytes > 4 * ORGANIZATIONS * SECRET && updated.actions > 2 * ORGANIZATIONS, "{updated:?}");

    let confirmed = json!({ "auth": "aws4", "origins": ["https://api.example.com"] });
    let path = format!("{}/versions/1/restore", key.path);
    let restore =
        watched.api.call(Who::Owner, Method::POST, &path).header("if-match", "\"2\"").json(&confirmed);
    restore.send().await.expect(200);
    let restored = watched.one("restore_key_version");
    assert!(restored.bytes > 4 * ORGANIZATIONS * SECRET, "{restored:?}");

    let other = watched.api.store(&largest("third")).await;
    watched.one("create_key");
    let mut using = source(&key.id);
    using["organization"] = json!(format!("org_{:056}", 0));
    watched.api.store_source(&using).await;
    watched.one("create_endpoint");
    let with = json!({ "with": other.id });
    watched.api.post(Who::Owner, &format!("{}/replace", key.path), &with).await.expect(200);
    watched.one("replace_key");

    let mut gone: Map<String, Value> =
        entries("first").into_iter().skip(1).map(|(name, _)| (name, Value::Null)).collect();
    watched.change(&key, 3, &json!({ "entries": gone })).await;
    // All of them at once, for one that is new.
    gone.insert(format!("org_{:056}", 0), Value::Null);
    gone.retain(|name, _| name.ends_with("00"));
    gone.insert("org_new".to_owned(), entries("fourth").into_iter().next().unwrap().1);
    watched.change(&key, 4, &json!({ "entries": gone })).await;
    watched.api.delete(Who::Owner, &key.path, 5).await.expect(204);
    watched.one("delete_key");
}

/// Magento 2 has three secrets for an organization.
fn magento(organizations: std::ops::Range<usize>, round: &str) -> Value {
    let entry = |number: usize| {
        let value = |name: &str| secret(&format!("{round}-{name}-{number}"));
        json!({ "fields": {
            "consumer_key": "key", "consumer_secret": value("a"), "access_token": value("b"),
            "access_token_secret": value("c"),
        } })
    };
    organizations.map(|number| (format!("org_{number}"), entry(number))).collect::<Map<_, _>>().into()
}

fn refused(answer: &Answer, field: &str) {
    let expected = ((422, "invalid-fields".to_owned()), vec![field.to_owned()]);
    assert_eq!((answer.outcome(), answer.fields()), expected, "{}", answer.text);
}

#[tokio::test]
async fn a_change_that_no_transaction_holds_is_refused_by_name() {
    let mut watched = Watched::start().await;
    let address = "https://shop.example.com";
    let key = key_of("magento-2", "oauth1", Some(address), json!({}));
    let all = |round: &str| magento(0..ORGANIZATIONS, round);
    let key = watched.api.store(&for_organizations(key, all("first"))).await;
    watched.one("create_key");
    let before = watched.api.everything().await;
    let answer = watched.api.patch(Who::Owner, &key.path, 1, &json!({ "entries": all("second") })).await;
    refused(&answer, "entries");
    assert_eq!(watched.api.everything().await, before);
    // 35 of them, with those that they replace, are nearly as much as is allowed.
    let updated = watched.change(&key, 1, &json!({ "entries": magento(0..35, "second") })).await;
    assert!(updated.bytes > 3_400_000, "{updated:?}");
    watched.change(&key, 2, &json!({ "entries": magento(35..ORGANIZATIONS, "second") })).await;

    let before = watched.api.everything().await;
    let confirmed = json!({ "auth": "oauth1", "origins": [address] });
    let path = format!("{}/versions/1/restore", key.path);
    let restore =
        watched.api.call(Who::Owner, Method::POST, &path).header("if-match", "\"3\"").json(&confirmed);
    refused(&restore.send().await, "version");
    assert_eq!(watched.api.everything().await, before);
}
