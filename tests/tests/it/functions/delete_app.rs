//! `DELETE /v1/apps/{app_id}`.

use serde_json::{Value, json};

use super::{Answers, Asking, Case, Request, no_body, no_misuse};
use crate::{
    crashes::Deed,
    support::{
        Api, TABLE, VAULT, Who,
        connect::{APPS, HOSTS},
        uses::stack_with,
    },
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(404),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::As(|_, asked| {
            Some(Request::of(asked.path("app_id", "app_0190f3c1-7f00-7000-8000-0123456789ab").seen(1)))
        }),
        deeds: &[Deed::DeleteApp],
    }
}

fn path(app: &Value) -> String {
    format!("/v1/apps/{}", app["app_id"].as_str().unwrap())
}

#[tokio::test]
async fn an_app_goes_with_its_secret() {
    let api = Api::start().await;
    let app = api.app().await;
    assert_eq!(api.delete(Who::Stranger, &path(&app), 1).await.status, 404);
    assert_eq!(api.delete(Who::Editor, &path(&app), 1).await.status, 403);
    api.delete(Who::Owner, &path(&app), 1).await.expect(204);
    assert_eq!(api.get(Who::Owner, APPS).await.expect(200).json()["items"], json!([]));
    assert!(api.items(TABLE).await.is_empty() && api.items(VAULT).await.is_empty());
}

#[tokio::test]
async fn an_app_that_keys_are_connected_with_stays() {
    let (api, outside) = stack_with(&HOSTS).await;
    let app = api.app().await;
    let key = api.key_of_app(&app).await;
    api.connect(&outside, &key, "acc3ss", Some("refr3sh")).await;
    let before = api.everything().await;
    assert_eq!(api.delete(Who::Owner, &path(&app), 1).await.outcome(), (409, "app-in-use".to_owned()));
    assert_eq!(api.everything().await, before);
    // It goes when the grant was revoked.
    api.purge(Who::Owner, &key.path, 2).await.expect(204);
    api.drain_stream().await;
    assert_eq!(api.delete(Who::Owner, &path(&app), 1).await.outcome(), (409, "app-in-use".to_owned()));
    outside.will_answer(200, &[], "");
    assert_eq!(api.refresh(&outside).await["revoked"], 1);
    api.delete(Who::Owner, &path(&app), 1).await.expect(204);
}
