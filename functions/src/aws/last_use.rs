//! When a key was last used, as an item of its own. It is in no index and not in the key's row, so a use of a busy key touches
//! neither the rows that other uses read nor the lists.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::{
    operation::{batch_get_item::BatchGetItemInput, update_item::UpdateItemError},
    types::{KeysAndAttributes, ReturnValuesOnConditionCheckFailure::AllOld},
};
use jiff::Timestamp;
use keyward_shared::{
    error::PortError,
    ids::{AccountId, KeyId},
    keys::receipt::LAST_USE_STEP,
    ports::{CommitError, NoteLastUse, ReadLastUses},
};

use super::{
    Tables,
    errors::{dynamodb_error, our_fault},
    item::{Item, number, number_of, text_of},
    place,
    transaction::{Condition, Part, Transaction},
};

const AT: &str = "last_used_at_ms";

impl NoteLastUse for Tables {
    async fn note_last_use(&self, account: &AccountId, key: &KeyId, at: Timestamp) -> Result<(), PortError> {
        let long_before = at.saturating_sub(LAST_USE_STEP).unwrap_or(Timestamp::MIN);
        let update = self
            .client
            .update_item()
            .table_name(&self.keyward)
            .set_key(Some(place::last_use(account, key)))
            .update_expression("SET last_used_at_ms = :at")
            .condition_expression("last_used_at_ms < :long_before")
            .expression_attribute_values(":at", number(at.as_millisecond()))
            .expression_attribute_values(":long_before", number(long_before.as_millisecond()))
            .return_values_on_condition_check_failure(AllOld);
        let Err(error) = update.send().await else { return Ok(()) };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                // One that is there says enough already.
                let is_there = refused.item().is_some_and(|item| !item.is_empty());
                if is_there { Ok(()) } else { self.begin_last_use(account, key, at).await }
            }
            Some(_) | None => Err(dynamodb_error(error)),
        }
    }
}

impl Tables {
    /// Makes the item of the first use, in one transaction with the condition that the key is there. A key's remains are
    /// purged after its deletion, so an item that is made later would stay for ever.
    async fn begin_last_use(&self, account: &AccountId, key: &KeyId, at: Timestamp) -> Result<(), PortError> {
        let mut transaction = Transaction::new(self);
        transaction.check(Part::Key, &self.keyward, place::key(account, key), Condition::stored())?;
        let item = place::last_use(account, key);
        let absent = Condition::absent().number(":at", at.as_millisecond());
        transaction.update_if(Part::Row, &self.keyward, item, "SET last_used_at_ms = :at", absent)?;
        match transaction.commit(None).await {
            // The key is gone, or another batch made the item at the same time, for a use of about this time.
            Ok(()) | Err(CommitError::Unmet(_) | CommitError::Stale { .. }) => Ok(()),
            Err(CommitError::Port(error)) => Err(error),
            Err(CommitError::Repeated | CommitError::Lost(_)) => Err(our_fault(NotRecorded)),
        }
    }
}

/// A transaction without a record of a request met one.
#[derive(Debug, thiserror::Error)]
#[error("the transaction has no record of a request")]
struct NotRecorded;

impl ReadLastUses for Tables {
    async fn read_last_uses(
        &self,
        account: &AccountId,
        keys: &[KeyId],
    ) -> Result<BTreeMap<KeyId, Timestamp>, PortError> {
        if keys.is_empty() {
            return Ok(BTreeMap::new());
        }
        let places = keys.iter().map(|key| place::last_use(account, key)).collect();
        let rows = KeysAndAttributes::builder().set_keys(Some(places)).build().map_err(our_fault)?;
        let batch = BatchGetItemInput::builder().request_items(&self.keyward, rows);
        let found = self.read_whole(batch).await?;
        Ok(found.values().flatten().filter_map(last_use).collect())
    }
}

/// The key and the time of an item; `None` for an item that we did not write, which says nothing.
fn last_use(item: &Item) -> Option<(KeyId, Timestamp)> {
    let (_, key) = place::used(text_of(item, "PK")?)?;
    Some((key, Timestamp::from_millisecond(number_of(item, AT)?).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::item::text;

    #[test]
    fn an_item_that_is_none_of_ours_says_nothing_of_a_use() {
        let (account, key): (AccountId, KeyId) =
            ("acme".parse().unwrap(), "key_0190f3c1-7f00-7000-8000-0123456789ab".parse().unwrap());
        let mut item = place::last_use(&account, &key);
        assert_eq!(last_use(&item), None);
        item.insert(AT.to_owned(), text("soon"));
        assert_eq!(last_use(&item), None);
        item.insert(AT.to_owned(), number(1_700_000_000_000_i64));
        assert_eq!(last_use(&item), Some((key, Timestamp::from_second(1_700_000_000).unwrap())));
    }
}
