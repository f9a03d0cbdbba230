//! A row that was damaged in the tables is refused by every route that needs it, with an error that names what the row is
//! of, and nothing is written.

use aws_sdk_dynamodb::types::AttributeValue;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Named, machine_client, operated_account};
use crate::support::{
    Api, TABLE, VAULT, Who,
    endpoints::source,
    keys::{Item, aws4},
};

/// A request that needs the damaged row.
struct Ask {
    who: Who,
    method: Method,
    path: String,
    body: Value,
    once: &'static str,
}

fn ask(who: Who, method: Method, path: impl Into<String>) -> Ask {
    Ask { who, method, path: path.into(), body: Value::Null, once: "" }
}

impl Ask {
    fn body(self, body: Value) -> Self {
        Self { body, ..self }
    }

    fn once(self, once: &'static str) -> Self {
        Self { once, ..self }
    }
}

/// One damage: which attribute of which row, and what each request is told of it.
struct Damage {
    table: &'static str,
    row: Item,
    attribute: &'static str,
    value: AttributeValue,
    code: &'static str,
    /// What the answer calls the row.
    noun: String,
    asks: Vec<Ask>,
}

fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

fn row(partition: impl Into<String>, row: impl Into<String>) -> Item {
    Item::from([("PK".to_owned(), text(partition)), ("SK".to_owned(), text(row))])
}

/// What needs the row of a key.
fn of_a_key(named: &Named) -> Damage {
    let path = format!("/v1/keys/{}", named.key);
    let below = |below: &str| format!("{path}/{below}");
    let use_of_it = json!({ "method": "GET", "path": "/orders" });
    let restore = json!({ "auth": "aws4", "origins": ["https://api.example.com"] });
    Damage {
        table: TABLE,
        row: row(format!("KEY#acme#{}", named.key), format!("KEY#{}", named.key)),
        attribute: "title",
        value: text(""),
        code: "key-unreadable",
        noun: "key".to_owned(),
        asks: vec![
            ask(Who::Owner, Method::GET, &path),
            ask(Who::Owner, Method::PATCH, &path).body(json!({ "title": "Another" })),
            ask(Who::Owner, Method::DELETE, &path),
            ask(Who::Owner, Method::GET, below("versions")),
            ask(Who::Owner, Method::GET, below("uses")),
            ask(Who::Owner, Method::POST, below("versions/1/restore")).body(restore),
            ask(Who::Owner, Method::POST, below("replace")).body(json!({ "with": named.key })),
            ask(Who::Owner, Method::POST, below("verify")),
            ask(Who::Runtime, Method::POST, below("sign")).body(use_of_it.clone()),
            ask(Who::Runtime, Method::POST, below("send")).body(use_of_it),
            ask(Who::Runtime, Method::POST, below("resolve")).body(json!({ "environment": "live" })),
            ask(Who::Owner, Method::POST, "/v1/sources").body(source(&named.key)),
        ],
    }
}

fn of_an_endpoint(collection: &str, noun: &str, row_of: &str, id: &str) -> Damage {
    let path = format!("/v1/{collection}/{id}");
    Damage {
        table: TABLE,
        row: row(format!("ENDPOINT#acme#{id}"), format!("{row_of}#{id}")),
        attribute: "title",
        value: text(""),
        code: "row-unreadable",
        noun: format!("{noun} {id}"),
        asks: vec![
            ask(Who::Owner, Method::GET, &path),
            ask(Who::Owner, Method::PATCH, &path).body(json!({ "title": "Another" })),
            ask(Who::Owner, Method::DELETE, &path),
        ],
    }
}

fn of_a_webhook(id: &str) -> Damage {
    let path = format!("/v1/webhooks/{id}");
    Damage {
        table: TABLE,
        row: row("WEBHOOK#acme".to_owned(), format!("WEBHOOK#{id}")),
        attribute: "name",
        value: text(""),
        code: "row-unreadable",
        noun: format!("webhook {id}"),
        asks: vec![
            ask(Who::Owner, Method::GET, &path),
            ask(Who::Owner, Method::PATCH, &path).body(json!({ "name": "Another" })),
            ask(Who::Owner, Method::DELETE, &path),
        ],
    }
}

fn of_a_client(client: &str) -> Damage {
    let path = format!("/v1/operator/clients/{client}");
    Damage {
        table: TABLE,
        row: row(format!("CLIENT#{client}"), "CLIENT"),
        attribute: "environment",
        value: text("moon"),
        code: "row-unreadable",
        noun: "machine client".to_owned(),
        asks: vec![
            ask(Who::Operator, Method::GET, &path),
            ask(Who::Operator, Method::PUT, &path).body(machine_client()),
            ask(Who::Operator, Method::DELETE, &path),
        ],
    }
}

/// Each of these is an attribute that the operator needs.
fn of_an_account(account: &str, attribute: &'static str, value: AttributeValue) -> Damage {
    let path = format!("/v1/operator/accounts/{account}");
    Damage {
        table: TABLE,
        row: row(format!("SETTINGS#{account}"), "SETTINGS"),
        attribute,
        value,
        code: "row-unreadable",
        noun: "account".to_owned(),
        asks: vec![
            ask(Who::Operator, Method::GET, &path),
            ask(Who::Operator, Method::PUT, &path).body(operated_account(account)),
        ],
    }
}

