//! Reading and changing keys. Every change is one `TransactWriteItems` whose first item is the key's row, with the
//! condition that makes it safe.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::{
    operation::batch_get_item::BatchGetItemInput,
    types::{KeysAndAttributes, builders::KeysAndAttributesBuilder},
};
use jiff::Timestamp;
use keyward_shared::{
    caller::Caller,
    error::{Error, PortError},
    ids::{AccountId, KeyId},
    keys::{
        change::{Change, VaultWrite},
        key::Key,
        seal::{SealedEntry, VaultPlace},
        tidy::KeyRow,
        version::KEPT,
    },
    ports::{
        CommitError, Extent, ForUse, InsertKey, ReadForUse, ReadKey, ReadKeyRow, ReadKeyVersion,
        ReadSealedEntries, UpdateKey,
    },
    sealing::EntryName,
};

use super::{
    Tables, activity, audit_item,
    errors::our_fault,
    item::{Item, text_of},
    key_item::{self, KeyItem, is_recoverable, is_tombstone},
    place, record_item, sealed_item, settings,
    transaction::{Condition, Part, Transaction},
};

/// The most items of one `BatchGetItem` (its reference: "up to 100 items").
const MAX_BATCH: usize = 100;

impl ReadKeyRow for Tables {
    async fn read_key_row(&self, account: &AccountId, key: &KeyId) -> Result<KeyRow, Error> {
        match self.get(&self.keyward, place::key(account, key)).await? {
            None => Ok(KeyRow::Absent),
            Some(item) if is_tombstone(&item) => {
                // One without a time was not written by us, and counts as old.
                let at = text_of(&item, "deleted_at").and_then(|at| at.parse().ok());
                Ok(KeyRow::Deleted { at: at.unwrap_or(Timestamp::UNIX_EPOCH) })
            }
            Some(item) if is_recoverable(&item) => {
                Ok(KeyRow::Recoverable(Box::new(KeyItem::read_recoverable(item)?)))
            }
            Some(item) => Ok(KeyRow::Active(Box::new(KeyItem::read(item)?))),
        }
    }
}

impl ReadKey for Tables {
    async fn read_key(&self, account: &AccountId, key: &KeyId) -> Result<Option<Key>, Error> {
        match self.read_key_row(account, key).await? {
            KeyRow::Active(key) => Ok(Some(*key)),
            KeyRow::Recoverable(_) | KeyRow::Deleted { .. } | KeyRow::Absent => Ok(None),
        }
    }
}

impl ReadSealedEntries for Tables {
    async fn read_sealed_entries(
        &self,
        account: &AccountId,
        key: &KeyId,
        places: &[VaultPlace],
    ) -> Result<Vec<SealedEntry>, Error> {
        let mut found = Vec::new();
        // A key has at most 42 entries, and a restore reads two items of each: one call, as a rule.
        for places in places.chunks(MAX_BATCH) {
            let keys = places.iter().map(|place| place::sealed(account, key, place));
            found.extend(self.read_batch(None, keys.collect()).await?.1);
        }
        Ok(found)
    }
}

impl ReadKeyVersion for Tables {
    async fn read_key_version(
        &self,
        account: &AccountId,
        key: &KeyId,
        version: u64,
    ) -> Result<Option<Key>, Error> {
        let item = self.get(&self.keyward, place::version(account, key, version)).await?;
        item.map(KeyItem::read_snapshot).transpose()
    }
}

impl ReadForUse for Tables {
    async fn read_for_use(
        &self,
        caller: &Caller,
        key: &KeyId,
        names: &[EntryName],
        extent: Extent,
    ) -> Result<ForUse, Error> {
        let (account, row) = (caller.account(), place::key_row(key));
        let own = place::caller(&caller.claimed().row);
        let keys = vec![place::key(account, key), place::settings(account), own.clone()];
        let rows = KeysAndAttributes::builder().set_keys(Some(keys));
        let rows = match extent {
            Extent::Whole => rows,
            Extent::Used => {
                let (expression, names) = key_item::projection(names);
                rows.projection_expression(expression).set_expression_attribute_names(Some(names))
            }
        };
        let (mut rows, sealed) = self.read_batch(Some(rows), vault_keys(account, key, names)).await?;
        let is = |item: &Item, row: &str| text_of(item, "SK") == Some(row);
        let key = rows.iter().position(|item| is(item, &row)).map(|place| rows.swap_remove(place));
        let allowed = settings::allowed_origins(rows.iter().find(|item| is(item, place::SETTINGS)));
        let caller = self.caller_rows(caller.claimed(), &own, rows).await?;
        let key = key.filter(|item| !is_tombstone(item) && !is_recoverable(item));
        let read = match extent {
            Extent::Whole => KeyItem::read,
            Extent::Used => KeyItem::read_used,
        };
        Ok(ForUse { caller, key: key.map(read).transpose()?, sealed, allowed })
    }
}

fn vault_keys(account: &AccountId, key: &KeyId, names: &[EntryName]) -> Vec<Item> {
    names.iter().map(|name| place::sealed(account, key, &VaultPlace::Current(name.clone()))).collect()
}

