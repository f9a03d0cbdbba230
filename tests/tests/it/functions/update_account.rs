//! `PATCH /v1/account`.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Answers, Asking, Case, Request};
use crate::{
    crashes::Deed,
    support::{Api, Who},
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(200),
        body: |_| json!({ "title": "Acme" }),
        misuse: |secrets| {
            let text = secrets.to_string();
            let place = json!({ "organization_id": text, "title": text });
            let title = format!("{}{text}", "x".repeat(100));
            vec![
                json!({ "title": title, "keys_minimum_role": text, "organizations": [place] }),
                json!({ "organizations": secrets }),
            ]
        },
        asked: Asking::As(|clerk, asked| {
            let (seen, title) = (clerk.below(3), clerk.title());
            Some(Request::of(asked.seen(seen).body(json!({ "title": title }))))
        }),
        deeds: &[Deed::UpdateAccount],
    }
}

const ACCOUNT: &str = "/v1/account";

#[tokio::test]
async fn an_owner_changes_what_owners_settle_and_the_rest_stays() {
    let api = Api::start().await;
    let before = api.get(Who::Owner, ACCOUNT).await.json();
    let organizations = json!([
        { "organization_id": "org_de", "title": "Acme DE" },
        { "organization_id": "org_uk", "title": "Acme UK" },
    ]);
    let patch = json!({ "title": "Acme plc", "organizations": organizations });
    let changed = api.patch(Who::Owner, ACCOUNT, 1, &patch).await.expect(200);
    assert_eq!(changed.header("etag"), Some("\"2\""));
    let view = changed.json();
    assert_eq!((&view["title"], &view["organizations"]), (&json!("Acme plc"), &organizations));
    assert_eq!((&view["version"], &view["keys_minimum_role"]), (&json!(2), &before["keys_minimum_role"]));
    assert!(view["updated_by"].as_str().unwrap().starts_with("person:"));
    assert_eq!(api.get(Who::Viewer, ACCOUNT).await.json(), view);
    // The operator's settings are as they were, and the operator sees who changed the title.
    let operated = api.get(Who::Operator, "/v1/operator/accounts/acme").await.expect(200).json();
    assert_eq!((&operated["title"], &operated["state"]), (&json!("Acme plc"), &json!("active")));
}

#[tokio::test]
async fn an_account_as_it_was_read_may_be_sent_back_and_changes_nothing() {
    let api = Api::start().await;
    let mut view = api.get(Who::Owner, ACCOUNT).await.json();
    view["self_service_keys"] = json!(false);
    let answer = api.patch(Who::Owner, ACCOUNT, 1, &view).await.expect(200).json();
    assert_eq!((&answer["version"], &answer["self_service_keys"]), (&json!(1), &json!(true)));
}

#[tokio::test]
async fn the_least_role_for_keys_is_in_the_next_tokens() {
    let api = Api::start().await;
    api.get(Who::Viewer, "/v1/keys").await.expect(200);
    api.patch(Who::Owner, ACCOUNT, 1, &json!({ "keys_minimum_role": "editor" })).await.expect(200);
    api.get(Who::Viewer, "/v1/keys").await.expect(403);
    api.get(Who::Editor, "/v1/keys").await.expect(200);
    api.get(Who::Viewer, ACCOUNT).await.expect(200);
}

#[tokio::test]
async fn a_change_needs_the_version_and_an_owner() {
    let api = Api::start().await;
    let patch = json!({ "title": "Another" });
    let without = api.call(Who::Owner, Method::PATCH, ACCOUNT).json(&patch).send().await;
    assert_eq!(without.outcome(), (428, "version-needed".to_owned()));
    assert_eq!(api.patch(Who::Owner, ACCOUNT, 2, &patch).await.outcome(), (412, "stale-version".to_owned()));
    for who in [Who::Editor, Who::Viewer, Who::Runtime, Who::Operator] {
        api.patch(who, ACCOUNT, 1, &patch).await.expect(403);
    }
    // Whatever a machine's token says.
    let machine = api.machine_token("acme", keyward_shared::permission::Permission::AccountAdmin);
    let call = api.call_with(&machine, Method::PATCH, ACCOUNT).header("if-match", "\"1\"");
    assert_eq!(call.json(&patch).send().await.outcome(), (403, "forbidden".to_owned()));
    assert_eq!(api.get(Who::Owner, ACCOUNT).await.json()["version"], json!(1));
}

#[tokio::test]
async fn what_cannot_be_is_refused_by_name_and_nothing_is_stored() {
    let api = Api::start().await;
    let organization = |id: &str, title: &str| json!({ "organization_id": id, "title": title });
    let twice = json!([organization("org_uk", "Acme UK"), organization("org_uk", "Acme UK")]);
    for (patch, field) in [
        (json!({ "title": "" }), "title"),
        (json!({ "title": null }), "title"),
        (json!({ "organizations": null }), "organizations"),
        (json!({ "organizations": twice }), "organizations[1].organization_id"),
        (json!({ "organizations": [organization("uk", "Acme UK")] }), "organizations[0].organization_id"),
        (json!({ "organizations": [organization("org_uk", " ")] }), "organizations[0].title"),
        (json!({ "organizations": vec![organization("org_uk", "U"); 501] }), "organizations"),
        (json!({ "keys_minimum_role": "emperor" }), "keys_minimum_role"),
    ] {
        let answer = api.patch(Who::Owner, ACCOUNT, 1, &patch).await;
        let expected = (422, "invalid-fields".to_owned());
        assert_eq!((answer.outcome(), answer.fields()), (expected, vec![field.to_owned()]), "{patch}");
    }
    for (patch, field) in [
        (json!({ "allowed_origins": [] }), "allowed_origins"),
        (json!({ "state": "active" }), "state"),
        (json!({ "organizations": [{ "organization_id": "org_uk" }] }), "organizations[0].title"),
    ] {
        let answer = api.patch(Who::Owner, ACCOUNT, 1, &patch).await;
        assert_eq!((answer.outcome().0, answer.fields()), (400, vec![field.to_owned()]), "{patch}");
    }
    assert_eq!(api.get(Who::Owner, ACCOUNT).await.json()["version"], json!(1));
}

#[tokio::test]
async fn another_account_is_another_and_of_two_changes_to_one_version_one_is_made() {
    let api = Api::start().await;
    let patch = |title: &str| json!({ "title": title });
    api.patch(Who::Stranger, ACCOUNT, 1, &patch("Globex Corp")).await.expect(200);
    assert_eq!(api.get(Who::Owner, ACCOUNT).await.json()["title"], json!("Acme"));
    let (one, other) = (patch("One"), patch("Other"));
    let (one, other) =
        tokio::join!(api.patch(Who::Owner, ACCOUNT, 1, &one), api.patch(Who::Owner, ACCOUNT, 1, &other));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert!(statuses[0] == 200 && [412, 503].contains(&statuses[1]), "{statuses:?}");
    let winner: Value = if one.status.as_u16() == 200 { one.json() } else { other.json() };
    assert_eq!(api.get(Who::Owner, ACCOUNT).await.json(), winner);
}
