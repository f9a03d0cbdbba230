//! `POST /v1/keys/{key_id}/replace`.

use serde_json::{Value, json};

use super::{Answers, Asking, Case, Effect, Request};
use crate::{
    crashes::Deed,
    rules::Named,
    support::{
        Api, VAULT, Who,
        asked::Asked,
        endpoints::{destination, source},
        keys::{Stored, aws4, custom_http},
        services::Functions,
        uses::for_organizations,
    },
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(404),
        body: |_| json!({ "with": Named::nothing().key, "dry_run": true }),
        misuse: |secrets| vec![json!({ "with": secrets.to_string() })],
        asked: Asking::As(|clerk, asked| {
            let (once, with, dry_run) = (clerk.once(), clerk.any_key()?, clerk.happens(50));
            let (asked, key) = clerk.about_a_key(asked);
            let asked = asked.once(&once).body(json!({ "with": with, "dry_run": dry_run }));
            Some(Request { asked, about: key, effect: Effect::None })
        }),
        deeds: &[Deed::ReplaceKey],
    }
}

async fn replace(api: &Api, key: &Stored, body: &Value) -> crate::support::Answer {
    api.post(Who::Editor, &format!("{}/replace", key.path), body).await
}

#[tokio::test]
async fn everything_that_uses_a_key_is_pointed_to_another() {
    let api = Api::start().await;
    let (old, new) = (api.store(&aws4()).await, api.store(&aws4()).await);
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(api.store_source(&source(&old.id)).await.id);
        ids.push(api.store_destination(&destination(&old.id)).await.id);
    }
    ids.sort();
    let before = api.everything().await;
    let preview = replace(&api, &old, &json!({ "with": new.id, "dry_run": true })).await.expect(200).json();
    assert_eq!((&preview["done"], &preview["replaced"]), (&json!(false), &json!(0)));
    let left = preview["left"].as_array().unwrap();
    assert_eq!(left.iter().map(|left| left["id"].as_str().unwrap()).collect::<Vec<_>>(), ids);
    assert_eq!(api.everything().await, before);

    let done = replace(&api, &old, &json!({ "with": new.id })).await.expect(200).json();
    assert_eq!(done, json!({ "done": true, "replaced": 6, "left": [] }));
    assert_eq!(api.uses_of(&old).await, (Vec::new(), 0));
    assert_eq!(api.uses_of(&new).await, (ids, 6));
    let again = replace(&api, &old, &json!({ "with": new.id })).await.expect(200).json();
    assert_eq!(again, json!({ "done": true, "replaced": 0, "left": [] }));
    api.delete(Who::Owner, &old.path, 1).await.expect(204);
}

#[tokio::test]
async fn a_key_that_cannot_stand_in_is_refused_by_name() {
    let api = Api::start().await;
    let old = api.store(&aws4()).await;
    api.store_source(&source(&old.id)).await;
    let mut of_test = aws4();
    of_test["environment"] = json!("test");
    let of_test = api.store(&of_test).await;
    let mut of_system = aws4();
    of_system["system_id"] = json!("oauth2");
    let entry = json!({ "fields": { "username": "u", "password": "p" } });
    let per_organization = for_organizations(custom_http("basic", json!({})), json!({ "org_1": entry }));
    let other_kind = api.store(&per_organization).await;
    let gone = api.store(&aws4()).await;
    api.delete(Who::Owner, &gone.path, 1).await.expect(204);
    let before = api.everything().await;
    for with in [&of_test.id, &other_kind.id, &gone.id, &old.id, &"key".to_owned()] {
        for dry_run in [true, false] {
            let answer = replace(&api, &old, &json!({ "with": with, "dry_run": dry_run })).await;
            assert_eq!((answer.status.as_u16(), answer.fields()), (422, vec!["with".to_owned()]), "{with}");
        }
    }
    assert_eq!(api.everything().await, before);
    // Every entry that is in use has to be there.
    let two = for_organizations(custom_http("basic", json!({})), json!({ "org_1": entry, "org_2": entry }));
    let two = api.store(&two).await;
    let mut body = source(&two.id);
    body["organization"] = json!("org_2");
    api.store_source(&body).await;
    let answer = replace(&api, &two, &json!({ "with": other_kind.id })).await.expect(422);
    assert!(answer.text.contains("org_2"), "{}", answer.text);
}

/// What the functions answer to a live machine client that names its request.
async fn call(functions: &Functions, key: &Stored, body: &Value, seconds_left: i64) -> (u64, Value) {
    let asked =
        Asked::of("replace_key", "acme").path("key_id", &key.id).once("one-request").body(body.clone());
    let told = functions.ask_within(&asked, seconds_left).await;
    (told.status, told.body)
}

#[tokio::test]
async fn a_function_without_time_left_writes_nothing_and_says_so() {
    let api = Api::start().await;
    let functions = Functions::of(&api, keyward_local::upstreams::Upstreams::default()).await;
    let (old, new) = (api.store(&aws4()).await, api.store(&aws4()).await);
    api.store_source(&source(&old.id)).await;
    let before = api.everything().await;
    for seconds_left in [0, -5, 1] {
        let (status, problem) = call(&functions, &old, &json!({ "with": new.id }), seconds_left).await;
        assert_eq!((status, &problem["type"]), (503, &json!("urn:keyward:problem:unavailable")));
        assert_eq!(api.everything().await, before, "no record that ends as it begins");
    }
    let (status, done) = call(&functions, &old, &json!({ "with": new.id }), 25).await;
    assert_eq!((status, done), (200, json!({ "done": true, "replaced": 1, "left": [] })));
}

#[tokio::test]
async fn a_record_that_a_stopped_function_left_behind_holds_nobody_up_for_longer_than_that_could_run() {
    let api = Api::start().await;
    let functions = Functions::of(&api, keyward_local::upstreams::Upstreams::default()).await;
    let (old, new) = (api.store(&aws4()).await, api.store(&aws4()).await);
    let used = api.store_source(&source(&old.id)).await;
    let body = json!({ "with": new.id });
    // The function begins, and is stopped before it can say what became of the request.
    functions.fail_all(vec!["TransactWriteItems", "DeleteItem"]);
    let (status, _) = call(&functions, &old, &body, 25).await;
    assert_eq!(status, 503);
    functions.fail(None);
    let mut record =
        api.items(VAULT).await.into_iter().find(|item| item.contains_key("running_until_ms")).unwrap();
    let (status, problem) = call(&functions, &old, &body, 25).await;
    assert_eq!((status, &problem["type"]), (409, &json!("urn:keyward:problem:request-in-progress")));
    assert_eq!(api.uses_of(&old).await.1, 1);
    // Another request under the same name is another matter, also now.
    let (status, problem) = call(&functions, &old, &json!({ "with": old.id }), 25).await;
    assert_eq!((status, &problem["type"]), (422, &json!("urn:keyward:problem:idempotency-key-reused")));
    // Its time passes.
    record.insert("running_until_ms".to_owned(), aws_sdk_dynamodb::types::AttributeValue::N("1".to_owned()));
    api.put(VAULT, record).await;
    for _ in 0..2 {
        let (status, done) = call(&functions, &old, &body, 25).await;
        assert_eq!((status, done), (200, json!({ "done": true, "replaced": 1, "left": [] })));
    }
    assert_eq!(api.uses_of(&new).await, (vec![used.id], 1));
}
