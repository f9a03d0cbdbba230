//! How many versions of a key are kept, and what goes with the oldest.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::{Delete, KeysAndAttributes, TransactWriteItem};
use keyward_shared::{error::PortError, keys::change::Change};
use serde::Deserialize;

use super::{
    Tables,
    errors::port_error,
    key_item::{Item, key_partition, version_row},
    keys::{build_error, primary_key},
    sealed_item::row_of,
};

/// How many versions of a key are kept.
const KEPT: u64 = 20;

/// What a new version pushes out.
pub(super) struct Dropped {
    /// The deletion of the oldest snapshot.
    pub(super) snapshot: TransactWriteItem,
    /// The sort keys of the vault items that no other version names.
    pub(super) sealed: Vec<String>,
}

/// Which vault items a snapshot names.
#[derive(Deserialize, Default)]
struct Named {
    #[serde(default)]
    headers_sealed_at: Option<u64>,
    #[serde(default)]
    entries: BTreeMap<String, NamedEntry>,
}

#[derive(Deserialize)]
struct NamedEntry {
    #[serde(default)]
    sealed_at: Option<u64>,
}

impl Named {
    /// A snapshot that cannot be read names nothing.
    fn by(item: Option<&Item>) -> BTreeSet<String> {
        let named: Self =
            item.and_then(|item| serde_dynamo::from_item(item.clone()).ok()).unwrap_or_default();
        let headers = named.headers_sealed_at.map(|version| ("#headers".to_owned(), version));
        let entries = named.entries.into_iter().filter_map(|(name, entry)| Some((name, entry.sealed_at?)));
        headers.into_iter().chain(entries).map(|(name, version)| row_of(&name, version)).collect()
    }
}

impl Tables {
    /// What a change pushes out; `None` while a key has few versions.
    ///
    /// A sealed value is written once and named by a run of versions, from the change that set it to the last before
    /// it was replaced. So what the oldest version names and the next one does not, no other version names.
    pub(super) async fn dropped_by(&self, change: &Change) -> Result<Option<Dropped>, PortError> {
        let Some(oldest) = change.key.version.checked_sub(KEPT).filter(|oldest| *oldest > 0) else {
            return Ok(None);
        };
        let key = |version: u64| {
            primary_key(key_partition(&change.key.account, &change.key.id), version_row(version))
        };
        let keys = KeysAndAttributes::builder()
            .keys(key(oldest))
            .keys(key(oldest + 1))
            .consistent_read(true)
            .build()
            .map_err(build_error)?;
        let answer = self.client.batch_get_item().request_items(&self.keyward, keys).send().await;
        let mut found = answer.map_err(|error| port_error("DynamoDB", error))?.responses.unwrap_or_default();
        let found = found.remove(&self.keyward).unwrap_or_default();
        let snapshot = |version: u64| {
            let row = version_row(version);
            found.iter().find(|item| item.get("SK").and_then(|sk| sk.as_s().ok()) == Some(&row))
        };
        // Without the next snapshot nothing tells what it names: better to keep a value than to lose one.
        let sealed = match snapshot(oldest + 1) {
            Some(next) => Named::by(snapshot(oldest)).difference(&Named::by(Some(next))).cloned().collect(),
            None => Vec::new(),
        };
        let delete = Delete::builder().table_name(&self.keyward).set_key(Some(key(oldest))).build();
        let snapshot = TransactWriteItem::builder().delete(delete.map_err(build_error)?).build();
        Ok(Some(Dropped { snapshot, sealed }))
    }
}
