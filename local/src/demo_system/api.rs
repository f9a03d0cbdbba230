//! The API behind the consent: some orders.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};

use super::{
    ACCOUNTS, Known,
    token::{Kind, Saying},
};

pub(super) fn router(known: &Arc<Known>) -> Router {
    Router::new().route("/v1/me", get(me)).route("/v1/orders", get(orders)).with_state(Arc::clone(known))
}

async fn me(State(known): State<Arc<Known>>, headers: HeaderMap) -> Response {
    answer(&known, &headers, |account, _| json!({ "account": account }))
}

async fn orders(State(known): State<Arc<Known>>, headers: HeaderMap) -> Response {
    answer(&known, &headers, |account, name| {
        json!({ "account": account, "orders": [
            { "id": 1001, "customer": name, "total": "12.50" },
            { "id": 1002, "customer": name, "total": "99.00" },
        ] })
    })
}

/// What a Bearer token opens (RFC 6750 §2.1 and §3).
fn answer(known: &Known, headers: &HeaderMap, what: impl Fn(&str, &str) -> Value) -> Response {
    let shown =
        headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    match shown.and_then(|token| known.read(Kind::Access, token)) {
        Some(Saying { account, .. }) => {
            let name = ACCOUNTS.iter().find(|(id, _)| *id == account).map_or("nobody", |(_, name)| name);
            Json(what(&account, name)).into_response()
        }
        None => {
            let challenge = [(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")];
            (StatusCode::UNAUTHORIZED, challenge, Json(json!({ "error": "invalid_token" }))).into_response()
        }
    }
}
