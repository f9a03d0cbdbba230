//! A browser that was left open, and a token that was taken, give and take no rights, and lead nothing live elsewhere. Somebody who
//! has nothing to do with keys, and a machine of the other environment, get round that by no other route.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    Answer, Api, Who,
    endpoints::{inactive_source, source},
    keys::{aws4, custom_http, of_environment},
    uses::for_organizations,
};

const OWNER: &str = "owner@acme.example";
const EDITOR: &str = "editor@acme.example";
/// A sign-in is fresh for five minutes.
const FRESH: i64 = 240;
const OLD: i64 = 300;

/// A change with the token of somebody who signed in so many seconds ago.
async fn change(
    api: &Api,
    who: (&str, i64),
    method: Method,
    path: &str,
    version: u64,
    body: &Value,
) -> Answer {
    let token = api.token_of_sign_in(who.0, who.1);
    let call = api.call_with(&token, method, path).header("if-match", &format!("\"{version}\""));
    if body.is_null() { call.send().await } else { call.json(body).send().await }
}

/// Is refused to somebody who signed in some time ago, and changes nothing; then somebody who signed in now does it.
async fn takes_a_fresh_sign_in(
    api: &Api,
    who: &str,
    ask: (Method, &str, u64),
    body: &Value,
    status: u16,
) -> Value {
    let (method, path, version) = ask;
    let before = api.everything().await;
    let refused = change(api, (who, OLD), method.clone(), path, version, body).await;
    assert_eq!(refused.outcome(), (401, "fresh-sign-in-needed".to_owned()), "{method} {path} {body}");
    assert_eq!(api.everything().await, before);
    change(api, (who, FRESH), method, path, version, body).await.expect(status).json()
}

#[tokio::test]
async fn rights_are_given_and_taken_by_somebody_who_signed_in_a_moment_ago() {
    let api = Api::start().await;
    let invite = json!({ "email": "bob@acme.example", "role": "owner" });
    let bob = takes_a_fresh_sign_in(&api, OWNER, (Method::POST, "/v1/members", 0), &invite, 201).await;
    let bob = format!("/v1/members/{}", bob["member_id"].as_str().unwrap());
    for (version, patch) in [(1, json!({ "role": "viewer" })), (2, json!({ "state": "suspended" }))] {
        takes_a_fresh_sign_in(&api, OWNER, (Method::PATCH, &bob, version), &patch, 200).await;
    }
    takes_a_fresh_sign_in(&api, OWNER, (Method::DELETE, &bob, 3), &Value::Null, 204).await;
    let least = json!({ "keys_minimum_role": "editor" });
    takes_a_fresh_sign_in(&api, OWNER, (Method::PATCH, "/v1/account", 1), &least, 200).await;
    // A title is no right.
    let title = json!({ "title": "Acme plc" });
    change(&api, (OWNER, OLD), Method::PATCH, "/v1/account", 2, &title).await.expect(200);
}

#[tokio::test]
async fn a_live_endpoint_is_led_to_another_key_by_somebody_who_signed_in_a_moment_ago() {
    let api = Api::start().await;
    let (good, other) = (api.store(&aws4()).await, api.store(&aws4()).await);
    let active = api.store_source(&source(&good.id)).await;
    let to_other = json!({ "key_id": other.id });
    takes_a_fresh_sign_in(&api, EDITOR, (Method::PATCH, &active.path, 1), &to_other, 200).await;
    // Nor in steps: made inactive or given no key first.
    let (off, none) = (json!({ "active": false }), json!({ "key_id": null }));
    let to_good = json!({ "key_id": good.id, "active": true });
    change(&api, (EDITOR, OLD), Method::PATCH, &active.path, 2, &off).await.expect(200);
    takes_a_fresh_sign_in(&api, EDITOR, (Method::PATCH, &active.path, 3), &to_good, 200).await;
    change(&api, (EDITOR, OLD), Method::PATCH, &active.path, 4, &off).await.expect(200);
    change(&api, (EDITOR, OLD), Method::PATCH, &active.path, 5, &none).await.expect(200);
    takes_a_fresh_sign_in(&api, EDITOR, (Method::PATCH, &active.path, 6), &to_good, 200).await;
    // Everywhere at once.
    let replace = format!("{}/replace", good.path);
    let with = json!({ "with": other.id });
    takes_a_fresh_sign_in(&api, EDITOR, (Method::POST, &replace, 0), &with, 200).await;
    // To look what would happen changes nothing.
    let look = json!({ "with": good.id, "dry_run": true });
    let replace = format!("{}/replace", other.path);
    change(&api, (EDITOR, OLD), Method::POST, &replace, 0, &look).await.expect(200);
}

