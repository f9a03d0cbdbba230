//! Systems that give out tokens (OAuth 2.0 client credentials).

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{HOST, get_orders};
use crate::support::{
    Api, Who,
    keys::Stored,
    outside::{Arrived, Outside},
    uses::{key_of, stack_with, use_of},
};

const LOGIN: &str = "login.example.com";

async fn stack() -> (Api, Outside, Stored) {
    let (api, outside) = stack_with(&[HOST, LOGIN]).await;
    let fields = json!({
        "token_url": "https://login.example.com/token", "client_id": "me", "client_secret": "client-s3cret",
    });
    let key =
        api.store(&key_of("oauth2", "client-credentials", Some("https://api.example.com/v1"), fields)).await;
    (api, outside, key)
}

fn will_give(outside: &Outside, token: &str) {
    let answer = json!({ "access_token": token, "token_type": "Bearer", "expires_in": 3600 });
    outside.will_answer(200, &[("content-type", "application/json")], answer.to_string());
}

/// Where the requests went, and with what.
fn to(arrived: &[Arrived]) -> Vec<(&str, &str)> {
    arrived.iter().map(|request| (request.header("host"), request.header("authorization"))).collect()
}

/// `me:client-s3cret` in base64.
const CLIENT: (&str, &str) = (LOGIN, "Basic bWU6Y2xpZW50LXMzY3JldA==");

#[tokio::test]
async fn one_token_serves_eight_requests_at_once_and_those_that_follow() {
    let (api, outside, key) = stack().await;
    will_give(&outside, "t0ken-one");
    let ask = get_orders();
    let answers = join_all((0..8).map(|_| api.send(&key, &ask))).await;
    for answer in answers {
        let answer = answer.expect(200);
        assert_eq!(answer.json()["status"], 200);
        assert!(!answer.text.contains("t0ken-one"), "{}", answer.text);
    }
    api.send(&key, &ask).await.expect(200);
    let arrived = outside.arrived();
    let mut expected = vec![CLIENT];
    expected.extend([(HOST, "Bearer t0ken-one"); 9]);
    assert_eq!(to(&arrived), expected);
    assert_eq!((arrived[0].method.as_str(), arrived[0].uri.path()), ("POST", "/token"));
    assert_eq!(&arrived[0].body[..], b"grant_type=client_credentials");
    assert_eq!(api.uses().await.len(), 9);
}

#[tokio::test]
async fn a_token_that_is_not_accepted_any_more_is_replaced_once() {
    let (api, outside, key) = stack().await;
    will_give(&outside, "t0ken-one");
    outside.will_answer(401, &[], "expired");
    will_give(&outside, "t0ken-two");
    outside.will_answer(200, &[], "fine");
    let answer = api.send(&key, &get_orders()).await.expect(200).json();
    assert_eq!((&answer["status"], &answer["body"]), (&json!(200), &json!("fine")));
    let (one, two) = ((HOST, "Bearer t0ken-one"), (HOST, "Bearer t0ken-two"));
    assert_eq!(to(&outside.arrived()), [CLIENT, one, CLIENT, two]);
    // The new one is kept. When that is refused too, there is one more, and the answer stands.
    outside.will_answer(401, &[], "no");
    will_give(&outside, "t0ken-three");
    outside.will_answer(401, &[], "still no");
    let answer = api.send(&key, &get_orders()).await.expect(200).json();
    assert_eq!((&answer["status"], &answer["body"]), (&json!(401), &json!("still no")));
    assert_eq!(to(&outside.arrived()), [two, CLIENT, (HOST, "Bearer t0ken-three")]);
    // A use is one use, however often it asks.
    let target = Some("https://api.example.com/v1/orders");
    assert_eq!(api.uses().await, [use_of("send", Some("GET"), target), use_of("send", Some("GET"), target)]);
}

