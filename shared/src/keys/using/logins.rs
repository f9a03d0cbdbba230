//! What a login gives beside its token: the server that requests go to, and further cookies. The template is
//! `testdata/systems/acme.toml`.

use super::{
    AskedTarget, TrialAsk,
    parts::{TEST, ask, path, sent, signed},
    verify,
};
use crate::{
    error::Error,
    fakes::{Counting, now},
    keys::{
        fakes::{World, caller, moment, world_with},
        health::TrialResult,
        key::Key,
    },
    permission::Permission,
};

const FILES: &str = "https://files-test.acme.example";

/// A world with a key whose login is answered so.
fn named(server: &str) -> (World, Key) {
    let random = Counting::default();
    let (world, key) = world_with(&random, "acme", "server", &TEST);
    world.will_let_in(&[], &format!(r#"{{"Token":"t0ken-of-a-login","TTL":1800,"Server":{server}}}"#));
    (world, key)
}

#[test]
fn a_path_goes_to_the_server_that_the_login_names_and_an_address_where_it_says() {
    for server in [FILES, "https://FILES-test.acme.example/", "https://files-test.acme.example:443"] {
        let (world, key) = named(&format!("\"{server}\""));
        let outcome = signed(&world, &key, ask(path("orders?x=1"), &[])).ok().unwrap();
        assert_eq!(outcome.signed.url(), format!("{FILES}/orders?x=1"));
        assert_eq!(outcome.signed.header("authorization"), Some("t0ken-of-a-login"));
        let whole = AskedTarget::Url("https://api-test.acme.example/v1".to_owned());
        let outcome = signed(&world, &key, ask(whole, &[])).ok().unwrap();
        assert_eq!(outcome.signed.url(), "https://api-test.acme.example/v1");

        world.will_answer(200, &[], "it has t0ken-of-a-login in it");
        let answer = sent(&world, &key, ask(path("orders"), &[])).ok().unwrap();
        assert_eq!(answer.incoming.body, b"it has [removed] in it");
        assert!(world.sent()[0].starts_with("GET /orders\n"), "{:?}", world.sent());
    }
    let (world, key) = named("\"https://api-test.acme.example\"");
    let outcome = signed(&world, &key, ask(path("orders"), &[])).ok().unwrap();
    assert_eq!(outcome.signed.url(), "https://api-test.acme.example/orders");
}

#[test]
fn nothing_is_sent_to_a_server_that_the_template_does_not_name() {
    for server in [
        "https://evil.example",
        "https://files-test.acme.example.evil.example",
        "https://evil.example/files-test.acme.example",
        "https://files-test.acme.example@evil.example",
        "http://files-test.acme.example",
        "https://files-test.acme.example:8443",
        "https://a1b2-files.acme.example",
        "https://login.acme.example",
        "https://files-test.acme.example/v2",
        "https://files-test.acme.example?x",
        "files-test.acme.example",
        "//files-test.acme.example",
        "https://127.0.0.1",
        "https://files-test.acme.example\\r\\nX-Evil: 1",
    ] {
        let (world, key) = named(&format!("\"{server}\""));
        let whole = || AskedTarget::Url("https://api-test.acme.example/v1".to_owned());
        for target in [path("orders"), whole()] {
            let refused = sent(&world, &key, ask(target, &[])).err().unwrap();
            assert!(
                matches!(&refused, Error::KeyRefused(why) if why.contains("names a server")),
                "{refused}"
            );
        }
        let refused = signed(&world, &key, ask(path("orders"), &[])).err().unwrap();
        assert!(matches!(refused, Error::KeyRefused(_)), "{server}: {refused}");
        let trial = tried(&world, &key);
        assert_eq!((trial.0, trial.2), (TrialResult::Unclear, None), "{server}");
        assert!(
            trial.1.contains("names a server for its requests that Keyward does not know"),
            "{}",
            trial.1
        );
        assert!(!trial.1.contains("evil"), "{}", trial.1);
        assert!(world.sent().is_empty(), "{server}");
    }
    for server in ["null", "\"\"", "true", "{}"] {
        let (world, key) = named(server);
        assert_eq!(tried(&world, &key).0, TrialResult::Unclear, "{server}");
        assert!(sent(&world, &key, ask(path("orders"), &[])).is_err(), "{server}");
        assert!(world.sent().is_empty(), "{server}");
    }
}

/// What a trial says: its outcome, its sentence, and what proved it.
fn tried(world: &World, key: &Key) -> (TrialResult, String, Option<String>) {
    let random = Counting::default();
    let (ask, user) = (TrialAsk::default(), caller(&[Permission::KeysUse]));
    let trial = now(verify(world, world, world, moment(&random), &user, (&key.id, &ask), None));
    let trial = trial.ok().unwrap().trial;
    (trial.result, trial.message, trial.proof)
}

#[test]
fn the_login_is_the_proof() {
    let (world, key) = named(&format!("\"{FILES}\""));
    let (result, _, proof) = tried(&world, &key);
    assert_eq!((result, proof.as_deref()), (TrialResult::Passed, Some("token")));
}

/// SAP's guide asks for both cookies, the second of which its load balancer sets ("Working with SAP Business One Service Layer",
/// "Session Management").
#[test]
fn requests_carry_the_cookies_of_the_login() {
    let random = Counting::default();
    let fields = [TEST.as_slice(), &[("user", "ann")]].concat();
    let (world, key) = world_with(&random, "acme", "login", &fields);
    let body = r#"{"SessionId":"s3ssion-of-mine","Version":"1000190","SessionTimeout":30}"#;
    let cookies = [
        ("Set-Cookie", "B1SESSION=s3ssion-of-mine;HttpOnly;;SameSite=None;secure"),
        ("set-cookie", "ROUTEID=.node4-of-mine; path=/;SameSite=None;secure"),
        ("Set-Cookie", "OTHER=1"),
    ];
    for (set, carried) in [
        (&cookies[..], "B1SESSION=s3ssion-of-mine; ROUTEID=.node4-of-mine"),
        (&cookies[..1], "B1SESSION=s3ssion-of-mine"),
    ] {
        world.will_let_in(set, body);
        let outcome = signed(&world, &key, ask(path("Items"), &[])).ok().unwrap();
        assert_eq!(outcome.signed.header("cookie"), Some(carried));
    }
    world.will_let_in(&cookies, body);
    world.will_answer(200, &[], "I know s3ssion-of-mine at .node4-of-mine");
    let answer = sent(&world, &key, ask(path("Items"), &[])).ok().unwrap();
    assert_eq!(answer.incoming.body, b"I know [removed] at [removed]");
}