impl Tables {
    /// One consistent batch over both tables.
    async fn read_batch(
        &self,
        rows: Option<KeysAndAttributesBuilder>,
        sealed: Vec<Item>,
    ) -> Result<(Vec<Item>, Vec<SealedEntry>), Error> {
        let sealed = (!sealed.is_empty()).then(|| KeysAndAttributes::builder().set_keys(Some(sealed)));
        let mut batch = BatchGetItemInput::builder();
        for (table, keys) in [(&self.keyward, rows), (&self.vault, sealed)] {
            if let Some(keys) = keys {
                let keys = keys.consistent_read(true).build();
                batch = batch.request_items(table, keys.map_err(our_fault)?);
            }
        }
        let mut found = self.read_whole(batch).await?;
        let rows = found.remove(&self.keyward).unwrap_or_default();
        let sealed = found.remove(&self.vault).unwrap_or_default();
        // An item that cannot be read counts as missing. A use that needs it then fails.
        let sealed = sealed.iter().filter_map(sealed_item::read).collect();
        Ok((rows, sealed))
    }
}

impl InsertKey for Tables {
    async fn insert_key(&self, change: &Change) -> Result<(), CommitError> {
        let mut transaction = self.with_record(change)?;
        let row = KeyItem::row(&change.key).and_then(KeyItem::into_item)?;
        transaction.put_if(Part::Row, &self.keyward, row, Condition::absent())?;
        self.beside_the_row(&mut transaction, change)?;
        transaction.commit(None).await
    }
}

impl UpdateKey for Tables {
    async fn update_key(&self, change: &Change) -> Result<(), CommitError> {
        let before = change.before.unwrap_or_default();
        let mut transaction = self.with_record(change)?;
        self.update_row(&mut transaction, change, Condition::stored().at_version(before), &[])?;
        self.beside_the_row(&mut transaction, change)?;
        self.trim_versions(&mut transaction, &change.key)?;
        transaction.commit(change.before).await
    }
}

impl Tables {
    /// A transaction that begins with the record of the request, where it may be sent again.
    fn with_record(&self, change: &Change) -> Result<Transaction<'_>, PortError> {
        let mut transaction = Transaction::by(self, &change.by);
        if let Some(ticket) = &change.ticket {
            record_item::put_done(self, &mut transaction, ticket, &change.key.id, change.key.version)?;
        }
        Ok(transaction)
    }

    /// Sets all of the row's content and leaves alone what others keep there: the number of uses, and the health. Attributes
    /// that are no content are removed by name.
    pub(super) fn update_row(
        &self,
        transaction: &mut Transaction<'_>,
        change: &Change,
        mut condition: Condition,
        further: &[&str],
    ) -> Result<(), PortError> {
        let key = &change.key;
        let content = KeyItem::content(key).and_then(KeyItem::into_item)?;
        condition = condition.before(&change.audit);
        if let Some(links) = change.unlinked_since {
            condition = condition.and("links_version = :links").number(":links", links);
        }
        let mut set = Vec::new();
        let named = key_item::absent(key).into_iter().chain(further.iter().copied());
        // Nothing is named twice, and nothing that is set.
        let removed: BTreeSet<String> =
            named.filter(|name| !content.contains_key(*name)).map(str::to_owned).collect();
        for (index, (name, value)) in content.into_iter().enumerate() {
            if ["PK", "SK"].contains(&name.as_str()) {
                continue;
            }
            set.push(format!("#a{index} = :a{index}"));
            condition = condition.name(&format!("#a{index}"), &name).value(&format!(":a{index}"), value);
        }
        let mut names = Vec::new();
        for (index, name) in removed.iter().enumerate() {
            condition = condition.name(&format!("#r{index}"), name);
            names.push(format!("#r{index}"));
        }
        // An entry that is gone does not fail any more, and one of this name that comes has not failed yet.
        let gone = key.told.failing.iter().filter(|name| !key.entries.contains_key(*name));
        for (index, name) in gone.enumerate() {
            condition = condition.name(&format!("#g{index}"), name.as_str());
            names.push(format!("observed.failing.#g{index}"));
        }
        let mut expression = format!("SET {}", set.join(", "));
        if !names.is_empty() {
            expression = format!("{expression} REMOVE {}", names.join(", "));
        }
        let row = place::key(&key.account, &key.id);
        transaction.update_if(Part::Row, &self.keyward, row, &expression, condition)
    }

    /// Deletes the oldest version. Sealed values that only it named are purged by the function that reads the stream.
    pub(super) fn trim_versions(
        &self,
        transaction: &mut Transaction<'_>,
        key: &Key,
    ) -> Result<(), PortError> {
        if let Some(oldest) = key.version.checked_sub(KEPT).filter(|oldest| *oldest > 0) {
            transaction.delete(&self.keyward, place::version(&key.account, &key.id, oldest))?;
        }
        Ok(())
    }

    /// Snapshot, audit entry and vault items, which follow the row in every change.
    pub(super) fn beside_the_row(
        &self,
        transaction: &mut Transaction<'_>,
        change: &Change,
    ) -> Result<(), PortError> {
        let snapshot = key_item::snapshot(&change.key, &change.audit.changed)?;
        transaction.put(&self.keyward, snapshot)?;
        transaction.put(&self.keyward, audit_item::item(&change.audit))?;
        transaction.put(&self.keyward, activity::item(&change.audit, &change.key))?;
        let at = |place| place::sealed(&change.key.account, &change.key.id, &place);
        for write in &change.vault {
            let (place, entry) = match write {
                VaultWrite::PutCurrent(entry) => (VaultPlace::Current(entry.name.clone()), entry),
                VaultWrite::Archive(entry) => {
                    (VaultPlace::Archived(entry.name.clone(), entry.version), entry)
                }
                VaultWrite::RemoveCurrent(name) => {
                    transaction.delete(&self.vault, at(VaultPlace::Current(name.clone())))?;
                    continue;
                }
            };
            transaction.put(&self.vault, sealed_item::item(at(place), entry))?;
        }
        Ok(())
    }
}
