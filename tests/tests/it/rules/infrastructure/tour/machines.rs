//! What machine clients change that have permissions of people.

use keyward_local::{stack::connection, upstreams::Upstreams};
use serde_json::{Value, json};

use super::{HOSTS, Tour, id};
use crate::{
    functions::publish_event::order,
    support::{asked::Asked, endpoints::source, keys::aws4, services::Functions, webhooks::inactive_webhook},
};

impl Tour {
    pub(super) async fn let_machines_look(&mut self) {
        let behind = connection(self.api.stack().embedded());
        let functions =
            Functions::watched(&behind, self.outside.upstreams(&HOSTS), self.recorder.clone()).await;
        let key = self.store(&aws4()).await;
        let source = id(&self.post("POST /v1/sources", &[], &source(&key)).await, "source_id");
        for function in
            ["list_keys", "get_key", "list_key_versions", "list_key_uses", "list_key_audit", "list_audit"]
        {
            let told = functions.ask(&Asked::of(function, "acme").path("key_id", &key)).await;
            assert_eq!(told.status, 200, "{function} {told:?}");
        }
        for (function, route) in
            [("list_endpoints", "GET /v1/sources"), ("get_endpoint", "GET /v1/sources/{source_id}")]
        {
            let asked = Asked::of(function, "acme").by(route.to_owned()).path("source_id", &source);
            assert_eq!(functions.ask(&asked).await.status, 200, "{function}");
        }
        let webhook = id(&self.post("POST /v1/webhooks", &[], &inactive_webhook()).await, "webhook_id");
        for function in ["list_webhooks", "get_webhook"] {
            let asked = Asked::of(function, "acme").path("webhook_id", &webhook);
            assert_eq!(functions.ask(&asked).await.status, 200, "{function}");
        }
        let event = functions.ask(&Asked::of("publish_event", "acme").body(order())).await;
        let event = id(&event.body, "event_id");
        for (function, name, value) in
            [("get_event", "event_id", &event), ("list_deliveries", "webhook_id", &webhook)]
        {
            let asked = Asked::of(function, "acme").path(name, value);
            assert_eq!(functions.ask(&asked).await.status, 200, "{function}");
        }
        assert_eq!(functions.ask(&Asked::of("get_account", "acme")).await.status, 200);
        // It has no sign-in.
        assert_eq!(functions.ask(&Asked::of("sign_out", "acme")).await.status, 404);
        let verify = functions.ask(&Asked::of("verify_key", "acme").path("key_id", &key)).await;
        assert_eq!(verify.status, 200, "{verify:?}");
        let draft = functions.ask(&Asked::of("verify_draft", "acme").body(aws4())).await;
        assert_eq!(draft.status, 200, "{draft:?}");
    }

    pub(super) async fn let_machines_change(&mut self) {
        let behind = connection(self.api.stack().embedded());
        let functions = Functions::watched(&behind, Upstreams::default(), self.recorder.clone()).await;
        let ask = async |asked: Asked| -> Value {
            let told = functions.ask(&asked).await;
            assert!((200..300).contains(&told.status), "{asked:?} {told:?}");
            told.body
        };
        let create = || Asked::of("create_key", "acme").body(aws4());
        let (one, other) = (id(&ask(create()).await, "key_id"), id(&ask(create()).await, "key_id"));
        let about = |function| Asked::of(function, "acme").path("key_id", &one);
        ask(about("update_key").seen(1).body(json!({ "title": "Another" }))).await;
        ask(about("disable_key")).await;
        ask(about("enable_key")).await;
        let confirmed = json!({ "auth": "aws4", "origins": ["https://api.example.com"] });
        ask(about("restore_key_version").path("version", "1").seen(4).body(confirmed)).await;
        let make = Asked::of("create_endpoint", "acme").by("POST /v1/sources".to_owned());
        let made = id(&ask(make.body(source(&one))).await, "source_id");
        let endpoint = |function, method: &str| {
            let asked = Asked::of(function, "acme").by(format!("{method} /v1/sources/{{source_id}}"));
            asked.path("source_id", &made)
        };
        ask(endpoint("update_endpoint", "PATCH").seen(1).body(json!({ "title": "Another" }))).await;
        ask(about("replace_key").body(json!({ "with": other }))).await;
        ask(endpoint("delete_endpoint", "DELETE").seen(3)).await;
        let made = Asked::of("create_webhook", "acme").body(inactive_webhook());
        let made = id(&ask(made).await, "webhook_id");
        let webhook = |function| Asked::of(function, "acme").path("webhook_id", &made);
        let active = json!({ "name": "Another", "active": true, "key_id": one });
        ask(webhook("update_webhook").seen(1).body(active)).await;
        ask(webhook("test_webhook")).await;
        self.api.drain_stream().await;
        let list = ask(webhook("list_deliveries")).await;
        let again = webhook("redeliver")
            .by("POST /v1/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver".to_owned());
        ask(again.path("delivery_id", &id(&list["items"][0], "delivery_id"))).await;
        ask(webhook("delete_webhook").seen(2)).await;
        ask(about("delete_key").seen(5)).await;
        ask(about("undelete_key")).await;
    }
}
