//! A process is killed at each of its calls of AWS, before the service hears of it and after the service did it. Another
//! process gets the same event again, and everything is as if nothing had happened.

use aws_sdk_dynamodb::types::AttributeValue;
use keyward_functions::table::{Function, Right, functions};
use keyward_local::{stack::connection, upstreams::Upstreams};
use keyward_tests::runtime_api::{Outcome, RuntimeApi};
use serde_json::{Value, json};
use tokio::process::Child;

use crate::{
    functions::{case, publish_event::order},
    support::{
        Api, TABLE, VAULT,
        asked::Asked,
        connect::app,
        faults::{Fate, Plan, Proxy, no_faults},
        invariants::{World, account as account_of, every_item, settle, text},
        keys::{Item, aws4},
        normal,
        processes::{binaries, invoke, start},
        services::{Functions, Told},
        uses::key_of,
    },
};

/// What is done when the process is killed. Each changes something. The cases of the functions name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    CreateKey,
    UpdateTitle,
    UpdateSecret,
    DisableKey,
    EnableKey,
    DeleteKey,
    PurgeKey,
    UndeleteKey,
    RestoreKeyVersion,
    CreateSource,
    CreateDestination,
    Activate,
    Deactivate,
    Repoint,
    DeleteEndpoint,
    CreateWebhook,
    RepointWebhook,
    DeleteWebhook,
    PublishEvent,
    TestWebhook,
    Redeliver,
    CreateApp,
    UpdateApp,
    DeleteApp,
    BeginConnection,
    ReplaceKey,
    SendRequest,
    MakeClient,
    ChangeClient,
    DeleteClient,
    MakeAccount,
    ChangeAccount,
    UpdateAccount,
    InviteMember,
    UpdateMember,
    RemoveMember,
    ResendInvitation,
    ResetSecondFactor,
    SignOut,
}

impl Deed {
    /// How many calls of AWS it makes at least, at each of which it is killed.
    const fn least_calls(self) -> usize {
        match self {
            Self::CreateSource
            | Self::CreateDestination
            | Self::Activate
            | Self::Deactivate
            | Self::Repoint
            | Self::DeleteEndpoint
            | Self::CreateWebhook
            | Self::RepointWebhook
            | Self::DeleteWebhook
            | Self::CreateApp
            | Self::UpdateApp
            | Self::DeleteApp
            | Self::BeginConnection => 1,
            Self::PublishEvent
            | Self::TestWebhook
            | Self::Redeliver
            | Self::CreateKey
            | Self::UpdateTitle
            | Self::UpdateSecret
            | Self::DisableKey
            | Self::EnableKey
            | Self::DeleteKey
            | Self::PurgeKey
            | Self::UndeleteKey
            | Self::RestoreKeyVersion
            | Self::SendRequest
            | Self::MakeClient
            | Self::ChangeClient
            | Self::DeleteClient
            | Self::ChangeAccount
            | Self::UpdateAccount => 2,
            Self::ReplaceKey
            | Self::InviteMember
            | Self::UpdateMember
            | Self::RemoveMember
            | Self::ResendInvitation
            | Self::ResetSecondFactor
            | Self::SignOut => 3,
            Self::MakeAccount => 4,
        }
    }
}

impl Deed {
    /// Whether one that was done is done again by the same request: it names no version, and means the row as it is.
    const fn may_be_done_twice(self) -> bool {
        matches!(
            self,
            Self::ResendInvitation
                | Self::ResetSecondFactor
                | Self::TestWebhook
                | Self::Redeliver
                | Self::CreateApp
        )
    }
}

/// When a process is killed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Moment {
    /// The call has left it, and the service has not heard of it.
    Before,
    /// The service has done it, and the process has not heard of that.
    After,
}

/// The stack that everything happens on, each round on an account of its own.
pub(crate) struct Ground {
    api: Api,
    tables: aws_sdk_dynamodb::Client,
    functions: Functions,
}

