//! Events on their way to webhooks.

use keyward_local::stack::connection;
use serde_json::{Value, json};

use super::{HOSTS, Tour, id};
use crate::{
    functions::publish_event::order,
    support::{Who, keys::custom_http, services::Functions, uses::key_of, webhooks::webhook},
};

impl Tour {
    pub(super) async fn send_events(&mut self) {
        const REDELIVER: &str = "POST /v1/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver";
        let key = self.store(&custom_http("token", json!({ "value": "v" }))).await;
        let hook = id(&self.post("POST /v1/webhooks", &[], &webhook(&key)).await, "webhook_id");
        let mut event = Value::Null;
        // A failure, which is noted, and then a success, which forgets it.
        self.outside.will_answer(500, &[], "");
        for _ in 0..2 {
            let once = [("idempotency-key", "an-event")];
            let publish = ("POST /v1/events", &[][..], "");
            event = self.ask(Who::Runtime, publish, &once, &order()).await.expect(201).json();
        }
        self.ask(Who::Runtime, ("POST /v1/events", &[], ""), &[], &order()).await.expect(201);
        self.api.deliver().await;
        self.get("GET /v1/events/{event_id}", &[&id(&event, "event_id")]).await;
        self.post("POST /v1/webhooks/{webhook_id}/test", &[&hook], &Value::Null).await;
        let list = self.get("GET /v1/webhooks/{webhook_id}/deliveries", &[&hook]).await;
        self.post(REDELIVER, &[&hook, &id(&list["items"][0], "delivery_id")], &Value::Null).await;
        self.api.deliver().await;
        // A credential that its system refuses makes deliveries wait.
        let fields = json!({
            "token_url": "https://login.example.com/token", "client_id": "me", "client_secret": "s3cret",
        });
        let suspect = key_of("oauth2", "client-credentials", Some("https://api.example.com/v1"), fields);
        let suspect = self.store(&suspect).await;
        let hook = id(&self.post("POST /v1/webhooks", &[], &webhook(&suspect)).await, "webhook_id");
        let json = [("content-type", "application/json")];
        for _ in 0..2 {
            self.outside.will_answer(401, &json, r#"{"error":"invalid_client"}"#);
            self.post("POST /v1/webhooks/{webhook_id}/test", &[&hook], &Value::Null).await;
            self.api.deliver().await;
        }
        let behind = connection(self.api.stack().embedded());
        let upstreams = self.outside.upstreams(&HOSTS);
        let functions = Functions::watched(&behind, upstreams, self.recorder.clone()).await;
        // What waits is looked at after minutes, so the first look finds nothing, and tells of nothing.
        functions.json("find_deliveries", &json!({})).await.expect("an answer");
        self.post("POST /v1/webhooks/{webhook_id}/redeliver", &[&hook], &json!({ "state": "parked" })).await;
        self.api.let_time_come_watched(&functions).await;
    }
}
