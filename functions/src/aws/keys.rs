//! Reading and changing keys. Every change is one `TransactWriteItems` whose first item is the key's row, with the
//! condition that makes it safe.

use aws_sdk_dynamodb::{
    operation::transact_write_items::TransactWriteItemsError,
    types::{
        AttributeValue, Delete, KeysAndAttributes, Put, ReturnValuesOnConditionCheckFailure,
        TransactWriteItem,
    },
};
use keyward_shared::{
    error::{Error, PortError},
    ids::{AccountId, KeyId},
    keys::{
        change::{Burial, Change, VaultWrite},
        key::Key,
        seal::SealedEntry,
    },
    ports::{BuryKey, CommitError, ForUse, InsertKey, ReadForUse, ReadKey, ReadSealedEntries, ReplaceKey},
    sealing::EntryName,
};

use super::{
    Tables, audit_item,
    errors::{commit_error, is_conflict, port_error},
    key_item::{self, Item, KeyItem, account_partition, is_tombstone, key_row},
    sealed_item, settings,
};

const DYNAMODB: &str = "DynamoDB";

/// The primary key of an item.
pub(super) fn primary_key(partition: String, row: String) -> Item {
    Item::from([("PK".to_owned(), AttributeValue::S(partition)), ("SK".to_owned(), AttributeValue::S(row))])
}

impl ReadKey for Tables {
    async fn read_key(&self, account: &AccountId, key: &KeyId) -> Result<Option<Key>, Error> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.keyward)
            .set_key(Some(primary_key(account_partition(account), key_row(key))))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| port_error(DYNAMODB, error))?;
        answer.item.filter(|item| !is_tombstone(item)).map(KeyItem::read).transpose()
    }
}

impl ReadSealedEntries for Tables {
    async fn read_sealed_entries(
        &self,
        account: &AccountId,
        key: &KeyId,
        names: &[EntryName],
    ) -> Result<Vec<SealedEntry>, Error> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let (_, sealed) = self.read_batch(Vec::new(), vault_keys(account, key, names)).await?;
        Ok(sealed)
    }
}

impl ReadForUse for Tables {
    async fn read_for_use(
        &self,
        account: &AccountId,
        key: &KeyId,
        names: &[EntryName],
    ) -> Result<Option<ForUse>, Error> {
        let row = key_row(key);
        let rows = vec![primary_key(account_partition(account), row.clone()), settings::key(account)];
        let (rows, sealed) = self.read_batch(rows, vault_keys(account, key, names)).await?;
        let is = |item: &Item, row: &str| {
            item.get("SK").is_some_and(|found| found.as_s().is_ok_and(|found| found == row))
        };
        let allowed = settings::allowed_origins(rows.iter().find(|item| is(item, settings::ROW)));
        let key = rows.into_iter().find(|item| is(item, &row)).filter(|item| !is_tombstone(item));
        let key = key.map(KeyItem::read).transpose()?;
        Ok(key.map(|key| ForUse { key, sealed, allowed }))
    }
}

fn vault_keys(account: &AccountId, key: &KeyId, names: &[EntryName]) -> Vec<Item> {
    let partition = sealed_item::partition(account, key);
    names.iter().map(|name| primary_key(partition.clone(), sealed_item::current_row(name))).collect()
}

impl Tables {
    /// One consistent `BatchGetItem` over both tables. What the service leaves unprocessed counts as unavailable.
    async fn read_batch(
        &self,
        rows: Vec<Item>,
        sealed: Vec<Item>,
    ) -> Result<(Vec<Item>, Vec<SealedEntry>), Error> {
        let mut call = self.client.batch_get_item();
        for (table, keys) in [(&self.keyward, rows), (&self.vault, sealed)] {
            if !keys.is_empty() {
                let keys = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build();
                call = call.request_items(table, keys.map_err(build_error)?);
            }
        }
        let answer = call.send().await.map_err(|error| port_error(DYNAMODB, error))?;
        if answer.unprocessed_keys.is_some_and(|left| !left.is_empty()) {
            return Err(Error::Unavailable(None));
        }
        let mut found = answer.responses.unwrap_or_default();
        let rows = found.remove(&self.keyward).unwrap_or_default();
        let sealed = found.remove(&self.vault).unwrap_or_default();
        // An item that cannot be read counts as missing: whoever needs it finds that it is not there.
        let sealed = sealed.iter().filter_map(sealed_item::read).collect();
        Ok((rows, sealed))
    }