#[tokio::test]
async fn a_test_endpoint_is_led_to_another_key_at_any_time() {
    let api = Api::start().await;
    let (one, other) = (api.store(&of_environment("test")).await, api.store(&of_environment("test")).await);
    let mut body = source(&one.id);
    body["environment"] = json!("test");
    let stored = api.store_source(&body).await;
    let patch = json!({ "key_id": other.id });
    change(&api, (EDITOR, OLD), Method::PATCH, &stored.path, 1, &patch).await.expect(200);
    let replace = format!("{}/replace", other.path);
    change(&api, (EDITOR, OLD), Method::POST, &replace, 0, &json!({ "with": one.id })).await.expect(200);
}

#[tokio::test]
async fn an_organization_is_taken_from_a_live_key_by_somebody_who_signed_in_a_moment_ago() {
    let api = Api::start().await;
    let entry = json!({ "fields": { "value": "the-s3cret" } });
    let entries = json!({ "org_1": entry, "org_2": entry });
    let key = api.store(&for_organizations(custom_http("token", Value::Null), entries)).await;
    let without = json!({ "entries": { "org_2": null } });
    takes_a_fresh_sign_in(&api, EDITOR, (Method::PATCH, &key.path, 1), &without, 200).await;
    // To add one destroys nothing.
    let with = json!({ "entries": { "org_3": entry } });
    change(&api, (EDITOR, OLD), Method::PATCH, &key.path, 2, &with).await.expect(200);
}

#[tokio::test]
async fn somebody_who_has_nothing_to_do_with_keys_leads_no_endpoint_to_one() {
    let api = Api::start().await;
    let (good, other) = (api.store(&aws4()).await, api.store(&aws4()).await);
    let stored = api.store_source(&source(&good.id)).await;
    let idle = api.store_source(&inactive_source()).await;
    let least = json!({ "keys_minimum_role": "owner" });
    api.patch(Who::Owner, "/v1/account", 1, &least).await.expect(200);
    let before = api.everything().await;
    let replace = format!("{}/replace", good.path);
    let (with, look) = (json!({ "with": other.id }), json!({ "with": other.id, "dry_run": true }));
    for (method, path, body) in [
        (Method::POST, "/v1/sources", source(&good.id)),
        (Method::PATCH, &*stored.path, json!({ "key_id": other.id })),
        (Method::PATCH, &*idle.path, json!({ "key_id": other.id })),
        (Method::POST, &*replace, with),
        (Method::POST, &*replace, look),
    ] {
        let refused = change(&api, (EDITOR, 0), method.clone(), path, 1, &body).await;
        assert_eq!(refused.outcome(), (403, "forbidden".to_owned()), "{method} {path} {body}");
    }
    assert_eq!(api.everything().await, before);
    // What has nothing to do with keys is still theirs to change.
    change(&api, (EDITOR, 0), Method::PATCH, &stored.path, 1, &json!({ "title": "Another" }))
        .await
        .expect(200);
    change(&api, (EDITOR, 0), Method::PATCH, &stored.path, 2, &json!({ "active": false })).await.expect(200);
}

#[tokio::test]
async fn a_machine_reads_the_trail_of_keys_of_its_environment_only() {
    use keyward_shared::permission::Permission;
    let api = Api::start().await;
    let token = api.machine_token("acme", Permission::AuditRead);
    let trail = async |path: &str| api.call_with(&token, Method::GET, &format!("{path}/audit")).send().await;
    let (live, test) = (api.store(&aws4()).await, api.store(&of_environment("test")).await);
    trail(&live.path).await.expect(200);
    assert_eq!(trail(&test.path).await.outcome(), (409, "wrong-environment".to_owned()));
    for key in [&live, &test] {
        api.delete(Who::Owner, &key.path, 1).await.expect(204);
    }
    trail(&live.path).await.expect(200);
    assert_eq!(trail(&test.path).await.outcome(), (409, "wrong-environment".to_owned()));
    // People belong to both.
    for key in [&live, &test] {
        api.get(Who::Owner, &format!("{}/audit", key.path)).await.expect(200);
    }
}
