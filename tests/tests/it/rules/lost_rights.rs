//! Whoever lost a right has lost it for changing something at once, whatever their token says: removed, suspended, or given less.

mod forged;
mod meanwhile;
mod reading;
mod taken_over;

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use keyward_functions::table::{
    Function, FunctionName, Route,
    changes::{CHANGING, Changing, FreshSignIn},
    functions,
    kinds::{self, RowKind},
    routes,
};
use keyward_shared::permission::{Permission, Role};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Named, body, method};
use crate::support::{
    Answer, Api, TABLE, Who, callers,
    connect::app,
    endpoints::source,
    keys::{Item, aws4},
    webhooks::webhook,
};

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn place(partition: String, row: String) -> Item {
    Item::from([("PK".to_owned(), text(&partition)), ("SK".to_owned(), text(&row))])
}

fn member(account: &str, id: &str) -> Item {
    place(format!("MEMBER#{account}"), format!("MEMBER#{id}"))
}

fn client(id: &str) -> Item {
    place(format!("CLIENT#{id}"), "CLIENT".to_owned())
}

/// How a right is lost, and what the caller is told then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Loss {
    Removed,
    Suspended,
    LessRights,
    Unreadable,
    AccountSuspended,
    AccountWithoutSettings,
}

impl Loss {
    const ALL: [Self; 6] = [
        Self::Removed,
        Self::Suspended,
        Self::LessRights,
        Self::Unreadable,
        Self::AccountSuspended,
        Self::AccountWithoutSettings,
    ];

    /// Whoever is gone has a token that counts no more. Anybody else is still known, and may not do this.
    const fn told(self) -> (u16, &'static str) {
        match self {
            Self::Removed => (401, "not-signed-in"),
            Self::Suspended
            | Self::LessRights
            | Self::Unreadable
            | Self::AccountSuspended
            | Self::AccountWithoutSettings => (403, "forbidden"),
        }
    }

    /// The operator has no account.
    const fn is_of_an_account(self) -> bool {
        matches!(self, Self::AccountSuspended | Self::AccountWithoutSettings)
    }

    /// The place and what is there then; nothing where the row goes.
    fn row(self, own: &Item, whole: &Item) -> (Item, Option<Item>) {
        let settings = || place("SETTINGS#acme".to_owned(), "SETTINGS".to_owned());
        let with = |name: &str, value: AttributeValue| {
            let mut row = whole.clone();
            row.insert(name.to_owned(), value);
            (own.clone(), Some(row))
        };
        match self {
            Self::Removed => (own.clone(), None),
            Self::Suspended => with("state", text("suspended")),
            Self::LessRights if whole.contains_key("role") => with("role", text("viewer")),
            Self::LessRights => with("permissions", AttributeValue::L(Vec::new())),
            Self::Unreadable => with("state", text("asleep")),
            Self::AccountSuspended => {
                let mut row = settings();
                row.insert("state".to_owned(), text("suspended"));
                (settings(), Some(row))
            }
            Self::AccountWithoutSettings => (settings(), None),
        }
    }
}

async fn read(api: &Api, place: &Item) -> Item {
    let read = api.dynamodb().get_item().table_name(TABLE).set_key(Some(place.clone()));
    read.consistent_read(true).send().await.unwrap().item.expect("a row")
}

async fn write(api: &Api, place: &Item, row: Option<Item>) {
    match row {
        Some(row) => api.put(TABLE, row).await,
        None => {
            let delete = api.dynamodb().delete_item().table_name(TABLE).set_key(Some(place.clone()));
            delete.send().await.unwrap();
        }
    }
}

/// Everybody who has the permission of a route by a row of a kind that the table names: their token, and where the row is.
fn holders(api: &Api, changing: &Changing, needed: Permission) -> Vec<(String, Item)> {
    let owner = api.stack().sign_in().sub_of("owner@acme.example").unwrap();
    let of = |kind: &RowKind| match kind {
        RowKind::Members => (api.token(Who::Owner).unwrap(), member("acme", &owner)),
        RowKind::Clients if needed == Permission::AccountsOperate => {
            (api.token(Who::Operator).unwrap(), client("operator"))
        }
        RowKind::Clients => (api.machine_token("acme", needed), client(&callers::machine("acme"))),
        other => panic!("no caller has a row among {other:?}"),
    };
    changing.callers.iter().map(of).collect()
}

async fn ask(api: &Api, token: &str, function: &Function, route: &Route, named: &Named) -> Answer {
    let call = api.call_with(token, method(route), &named.path(route)).header("if-match", "\"1\"");
    let body = body(function, route);
    if body.is_null() { call.send().await } else { call.json(&body).send().await }
}

fn changing_routes() -> impl Iterator<Item = (&'static Changing, &'static Function, &'static Route)> {
    let of = |changing: &'static Changing| {
        let all = routes().filter(|(function, _)| function.name == changing.function);
        all.map(move |(function, route)| (changing, function, route))
    };
    CHANGING.iter().flat_map(of)
}