    fn put_row(&self, item: Item) -> Result<TransactWriteItem, CommitError> {
        let put =
            Put::builder().table_name(&self.keyward).set_item(Some(item)).build().map_err(build_error)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// Puts the key's row on condition that it is active at a version, with this many active uses: a counter that has
    /// moved since the row was read must not be set back.
    fn put_row_over(&self, item: Item, version: u64, uses: u64) -> Result<TransactWriteItem, CommitError> {
        let put = Put::builder()
            .table_name(&self.keyward)
            .set_item(Some(item))
            .condition_expression("#state = :active AND version = :version AND active_uses = :uses")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":active", AttributeValue::S("active".to_owned()))
            .expression_attribute_values(":version", AttributeValue::N(version.to_string()))
            .expression_attribute_values(":uses", AttributeValue::N(uses.to_string()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(build_error)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    fn put_new_row(&self, item: Item) -> Result<TransactWriteItem, CommitError> {
        let put = Put::builder()
            .table_name(&self.keyward)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(PK)")
            .build()
            .map_err(build_error)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    fn delete_sealed(&self, partition: String, row: String) -> Result<TransactWriteItem, CommitError> {
        let delete = Delete::builder()
            .table_name(&self.vault)
            .set_key(Some(primary_key(partition, row)))
            .build()
            .map_err(build_error)?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }

    fn vault_write(&self, key: &Key, write: &VaultWrite) -> Result<TransactWriteItem, CommitError> {
        let (row, entry) = match write {
            VaultWrite::PutCurrent(entry) => (sealed_item::current_row(&entry.name), entry),
            VaultWrite::Archive(entry) => (sealed_item::archived_row(&entry.name, entry.version), entry),
            VaultWrite::RemoveCurrent(name) => {
                let partition = sealed_item::partition(&key.account, &key.id);
                return self.delete_sealed(partition, sealed_item::current_row(name));
            }
        };
        let item = sealed_item::item(&key.account, &key.id, row, entry);
        let put = Put::builder().table_name(&self.vault).set_item(Some(item)).build().map_err(build_error)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// Snapshot, vault items and audit entry, which follow the row in every change.
    fn beside_the_row(&self, change: &Change) -> Result<Vec<TransactWriteItem>, CommitError> {
        let mut snapshot = KeyItem::snapshot(&change.key).and_then(KeyItem::into_item).map_err(item_error)?;
        let changed = change.audit.changed.iter().cloned().map(AttributeValue::S).collect();
        snapshot.insert("changed".to_owned(), AttributeValue::L(changed));
        let mut items = vec![self.put_row(snapshot)?, self.put_row(audit_item::item(&change.audit))?];
        for write in &change.vault {
            items.push(self.vault_write(&change.key, write)?);
        }
        Ok(items)
    }

    async fn commit(&self, items: Vec<TransactWriteItem>, before: Option<u64>) -> Result<(), CommitError> {
        let answer = self.client.transact_write_items().set_transact_items(Some(items)).send().await;
        let Err(error) = answer else { return Ok(()) };
        let reasons = match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                cancelled.cancellation_reasons.clone().unwrap_or_default()
            }
            Some(_) | None => return Err(port_error(DYNAMODB, error).into()),
        };
        let conflict = is_conflict(&reasons);
        Err(commit_error(&reasons, before, || {
            let source = Box::new(error);
            if conflict {
                PortError::Unavailable { service: DYNAMODB, source }
            } else {
                PortError::Refused { service: DYNAMODB, source }
            }
        }))
    }
}

/// A call that we did not complete: a fault of ours.
pub(super) fn build_error(error: aws_smithy_types::error::operation::BuildError) -> PortError {
    PortError::Refused { service: DYNAMODB, source: Box::new(error) }
}

fn item_error(error: Error) -> PortError {
    PortError::Refused { service: DYNAMODB, source: Box::new(error) }
}

impl InsertKey for Tables {
    async fn insert_key(&self, change: &Change) -> Result<(), CommitError> {
        let row = KeyItem::row(&change.key).and_then(KeyItem::into_item).map_err(item_error)?;
        let mut items = vec![self.put_new_row(row)?];
        items.extend(self.beside_the_row(change)?);
        self.commit(items, None).await
    }
}

impl ReplaceKey for Tables {
    async fn replace_key(&self, change: &Change) -> Result<(), CommitError> {
        let row = KeyItem::row(&change.key).and_then(KeyItem::into_item).map_err(item_error)?;
        let before = change.before.unwrap_or_default();
        let mut items = vec![self.put_row_over(row, before, change.key.active_uses)?];
        items.extend(self.beside_the_row(change)?);
        let partition = sealed_item::partition(&change.key.account, &change.key.id);
        let mut rows = Vec::new();
        for name in &change.forgotten {
            let archived = self.sealed_rows(&partition, &sealed_item::rows_of(name)).await?;
            rows.extend(archived.into_iter().filter(|row| *row != sealed_item::current_row(name)));
        }
        if let Some(dropped) = self.dropped_by(change).await? {
            items.push(dropped.snapshot);
            // An item stands once in a transaction: what goes with its organization is there already.
            rows.extend(dropped.sealed.into_iter().filter(|row| !rows.contains(row)).collect::<Vec<_>>());
        }
        self.commit_and_destroy(items, change.before, &partition, rows).await
    }
}

impl BuryKey for Tables {
    async fn bury_key(&self, burial: &Burial) -> Result<(), CommitError> {
        let Burial { key, before, audit } = burial;
        let items = vec![
            self.put_row_over(key_item::tombstone(key), *before, 0)?,
            self.put_row(audit_item::item(audit))?,
        ];
        let partition = sealed_item::partition(&key.account, &key.id);
        let mut rows = self.sealed_rows(&partition, "").await?;
        // What can be used goes in the transaction, whatever else fits.
        rows.sort_by_key(|row| !sealed_item::is_current(row));
        self.commit_and_destroy(items, Some(*before), &partition, rows).await
    }
}

/// The most items of one transaction ("Service quotas": 100 actions).
const MAX_ITEMS: usize = 100;

impl Tables {
    /// The sort keys of a key's vault items that begin with this. No change can add one unseen: it would move the
    /// version that the transaction asks for.
    async fn sealed_rows(&self, partition: &str, prefix: &str) -> Result<Vec<String>, PortError> {
        let mut query = self
            .client
            .query()
            .table_name(&self.vault)
            .key_condition_expression("PK = :partition")
            .expression_attribute_values(":partition", AttributeValue::S(partition.to_owned()))
            .projection_expression("SK")
            .consistent_read(true);
        if !prefix.is_empty() {
            query = query
                .key_condition_expression("PK = :partition AND begins_with(SK, :prefix)")
                .expression_attribute_values(":prefix", AttributeValue::S(prefix.to_owned()));
        }
        let mut pages = query.into_paginator().items().send();
        let mut rows = Vec::new();
        while let Some(item) = pages.next().await {
            let item = item.map_err(|error| port_error(DYNAMODB, error))?;
            rows.extend(item.get("SK").and_then(|row| row.as_s().ok()).cloned());
        }
        Ok(rows)
    }

    /// Commits, and destroys these vault items with it. What does not fit into one transaction is destroyed right
    /// after; the change is made by then, so a failure there is logged and not reported as a refusal.
    async fn commit_and_destroy(
        &self,
        mut items: Vec<TransactWriteItem>,
        before: Option<u64>,
        partition: &str,
        mut rows: Vec<String>,
    ) -> Result<(), CommitError> {
        let fitting = rows.len().min(MAX_ITEMS.saturating_sub(items.len()));
        let left = rows.split_off(fitting);
        for row in rows {
            items.push(self.delete_sealed(partition.to_owned(), row)?);
        }
        self.commit(items, before).await?;
        for row in left {
            let key = primary_key(partition.to_owned(), row);
            let delete = self.client.delete_item().table_name(&self.vault).set_key(Some(key));
            if let Err(error) = delete.send().await {
                let error = port_error(DYNAMODB, error);
                tracing::error!(partition, %error, "a sealed item of something deleted is left in the vault");
            }
        }
        Ok(())
    }
}
