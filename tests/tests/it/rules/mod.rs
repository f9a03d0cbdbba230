//! Rules that hold for every route. They walk the route table, so a route is covered on the day it is added.

mod bad_input;
mod documents;
mod masked_round_trip;
mod outbound;
mod permissions;
mod sealed_to_its_place;
mod secrets_stay_secret;
mod tenants_stay_apart;

use keyward_functions::routes::{Method, Route};
use reqwest::Method as HttpMethod;

/// The route's method as the client knows it.
pub(crate) fn method(route: &Route) -> HttpMethod {
    match route.method {
        Some(Method::Get) | None => HttpMethod::GET,
        Some(Method::Post) => HttpMethod::POST,
        Some(Method::Patch) => HttpMethod::PATCH,
        Some(Method::Delete) => HttpMethod::DELETE,
    }
}

/// A body that the route reads, so that what is refused is not refused for its body.
pub(crate) fn body(route: &Route) -> serde_json::Value {
    match route.name {
        "create_key" => crate::support::keys::aws4(),
        "update_key" => serde_json::json!({ "title": "Another title" }),
        "verify_draft" => crate::support::keys::aws4(),
        "resolve_key" => serde_json::json!({ "environment": "live" }),
        "sign_request" | "send_request" => serde_json::json!({ "method": "GET", "path": "/orders" }),
        _ => serde_json::Value::Null,
    }
}
