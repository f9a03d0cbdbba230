//! `POST /v1/token`.

mod many;
mod rows;

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use keyward_functions::system::{SystemClock, SystemRandom};
use keyward_local::upstreams::Upstreams;
use keyward_shared::{
    membership::client_secret::{ClientSecret, KeptSecret},
    moment::Clock,
    token::TokenIssuer,
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Answers, Asking, Case, no_body, no_misuse};
use crate::support::{
    Answer, Api, TABLE, Who, invariants::every_item, keys::Item, processes::sample, services::Functions,
};

pub(super) fn case() -> Case {
    Case {
        // The sample shows no secret of anybody.
        event: Answers::Status(401),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::OfNobody,
        deeds: &[],
    }
}

const PATH: &str = "/v1/token";
const CREDENTIALS: (&str, &str) = ("grant_type", "client_credentials");
const EXCHANGE: (&str, &str) = ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange");
const OF_ID_TOKEN: (&str, &str) = ("subject_token_type", "urn:ietf:params:oauth:token-type:id_token");

pub(super) fn secret(api: &Api, client: &str) -> String {
    api.stack().sign_in().test_door_client_secret(client).unwrap().expose().to_owned()
}

async fn ask(api: &Api, form: &[(&str, &str)], basic: Option<(&str, &str)>) -> Answer {
    let mut call = api.call(Who::Nobody, Method::POST, PATH).form(form);
    if let Some((client, secret)) = basic {
        call = call.basic(client, secret);
    }
    call.send().await
}

/// A token of a machine client, with all of its scopes.
pub(super) async fn machine_token(api: &Api, client: &str) -> String {
    let answer = ask(api, &[CREDENTIALS], Some((client, &secret(api, client)))).await.expect(200);
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

/// What a token says, checked as everybody can check it.
async fn claims(api: &Api, token: &str) -> BTreeMap<String, String> {
    let keys = api.get(Who::Nobody, "/v1/.well-known/jwks.json").await.expect(200).text;
    let issuer = TokenIssuer::new(format!("{}/v1", api.stack().origin()), &keys).unwrap();
    issuer.verify(token, SystemClock.now()).unwrap().claims.values
}

fn refused(answer: &Answer) -> (u16, String) {
    assert!(answer.code().is_empty(), "{}", answer.text);
    let body = answer.json();
    // The members of RFC 6749 §5.2 and no others.
    assert_eq!(body.as_object().unwrap().len(), 2, "{body}");
    assert!(body["error_description"].is_string());
    (answer.status.as_u16(), body["error"].as_str().unwrap().to_owned())
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn row(client: &str) -> Item {
    Item::from([("PK".to_owned(), text(&format!("CLIENT#{client}"))), ("SK".to_owned(), text("CLIENT"))])
}

/// Puts these secrets into a client's row.
async fn keep(api: &Api, client: &str, secrets: &[KeptSecret]) {
    let kept = secrets.iter().map(|kept| {
        let mut members = Item::from([
            ("id".to_owned(), text(&kept.id.to_string())),
            ("sha256".to_owned(), text(&kept.hash.to_hex())),
            ("created_at".to_owned(), text(&kept.created.to_string())),
        ]);
        members.extend(kept.ends.map(|ends| ("ends_at".to_owned(), text(&ends.to_string()))));
        AttributeValue::M(members)
    });
    let list = AttributeValue::L(kept.collect());
    api.set(TABLE, row(client), Item::from([("secrets".to_owned(), list)])).await;
}

#[tokio::test]
async fn a_machine_gets_a_token_by_the_header_and_by_the_form() {
    let api = Api::start().await;
    let secret = secret(&api, "runtime");
    let form = [CREDENTIALS, ("client_id", "runtime"), ("client_secret", &secret)];
    for answer in [
        ask(&api, &[CREDENTIALS], Some(("runtime", &secret))).await,
        ask(&api, &[CREDENTIALS, ("client_id", "runtime")], Some(("runtime", &secret))).await,
        ask(&api, &form, None).await,
        // An unknown parameter and one without a value are ignored (RFC 6749 §3.2).
        ask(&api, &[&form[..], &[("colour", "red"), ("scope", "")]].concat(), None).await,
    ] {
        let answer = answer.expect(200);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let body = answer.json();
        assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(900)));
        assert_eq!(body["scope"], "keyward/keys:use keyward/keys:resolve keyward/events:publish");
        assert!(body.get("issued_token_type").is_none());
        let claims = claims(&api, body["access_token"].as_str().unwrap()).await;
        for (name, value) in [
            ("aud", "keyward"),
            ("sub", "runtime"),
            ("client_id", "runtime"),
            ("account", "acme"),
            ("environment", "live"),
            ("token_use", "access"),
        ] {
            assert_eq!(claims[name], value, "{name}");
        }
    }
    let operator = claims(&api, &machine_token(&api, "operator").await).await;
    assert_eq!(operator["scope"], "keyward/accounts:operate");
    assert!(!operator.contains_key("account"));
}

