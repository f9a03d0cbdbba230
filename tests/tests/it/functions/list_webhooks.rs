//! `GET /v1/webhooks`.

use serde_json::json;

use super::{Answers, Asking, Case, Request, no_body, no_misuse};
use crate::support::{Api, Who, webhooks::inactive_webhook};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(200),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::As(|_, asked| Some(Request::of(asked))),
        deeds: &[],
    }
}

#[tokio::test]
async fn webhooks_are_listed_by_name_in_pages_of_their_account_and_environment() {
    let api = Api::start().await;
    for (name, environment) in [("beta", "live"), ("Alpha", "test"), ("ALPHA 2", "live")] {
        let mut webhook = inactive_webhook();
        webhook["name"] = json!(name);
        webhook["environment"] = json!(environment);
        api.store_webhook(&webhook).await;
    }
    let names = async |who, query: &str| {
        let list = api.get(who, &format!("/v1/webhooks{query}")).await.expect(200).json();
        let items = list["items"].as_array().unwrap();
        let names: Vec<_> = items.iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect();
        (names, list["next_cursor"].as_str().map(str::to_owned))
    };
    assert_eq!(names(Who::Viewer, "").await.0, ["Alpha", "ALPHA 2", "beta"]);
    assert_eq!(names(Who::Viewer, "?environment=live").await.0, ["ALPHA 2", "beta"]);
    assert_eq!(names(Who::Stranger, "").await.0, Vec::<String>::new());
    let (first, cursor) = names(Who::Viewer, "?limit=2").await;
    assert_eq!(first, ["Alpha", "ALPHA 2"]);
    let cursor = cursor.unwrap();
    assert_eq!(
        names(Who::Viewer, &format!("?limit=2&cursor={cursor}")).await,
        (vec!["beta".to_owned()], None)
    );
    for (who, path) in [
        (Who::Viewer, format!("/v1/webhooks?environment=live&cursor={cursor}")),
        (Who::Viewer, format!("/v1/sources?cursor={cursor}")),
        (Who::Stranger, format!("/v1/webhooks?cursor={cursor}")),
    ] {
        assert_eq!(api.get(who, &path).await.expect(400).fields(), ["cursor"], "{path}");
    }
}
