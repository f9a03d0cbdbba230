//! `POST /v1/keys/{key_id}/send`.

mod answers;
mod refusals;
mod schemes;
mod sessions;
mod tokens;

use serde_json::{Value, json};

const HOST: &str = "api.example.com";

/// A request that every key of an HTTP API can send.
fn get_orders() -> Value {
    json!({ "method": "GET", "path": "/orders" })
}
