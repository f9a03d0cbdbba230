//! An audit entry as its item.

use aws_sdk_dynamodb::types::AttributeValue;
use keyward_shared::{
    ids::{AccountId, KeyId},
    keys::audit::AuditEntry,
};

use super::key_item::{Item, hex};

/// The partition of a key's audit chain.
pub(super) fn partition(account: &AccountId, key: &KeyId) -> String {
    format!("AUDIT#{account}#{key}")
}

/// The sort key of an entry. Twelve digits are more than any chain has.
pub(super) fn row(sequence: u64) -> String {
    format!("{sequence:012}")
}

/// The item of an entry.
pub(super) fn item(entry: &AuditEntry) -> Item {
    let text = |text: String| AttributeValue::S(text);
    let mut item = Item::from([
        ("PK".to_owned(), text(partition(&entry.account, &entry.key))),
        ("SK".to_owned(), text(row(entry.sequence))),
        ("account_id".to_owned(), text(entry.account.to_string())),
        ("key_id".to_owned(), text(entry.key.to_string())),
        ("sequence".to_owned(), AttributeValue::N(entry.sequence.to_string())),
        ("at".to_owned(), text(entry.at.to_string())),
        ("by".to_owned(), text(entry.by.clone())),
        ("action".to_owned(), text(entry.action.to_string())),
        ("version".to_owned(), AttributeValue::N(entry.version.to_string())),
        (
            "changed".to_owned(),
            AttributeValue::L(entry.changed.iter().cloned().map(AttributeValue::S).collect()),
        ),
        ("previous".to_owned(), text(hex(entry.previous))),
        ("hash".to_owned(), text(hex(entry.hash()))),
    ]);
    if let Some(restored) = entry.restored {
        item.insert("restored".to_owned(), AttributeValue::N(restored.to_string()));
    }
    item
}
