//! Input that no honest client sends is answered with a problem that names what is wrong, and never with a 5xx.

use keyward_functions::{
    edge::{MAX_BODY_BYTES, MAX_KEY_BODY_BYTES},
    table::{FunctionName, routes},
};
use keyward_shared::permission::Permission;
use reqwest::Method;
use serde_json::json;

use super::{Named, body, method};
use crate::support::{Api, Who};

/// Bodies that are no bodies, and the status that each gets where one may have this many bytes.
fn bodies(most: usize) -> Vec<(&'static str, Vec<u8>, u16)> {
    let deep = [b"[".repeat(most), b"]".repeat(most)].concat();
    let nested = format!("{{\"entries\":{}1{}}}", "{\"a\":".repeat(200), "}".repeat(200));
    vec![
        ("empty", Vec::new(), 400),
        ("no JSON", b"title=x".to_vec(), 400),
        ("a JSON text", b"\"title\"".to_vec(), 400),
        ("null", b"null".to_vec(), 400),
        ("a list", b"[]".to_vec(), 400),
        (
            "a list for an object",
            b"{\"title\":\"a\",\"entries\":{\"default\":[{}]},\"headers\":[[\"a\",\"b\"]]}".to_vec(),
            400,
        ),
        ("an unknown member", b"{\"colour\":\"red\"}".to_vec(), 400),
        (
            "a member twice",
            b"{\"title\":\"a\",\"title\":\"b\",\"method\":\"GET\",\"method\":\"GET\"}".to_vec(),
            400,
        ),
        ("a lone surrogate", b"{\"title\":\"\\ud800\"}".to_vec(), 400),
        ("invalid UTF-8", b"{\"title\":\"\xff\"}".to_vec(), 400),
        ("a raw control character", b"{\"title\":\"a\x01b\"}".to_vec(), 400),
        ("something behind the end", b"{} {}".to_vec(), 400),
        ("deep nesting", nested.into_bytes(), 400),
        ("too deep and too long", deep, 413),
        ("a long body", format!("{{\"title\":\"{}\"}}", "x".repeat(most)).into_bytes(), 413),
        ("NUL", vec![0], 400),
    ]
}

/// How many bytes a body may have: those of keys hold long secrets.
fn most_bytes(function: FunctionName) -> usize {
    let of_keys = [
        FunctionName::CreateKey,
        FunctionName::UpdateKey,
        FunctionName::VerifyKey,
        FunctionName::VerifyDraft,
    ];
    if of_keys.contains(&function) { MAX_KEY_BODY_BYTES } else { MAX_BODY_BYTES }
}

#[tokio::test]
async fn a_bad_body_is_a_problem_on_every_route_that_reads_one() {
    let api = Api::start().await;
    let named = Named::store(&api).await;
    let before = api.everything().await;
    for (function, route) in routes().filter(|(function, route)| {
        !body(function, route).is_null() || function.name == FunctionName::VerifyKey
    }) {
        let who = match route.permission {
            Some(Permission::KeysUse | Permission::KeysResolve | Permission::EventsPublish) => Who::Runtime,
            Some(Permission::AccountsOperate) => Who::Operator,
            Some(_) | None => Who::Owner,
        };
        let path = named.path(route);
        for (what, bytes, status) in bodies(most_bytes(function.name)) {
            // These take bodies of 4 MiB, which are not tried here.
            let status = if [FunctionName::SignRequest, FunctionName::SendRequest].contains(&function.name) {
                400
            } else {
                status
            };
            // No edit at all is the usual way to verify.
            if function.name == FunctionName::VerifyKey && bytes.is_empty() {
                continue;
            }
            let call = api.call(who, method(route), &path).header("if-match", "\"1\"");
            let answer = call.header("content-type", "application/json").bytes(bytes.clone()).send().await;
            assert_eq!(answer.status.as_u16(), status, "{} {what}: {}", function.name.as_str(), answer.text);
            assert!(!answer.code().is_empty(), "{} {what}", function.name.as_str());
            // A content type that is not textual reaches the function in base64.
            let call = api.call(who, method(route), &path).header("if-match", "\"1\"");
            let answer = call.header("content-type", "application/octet-stream").bytes(bytes).send().await;
            assert_eq!(
                answer.status.as_u16(),
                status,
                "{} {what}, binary: {}",
                function.name.as_str(),
                answer.text
            );
        }
    }
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn what_the_gateway_refuses_is_refused_in_its_own_shape() {
    let api = Api::start().await;
    let answer =
        api.call(Who::Viewer, Method::GET, "/v1/keys").header("x-filler", &"x".repeat(10_240)).send().await;
    assert_eq!(answer.status.as_u16(), 431);
    assert!(answer.json()["message"].is_string());
    let answer = api.get(Who::Nobody, "/v1/keys").await.expect(401);
    assert_eq!(answer.json(), json!({ "message": "Unauthorized" }));
    let answer = api.delete(Who::Viewer, "/v1/keys/x", 1).await.expect(403);
    assert_eq!(answer.json(), json!({ "message": "Forbidden" }));
}
