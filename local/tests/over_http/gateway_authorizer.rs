//! Who passes, and what the others are told: always with no function having seen the request.

use keyward_local::test_door::BentToken;
use keyward_shared::permission::{Permission, Role};
use reqwest::Response;
use serde_json::{Value, json};

use crate::support::{START, Stack};

/// How a test makes a good token bad.
type Bend = fn(BentToken<'_>) -> BentToken<'_>;

async fn get_keys(stack: &Stack, token: &str) -> Response {
    stack.http.get(stack.url("/v1/keys")).bearer_auth(token).send().await.unwrap()
}

/// Asserts a refusal in AWS's shape, and that nothing was invoked.
async fn assert_refused(stack: &Stack, response: Response, status: u16, challenge: &str) {
    assert_eq!(response.status(), status);
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["www-authenticate"], challenge);
    assert!(response.headers().contains_key("apigw-requestid"));
    let message = if status == 401 { "Unauthorized" } else { "Forbidden" };
    assert_eq!(response.json::<Value>().await.unwrap(), json!({ "message": message }));
    assert!(stack.functions.events.lock().unwrap().is_empty());
}

fn invalid(description: &str) -> String {
    format!(r#"Bearer scope="keyward/keys:read" error="invalid_token" error_description="{description}""#)
}

#[tokio::test]
async fn a_request_without_a_token_is_unauthorized() {
    let stack = Stack::start().await;
    let response = stack.http.get(stack.url("/v1/keys")).send().await.unwrap();
    assert_refused(&stack, response, 401, "Bearer").await;
    let response = get_keys(&stack, "").await;
    assert_refused(&stack, response, 401, "Bearer").await;
    let twice = stack.http.get(stack.url("/v1/keys"));
    let twice = twice.header("Authorization", "Bearer a").header("Authorization", "Bearer b");
    assert_refused(&stack, twice.send().await.unwrap(), 401, "Bearer").await;
}

#[tokio::test]
async fn a_token_that_is_not_good_is_unauthorized() {
    let stack = Stack::start().await;
    let bends: [(&str, Bend); 9] = [
        ("the token has expired", |token| token.expired()),
        ("the token has expired", |token| token.without("exp")),
        ("the token is not valid yet", |token| token.with("nbf", json!(START + 1))),
        ("the token is not valid yet", |token| token.with("iat", json!(START + 1))),
        ("issuer does not match", |token| token.with("iss", json!("https://evil.example"))),
        ("issuer does not match", |token| token.without("iss")),
        ("the token does not have a valid audience", |token| token.for_audience("other")),
        ("the token does not have a valid audience", |token| token.without("aud")),
        // `aud` goes before `client_id`, so a foreign one is not saved by a good `client_id`.
        ("the token does not have a valid audience", |token| {
            token.with("client_id", json!("keyward")).with("aud", json!(["other"]))
        }),
    ];
    for (description, bend) in bends {
        let token = stack.owner();
        let response = get_keys(&stack, &bend(token).sign().unwrap()).await;
        assert_refused(&stack, response, 401, &invalid(description)).await;
    }
}

#[tokio::test]
async fn a_signature_that_is_not_the_issuers_is_unauthorized() {
    let stack = Stack::start().await;
    let token = stack.owner();
    let response = get_keys(&stack, &token.sign_with_a_foreign_key().unwrap()).await;
    assert_refused(&stack, response, 401, &invalid("unable to find a signing key that matches")).await;

    let good = stack.owner().sign().unwrap();
    let other = stack.owner().with("jti", json!("another")).sign().unwrap();
    let (head_and_claims, _) = good.rsplit_once('.').unwrap();
    let (_, signature) = other.rsplit_once('.').unwrap();
    let response = get_keys(&stack, &format!("{head_and_claims}.{signature}")).await;
    assert_refused(&stack, response, 401, &invalid("the signature is invalid")).await;

    let response = get_keys(&stack, "no.token.here").await;
    assert_refused(&stack, response, 401, &invalid("the token is malformed")).await;
}

#[tokio::test]
async fn no_other_algorithm_is_believed() {
    let stack = Stack::start().await;
    let good = stack.owner().sign().unwrap();
    let claims = good.split('.').nth(1).unwrap();
    // {"alg":"HS256","typ":"JWT"}: the attack that signs with the public key as a shared secret.
    let forged = format!("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.{claims}.c2ln");
    let response = get_keys(&stack, &forged).await;
    assert_refused(&stack, response, 401, &invalid("the signing method is invalid")).await;
    // {"alg":"none"}.
    let response = get_keys(&stack, &format!("eyJhbGciOiJub25lIn0.{claims}.")).await;
    assert_refused(&stack, response, 401, &invalid("the token is malformed")).await;
}

#[tokio::test]
async fn a_good_token_without_the_routes_scope_is_forbidden() {
    let stack = Stack::start().await;
    let challenge = |scope: &str| {
        format!(
            r#"Bearer scope="{scope}" error="insufficient_scope" error_description="the token does not have the required scope""#
        )
    };
    let viewer = stack.token_with(Role::Viewer.permissions()).sign().unwrap();
    let create = stack.http.post(stack.url("/v1/keys")).bearer_auth(viewer).send().await.unwrap();
    assert_refused(&stack, create, 403, &challenge("keyward/keys:write")).await;

    let runtime = stack.token_with(&[Permission::KeysUse]).sign().unwrap();
    assert_refused(&stack, get_keys(&stack, &runtime).await, 403, &challenge("keyward/keys:read")).await;

    // The sign-in's own tokens are another issuer's.
    let id = stack.sign_in.test_door_id_token("owner@acme.example").unwrap();
    let unknown = invalid("unable to find a signing key that matches");
    assert_refused(&stack, get_keys(&stack, &id).await, 401, &unknown).await;
}

#[tokio::test]
async fn what_the_functions_check_the_gateway_leaves_to_them() {
    let stack = Stack::start().await;
    let token = stack.owner();
    let token = token.with("token_use", json!("id")).without("account").sign().unwrap();
    assert_eq!(get_keys(&stack, &token).await.status(), 200);
    assert_eq!(stack.functions.only_event().0, "list_keys");
}

#[tokio::test]
async fn the_scheme_of_the_header_is_optional() {
    let stack = Stack::start().await;
    let token = stack.owner().sign().unwrap();
    let request = stack.http.get(stack.url("/v1/keys")).header("Authorization", token);
    assert_eq!(request.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_token_stops_working_when_it_expires() {
    let stack = Stack::start().await;
    let token = stack.token_with(&[Permission::KeysUse]).sign().unwrap();
    let sign = || stack.http.post(stack.url("/v1/keys/key_1/sign")).bearer_auth(&token).send();
    stack.clock.advance_seconds(899);
    assert_eq!(sign().await.unwrap().status(), 200);
    stack.clock.advance_seconds(1);
    assert_eq!(sign().await.unwrap().status(), 401);
}
