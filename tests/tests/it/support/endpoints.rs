//! Sources and destinations for tests.

use serde_json::{Value, json};

use super::{Answer, Api, Who, keys::Stored};

/// An active source that uses a key.
pub(crate) fn source(key: &str) -> Value {
    json!({
        "title": "Orders of the UK shop", "system_id": "custom-http", "function": "orders",
        "trigger": { "type": "manual" }, "environment": "live", "key_id": key,
    })
}

/// An active destination that uses a key.
pub(crate) fn destination(key: &str) -> Value {
    json!({
        "title": "Stock in the ERP", "system_id": "custom-http", "function": "stock",
        "trigger": { "type": "real_time" }, "environment": "live", "key_id": key,
    })
}

/// A source that uses no key.
pub(crate) fn inactive_source() -> Value {
    let mut source = source("");
    source["key_id"] = Value::Null;
    source["active"] = json!(false);
    source
}

/// A destination that uses no key.
pub(crate) fn inactive_destination() -> Value {
    let mut destination = destination("");
    destination["key_id"] = Value::Null;
    destination["active"] = json!(false);
    destination
}

fn stored(answer: Answer, collection: &str, id: &str) -> Stored {
    let view = answer.expect(201).json();
    let id = view[id].as_str().expect("an id").to_owned();
    Stored { path: format!("/v1/{collection}/{id}"), id, view }
}

impl Api {
    /// Stores a source as the editor.
    pub(crate) async fn store_source(&self, source: &Value) -> Stored {
        stored(self.post(Who::Editor, "/v1/sources", source).await, "sources", "source_id")
    }

    /// Stores a destination as the editor.
    pub(crate) async fn store_destination(&self, destination: &Value) -> Stored {
        stored(
            self.post(Who::Editor, "/v1/destinations", destination).await,
            "destinations",
            "destination_id",
        )
    }

    /// What uses a key: the ids, in their order, and what the key's row counts.
    pub(crate) async fn uses_of(&self, key: &Stored) -> (Vec<String>, u64) {
        let list = self.get(Who::Viewer, &format!("{}/uses?limit=100", key.path)).await.expect(200).json();
        let ids =
            list["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned());
        let row = self.row(&key.id).await;
        (ids.collect(), row["active_uses"].as_n().unwrap().parse().unwrap())
    }
}
