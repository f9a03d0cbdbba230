//! `GET /v1/keys/{key_id}/audit`.

use std::collections::BTreeSet;

use keyward_functions::system::{SystemClock, SystemRandom};
use keyward_local::upstreams::Upstreams;
use keyward_shared::ids::KeyId;
use serde_json::{Value, json};

use super::{Answers, Asking, Case, Effect, Request, no_body, no_misuse};
use crate::support::{
    Api, TABLE, Who,
    asked::Asked,
    faults::Fate,
    keys::{AWS_SECRET, Item, Stored, aws4},
    services::Functions,
};

pub(super) fn case() -> Case {
    Case {
        event: Answers::Status(404),
        body: no_body,
        misuse: no_misuse,
        asked: Asking::As(|clerk, asked| {
            let (asked, key) = clerk.about_a_key(asked);
            Some(Request { asked, about: key, effect: Effect::None })
        }),
        deeds: &[],
    }
}

async fn audit(api: &Api, key: &Stored, query: &str) -> Value {
    api.get(Who::Owner, &format!("{}/audit{query}", key.path)).await.expect(200).json()
}

async fn sign(api: &Api, key: &Stored) -> String {
    let ask = json!({ "method": "GET", "path": "/orders?secret=1" });
    let signed = api.post(Who::Runtime, &format!("{}/sign", key.path), &ask).await.expect(200).json();
    signed["receipt_id"].as_str().unwrap().to_owned()
}

async fn rename(api: &Api, key: &Stored, version: u64) {
    let title = json!({ "title": format!("Title {version}") });
    api.patch(Who::Editor, &key.path, version, &title).await.expect(200);
}

/// What an entry is known by: its place in the chain, or its receipt.
fn name(entry: &Value) -> String {
    match (&entry["change"], &entry["use"]) {
        (change, Value::Null) => change["sequence"].to_string(),
        (Value::Null, used) => used["receipt_id"].as_str().unwrap().to_owned(),
        both => panic!("{both:?}"),
    }
}

fn names(page: &Value) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(name).collect()
}

fn assert_newest_first(page: &Value) {
    let at = |entry: &Value| entry["at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let times: Vec<_> = page["items"].as_array().unwrap().iter().map(at).collect();
    assert!(times.windows(2).all(|pair| pair[0] >= pair[1]), "{times:?}");
}

#[tokio::test]
async fn changes_and_uses_come_together_newest_first() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let first = sign(&api, &key).await;
    let secret = json!({ "entries": { "default": { "fields": { "secret_key": "another" } } } });
    api.patch(Who::Editor, &key.path, 1, &secret).await.expect(200);
    let resolve = json!({ "environment": "live" });
    api.post(Who::Runtime, &format!("{}/resolve", key.path), &resolve).await.expect(200);
    let page = audit(&api, &key, "").await;
    assert_newest_first(&page);
    assert_eq!(page["next_cursor"], Value::Null);
    let items = page["items"].as_array().unwrap();
    assert_eq!(items.len(), 4);
    let (resolved, updated, signed, created) = (&items[0], &items[1], &items[2], &items[3]);
    assert_eq!(
        (&created["change"]["action"], &created["change"]["sequence"]),
        (&json!("key.created"), &json!(1))
    );
    assert_eq!((&updated["change"]["action"], &updated["key_version"]), (&json!("key.updated"), &json!(2)));
    assert_eq!(updated["change"]["changed"], json!(["entries.default.fields.secret_key"]));
    assert_eq!(updated["change"]["previous"], created["change"]["hash"]);
    assert!(updated["by"].as_str().unwrap().starts_with("person:"));
    assert_eq!(
        signed["use"],
        json!({
            "receipt_id": first, "purpose": "sign", "environment": "live", "organization": null,
            "method": "GET", "target": "https://api.example.com/v1/orders", "outcome": null,
            "request_id": signed["use"]["request_id"],
        })
    );
    assert_eq!((&signed["key_version"], &signed["change"]), (&json!(1), &Value::Null));
    assert_eq!((&resolved["use"]["purpose"], &resolved["key_version"]), (&json!("resolve"), &json!(2)));
    assert_eq!((&resolved["use"]["method"], &resolved["use"]["target"]), (&Value::Null, &Value::Null));
    assert!(resolved["by"].as_str().unwrap().starts_with("client:"));
    let text = page.to_string();
    assert!(!text.contains(AWS_SECRET) && !text.contains("another") && !text.contains("secret=1"));
}