/// How a round ended.
struct End {
    told: Told,
    stored: Vec<String>,
}

impl Ground {
    pub(crate) async fn start() -> Self {
        let api = Api::start().await;
        let functions = Functions::of(&api, Upstreams::default()).await;
        let tables = api.dynamodb();
        Self { api, tables, functions }
    }

    pub(crate) const fn api(&self) -> &Api {
        &self.api
    }

    async fn ask(&self, asked: Asked) -> Value {
        let told = self.functions.ask(&asked).await;
        assert!((200..300).contains(&told.status), "{told:?}");
        told.body
    }

    /// A stored key's id.
    async fn key(&self, account: &str, title: &str) -> String {
        let mut key = aws4();
        key["title"] = json!(title);
        key["base_url"] = json!("https://api.example.invalid/v1");
        let view = self.ask(Asked::of("create_key", account).body(key)).await;
        view["key_id"].as_str().unwrap().to_owned()
    }

    /// A stored webhook's id.
    async fn webhook(&self, account: &str, key: &str) -> String {
        let view = self.ask(new_webhook(account, key)).await;
        view["webhook_id"].as_str().unwrap().to_owned()
    }

    /// A stored app's id.
    async fn app(&self, account: &str) -> String {
        let view = self.ask(Asked::of("create_app", account).body(app())).await;
        view["app_id"].as_str().unwrap().to_owned()
    }

    /// A stored source's id.
    async fn source(&self, account: &str, key: &str, active: bool) -> String {
        let view = self.ask(endpoint(account, "source", key, active)).await;
        view["source_id"].as_str().unwrap().to_owned()
    }