#[tokio::test]
async fn a_refused_client_is_told_and_shows_as_the_keys_health() {
    let (api, outside, key) = stack().await;
    outside.will_answer(401, &[], r#"{"error":"invalid_client","error_description":"canary"}"#);
    let answer = api.send(&key, &get_orders()).await;
    assert_eq!(answer.outcome(), (409, "key-refused".to_owned()));
    assert!(!answer.text.contains("canary") && !answer.text.contains("s3cret"), "{}", answer.text);
    assert_eq!(to(&outside.arrived()), [CLIENT]);
    let view = api.get(Who::Viewer, &key.path).await.expect(200).json();
    assert_eq!(view["health"]["result"], "refused");
    assert_eq!((&view["health"]["entry"], &view["health"]["key_version"]), (&json!("default"), &json!(1)));
    assert!(!view.to_string().contains("canary"));
    // Nothing is kept of a refusal: the next use asks again.
    will_give(&outside, "t0ken");
    api.send(&key, &get_orders()).await.expect(200);
    assert_eq!(to(&outside.arrived()), [CLIENT, (HOST, "Bearer t0ken")]);
}

#[tokio::test]
async fn what_is_not_about_the_credentials_is_not_kept_against_them() {
    let (api, outside, key) = stack().await;
    for (status, body) in [
        (400, r#"{"error":"invalid_scope"}"#),
        (500, "canary"),
        (429, "canary"),
        (200, "<html>canary</html>"),
        (302, ""),
    ] {
        outside.will_answer(status, &[], body);
        let answer = api.send(&key, &get_orders()).await;
        assert_eq!(answer.outcome(), (409, "key-refused".to_owned()), "{status}");
        assert!(!answer.text.contains("canary"), "{}", answer.text);
        assert_eq!(to(&outside.arrived()), [CLIENT], "{status}");
    }
    assert_eq!(api.get(Who::Viewer, &key.path).await.expect(200).json()["health"], Value::Null);
}

#[tokio::test]
async fn no_entry_uses_another_ones_token() {
    let (api, outside) = stack_with(&[HOST, LOGIN]).await;
    let fields = |secret: &str| {
        json!({ "fields": {
            "token_url": "https://login.example.com/token", "client_id": "me", "client_secret": secret,
        } })
    };
    let body = key_of("oauth2", "client-credentials", Some("https://api.example.com/v1"), Value::Null);
    let entries = json!({ "org_1": fields("same"), "org_2": fields("same") });
    let key = api.store(&crate::support::uses::for_organizations(body, entries)).await;
    for (organization, token) in [("org_1", "t0ken-1"), ("org_2", "t0ken-2")] {
        will_give(&outside, token);
        let mut ask = get_orders();
        ask["organization"] = json!(organization);
        api.send(&key, &ask).await.expect(200);
        let expected = format!("Bearer {token}");
        assert_eq!(outside.arrived()[1].header("authorization"), expected);
    }
}

#[tokio::test]
async fn a_signature_takes_its_token_from_the_same_place() {
    let (api, outside, key) = stack().await;
    will_give(&outside, "t0ken-one");
    api.send(&key, &get_orders()).await.expect(200);
    let signed =
        api.post(Who::Runtime, &format!("{}/sign", key.path), &get_orders()).await.expect(200).json();
    assert_eq!(signed["headers"]["authorization"], "Bearer t0ken-one");
    assert_eq!(outside.arrived().len(), 2);
}

#[tokio::test]
async fn a_key_without_a_token_address_is_refused_before_it_is_opened() {
    let (api, outside) = stack_with(&[HOST]).await;
    let fields = json!({ "client_id": "me", "client_secret": "client-s3cret" });
    let key = api.store(&key_of("rebound", "oauth2", Some("https://api.example.com/v1"), fields)).await;
    let before = api.everything().await;
    assert_eq!(api.send(&key, &get_orders()).await.outcome(), (422, "cannot-sign".to_owned()));
    assert_eq!(api.verify(&key).await.outcome(), (422, "cannot-sign".to_owned()));
    let answer = api.post(Who::Runtime, &format!("{}/sign", key.path), &get_orders()).await;
    assert_eq!(answer.outcome(), (422, "cannot-sign".to_owned()));
    assert_eq!(api.everything().await, before);
    assert_eq!(outside.connections(), 0);
}
