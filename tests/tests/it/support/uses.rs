//! Keys in use: a customer's system that stands in for the real one, and what a use leaves behind.

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    Answer, Api, TABLE, Who,
    keys::{Item, Stored},
    outside::Outside,
};

/// A stack, and one server in the place of all these names.
pub(crate) async fn stack_with(names: &[&str]) -> (Api, Outside) {
    let outside = Outside::start(names).await;
    (Api::start_with(outside.upstreams(names)).await, outside)
}

/// A live key of a system of the library.
pub(crate) fn key_of(system: &str, auth: &str, base_url: Option<&str>, fields: Value) -> Value {
    json!({
        "system_id": system, "auth": auth, "title": "A key", "environment": "live", "base_url": base_url,
        "entries": { "default": { "fields": fields } },
    })
}

/// The same key with these entries, one for each organization.
pub(crate) fn for_organizations(mut key: Value, entries: Value) -> Value {
    key["organization_specific"] = json!(true);
    key["entries"] = entries;
    key
}

/// What a receipt says of a use: purpose, method and target.
pub(crate) type Use = (String, Option<String>, Option<String>);

fn is_receipt(item: &Item) -> bool {
    item["PK"].as_s().expect("a text").starts_with("RECEIPT#")
}

impl Api {
    /// Sends a request with a key, as the live machine client.
    pub(crate) async fn send(&self, key: &Stored, ask: &Value) -> Answer {
        self.post(Who::Runtime, &format!("{}/send", key.path), ask).await
    }

    /// Tries a key as it is stored, as the editor.
    pub(crate) async fn verify(&self, key: &Stored) -> Answer {
        self.verify_with(key, "").await
    }

    /// The same with a query.
    pub(crate) async fn verify_with(&self, key: &Stored, query: &str) -> Answer {
        self.call(Who::Editor, Method::POST, &format!("{}/verify{query}", key.path)).send().await
    }

    /// What the receipts say, oldest first.
    pub(crate) async fn uses(&self) -> Vec<Use> {
        let mut receipts: Vec<_> = self.items(TABLE).await.into_iter().filter(is_receipt).collect();
        receipts.sort_by_key(|receipt| receipt["SK"].as_s().expect("a text").clone());
        let text =
            |item: &Item, name: &str| item.get(name).map(|value| value.as_s().expect("a text").clone());
        let read = |item: &Item| {
            (text(item, "purpose").expect("a purpose"), text(item, "method"), text(item, "target"))
        };
        receipts.iter().map(read).collect()
    }

    /// Everything that is stored but the receipts.
    pub(crate) async fn everything_but_receipts(&self) -> String {
        let everything = self.everything().await;
        let kept = everything.lines().filter(|line| !line.contains("PK: S(\"RECEIPT#"));
        kept.collect::<Vec<_>>().join("\n")
    }
}

/// A use, to compare with what the receipts say.
pub(crate) fn use_of(purpose: &str, method: Option<&str>, target: Option<&str>) -> Use {
    (purpose.to_owned(), method.map(str::to_owned), target.map(str::to_owned))
}