#[tokio::test]
async fn somebody_who_signed_in_exchanges_the_id_token() {
    let api = Api::start().await;
    let sign_in = api.stack().sign_in();
    for (email, account) in [("owner@acme.example", "acme"), ("owner@globex.example", "globex")] {
        let id_token = sign_in.test_door_id_token(email).unwrap();
        let answer =
            ask(&api, &[EXCHANGE, OF_ID_TOKEN, ("subject_token", &id_token)], None).await.expect(200);
        let body = answer.json();
        // RFC 8693 §2.2.1.
        assert_eq!(body["issued_token_type"], "urn:ietf:params:oauth:token-type:access_token");
        let claims = claims(&api, body["access_token"].as_str().unwrap()).await;
        assert_eq!((claims["account"].as_str(), claims["client_id"].as_str()), (account, "panel"));
        assert_eq!(claims["sub"], sign_in.sub_of(email).unwrap());
        assert!(claims["scope"].contains("keyward/account:admin") && claims.contains_key("auth_time"));
    }
}

#[tokio::test]
async fn every_other_token_is_no_proof_of_a_sign_in() {
    let api = Api::start().await;
    let (sign_in, owner) = (api.stack().sign_in(), "owner@acme.example");
    let id = || sign_in.test_door_bent_id_token(owner).unwrap();
    let before = api.everything().await;
    for (what, token) in [
        ("an access token of the sign-in", sign_in.test_door_sign_in_token(owner).unwrap()),
        ("a person's of Keyward itself", sign_in.access_token_for_user(owner).unwrap()),
        ("a machine's of Keyward itself", machine_token(&api, "runtime").await),
        ("of another use", id().with("token_use", json!("access")).sign().unwrap()),
        ("expired", id().expired().sign().unwrap()),
        ("of another client", id().with("aud", json!("runtime")).sign().unwrap()),
        ("of no client", id().without("aud").sign().unwrap()),
        ("of another issuer", id().with("iss", json!("https://x.example")).sign().unwrap()),
        ("of another key", id().sign_with_a_foreign_key().unwrap()),
        (
            "with another's signature",
            with_another_signature(&id().sign().unwrap(), &id().with("jti", json!("x")).sign().unwrap()),
        ),
        ("no token", "a.b.c".to_owned()),
    ] {
        let answer = ask(&api, &[EXCHANGE, OF_ID_TOKEN, ("subject_token", &token)], None).await;
        assert_eq!(refused(&answer), (400, "invalid_request".to_owned()), "{what}");
        assert!(!answer.text.contains(&token), "{what}");
    }
    assert_eq!(api.everything().await, before);
}

/// The token with the signature of the other.
fn with_another_signature(token: &str, other: &str) -> String {
    let (signed, _) = token.rsplit_once('.').unwrap();
    let (_, signature) = other.rsplit_once('.').unwrap();
    format!("{signed}.{signature}")
}

