//! What belongs to another account is answered just as what does not exist.

use keyward_functions::{
    compose::{SystemClock, SystemRandom},
    routes::ROUTES,
};
use keyward_shared::ids::KeyId;

use super::{body, method};
use crate::support::{Answer, Api, Who, keys::aws4};

const ROUNDS: usize = 200;

/// The answer without what differs from request to request.
fn comparable(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    const OF_THE_REQUEST: [&str; 2] = ["date", "apigw-requestid"];
    let mut headers: Vec<(String, String)> = answer
        .headers
        .iter()
        .filter(|(name, _)| !OF_THE_REQUEST.contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort();
    let id = answer.json()["instance"].as_str().unwrap_or_default().to_owned();
    assert!(!id.is_empty(), "{}", answer.text);
    (answer.status.as_u16(), headers, answer.text.replace(&id, "<request>"))
}

#[tokio::test]
async fn foreign_and_absent_ids_get_the_same_404_byte_for_byte() {
    let api = Api::start().await;
    let foreign: Vec<String> = {
        let mut ids = Vec::new();
        for _ in 0..ROUNDS / 10 {
            ids.push(api.store(&aws4()).await.id);
        }
        ids
    };
    let before = api.everything().await;
    for route in ROUTES.iter().filter(|route| route.path.contains("{key_id}")) {
        let needed = route.permission.expect("a route with a key asks for a permission");
        let token = api.machine_token("globex", needed);
        let mut expected = None;
        for round in 0..ROUNDS {
            let id = match (round % 2, foreign.get(round / 2 % foreign.len())) {
                (0, Some(id)) => id.clone(),
                _ => KeyId::generate(&SystemClock, &SystemRandom).to_string(),
            };
            let path = route.path.replace("{key_id}", &id);
            let mut call = api.call_with(&token, method(route), &path).header("if-match", "\"1\"");
            if !body(route).is_null() {
                call = call.json(&body(route));
            }
            let answer = comparable(&call.send().await);
            assert_eq!(answer.0, 404, "{} {id}", route.name);
            let expected = expected.get_or_insert_with(|| answer.clone());
            assert_eq!(&answer, expected, "{} {id}", route.name);
        }
    }
    // Nothing was written, no receipt of a use either.
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn what_is_no_id_is_answered_like_an_absent_one() {
    let api = Api::start().await;
    let absent = format!("/v1/keys/{}", KeyId::generate(&SystemClock, &SystemRandom));
    let expected = comparable(&api.get(Who::Viewer, &absent).await);
    for id in
        ["x", "key_", "KEY_0190f3c1-7f00-7000-8000-0123456789ab", "key_%00", "%E2%98%83", "..%2f..%2fetc"]
    {
        let answer = api.get(Who::Viewer, &format!("/v1/keys/{id}")).await;
        assert_eq!(comparable(&answer), expected, "{id}");
    }
}