#[tokio::test]
async fn a_receipt_names_its_request_as_the_logs_do() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let functions = Functions::of(&api, Upstreams::default()).await;
    let asked = Asked::of("sign_request", "acme").path("key_id", &key.id);
    let asked = asked.body(json!({ "method": "GET", "path": "/orders" }));
    assert_eq!(functions.ask(&asked).await.status, 200);
    let page = audit(&api, &key, "").await;
    assert_eq!(page["items"][0]["use"]["request_id"], asked.event()["requestContext"]["requestId"]);
}

#[tokio::test]
async fn a_page_is_the_keys_row_and_three_queries_one_after_the_other() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let functions = Functions::of(&api, Upstreams::default()).await;
    for (query, looks) in [("", 1), ("limit=1", 0)] {
        let asked = Asked::of("list_key_audit", "acme").path("key_id", &key.id).query(query);
        assert_eq!(functions.ask(&asked).await.status, 200);
        // A process looks at its caller once in a minute.
        assert_eq!(functions.calls()[looks..], ["GetItem", "Query", "Query", "Query"]);
    }
    // The first is not answered, so there is no second.
    functions.proxy().plan(Box::new(|_| Fate::HeldBefore));
    let asked = Asked::of("list_key_audit", "acme").path("key_id", &key.id);
    assert_eq!(functions.ask_within(&asked, 1).await.status, 503);
    assert_eq!(functions.calls(), ["GetItem"]);
}

#[tokio::test]
async fn pages_are_stable_while_the_key_goes_on_being_used_and_changed() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let mut version = 1;
    for _ in 0..5 {
        for _ in 0..4 {
            sign(&api, &key).await;
        }
        rename(&api, &key, version).await;
        version += 1;
    }
    let whole = names(&audit(&api, &key, "?limit=100").await);
    assert_eq!(whole.len(), 26);
    for limit in [1, 3, 7, 25] {
        let mut seen = Vec::new();
        let mut query = format!("?limit={limit}");
        loop {
            let page = audit(&api, &key, &query).await;
            assert_newest_first(&page);
            let found = names(&page);
            assert!(!found.is_empty() && found.len() <= limit);
            seen.extend(found);
            // What happens from now on belongs to nobody's next page.
            sign(&api, &key).await;
            if seen.len() % 5 == 0 {
                rename(&api, &key, version).await;
                version += 1;
            }
            match page["next_cursor"].as_str() {
                Some(cursor) => query = format!("?limit={limit}&cursor={cursor}"),
                None => break,
            }
        }
        // What came before this walk is newer than the rest, and all of it is there once.
        let distinct: BTreeSet<_> = seen.iter().collect();
        assert_eq!(distinct.len(), seen.len(), "limit {limit}");
        assert!(seen.ends_with(&whole), "limit {limit}");
    }
}

