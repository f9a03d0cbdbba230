//! How large DynamoDB counts what is stored ("DynamoDB item sizes and formats" in its developer guide).

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};

use super::keys::Item;

/// An item's size in bytes ("DynamoDB item sizes and formats" in its developer guide).
pub(crate) fn size(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + size_of(value)).sum()
}

fn size_of(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(digits) => digits.trim_matches('0').len().div_ceil(2) + 1,
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        AttributeValue::Bool(_) | AttributeValue::Null(_) => 1,
        AttributeValue::L(values) => 3 + values.iter().map(|value| 1 + size_of(value)).sum::<usize>(),
        AttributeValue::M(members) => {
            3 + members.iter().map(|(name, value)| 1 + name.len() + size_of(value)).sum::<usize>()
        }
        other => panic!("Keyward stores no {other:?}"),
    }
}

/// How large a write of a transaction is at most: the item, or the key and all values that an update sets.
pub(crate) fn written(write: &TransactWriteItem) -> usize {
    if let Some(put) = write.put() {
        size(put.item())
    } else if let Some(update) = write.update() {
        let names = update.expression_attribute_names().into_iter().flat_map(|names| names.values());
        let values = update.expression_attribute_values().into_iter().flat_map(|values| values.values());
        size(update.key()) + names.map(String::len).sum::<usize>() + values.map(size_of).sum::<usize>()
    } else if let Some(delete) = write.delete() {
        size(delete.key())
    } else {
        write.condition_check().map_or(0, |check| size(check.key()))
    }
}
