//! What is stored and told, without what differs from one run to the next: ids, times, hashes and what is sealed.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{callers, invariants::text, keys::Item};

/// An item in one line.
pub(crate) fn item(item: &Item, account: &str) -> String {
    let key = |name| masked(text(item, name), account);
    // Which shard a receipt is in is chance; an idempotency record is a pointer and a code of authentication.
    let partition = key("PK");
    let partition = match partition.split_once('#') {
        Some(("RECEIPT", rest)) => {
            format!("RECEIPT#{}", rest.rsplit_once('#').map_or(rest, |(rest, _)| rest))
        }
        Some(("IDEMPOTENCY", _)) => return "IDEMPOTENCY".to_owned(),
        _ => partition,
    };
    let mut members: Vec<_> = item
        .iter()
        // Which partition of the index of what is due has a key is chance, too. A MAC covers the account and the times.
        .filter(|(name, _)| !matches!(name.as_str(), "PK" | "SK" | "ttl" | "due_pk" | "mac"))
        .map(|(name, value)| match name.ends_with("_ms") {
            true => format!("{name}: TIME"),
            false => format!("{name}: {}", attribute(value, account)),
        })
        .collect();
    members.sort();
    format!("{partition} {} {}", key("SK"), members.join(", "))
}

fn attribute(value: &AttributeValue, account: &str) -> String {
    match value {
        AttributeValue::S(text) => masked(text, account),
        AttributeValue::N(number) => number.clone(),
        AttributeValue::Bool(flag) => flag.to_string(),
        AttributeValue::M(members) => {
            let mut members: Vec<_> = members
                .iter()
                .map(|(name, value)| match name.ends_with("_ms") {
                    true => format!("{name}: TIME"),
                    false => format!("{}: {}", masked(name, account), attribute(value, account)),
                })
                .collect();
            members.sort();
            format!("{{{}}}", members.join(", "))
        }
        AttributeValue::L(values) => {
            let values: Vec<_> = values.iter().map(|value| attribute(value, account)).collect();
            format!("[{}]", values.join(", "))
        }
        AttributeValue::B(_) => "BYTES".to_owned(),
        other => format!("{other:?}"),
    }
}

/// A body.
pub(crate) fn body(body: &Value, account: &str) -> Value {
    match body {
        Value::String(text) => Value::String(masked(text, account)),
        Value::Array(values) => values.iter().map(|value| self::body(value, account)).collect(),
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| (name.clone(), self::body(value, account)));
            Value::Object(members.collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}

fn masked(text: &str, account: &str) -> String {
    if text.parse::<Timestamp>().is_ok() {
        return "TIME".to_owned();
    }
    let parts = text.split_inclusive(['#', '\t', '/', ' ']).map(|part| {
        let end = part.trim_end_matches(['#', '\t', '/', ' ']).len();
        let (word, separator) = part.split_at(end);
        let word = match word.split_once('_') {
            _ if word.parse::<Timestamp>().is_ok() => "TIME".to_owned(),
            _ if word == account => "ACCOUNT".to_owned(),
            _ if word.ends_with(&callers::machine(account)) => "MACHINE".to_owned(),
            _ if word.contains('@') => "ADDRESS".to_owned(),
            // In the index of words the id of a key has a mark and no `key_`.
            None if word.trim_start_matches(':').len() == 36 && word.matches('-').count() == 4 => {
                "UUID".to_owned()
            }
            Some((prefix, id)) if id.len() == 36 && id.matches('-').count() == 4 => format!("{prefix}_ID"),
            _ if word.len() >= 16 && word.bytes().all(|byte| byte.is_ascii_hexdigit()) => "HEX".to_owned(),
            _ => word.to_owned(),
        };
        word + separator
    });
    parts.collect()
}