    /// Everything that has to be there before the deed, and the deed.
    pub(crate) async fn prepare(&self, deed: Deed, account: &str) -> Asked {
        // An account that is made begins with nothing.
        let key = match deed {
            Deed::MakeAccount | Deed::ChangeAccount => String::new(),
            _ => self.key(account, "Key A").await,
        };
        let about = |function| Asked::of(function, account).path("key_id", &key);
        let secret = json!({ "entries": { "default": { "fields": { "secret_key": "another-secret" } } } });
        match deed {
            Deed::CreateKey => Asked::of("create_key", account).once("once").body(aws4()),
            Deed::UpdateTitle => about("update_key").seen(1).body(json!({ "title": "Another title" })),
            Deed::UpdateSecret => about("update_key").seen(1).body(secret),
            Deed::DisableKey => about("disable_key"),
            Deed::EnableKey => {
                self.ask(about("disable_key")).await;
                about("enable_key")
            }
            Deed::DeleteKey => {
                self.ask(about("update_key").seen(1).body(secret)).await;
                about("delete_key").seen(2)
            }
            Deed::PurgeKey => about("delete_key").seen(1).query("purge=now"),
            Deed::UndeleteKey => {
                self.ask(about("delete_key").seen(1)).await;
                about("undelete_key")
            }
            Deed::RestoreKeyVersion => {
                self.ask(about("update_key").seen(1).body(secret)).await;
                let target = json!({ "auth": "aws4", "origins": ["https://api.example.invalid"] });
                about("restore_key_version").path("version", "1").seen(2).once("once").body(target)
            }
            Deed::CreateSource => endpoint(account, "source", &key, true).once("once"),
            Deed::CreateDestination => endpoint(account, "destination", &key, true).once("once"),
            Deed::Activate => {
                let source = self.source(account, &key, false).await;
                change(account, &source).body(json!({ "active": true }))
            }
            Deed::Deactivate => {
                let source = self.source(account, &key, true).await;
                change(account, &source).body(json!({ "active": false }))
            }
            Deed::Repoint => {
                let source = self.source(account, &key, true).await;
                let other = self.key(account, "Key B").await;
                change(account, &source).body(json!({ "key_id": other }))
            }
            Deed::DeleteEndpoint => {
                let source = self.source(account, &key, true).await;
                let delete =
                    Asked::of("delete_endpoint", account).by("DELETE /v1/sources/{source_id}".to_owned());
                delete.path("source_id", &source).seen(1)
            }
            Deed::CreateWebhook => new_webhook(account, &key).once("once"),
            Deed::RepointWebhook => {
                let webhook = self.webhook(account, &key).await;
                let other = self.key(account, "Key B").await;
                let patch = Asked::of("update_webhook", account).path("webhook_id", &webhook).seen(1);
                patch.body(json!({ "key_id": other, "event_types": ["one.more"] }))
            }
            Deed::DeleteWebhook => {
                let webhook = self.webhook(account, &key).await;
                Asked::of("delete_webhook", account).path("webhook_id", &webhook).seen(1)
            }
            Deed::PublishEvent => Asked::of("publish_event", account).once("once").body(order()),
            Deed::TestWebhook => {
                let webhook = self.webhook(account, &key).await;
                Asked::of("test_webhook", account).path("webhook_id", &webhook)
            }
            Deed::Redeliver => {
                let webhook = self.webhook(account, &key).await;
                self.ask(Asked::of("publish_event", account).body(order())).await;
                settle(&self.api).await;
                let list = self.ask(Asked::of("list_deliveries", account).path("webhook_id", &webhook)).await;
                let delivery = list["items"][0]["delivery_id"].as_str().unwrap().to_owned();
                let route = "POST /v1/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver";
                let asked = Asked::of("redeliver", account).by(route.to_owned());
                asked.path("webhook_id", &webhook).path("delivery_id", &delivery)
            }
            Deed::CreateApp => Asked::of("create_app", account).body(app()),
            Deed::UpdateApp | Deed::DeleteApp => {
                let id = self.app(account).await;
                let about = |function| Asked::of(function, account).path("app_id", &id).seen(1);
                match deed {
                    Deed::UpdateApp => {
                        about("update_app").body(json!({ "title": "Renamed", "client_secret": "another" }))
                    }
                    _ => about("delete_app"),
                }
            }
            Deed::BeginConnection => {
                let fields = json!({ "app": self.app(account).await });
                let base = Some("https://api.example.com/v1");
                let key = key_of("oauth2-consent", "authorization-code", base, fields);
                let key = self.ask(Asked::of("create_key", account).body(key)).await;
                let begin = Asked::of("begin_connection", account).by_owner();
                begin.path("key_id", key["key_id"].as_str().unwrap()).body(json!({ "scopes": ["read"] }))
            }
            Deed::ReplaceKey => {
                self.webhook(account, &key).await;
                for _ in 0..2 {
                    self.source(account, &key, true).await;
                }
                let with = self.key(account, "Key B").await;
                about("replace_key").once("once").body(json!({ "with": with, "dry_run": false }))
            }
            Deed::SendRequest => {
                about("send_request").once("once").body(json!({ "method": "GET", "path": "/" }))
            }
            Deed::MakeClient => self.client(account, "PUT").await.body(machine_client(account, "active")),
            Deed::InviteMember => {
                let email = format!("bob@{account}.example");
                Asked::of("invite_member", account).body(json!({ "email": email, "role": "editor" }))
            }
            Deed::UpdateMember | Deed::RemoveMember => {
                // Two owners, one of whom goes.
                let owner = |name: &str| {
                    let email = format!("{name}@{account}.example");
                    Asked::of("invite_member", account).body(json!({ "email": email, "role": "owner" }))
                };
                self.ask(owner("ann")).await;
                let bob = self.ask(owner("bob")).await;
                let about = |function| {
                    Asked::of(function, account).path("member_id", bob["member_id"].as_str().unwrap()).seen(1)
                };
                match deed {
                    Deed::UpdateMember => about("update_member").body(json!({ "role": "viewer" })),
                    _ => about("remove_member"),
                }
            }
            Deed::ResendInvitation | Deed::ResetSecondFactor => {
                let email = format!("bob@{account}.example");
                let invite = Asked::of("invite_member", account);
                let bob = self.ask(invite.body(json!({ "email": email, "role": "editor" }))).await;
                let function = match deed {
                    Deed::ResendInvitation => "resend_invitation",
                    _ => "reset_second_factor",
                };
                Asked::of(function, account).path("member_id", bob["member_id"].as_str().unwrap())
            }
            Deed::SignOut => Asked::of("sign_out", account).by_owner(),
            Deed::UpdateAccount => {
                self.api.set_settings(account, Item::new()).await;
                Asked::of("update_account", account).seen(0).body(json!({ "title": "Another title" }))
            }
            Deed::MakeAccount => operated_account(account, "active"),
            Deed::ChangeAccount => {
                self.ask(operated_account(account, "active")).await;
                operated_account(account, "suspended").seen(1)
            }
            Deed::ChangeClient | Deed::DeleteClient => {
                let make = self.client(account, "PUT").await.body(machine_client(account, "active"));
                self.ask(make).await;
                match deed {
                    Deed::ChangeClient => {
                        let change = self.client(account, "PUT").await.seen(1);
                        change.body(machine_client(account, "suspended"))
                    }
                    _ => self.client(account, "DELETE").await.seen(1),
                }
            }
        }
    }