#[tokio::test]
async fn what_happens_after_the_first_page_is_on_none_that_follow() {
    let api = Api::start().await;
    // What was there before the first page, after the creation: signatures and renamings.
    for history in ["r", "s", "rr", "ss", "rs", "sr"] {
        let key = api.store(&aws4()).await;
        let mut version = 1;
        for event in history.chars() {
            if event == 's' {
                sign(&api, &key).await;
            } else {
                rename(&api, &key, version).await;
                version += 1;
            }
        }
        let whole = names(&audit(&api, &key, "").await);
        assert_eq!(whole.len(), history.len() + 1);
        let mut seen = Vec::new();
        let mut query = "?limit=1".to_owned();
        loop {
            let page = audit(&api, &key, &query).await;
            seen.extend(names(&page));
            sign(&api, &key).await;
            rename(&api, &key, version).await;
            version += 1;
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            query = format!("?limit=1&cursor={cursor}");
        }
        assert_eq!(seen, whole, "{history}");
    }
}

#[tokio::test]
async fn the_last_page_has_no_cursor_also_when_it_is_full() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    sign(&api, &key).await;
    rename(&api, &key, 1).await;
    let page = audit(&api, &key, "?limit=3").await;
    assert_eq!((names(&page).len(), &page["next_cursor"]), (3, &Value::Null));
    let page = audit(&api, &key, "?limit=2").await;
    let rest = audit(&api, &key, &format!("?cursor={}", page["next_cursor"].as_str().unwrap())).await;
    assert_eq!((names(&rest), &rest["next_cursor"]), (vec!["1".to_owned()], &Value::Null));
}

#[tokio::test]
async fn the_trail_of_a_deleted_key_can_still_be_read() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let receipt = sign(&api, &key).await;
    api.delete(Who::Owner, &key.path, 1).await.expect(204);
    api.get(Who::Owner, &key.path).await.expect(404);
    let page = audit(&api, &key, "").await;
    assert_eq!(names(&page), ["2", receipt.as_str(), "1"]);
    assert_eq!(page["items"][0]["change"]["action"], "key.deleted");
    let cursor = audit(&api, &key, "?limit=1").await["next_cursor"].as_str().unwrap().to_owned();
    assert_eq!(names(&audit(&api, &key, &format!("?cursor={cursor}")).await), [receipt.as_str(), "1"]);
}

#[tokio::test]
async fn foreign_and_absent_keys_have_no_trail() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    for _ in 0..3 {
        sign(&api, &key).await;
    }
    let absent = format!("/v1/keys/{}/audit", KeyId::generate(&SystemClock, &SystemRandom));
    assert_eq!(api.get(Who::Owner, &absent).await.outcome(), (404, "not-found".to_owned()));
    assert_eq!(api.get(Who::Owner, "/v1/keys/x/audit").await.outcome(), (404, "not-found".to_owned()));
    let path = format!("{}/audit", key.path);
    assert_eq!(api.get(Who::Stranger, &path).await.outcome(), (404, "not-found".to_owned()));
    // A cursor is one of its key and account.
    let cursor = audit(&api, &key, "?limit=1").await["next_cursor"].as_str().unwrap().to_owned();
    let foreign = api.get(Who::Stranger, &format!("{path}?cursor={cursor}")).await;
    assert_eq!((foreign.outcome().0, foreign.fields()), (400, vec!["cursor".to_owned()]));
    let other = api.store(&aws4()).await;
    let other = api.get(Who::Owner, &format!("{}/audit?cursor={cursor}", other.path)).await;
    assert_eq!((other.outcome().0, other.fields()), (400, vec!["cursor".to_owned()]));
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_by_name() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=-1", "limit"),
        ("limit=ten", "limit"),
        ("limit=", "limit"),
        ("limit=1&limit=2", "limit"),
        ("cursor=", "cursor"),
        ("cursor=eA", "cursor"),
        ("cursor=%00", "cursor"),
        ("colour=red", "colour"),
    ] {
        let answer = api.get(Who::Owner, &format!("{}/audit?{query}", key.path)).await;
        assert_eq!(
            (answer.outcome(), answer.fields()),
            ((400, "malformed-request".to_owned()), vec![field.to_owned()])
        );
    }
    for limit in [1, 100] {
        audit(&api, &key, &format!("?limit={limit}")).await;
    }
}

