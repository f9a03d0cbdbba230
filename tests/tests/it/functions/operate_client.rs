//! `GET`, `PUT` and `DELETE /v1/operator/clients/{client_id}`.

use aws_sdk_dynamodb::types::AttributeValue;
use keyward_functions::{method::Method as RouteMethod, table::routes};
use keyward_shared::permission::Permission;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Answers, Asking, Case, Request};
use crate::{
    crashes::Deed,
    rules::{Named, body, method},
    support::{Answer, Api, TABLE, Who, keys::Item},
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(201),
        body: |route| match route.method {
            Some(RouteMethod::Put) => client(&["keys:use"]),
            Some(RouteMethod::Post) => json!({}),
            Some(RouteMethod::Get | RouteMethod::Head | RouteMethod::Patch | RouteMethod::Delete) | None => {
                Value::Null
            }
        },
        misuse: |secrets| {
            let text = secrets.to_string();
            vec![
                json!({ "account_id": text, "environment": text, "permissions": [text], "state": text }),
                json!({ "account_id": "acme", "environment": "live", "permissions": secrets, "state": "active" }),
            ]
        },
        asked: Asking::As(|clerk, asked| {
            let about =
                |method: &str| asked.clone().by(format!("{method} /v1/operator/clients/{{client_id}}"));
            let permission = clerk.any(&["keys:use", "keys:read"])?;
            let body = json!({
                "account_id": "acme", "environment": "live", "permissions": [permission], "state": "active",
            });
            let asked = match clerk.below(4) {
                0 => about("GET"),
                1 => about("PUT").body(body),
                2 => about("PUT").seen(1).body(body),
                _ => about("DELETE").seen(1),
            };
            Some(Request::of(asked.path("client_id", &format!("client-{}", clerk.below(4)))))
        }),
        deeds: &[Deed::MakeClient, Deed::ChangeClient, Deed::DeleteClient],
    }
}

const CLIENT: &str = "/v1/operator/clients/reports";

fn client(permissions: &[&str]) -> Value {
    json!({
        "account_id": "acme", "environment": "live", "permissions": permissions, "state": "active",
    })
}

async fn put(api: &Api, path: &str, body: &Value) -> Answer {
    api.call(Who::Operator, Method::PUT, path).json(body).send().await
}

async fn put_seen(api: &Api, path: &str, version: u64, body: &Value) -> Answer {
    let call = api.call(Who::Operator, Method::PUT, path).header("if-match", &format!("\"{version}\""));
    call.json(body).send().await
}

fn row(id: &str, more: Item) -> Item {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let place = [("PK".to_owned(), text(&format!("CLIENT#{id}"))), ("SK".to_owned(), text("CLIENT"))];
    place.into_iter().chain(more).collect()
}

#[tokio::test]
async fn a_client_is_made_shown_changed_and_taken_away() {
    let api = Api::start().await;
    let made = put(&api, CLIENT, &client(&["keys:use", "events:publish"])).await.expect(201);
    assert_eq!((made.header("location"), made.header("etag")), (Some(CLIENT), Some("\"1\"")));
    let view = made.json();
    let expected = json!({
        "client_id": "reports", "account_id": "acme", "environment": "live", "state": "active",
        "permissions": ["keys:use", "events:publish"], "version": 1, "updated_by": "client:operator",
        "updated_at": view["updated_at"], "secrets": [],
    });
    assert_eq!(view, expected);
    let shown = api.get(Who::Operator, CLIENT).await.expect(200);
    assert_eq!((shown.json(), shown.header("etag")), (view, Some("\"1\"")));
    let mut suspended = client(&["keys:use"]);
    suspended["state"] = json!("suspended");
    let changed = put_seen(&api, CLIENT, 1, &suspended).await.expect(200);
    assert_eq!(
        (changed.json()["state"].clone(), changed.header("etag")),
        (json!("suspended"), Some("\"2\""))
    );
    api.delete(Who::Operator, CLIENT, 2).await.expect(204);
    assert_eq!(api.get(Who::Operator, CLIENT).await.outcome(), (404, "not-found".to_owned()));
    assert!(api.items(TABLE).await.is_empty());
}

