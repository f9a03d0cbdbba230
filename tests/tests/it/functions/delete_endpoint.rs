//! `DELETE /v1/sources/{source_id}` and `DELETE /v1/destinations/{destination_id}`.

use reqwest::Method;

use super::{Answers, Asking, Case, Effect, Request, no_body, no_misuse};
use crate::{
    crashes::Deed,
    support::{
        Api, Who,
        endpoints::{destination, source},
        keys::aws4,
    },
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(404),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::As(|clerk, asked| {
            let (asked, source) = clerk.about_a_source(asked, "DELETE")?;
            Some(Request {
                asked: asked.seen(clerk.seen(&source)),
                about: source,
                effect: Effect::SourceDeleted,
            })
        }),
        deeds: &[Deed::DeleteEndpoint],
    }
}

#[tokio::test]
async fn deleting_an_endpoint_ends_the_use_of_its_key() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let (one, other) =
        (api.store_source(&source(&key.id)).await, api.store_destination(&destination(&key.id)).await);
    api.delete(Who::Editor, &one.path, 1).await.expect(204);
    assert_eq!(api.uses_of(&key).await, (vec![other.id.clone()], 1));
    assert_eq!(api.get(Who::Viewer, &one.path).await.outcome(), (404, "not-found".to_owned()));
    api.delete(Who::Editor, &other.path, 1).await.expect(204);
    assert_eq!(api.uses_of(&key).await, (Vec::new(), 0));
    api.delete(Who::Owner, &key.path, 1).await.expect(204);
}

#[tokio::test]
async fn a_deletion_needs_the_version_and_the_permission() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let stored = api.store_source(&source(&key.id)).await;
    let before = api.everything().await;
    let answer = api.call(Who::Editor, Method::DELETE, &stored.path).send().await;
    assert_eq!(answer.outcome(), (428, "version-needed".to_owned()));
    assert_eq!(api.delete(Who::Editor, &stored.path, 2).await.outcome(), (412, "stale-version".to_owned()));
    api.delete(Who::Viewer, &stored.path, 1).await.expect(403);
    assert_eq!(api.delete(Who::Stranger, &stored.path, 1).await.status.as_u16(), 404);
    assert_eq!(api.everything().await, before);
}