    /// A request about the machine client that is called as its account is: so its row is one of the account's.
    async fn client(&self, account: &str, method: &str) -> Asked {
        self.api.set_settings(account, Item::new()).await;
        let asked = Asked::of("operate_client", account);
        asked.by(format!("{method} /v1/operator/clients/{{client_id}}")).path("client_id", account)
    }

    async fn process(&self, asked: &Asked, plan: Plan) -> (Proxy, RuntimeApi, Child) {
        if let Some(account) = asked.callers_account() {
            self.functions.admit(account).await;
        }
        let proxy = Proxy::before(&connection(self.api.stack().embedded()), plan).await;
        let runtime = RuntimeApi::start().await.unwrap();
        let process = start(&binaries().await, asked.function, &runtime, &proxy);
        (proxy, runtime, process)
    }

    /// Does it, and lets the process be killed at this call. False when it makes no such call.
    async fn is_killed(&self, asked: &Asked, nth: usize, moment: Moment) -> bool {
        let (proxy, mut runtime, mut process) = self.process(asked, killing(nth, moment)).await;
        let answered = tokio::select! {
            outcome = invoke(&mut runtime, &mut process, asked.event().to_string()) => Some(outcome),
            () = proxy.held() => None,
        };
        process.kill().await.unwrap();
        answered.is_none()
    }

    /// Does it undisturbed.
    async fn end(&self, asked: &Asked, account: &str) -> End {
        let (_proxy, mut runtime, mut process) = self.process(asked, no_faults()).await;
        let outcome = invoke(&mut runtime, &mut process, asked.event().to_string()).await;
        let Outcome::Answered(answer) = outcome else { panic!("{asked:?} {outcome:?}") };
        let told = Told::by(asked, &serde_json::from_str(&answer).unwrap());
        settle(&self.api).await;
        let world = World::read(&self.tables, account).await;
        let violations = [world.violations(), world.orphans()].concat();
        assert!(violations.is_empty(), "{asked:?} {violations:#?}");
        let mut stored = Vec::new();
        for table in [TABLE, VAULT] {
            let items = every_item(&self.tables, table).await;
            // A try that was killed may have spent a part of its minute's budget.
            let is_state = |item: &&Item| !text(item, "PK").starts_with("BUDGET#");
            let own = items.iter().filter(|item| account_of(item) == account).filter(is_state);
            stored.extend(own.map(|item| format!("{table} {}", normal::item(item, account))));
        }
        stored.sort();
        End { told, stored }
    }

    /// Lets the time end for which requests of the account are taken to be under way: by then, whoever carried them out has
    /// been stopped.
    async fn let_time_pass(&self, account: &str) {
        for mut record in every_item(&self.tables, VAULT).await {
            if account_of(&record) == account && record.contains_key("running_until_ms") {
                record.insert("running_until_ms".to_owned(), AttributeValue::N("1".to_owned()));
                self.api.put(VAULT, record).await;
            }
        }
    }

