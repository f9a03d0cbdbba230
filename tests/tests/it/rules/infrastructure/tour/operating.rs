//! What the operator does, and what owners do with their account.

use keyward_functions::system::SystemRandom;
use keyward_shared::membership::client_secret::ClientSecret;
use reqwest::Method;
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
        self.take_turns_with_secrets().await;
        self.ask(operator, (delete, names, ""), &seen("\"4\""), &Value::Null).await.expect(204);
        self.get_tokens().await;
        self.make_accounts().await;
        self.get("GET /v1/account", &[]).await;
        self.get("GET /v1/members", &[]).await;
        let bob = json!({ "email": "bob@acme.example", "role": "editor" });
        for _ in 0..2 {
            self.post("POST /v1/members", &[], &bob).await;
        }
        let id_token = self.api.stack().sign_in().test_door_id_token("bob@acme.example").unwrap();
        let exchange = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:id_token"),
            ("subject_token", id_token.as_str()),
        ];
        self.api.call(Who::Nobody, Method::POST, "/v1/token").form(&exchange).send().await.expect(200);
        self.get("GET /v1/members", &[]).await;
        let ann = json!({ "email": "ann@acme.example", "role": "owner" });
        let ann = id(&self.post("POST /v1/members", &[], &ann).await, "member_id");
        for deed in ["resend-invitation", "reset-second-factor"] {
            let key = format!("POST /v1/members/{{member_id}}/{deed}");
            self.ask(Who::Owner, (&key, &[&ann], ""), &[], &Value::Null).await.expect(204);
        }
        self.ask(Who::Viewer, ("POST /v1/sign-out", &[], ""), &[], &Value::Null).await.expect(204);
        let member = "PATCH /v1/members/{member_id}";
        self.patch(member, &ann, 3, &json!({ "role": "viewer" })).await;
        self.patch(member, &ann, 4, &json!({ "role": "owner" })).await;
        self.delete("DELETE /v1/members/{member_id}", &ann, 5).await.expect(204);
        let removed = ("GET /v1/members", &[][..], "?state=removed");
        self.ask(Who::Owner, removed, &[], &Value::Null).await.expect(200);
        let seen = [("if-match", "\"1\"")];
        let patch = json!({ "title": "Acme plc" });
        self.ask(Who::Owner, ("PATCH /v1/account", &[], ""), &seen, &patch).await.expect(200);
    }

    /// A secret that is made, shown as one that was never used, and taken away.
    async fn take_turns_with_secrets(&mut self) {
        let (post, delete) = (
            "POST /v1/operator/clients/{client_id}/secrets",
            "DELETE /v1/operator/clients/{client_id}/secrets/{secret_id}",
        );
        let made =
            self.ask(Who::Operator, (post, &["reports"], ""), &[], &json!({})).await.expect(201).json();
        let names = ["reports", made["secret_id"].as_str().unwrap()];
        self.ask(Who::Operator, (CLIENT[0], &names[..1], ""), &[], &Value::Null).await.expect(200);
        self.ask(Who::Operator, (delete, &names, ""), &[], &Value::Null).await.expect(204);
    }

    /// A token for a wrong secret, for the right one, and for a sign-in; and the keys that check them.
    async fn get_tokens(&mut self) {
        let sign_in = self.api.stack().sign_in();
        let right = sign_in.test_door_client_secret("runtime").unwrap();
        let id_token = sign_in.test_door_id_token("owner@acme.example").unwrap();
        let wrong = ClientSecret::generate(&SystemRandom);
        let machine = |secret| {
            vec![("grant_type", "client_credentials"), ("client_id", "runtime"), ("client_secret", secret)]
        };
        let person = vec![
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:id_token"),
            ("subject_token", id_token.as_str()),
        ];
        for (form, status) in [(machine(wrong.expose()), 401), (machine(right.expose()), 200), (person, 200)]
        {
            self.api.call(Who::Nobody, Method::POST, "/v1/token").form(&form).send().await.expect(status);
        }
        self.routes.insert("POST /v1/token".to_owned());
        for document in ["openid-configuration", "jwks.json"] {
            self.get(&format!("GET /v1/.well-known/{document}"), &[]).await;
        }
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
