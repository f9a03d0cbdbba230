//! `DELETE /v1/webhooks/{webhook_id}`.

use reqwest::Method;

use super::{Answers, Asking, Case, Effect, Request, no_body, no_misuse};
use crate::{
    crashes::Deed,
    support::{Api, Who, keys::aws4, webhooks::webhook},
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(404),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::As(|clerk, asked| {
            let (asked, webhook) = clerk.about_a_webhook(asked)?;
            let asked = asked.seen(clerk.seen(&webhook));
            Some(Request { asked, about: webhook, effect: Effect::WebhookDeleted })
        }),
        deeds: &[Deed::DeleteWebhook],
    }
}

#[tokio::test]
async fn deleting_a_webhook_ends_the_use_of_its_key() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let stored = api.store_webhook(&webhook(&key.id)).await;
    api.delete(Who::Editor, &stored.path, 1).await.expect(204);
    assert_eq!(api.uses_of(&key).await, (Vec::new(), 0));
    assert_eq!(api.get(Who::Viewer, &stored.path).await.outcome(), (404, "not-found".to_owned()));
    api.delete(Who::Owner, &key.path, 1).await.expect(204);
}

#[tokio::test]
async fn a_deletion_needs_the_version_and_the_permission() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let stored = api.store_webhook(&webhook(&key.id)).await;
    let before = api.everything().await;
    let answer = api.call(Who::Editor, Method::DELETE, &stored.path).send().await;
    assert_eq!(answer.outcome(), (428, "version-needed".to_owned()));
    assert_eq!(api.delete(Who::Editor, &stored.path, 2).await.outcome(), (412, "stale-version".to_owned()));
    api.delete(Who::Viewer, &stored.path, 1).await.expect(403);
    assert_eq!(api.delete(Who::Stranger, &stored.path, 1).await.status.as_u16(), 404);
    assert_eq!(api.everything().await, before);
}
