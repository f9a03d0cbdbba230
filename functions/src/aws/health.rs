//! The health of a key's entries as its items. They stand beside the key's row, since the functions that write them may
//! not write keys. What the last trial said that decided anything stays in the item while trials decide nothing.

use aws_sdk_dynamodb::{operation::update_item::UpdateItemError, types::AttributeValue};
use keyward_shared::{
    error::PortError,
    ids::{AccountId, KeyId},
    keys::health::{Health, KeyHealth, TrialResult, Verdict},
    ports::{ReadHealth, WriteHealth},
};

use super::{
    Tables,
    errors::dynamodb_error,
    item::{Item, number, number_of, text, text_of},
    place,
};
use crate::metrics::Metric;

/// What a trial sets in the item, and what it takes out.
fn attributes(health: &Health) -> (Item, Vec<&'static str>) {
    let (mut item, mut removed) = (Item::new(), Vec::new());
    item.extend([
        ("account_id".to_owned(), text(health.account.to_string())),
        ("key_id".to_owned(), text(health.key.to_string())),
        ("version".to_owned(), number(health.version)),
        ("result".to_owned(), text(health.result.as_str())),
        ("message".to_owned(), text(&health.message)),
        ("checked_at".to_owned(), text(health.checked_at.to_string())),
        ("checked_at_ms".to_owned(), number(health.checked_at.as_millisecond())),
    ]);
    for (name, value) in [("upstream", &health.upstream), ("proof", &health.proof)] {
        match value {
            Some(value) => drop(item.insert(name.to_owned(), text(value))),
            None => removed.push(name),
        }
    }
    if let Some(Verdict { version, good, .. }) = health.verdict() {
        item.insert("good".to_owned(), AttributeValue::Bool(good));
        item.insert("judged_version".to_owned(), number(version));
    }
    (item, removed)
}

/// The verdict in an item, if a trial ever had one.
fn read_verdict(item: &Item) -> Option<Verdict> {
    let Some(AttributeValue::Bool(good)) = item.get("good") else { return None };
    let entry = text_of(item, "SK")?.parse().ok()?;
    Some(Verdict { entry, version: number_of(item, "judged_version")?, good: *good })
}

/// The health in an item; `None` for an item that cannot be read, which is counted and named.
fn read(account: &AccountId, key: &KeyId, item: &Item) -> Option<Health> {
    Some(Health {
        account: account.clone(),
        key: key.clone(),
        entry: text_of(item, "SK")?.parse().ok()?,
        version: number_of(item, "version")?,
        result: TrialResult::of(text_of(item, "result")?)?,
        message: text_of(item, "message")?.to_owned(),
        proof: text_of(item, "proof").map(str::to_owned),
        upstream: text_of(item, "upstream").map(str::to_owned),
        checked_at: text_of(item, "checked_at")?.parse().ok()?,
    })
}

impl WriteHealth for Tables {
    async fn write_health(&self, health: &Health) -> Result<(), PortError> {
        let (set, removed) = attributes(health);
        let mut update = self
            .client
            .update_item()
            .table_name(&self.keyward)
            .set_key(Some(place::health(&health.account, &health.key, &health.entry)))
            .condition_expression("attribute_not_exists(checked_at_ms) OR checked_at_ms <= :now")
            .expression_attribute_values(":now", number(health.checked_at.as_millisecond()));
        let mut sets = Vec::new();
        for (index, (name, value)) in set.into_iter().enumerate() {
            sets.push(format!("#a{index} = :a{index}"));
            update = update
                .expression_attribute_names(format!("#a{index}"), name)
                .expression_attribute_values(format!(":a{index}"), value);
        }
        let mut expression = format!("SET {}", sets.join(", "));
        if !removed.is_empty() {
            expression = format!("{expression} REMOVE {}", removed.join(", "));
        }
        match update.update_expression(expression).send().await {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                // Something newer is known already.
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(()),
                Some(_) | None => Err(dynamodb_error(error)),
            },
        }
    }
}

impl ReadHealth for Tables {
    async fn read_health(&self, account: &AccountId, key: &KeyId) -> Result<KeyHealth, PortError> {
        // One page: a key has at most 41 entries.
        let query = self.query(&self.keyward, place::health_partition(account, key));
        let answer = query.send().await.map_err(dynamodb_error)?;
        let items = answer.items.unwrap_or_default();
        let mut health = KeyHealth::default();
        for item in &items {
            health.verdicts.extend(read_verdict(item));
            match read(account, key, item) {
                Some(read) => health.entries.push(read),
                None => health.unreadable.push(text_of(item, "SK").unwrap_or_default().to_owned()),
            }
        }
        Metric::UnreadableRows.count(health.unreadable.len());
        Ok(health)
    }
}
