//! An item of a table, its attributes, and its primary key.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

/// An item as the SDK has it: attributes by name.
pub(super) type Item = HashMap<String, AttributeValue>;

/// An attribute that holds a text.
pub(super) fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// An attribute that holds a number.
pub(super) fn number(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// The text of an attribute; `None` where there is none.
pub(super) fn text_of<'i>(item: &'i Item, name: &str) -> Option<&'i str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

/// The number of an attribute; `None` where there is none, or another kind of number.
pub(super) fn number_of<N: std::str::FromStr>(item: &Item, name: &str) -> Option<N> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

/// The primary key of an item.
pub(super) fn primary_key(partition: impl Into<String>, row: impl Into<String>) -> Item {
    Item::from([("PK".to_owned(), text(partition)), ("SK".to_owned(), text(row))])
}
