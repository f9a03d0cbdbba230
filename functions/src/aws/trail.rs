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
        // An entry that cannot be read is skipped and counted; the others are still listed.
        let stored = changes.len();
        let changes: Vec<ChangeRecord> = changes.iter().filter_map(change_record).collect();
        Metric::UnreadableRows.count(stored - changes.len());
        let mut receipts = Vec::new();
        for shard in receipts::partitions(account, key) {
            let found = self.newest(shard, before.map(|cursor| cursor.receipt.to_string()), rows).await?;
            let read: Vec<Receipt> =
                found.iter().filter_map(|item| read_receipt(account, key, item)).collect();
            Metric::UnreadableRows.count(found.len() - read.len());
            receipts.extend(read);
        }
        receipts.sort_by(|a, b| b.id.cmp(&a.id));
        let mut entries = merge(changes, receipts);
        let rest = entries.split_off(entries.len().min(limit.rows().into()));
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
/// if the clocks of two machines differ.
fn merge(changes: Vec<ChangeRecord>, receipts: Vec<Receipt>) -> Vec<TrailEntry> {
    let (mut changes, mut receipts) = (changes.into_iter().peekable(), receipts.into_iter().peekable());
    let mut entries = Vec::new();
    loop {
        let change_is_newer = match (changes.peek(), receipts.peek()) {
            (Some(change), Some(receipt)) => change.at >= receipt.at,
            (change, _) => change.is_some(),
        };
        let next = if change_is_newer {
            changes.next().map(TrailEntry::Change)
        } else {
            receipts.next().map(TrailEntry::Use)
        };
        match next {
            Some(entry) => entries.push(entry),
            None => return entries,
        }
    }
}

fn change_record(item: &Item) -> Option<ChangeRecord> {
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
