//! `PATCH /v1/apps/{app_id}`.

use serde_json::{Value, json};

use super::{Answers, Asking, Case, Request};
use crate::{
    crashes::Deed,
    support::{Api, Who, connect::CLIENT_SECRET},
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(404),
        body: |_| json!({ "title": "Another" }),
        misuse: |secrets| vec![json!({ "title": secrets.to_string(), "client_auth": secrets.to_string() })],
        asked: Asking::As(|_, asked| {
            let asked = asked.path("app_id", "app_0190f3c1-7f00-7000-8000-0123456789ab").seen(1);
            Some(Request::of(asked.body(json!({ "title": "Another" }))))
        }),
        deeds: &[Deed::UpdateApp],
    }
}

fn path(app: &Value) -> String {
    format!("/v1/apps/{}", app["app_id"].as_str().unwrap())
}

#[tokio::test]
async fn a_title_changes_alone_and_what_was_read_may_be_sent_back() {
    let api = Api::start().await;
    let app = api.app().await;
    let changed = api.patch(Who::Owner, &path(&app), 1, &json!({ "title": "Renamed" })).await.expect(200);
    assert_eq!((&changed.json()["title"], changed.header("etag")), (&json!("Renamed"), Some("\"2\"")));
    let same = api.patch(Who::Owner, &path(&app), 2, &changed.json()).await.expect(200);
    assert_eq!(same.header("etag"), Some("\"2\""));
}

#[tokio::test]
async fn where_the_secret_goes_does_not_change_without_it() {
    let api = Api::start().await;
    let app = api.app().await;
    let before = api.everything().await;
    for (name, value) in [
        ("token_url", "https://evil.example.com/token"),
        ("authorize_url", "https://evil.example.com/authorize"),
        ("revocation_url", "https://evil.example.com/revoke"),
        ("issuer", "https://evil.example.com"),
        ("client_id", "another"),
        ("client_auth", "post"),
    ] {
        let patch = json!({ name: value });
        let refused = api.patch(Who::Owner, &path(&app), 1, &patch).await;
        assert_eq!(
            (refused.outcome(), refused.fields()),
            ((422, "secrets-needed".to_owned()), vec!["client_secret".to_owned()]),
            "{name}"
        );
    }
    assert_eq!(api.everything().await, before);
    let patch = json!({ "token_url": "https://login.example.com/v2/token", "client_secret": CLIENT_SECRET });
    let changed = api.patch(Who::Owner, &path(&app), 1, &patch).await.expect(200).json();
    assert_eq!(changed["token_url"], "https://login.example.com/v2/token");
    assert_ne!(changed["client_secret_hash"], app["client_secret_hash"]);
}

#[tokio::test]
async fn a_stranger_a_stale_version_and_others_than_owners_change_nothing() {
    let api = Api::start().await;
    let app = api.app().await;
    let before = api.everything().await;
    let patch = json!({ "title": "Mine" });
    assert_eq!(api.patch(Who::Stranger, &path(&app), 1, &patch).await.status, 404);
    assert_eq!(api.patch(Who::Editor, &path(&app), 1, &patch).await.status, 403);
    assert_eq!(
        api.patch(Who::Owner, &path(&app), 7, &patch).await.outcome(),
        (412, "stale-version".to_owned())
    );
    assert_eq!(api.everything().await, before);
}
