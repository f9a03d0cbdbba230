//! What the tokens say, and how others find out whom to believe.

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, jwk::JwkSet};
use keyward_local::sign_in::{TestToken, TokenError};
use keyward_shared::{environment::Environment, permission::Permission};
use serde_json::{Value, json};

use crate::support::{START, Stack};

/// The claims, unchecked.
pub fn claims_of(token: &str) -> Value {
    jsonwebtoken::dangerous::insecure_decode::<Value>(token).unwrap().claims
}

#[tokio::test]
async fn discovery_leads_to_the_keys_that_verify_a_token() {
    let stack = Stack::start().await;
    let configuration = stack.http.get(stack.url("/.well-known/openid-configuration")).send().await.unwrap();
    let configuration: Value = configuration.json().await.unwrap();
    assert_eq!(configuration["issuer"], stack.origin);
    for (member, path) in [
        ("authorization_endpoint", "/oauth2/authorize"),
        ("token_endpoint", "/oauth2/token"),
        ("userinfo_endpoint", "/oauth2/userInfo"),
        ("end_session_endpoint", "/logout"),
    ] {
        assert_eq!(configuration[member], stack.url(path));
    }
    let jwks = stack.http.get(configuration["jwks_uri"].as_str().unwrap()).send().await.unwrap();
    let jwks: JwkSet = jwks.json().await.unwrap();
    let token = stack.user_token("owner@acme.example");
    let kid = jsonwebtoken::decode_header(&token).unwrap().kid.unwrap();
    let key = DecodingKey::from_jwk(jwks.find(&kid).unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_exp = false;
    validation.set_issuer(&[&stack.origin]);
    assert!(decode::<Value>(&token, &key, &validation).is_ok());
}

#[tokio::test]
async fn an_access_token_of_a_person_is_like_cognitos() {
    let stack = Stack::start().await;
    let mut claims = claims_of(&stack.user_token("editor@acme.example"));
    for random in ["jti", "origin_jti", "sub", "username"] {
        assert_eq!(claims[random].take().as_str().unwrap().len(), 36, "{random} is a UUID");
    }
    assert_eq!(
        claims,
        json!({
            "sub": null, "username": null, "jti": null, "origin_jti": null,
            "iss": stack.origin,
            "client_id": "panel",
            "token_use": "access",
            "scope": "openid email keyward/keys:read keyward/streams:read keyward/keys:write keyward/keys:verify keyward/streams:write",
            "auth_time": START, "iat": START, "exp": START + 900,
            "version": 2,
            "account": "acme",
            "self_service_keys": "true",
        })
    );
}

#[tokio::test]
async fn an_access_token_of_the_operator_has_no_account() {
    let stack = Stack::start().await;
    let claims = claims_of(&stack.sign_in.access_token_for_client("operator").unwrap());
    assert_eq!(claims["scope"], "keyward/accounts:operate");
    for claim in ["account", "environment", "self_service_keys", "username", "origin_jti"] {
        assert_eq!(claims.get(claim), None, "{claim}");
    }
}

#[tokio::test]
async fn an_id_token_says_who_it_is_and_grants_nothing() {
    let stack = Stack::start().await;
    let claims = claims_of(&stack.sign_in.test_door_id_token("owner@globex.example").unwrap());
    assert_eq!((&claims["token_use"], &claims["aud"]), (&json!("id"), &json!("panel")));
    assert_eq!(claims["email"], "owner@globex.example");
    for claim in ["scope", "client_id", "account"] {
        assert_eq!(claims.get(claim), None, "{claim}");
    }
}

#[tokio::test]
async fn there_is_no_token_for_a_stranger() {
    let stack = Stack::start().await;
    let user = stack.sign_in.access_token_for_user("nobody@acme.example");
    assert_eq!(user, Err(TokenError::Unknown));
    assert_eq!(stack.sign_in.access_token_for_client("panel"), Err(TokenError::Unknown));
}

#[tokio::test]
async fn the_banner_shows_what_one_signs_in_with() {
    let stack = Stack::start().await;
    let banner = stack.sign_in.banner();
    assert!(banner.len() <= 16, "the rest of the 20 lines is for the program");
    let banner = banner.join("\n");
    assert!(banner.contains("LOCAL") && banner.contains(&stack.origin));
    for email in ["owner@acme.example", "editor@acme.example", "viewer@acme.example", "owner@globex.example"]
    {
        let password = stack.sign_in.test_door_password(email).unwrap();
        assert!(banner.contains(email) && banner.contains(password.expose()));
    }
    assert!(banner.contains("make -s code") && banner.contains("make logins"));
    for id in ["runtime", "runtime-test", "operator"] {
        let secret = stack.sign_in.test_door_client_secret(id).unwrap();
        assert!(banner.contains(id) && banner.contains(secret.expose()));
    }
}

#[tokio::test]
async fn no_token_of_the_test_door_that_is_bad_opens_a_route() {
    let stack = Stack::start().await;
    for (kind, status) in [
        (TestToken::Expired, 401),
        (TestToken::WrongAudience, 401),
        (TestToken::WrongIssuer, 401),
        (TestToken::WrongSignature, 401),
        (TestToken::IdToken, 403),
    ] {
        let token = stack.sign_in.test_token("owner@acme.example", kind).unwrap();
        let response = stack.http.get(stack.url("/v1/keys")).bearer_auth(token).send().await.unwrap();
        assert_eq!(response.status(), status, "{kind:?}");
    }
    assert!(stack.functions.events.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_token_of_the_test_door_has_exactly_what_it_is_given() {
    let stack = Stack::start().await;
    let globex = "globex".parse().unwrap();
    let person = claims_of(&stack.sign_in.access_token_with(&globex, &[Permission::KeysRead]).unwrap());
    assert_eq!((&person["client_id"], &person["account"]), (&json!("panel"), &json!("globex")));
    assert_eq!((&person["scope"], person.get("environment")), (&json!("keyward/keys:read"), None));
    let machine = claims_of(&stack.sign_in.access_token_with(&globex, &[Permission::KeysUse]).unwrap());
    assert_eq!((&machine["client_id"], &machine["environment"]), (&json!("runtime"), &json!("live")));
    let uses = [Permission::KeysUse];
    let test = stack.sign_in.machine_token_with(&globex, Environment::Test, &uses).unwrap();
    assert_eq!(claims_of(&test)["environment"], "test");
}