    async fn survives(&self, deed: Deed) -> usize {
        let account = format!("undisturbed-{deed:?}");
        let asked = self.prepare(deed, &account).await;
        let undisturbed = self.end(&asked, &account).await;
        // Nobody is there to send anything to.
        let well = if deed == Deed::SendRequest { 502..503 } else { 200..300 };
        assert!(well.contains(&undisturbed.told.status), "{deed:?} {:?}", undisturbed.told);
        let expected = normal::body(&undisturbed.told.body, &account);
        let twice = match deed.may_be_done_twice() {
            true => self.end(&asked, &account).await.stored,
            false => Vec::new(),
        };
        for nth in 1.. {
            for moment in [Moment::Before, Moment::After] {
                let account = format!("{deed:?}-{nth}-{moment:?}");
                let asked = self.prepare(deed, &account).await;
                if !self.is_killed(&asked, nth, moment).await {
                    return nth - 1;
                }
                let mut end = self.end(&asked, &account).await;
                if deed == Deed::ReplaceKey && end.told.code == "request-in-progress" {
                    self.let_time_pass(&account).await;
                    end = self.end(&asked, &account).await;
                }
                assert_is(&account, deed, &end.told, &undisturbed.told, &expected);
                if end.stored != twice {
                    assert_eq!(
                        without_receipts(&end.stored),
                        without_receipts(&undisturbed.stored),
                        "{account}"
                    );
                }
                // A use that was tried twice is on record twice, and never not at all.
                let (receipts, before) = (receipts(&end.stored), receipts(&undisturbed.stored));
                assert!(receipts >= before && receipts <= 2 * before, "{account}: {receipts} receipts");
            }
        }
        unreachable!("a process makes no endless number of calls")
    }
}

/// Holds from this call on, so that nothing of the process gets past it.
pub(crate) fn killing(nth: usize, moment: Moment) -> Plan {
    let mut calls = 0;
    Box::new(move |_| {
        calls += 1;
        match (calls.cmp(&nth), moment) {
            (std::cmp::Ordering::Less, _) => Fate::Passes,
            (std::cmp::Ordering::Equal, Moment::After) => Fate::HeldAfter,
            _ => Fate::HeldBefore,
        }
    })
}

/// What is created is told of again in the same words; what is changed may be changed already.
#[track_caller]
fn assert_is(account: &str, deed: Deed, told: &Told, undisturbed: &Told, expected: &Value) {
    let may_be_done = match deed {
        Deed::UpdateTitle
        | Deed::UpdateSecret
        | Deed::Activate
        | Deed::Deactivate
        | Deed::Repoint
        | Deed::RepointWebhook
        | Deed::UpdateApp
        | Deed::ChangeClient
        | Deed::ChangeAccount
        | Deed::UpdateAccount
        | Deed::UpdateMember => told.status == 412,
        Deed::DeleteKey
        | Deed::PurgeKey
        | Deed::DeleteEndpoint
        | Deed::DeleteWebhook
        | Deed::DeleteApp
        | Deed::DeleteClient
        | Deed::RemoveMember => told.status == 404,
        // It is told of in the same words, and was there before.
        Deed::MakeClient | Deed::MakeAccount => {
            told.status == 200 && normal::body(&told.body, account) == *expected
        }
        // It ends the token that it was asked with.
        Deed::SignOut => told.status == 401,
        // The answer to what was sent is not kept.
        Deed::SendRequest => told.status == 409,
        Deed::CreateKey
        | Deed::RestoreKeyVersion
        | Deed::DisableKey
        | Deed::EnableKey
        | Deed::UndeleteKey
        | Deed::CreateSource
        | Deed::CreateDestination
        | Deed::CreateWebhook
        | Deed::PublishEvent
        | Deed::TestWebhook
        | Deed::Redeliver
        | Deed::CreateApp
        | Deed::BeginConnection
        | Deed::InviteMember
        | Deed::ResendInvitation
        | Deed::ResetSecondFactor
        | Deed::ReplaceKey => false,
    };
    if !may_be_done {
        assert_eq!(told.status, undisturbed.status, "{account} {told:?}");
        let mut told = normal::body(&told.body, account);
        if deed == Deed::ReplaceKey {
            // Each call counts what it has moved itself.
            told["replaced"] = expected["replaced"].clone();
        }
        if deed == Deed::BeginConnection {
            // Each has a state of its own.
            told["authorize_url"] = expected["authorize_url"].clone();
        }
        assert_eq!(told, *expected, "{account}");
    }
}