#[tokio::test]
async fn whoever_lost_a_right_changes_nothing_by_any_route() {
    let api = Api::start().await;
    let named = Named::store(&api).await;
    let owner = member("acme", &api.stack().sign_in().sub_of("owner@acme.example").unwrap());
    let mut tried = 0;
    for (changing, function, route) in changing_routes() {
        for (token, own) in holders(&api, changing, route.permission.unwrap()) {
            for loss in Loss::ALL {
                if loss.is_of_an_account() && own == client("operator") {
                    continue;
                }
                // What every role may do, no other role takes away.
                let every_role_may = Role::Viewer.permissions().contains(&route.permission.unwrap());
                if loss == Loss::LessRights && every_role_may && own == owner {
                    continue;
                }
                let (place, lost) = loss.row(&own, &read(&api, &own).await);
                let whole = read(&api, &place).await;
                write(&api, &place, lost).await;
                let before = api.everything().await;
                let answer = ask(&api, &token, function, route, &named).await;
                let (status, code) = loss.told();
                assert_eq!(answer.outcome(), (status, code.to_owned()), "{loss:?} {}", route.key());
                let challenge = answer.header("www-authenticate").unwrap_or_default();
                assert_eq!(challenge.contains("invalid_token"), status == 401, "{loss:?} {}", route.key());
                assert_eq!(api.everything().await, before, "{loss:?} {}", route.key());
                write(&api, &place, Some(whole)).await;
                tried += 1;
            }
        }
    }
    assert!(tried > 150, "{tried}");
    // The same tokens are worth what the rows say, which give the right again.
    for (changing, function, route) in changing_routes() {
        let named = Named::store(&api).await;
        for (token, _) in holders(&api, changing, route.permission.unwrap()) {
            let answer = ask(&api, &token, function, route, &named).await;
            assert!(
                ![401, 403, 500, 503].contains(&answer.status.as_u16()),
                "{} {}",
                route.key(),
                answer.text
            );
        }
    }
}

/// The kinds of rows of which a function's rights let it check one in a transaction.
fn checked(function: &Function) -> BTreeSet<&'static str> {
    let rights =
        function.rights.iter().filter(|right| right.actions.contains(&"dynamodb:ConditionCheckItem"));
    rights.flat_map(|right| right.items.iter().copied()).collect()
}

#[test]
fn every_function_that_writes_for_a_caller_is_listed_with_the_row_that_it_holds_to() {
    // What a use leaves behind is no change: a use reads the caller's row with the key.
    let uses = [RowKind::Receipts, RowKind::Health, RowKind::Requests, RowKind::Grants];
    // Nobody is recognised on a route without a token.
    let has_callers = |function: &&Function| function.routes().iter().any(|route| route.permission.is_some());
    for function in functions().filter(has_callers) {
        let own = kinds::own(function.name).into_iter();
        let mut written = own.chain(kinds::exceptions(function.name).map(|exception| exception.kind));
        // An event is no change either: it is the platform that tells what happened there.
        let is_use = |kind| {
            let of_events = [RowKind::Events, RowKind::Budgets];
            uses.contains(&kind) || (function.name == FunctionName::PublishEvent && of_events.contains(&kind))
        };
        let changes = written.any(|kind| !is_use(kind));
        let listed = CHANGING.iter().filter(|changing| changing.function == function.name);
        let listed: Vec<_> = listed.collect();
        assert_eq!(listed.len(), usize::from(changes), "{}", function.name);
        let held: BTreeSet<_> =
            listed.iter().flat_map(|changing| changing.callers).map(|kind| kind.items()).collect();
        // Whoever signs out changes their own row and no other: its version is the condition of the change itself.
        let held = match function.name {
            FunctionName::SignOut => BTreeSet::new(),
            // A machine is told that it has no browser.
            FunctionName::BeginConnection => BTreeSet::from([RowKind::Members.items()]),
            _ => held,
        };
        assert_eq!(checked(function), held, "{}", function.name);
        // And those who may call it are of these kinds.
        let needed = function.routes().iter().filter_map(|route| route.permission);
        for (changing, needed) in
            listed.iter().flat_map(|changing| needed.clone().map(move |p| (changing, p)))
        {
            let people = Role::Owner.permissions().contains(&needed);
            let machines = needed.may_be_a_machines() || needed == Permission::AccountsOperate;
            assert_eq!(changing.callers.contains(&RowKind::Members), people, "{}", function.name);
            assert_eq!(changing.callers.contains(&RowKind::Clients), machines, "{}", function.name);
        }
    }
}

