//! `Idempotency-Key`: a request that may be sent again has its effect once.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    Answer, Api, VAULT, Who,
    endpoints::source,
    keys::{Item, aws4},
};

async fn post(api: &Api, who: Who, path: &str, name: &str, body: &Value) -> Answer {
    api.call(who, Method::POST, path)
        .header("idempotency-key", name)
        .header("if-match", "\"1\"")
        .json(body)
        .send()
        .await
}

fn is_record(item: &Item) -> bool {
    item["PK"].as_s().unwrap().starts_with("IDEMPOTENCY#")
}

#[tokio::test]
async fn the_same_request_has_its_effect_once_and_the_same_answer() {
    let api = Api::start().await;
    let first = post(&api, Who::Editor, "/v1/keys", "a", &aws4()).await.expect(201);
    let after = api.everything().await;
    for _ in 0..3 {
        let again = post(&api, Who::Editor, "/v1/keys", "a", &aws4()).await.expect(201);
        assert_eq!(again.json(), first.json());
        for header in ["location", "etag"] {
            assert_eq!(again.header(header), first.header(header));
        }
    }
    assert_eq!(api.everything().await, after);
    let key = first.json()["key_id"].as_str().unwrap().to_owned();
    let body = source(&key);
    let first = post(&api, Who::Editor, "/v1/sources", "b", &body).await.expect(201);
    let after = api.everything().await;
    let again = post(&api, Who::Editor, "/v1/sources", "b", &body).await.expect(201);
    assert_eq!(again.json(), first.json());
    assert_eq!(api.everything().await, after);
}

#[tokio::test]
async fn the_name_of_one_request_is_not_that_of_another() {
    let api = Api::start().await;
    let key = post(&api, Who::Editor, "/v1/keys", "a", &aws4()).await.expect(201).json();
    let mut other = aws4();
    other["entries"]["default"]["fields"]["secret_key"] = json!("another");
    let before = api.everything().await;
    let restore = format!("/v1/keys/{}/versions/1/restore", key["key_id"].as_str().unwrap());
    for (path, body) in [
        ("/v1/keys", &other),
        ("/v1/sources", &source(key["key_id"].as_str().unwrap())),
        (restore.as_str(), &json!({ "auth": "aws4", "origins": ["https://api.example.com"] })),
    ] {
        let answer = post(&api, Who::Editor, path, "a", body).await;
        assert_eq!(answer.outcome(), (422, "idempotency-key-reused".to_owned()), "{path}");
    }
    assert_eq!(api.everything().await, before);
    // To somebody else, and in another account, the name is free.
    for who in [Who::Owner, Who::Stranger] {
        let others = post(&api, who, "/v1/keys", "a", &aws4()).await.expect(201).json();
        assert_ne!(others["key_id"], key["key_id"]);
    }
}

#[tokio::test]
async fn of_the_same_request_many_times_at_once_one_is_carried_out() {
    let api = Api::start().await;
    let calls = (0..8).map(|_| async { post(&api, Who::Editor, "/v1/keys", "a", &aws4()).await });
    let answers = join_all(calls).await;
    let ids: Vec<_> = answers.into_iter().map(|answer| answer.expect(201).json()["key_id"].clone()).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    let keys = api.get(Who::Viewer, "/v1/keys").await.json();
    assert_eq!(keys["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_request_that_was_refused_leaves_its_name_free() {
    let api = Api::start().await;
    let mut wrong = aws4();
    wrong["title"] = json!("");
    post(&api, Who::Editor, "/v1/keys", "a", &wrong).await.expect(422);
    assert!(api.items(VAULT).await.is_empty());
    post(&api, Who::Editor, "/v1/keys", "a", &aws4()).await.expect(201);
}

#[tokio::test]
async fn a_record_that_is_over_counts_as_not_there_although_it_still_is() {
    let api = Api::start().await;
    let first = post(&api, Who::Editor, "/v1/keys", "a", &aws4()).await.expect(201).json();
    let mut record = api.items(VAULT).await.into_iter().find(is_record).unwrap();
    record.insert("ttl".to_owned(), aws_sdk_dynamodb::types::AttributeValue::N("1".to_owned()));
    api.put(VAULT, record).await;
    let second = post(&api, Who::Editor, "/v1/keys", "a", &aws4()).await.expect(201).json();
    assert_ne!(first["key_id"], second["key_id"]);
    let third = post(&api, Who::Editor, "/v1/keys", "a", &aws4()).await.expect(201).json();
    assert_eq!(second["key_id"], third["key_id"]);
}

#[tokio::test]
async fn a_record_points_to_what_was_made_and_holds_nothing_of_the_request() {
    let api = Api::start().await;
    let mut body = aws4();
    body["title"] = json!("a title like no other");
    let key = post(&api, Who::Editor, "/v1/keys", "a-name-like-no-other", &body).await.expect(201).json();
    let record = api.items(VAULT).await.into_iter().find(is_record).unwrap();
    let mut names: Vec<_> = record.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["PK", "SK", "epoch", "id", "mac", "ttl", "version"]);
    assert_eq!(record["id"].as_s().unwrap(), key["key_id"].as_str().unwrap());
    let text = format!("{record:?}");
    assert!(!text.contains("like no other") && !text.contains("like-no-other"), "{text}");
    // When what it points to is gone, so is the answer.
    api.delete(Who::Owner, &format!("/v1/keys/{}", key["key_id"].as_str().unwrap()), 1).await.expect(204);
    let answer = post(&api, Who::Editor, "/v1/keys", "a-name-like-no-other", &body).await;
    assert_eq!(answer.outcome(), (404, "not-found".to_owned()));
}

#[tokio::test]
async fn a_name_that_is_none_is_refused() {
    let api = Api::start().await;
    for name in ["", "a b", &"x".repeat(129)] {
        let answer = post(&api, Who::Editor, "/v1/keys", name, &aws4()).await.expect(400);
        assert_eq!(answer.fields(), ["Idempotency-Key"], "{name:?}");
    }
    assert!(api.items(VAULT).await.is_empty());
}

#[tokio::test]
async fn restoring_twice_restores_once() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    api.patch(Who::Editor, &key.path, 1, &json!({ "title": "Another" })).await.expect(200);
    let path = format!("{}/versions/1/restore", key.path);
    let body = json!({ "auth": "aws4", "origins": ["https://api.example.com"] });
    let restore = || async {
        api.call(Who::Editor, Method::POST, &path)
            .header("idempotency-key", "r")
            .header("if-match", "\"2\"")
            .json(&body)
            .send()
            .await
    };
    let first = restore().await.expect(200);
    let after = api.everything().await;
    assert_eq!(restore().await.expect(200).json(), first.json());
    assert_eq!(api.everything().await, after);
}
