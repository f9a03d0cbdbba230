//! What the tokens say, and how others find out whom to believe.

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, jwk::JwkSet};
use keyward_local::sign_in::{NotIssued, TokenError};
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
    let token = stack.sign_in.test_door_id_token("owner@acme.example").unwrap();
    let kid = jsonwebtoken::decode_header(&token).unwrap().kid.unwrap();
    let key = DecodingKey::from_jwk(jwks.find(&kid).unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.set_issuer(&[&stack.origin]);
    assert!(decode::<Value>(&token, &key, &validation).is_ok());
}

#[tokio::test]
async fn an_access_token_of_a_person_is_like_cognitos() {
    let stack = Stack::start().await;
    let mut claims = claims_of(&stack.sign_in.test_door_sign_in_token("editor@acme.example").unwrap());
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
            "scope": "openid email",
            "auth_time": START, "iat": START, "exp": START + 900,
            "version": 2,
        })
    );
}

#[tokio::test]
async fn an_id_token_says_who_it_is_and_grants_nothing() {
    let stack = Stack::start().await;
    let claims = claims_of(&stack.sign_in.test_door_id_token("owner@globex.example").unwrap());
    assert_eq!((&claims["token_use"], &claims["aud"]), (&json!("id"), &json!("panel")));
    assert_eq!(
        (&claims["email"], &claims["custom:account"]),
        (&json!("owner@globex.example"), &json!("globex"))
    );
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
    // Who is known gets one from the token route alone.
    let none = Err(TokenError::NotIssued(NotIssued::Failed));
    assert_eq!(stack.sign_in.access_token_for_user("owner@acme.example"), none);
    assert_eq!(stack.sign_in.access_token_for_client("runtime"), none);
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