#[tokio::test]
async fn what_is_no_request_for_a_token_is_refused_in_the_words_of_oauth() {
    let api = Api::start().await;
    let secret = secret(&api, "runtime");
    let id_token = api.stack().sign_in().test_door_id_token("owner@acme.example").unwrap();
    let subject = ("subject_token", id_token.as_str());
    let (client, own) = (("client_id", "runtime"), ("client_secret", secret.as_str()));
    let basic = Some(("runtime", secret.as_str()));
    let invalid = (400, "invalid_request");
    for (what, form, basic, expected) in [
        ("nothing", vec![], None, invalid),
        ("no grant", vec![client, own], None, invalid),
        ("a grant without a value", vec![("grant_type", ""), client, own], None, invalid),
        ("a grant twice", vec![CREDENTIALS, CREDENTIALS, client, own], None, invalid),
        (
            "another grant",
            vec![("grant_type", "password"), client, own],
            None,
            (400, "unsupported_grant_type"),
        ),
        ("a refresh", vec![("grant_type", "refresh_token")], None, (400, "unsupported_grant_type")),
        ("no client", vec![CREDENTIALS], None, (401, "invalid_client")),
        ("no secret", vec![CREDENTIALS, client], None, (401, "invalid_client")),
        ("no id", vec![CREDENTIALS, own], None, (401, "invalid_client")),
        ("the secret twice", vec![CREDENTIALS, client, own], basic, invalid),
        ("two clients", vec![CREDENTIALS, ("client_id", "runtime-test")], basic, invalid),
        (
            "a scope that is not granted",
            vec![CREDENTIALS, ("scope", "keyward/keys:write")],
            basic,
            (400, "invalid_scope"),
        ),
        ("no subject", vec![EXCHANGE, OF_ID_TOKEN], None, invalid),
        ("no kind of subject", vec![EXCHANGE, subject], None, invalid),
        (
            "another kind of subject",
            vec![EXCHANGE, subject, ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token")],
            None,
            invalid,
        ),
        (
            "another kind of token",
            vec![
                EXCHANGE,
                subject,
                OF_ID_TOKEN,
                ("requested_token_type", "urn:ietf:params:oauth:token-type:refresh_token"),
            ],
            None,
            invalid,
        ),
        ("an actor", vec![EXCHANGE, subject, OF_ID_TOKEN, ("actor_token", "x")], None, invalid),
        ("a person with a client's secret", vec![EXCHANGE, subject, OF_ID_TOKEN], basic, invalid),
        (
            "another audience",
            vec![EXCHANGE, subject, OF_ID_TOKEN, ("audience", "x")],
            None,
            (400, "invalid_target"),
        ),
    ] {
        let answer = ask(&api, &form, basic).await;
        assert_eq!(refused(&answer), (expected.0, expected.1.to_owned()), "{what}");
        assert_eq!(
            answer.header("www-authenticate"),
            (expected.0 == 401).then_some("Basic realm=\"keyward\"")
        );
        assert!(!answer.text.contains(&secret) && !answer.text.contains(&id_token), "{what}");
    }
    let large = "x".repeat(20_000);
    assert_eq!(
        ask(&api, &[CREDENTIALS, ("scope", &large)], basic).await.outcome(),
        (413, "too-large".to_owned())
    );
    let bearer = api.call_with("a.b.c", Method::POST, PATH).form(&[CREDENTIALS]).send().await;
    assert_eq!(refused(&bearer), (401, "invalid_client".to_owned()));
}

#[tokio::test]
async fn a_wrong_secret_and_a_client_that_is_not_there_are_answered_alike() {
    let api = Api::start().await;
    let (right, other) = (secret(&api, "runtime"), ClientSecret::generate(&SystemRandom));
    let wrong = ask(&api, &[CREDENTIALS], Some(("runtime", other.expose()))).await;
    for (client, secret) in [
        ("nobody", right.as_str()),
        ("runtime-test", &right),
        ("panel", &right),
        ("a#b", &right),
        ("runtime", &right[1..]),
        ("runtime", "hunter2"),
        ("runtime", ""),
    ] {
        let answer = ask(&api, &[CREDENTIALS], Some((client, secret))).await;
        assert_eq!(refused(&answer), (401, "invalid_client".to_owned()), "{client}");
        assert_eq!(answer.text, wrong.text, "{client}");
    }
}

#[tokio::test]
async fn whoever_guesses_waits_and_nobody_else_does() {
    let api = Api::start().await;
    let (right, other) = (secret(&api, "runtime"), ClientSecret::generate(&SystemRandom));
    for _ in 0..10 {
        let wrong = ask(&api, &[CREDENTIALS], Some(("runtime", other.expose()))).await;
        assert_eq!(refused(&wrong), (401, "invalid_client".to_owned()));
    }
    let waits = ask(&api, &[CREDENTIALS], Some(("runtime", &right))).await;
    assert_eq!(refused(&waits), (429, "invalid_client".to_owned()));
    assert_eq!(waits.header("retry-after"), Some("900"));
    // Another client from the same address, and the same client from another one.
    machine_token(&api, "runtime-test").await;
    let functions = Functions::behind(&api, Upstreams::default()).await;
    let mut event = sample("issue_token");
    let form = format!("grant_type=client_credentials&client_id=runtime&client_secret={right}");
    event["headers"].as_object_mut().unwrap().remove("authorization");
    event["body"] = json!(form);
    event["isBase64Encoded"] = json!(false);
    event["requestContext"]["http"]["sourceIp"] = json!("203.0.113.8");
    assert_eq!(functions.respond("issue_token", &event).await["statusCode"], 200);
    event["requestContext"]["http"]["sourceIp"] = json!("127.0.0.1");
    assert_eq!(functions.respond("issue_token", &event).await["statusCode"], 429);
}

#[tokio::test]
async fn a_secret_is_replaced_without_a_call_that_fails() {
    let api = Api::start().await;
    let make = |ends| KeptSecret::make(&SystemClock, &SystemRandom, ends);
    let ((old, kept_old), (new, kept_new)) = (make(None), make(None));
    let status = async |secret: &ClientSecret| {
        ask(&api, &[CREDENTIALS], Some(("runtime", secret.expose()))).await.status.as_u16()
    };
    keep(&api, "runtime", std::slice::from_ref(&kept_old)).await;
    assert_eq!((status(&old).await, status(&new).await), (200, 401));
    keep(&api, "runtime", &[kept_old.clone(), kept_new.clone()]).await;
    assert_eq!((status(&old).await, status(&new).await), (200, 200));
    // The old one ends.
    let ended = KeptSecret { ends: Some(SystemClock.now()), ..kept_old };
    keep(&api, "runtime", &[ended, kept_new.clone()]).await;
    assert_eq!((status(&old).await, status(&new).await), (401, 200));
    keep(&api, "runtime", &[kept_new]).await;
    assert_eq!((status(&old).await, status(&new).await), (401, 200));
    // What is noted of each use names the secret and not the time alone.
    let all = every_item(&api.dynamodb(), TABLE).await;
    let uses = all.iter().filter(|item| item["PK"].as_s().is_ok_and(|key| key == "CLIENTUSE#runtime"));
    assert_eq!(uses.count(), 2);
}

#[tokio::test]
async fn a_client_or_an_account_that_is_suspended_gets_no_token() {
    let api = Api::start().await;
    let secret = secret(&api, "runtime");
    let suspended = || Item::from([("state".to_owned(), text("suspended"))]);
    let ask = async || ask(&api, &[CREDENTIALS], Some(("runtime", &secret))).await;
    api.set(TABLE, row("runtime"), suspended()).await;
    assert_eq!(refused(&ask().await), (400, "unauthorized_client".to_owned()));
    api.set(TABLE, row("runtime"), Item::from([("state".to_owned(), text("active"))])).await;
    ask().await.expect(200);
    api.set_settings("acme", suspended()).await;
    assert_eq!(refused(&ask().await), (400, "unauthorized_client".to_owned()));
    // Somebody of the account gets a token that says who they are, and nothing of what they may.
    let id_token = api.stack().sign_in().test_door_id_token("owner@acme.example").unwrap();
    let call = api.call(Who::Nobody, Method::POST, PATH);
    let answer = call.form(&[EXCHANGE, OF_ID_TOKEN, ("subject_token", &id_token)]).send().await.expect(200);
    assert_eq!(answer.json()["scope"], "");
    // A damaged row is no client.
    api.set(TABLE, row("runtime"), Item::from([("environment".to_owned(), text("moon"))])).await;
    assert_eq!(refused(&ask().await), (401, "invalid_client".to_owned()));
}

#[tokio::test]
async fn while_a_service_does_not_answer_there_is_no_token_and_a_problem_says_so() {
    let api = Api::start().await;
    let functions = Functions::behind(&api, Upstreams::default()).await;
    let mut event = sample("issue_token");
    event["headers"].as_object_mut().unwrap().remove("authorization");
    let right = secret(&api, "runtime");
    event["body"] = json!(format!("grant_type=client_credentials&client_id=runtime&client_secret={right}"));
    event["isBase64Encoded"] = json!(false);
    for operation in ["GetItem", "Sign"] {
        functions.fail(Some(operation));
        let answer = functions.respond("issue_token", &event).await;
        let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        assert_eq!(
            (&answer["statusCode"], &body["type"]),
            (&json!(503), &json!("urn:keyward:problem:unavailable"))
        );
        assert!(!answer.to_string().contains(&right));
    }
    // The note of the last use is worth no refusal.
    functions.fail(Some("UpdateItem"));
    assert_eq!(functions.respond("issue_token", &event).await["statusCode"], 200);
    functions.fail(None);
    assert_eq!(functions.respond("issue_token", &event).await["statusCode"], 200);
}
