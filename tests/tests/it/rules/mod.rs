//! Rules that hold for every route. They walk the route table, so a route is covered on the day it is added.

mod bad_input;
mod callers;
mod circles;
mod damaged_rows;
mod documents;
mod extents;
mod fresh_sign_ins;
mod host_keys;
mod infrastructure;
mod kinds_of_data_keys;
mod lost_rights;
mod mail_tokens;
mod masked_round_trip;
mod outbound;
mod own_checks;
mod permissions;
mod restricted_requests;
mod sealed_to_its_place;
mod secrets_stay_secret;
mod tenants_stay_apart;

use keyward_functions::{
    method::Method,
    system::{SystemClock, SystemRandom},
    table::{Function, Route},
};
use keyward_shared::ids::{AppId, EndpointId, EndpointKind, EventId, KeyId, WebhookId};
use reqwest::Method as HttpMethod;

use crate::{
    functions::{case, publish_event::order},
    support::{
        Api, PANEL_ASSET, Who,
        endpoints::{inactive_destination, inactive_source},
        keys::aws4,
        webhooks::inactive_webhook,
    },
};

/// The route's method as the client knows it.
pub(crate) fn method(route: &Route) -> HttpMethod {
    match route.method {
        Some(Method::Get) | None => HttpMethod::GET,
        Some(Method::Head) => HttpMethod::HEAD,
        Some(Method::Post) => HttpMethod::POST,
        Some(Method::Put) => HttpMethod::PUT,
        Some(Method::Patch) => HttpMethod::PATCH,
        Some(Method::Delete) => HttpMethod::DELETE,
    }
}

/// What stands in the paths of routes.
pub(crate) struct Named {
    pub(crate) key: String,
    pub(crate) source: String,
    pub(crate) destination: String,
    pub(crate) webhook: String,
    pub(crate) event: String,
    pub(crate) client: String,
    pub(crate) account: String,
    pub(crate) member: String,
    pub(crate) app: String,
}

impl Named {
    /// A key that nothing uses, an inactive source and destination, and what the operator sets up: a machine client and an account.
    pub(crate) async fn store(api: &Api) -> Self {
        let key = api.store(&aws4()).await.id;
        let (client, account) = (format!("client-of-{key}"), format!("account-of-{key}"));
        for (path, body) in [
            (format!("/v1/operator/clients/{client}"), machine_client()),
            (format!("/v1/operator/accounts/{account}"), operated_account(&account)),
        ] {
            api.call(Who::Operator, HttpMethod::PUT, &path).json(&body).send().await.expect(201);
        }
        let email = format!("{}@acme.example", key.replace('_', "-"));
        let viewer = serde_json::json!({ "email": email, "role": "viewer" });
        let member = api.post(Who::Owner, "/v1/members", &viewer).await.expect(201).json();
        Self {
            key,
            client,
            account,
            member: member["member_id"].as_str().expect("an id").to_owned(),
            source: api.store_source(&inactive_source()).await.id,
            destination: api.store_destination(&inactive_destination()).await.id,
            webhook: api.store_one_more_webhook(&inactive_webhook()).await.id,
            event: api.publish(&order()).await,
            app: api.app().await["app_id"].as_str().expect("an id").to_owned(),
        }
    }

    /// Identifiers that nothing has.
    pub(crate) fn nothing() -> Self {
        let endpoint = |kind| EndpointId::generate(kind, &SystemClock, &SystemRandom).to_string();
        Self {
            key: KeyId::generate(&SystemClock, &SystemRandom).to_string(),
            source: endpoint(EndpointKind::Source),
            destination: endpoint(EndpointKind::Destination),
            webhook: WebhookId::generate(&SystemClock, &SystemRandom).to_string(),
            event: EventId::generate(&SystemClock, &SystemRandom).to_string(),
            app: AppId::generate(&SystemClock, &SystemRandom).to_string(),
            client: "nobody".to_owned(),
            account: "nobody".to_owned(),
            member: "019aa9a0-0000-7000-8000-00000000000a".to_owned(),
        }
    }

    /// The route's path with these in it.
    pub(crate) fn path(&self, route: &Route) -> String {
        route
            .path
            .replace("{key_id}", &self.key)
            .replace("{source_id}", &self.source)
            .replace("{destination_id}", &self.destination)
            .replace("{webhook_id}", &self.webhook)
            .replace("{event_id}", &self.event)
            .replace("{delivery_id}", callers::NO_DELIVERY)
            .replace("{app_id}", &self.app)
            .replace("{client_id}", &self.client)
            .replace("{account_id}", &self.account)
            .replace("{member_id}", &self.member)
            .replace("{secret_id}", callers::NO_SECRET)
            .replace("{version}", "1")
            .replace("{system_id}", "shopify")
            .replace("{file}", PANEL_ASSET)
    }
}

/// Whether a route is about one thing of the caller's account. The operator has none, and says of which account it speaks.
pub(crate) fn names_something(route: &Route) -> bool {
    // A browser that comes back to an app is told on a page.
    route.permission.is_some()
        && [
            "{key_id}",
            "{source_id}",
            "{destination_id}",
            "{webhook_id}",
            "{event_id}",
            "{member_id}",
            "{app_id}",
        ]
        .iter()
        .any(|name| route.path.contains(name))
}

fn machine_client() -> serde_json::Value {
    serde_json::json!({
        "account_id": "acme", "environment": "live", "permissions": ["keys:use"], "state": "active",
    })
}

fn operated_account(account: &str) -> serde_json::Value {
    serde_json::json!({
        "title": "Initech", "first_owner": { "email": format!("owner@{account}.example").replace('_', "-") },
        "self_service_keys": true, "allowed_origins": [], "state": "active",
    })
}

/// A body that the route reads, so that what is refused is not refused for its body.
pub(crate) fn body(function: &Function, route: &Route) -> serde_json::Value {
    (case(function.name).body)(route)
}
