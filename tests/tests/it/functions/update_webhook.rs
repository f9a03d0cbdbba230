//! `PATCH /v1/webhooks/{webhook_id}`.

use keyward_local::upstreams::Upstreams;
use reqwest::Method;
use serde_json::json;

use super::{Answers, Asking, Case, Effect, Request};
use crate::{
    crashes::Deed,
    support::{
        Api, Who,
        asked::Asked,
        faults::Fate,
        keys::{aws4, custom_http},
        services::Functions,
        uses::for_organizations,
        webhooks::{inactive_webhook, webhook},
    },
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(404),
        body: |_| json!({ "name": "Another name" }),
        misuse: |secrets| vec![json!({ "name": secrets }), json!({ "event_types": secrets })],
        asked: Asking::As(|clerk, asked| {
            let patches = [
                json!({ "active": true }),
                json!({ "active": false }),
                json!({ "key_id": clerk.any_key()? }),
            ];
            let patch = clerk.any(&patches)?;
            let (asked, webhook) = clerk.about_a_webhook(asked)?;
            let asked = asked.seen(clerk.seen(&webhook)).body(patch);
            Some(Request { asked, about: webhook, effect: Effect::WebhookChanged })
        }),
        deeds: &[Deed::RepointWebhook],
    }
}

#[tokio::test]
async fn a_key_is_in_use_exactly_while_the_webhook_is_active_and_names_it() {
    let api = Api::start().await;
    let (one, other) = (api.store(&aws4()).await, api.store(&aws4()).await);
    let used = api.store_webhook(&webhook(&one.id)).await;
    for version in 1..4 {
        let active = version % 2 == 0;
        api.patch(Who::Editor, &used.path, version, &json!({ "active": active })).await.expect(200);
        let expected = if active { (vec![used.id.clone()], 1) } else { (Vec::new(), 0) };
        assert_eq!(api.uses_of(&one).await, expected);
    }
    api.patch(Who::Editor, &used.path, 4, &json!({ "active": true, "key_id": other.id })).await.expect(200);
    assert_eq!(api.uses_of(&one).await, (Vec::new(), 0));
    assert_eq!(api.uses_of(&other).await, (vec![used.id.clone()], 1));
    let renamed = json!({ "name": "Renamed" });
    api.patch(Who::Editor, &used.path, 5, &renamed).await.expect(200);
    let list = api.get(Who::Viewer, &format!("{}/uses", other.path)).await.expect(200).json();
    assert_eq!(list["items"][0]["title"], "Renamed");
}

#[tokio::test]
async fn a_webhook_whose_key_is_gone_is_not_activated() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let used = api.store_webhook(&webhook(&key.id)).await;
    api.patch(Who::Editor, &used.path, 1, &json!({ "active": false })).await.expect(200);
    api.delete(Who::Owner, &key.path, 1).await.expect(204);
    // It can still be renamed, and lose its key.
    api.patch(Who::Editor, &used.path, 2, &json!({ "name": "Old orders" })).await.expect(200);
    let before = api.everything().await;
    let answer = api.patch(Who::Editor, &used.path, 3, &json!({ "active": true })).await;
    assert_eq!((answer.status.as_u16(), answer.fields()), (422, vec!["key_id".to_owned()]));
    assert_eq!(api.everything().await, before);
    api.patch(Who::Editor, &used.path, 3, &json!({ "key_id": null })).await.expect(200);
}

#[tokio::test]
async fn a_key_that_is_deleted_meanwhile_is_not_used_by_a_webhook() {
    let api = Api::start().await;
    let kept = api.store(&aws4()).await;
    for active in [true, false] {
        let key = api.store(&aws4()).await;
        let stored = api.store_webhook(&webhook(&kept.id)).await;
        let functions = Functions::of(&api, Upstreams::default()).await;
        functions.proxy().plan(Box::new(|tried| match tried.operation.as_str() {
            "TransactWriteItems" => Fate::Waits,
            _ => Fate::Passes,
        }));
        let patch = json!({ "key_id": key.id, "active": active });
        let asked = Asked::of("update_webhook", "acme").path("webhook_id", &stored.id).seen(1).body(patch);
        let meanwhile = async {
            functions.proxy().held().await;
            api.delete(Who::Owner, &key.path, 1).await.expect(204);
            let before = api.everything().await;
            functions.proxy().let_go();
            before
        };
        let (told, before) = tokio::join!(functions.ask(&asked), meanwhile);
        assert_eq!((told.status, &told.body["errors"][0]["field"]), (422, &json!("key_id")), "{}", told.body);
        assert_eq!(api.everything().await, before);
    }
}

#[tokio::test]
async fn another_organization_needs_its_entry_and_keeps_that_from_being_removed() {
    let api = Api::start().await;
    let entry = json!({ "fields": { "username": "u", "password": "p" } });
    let key = for_organizations(custom_http("basic", json!({})), json!({ "org_1": entry, "org_2": entry }));
    let key = api.store(&key).await;
    let mut body = webhook(&key.id);
    body["organization"] = json!("org_1");
    let used = api.store_webhook(&body).await;
    let remove = |organization: &str| json!({ "entries": { organization: null } });
    let answer = api.patch(Who::Editor, &key.path, 1, &remove("org_1")).await;
    assert_eq!(answer.outcome(), (409, "key-in-use".to_owned()));
    assert_eq!(answer.json()["uses"][0]["id"], json!(used.id));
    let answer = api.patch(Who::Editor, &used.path, 1, &json!({ "organization": "org_3" })).await;
    assert_eq!(answer.fields(), ["organization"]);
    api.patch(Who::Editor, &used.path, 1, &json!({ "organization": "org_2" })).await.expect(200);
    api.patch(Who::Editor, &key.path, 1, &remove("org_1")).await.expect(200);
}

#[tokio::test]
async fn a_webhook_as_it_was_read_can_be_sent_back_and_keeps_what_it_needs() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let used = api.store_webhook(&webhook(&key.id)).await;
    let answer = api.patch(Who::Editor, &used.path, 1, &used.view).await.expect(200);
    assert_eq!(answer.json(), used.view);
    let before = api.everything().await;
    for member in ["name", "event_types", "path", "method", "environment", "key_id", "active"] {
        let answer = api.patch(Who::Editor, &used.path, 1, &json!({ member: null })).await;
        assert_eq!(answer.fields(), [member], "{}", answer.text);
    }
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn a_change_needs_the_version_and_the_permission() {
    let api = Api::start().await;
    let stored = api.store_webhook(&inactive_webhook()).await;
    let before = api.everything().await;
    let change = json!({ "name": "Another" });
    let answer = api.call(Who::Editor, Method::PATCH, &stored.path).json(&change).send().await;
    assert_eq!(answer.outcome(), (428, "version-needed".to_owned()));
    let answer = api.patch(Who::Editor, &stored.path, 2, &change).await;
    assert_eq!(answer.outcome(), (412, "stale-version".to_owned()));
    api.patch(Who::Viewer, &stored.path, 1, &change).await.expect(403);
    assert_eq!(api.patch(Who::Stranger, &stored.path, 1, &change).await.status.as_u16(), 404);
    assert_eq!(api.everything().await, before);
}