fn is_receipt(item: &&String) -> bool {
    item.contains("RECEIPT#")
}

fn receipts(stored: &[String]) -> usize {
    stored.iter().filter(is_receipt).count()
}

fn without_receipts(stored: &[String]) -> Vec<&String> {
    stored.iter().filter(|item| !is_receipt(item)).collect()
}

fn endpoint(account: &str, kind: &str, key: &str, active: bool) -> Asked {
    let trigger = if kind == "source" { "manual" } else { "real_time" };
    let body = json!({
        "title": "Orders", "system_id": "custom-http", "function": "orders", "trigger": { "type": trigger },
        "environment": "live", "key_id": key, "organization": null, "settings": {}, "active": active,
    });
    Asked::of("create_endpoint", account).by(format!("POST /v1/{kind}s")).body(body)
}

fn new_webhook(account: &str, key: &str) -> Asked {
    Asked::of("create_webhook", account).body(json!({
        "name": "Orders", "event_types": ["order.created"], "path": "/hooks", "method": "POST",
        "environment": "live", "key_id": key, "organization": null, "active": true,
    }))
}

fn operated_account(account: &str, state: &str) -> Asked {
    let asked = Asked::of("operate_account", account).by("PUT /v1/operator/accounts/{account_id}".to_owned());
    asked.path("account_id", account).body(json!({
        "title": "Initech", "first_owner": { "email": format!("owner@{account}.example") },
        "self_service_keys": true, "allowed_origins": ["https://erp.initech.example:8443"], "state": state,
    }))
}

fn machine_client(account: &str, state: &str) -> Value {
    json!({ "account_id": account, "environment": "live", "permissions": ["keys:use"], "state": state })
}

fn change(account: &str, source: &str) -> Asked {
    let patch = Asked::of("update_endpoint", account).by("PATCH /v1/sources/{source_id}".to_owned());
    patch.path("source_id", source).seen(1)
}

/// Lets each deed be done, and the process be killed at each of its calls.
async fn survive(deeds: &[Deed]) {
    let ground = Ground::start().await;
    for deed in deeds {
        assert!(ground.survives(*deed).await >= deed.least_calls(), "{deed:?}");
    }
}

const OF_A_KEY: &[Deed] = &[Deed::UpdateTitle, Deed::UpdateSecret, Deed::DisableKey, Deed::EnableKey];
const OF_A_DELETION: &[Deed] = &[Deed::DeleteKey, Deed::PurgeKey, Deed::UndeleteKey];
const OF_A_USE: &[Deed] = &[Deed::SendRequest];
const OF_A_CREATION: &[Deed] = &[Deed::CreateKey, Deed::RestoreKeyVersion];
const OF_AN_ENDPOINT: &[Deed] = &[
    Deed::CreateSource,
    Deed::CreateDestination,
    Deed::Activate,
    Deed::Deactivate,
    Deed::Repoint,
    Deed::DeleteEndpoint,
];
const OF_A_WEBHOOK: &[Deed] = &[Deed::CreateWebhook, Deed::RepointWebhook, Deed::DeleteWebhook];
const OF_AN_EVENT: &[Deed] = &[Deed::PublishEvent, Deed::TestWebhook, Deed::Redeliver];
const OF_AN_APP: &[Deed] = &[Deed::CreateApp, Deed::UpdateApp, Deed::DeleteApp, Deed::BeginConnection];
const OF_A_CLIENT: &[Deed] = &[Deed::MakeClient, Deed::ChangeClient, Deed::DeleteClient];
const OF_AN_ACCOUNT: &[Deed] = &[
    Deed::MakeAccount,
    Deed::ChangeAccount,
    Deed::UpdateAccount,
    Deed::InviteMember,
    Deed::UpdateMember,
    Deed::RemoveMember,
    Deed::ResendInvitation,
    Deed::ResetSecondFactor,
    Deed::SignOut,
];
const OF_A_REPLACEMENT: &[Deed] = &[Deed::ReplaceKey];

