//! A sealed entry as its item in the table `keyward-vault`. `docs/sealing.md` shows it as DynamoDB exports it.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use keyward_shared::{
    ids::{AccountId, KeyId, SealId},
    keys::seal::{SealedEntry, VaultPlace},
    sealing::{EntryName, SealedField, WrappedDataKey},
};

use super::key_item::Item;

/// The vault's partition of a key.
pub(super) fn partition(account: &AccountId, key: &KeyId) -> String {
    format!("{account}#{key}")
}

/// The end of the sort key of what is current.
pub(super) const CURRENT: &str = "CURRENT";

/// The sort key of what is current.
pub(super) fn current_row(entry: &EntryName) -> String {
    format!("{entry}#{CURRENT}")
}

/// The sort key of what was current until a later version.
pub(super) fn archived_row(entry: &EntryName, version: u64) -> String {
    format!("{entry}#{version:06}")
}

/// The sort key of a place.
pub(super) fn row_at(place: &VaultPlace) -> String {
    match place {
        VaultPlace::Current(name) => current_row(name),
        VaultPlace::Archived(name, version) => archived_row(name, *version),
    }
}

/// The item of an entry under a sort key.
pub(super) fn item(account: &AccountId, key: &KeyId, row: String, entry: &SealedEntry) -> Item {
    let fields = entry.fields.iter().map(|(field, (seal, sealed))| {
        let value = HashMap::from([
            ("sealed".to_owned(), AttributeValue::B(Blob::new(sealed.as_bytes()))),
            ("seal".to_owned(), AttributeValue::S(seal.to_string())),
        ]);
        (field.clone(), AttributeValue::M(value))
    });
    let seals = entry
        .seals
        .iter()
        .map(|(seal, wrapped)| (seal.to_string(), AttributeValue::B(Blob::new(wrapped.as_bytes()))));
    Item::from([
        ("PK".to_owned(), AttributeValue::S(partition(account, key))),
        ("SK".to_owned(), AttributeValue::S(row)),
        ("version".to_owned(), AttributeValue::N(entry.version.to_string())),
        ("fields".to_owned(), AttributeValue::M(fields.collect())),
        ("seals".to_owned(), AttributeValue::M(seals.collect())),
    ])
}

/// Reads an item back; `None` when it is not one that could have been written.
pub(super) fn read(item: &Item) -> Option<SealedEntry> {
    let row = item.get("SK")?.as_s().ok()?;
    let name: EntryName = row.rsplit_once('#')?.0.parse().ok()?;
    let version = item.get("version")?.as_n().ok()?.parse().ok()?;
    if *row != current_row(&name) && *row != archived_row(&name, version) {
        return None;
    }
    let mut fields = BTreeMap::new();
    for (field, value) in item.get("fields")?.as_m().ok()? {
        let value = value.as_m().ok()?;
        let seal: SealId = value.get("seal")?.as_s().ok()?.parse().ok()?;
        let sealed = SealedField::try_from(value.get("sealed")?.as_b().ok()?.as_ref().to_vec()).ok()?;
        fields.insert(field.clone(), (seal, sealed));
    }
    let mut seals = BTreeMap::new();
    for (seal, wrapped) in item.get("seals")?.as_m().ok()? {
        let wrapped = WrappedDataKey::from(wrapped.as_b().ok()?.as_ref().to_vec());
        seals.insert(seal.parse().ok()?, wrapped);
    }
    Some(SealedEntry { name, version, fields, seals })
}