#[tokio::test]
async fn only_owners_read_the_trail() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let before = api.everything().await;
    for who in [Who::Editor, Who::Viewer, Who::Runtime, Who::RuntimeTest, Who::Operator] {
        api.get(who, &format!("{}/audit", key.path)).await.expect(403);
    }
    api.get(Who::Nobody, &format!("{}/audit", key.path)).await.expect(401);
    audit(&api, &key, "").await;
    // Reading is no use and leaves no receipt.
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn an_entry_that_cannot_be_read_takes_nothing_from_the_others() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let receipts = [sign(&api, &key).await, sign(&api, &key).await, sign(&api, &key).await];
    let items = api.items(TABLE).await;
    let mut damaged = items.into_iter().find(|item| item["SK"].as_s().unwrap() == &receipts[1]).unwrap();
    damaged
        .insert("purpose".to_owned(), aws_sdk_dynamodb::types::AttributeValue::S("of tomorrow".to_owned()));
    api.put(TABLE, damaged).await;
    let whole = names(&audit(&api, &key, "").await);
    assert_eq!(whole, [receipts[2].as_str(), receipts[0].as_str(), "1"]);
    let mut seen = Vec::new();
    let mut query = "?limit=1".to_owned();
    loop {
        let page = audit(&api, &key, &query).await;
        seen.extend(names(&page));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        query = format!("?limit=1&cursor={cursor}");
    }
    assert_eq!(seen, whole);
}

/// Damages a row whose partition begins so: a change or a receipt with this sort key.
async fn damage(api: &Api, kind: &str, row: &str) {
    let is_it =
        |item: &&Item| item["PK"].as_s().unwrap().starts_with(kind) && item["SK"].as_s().unwrap() == row;
    let mut item = api.items(TABLE).await.iter().find(is_it).expect("the row").clone();
    item.remove("at");
    api.put(TABLE, item).await;
}

#[tokio::test]
async fn what_cannot_be_read_is_named_once_on_the_page_where_it_belongs_and_hides_nothing_else() {
    let api = Api::start().await;
    let key = api.store(&aws4()).await;
    let mut receipts = Vec::new();
    for version in 1..=5 {
        receipts.push(sign(&api, &key).await);
        let title = json!({ "title": format!("Title {version}") });
        api.patch(Who::Editor, &key.path, version, &title).await.expect(200);
    }
    let whole = audit(&api, &key, "?limit=100").await;
    assert!(whole.get("unreadable").is_none(), "{whole}");
    for (kind, row) in [
        ("AUDIT#", "000000000006"),
        ("AUDIT#", "000000000003"),
        ("RECEIPT#", &receipts[1]),
        ("RECEIPT#", &receipts[4]),
    ] {
        damage(&api, kind, row).await;
    }
    let name = |item: &Value| match item["change"]["sequence"].as_u64() {
        Some(sequence) => sequence.to_string(),
        None => item["use"]["receipt_id"].as_str().unwrap().to_owned(),
    };
    let damaged = ["6", "3", &receipts[1], &receipts[4]].map(str::to_owned);
    let readable: Vec<String> =
        whole["items"].as_array().unwrap().iter().map(name).filter(|name| !damaged.contains(name)).collect();
    for limit in [1, 2, 3, 100] {
        let (mut items, mut unreadable, mut cursor) = (Vec::new(), Vec::new(), String::new());
        loop {
            let page = audit(&api, &key, &format!("?limit={limit}{cursor}")).await;
            items.extend(page["items"].as_array().unwrap().iter().map(name));
            let named = page["unreadable"].as_array().cloned().unwrap_or_default();
            unreadable.extend(named.iter().map(|name| name.as_str().unwrap().to_owned()));
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(items, readable, "{limit}");
        unreadable.sort();
        let mut expected = damaged.to_vec();
        expected.sort();
        assert_eq!(unreadable, expected, "{limit}");
    }
}
