//! What belongs to another account is answered just as what does not exist.

use keyward_functions::table::{FunctionName, routes};
use keyward_shared::permission::Permission;

use super::{Named, body, method, names_something};
use crate::support::{Answer, Api, Who};

const ROUNDS: usize = 80;

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
    let mut foreign = Vec::new();
    for _ in 0..ROUNDS / 10 {
        foreign.push(Named::store(&api).await);
    }
    let before = api.everything().await;
    for (function, route) in routes().filter(|(_, route)| names_something(route)) {
        let needed = route.permission.expect("a route with an id asks for a permission");
        // No machine client runs an account.
        let token = match needed {
            Permission::AccountAdmin => api.token(Who::Stranger).expect("a token"),
            // A machine is told that it has no browser, whatever it names.
            _ if function.name == FunctionName::BeginConnection => api.token(Who::Stranger).expect("a token"),
            needed => api.machine_token("globex", needed),
        };
        let mut expected = None;
        for round in 0..ROUNDS {
            let absent = Named::nothing();
            let path = match (round % 2, foreign.get(round / 2 % foreign.len())) {
                (0, Some(foreign)) => foreign.path(route),
                _ => absent.path(route),
            };
            let mut call = api.call_with(&token, method(route), &path).header("if-match", "\"1\"");
            if !body(function, route).is_null() {
                call = call.json(&body(function, route));
            }
            let answer = comparable(&call.send().await);
            assert_eq!(answer.0, 404, "{} {path}", function.name.as_str());
            let expected = expected.get_or_insert_with(|| answer.clone());
            assert_eq!(&answer, expected, "{} {path}", function.name.as_str());
        }
    }
    // Nothing was written, no receipt of a use either.
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn what_is_no_id_is_answered_like_an_absent_one() {
    let api = Api::start().await;
    let absent = format!("/v1/keys/{}", Named::nothing().key);
    let expected = comparable(&api.get(Who::Viewer, &absent).await);
    for id in
        ["x", "key_", "KEY_0190f3c1-7f00-7000-8000-0123456789ab", "key_%00", "%E2%98%83", "..%2f..%2fetc"]
    {
        let answer = api.get(Who::Viewer, &format!("/v1/keys/{id}")).await;
        assert_eq!(comparable(&answer), expected, "{id}");
    }
}

#[tokio::test]
async fn an_id_of_another_kind_is_answered_like_an_absent_one() {
    let api = Api::start().await;
    let stored = Named::store(&api).await;
    let absent = Named::nothing();
    for (collection, other) in
        [("sources", &stored.destination), ("destinations", &stored.source), ("sources", &stored.key)]
    {
        let id = if collection == "sources" { &absent.source } else { &absent.destination };
        let expected = comparable(&api.get(Who::Viewer, &format!("/v1/{collection}/{id}")).await);
        let answer = api.get(Who::Viewer, &format!("/v1/{collection}/{other}")).await;
        assert_eq!(comparable(&answer), expected, "{collection} {other}");
    }
}

#[tokio::test]
async fn another_accounts_key_cannot_be_attached_or_put_in_the_place_of_ones_own() {
    let api = Api::start().await;
    let foreign = api.store(&crate::support::keys::aws4()).await;
    let own = api.post(Who::Stranger, "/v1/keys", &crate::support::keys::aws4()).await.expect(201).json();
    let own = own["key_id"].as_str().unwrap();
    let mut source = crate::support::endpoints::source(&foreign.id);
    let before = api.everything().await;
    let answer = api.post(Who::Stranger, "/v1/sources", &source).await;
    assert_eq!(
        (answer.outcome(), answer.fields()),
        ((422, "invalid-fields".to_owned()), vec!["key_id".to_owned()])
    );
    source["active"] = serde_json::json!(false);
    assert_eq!(api.post(Who::Stranger, "/v1/sources", &source).await.fields(), ["key_id"]);
    let with = serde_json::json!({ "with": foreign.id });
    let answer = api.post(Who::Stranger, &format!("/v1/keys/{own}/replace"), &with).await;
    assert_eq!(answer.fields(), ["with"]);
    assert_eq!(api.everything().await, before);
}
