//! Mail with an OAuth 2.0 token: what the token service is asked for, and what its refusal means.

use serde_json::{Value, json};

use crate::support::{
    Api, Who,
    uses::{key_of, stack_with},
};

fn exchange_online() -> Value {
    let fields = json!({
        "host": "smtp.office365.example", "port": "587", "security": "starttls", "username": "orders@acme.example",
        "token_url": "https://login.example.com/tenant/oauth2/v2.0/token",
        "client_id": "11111111-2222-3333-4444-555555555555", "client_secret": "client-s3cret~Q",
    });
    key_of("email", "xoauth2", None, fields)
}

/// What Entra ID answers (https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes).
const WRONG: &str =
    r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided."}"#;

#[tokio::test]
async fn a_refused_client_is_told_before_any_mail_server_is_asked() {
    let (api, outside) = stack_with(&["login.example.com"]).await;
    let key = api.store(&exchange_online()).await;
    assert!(!key.view.to_string().contains("s3cret"), "{}", key.view);
    outside.will_answer(401, &[("content-type", "application/json")], WRONG);
    let trial = api.verify(&key).await.expect(200).json();
    assert_eq!((&trial["result"], &trial["proof"]), (&json!("refused"), &json!("oauth2-error")), "{trial}");
    let [asked] = <[_; 1]>::try_from(outside.arrived()).expect("one request");
    assert_eq!(asked.uri.path(), "/tenant/oauth2/v2.0/token");
    let form = String::from_utf8_lossy(&asked.body).into_owned();
    for pair in [
        "grant_type=client_credentials",
        "client_id=11111111-2222-3333-4444-555555555555",
        "client_secret=client-s3cret~Q",
        "scope=https%3A%2F%2Foutlook.office365.com%2F.default",
    ] {
        assert!(form.contains(pair), "{form}");
    }
    // With a token, the mail server is next. It is not there.
    let token = r#"{"token_type":"Bearer","expires_in":3599,"access_token":"eyJ0eXAi.t0ken"}"#;
    outside.will_answer(200, &[("content-type", "application/json")], token);
    let trial = api.verify(&key).await.expect(200).json();
    assert_eq!(trial["result"], "unreachable", "{trial}");
    assert!(!api.everything().await.contains("t0ken"));
}

#[tokio::test]
async fn the_token_service_is_bound_to_the_client_secret() {
    let api = Api::start().await;
    let key = api.store(&exchange_online()).await;
    let before = api.everything().await;
    for (field, value) in [("token_url", "https://login.evil.example/token"), ("host", "smtp.evil.example")] {
        let patch = json!({ "entries": { "default": { "fields": { field: value } } } });
        let answer = api.patch(Who::Owner, &key.path, 1, &patch).await;
        assert_eq!(answer.outcome(), (422, "secrets-needed".to_owned()), "{field}");
        assert_eq!(answer.fields(), ["entries.default.fields.client_secret"], "{field}");
    }
    assert_eq!(api.everything().await, before);
}
