//! A sealed entry as its item in the table `keyward-vault`. `docs/sealing.md` shows it as DynamoDB exports it.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use keyward_shared::{
    ids::SealId,
    keys::seal::{SealedEntry, VaultPlace},
    sealing::{SealedField, WrappedDataKey},
};

use super::{
    item::{Item, number, number_of, text, text_of},
    place,
};

/// The item of an entry at a place of the vault.
pub(super) fn item(place: Item, entry: &SealedEntry) -> Item {
    let fields = entry.fields.iter().map(|(field, (seal, sealed))| {
        let value = HashMap::from([
            ("sealed".to_owned(), AttributeValue::B(Blob::new(sealed.as_bytes()))),
            ("seal".to_owned(), text(seal.to_string())),
        ]);
        (field.clone(), AttributeValue::M(value))
    });
    let seals = entry
        .seals
        .iter()
        .map(|(seal, wrapped)| (seal.to_string(), AttributeValue::B(Blob::new(wrapped.as_bytes()))));
    let mut item = place;
    item.extend([
        ("version".to_owned(), number(entry.version)),
        ("fields".to_owned(), AttributeValue::M(fields.collect())),
        ("seals".to_owned(), AttributeValue::M(seals.collect())),
    ]);
    item
}

/// Reads an item back; `None` when it is not one that could have been written.
pub(super) fn read(item: &Item) -> Option<SealedEntry> {
    let version = number_of(item, "version")?;
    let name = match place::sealed_at(text_of(item, "SK")?)? {
        VaultPlace::Current(name) => name,
        VaultPlace::Archived(name, archived) if archived == version => name,
        VaultPlace::Archived(..) => return None,
    };
    let mut fields = BTreeMap::new();
    for (field, value) in item.get("fields")?.as_m().ok()? {
        let value = value.as_m().ok()?;
        let seal: SealId = text_of(value, "seal")?.parse().ok()?;
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
