//! Lists: one query for each partition of an index, whatever the account's size. A list of keys reads their last uses in one
//! call more.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::{operation::batch_get_item::BatchGetItemInput, types::KeysAndAttributes};
use futures_util::future::{try_join, try_join_all};
use jiff::Timestamp;
use keyward_shared::{
    environment::Environment,
    error::{Error, PortError},
    ids::{AccountId, KeyId},
    keys::{
        health::TrialResult,
        list::{Filter, Row, Summary},
        version::{VersionList, VersionSummary},
    },
    page::{Cursor, Limit, Page},
    ports::{ListKeyVersions, ListKeys, ReadLastUses, ReadSummaries},
    stamp::Stamp,
    title::TitlePrefix,
};
use serde::Deserialize;

use super::{
    Tables,
    errors::{dynamodb_error, our_fault},
    item::{Item, all, text, text_of},
    key_item::{ObservedItem, is_recoverable, is_tombstone},
    place,
};
use crate::metrics::Metric;

/// An index and one partition of it.
pub(super) struct Partition {
    index: &'static str,
    partition_name: &'static str,
    place_name: &'static str,
    value: String,
}

impl Partition {
    /// The attribute with a row's place in the index by title.
    pub(super) const TITLE_PLACE: &str = "title_sk";

    fn of(account: &AccountId, filter: &Filter, environment: Environment) -> Self {
        match &filter.system {
            // The list of deleted keys has no place by system.
            _ if filter.deleted => Self::by_title(place::deleted_title_partition(account, environment)),
            Some(system) => Self {
                index: "by_system",
                partition_name: "system_pk",
                place_name: "system_sk",
                value: place::system_partition(account, system.as_str(), environment),
            },
            None => Self::by_title(place::title_partition(account, environment)),
        }
    }

    /// A partition of the index by title.
    pub(super) const fn by_title(value: String) -> Self {
        Self { index: "by_title", partition_name: "title_pk", place_name: Self::TITLE_PLACE, value }
    }
}

/// Which part of a partition: what begins with a prefix, after a place, so many rows of it.
pub(super) struct Order<'a> {
    pub(super) title_prefix: Option<&'a TitlePrefix>,
    pub(super) after: Option<&'a Cursor>,
    pub(super) limit: Limit,
}

impl ListKeys for Tables {
    /// An index lags behind the table by a moment; a change shows in the list soon after it was answered.
    async fn list_keys(
        &self,
        account: &AccountId,
        filter: &Filter,
        after: Option<&Cursor>,
        limit: Limit,
    ) -> Result<Page<Row>, PortError> {
        let order = Order { title_prefix: filter.title_prefix.as_ref(), after, limit };
        let partitions =
            filter.environments().into_iter().map(|environment| Partition::of(account, filter, environment));
        let mut page = merged(self.places_of_all(partitions, &order).await?, limit, row);
        Metric::UnreadableRows.count(page.rows.iter().filter(|row| row.key().is_none()).count());
        let listed: Vec<KeyId> = page.rows.iter().filter_map(Row::key).map(|key| key.id.clone()).collect();
        let uses = self.read_last_uses(account, &listed).await?;
        show_last_uses(&mut page.rows, &uses);
        Ok(page)
    }
}

fn show_last_uses(rows: &mut [Row], uses: &BTreeMap<KeyId, Timestamp>) {
    for row in rows {
        if let Row::Key(key) = row {
            key.last_used_at = uses.get(&key.id).copied();
        }
    }
}

/// The attributes that [`SummaryItem`] reads, as a projection.
const SUMMARY: &str = "PK, SK, key_id, system_id, template_version, #auth, title, environment, base_url, organization_specific, \
    expires_at, hint, #state, observed, active_uses, version, created_at, created_by, updated_at, updated_by";

impl ReadSummaries for Tables {
    async fn read_summaries(&self, account: &AccountId, keys: &[KeyId]) -> Result<Vec<Row>, PortError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let places = keys.iter().map(|key| place::key(account, key)).collect();
        // These are reserved words (DynamoDB Developer Guide, "Reserved words in DynamoDB").
        let names = [("#auth", "auth"), ("#state", "state")];
        let names = names.map(|(name, stands_for)| (name.to_owned(), stands_for.to_owned()));
        let asked = KeysAndAttributes::builder().set_keys(Some(places)).projection_expression(SUMMARY);
        let asked = asked.set_expression_attribute_names(Some(names.into())).build().map_err(our_fault)?;
        let batch = BatchGetItemInput::builder().request_items(&self.keyward, asked);
        let (found, uses) = try_join(self.read_whole(batch), self.read_last_uses(account, keys)).await?;
        let is_there = |item: &Item| !is_tombstone(item) && !is_recoverable(item);
        let mut rows: Vec<_> = found.into_values().flatten().filter(is_there).map(row).collect();
        Metric::UnreadableRows.count(rows.iter().filter(|row| row.key().is_none()).count());
        show_last_uses(&mut rows, &uses);
        Ok(rows)
    }
}

/// One page of the rows of several partitions, in the order of their places.
pub(super) fn merged<T>(mut rows: Vec<(String, Item)>, limit: Limit, read: impl Fn(Item) -> T) -> Page<T> {
    rows.sort_by(|(one, _), (other, _)| one.cmp(other));
    let most = usize::from(limit.rows());
    let next = if rows.len() > most {
        rows.truncate(most);
        rows.last().map(|(place, _)| Cursor::after(place.clone()))
    } else {
        None
    };
    Page { rows: rows.into_iter().map(|(_, item)| read(item)).collect(), next }
}

