//! The rules that hold of everything stored are themselves rules that something can break.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;

use crate::support::{
    Api, TABLE, Who,
    invariants::World,
    keys::{Item, aws4},
};

/// A key at version 3 with one older secret, used by one source, beside a key that was deleted.
struct Sample {
    world: World,
    key: String,
    deleted: String,
}

const SOURCE: &str = "src_019aa9a0-0000-7000-8000-000000000001";

fn item(members: &[(&str, &str)]) -> Item {
    members.iter().map(|(name, value)| ((*name).to_owned(), AttributeValue::S((*value).to_owned()))).collect()
}

async fn sample() -> Sample {
    let api = Api::start().await;
    let (key, deleted) = (api.store(&aws4()).await, api.store(&aws4()).await);
    let secret = json!({ "entries": { "default": { "fields": { "secret_key": "another-secret" } } } });
    api.patch(Who::Owner, &key.path, 1, &secret).await.expect(200);
    api.patch(Who::Owner, &key.path, 2, &json!({ "title": "Another title" })).await.expect(200);
    api.purge(Who::Owner, &deleted.path, 1).await.expect(204);
    let partition = format!("USE#acme#{}", key.id);
    api.put(TABLE, item(&[("PK", &partition), ("SK", &format!("USE#source#{SOURCE}"))])).await;
    let (partition, row) = (format!("ENDPOINT#acme#{SOURCE}"), format!("SOURCE#{SOURCE}"));
    let mut source = item(&[("PK", &partition), ("SK", &row), ("key_id", &key.id)]);
    source.insert("state".to_owned(), AttributeValue::S("active".to_owned()));
    api.put(TABLE, source).await;
    let mut row = api.row(&key.id).await;
    row.insert("active_uses".to_owned(), AttributeValue::N("1".to_owned()));
    api.put(TABLE, row).await;
    api.drain_stream().await;
    Sample { world: World::read(&api.dynamodb(), "acme").await, key: key.id, deleted: deleted.id }
}

#[tokio::test]
async fn what_is_whole_breaks_no_rule_and_whatever_is_taken_from_it_does() {
    let Sample { world, key, deleted } = sample().await;
    assert_eq!((world.violations(), world.orphans()), (Vec::new(), Vec::new()));
    assert_eq!(world.keys[&key].vault.len(), 2);
    type Edit = fn(&mut World, &str, &str);
    let edits: [(&str, Edit); 13] = [
        ("the link USE#source#", |world, key, _| world.keys.get_mut(key).unwrap().links.clear()),
        ("counts 1 uses, and there are 0 links", |world, key, _| {
            world.keys.get_mut(key).unwrap().links.clear();
            world.endpoints.clear();
        }),
        ("the link USE#source#", |world, _, _| {
            for endpoint in world.endpoints.values_mut() {
                endpoint.insert("state".to_owned(), AttributeValue::S("inactive".to_owned()));
            }
        }),
        ("is deleted", |world, _, deleted| {
            for endpoint in world.endpoints.values_mut() {
                endpoint.insert("key_id".to_owned(), AttributeValue::S(deleted.to_owned()));
            }
        }),
        ("does not exist", |world, key, _| drop(world.keys.remove(key))),
        ("the trail does not end where", |world, key, _| {
            world.keys.get_mut(key).unwrap().audit.pop();
        }),
        ("entry 1 is not where it should be", |world, _, deleted| {
            world.keys.get_mut(deleted).unwrap().audit.remove(0);
        }),
        ("does not follow", |world, key, _| {
            let entry = &mut world.keys.get_mut(key).unwrap().audit[1];
            entry.insert("by".to_owned(), AttributeValue::S("person:mallory".to_owned()));
        }),
        ("its trail says", |world, _, deleted| {
            let row = &mut world.keys.get_mut(deleted).unwrap().row;
            row.insert("state".to_owned(), AttributeValue::S("active".to_owned()));
        }),
        ("and kept are", |world, key, _| drop(world.keys.get_mut(key).unwrap().snapshots.remove(&2))),
        ("its newest snapshot differs", |world, key, _| {
            let row = &mut world.keys.get_mut(key).unwrap().row;
            row.insert("title".to_owned(), AttributeValue::S("A lost title".to_owned()));
        }),
        ("the vault lacks", |world, key, _| {
            drop(world.keys.get_mut(key).unwrap().vault.remove("default#000001"));
        }),
        ("the current item of default", |world, key, _| {
            let vault = &mut world.keys.get_mut(key).unwrap().vault;
            let current = vault.remove("default#CURRENT").unwrap();
            vault.insert("default#000002".to_owned(), current);
        }),
    ];
    for (expected, edit) in edits {
        let mut edited = world.clone();
        edit(&mut edited, &key, &deleted);
        let violations = edited.violations().join("\n");
        assert!(violations.contains(expected), "{expected}: {violations}");
    }
}

#[tokio::test]
async fn what_nothing_names_is_an_orphan() {
    let Sample { world, key, deleted } = sample().await;
    let value = world.keys[&key].vault["default#000001"].clone();
    for (owner, row) in [(&key, "default#000003"), (&key, "#headers#000001"), (&deleted, "default#CURRENT")] {
        let mut edited = world.clone();
        edited.keys.get_mut(owner).unwrap().vault.insert(row.to_owned(), value.clone());
        assert_eq!(edited.orphans().len(), 1, "{row}");
    }
}
