//! `GET /v1/keys/{key_id}/uses`.

use serde_json::json;

use super::{Answers, Asking, Case, Effect, Request, no_body, no_misuse};
use crate::support::{
    Api, Who,
    endpoints::{destination, source},
    keys::aws4,
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(404),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::As(|clerk, asked| {
            let (asked, key) = clerk.about_a_key(asked);
            Some(Request { asked, about: key, effect: Effect::None })
        }),
        deeds: &[],
    }
}

#[tokio::test]
async fn uses_tell_what_uses_the_key() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let from = api.store_source(&source(&key.id)).await;
    let to = api.store_destination(&destination(&key.id)).await;
    let list = api.get(Who::Viewer, &format!("{}/uses", key.path)).await.expect(200).json();
    let expected = [("destination", &to), ("source", &from)].map(|(kind, endpoint)| {
        json!({
            "kind": kind, "id": endpoint.id, "title": endpoint.view["title"], "organization": null,
            "since": endpoint.view["updated_at"],
        })
    });
    assert_eq!(list, json!({ "items": expected, "next_cursor": null }));
}

#[tokio::test]
async fn pages_follow_each_other_and_a_cursor_is_of_one_key() {
    let api = Api::start().await;
    let (key, other) = (api.store(&aws4()).await, api.store(&aws4()).await);
    let mut expected = Vec::new();
    for _ in 0..5 {
        expected.push(api.store_source(&source(&key.id)).await.id);
    }
    expected.sort();
    let (mut found, mut query) = (Vec::new(), "limit=2".to_owned());
    let mut first = None;
    loop {
        let page = api.get(Who::Viewer, &format!("{}/uses?{query}", key.path)).await.expect(200).json();
        found.extend(
            page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        first.get_or_insert_with(|| cursor.to_owned());
        query = format!("limit=2&cursor={cursor}");
    }
    assert_eq!(found, expected);
    let answer = api.get(Who::Viewer, &format!("{}/uses?cursor={}", other.path, first.unwrap())).await;
    assert_eq!(answer.expect(400).fields(), ["cursor"]);
}
