//! An audit entry as its item.

use aws_sdk_dynamodb::types::AttributeValue;
use keyward_shared::keys::audit::AuditEntry;

use super::{
    item::{Item, number, text},
    key_item::hash_text,
    place,
};

/// The item of an entry.
pub(super) fn item(entry: &AuditEntry) -> Item {
    let mut item = place::audit(&entry.account, &entry.key, entry.sequence);
    item.extend([
        ("account_id".to_owned(), text(entry.account.to_string())),
        ("key_id".to_owned(), text(entry.key.to_string())),
        ("sequence".to_owned(), number(entry.sequence)),
        ("epoch".to_owned(), number(entry.epoch)),
        ("at".to_owned(), text(entry.at.to_string())),
        ("by".to_owned(), text(&entry.by)),
        ("action".to_owned(), text(entry.action.to_string())),
        ("version".to_owned(), number(entry.version)),
        ("changed".to_owned(), AttributeValue::L(entry.changed.iter().map(text).collect())),
        ("previous".to_owned(), text(hash_text(entry.previous))),
        ("hash".to_owned(), text(hash_text(entry.hash()))),
    ]);
    if let Some(restored) = entry.restored {
        item.insert("restored".to_owned(), number(restored));
    }
    item
}
