//! The history of a key: its audit chain and its receipts, merged. One query for the chain and one for each
//! shard of receipts, one after the other over one connection.

use keyward_shared::{
    environment::Environment,
    error::{Error, PortError},
    ids::{AccountId, KeyId},
    keys::{
        health::TrialResult,
        receipt::{Deed, Purpose, Receipt},
        trail::{ChangeRecord, TrailCursor, TrailEntry, TrailPage},
    },
    page::Limit,
    ports::{ListTrail, ReadKeyEnvironment},
};

use super::{
    Tables,
    errors::dynamodb_error,
    item::{Item, number_of, text, text_of},
    place, receipts,
};
use crate::metrics::Metric;

impl ListTrail for Tables {
    async fn list_trail(
        &self,
        account: &AccountId,
        key: &KeyId,
        before: Option<&TrailCursor>,
        limit: Limit,
    ) -> Result<Option<TrailPage>, Error> {
        // One more than fits, so that the end is known.
        let rows = limit.rows() + 1;
        let chain = place::audit_partition(account, key);
        let changes = self.newest(chain, before.map(|cursor| place::audit_row(cursor.change)), rows).await?;
        // The chain begins with the creation and outlives the key: without an entry, there never was such a key.
        if before.is_none() && changes.is_empty() {
            return Ok(None);
        }
        // An entry that cannot be read is named and counted; the others are still listed.
        let stored = changes.len();
        let changes: Vec<TrailEntry> = changes.iter().filter_map(change).collect();
        let mut without_place = stored - changes.len();
        let mut uses = Vec::new();
        for shard in receipts::partitions(account, key) {
            let found = self.newest(shard, before.map(|cursor| cursor.receipt.to_string()), rows).await?;
            let read: Vec<TrailEntry> = found.iter().filter_map(|item| used(account, key, item)).collect();
            without_place += found.len() - read.len();
            uses.extend(read);
        }
        uses.sort_by(|a, b| b.receipt().cmp(&a.receipt()));
        let mut entries = merge(changes, uses);
        let rest = entries.split_off(entries.len().min(limit.rows().into()));
        let unreadable = entries.iter().filter(|entry| entry.at().is_none()).count();
        Metric::UnreadableRows.count(unreadable + without_place);
        let next = (!rest.is_empty()).then(|| TrailCursor::between(&entries, &rest, before));
        Ok(Some(TrailPage { entries, next }))
    }
}

impl ReadKeyEnvironment for Tables {
    async fn read_key_environment(
        &self,
        account: &AccountId,
        key: &KeyId,
    ) -> Result<Option<Environment>, PortError> {
        let row = self.get(&self.keyward, place::key(account, key)).await?;
        Ok(row.and_then(|row| text_of(&row, "environment")?.parse().ok()))
    }
}

impl Tables {
    /// The newest items of a partition, before one of them.
    async fn newest(&self, partition: String, before: Option<String>, rows: u16) -> Result<Vec<Item>, Error> {
        let mut query = self
            .query(&self.keyward, partition)
            .scan_index_forward(false)
            .consistent_read(true)
            .limit(i32::from(rows));
        if let Some(before) = before {
            query = query
                .key_condition_expression("PK = :partition AND SK < :before")
                .expression_attribute_values(":before", text(before));
        }
        let answer = query.send().await.map_err(dynamodb_error)?;
        Ok(answer.items.unwrap_or_default())
    }
}

/// One list of both, newest first. Each keeps its own order, so that a page can go on from the last place in each, even
/// if the clocks of two machines differ. What cannot be read has no time, and stands beside what is newer in its own order.
fn merge(changes: Vec<TrailEntry>, uses: Vec<TrailEntry>) -> Vec<TrailEntry> {
    let (mut changes, mut uses) = (changes.into_iter().peekable(), uses.into_iter().peekable());
    let mut entries = Vec::new();
    loop {
        let change_is_newer = match (changes.peek(), uses.peek()) {
            (Some(change), Some(used)) => match (change.at(), used.at()) {
                (Some(changed), Some(used)) => changed >= used,
                (changed, _) => changed.is_none(),
            },
            (change, _) => change.is_some(),
        };
        match if change_is_newer { changes.next() } else { uses.next() } {
            Some(entry) => entries.push(entry),
            None => return entries,
        }
    }
}

/// An entry of the chain. The name of its row is its place there.
fn change(item: &Item) -> Option<TrailEntry> {
    match change_record(item) {
        Some(change) => Some(TrailEntry::Change(change)),
        None => text_of(item, "SK")?.parse().ok().map(TrailEntry::UnreadableChange),
    }
}

/// A receipt. The name of its row is its id.
fn used(account: &AccountId, key: &KeyId, item: &Item) -> Option<TrailEntry> {
    match read_receipt(account, key, item) {
        Some(receipt) => Some(TrailEntry::Use(receipt)),
        None => text_of(item, "SK")?.parse().ok().map(TrailEntry::UnreadableUse),
    }
}

/// The change that an entry's item tells of; `None` for one that could not have been written.
pub(super) fn change_record(item: &Item) -> Option<ChangeRecord> {
    let changed = item.get("changed")?.as_l().ok()?.iter();
    Some(ChangeRecord {
        sequence: number_of(item, "sequence")?,
        epoch: number_of(item, "epoch")?,
        at: text_of(item, "at")?.parse().ok()?,
        by: text_of(item, "by")?.to_owned(),
        action: text_of(item, "action")?.to_owned(),
        version: number_of(item, "version")?,
        restored: number_of(item, "restored"),
        changed: changed.filter_map(|name| name.as_s().ok().cloned()).collect(),
        hash: text_of(item, "hash")?.to_owned(),
        previous: text_of(item, "previous")?.to_owned(),
    })
}

fn read_receipt(account: &AccountId, key: &KeyId, item: &Item) -> Option<Receipt> {
    let purpose = text_of(item, "purpose")?;
    Some(Receipt {
        id: text_of(item, "SK")?.parse().ok()?,
        account: account.clone(),
        key: key.clone(),
        version: number_of(item, "version")?,
        environment: text_of(item, "environment")?.parse().ok()?,
        organization: text_of(item, "organization").map(str::parse).transpose().ok()?,
        deed: Deed {
            purpose: Purpose::of(purpose)?,
            method: text_of(item, "method").map(str::to_owned),
            target: text_of(item, "target").map(str::to_owned),
        },
        outcome: text_of(item, "outcome").and_then(TrialResult::of),
        at: text_of(item, "at")?.parse().ok()?,
        by: text_of(item, "by")?.to_owned(),
        request: text_of(item, "request_id").map(str::to_owned),
    })
}
