//! Every field that says where a secret may go, edited behind the API's back, against every way to use a key. Each key
//! was used a moment before, so its data key, its token and its session are at hand: they must not help.

mod cases;

use aws_sdk_dynamodb::types::AttributeValue;
use keyward_shared::permission::Permission;
use reqwest::Method;
use serde_json::json;

use self::cases::cases;
use super::{field, text};
use crate::support::{
    Answer, Api, TABLE, VAULT, Who,
    keys::{Item, Stored, aws4, custom_http},
    outside::Outside,
};

const SHOP: &str = "shop.example.com";
const LOGIN: &str = "login.example.com";
const EVIL: &str = "evil.example.com";

const ENVELOPE: &str = "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>\
     <m:call xmlns:m=\"urn:Magento\"/></soap:Body></soap:Envelope>";

const MAGENTO_SESSION: &str = "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>\
     <m:loginResponse xmlns:m=\"urn:Magento\"><loginReturn>d41d8cd98f00b204</loginReturn></m:loginResponse>\
     </soap:Body></soap:Envelope>";

/// A system, its login server and an attacker's, all stood in for by one server.
async fn scene() -> (Api, Outside) {
    let names = [SHOP, LOGIN, EVIL];
    let outside = Outside::start(&names).await;
    let api = Api::start_with(outside.upstreams(&names)).await;
    (api, outside)
}

/// Opens the key, and where it can be sent with, does that: whatever is remembered of a use is remembered now.
async fn warm(api: &Api, outside: &Outside, key: &Stored) {
    let resolve = json!({ "environment": "live" });
    api.post(Who::Runtime, &format!("{}/resolve", key.path), &resolve).await.expect(200);
    let ask = match key.view["system_id"].as_str().unwrap() {
        "custom-http" | "woocommerce" => json!({ "method": "GET", "path": "/" }),
        "oauth2" => {
            outside.will_answer(
                200,
                &[],
                r#"{"access_token":"a-token","token_type":"bearer","expires_in":3600}"#,
            );
            json!({ "method": "GET", "path": "/" })
        }
        "magento-1" => {
            outside.will_answer(200, &[], MAGENTO_SESSION);
            json!({ "method": "POST", "path": "/", "body": ENVELOPE })
        }
        // They lead elsewhere than to the stand-in.
        _ => return,
    };
    let sent = api.post(Who::Runtime, &format!("{}/send", key.path), &ask).await.expect(200).json();
    assert_eq!(sent["status"], 200, "{sent}");
}

/// Uses a key in every way; every answer with the way's name.
async fn uses(
    api: &Api,
    path: &str,
    environment: &str,
    organization: Option<&str>,
) -> Vec<(&'static str, Answer)> {
    let who = if environment == "live" { Who::Runtime } else { Who::RuntimeTest };
    let mut ask = json!({ "method": "GET", "path": "/" });
    let mut resolve = json!({ "environment": environment });
    let mut verify = format!("{path}/verify?path=/");
    if let Some(organization) = organization {
        ask["organization"] = json!(organization);
        resolve["organization"] = json!(organization);
        verify.push_str(&format!("&organization={organization}"));
    }
    vec![
        ("sign", api.post(who, &format!("{path}/sign"), &ask).await),
        ("send", api.post(who, &format!("{path}/send"), &ask).await),
        ("resolve", api.post(who, &format!("{path}/resolve"), &resolve).await),
        ("verify", api.call(Who::Owner, Method::POST, &verify).send().await),
    ]
}

