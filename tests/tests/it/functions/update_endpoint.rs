//! `PATCH /v1/sources/{source_id}` and `PATCH /v1/destinations/{destination_id}`.

use keyward_local::upstreams::Upstreams;
use serde_json::{Value, json};

use super::{Answers, Asking, Case, Effect, Request};
use crate::{
    crashes::Deed,
    support::{
        Api, Who,
        asked::Asked,
        endpoints::{inactive_source, source},
        faults::Fate,
        keys::{Stored, aws4, custom_http},
        services::Functions,
        uses::for_organizations,
    },
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(404),
        body: |_| json!({ "title": "Another title" }),
        misuse: |secrets| vec![json!({ "title": secrets }), json!({ "settings": secrets.to_string() })],
        asked: Asking::As(|clerk, asked| {
            let patches = [
                json!({ "active": true }),
                json!({ "active": false }),
                json!({ "key_id": clerk.any_key()? }),
            ];
            let patch = clerk.any(&patches)?;
            let (asked, source) = clerk.about_a_source(asked, "PATCH")?;
            let asked = asked.seen(clerk.seen(&source)).body(patch);
            Some(Request { asked, about: source, effect: Effect::SourceChanged })
        }),
        deeds: &[Deed::Activate, Deed::Deactivate, Deed::Repoint],
    }
}

#[tokio::test]
async fn a_key_is_in_use_exactly_while_the_endpoint_is_active() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let used = api.store_source(&source(&key.id)).await;
    for version in 1..6 {
        let active = version % 2 == 0;
        let answer =
            api.patch(Who::Editor, &used.path, version, &json!({ "active": active })).await.expect(200);
        assert_eq!(answer.header("etag"), Some(format!("\"{}\"", version + 1).as_str()));
        let expected = if active { (vec![used.id.clone()], 1) } else { (Vec::new(), 0) };
        assert_eq!(api.uses_of(&key).await, expected);
    }
}

#[tokio::test]
async fn pointing_to_another_key_moves_the_use() {
    let api = Api::start().await;
    let (one, other) = (api.store(&aws4()).await, api.store(&aws4()).await);
    let used = api.store_source(&source(&one.id)).await;
    api.patch(Who::Editor, &used.path, 1, &json!({ "key_id": other.id })).await.expect(200);
    assert_eq!(api.uses_of(&one).await, (Vec::new(), 0));
    assert_eq!(api.uses_of(&other).await, (vec![used.id.clone()], 1));
    // To itself, or to nothing new: no change, and no other version.
    let answer = api.patch(Who::Editor, &used.path, 2, &json!({ "key_id": other.id })).await.expect(200);
    assert_eq!(answer.json()["version"], 2);
    assert_eq!(api.uses_of(&other).await.1, 1);
}

#[tokio::test]
async fn an_endpoint_whose_key_is_gone_is_not_activated() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let used = api.store_source(&source(&key.id)).await;
    api.patch(Who::Editor, &used.path, 1, &json!({ "active": false })).await.expect(200);
    api.delete(Who::Owner, &key.path, 1).await.expect(204);
    // It can still be renamed, and lose its key.
    api.patch(Who::Editor, &used.path, 2, &json!({ "title": "Old orders" })).await.expect(200);
    let before = api.everything().await;
    let answer = api.patch(Who::Editor, &used.path, 3, &json!({ "active": true })).await;
    assert_eq!((answer.status.as_u16(), answer.fields()), (422, vec!["key_id".to_owned()]));
    assert_eq!(api.everything().await, before);
    api.patch(Who::Editor, &used.path, 3, &json!({ "key_id": null })).await.expect(200);
}

