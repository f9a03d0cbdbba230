//! Deleted keys: the row stays for a time in which the key can be brought back, and ends as a tombstone.

use futures_util::future::try_join_all;
use jiff::Timestamp;
use keyward_shared::{
    error::PortError,
    keys::{
        change::{Burial, Change},
        tidy::KeyOf,
    },
    ports::{BuryKey, CommitError, DeleteKey, ListDueKeys, RecoverKey},
};

use super::{
    Tables, activity, audit_item,
    item::{Item, all, text, text_of},
    key_item, place,
    transaction::{Condition, Part, Transaction},
};

/// The attributes of a row while its key can be brought back.
const WHILE_RECOVERABLE: [&str; 3] = ["recoverable_until", "due_pk", "due_sk"];

/// What a deletion sets. The key leaves the list of its system, and stands in the list of deleted keys.
const DELETE: &str = "SET #state = :recoverable, version = :next, updated_at = :at, updated_by = :by, \
    audit_sequence = :sequence, audit_hash = :hash, recoverable_until = :until, due_pk = :shard, due_sk = :due, \
    title_pk = :deleted REMOVE system_pk, system_sk";

impl DeleteKey for Tables {
    async fn delete_key(&self, change: &Change, until: Timestamp) -> Result<(), CommitError> {
        let (key, before) = (&change.key, change.before.unwrap_or_default());
        let unused = Condition::stored()
            .at_version(before)
            .before(&change.audit)
            .and("active_uses = :none")
            .number(":none", 0);
        let condition = unused
            .text(":recoverable", "recoverable")
            .number(":next", key.version)
            .text(":at", key.updated.at.to_string())
            .text(":by", &key.updated.by)
            .number(":sequence", key.audit.sequence)
            .text(":hash", key_item::hash_text(key.audit.hash))
            .text(":until", until.to_string())
            .text(":shard", place::purge_partition_of(&key.id))
            .text(":due", place::due(until, &key.id))
            .text(":deleted", place::deleted_title_partition(&key.account, key.environment));
        let mut transaction = Transaction::by(self, &change.by);
        let row = place::key(&key.account, &key.id);
        transaction.update_if(Part::Row, &self.keyward, row, DELETE, condition)?;
        self.beside_the_row(&mut transaction, change)?;
        self.trim_versions(&mut transaction, key)?;
        transaction.commit(change.before).await
    }
}

impl RecoverKey for Tables {
    async fn recover_key(&self, change: &Change) -> Result<(), CommitError> {
        let deleted = Condition::recoverable().at_version(change.before.unwrap_or_default());
        let mut transaction = Transaction::by(self, &change.by);
        self.update_row(&mut transaction, change, deleted, &WHILE_RECOVERABLE)?;
        self.beside_the_row(&mut transaction, change)?;
        self.trim_versions(&mut transaction, &change.key)?;
        transaction.commit(change.before).await
    }
}

impl BuryKey for Tables {
    async fn bury_key(&self, burial: &Burial) -> Result<(), CommitError> {
        let Burial { by, key, before, audit } = burial;
        let unused = Condition::not_ended()
            .at_version(*before)
            .before(audit)
            .and("active_uses = :none")
            .number(":none", 0);
        let mut transaction = match by {
            Some(by) => Transaction::by(self, by),
            None => Transaction::new(self),
        };
        transaction.put_if(Part::Row, &self.keyward, key_item::tombstone(key), unused)?;
        transaction.put(&self.keyward, audit_item::item(audit))?;
        transaction.put(&self.keyward, activity::item(audit, key))?;
        transaction.commit(Some(*before)).await
    }
}

impl ListDueKeys for Tables {
    async fn list_due_keys(&self, now: Timestamp) -> Result<Vec<KeyOf>, PortError> {
        self.due_keys((0..place::PURGE_SHARDS).map(place::purge_partition), now).await
    }
}

impl Tables {
    /// The keys that are due in these partitions, the longest due first.
    pub(super) async fn due_keys(
        &self,
        partitions: impl Iterator<Item = String>,
        now: Timestamp,
    ) -> Result<Vec<KeyOf>, PortError> {
        let shards = try_join_all(partitions.map(|partition| self.due_in(partition, now))).await?;
        let mut found: Vec<_> = shards.into_iter().flatten().collect();
        found.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(found.into_iter().map(|(_, key)| key).collect())
    }

    /// What is due in one partition, with its place. What cannot be read was not written by us.
    async fn due_in(&self, partition: String, now: Timestamp) -> Result<Vec<(String, KeyOf)>, PortError> {
        let query = self
            .client
            .query()
            .table_name(&self.keyward)
            .index_name("by_due")
            .key_condition_expression("due_pk = :shard AND due_sk < :now")
            .expression_attribute_values(":shard", text(partition))
            .expression_attribute_values(":now", text(place::due_time(now)));
        let read = |item: &Item| {
            let due = text_of(item, "due_sk")?.to_owned();
            Some((due, place::key_of(text_of(item, "PK")?)?))
        };
        Ok(all(query).await?.iter().filter_map(read).collect())
    }
}
