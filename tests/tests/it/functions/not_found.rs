//! `$default`: what no route takes.

use reqwest::Method;

use super::{Answers, Asking, Case, no_body, no_misuse};
use crate::support::{Api, Who};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(404),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::OfNobody,
        deeds: &[],
    }
}

#[tokio::test]
async fn what_no_route_takes_is_our_own_404() {
    let api = Api::start().await;
    for (method, path) in
        [(Method::GET, "/v1/nothing"), (Method::PUT, "/v1/keys"), (Method::POST, "/v1/systems")]
    {
        let answer = api.call(Who::Owner, method, path).send().await;
        assert_eq!(answer.outcome(), (404, "not-found".to_owned()), "{path}");
        assert!(!answer.json()["instance"].as_str().unwrap().is_empty());
    }
}
