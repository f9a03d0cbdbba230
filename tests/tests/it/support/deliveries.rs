//! Events on their way to webhooks, and receivers of them.

use aws_sdk_dynamodb::types::AttributeValue;
use keyward_local::upstreams::Upstreams;
use serde_json::{Value, json};

use super::{
    Api, TABLE, Who,
    keys::{Item, Stored, custom_http},
    outside::Outside,
    services::Functions,
    uses::stack_with,
    webhooks::webhook,
};

/// The receiver's host.
pub(crate) const HOST: &str = "api.example.com";
/// The secret that receivers check signatures with: Standard Webhooks' own example.
pub(crate) const SECRET: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A stack with an active webhook, and its receiver. It hears of `order.created` and of changes of keys.
pub(crate) async fn receiver() -> (Api, Outside, Stored) {
    let (api, outside) = stack_with(&[HOST]).await;
    let fields = json!({ "client_id": "c", "client_secret": SECRET, "scheme": "standard-webhooks" });
    let mut key = custom_http("hmac-sha256", fields);
    key["base_url"] = json!("https://api.example.com");
    let key = api.store(&key).await;
    let webhook = api.store_webhook(&webhook(&key.id)).await;
    (api, outside, webhook)
}

impl Api {
    /// Publishes an event as the live machine client, and returns its id.
    pub(crate) async fn publish(&self, event: &Value) -> String {
        let view = self.post(Who::Runtime, "/v1/events", event).await.expect(201).json();
        view["event_id"].as_str().expect("an id").to_owned()
    }

    /// Lets events be planned and sent, as far as they are due.
    pub(crate) async fn deliver(&self) {
        self.drain_stream().await;
        while self.stack().drain_deliveries().await > 0 {}
    }

    /// Lets the time come for which deliveries wait, and lets them be found and tried once.
    pub(crate) async fn let_time_come(&self) {
        let functions = Functions::of(self, Upstreams::default()).await;
        self.let_time_come_watched(&functions).await;
    }

    /// The same with functions of the test's own.
    pub(crate) async fn let_time_come_watched(&self, functions: &Functions) {
        self.make_deliveries_due().await;
        functions.json("find_deliveries", &json!({})).await.expect("an answer");
        self.stack().drain_deliveries().await;
    }

    /// Lets the time come for which deliveries wait.
    pub(crate) async fn make_deliveries_due(&self) {
        for mut row in self.rows_of("DELIVERY#").await {
            if row.contains_key("due_sk") {
                let text = |text: String| AttributeValue::S(text);
                let id = row["SK"].as_s().expect("a text").clone();
                row.insert("due_at".to_owned(), text("2026-01-01T00:00:00Z".to_owned()));
                row.insert("due_sk".to_owned(), text(format!("2026-01-01T00:00:00.000Z#{id}")));
                self.put(TABLE, row).await;
            }
        }
    }

    /// The deliveries of a webhook, the newest event first.
    pub(crate) async fn deliveries(&self, webhook: &Stored) -> Vec<Value> {
        let list = self.get(Who::Viewer, &format!("{}/deliveries", webhook.path)).await.expect(200).json();
        list["items"].as_array().expect("a list").clone()
    }

    /// The only delivery of a webhook.
    pub(crate) async fn delivery(&self, webhook: &Stored) -> Value {
        let all = self.deliveries(webhook).await;
        assert_eq!(all.len(), 1, "{all:?}");
        all[0].clone()
    }

    /// The rows whose partitions have this beginning.
    pub(crate) async fn rows_of(&self, beginning: &str) -> Vec<Item> {
        let is_one = |item: &Item| item["PK"].as_s().is_ok_and(|partition| partition.starts_with(beginning));
        self.items(TABLE).await.into_iter().filter(is_one).collect()
    }
}
