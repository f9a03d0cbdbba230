//! `GET /v1/connections/callback/{app_id}`: what a browser can come back with, and what a thief's can.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};

mod dropped;
mod leads;

use super::{Answers, Asking, Case, no_body, no_misuse};
use crate::{
    crashes::{Moment, killing},
    support::{
        TABLE, VAULT, Who,
        connect::{CLIENT_SECRET, HOST, HOSTS, Journey, LOGIN, tokens},
        services::Functions,
        uses::stack_with,
    },
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(303),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::OfNobody,
        deeds: &[],
    }
}

fn scopes() -> Value {
    json!({ "scopes": ["read", "offline_access"] })
}

#[tokio::test]
async fn a_key_is_connected_and_used_without_a_further_request() {
    let (api, outside) = stack_with(&HOSTS).await;
    let app = api.app().await;
    let key = api.key_of_app(&app).await;
    let ask = json!({ "method": "GET", "path": "/orders" });
    assert_eq!(api.send(&key, &ask).await.outcome(), (409, "needs-reconnect".to_owned()));
    let journey = api.begin(&key, &scopes()).await;
    outside.will_answer(200, &[], tokens("acc3ss-canary", Some("refr3sh-canary"), "ann"));
    let (notice, answer) = api.come_back(&journey.with_code("c0de-canary"), Some(&journey.cookie)).await;
    assert_eq!((notice.as_str(), answer.status.as_u16()), ("connected", 303));
    let location = answer.header("location").unwrap();
    assert_eq!(location, format!("/#/connection/connected?key={}&entry=default", key.id));
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));

    // The code goes to the token endpoint, once, with the proof that only this browser has.
    let arrived = outside.arrived();
    assert_eq!(arrived.len(), 1);
    assert_eq!((arrived[0].header("host"), arrived[0].uri.path()), (LOGIN, "/token"));
    let form: Vec<(String, String)> = url::form_urlencoded::parse(&arrived[0].body).into_owned().collect();
    let sent = |name: &str| form.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    assert_eq!((sent("grant_type"), sent("code")), (Some("authorization_code"), Some("c0de-canary")));
    assert_eq!(sent("redirect_uri"), Some(journey.parameter("redirect_uri").as_str()));
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    let verifier = sent("code_verifier").unwrap();
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(keyward_shared::connect::digest(verifier).0);
    assert_eq!(challenge, journey.parameter("code_challenge"));
    let basic = base64::prelude::BASE64_STANDARD.encode(format!("keyward:{CLIENT_SECRET}"));
    assert_eq!(arrived[0].header("authorization"), format!("Basic {basic}"));

    let view = api.get(Who::Viewer, &key.path).await.expect(200);
    let grant = &view.json()["connections"][0]["grant"];
    assert_eq!(
        (&grant["state"], &grant["identity"], &grant["scopes"]),
        (&json!("connected"), &json!("ann"), &json!(["offline_access", "read"]))
    );
    let canaries = ["acc3ss-canary", "refr3sh-canary", "c0de-canary", CLIENT_SECRET, verifier];
    let everything = format!("{} {} {:?}", view.text, answer.text, api.stream_records().await);
    let stored = format!("{:?}{:?}", api.items(TABLE).await, api.items(VAULT).await);
    for canary in canaries {
        assert!(!everything.contains(canary) && !stored.contains(canary), "{canary}");
    }

    // A use carries the access token, and its answer does not.
    outside.will_answer(200, &[], r#"{"echo":"acc3ss-canary"}"#);
    let sent = api.send(&key, &ask).await.expect(200);
    assert!(!sent.text.contains("acc3ss-canary"), "{}", sent.text);
    let used = outside.arrived();
    assert_eq!(
        (used.len(), used[0].header("host"), used[0].header("authorization")),
        (1, HOST, "Bearer acc3ss-canary")
    );
    // Whoever may see plain values gets the access token alone.
    let resolved =
        api.post(Who::Runtime, &format!("{}/resolve", key.path), &json!({ "environment": "live" })).await;
    let resolved = resolved.expect(200);
    assert_eq!(resolved.json()["fields"]["access_token"], "acc3ss-canary");
    assert!(!resolved.text.contains("refr3sh"));
    // The trail has it.
    let trail = api.get(Who::Owner, &format!("{}/audit", key.path)).await.expect(200).json();
    let actions: Vec<_> = trail["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|item| item["change"]["action"].as_str())
        .collect();
    assert_eq!(actions, ["key.connected", "key.created"]);
    let all = api.get(Who::Owner, "/v1/audit?action=key.connected").await.expect(200).json();
    let told = &all["items"][0];
    assert_eq!(
        (all["items"].as_array().unwrap().len(), &told["key_id"], &told["changed"]),
        (1, &json!(key.id), &json!(["connections.default"]))
    );
}

#[tokio::test]
async fn a_connection_is_taken_once_and_in_its_own_browser_only() {
    let (api, outside) = stack_with(&HOSTS).await;
    let app = api.app().await;
    let key = api.key_of_app(&app).await;
    let journey = api.begin(&key, &scopes()).await;
    let other = api.begin(&key, &scopes()).await;
    let path = journey.with_code("c0de");
    // A thief's browser, and one that was begun in another tab: neither has this connection's cookie.
    for cookie in [
        None,
        Some(other.cookie.clone()),
        Some(format!("{}=forged", journey.cookie.split_once('=').unwrap().0)),
    ] {
        assert_eq!(api.come_back(&path, cookie.as_deref()).await.0, "other-browser", "{cookie:?}");
    }
    // A code that was injected into the thief's own journey goes nowhere without their cookie, and nothing was asked.
    assert_eq!(outside.connections(), 0);
    // The right browser still comes back, once.
    outside.will_answer(200, &[], tokens("acc3ss", Some("refr3sh"), "ann"));
    assert_eq!(api.come_back(&path, Some(&journey.cookie)).await.0, "connected");
    assert_eq!(api.come_back(&path, Some(&journey.cookie)).await.0, "expired");
    // The other tab's connection was begun for a version that is gone.
    assert_eq!(api.come_back(&other.with_code("c0de"), Some(&other.cookie)).await.0, "changed");
    assert_eq!(outside.arrived().len(), 1);
}

#[tokio::test]
async fn what_a_provider_can_say_instead_of_a_code_is_told() {
    let (api, outside) = stack_with(&HOSTS).await;
    let app = api.app().await;
    let key = api.key_of_app(&app).await;
    let before = api.get(Who::Owner, &key.path).await.expect(200).json();
    for (query, expected) in [
        ("error=access_denied&error_description=canary", "denied"),
        ("error=invalid_scope", "refused"),
        ("error=server_error", "unclear"),
        ("", "mixed-up"),
        ("code=", "mixed-up"),
        ("code=c0de&iss=https%3A%2F%2Fevil.example.com", "mixed-up"),
    ] {
        let journey = api.begin(&key, &scopes()).await;
        let path = journey.back(&format!("{query}&state={}", journey.parameter("state")));
        let (notice, answer) = api.come_back(&path, Some(&journey.cookie)).await;
        assert_eq!(notice, expected, "{query}");
        assert!(!answer.header("location").unwrap().contains("canary"));
    }
    // Without a state nobody knows what it is about; with a repeated one, neither.
    let journey = api.begin(&key, &scopes()).await;
    assert_eq!(api.come_back(&journey.back("code=c0de"), Some(&journey.cookie)).await.0, "mixed-up");
    let twice = journey.back(&format!("code=a&code=b&state={}", journey.parameter("state")));
    assert_eq!(api.come_back(&twice, Some(&journey.cookie)).await.1.status, 400);
    assert_eq!(outside.connections(), 0);
    assert_eq!(api.get(Who::Owner, &key.path).await.expect(200).json(), before);
}

#[tokio::test]
async fn what_the_token_endpoint_answers_decides_and_nothing_else_is_stored() {
    let (api, outside) = stack_with(&HOSTS).await;
    let app = api.app().await;
    let key = api.key_of_app(&app).await;
    for (status, body, expected) in [
        (400, r#"{"error":"invalid_grant","error_description":"canary"}"#, "refused"),
        (401, r#"{"error":"invalid_client"}"#, "refused"),
        (500, "canary", "unclear"),
        (200, "<html>", "unclear"),
    ] {
        let journey = api.begin(&key, &scopes()).await;
        outside.will_answer(status, &[], body);
        assert_eq!(
            api.come_back(&journey.with_code("c0de"), Some(&journey.cookie)).await.0,
            expected,
            "{body}"
        );
    }
    assert!(api.grant(&key).await.is_none());
    assert_eq!(api.get(Who::Owner, &key.path).await.expect(200).header("etag"), Some("\"1\""));
}

#[tokio::test]
async fn another_apps_address_a_late_return_and_a_lost_right_connect_nothing() {
    let (api, outside) = stack_with(&HOSTS).await;
    let (app, other) = (api.app().await, api.app().await);
    let key = api.key_of_app(&app).await;
    // Mix-up: the answer comes to the address of another app.
    let journey = api.begin(&key, &scopes()).await;
    let elsewhere =
        journey.with_code("c0de").replace(app["app_id"].as_str().unwrap(), other["app_id"].as_str().unwrap());
    assert_eq!(api.come_back(&elsewhere, Some(&journey.cookie)).await.0, "mixed-up");
    // Too late.
    let journey = api.begin(&key, &scopes()).await;
    for mut row in api.items(TABLE).await {
        if row["PK"].as_s().unwrap().starts_with("CONNECTION#") {
            row.insert("expires_at".to_owned(), AttributeValue::S("2026-01-01T00:00:00Z".to_owned()));
            api.put(TABLE, row).await;
        }
    }
    assert_eq!(api.come_back(&journey.with_code("c0de"), Some(&journey.cookie)).await.0, "expired");
    // Whoever began may not any more.
    let journey = api.begin(&key, &scopes()).await;
    let editor = api.stack().sign_in().sub_of("editor@acme.example").unwrap();
    api.patch(Who::Owner, &format!("/v1/members/{editor}"), 0, &json!({ "role": "viewer" }))
        .await
        .expect(200);
    assert_eq!(api.come_back(&journey.with_code("c0de"), Some(&journey.cookie)).await.0, "no-right");
    assert_eq!(outside.connections(), 0);
    assert!(api.grant(&key).await.is_none());
}

#[tokio::test]
async fn another_account_than_before_takes_a_confirmation() {
    let (api, outside) = stack_with(&HOSTS).await;
    let app = api.app().await;
    let key = api.key_of_app(&app).await;
    api.connect(&outside, &key, "acc3ss", Some("refr3sh")).await;
    let journey = api.begin(&key, &scopes()).await;
    outside.will_answer(200, &[], tokens("of-bob", Some("of-bob-2"), "bob"));
    outside.will_answer(200, &[], "");
    assert_eq!(api.come_back(&journey.with_code("c0de"), Some(&journey.cookie)).await.0, "other-identity");
    let identity = async || {
        api.get(Who::Owner, &key.path).await.expect(200).json()["connections"][0]["grant"]["identity"].clone()
    };
    assert_eq!(identity().await, "ann");
    let confirmed = json!({ "scopes": ["read"], "other_identity": true });
    let journey = api.begin(&key, &confirmed).await;
    outside.will_answer(200, &[], tokens("of-bob", Some("of-bob-2"), "bob"));
    assert_eq!(api.come_back(&journey.with_code("c0de"), Some(&journey.cookie)).await.0, "connected");
    assert_eq!(identity().await, "bob");
    // It is one grant of the app, not two.
    assert_eq!(api.get(Who::Owner, "/v1/apps").await.expect(200).json()["items"][0]["grants"], 1);
}

#[tokio::test]
async fn a_key_that_is_led_elsewhere_does_not_take_its_grant_along() {
    let (api, outside) = stack_with(&HOSTS).await;
    let app = api.app().await;
    let key = api.key_of_app(&app).await;
    api.connect(&outside, &key, "acc3ss", Some("refr3sh")).await;
    outside.arrived();
    let moved = json!({ "base_url": "https://login.example.com/v1" });
    api.patch(Who::Owner, &key.path, 2, &moved).await.expect(200);
    let ask = json!({ "method": "GET", "path": "/orders" });
    assert_eq!(api.send(&key, &ask).await.outcome(), (409, "needs-reconnect".to_owned()));
    assert_eq!(
        api.get(Who::Owner, &key.path).await.expect(200).json()["connections"][0]["grant"]["state"],
        "needs-reconnect"
    );
    api.age_grant(&key).await;
    api.refresh(&outside).await;
    assert_eq!(outside.connections(), 1, "only the code was ever asked for");
    // Led back, it is as it was.
    api.patch(Who::Owner, &key.path, 3, &json!({ "base_url": "https://api.example.com/v1" }))
        .await
        .expect(200);
    outside.will_answer(200, &[], tokens("acc3ss-2", Some("refr3sh-2"), "ann"));
    api.age_grant(&key).await;
    assert_eq!(api.refresh(&outside).await["refreshed"], 1);
    api.send(&key, &ask).await.expect(200);
}

/// The event of a browser that comes back. These functions have an address with https.
fn event(journey: &Journey) -> Value {
    let mut event: Value =
        serde_json::from_str(include_str!("../../../../events/finish_connection.json")).expect("an event");
    let path = journey.with_code("c0de");
    let (path, query) = path.split_once('?').unwrap();
    let app = path.rsplit('/').next().unwrap();
    let parameters: serde_json::Map<String, Value> = url::form_urlencoded::parse(query.as_bytes())
        .map(|(name, value)| (name.into_owned(), json!(value)))
        .collect();
    event["rawPath"] = json!(path);
    event["rawQueryString"] = json!(query);
    event["queryStringParameters"] = Value::Object(parameters);
    event["pathParameters"] = json!({ "app_id": app });
    event["requestContext"]["http"]["path"] = json!(path);
    event["cookies"] = json!([format!("__Host-{}", journey.cookie)]);
    event
}

#[tokio::test]
async fn a_return_survives_a_kill_at_every_call() {
    let (api, outside) = stack_with(&HOSTS).await;
    let app = api.app().await;
    outside.will_always(|_| (200, Vec::new(), tokens("acc3ss", Some("refr3sh"), "ann").into_bytes()));
    let mut grants = 0;
    for nth in 1.. {
        for moment in [Moment::Before, Moment::After] {
            let key = api.key_of_app(&app).await;
            let journey = api.begin(&key, &scopes()).await;
            let functions = Functions::behind(&api, outside.upstreams(&HOSTS)).await;
            functions.proxy().plan(killing(nth, moment));
            let event = event(&journey);
            let told = tokio::select! {
                told = functions.respond("finish_connection", &event) => Some(told),
                () = functions.proxy().held() => None,
            };
            if let Some(told) = told {
                assert!(nth > 6, "{told}");
                assert!(
                    told["headers"]["location"].as_str().unwrap().starts_with("/#/connection/connected"),
                    "{told}"
                );
                return;
            }
            drop(functions);
            // The same return again is the first one or comes too late: it is never half of one.
            let again = api.come_back(&journey.with_code("c0de"), Some(&journey.cookie)).await.0;
            assert!(["connected", "expired"].contains(&again.as_str()), "{nth} {moment:?}: {again}");
            let connections = api.get(Who::Owner, &key.path).await.expect(200).json()["connections"].clone();
            match api.grant(&key).await {
                Some(_) => {
                    grants += 1;
                    assert_eq!(connections[0]["grant"]["state"], "connected", "{nth} {moment:?}");
                    api.send(&key, &json!({ "method": "GET", "path": "/orders" })).await.expect(200);
                }
                None => assert_eq!(connections, json!([]), "{nth} {moment:?}"),
            }
            let apps = api.get(Who::Owner, "/v1/apps").await.expect(200).json();
            assert_eq!(apps["items"][0]["grants"], grants, "{nth} {moment:?}");
        }
    }
}