/// A change by which somebody could lose or gain something, if the function makes such ones: the method, the path, and the body.
async fn grave_change(api: &Api, function: FunctionName) -> (Method, String, Value) {
    let key = api.store(&aws4()).await;
    let named = Named::store(api).await;
    let none = Value::Null;
    let member = format!("/v1/members/{}", named.member);
    let switch = |what: &str| format!("{}/{what}", key.path);
    match function {
        FunctionName::CreateKey => (Method::POST, "/v1/keys".to_owned(), aws4()),
        FunctionName::UpdateKey => {
            let secret = json!({ "default": { "fields": { "secret_key": "another" } } });
            (Method::PATCH, key.path, json!({ "environment": "test", "entries": secret }))
        }
        FunctionName::DisableKey => (Method::POST, switch("disable"), none),
        FunctionName::EnableKey => {
            api.post(Who::Owner, &switch("disable"), &none).await.expect(200);
            (Method::POST, switch("enable"), none)
        }
        FunctionName::DeleteKey => (Method::DELETE, key.path, none),
        FunctionName::UndeleteKey => {
            api.delete(Who::Owner, &key.path, 1).await.expect(204);
            (Method::POST, switch("undelete"), none)
        }
        FunctionName::RestoreKeyVersion => {
            let confirmed = json!({ "auth": "aws4", "origins": ["https://api.example.com"] });
            (Method::POST, switch("versions/1/restore"), confirmed)
        }
        FunctionName::ReplaceKey => {
            api.store_source(&source(&key.id)).await;
            (Method::POST, switch("replace"), json!({ "with": named.key }))
        }
        FunctionName::CreateEndpoint => (Method::POST, "/v1/sources".to_owned(), source(&key.id)),
        FunctionName::UpdateEndpoint => {
            let source = api.store_source(&source(&key.id)).await;
            (Method::PATCH, source.path, json!({ "key_id": named.key }))
        }
        FunctionName::DeleteEndpoint => (Method::DELETE, api.store_source(&source(&key.id)).await.path, none),
        FunctionName::CreateWebhook => {
            let mut body = webhook(&key.id);
            // Other tests of this account store many of the usual type.
            body["event_types"] = json!([format!("of.{}", key.id.replace('-', "_"))]);
            (Method::POST, "/v1/webhooks".to_owned(), body)
        }
        FunctionName::UpdateWebhook => {
            let webhook = api.store_one_more_webhook(&webhook(&key.id)).await;
            (Method::PATCH, webhook.path, json!({ "key_id": named.key }))
        }
        FunctionName::DeleteWebhook => {
            (Method::DELETE, api.store_one_more_webhook(&webhook(&key.id)).await.path, none)
        }
        FunctionName::TestWebhook => {
            let webhook = api.store_one_more_webhook(&webhook(&key.id)).await;
            (Method::POST, format!("{}/test", webhook.path), none)
        }
        FunctionName::Redeliver => {
            let path = format!("/v1/webhooks/{}/redeliver", named.webhook);
            (Method::POST, path, json!({ "state": "failed" }))
        }
        FunctionName::CreateApp => (Method::POST, "/v1/apps".to_owned(), app()),
        FunctionName::UpdateApp => {
            (Method::PATCH, format!("/v1/apps/{}", named.app), json!({ "client_secret": "another" }))
        }
        FunctionName::DeleteApp => (Method::DELETE, format!("/v1/apps/{}", named.app), none),
        FunctionName::BeginConnection => {
            let app = api.app().await;
            let key = api.key_of_app(&app).await;
            (Method::POST, format!("{}/connections", key.path), json!({ "other_identity": true }))
        }
        FunctionName::UpdateAccount => {
            (Method::PATCH, "/v1/account".to_owned(), json!({ "keys_minimum_role": "editor" }))
        }
        FunctionName::InviteMember => {
            let email = format!("{}@acme.example", key.id.replace('_', "-"));
            (Method::POST, "/v1/members".to_owned(), json!({ "email": email, "role": "owner" }))
        }
        FunctionName::UpdateMember => (Method::PATCH, member, json!({ "role": "owner" })),
        FunctionName::RemoveMember => (Method::DELETE, member, none),
        FunctionName::ResendInvitation => (Method::POST, format!("{member}/resend-invitation"), none),
        FunctionName::ResetSecondFactor => (Method::POST, format!("{member}/reset-second-factor"), none),
        FunctionName::SignOut => (Method::POST, "/v1/sign-out".to_owned(), none),
        other => panic!("no person calls {other}"),
    }
}

#[tokio::test]
async fn what_takes_a_fresh_sign_in_is_what_the_table_says() {
    let api = Api::start().await;
    let people = CHANGING.iter().filter(|changing| changing.callers.contains(&RowKind::Members));
    for changing in people {
        let (method, path, body) = grave_change(&api, changing.function).await;
        let before = api.everything().await;
        let token = api.token_of_sign_in("owner@acme.example", 600);
        let call = api.call_with(&token, method, &path).header("if-match", "\"1\"");
        let answer = if body.is_null() { call.send().await } else { call.json(&body).send().await };
        match changing.fresh {
            FreshSignIn::Always | FreshSignIn::For(_) => {
                let asked = (401, "fresh-sign-in-needed".to_owned());
                assert_eq!(answer.outcome(), asked, "{}", changing.function);
                assert_eq!(api.everything().await, before, "{}", changing.function);
            }
            FreshSignIn::Never(why) => {
                assert!(
                    answer.status.is_success() && !why.is_empty(),
                    "{} {}",
                    changing.function,
                    answer.text
                );
            }
        }
    }
}
