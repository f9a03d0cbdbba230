//! What is shown, and what changes keys.

use serde_json::{Value, json};

use super::{Tour, id};
use crate::support::{
    PANEL_ASSET, Who,
    keys::{aws4, custom_http},
    uses::for_organizations,
};

const CHANGE: &str = "PATCH /v1/keys/{key_id}";
const RESTORE: &str = "POST /v1/keys/{key_id}/versions/{version}/restore";

fn set(value: &str) -> Value {
    json!({ "entries": { "default": { "fields": { "secret_key": value } } } })
}

fn with_secret_header() -> Value {
    let mut key = aws4();
    let header = json!({ "name": "X-Tenant", "value": "tenant-s3cret", "secret": true });
    key["headers"].as_array_mut().expect("headers").push(header);
    key
}

fn without_secret_header() -> Value {
    json!({ "headers": [{ "name": "Content-Type", "value": "application/json" }] })
}

impl Tour {
    pub(super) async fn look_around(&mut self) {
        let key = id(&self.post_once("POST /v1/keys", &[], 1, &with_secret_header()).await, "key_id");
        self.get("GET /v1/systems", &[]).await;
        self.get("GET /v1/systems/{system_id}", &["shopify"]).await;
        self.get("GET /v1/openapi.json", &[]).await;
        self.get("GET /v1/version", &[]).await;
        for (panel, names) in [
            ("GET /", &[][..]),
            ("GET /config.json", &[]),
            ("GET /favicon.svg", &[]),
            ("GET /assets/{file}", &[PANEL_ASSET]),
            ("HEAD /", &[]),
            ("HEAD /config.json", &[]),
            ("HEAD /favicon.svg", &[]),
            ("HEAD /assets/{file}", &[PANEL_ASSET]),
        ] {
            self.ask(Who::Nobody, (panel, names, ""), &[], &Value::Null).await.expect(200);
        }
        self.ask(Who::Nobody, ("$default", &[], ""), &[], &Value::Null).await.expect(404);
        self.get("GET /v1/keys", &[]).await;
        let of_system = ("GET /v1/keys", &[][..], "?system_id=custom-http");
        self.ask(Who::Owner, of_system, &[], &Value::Null).await.expect(200);
        self.api.drain_stream().await;
        let by_words = ("GET /v1/keys", &[][..], "?q=erp");
        self.ask(Who::Owner, by_words, &[], &Value::Null).await.expect(200);
        self.get("GET /v1/keys/{key_id}", &[&key]).await;
        self.get("GET /v1/keys/{key_id}/versions", &[&key]).await;
        self.get("GET /v1/keys/{key_id}/uses", &[&key]).await;
        self.get("GET /v1/keys/{key_id}/audit", &[&key]).await;
        self.get("GET /v1/audit", &[]).await;
    }

    pub(super) async fn change_keys(&mut self) {
        let key = self.store(&with_secret_header()).await;
        self.patch(CHANGE, &key, 1, &without_secret_header()).await;
        self.patch(CHANGE, &key, 2, &set("another")).await;
        // Past what is kept: the oldest version goes.
        for version in 3..25 {
            self.patch(CHANGE, &key, version, &set(&format!("secret-{version}"))).await;
        }
        self.api.drain_stream().await;

        let entry = |value: &str| json!({ "fields": { "value": value } });
        let entries = json!({ "org_1": entry("one"), "org_2": entry("two") });
        let key = self.store(&for_organizations(custom_http("token", json!({})), entries)).await;
        let trial = ("POST /v1/keys/{key_id}/verify", &[&*key][..], "?organization=org_1");
        self.ask(Who::Owner, trial, &[], &Value::Null).await.expect(200);
        self.patch(CHANGE, &key, 1, &json!({ "entries": { "org_1": entry("anew") } })).await;
        self.patch(CHANGE, &key, 2, &json!({ "entries": { "org_1": null } })).await;
        self.api.drain_stream().await;
        // Whoever is gone takes health and versions along.
        self.delete("DELETE /v1/keys/{key_id}", &key, 3).await.expect(204);
        self.ask(Who::Owner, ("POST /v1/keys/{key_id}/undelete", &[&key], ""), &[], &Value::Null)
            .await
            .expect(200);
        let at_once = ("DELETE /v1/keys/{key_id}", &[&*key][..], "?purge=now");
        self.ask(Who::Owner, at_once, &[("if-match", "\"5\"")], &Value::Null).await.expect(204);
        self.api.drain_stream().await;
    }

    pub(super) async fn switch_keys(&mut self) {
        let key = self.store(&aws4()).await;
        // Past what is kept: the oldest version goes.
        for _ in 0..12 {
            for route in ["POST /v1/keys/{key_id}/disable", "POST /v1/keys/{key_id}/enable"] {
                self.ask(Who::Owner, (route, &[&key], ""), &[], &Value::Null).await.expect(200);
            }
        }
        for version in (25..37).step_by(2) {
            self.delete("DELETE /v1/keys/{key_id}", &key, version).await.expect(204);
            self.ask(Who::Owner, ("POST /v1/keys/{key_id}/undelete", &[&key], ""), &[], &Value::Null)
                .await
                .expect(200);
        }
    }

    pub(super) async fn restore_keys(&mut self) {
        let confirmed = json!({ "auth": "aws4", "origins": ["https://api.example.com"] });
        let key = self.store(&aws4()).await;
        self.patch(CHANGE, &key, 1, &set("another")).await;
        self.post_once(RESTORE, &[&key, "1"], 2, &confirmed).await;
        let mut with_header = with_secret_header();
        with_header.as_object_mut().expect("a body").retain(|name, _| name == "headers");
        self.patch(CHANGE, &key, 3, &with_header).await;
        self.post_once(RESTORE, &[&key, "3"], 4, &confirmed).await;
        for version in 5..25 {
            self.patch(CHANGE, &key, version, &json!({ "title": format!("Title {version}") })).await;
        }
        self.post_once(RESTORE, &[&key, "10"], 25, &confirmed).await;
    }
}