/// What an inactive endpoint names has no link. It is demanded in the same transaction all the same.
#[tokio::test]
async fn a_key_that_is_deleted_meanwhile_is_not_named_by_an_inactive_endpoint() {
    let api = Api::start().await;
    let kept = api.store(&aws4()).await;
    for (active, has_key) in [(true, true), (false, true), (false, false)] {
        let key = api.store(&aws4()).await;
        let mut draft = source(&kept.id);
        draft["active"] = json!(active);
        if !has_key {
            draft["key_id"] = Value::Null;
        }
        let stored = api.store_source(&draft).await;
        let patch = json!({ "key_id": key.id, "active": false });
        let patch = Asked::of("update_endpoint", "acme").path("source_id", &stored.id).seen(1).body(patch);
        is_refused_meanwhile(&api, patch.by("PATCH /v1/sources/{source_id}".to_owned()), &key).await;
    }
    let key = api.store(&aws4()).await;
    let mut draft = source(&key.id);
    draft["active"] = json!(false);
    let draft = Asked::of("create_endpoint", "acme").body(draft);
    is_refused_meanwhile(&api, draft.by("POST /v1/sources".to_owned()), &key).await;
}

async fn with_waiting_transactions(api: &Api) -> Functions {
    let functions = Functions::of(api, Upstreams::default()).await;
    functions.proxy().plan(Box::new(|tried| match tried.operation.as_str() {
        "TransactWriteItems" => Fate::Waits,
        _ => Fate::Passes,
    }));
    functions
}

/// Deletes the key while the change waits for its transaction. The change is refused, and nothing of it is done.
async fn is_refused_meanwhile(api: &Api, asked: Asked, key: &Stored) {
    let functions = with_waiting_transactions(api).await;
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

#[tokio::test]
async fn of_an_entry_that_is_removed_and_an_inactive_endpoint_that_names_it_one_is_refused() {
    let api = Api::start().await;
    let entry = json!({ "fields": { "username": "u", "password": "p" } });
    let entries = json!({ "org_1": entry, "org_2": entry });
    let key = api.store(&for_organizations(custom_http("basic", json!({})), entries)).await;
    let mut draft = source(&key.id);
    draft["organization"] = json!("org_1");
    let stored = api.store_source(&draft).await;
    let functions = with_waiting_transactions(&api).await;
    let patch = json!({ "organization": "org_2", "active": false });
    let asked = Asked::of("update_endpoint", "acme").path("source_id", &stored.id).seen(1).body(patch);
    let asked = asked.by("PATCH /v1/sources/{source_id}".to_owned());
    let meanwhile = async {
        functions.proxy().held().await;
        let removal = json!({ "entries": { "org_2": null } });
        api.patch(Who::Editor, &key.path, 1, &removal).await.expect(200);
        functions.proxy().let_go();
    };
    let (told, ()) = tokio::join!(functions.ask(&asked), meanwhile);
    assert_eq!((told.status, &told.body["errors"][0]["field"]), (422, &json!("organization")));
    let after = api.get(Who::Viewer, &stored.path).await.expect(200).json();
    assert_eq!((&after["organization"], &after["active"]), (&json!("org_1"), &json!(true)));
}

#[tokio::test]
async fn an_active_endpoint_keeps_a_key() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let used = api.store_source(&source(&key.id)).await;
    let before = api.everything().await;
    let answer = api.patch(Who::Editor, &used.path, 1, &json!({ "key_id": null })).await;
    assert_eq!(answer.fields(), ["key_id"]);
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn a_new_title_is_the_one_that_the_keys_uses_show() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let used = api.store_source(&source(&key.id)).await;
    api.patch(Who::Editor, &used.path, 1, &json!({ "title": "Renamed" })).await.expect(200);
    let list = api.get(Who::Viewer, &format!("{}/uses", key.path)).await.expect(200).json();
    assert_eq!(list["items"][0]["title"], "Renamed");
    assert_eq!(list["items"][0]["since"], used.view["created_at"], "it has been in use all the time");
    assert_eq!(api.uses_of(&key).await.1, 1);
}