/// No use opens anything. A use may also be refused for what the edited row says, which is just as well.
#[track_caller]
fn must_not_open(what: &str, uses: &[(&'static str, Answer)]) {
    for (way, answer) in uses {
        let code = answer.code();
        let refused = match *way {
            "sign" | "send" | "verify" => {
                ["does-not-open", "key-unreadable", "cannot-sign"].contains(&code.as_str())
            }
            _ => ["does-not-open", "key-unreadable"].contains(&code.as_str()),
        };
        assert!(refused, "{what}, {way}: {}", answer.text);
    }
}

#[tokio::test]
async fn no_edit_of_a_row_opens_in_any_use() {
    let (api, outside) = scene().await;
    let mut edits = 0;
    for (body, edited) in cases() {
        let key = api.store(&body).await;
        warm(&api, &outside, &key).await;
        let row = api.row(&key.id).await;
        outside.arrived();
        let connections = outside.connections();
        for (at, edit) in edited {
            let mut item = row.clone();
            edit(&mut item);
            assert_ne!(item, row, "{at} is no edit");
            let environment = item["environment"].as_s().unwrap().clone();
            api.put(TABLE, item).await;
            let what = format!("{} {} with another {at}", body["system_id"], body["auth"]);
            must_not_open(&what, &uses(&api, &key.path, &environment, None).await);
            edits += 1;
        }
        assert_eq!((outside.arrived().len(), outside.connections()), (0, connections));
        api.put(TABLE, row).await;
        warm(&api, &outside, &key).await;
    }
    assert!(edits >= 100, "{edits}");
}

/// The vault's items of a key, by sort key.
async fn sealed(api: &Api, key: &Stored, entry: &str) -> Item {
    let (partition, row) = (text(&format!("acme#{}", key.id)), text(&format!("{entry}#CURRENT")));
    let items = api.items(VAULT).await.into_iter();
    items.into_iter().find(|item| item["PK"] == partition && item["SK"] == row).expect("a sealed entry")
}

fn map<'a>(item: &'a mut Item, name: &str) -> &'a mut Item {
    let AttributeValue::M(map) = item.get_mut(name).unwrap() else { panic!("a map") };
    map
}

/// A key with an entry for each of two organizations.
async fn organizations(api: &Api) -> Stored {
    let mut body = custom_http("basic", json!({}));
    let fields = |who: &str| json!({ "fields": { "username": "u", "password": format!("s3cret-of-{who}") } });
    body["base_url"] = json!(format!("https://{SHOP}"));
    body["organization_specific"] = json!(true);
    body["entries"] = json!({ "org_1": fields("1"), "org_2": fields("2") });
    let key = api.store(&body).await;
    for organization in ["org_1", "org_2"] {
        for (_, answer) in uses(api, &key.path, "live", Some(organization)).await {
            answer.expect(200);
        }
    }
    key
}

#[tokio::test]
async fn an_organization_does_not_get_the_secret_of_another() {
    let (api, outside) = scene().await;
    let key = organizations(&api).await;
    let row = api.row(&key.id).await;
    let [first, second] = [sealed(&api, &key, "org_1").await, sealed(&api, &key, "org_2").await];
    outside.arrived();
    let connections = outside.connections();
    // The items alone, and with the row's entries.
    let mut swapped_row = row.clone();
    let entries = map(&mut swapped_row, "entries");
    let (one, two) = (entries["org_1"].clone(), entries["org_2"].clone());
    entries.extend([("org_1".to_owned(), two), ("org_2".to_owned(), one)]);
    for row in [row.clone(), swapped_row.clone()] {
        api.put(TABLE, row).await;
        for (from, to) in [(&first, &second), (&second, &first)] {
            let mut moved = from.clone();
            moved.insert("SK".to_owned(), to["SK"].clone());
            api.put(VAULT, moved).await;
        }
        for organization in ["org_1", "org_2"] {
            must_not_open(organization, &uses(&api, &key.path, "live", Some(organization)).await);
        }
    }
    // The row's entries alone.
    api.put(VAULT, first.clone()).await;
    api.put(VAULT, second.clone()).await;
    must_not_open("row", &uses(&api, &key.path, "live", Some("org_1")).await);
    assert_eq!((outside.arrived().len(), outside.connections()), (0, connections));
    api.put(TABLE, row).await;
    for (_, answer) in uses(&api, &key.path, "live", Some("org_2")).await {
        answer.expect(200);
    }
}

/// Gives an organization an attacker's token URL.
fn token_url_of(row: &mut Item, organization: &str) {
    let fields = map(map(map(row, "joined_entries"), organization), "fields");
    fields.insert("token_url".to_owned(), text("https://evil.example.com/token"));
}

