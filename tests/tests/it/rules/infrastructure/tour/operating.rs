//! What the operator does, and what owners do with their account.

use serde_json::{Value, json};

use super::{Tour, id};
use crate::support::Who;

const CLIENT: [&str; 3] = [
    "GET /v1/operator/clients/{client_id}",
    "PUT /v1/operator/clients/{client_id}",
    "DELETE /v1/operator/clients/{client_id}",
];

impl Tour {
    pub(super) async fn operate(&mut self) {
        let [get, put, delete] = CLIENT;
        let names = &["reports"][..];
        let client = |permission: &str| {
            json!({
                "account_id": "acme", "environment": "live", "permissions": [permission], "state": "active",
            })
        };
        let seen = |version| [("if-match", version)];
        let operator = Who::Operator;
        self.ask(operator, (put, names, ""), &[], &client("keys:use")).await.expect(201);
        self.ask(operator, (get, names, ""), &[], &Value::Null).await.expect(200);
        self.ask(operator, (put, names, ""), &seen("\"1\""), &client("keys:read")).await.expect(200);
        self.ask(operator, (delete, names, ""), &seen("\"2\""), &Value::Null).await.expect(204);
        self.make_accounts().await;
        self.get("GET /v1/account", &[]).await;
        self.get("GET /v1/members", &[]).await;
        let bob = json!({ "email": "bob@acme.example", "role": "editor" });
        for _ in 0..2 {
            self.post("POST /v1/members", &[], &bob).await;
        }
        let ann = json!({ "email": "ann@acme.example", "role": "owner" });
        let ann = id(&self.post("POST /v1/members", &[], &ann).await, "member_id");
        let member = "PATCH /v1/members/{member_id}";
        self.patch(member, &ann, 1, &json!({ "role": "viewer" })).await;
        self.patch(member, &ann, 2, &json!({ "role": "owner" })).await;
        self.delete("DELETE /v1/members/{member_id}", &ann, 3).await.expect(204);
        let seen = [("if-match", "\"1\"")];
        let patch = json!({ "title": "Acme plc" });
        self.ask(Who::Owner, ("PATCH /v1/account", &[], ""), &seen, &patch).await.expect(200);
    }

    /// One that is new to the sign-in, once more, and changed; and one whose first owner another account has.
    async fn make_accounts(&mut self) {
        let [get, put] = ["GET /v1/operator/accounts/{account_id}", "PUT /v1/operator/accounts/{account_id}"];
        let account = |email: &str, state: &str| {
            json!({
                "title": "Initech", "first_owner": { "email": email }, "self_service_keys": true,
                "allowed_origins": ["https://erp.initech.example:8443"], "state": state,
            })
        };
        let (initech, ann, operator) = (&["initech"][..], "ann@initech.example", Who::Operator);
        self.ask(operator, (put, initech, ""), &[], &account(ann, "active")).await.expect(201);
        self.ask(operator, (get, initech, ""), &[], &Value::Null).await.expect(200);
        let seen = [("if-match", "\"1\"")];
        self.ask(operator, (put, initech, ""), &seen, &account(ann, "suspended")).await.expect(200);
        self.ask(operator, (put, &["initrode"], ""), &[], &account(ann, "active")).await.expect(409);
    }
}
