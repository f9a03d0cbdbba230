//! An audit entry as its item.

use aws_sdk_dynamodb::types::AttributeValue;
use keyward_shared::keys::audit::AuditEntry;

use super::{item::Item, key_item::hex, place};

/// The item of an entry.
pub(super) fn item(entry: &AuditEntry) -> Item {
    let text = |text: String| AttributeValue::S(text);
    let mut item = place::audit(&entry.account, &entry.key, entry.sequence);
    item.extend([
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
