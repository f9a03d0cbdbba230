//! `GET /v1/sources` and `GET /v1/destinations`.

use serde_json::{Value, json};

use super::{Answers, Asking, Case, Request, no_body, no_misuse};
use crate::support::{
    Api, Who,
    endpoints::{inactive_destination, inactive_source},
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(200),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::As(|_, asked| Some(Request::of(asked.by("GET /v1/sources".to_owned())))),
        deeds: &[],
    }
}

async fn store(api: &Api, title: &str, environment: &str) -> String {
    let mut source = inactive_source();
    source["title"] = json!(title);
    source["environment"] = json!(environment);
    api.store_source(&source).await.id
}

fn titles(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|item| item["title"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn sources_and_destinations_are_listed_apart_by_title() {
    let api = Api::start().await;
    for (title, environment) in [("beta", "live"), ("Alpha", "test"), ("ALPHA 2", "live")] {
        store(&api, title, environment).await;
    }
    let mut scheduled = inactive_destination();
    scheduled["trigger"] = json!({ "type": "scheduled", "cron": "*/5 * * * *" });
    let other = api.store_destination(&scheduled).await;
    let list = api.get(Who::Viewer, "/v1/sources").await.expect(200).json();
    assert_eq!(titles(&list), ["Alpha", "ALPHA 2", "beta"]);
    let list = api.get(Who::Viewer, "/v1/sources?environment=live&title_prefix=AL").await.expect(200).json();
    assert_eq!(titles(&list), ["ALPHA 2"]);
    let list = api.get(Who::Viewer, "/v1/destinations").await.expect(200).json();
    let mut expected = other.view.clone();
    expected.as_object_mut().unwrap().remove("settings");
    assert_eq!(list["items"], json!([expected]));
    assert_eq!(api.get(Who::Stranger, "/v1/sources").await.expect(200).json()["items"], json!([]));
    assert_eq!(api.get(Who::Viewer, "/v1/keys").await.expect(200).json()["items"], json!([]));
}

#[tokio::test]
async fn pages_follow_each_other_and_a_cursor_is_of_one_list() {
    let api = Api::start().await;
    let mut expected = Vec::new();
    for number in 0..5 {
        expected.push(store(&api, "same", if number % 2 == 0 { "live" } else { "test" }).await);
    }
    expected.sort();
    let (mut found, mut path): (Vec<String>, _) = (Vec::new(), "/v1/sources?limit=2".to_owned());
    let mut first = None;
    loop {
        let page = api.get(Who::Viewer, &path).await.expect(200).json();
        found.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["source_id"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        first.get_or_insert_with(|| cursor.to_owned());
        path = format!("/v1/sources?limit=2&cursor={cursor}");
    }
    assert_eq!(found, expected);
    let cursor = first.unwrap();
    for (who, path) in [
        (Who::Viewer, format!("/v1/destinations?cursor={cursor}")),
        (Who::Viewer, format!("/v1/sources?environment=live&cursor={cursor}")),
        (Who::Viewer, format!("/v1/keys?cursor={cursor}")),
        (Who::Stranger, format!("/v1/sources?cursor={cursor}")),
    ] {
        assert_eq!(api.get(who, &path).await.expect(400).fields(), ["cursor"], "{path}");
    }
    assert_eq!(api.get(Who::Viewer, "/v1/sources?system_id=dear").await.expect(400).fields(), ["system_id"]);
}
