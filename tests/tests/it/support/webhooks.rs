//! Webhooks for tests.

use serde_json::{Value, json};

use super::{Api, Who, keys::Stored};

/// An active webhook that uses a key.
pub(crate) fn webhook(key: &str) -> Value {
    json!({
        "name": "Orders to the ERP", "event_types": ["order.created", "key.updated"], "path": "/hooks/keyward",
        "method": "POST", "environment": "live", "key_id": key,
    })
}

/// A webhook that uses no key.
pub(crate) fn inactive_webhook() -> Value {
    let mut webhook = webhook("");
    webhook["key_id"] = Value::Null;
    webhook["active"] = json!(false);
    webhook
}

impl Api {
    /// Stores a webhook as the editor.
    pub(crate) async fn store_webhook(&self, webhook: &Value) -> Stored {
        stored(&self.post(Who::Editor, "/v1/webhooks", webhook).await.expect(201).json())
    }

    /// The same in a test that stores very many: an account has room for some alone, so the oldest ones go.
    pub(crate) async fn store_one_more_webhook(&self, webhook: &Value) -> Stored {
        let answer = self.post(Who::Editor, "/v1/webhooks", webhook).await;
        if answer.status.as_u16() != 422 {
            return stored(&answer.expect(201).json());
        }
        let list = self.get(Who::Editor, "/v1/webhooks?limit=100").await.expect(200).json();
        let mut all: Vec<_> = list["items"].as_array().expect("a list").iter().collect();
        all.sort_by_key(|webhook| webhook["webhook_id"].as_str());
        for old in all.iter().take(all.len() / 2) {
            let path = format!("/v1/webhooks/{}", old["webhook_id"].as_str().expect("an id"));
            self.delete(Who::Editor, &path, old["version"].as_u64().expect("a version")).await.expect(204);
        }
        self.store_webhook(webhook).await
    }
}

fn stored(view: &Value) -> Stored {
    let id = view["webhook_id"].as_str().expect("an id").to_owned();
    Stored { path: format!("/v1/webhooks/{id}"), id, view: view.clone() }
}