#[tokio::test]
async fn a_key_survives_a_kill_at_every_call_of_its_change() {
    survive(OF_A_KEY).await;
}

#[tokio::test]
async fn a_deletion_and_its_undoing_survive_a_kill_at_every_call() {
    survive(OF_A_DELETION).await;
}

#[tokio::test]
async fn a_use_survives_a_kill_at_every_call() {
    survive(OF_A_USE).await;
}

#[tokio::test]
async fn a_creation_and_a_restore_survive_a_kill_at_every_call() {
    survive(OF_A_CREATION).await;
}

#[tokio::test]
async fn an_endpoint_survives_a_kill_at_every_call() {
    survive(OF_AN_ENDPOINT).await;
}

#[tokio::test]
async fn a_webhook_survives_a_kill_at_every_call() {
    survive(OF_A_WEBHOOK).await;
}

#[tokio::test]
async fn an_event_survives_a_kill_at_every_call() {
    survive(OF_AN_EVENT).await;
}

#[tokio::test]
async fn an_app_and_a_connection_that_begins_survive_a_kill_at_every_call() {
    survive(OF_AN_APP).await;
}

#[tokio::test]
async fn a_machine_client_survives_a_kill_at_every_call() {
    survive(OF_A_CLIENT).await;
}

#[tokio::test]
async fn an_account_and_the_invitation_of_its_first_owner_survive_a_kill_at_every_call() {
    survive(OF_AN_ACCOUNT).await;
}

#[tokio::test]
async fn a_replacement_survives_a_kill_at_every_call() {
    survive(OF_A_REPLACEMENT).await;
}

/// Whether a function changes more than what a use leaves behind. What no route calls, or a route without a token, is killed in its own tests.
fn changes_something(function: &Function) -> bool {
    let writes =
        |action: &str| ["PutItem", "UpdateItem", "DeleteItem"].iter().any(|verb| action.ends_with(verb));
    let left_behind = ["RECEIPT#*", "HEALTH#*", "CLIENTUSE#*", "FAILURES#*", "SIGNIN#*", "GRANT#*"];
    let lasting = |right: &&Right| right.items.iter().any(|items| !left_behind.contains(items));
    let by_a_route = function.routes().iter().any(|route| route.permission.is_some());
    by_a_route
        && function.rights.iter().filter(lasting).flat_map(|right| right.actions).any(|action| writes(action))
}

#[test]
fn a_process_is_killed_at_whatever_a_function_changes() {
    let killed = [
        OF_A_KEY,
        OF_A_DELETION,
        OF_A_USE,
        OF_A_CREATION,
        OF_AN_ENDPOINT,
        OF_A_WEBHOOK,
        OF_AN_EVENT,
        OF_AN_APP,
        OF_A_CLIENT,
        OF_AN_ACCOUNT,
        OF_A_REPLACEMENT,
    ]
    .concat();
    for function in functions() {
        let deeds = case(function.name).deeds;
        let name = function.name;
        assert_eq!(
            !deeds.is_empty(),
            changes_something(function),
            "tests/it/functions/{name}.rs names deeds exactly if the function's rights let it change something",
        );
        for deed in deeds {
            assert!(killed.contains(deed), "no test in crashes.rs kills a process at {deed:?} of {name}");
        }
    }
}
