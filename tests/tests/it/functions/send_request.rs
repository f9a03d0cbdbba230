//! `POST /v1/keys/{key_id}/send`.

mod answers;
mod refusals;
mod schemes;
mod sessions;
mod tokens;

use serde_json::{Value, json};

use super::{Answers, Asking, Case, Effect, Request};
use crate::crashes::Deed;

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(404),
        body: |_| json!({ "method": "GET", "path": "/orders" }),
        misuse: |secrets| {
            vec![
                json!({ "method": secrets }),
                json!({ "method": "POST", "path": "/", "body": "x", "headers": { "authorization": secrets.to_string() } }),
            ]
        },
        asked: Asking::As(|clerk, asked| {
            let (asked, key) = clerk.about_a_key(asked);
            Some(Request {
                asked: asked.body(json!({ "method": "GET", "path": "/orders" })),
                about: key,
                effect: Effect::None,
            })
        }),
        deeds: &[Deed::SendRequest],
    }
}

const HOST: &str = "api.example.com";

/// A request that every key of an HTTP API can send.
fn get_orders() -> Value {
    json!({ "method": "GET", "path": "/orders" })
}
