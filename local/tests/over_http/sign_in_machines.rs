//! Machine clients: client credentials.

use serde_json::Value;

use crate::{sign_in_browser::assert_oauth_error, sign_in_tokens::claims_of, support::Stack};

const GRANT: (&str, &str) = ("grant_type", "client_credentials");

fn secret(stack: &Stack, id: &str) -> String {
    stack.sign_in.test_door_client_secret(id).unwrap().expose().to_owned()
}

#[tokio::test]
async fn a_machine_client_gets_all_of_its_scopes() {
    let stack = Stack::start().await;
    let secret = secret(&stack, "runtime-test");
    let request = stack.http.post(stack.url("/oauth2/token")).basic_auth("runtime-test", Some(&secret));
    let tokens: Value = request.form(&[GRANT]).send().await.unwrap().json().await.unwrap();
    assert_eq!((tokens.get("id_token"), tokens.get("refresh_token")), (None, None));
    let claims = claims_of(tokens["access_token"].as_str().unwrap());
    assert_eq!(claims["scope"], "keyward/keys:use keyward/keys:resolve keyward/events:publish");
    assert_eq!((&claims["environment"], &claims["account"]), (&"test".into(), &"acme".into()));
    assert_eq!((&claims["sub"], &claims["client_id"]), (&"runtime-test".into(), &"runtime-test".into()));
}

#[tokio::test]
async fn a_machine_client_can_ask_for_fewer_scopes_but_not_for_more() {
    let stack = Stack::start().await;
    let secret = secret(&stack, "runtime");
    let with = |scope: &'static str| {
        let form = [GRANT, ("client_id", "runtime"), ("client_secret", &secret), ("scope", scope)];
        stack.http.post(stack.url("/oauth2/token")).form(&form).send()
    };
    let tokens: Value = with("keyward/keys:use").await.unwrap().json().await.unwrap();
    assert_eq!(claims_of(tokens["access_token"].as_str().unwrap())["scope"], "keyward/keys:use");
    assert_oauth_error(with("keyward/keys:write").await.unwrap(), 400, "invalid_scope").await;
    assert_oauth_error(with("openid").await.unwrap(), 400, "invalid_scope").await;
}

#[tokio::test]
async fn a_client_that_does_not_show_who_it_is_gets_nothing() {
    let stack = Stack::start().await;
    let runtime = secret(&stack, "runtime");
    for form in [
        vec![GRANT],
        vec![GRANT, ("client_id", "runtime")],
        vec![GRANT, ("client_id", "runtime"), ("client_secret", "wrong")],
        vec![GRANT, ("client_id", "operator"), ("client_secret", &runtime)],
        vec![GRANT, ("client_id", "stranger"), ("client_secret", &runtime)],
        vec![GRANT, ("client_id", "panel"), ("client_secret", &runtime)],
    ] {
        let response = stack.token(&form).await;
        assert!(response.headers().contains_key("www-authenticate"));
        assert_oauth_error(response, 401, "invalid_client").await;
    }
}

#[tokio::test]
async fn each_client_has_its_own_grants() {
    let stack = Stack::start().await;
    let runtime = secret(&stack, "runtime");
    let panel = [GRANT, ("client_id", "panel")];
    assert_oauth_error(stack.token(&panel).await, 400, "unauthorized_client").await;
    let machine = [("grant_type", "refresh_token"), ("client_id", "runtime"), ("client_secret", &runtime)];
    assert_oauth_error(stack.token(&machine).await, 400, "unauthorized_client").await;
    let password = [("grant_type", "password"), ("client_id", "panel")];
    assert_oauth_error(stack.token(&password).await, 400, "unsupported_grant_type").await;
    assert_oauth_error(stack.token(&[("client_id", "panel")]).await, 400, "invalid_request").await;
    assert_oauth_error(stack.token(&[GRANT, GRANT, ("client_id", "panel")]).await, 400, "invalid_request")
        .await;
}