#[tokio::test]
async fn another_organization_needs_its_entry_and_keeps_that_from_being_removed() {
    let api = Api::start().await;
    let entry = json!({ "fields": { "username": "u", "password": "p" } });
    let key = for_organizations(custom_http("basic", json!({})), json!({ "org_1": entry, "org_2": entry }));
    let key = api.store(&key).await;
    let mut body = source(&key.id);
    body["organization"] = json!("org_1");
    let used = api.store_source(&body).await;
    let remove = |organization: &str| json!({ "entries": { organization: null } });
    let answer = api.patch(Who::Editor, &key.path, 1, &remove("org_1")).await;
    assert_eq!(answer.outcome(), (409, "key-in-use".to_owned()));
    assert_eq!(answer.json()["uses"][0]["id"], json!(used.id));
    let answer = api.patch(Who::Editor, &used.path, 1, &json!({ "organization": "org_3" })).await;
    assert_eq!(answer.fields(), ["organization"]);
    api.patch(Who::Editor, &used.path, 1, &json!({ "organization": "org_2" })).await.expect(200);
    assert_eq!(api.uses_of(&key).await.1, 1);
    // The one that is used now stays; the other may go.
    let answer = api.patch(Who::Editor, &key.path, 1, &remove("org_2")).await;
    assert_eq!(answer.outcome(), (409, "key-in-use".to_owned()));
    api.patch(Who::Editor, &key.path, 1, &remove("org_1")).await.expect(200);
}

#[tokio::test]
async fn a_key_in_use_keeps_its_system_environment_and_kind() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let used = api.store_source(&source(&key.id)).await;
    let before = api.everything().await;
    let fields = aws4()["entries"]["default"].clone();
    for change in [
        json!({ "environment": "test", "entries": { "default": fields } }),
        json!({ "organization_specific": true, "entries": { "default": null, "org_1": fields } }),
    ] {
        let answer = api.patch(Who::Editor, &key.path, 1, &change).await;
        assert_eq!(answer.outcome(), (409, "key-in-use".to_owned()), "{change} {}", answer.text);
    }
    assert_eq!(api.everything().await, before);
    // Other changes are made beside it, and the use stays.
    api.patch(Who::Editor, &key.path, 1, &json!({ "title": "Another" })).await.expect(200);
    assert_eq!(api.uses_of(&key).await, (vec![used.id.clone()], 1));
    api.patch(Who::Editor, &used.path, 1, &json!({ "active": false })).await.expect(200);
    let change = json!({ "environment": "test", "entries": { "default": fields } });
    api.patch(Who::Editor, &key.path, 2, &change).await.expect(200);
}

#[tokio::test]
async fn an_endpoint_as_it_was_read_can_be_sent_back() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let mut body = source(&key.id);
    body["settings"] = json!({ "kept": null, "list": [1.5, {}] });
    let used = api.store_source(&body).await;
    let answer = api.patch(Who::Editor, &used.path, 1, &used.view).await.expect(200);
    assert_eq!(answer.json(), used.view);
    let cleared =
        api.patch(Who::Editor, &used.path, 1, &json!({ "settings": null })).await.expect(200).json();
    assert_eq!(cleared["settings"], json!({}));
    let answer = api.patch(Who::Editor, &used.path, 2, &json!({ "title": null })).await;
    assert_eq!(answer.fields(), ["title"]);
}

#[tokio::test]
async fn a_change_needs_the_version_and_the_permission() {
    let api = Api::start().await;
    let stored = api.store_source(&inactive_source()).await;
    let before = api.everything().await;
    let change = json!({ "title": "Another" });
    let answer = api.call(Who::Editor, reqwest::Method::PATCH, &stored.path).json(&change).send().await;
    assert_eq!(answer.outcome(), (428, "version-needed".to_owned()));
    let answer = api.patch(Who::Editor, &stored.path, 2, &change).await;
    assert_eq!(answer.outcome(), (412, "stale-version".to_owned()));
    api.patch(Who::Viewer, &stored.path, 1, &change).await.expect(403);
    assert_eq!(api.patch(Who::Stranger, &stored.path, 1, &change).await.status.as_u16(), 404);
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn of_two_changes_to_one_version_one_is_made() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let stored = api.store_source(&source(&key.id)).await;
    let off: Value = json!({ "active": false });
    let (one, other) = tokio::join!(
        api.patch(Who::Editor, &stored.path, 1, &off),
        api.patch(Who::Owner, &stored.path, 1, &off)
    );
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
    assert_eq!(api.uses_of(&key).await, (Vec::new(), 0));
}
