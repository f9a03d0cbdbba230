//! What uses keys as sources, destinations and webhooks do, and what takes one key's place.

use keyward_local::{stack::connection, upstreams::Upstreams};
use serde_json::{Value, json};

use super::{Tour, id};
use crate::support::{
    Who,
    asked::Asked,
    endpoints::{destination, source},
    keys::{aws4, custom_http},
    services::Functions,
    uses::for_organizations,
    webhooks::webhook,
};

impl Tour {
    pub(super) async fn link_keys(&mut self) {
        for (kind, body) in
            [("source", source as fn(&str) -> serde_json::Value), ("destination", destination)]
        {
            let (one, other) = (self.store(&aws4()).await, self.store(&aws4()).await);
            let all = format!("/v1/{kind}s");
            let each = format!("{all}/{{{kind}_id}}");
            let made = self.post_once(&format!("POST {all}"), &[], 1, &body(&one)).await;
            let endpoint = id(&made, &format!("{kind}_id"));
            let list = format!("GET {all}");
            self.get(&list, &[]).await;
            self.ask(Who::Viewer, (&list, &[], "?q=uk"), &[], &Value::Null).await.expect(200);
            self.get(&format!("GET {each}"), &[&endpoint]).await;
            self.delete("DELETE /v1/keys/{key_id}", &one, 1).await.expect(409);
            let change = format!("PATCH {each}");
            self.patch(&change, &endpoint, 1, &json!({ "title": "Another" })).await;
            self.patch(&change, &endpoint, 2, &json!({ "key_id": other })).await;
            self.patch(&change, &endpoint, 3, &json!({ "active": false })).await;
            self.patch(&change, &endpoint, 4, &json!({ "active": true })).await;
            self.delete(&format!("DELETE {each}"), &endpoint, 5).await.expect(204);
        }
        let (one, other) = (self.store(&aws4()).await, self.store(&aws4()).await);
        let made = self.post_once("POST /v1/webhooks", &[], 1, &webhook(&one)).await;
        let made = id(&made, "webhook_id");
        self.get("GET /v1/webhooks", &[]).await;
        self.get("GET /v1/webhooks/{webhook_id}", &[&made]).await;
        for (seen, change) in [
            json!({ "name": "Another", "event_types": ["one.more"] }),
            json!({ "key_id": other }),
            json!({ "active": false }),
            json!({ "active": true }),
        ]
        .iter()
        .enumerate()
        {
            let seen = u64::try_from(seen).unwrap() + 1;
            self.patch("PATCH /v1/webhooks/{webhook_id}", &made, seen, change).await;
        }
        self.delete("DELETE /v1/webhooks/{webhook_id}", &made, 5).await.expect(204);
        // What the change of a key would take away is looked for among its uses.
        let entry = json!({ "fields": { "value": "v" } });
        let entries = json!({ "org_1": entry, "org_2": entry });
        let key = self.store(&for_organizations(custom_http("token", json!({})), entries)).await;
        let remove = json!({ "entries": { "org_2": null } });
        let mut used = source(&key);
        used["organization"] = json!("org_1");
        self.post("POST /v1/sources", &[], &used).await;
        self.patch("PATCH /v1/keys/{key_id}", &key, 1, &remove).await;
        // And what a restored version would take away as well.
        let mut of_test = aws4();
        of_test["environment"] = json!("test");
        let key = self.store(&of_test).await;
        self.patch("PATCH /v1/keys/{key_id}", &key, 1, &aws4()).await;
        self.post("POST /v1/sources", &[], &source(&key)).await;
        let restore = ("POST /v1/keys/{key_id}/versions/{version}/restore", &[&*key, "1"][..], "");
        let confirmed = json!({ "auth": "aws4", "origins": ["https://api.example.com"] });
        self.ask(Who::Owner, restore, &[("if-match", "\"2\"")], &confirmed).await.expect(409);
    }

    pub(super) async fn replace_keys(&mut self) {
        const REPLACE: &str = "POST /v1/keys/{key_id}/replace";
        let (old, new) = (self.store(&aws4()).await, self.store(&aws4()).await);
        self.post("POST /v1/sources", &[], &source(&old)).await;
        self.post("POST /v1/destinations", &[], &destination(&old)).await;
        self.post("POST /v1/webhooks", &[], &webhook(&old)).await;
        self.post(REPLACE, &[&old], &json!({ "with": new, "dry_run": true })).await;
        // One that cannot be carried out takes its record back.
        let behind = connection(self.api.stack().embedded());
        let functions = Functions::watched(&behind, Upstreams::default(), self.recorder.clone()).await;
        functions.fail(Some("TransactWriteItems"));
        let asked = Asked::of("replace_key", "acme").path("key_id", &old).once("failing");
        assert_eq!(functions.ask(&asked.body(json!({ "with": new }))).await.status, 503);
        self.post_once(REPLACE, &[&old], 1, &json!({ "with": new })).await;
    }
}
