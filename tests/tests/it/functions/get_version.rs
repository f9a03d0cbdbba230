//! `GET /v1/version`.

use serde_json::json;

use super::{Answers, Asking, Case, no_body, no_misuse};
use crate::support::{Api, Who};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(200),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::OfNobody,
        deeds: &[],
    }
}

#[tokio::test]
async fn the_version_is_shown_without_a_token_and_with_any() {
    let api = Api::start().await;
    // The tests are not built for AWS, so the commit is not known.
    let expected = json!({ "commit": null, "format": 3, "epoch": 1 });
    for who in [Who::Nobody, Who::Owner, Who::Runtime] {
        let answer = api.get(who, "/v1/version").await.expect(200);
        assert_eq!(answer.json(), expected);
    }
}

#[tokio::test]
async fn a_query_is_refused() {
    let api = Api::start().await;
    api.get(Who::Nobody, "/v1/version?commit=1").await.expect(400);
}
