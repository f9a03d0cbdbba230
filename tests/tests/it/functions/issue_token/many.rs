//! Many machine clients in one account. `make test` makes a few; `KEYWARD_CLIENTS=1000` makes a thousand, and prints how long a token
//! takes.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use super::{CREDENTIALS, ask};
use crate::support::{Api, Who};

#[expect(clippy::disallowed_methods, reason = "how many somebody asks for")]
fn clients() -> usize {
    std::env::var("KEYWARD_CLIENTS").ok().and_then(|number| number.parse().ok()).unwrap_or(12)
}

/// Makes a client that may use test keys, with a secret.
async fn make(api: &Api, id: &str) -> String {
    let path = format!("/v1/operator/clients/{id}");
    let body = json!({
        "account_id": "acme", "environment": "test", "permissions": ["keys:use"], "state": "active",
    });
    api.call(Who::Operator, Method::PUT, &path).json(&body).send().await.expect(201);
    let secret = format!("{path}/secrets");
    let made = api.call(Who::Operator, Method::POST, &secret).json(&json!({})).send().await.expect(201);
    made.json()["client_secret"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn as_many_clients_as_there_are_get_tokens_and_no_stack_changes_for_them() {
    let api = Api::start().await;
    let mut took: Vec<Duration> = Vec::new();
    for number in 0..clients() {
        let id = format!("machine-{number}");
        let secret = make(&api, &id).await;
        let began = Instant::now();
        let answer = ask(&api, &[CREDENTIALS], Some((&id, &secret))).await.expect(200);
        took.push(began.elapsed());
        assert_eq!(answer.json()["scope"], "keyward/keys:use");
        // The token of each is for its own client.
        let token = answer.json()["access_token"].as_str().unwrap().to_owned();
        let answer = api.call_with(&token, Method::GET, "/v1/keys").send().await;
        assert_eq!(answer.outcome(), (403, String::new()), "{id}");
    }
    took.sort_unstable();
    let (half, most) = (took[took.len() / 2], took[took.len() - 1]);
    if clients() > 100 {
        println!("{} clients: a token takes {half:?} in the middle, {most:?} at most", clients());
    }
    let last = api.get(Who::Operator, &format!("/v1/operator/clients/machine-{}", clients() - 1)).await;
    assert_ne!(last.expect(200).json()["secrets"][0]["last_used_at"], Value::Null);
}