/// The organizations, which the account's people see with it.
fn of_the_own_account() -> Damage {
    Damage {
        table: TABLE,
        row: row("ORGANIZATIONS#acme", "ORGANIZATIONS"),
        attribute: "organizations",
        value: text("org_uk"),
        code: "row-unreadable",
        noun: "account".to_owned(),
        asks: vec![
            ask(Who::Owner, Method::GET, "/v1/account"),
            ask(Who::Owner, Method::PATCH, "/v1/account").body(json!({ "title": "Another" })),
        ],
    }
}

fn of_a_member(member: &str) -> Damage {
    let path = format!("/v1/members/{member}");
    Damage {
        table: TABLE,
        row: row("MEMBER#acme", format!("MEMBER#{member}")),
        attribute: "role",
        value: text("emperor"),
        code: "row-unreadable",
        noun: "member".to_owned(),
        asks: vec![
            ask(Who::Owner, Method::PATCH, &path).body(json!({ "state": "suspended" })),
            ask(Who::Owner, Method::DELETE, &path),
        ],
    }
}

fn of_a_version(key: &str, attribute: &'static str, value: AttributeValue) -> Damage {
    let restore = json!({ "auth": "aws4", "origins": ["https://api.example.com"] });
    Damage {
        table: TABLE,
        row: row(format!("KEY#acme#{key}"), "VERSION#000001"),
        attribute,
        value,
        code: "row-unreadable",
        noun: "version".to_owned(),
        asks: vec![ask(Who::Owner, Method::POST, format!("/v1/keys/{key}/versions/1/restore")).body(restore)],
    }
}

/// The record of a request that is sent again.
async fn of_a_record(api: &Api) -> Damage {
    let first = ask(Who::Editor, Method::POST, "/v1/keys").body(aws4()).once("damaged");
    send(api, &first).await.expect(201);
    let items = api.items(VAULT).await.into_iter();
    let records: Vec<_> =
        items.filter(|item| item["PK"].as_s().is_ok_and(|key| key.starts_with("IDEMPOTENCY#"))).collect();
    let [record] = &records[..] else { panic!("{records:?}") };
    Damage {
        table: VAULT,
        row: record.iter().filter(|(name, _)| ["PK", "SK"].contains(&name.as_str())).map(owned).collect(),
        attribute: "mac",
        value: text("none"),
        code: "row-unreadable",
        noun: "Idempotency-Key".to_owned(),
        asks: vec![first],
    }
}

fn owned((name, value): (&String, &AttributeValue)) -> (String, AttributeValue) {
    (name.clone(), value.clone())
}

async fn send(api: &Api, ask: &Ask) -> crate::support::Answer {
    let call = api.call(ask.who, ask.method.clone(), &ask.path).header("if-match", "\"1\"");
    let call = if ask.once.is_empty() { call } else { call.header("idempotency-key", ask.once) };
    let call = if ask.body.is_null() { call } else { call.json(&ask.body) };
    call.send().await
}

#[tokio::test]
async fn a_damaged_row_is_refused_by_the_name_of_what_it_is() {
    let api = Api::start().await;
    let named = Named::store(&api).await;
    let versioned = api.store(&aws4()).await.id;
    let damages = [
        of_a_key(&named),
        of_an_endpoint("sources", "source", "SOURCE", &named.source),
        of_an_endpoint("destinations", "destination", "DESTINATION", &named.destination),
        of_a_webhook(&named.webhook),
        of_a_client(&named.client),
        of_an_account(&named.account, "title", text("")),
        of_an_account(&named.account, "allowed_origins", text("everywhere")),
        of_an_account(&named.account, "allowed_origins", AttributeValue::L(vec![text("everywhere")])),
        of_a_member(&named.member),
        of_a_version(&versioned, "title", text("")),
        of_a_version(&versioned, "auth", text("of-tomorrow")),
        of_a_record(&api).await,
        of_the_own_account(),
    ];
    for Damage { table, row, attribute, value, code, noun, asks } in damages {
        let whole = api.dynamodb().get_item().table_name(table).set_key(Some(row.clone())).send().await;
        let whole = whole.unwrap().item.expect("a row to damage");
        api.set(table, row, Item::from([(attribute.to_owned(), value)])).await;
        let before = api.everything().await;
        for ask in asks {
            let answer = send(&api, &ask).await;
            let at = format!("{} {} with a damaged {attribute}: {}", ask.method, ask.path, answer.text);
            assert_eq!(answer.outcome(), (409, code.to_owned()), "{at}");
            let problem = answer.json();
            let told = format!("{} {}", problem["title"], problem["detail"]);
            assert!(told.contains(&noun), "{at}");
            assert!(code == "key-unreadable" || !told.contains("stored key"), "{at}");
        }
        assert_eq!(api.everything().await, before, "a damaged {noun}");
        api.put(table, whole).await;
    }
}