impl Tables {
    /// The rows of several partitions from a place on, read at the same time.
    pub(super) async fn places_of_all(
        &self,
        partitions: impl Iterator<Item = Partition>,
        order: &Order<'_>,
    ) -> Result<Vec<(String, Item)>, PortError> {
        let found = try_join_all(partitions.map(|partition| self.places(partition, order))).await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// The rows of one partition from a place on: one more than a page has, which tells whether another follows.
    async fn places(
        &self,
        partition: Partition,
        order: &Order<'_>,
    ) -> Result<Vec<(String, Item)>, PortError> {
        let prefix = order.title_prefix.map_or("", TitlePrefix::as_str);
        // The next place in the order of bytes after a place is that place followed by the least character.
        let from = order.after.map_or_else(|| prefix.to_owned(), |cursor| format!("{}\0", cursor.place()));
        let to = format!("{prefix}{}", char::MAX);
        if from > to {
            return Ok(Vec::new());
        }
        // A place is never empty, so the least one stands for the beginning: DynamoDB refuses an empty key.
        let from = if from.is_empty() { "\0".to_owned() } else { from };
        let answer = self
            .client
            .query()
            .table_name(&self.keyward)
            .index_name(partition.index)
            .key_condition_expression("#partition = :partition AND #place BETWEEN :from AND :to")
            .expression_attribute_names("#partition", partition.partition_name)
            .expression_attribute_names("#place", partition.place_name)
            .expression_attribute_values(":partition", text(&partition.value))
            .expression_attribute_values(":from", text(from))
            .expression_attribute_values(":to", text(to))
            .limit(i32::from(order.limit.rows()) + 1)
            .send()
            .await
            .map_err(dynamodb_error)?;
        let items = answer.items.unwrap_or_default();
        Ok(items
            .into_iter()
            .map(|item| (text_of(&item, partition.place_name).unwrap_or_default().to_owned(), item))
            .collect())
    }
}

/// The attributes of a key's row that the indexes project.
#[derive(Deserialize)]
struct SummaryItem {
    key_id: String,
    system_id: String,
    template_version: u32,
    auth: String,
    title: String,
    environment: String,
    #[serde(default)]
    base_url: Option<String>,
    organization_specific: bool,
    #[serde(default)]
    expires_at: Option<Timestamp>,
    #[serde(default)]
    hint: Option<String>,
    state: String,
    #[serde(default)]
    observed: ObservedItem,
    active_uses: u64,
    version: u64,
    created_at: Timestamp,
    created_by: String,
    updated_at: Timestamp,
    updated_by: String,
}

fn row(item: Item) -> Row {
    let row = text_of(&item, "SK").unwrap_or_default().to_owned();
    let unreadable = || Row::Unreadable { id: row.strip_prefix(place::KEYS).unwrap_or(&row).to_owned() };
    let Ok(item) = serde_dynamo::from_item::<_, SummaryItem>(item) else {
        return unreadable();
    };
    let (Ok(id), Ok(environment)) = (item.key_id.parse(), item.environment.parse()) else {
        return unreadable();
    };
    Row::Key(Box::new(Summary {
        id,
        system: item.system_id,
        template_version: item.template_version,
        auth: item.auth,
        title: item.title,
        environment,
        base_url: item.base_url,
        organization_specific: item.organization_specific,
        expires_at: item.expires_at,
        hint: item.hint,
        is_disabled: item.state == "disabled",
        is_deleted: item.state == "recoverable",
        health: item.observed.health.as_deref().and_then(TrialResult::of),
        last_used_at: None,
        active_uses: item.active_uses,
        version: item.version,
        created: Stamp { at: item.created_at, by: item.created_by },
        updated: Stamp { at: item.updated_at, by: item.updated_by },
    }))
}

#[derive(Deserialize)]
struct VersionItem {
    version: u64,
    title: String,
    updated_at: Timestamp,
    updated_by: String,
    #[serde(default)]
    changed: Vec<String>,
    auth: String,
    #[serde(default)]
    origins: Vec<String>,
}

impl ListKeyVersions for Tables {
    async fn list_key_versions(&self, account: &AccountId, key: &KeyId) -> Result<VersionList, Error> {
        let query = self
            .query_beginning(place::key_partition(account, key), place::VERSIONS)
            .expression_attribute_names("#auth", "auth")
            .projection_expression("SK, version, title, updated_at, updated_by, changed, #auth, origins")
            .scan_index_forward(false);
        // A snapshot that cannot be read is named and counted; the others are still listed.
        let mut list = VersionList::default();
        for item in all(query).await? {
            let row = text_of(&item, "SK").unwrap_or_default();
            let number = row.strip_prefix(place::VERSIONS).unwrap_or(row).trim_start_matches('0').to_owned();
            match serde_dynamo::from_item::<_, VersionItem>(item) {
                Ok(item) => list.versions.push(VersionSummary {
                    version: item.version,
                    made: Stamp { at: item.updated_at, by: item.updated_by },
                    title: item.title,
                    changed: item.changed,
                    auth: item.auth,
                    origins: item.origins,
                }),
                Err(_) => list.unreadable.push(number),
            }
        }
        Metric::UnreadableRows.count(list.unreadable.len());
        Ok(list)
    }
}