#[tokio::test]
async fn the_same_again_is_answered_with_what_is_there() {
    let api = Api::start().await;
    let made = put(&api, CLIENT, &client(&["keys:use", "keys:read"])).await.expect(201).json();
    let before = api.everything().await;
    let again = client(&["keys:read", "keys:use"]);
    assert_eq!(put(&api, CLIENT, &again).await.expect(200).json(), made);
    assert_eq!(put_seen(&api, CLIENT, 1, &again).await.expect(200).json(), made);
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn a_change_and_a_deletion_need_the_version() {
    let api = Api::start().await;
    put(&api, CLIENT, &client(&["keys:use"])).await.expect(201);
    let before = api.everything().await;
    let less = client(&["events:publish"]);
    assert_eq!(put(&api, CLIENT, &less).await.outcome(), (428, "version-needed".to_owned()));
    assert_eq!(put_seen(&api, CLIENT, 2, &less).await.outcome(), (412, "stale-version".to_owned()));
    let answer = api.call(Who::Operator, Method::DELETE, CLIENT).send().await;
    assert_eq!(answer.outcome(), (428, "version-needed".to_owned()));
    assert_eq!(api.delete(Who::Operator, CLIENT, 2).await.outcome(), (412, "stale-version".to_owned()));
    // One that is gone is not made anew by who has seen it.
    let gone = "/v1/operator/clients/gone";
    assert_eq!(put_seen(&api, gone, 1, &less).await.outcome(), (404, "not-found".to_owned()));
    assert_eq!(api.delete(Who::Operator, gone, 1).await.outcome(), (404, "not-found".to_owned()));
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn a_client_never_moves_to_another_account_or_environment() {
    let api = Api::start().await;
    put(&api, CLIENT, &client(&["keys:use"])).await.expect(201);
    let before = api.everything().await;
    for (member, other) in [("account_id", "globex"), ("environment", "test")] {
        let mut moved = client(&["keys:use"]);
        moved[member] = json!(other);
        let answer = put_seen(&api, CLIENT, 1, &moved).await;
        assert_eq!(answer.outcome(), (409, "client-elsewhere".to_owned()), "{member}");
    }
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn what_no_machine_may_be_or_have_is_refused_by_name() {
    let api = Api::start().await;
    let before = api.everything().await;
    let refused = async |path: &str, body: Value, field: &str| {
        let answer = put(&api, path, &body).await;
        let expected = (422, "invalid-fields".to_owned());
        assert_eq!((answer.outcome(), answer.fields()), (expected, vec![field.to_owned()]), "{path} {body}");
    };
    for own in ["panel", "operator"] {
        refused(&format!("/v1/operator/clients/{own}"), client(&["keys:use"]), "client_id").await;
    }
    for permission in ["account:admin", "accounts:operate", "keys:everything"] {
        refused(CLIENT, client(&["keys:use", permission]), "permissions[1]").await;
    }
    refused(CLIENT, client(&["keys:use", "keys:use"]), "permissions[1]").await;
    refused(CLIENT, client(&[]), "permissions").await;
    for (member, value) in
        [("account_id", "nobody"), ("account_id", "a#b"), ("environment", "moon"), ("state", "asleep")]
    {
        let mut body = client(&["keys:use"]);
        body[member] = json!(value);
        refused(CLIENT, body, member).await;
    }
    let mut unknown = client(&["keys:use"]);
    unknown["secret"] = json!("x");
    let answer = put(&api, CLIENT, &unknown).await;
    assert_eq!((answer.outcome().0, answer.fields()), (400, vec!["secret".to_owned()]));
    let odd = put(&api, "/v1/operator/clients/a%23b", &client(&["keys:use"])).await;
    assert_eq!(odd.outcome(), (404, "not-found".to_owned()));
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn another_operators_row_is_neither_shown_nor_written() {
    let api = Api::start().await;
    let permissions = AttributeValue::L(vec![AttributeValue::S("accounts:operate".to_owned())]);
    let other = row(
        "second-operator",
        Item::from([
            ("state".to_owned(), AttributeValue::S("active".to_owned())),
            ("permissions".to_owned(), permissions),
        ]),
    );
    api.put(TABLE, other).await;
    let before = api.everything().await;
    let path = "/v1/operator/clients/second-operator";
    assert_eq!(put(&api, path, &client(&["keys:use"])).await.fields(), ["client_id"]);
    api.get(Who::Operator, path).await.expect(404);
    api.delete(Who::Operator, path, 0).await.expect(404);
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn a_row_that_was_put_by_hand_can_be_changed_and_one_that_is_damaged_is_told() {
    let api = Api::start().await;
    // The demo's clients have rows like that.
    let path = "/v1/operator/clients/runtime";
    let shown = api.get(Who::Operator, path).await.expect(200);
    assert_eq!(shown.header("etag"), Some("\"0\""));
    assert_eq!((&shown.json()["updated_at"], &shown.json()["updated_by"]), (&Value::Null, &Value::Null));
    let changed = put_seen(&api, path, 0, &client(&["keys:use"])).await.expect(200).json();
    assert_eq!((&changed["version"], &changed["permissions"]), (&json!(1), &json!(["keys:use"])));
    assert_eq!(put_seen(&api, path, 0, &client(&["keys:read"])).await.outcome().0, 412);
    let damage = Item::from([("environment".to_owned(), AttributeValue::S("moon".to_owned()))]);
    api.set(TABLE, row("runtime", Item::new()), damage).await;
    let before = api.everything().await;
    let unreadable = (409, "row-unreadable".to_owned());
    assert_eq!(api.get(Who::Operator, path).await.outcome(), unreadable);
    assert_eq!(put(&api, path, &client(&["keys:use"])).await.outcome(), unreadable);
    assert_eq!(api.delete(Who::Operator, path, 1).await.outcome(), unreadable);
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn of_two_who_make_one_client_at_once_one_does() {
    let api = Api::start().await;
    let (first, second) = (client(&["keys:use"]), client(&["keys:resolve"]));
    let (first, second) = tokio::join!(put(&api, CLIENT, &first), put(&api, CLIENT, &second));
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    // Who comes second finds it there, before or in the transaction itself.
    assert!(statuses[0] == 201 && [412, 428, 503].contains(&statuses[1]), "{statuses:?}");
    let stored = api.get(Who::Operator, CLIENT).await.expect(200).json();
    let winner = if first.status.as_u16() == 201 { first } else { second };
    assert_eq!(stored, winner.json());
}

#[tokio::test]
async fn what_a_client_may_do_counts_at_once() {
    let api = Api::start().await;
    let path = "/v1/operator/clients/runtime";
    let token = api.token(Who::Runtime).unwrap();
    let mut suspended = client(&["keys:use"]);
    suspended["state"] = json!("suspended");
    put_seen(&api, path, 0, &suspended).await.expect(200);
    let sign = format!("/v1/keys/{}/sign", Named::nothing().key);
    let ask = json!({ "method": "GET", "path": "/" });
    let expect = async |status| {
        api.call_with(&token, Method::POST, &sign).json(&ask).send().await.expect(status);
    };
    expect(403).await;
    put_seen(&api, path, 1, &client(&["keys:use"])).await.expect(200);
    expect(404).await;
    api.delete(Who::Operator, path, 2).await.expect(204);
    // It is nobody's any more.
    expect(401).await;
}

const SECRETS: &str = "/v1/operator/clients/reports/secrets";

async fn make_secret(api: &Api, body: &Value) -> Answer {
    api.call(Who::Operator, Method::POST, SECRETS).json(body).send().await
}

/// The status of a request for a token by a secret.
async fn asked_by(api: &Api, secret: &Value) -> u16 {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "reports"),
        ("client_secret", secret["client_secret"].as_str().unwrap()),
    ];
    api.call(Who::Nobody, Method::POST, "/v1/token").form(&form).send().await.status.as_u16()
}

#[tokio::test]
async fn a_secret_is_shown_once_and_replaced_without_a_failed_call() {
    let api = Api::start().await;
    assert_eq!(make_secret(&api, &json!({})).await.outcome(), (404, "not-found".to_owned()));
    put(&api, CLIENT, &client(&["keys:read"])).await.expect(201);
    let first = make_secret(&api, &json!({})).await.expect(201);
    let place = format!("{SECRETS}/{}", first.json()["secret_id"].as_str().unwrap());
    assert_eq!((first.header("location"), first.header("cache-control")), (Some(&*place), Some("no-store")));
    let first = first.json();
    assert_eq!((&first["client_id"], &first["expires_at"]), (&json!("reports"), &Value::Null));
    assert_eq!(asked_by(&api, &first).await, 200);
    let second = make_secret(&api, &json!({ "expires_in_days": 90 })).await.expect(201).json();
    assert_eq!([asked_by(&api, &first).await, asked_by(&api, &second).await], [200, 200]);
    // Two at a time.
    let third = make_secret(&api, &json!({})).await;
    assert_eq!((third.outcome().0, third.fields()), (422, vec!["client_id".to_owned()]));

    let shown = api.get(Who::Operator, CLIENT).await.expect(200);
    for secret in [&first, &second] {
        assert!(!shown.text.contains(secret["client_secret"].as_str().unwrap()));
    }
    let listed = shown.json()["secrets"].as_array().unwrap().clone();
    let ids = |all: &[Value]| all.iter().map(|secret| secret["secret_id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&listed), [first["secret_id"].clone(), second["secret_id"].clone()]);
    assert!(listed.iter().all(|secret| secret["last_used_at"].is_string()), "{listed:?}");
    assert_eq!(listed[1]["expires_at"], second["expires_at"]);

    api.call(Who::Operator, Method::DELETE, &place).send().await.expect(204);
    assert_eq!([asked_by(&api, &first).await, asked_by(&api, &second).await], [401, 200]);
    api.call(Who::Operator, Method::DELETE, &place).send().await.expect(404);
    // What the client may do stays as it was set.
    let shown = api.get(Who::Operator, CLIENT).await.expect(200).json();
    assert_eq!((&shown["version"], &shown["permissions"]), (&json!(4), &json!(["keys:read"])));
}

#[tokio::test]
async fn a_secret_that_is_no_secret_or_somebody_elses_is_neither_made_nor_taken_away() {
    let api = Api::start().await;
    put(&api, CLIENT, &client(&["keys:read"])).await.expect(201);
    let before = api.everything().await;
    for days in [json!(0), json!(3651)] {
        let refused = make_secret(&api, &json!({ "expires_in_days": days })).await;
        assert_eq!(
            (refused.outcome().0, refused.fields()),
            (422, vec!["expires_in_days".to_owned()]),
            "{days}"
        );
    }
    for body in
        [json!({ "expires_in_days": -1 }), json!({ "expires_in_days": "90" }), json!({ "secret": "x" })]
    {
        make_secret(&api, &body).await.expect(400);
    }
    // The operator's own row, and those of others, are written nowhere here.
    let own = "/v1/operator/clients/operator/secrets";
    api.call(Who::Operator, Method::POST, own).json(&json!({})).send().await.expect(404);
    for id in ["nothing", "secret_01890000-0000-7000-8000-000000000000"] {
        api.call(Who::Operator, Method::DELETE, &format!("{SECRETS}/{id}")).send().await.expect(404);
    }
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn whoever_belongs_to_an_account_does_not_operate_and_the_operator_does_nothing_else() {
    let api = Api::start().await;
    let named = Named::store(&api).await;
    let before = api.everything().await;
    let within = api.machine_token("acme", Permission::AccountsOperate);
    let all: Vec<_> = Permission::ALL.into_iter().map(Permission::scope).collect();
    let operator = api.stack().test_door().client_token("operator").unwrap();
    let operator = operator.with("scope", json!(all.join(" "))).sign().unwrap();
    for (function, route) in routes() {
        let Some(needed) = route.permission else { continue };
        let token = if needed == Permission::AccountsOperate { &within } else { &operator };
        let mut call = api.call_with(token, method(route), &named.path(route)).header("if-match", "\"1\"");
        if !body(function, route).is_null() {
            call = call.json(&body(function, route));
        }
        let answer = call.send().await;
        assert_eq!(answer.outcome(), (403, "forbidden".to_owned()), "{}", function.name);
    }
    assert_eq!(api.everything().await, before);
}