/// What an edit changes, and the edit.
type EntriesEdit = (&'static str, fn(&mut Item));

/// Edits of the entries of a row with secret headers, which are bound to the origins of all of them.
fn edits_of_joined_entries() -> Vec<EntriesEdit> {
    vec![
        ("all as entries to be read alone", |row| {
            let entries = row.remove("joined_entries").unwrap();
            row.insert("entries".to_owned(), entries);
        }),
        ("all as both", |row| drop(row.insert("entries".to_owned(), row["joined_entries"].clone()))),
        ("one of them apart", |row| {
            let one = map(row, "joined_entries").remove("org_1").unwrap();
            row.insert("entries".to_owned(), AttributeValue::M([("org_1".to_owned(), one)].into()));
        }),
        ("all as entries to be read alone, and no secret header", |row| {
            let entries = row.remove("joined_entries").unwrap();
            row.insert("entries".to_owned(), entries);
            row.remove("headers_sealed_at");
        }),
        ("no other organization", |row| drop(map(row, "joined_entries").remove("org_2"))),
        ("another origin of another organization", |row| token_url_of(row, "org_2")),
        ("another origin of the organization", |row| token_url_of(row, "org_1")),
    ]
}

#[tokio::test]
async fn secret_headers_do_not_open_when_any_entry_of_the_row_was_edited() {
    let (api, outside) = scene().await;
    let fields = |host: &str| {
        let token_url = format!("https://{host}/token");
        json!({ "fields": { "token_url": token_url, "client_id": "c", "client_secret": "the-s3cret" } })
    };
    let body = json!({
        "system_id": "oauth2", "auth": "client-credentials", "title": "A key", "environment": "live",
        "base_url": format!("https://{SHOP}"), "organization_specific": true,
        "headers": [{ "name": "X-Tenant", "value": "another-s3cret", "secret": true }],
        "entries": { "org_1": fields(LOGIN), "org_2": fields(SHOP) },
    });
    let key = api.store(&body).await;
    let row = api.row(&key.id).await;
    let resolve = json!({ "environment": "live", "organization": "org_1" });
    for (what, edit) in edits_of_joined_entries() {
        api.post(Who::Runtime, &format!("{}/resolve", key.path), &resolve).await.expect(200);
        let mut item = row.clone();
        edit(&mut item);
        api.put(TABLE, item).await;
        must_not_open(what, &uses(&api, &key.path, "live", Some("org_1")).await);
        assert_eq!(outside.connections(), 0, "{what}");
        api.put(TABLE, row.clone()).await;
    }
}

#[tokio::test]
async fn an_older_value_or_an_older_hash_does_not_open_in_any_use() {
    let (api, outside) = scene().await;
    let mut body = custom_http("basic", json!({ "username": "u", "password": "old-s3cret" }));
    body["base_url"] = json!(format!("https://{SHOP}"));
    let key = api.store(&body).await;
    warm(&api, &outside, &key).await;
    let (old_row, old) = (api.row(&key.id).await, sealed(&api, &key, "default").await);
    let patch = json!({ "entries": { "default": { "fields": { "password": "new-s3cret" } } } });
    api.patch(Who::Owner, &key.path, 1, &patch).await.expect(200);
    warm(&api, &outside, &key).await;
    let (new_row, new) = (api.row(&key.id).await, sealed(&api, &key, "default").await);
    outside.arrived();
    let connections = outside.connections();

    let mut old_as_new = old.clone();
    old_as_new.insert("version".to_owned(), new["version"].clone());
    let mut both_seals = new.clone();
    map(&mut both_seals, "seals").extend(map(&mut old.clone(), "seals").clone());
    *map(&mut both_seals, "fields") = map(&mut old.clone(), "fields").clone();
    for item in [old, old_as_new, both_seals] {
        api.put(VAULT, item).await;
        must_not_open("the old item", &uses(&api, &key.path, "live", None).await);
    }
    api.put(VAULT, new).await;
    let mut old_hash = new_row.clone();
    *field(&mut old_hash, "password") = field(&mut old_row.clone(), "password").clone();
    for row in [old_row, old_hash] {
        api.put(TABLE, row).await;
        must_not_open("the old row", &uses(&api, &key.path, "live", None).await);
    }
    assert_eq!((outside.arrived().len(), outside.connections()), (0, connections));
    api.put(TABLE, new_row).await;
    warm(&api, &outside, &key).await;
}

#[tokio::test]
async fn a_key_moved_to_another_account_does_not_open() {
    let (api, outside) = scene().await;
    let mut body = custom_http("basic", json!({ "username": "u", "password": "the-s3cret" }));
    body["base_url"] = json!(format!("https://{SHOP}"));
    let key = api.store(&body).await;
    warm(&api, &outside, &key).await;
    outside.arrived();
    let connections = outside.connections();
    let (mut row, mut item) = (api.row(&key.id).await, sealed(&api, &key, "default").await);
    row.insert("PK".to_owned(), text(&format!("KEY#globex#{}", key.id)));
    item.insert("PK".to_owned(), text(&format!("globex#{}", key.id)));
    api.put(VAULT, item).await;
    for account in ["acme", "globex"] {
        row.insert("account_id".to_owned(), text(account));
        api.put(TABLE, row.clone()).await;
        let ask = json!({ "method": "GET", "path": "/" });
        let resolve = json!({ "environment": "live" });
        for (way, permission, ask) in [
            ("send", Permission::KeysUse, &ask),
            ("sign", Permission::KeysUse, &ask),
            ("resolve", Permission::KeysResolve, &resolve),
        ] {
            let token = api.machine_token("globex", permission);
            let path = format!("{}/{way}", key.path);
            let answer = api.call_with(&token, Method::POST, &path).json(ask).send().await;
            let refused =
                ["does-not-open", "key-unreadable", "reveals-secret"].contains(&answer.code().as_str());
            assert!(refused, "{account} {way}: {}", answer.text);
        }
        let answer =
            api.call(Who::Stranger, Method::POST, &format!("{}/verify?path=/", key.path)).send().await;
        must_not_open(account, &[("verify", answer)]);
    }
    assert_eq!((outside.arrived().len(), outside.connections()), (0, connections));
}

#[tokio::test]
async fn no_edit_of_a_sealed_entry_opens_in_any_use() {
    let (api, outside) = scene().await;
    let mut body = aws4();
    body["base_url"] = json!(format!("https://{SHOP}"));
    body["entries"]["default"]["fields"]["session_token"] = json!("the-session-token");
    let key = api.store(&body).await;
    let other = api.store(&body).await;
    // Two seals in one item, all data keys remembered.
    let patch = json!({ "entries": { "default": { "fields": { "session_token": "another-token" } } } });
    api.patch(Who::Owner, &key.path, 1, &patch).await.expect(200);
    warm(&api, &outside, &key).await;
    warm(&api, &outside, &other).await;
    let own = sealed(&api, &key, "default").await;
    let foreign = sealed(&api, &other, "default").await;
    outside.arrived();
    let connections = outside.connections();

    let part = |item: &Item, field: &str, part: &str| {
        let mut item = item.clone();
        map(map(&mut item, "fields"), field)[part].clone()
    };
    let edited = |edit: &dyn Fn(&mut Item)| {
        let mut item = own.clone();
        edit(&mut item);
        assert_ne!(item, own);
        item
    };
    let mut edits = Vec::new();
    for part_name in ["seal", "sealed"] {
        // One field has what another has.
        for (from, to) in [("secret_key", "session_token"), ("session_token", "secret_key")] {
            let value = part(&own, from, part_name);
            edits.push(edited(&|item| {
                map(map(item, "fields"), to).insert(part_name.to_owned(), value.clone());
            }));
        }
        // A field has what it has in another key.
        let value = part(&foreign, "secret_key", part_name);
        edits.push(edited(&|item| {
            map(map(item, "fields"), "secret_key").insert(part_name.to_owned(), value.clone());
        }));
    }
    // Whole fields swapped.
    edits.push(edited(&|item| {
        let fields = map(item, "fields");
        let (one, two) = (fields["secret_key"].clone(), fields["session_token"].clone());
        fields.extend([("secret_key".to_owned(), two), ("session_token".to_owned(), one)]);
    }));
    // Another key's field with its seal and its wrapped data key.
    edits.push(edited(&|item| {
        let mut foreign = foreign.clone();
        map(item, "seals").extend(map(&mut foreign, "seals").clone());
        map(item, "fields").extend(map(&mut foreign, "fields").clone());
    }));
    // The two wrapped data keys swapped.
    edits.push(edited(&|item| {
        let seals = map(item, "seals");
        let names: Vec<String> = seals.keys().cloned().collect();
        assert_eq!(names.len(), 2);
        let (one, two) = (seals[&names[0]].clone(), seals[&names[1]].clone());
        seals.extend([(names[0].clone(), two), (names[1].clone(), one)]);
    }));
    // A field that is not there, that was never there, and the item as that of another entry.
    for gone in ["secret_key", "session_token"] {
        edits.push(edited(&|item| map(map(item, "fields"), gone).clear()));
        edits.push(edited(&|item| drop(map(item, "fields").remove(gone))));
    }
    edits.push(edited(&|item| {
        let value = map(item, "fields")["secret_key"].clone();
        map(item, "fields").insert("value".to_owned(), value);
    }));
    edits.push(edited(&|item| map(item, "seals").clear()));
    let count = edits.len();
    for (at, item) in edits.into_iter().enumerate() {
        api.put(VAULT, item).await;
        must_not_open(&format!("edit {at}"), &uses(&api, &key.path, "live", None).await);
    }
    assert_eq!(count, 15);
    assert_eq!((outside.arrived().len(), outside.connections()), (0, connections));
    api.put(VAULT, own).await;
    warm(&api, &outside, &key).await;
}
