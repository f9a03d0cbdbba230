//! What uses keys. Each function has a key of its own, so that each has a data key to unwrap.

use serde_json::{Value, json};

use super::Tour;
use crate::support::{Who, keys::aws4, uses::key_of};

impl Tour {
    async fn ask_machine(
        &mut self,
        key: &str,
        names: &[&str],
        headers: &[(&str, &str)],
        body: &Value,
    ) -> u16 {
        self.ask(Who::Runtime, (key, names, ""), headers, body).await.status.as_u16()
    }

    pub(super) async fn use_keys(&mut self) {
        const SIGN: &str = "POST /v1/keys/{key_id}/sign";
        const SEND: &str = "POST /v1/keys/{key_id}/send";
        let get = json!({ "method": "GET", "path": "/orders" });
        let key = self.store(&aws4()).await;
        assert_eq!(self.ask_machine(SIGN, &[&key], &[], &get).await, 200);
        let key = self.store(&aws4()).await;
        assert_eq!(self.ask_machine(SEND, &[&key], &[], &get).await, 200);
        // Sent once, and its outcome told apart from another's.
        let once = [("idempotency-key", "the-same")];
        assert_eq!(self.ask_machine(SEND, &[&key], &once, &get).await, 200);
        assert_eq!(self.ask_machine(SEND, &[&key], &once, &get).await, 409);
        // A system that refuses the credentials makes the key suspect.
        let fields = json!({
            "token_url": "https://login.example.com/token", "client_id": "me", "client_secret": "s3cret",
        });
        let suspect = key_of("oauth2", "client-credentials", Some("https://api.example.com/v1"), fields);
        for route in [SIGN, SEND] {
            let key = self.store(&suspect).await;
            self.outside.will_answer(
                401,
                &[("content-type", "application/json")],
                r#"{"error":"invalid_client"}"#,
            );
            assert!(self.ask_machine(route, &[&key], &[], &get).await >= 400, "{route}");
        }
        let key = self.store(&aws4()).await;
        let live = json!({ "environment": "live" });
        assert_eq!(self.ask_machine("POST /v1/keys/{key_id}/resolve", &[&key], &[], &live).await, 200);
        let key = self.store(&aws4()).await;
        self.post("POST /v1/keys/{key_id}/verify", &[&key], &Value::Null).await;
        self.post("POST /v1/verifications", &[], &aws4()).await;
        self.get("GET /v1/keys/{key_id}/audit", &[&key]).await;
    }
}
