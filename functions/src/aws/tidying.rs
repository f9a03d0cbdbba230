//! Finds and destroys the remains of keys. Each of these calls can be repeated.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::{
        delete_item::DeleteItemError,
        update_item::{UpdateItemError, UpdateItemOutput, builders::UpdateItemFluentBuilder},
    },
};
use jiff::Timestamp;
use keyward_shared::{
    error::{Error, PortError, StoredRow},
    ids::{AccountId, KeyId},
    keys::{
        health::TrialResult,
        rewrap::VaultPosition,
        seal::VaultPlace,
        tidy::{Currency, FoundSealed, KeptVersion, PlacedSealed, SealedPage, SweepPass},
    },
    ports::{KeepSweep, ListAllSealed, ListKeptVersions, ListSealedPlaces, PurgeKey, ShowHealth},
    sealing::EntryName,
};
use serde::Deserialize;

use super::{
    Tables,
    errors::dynamodb_error,
    item::{Item, all, number, number_of, primary_key, text, text_of},
    place, rewrapping,
};

impl ListSealedPlaces for Tables {
    async fn list_sealed_places(
        &self,
        account: &AccountId,
        key: &KeyId,
    ) -> Result<Vec<FoundSealed>, PortError> {
        let query = self.query(&self.vault, place::sealed_partition(account, key));
        let items = all(query.projection_expression("SK, version").consistent_read(true)).await?;
        // What cannot be read was not written by us: it is left alone.
        Ok(items.iter().filter_map(found).collect())
    }
}

fn found(item: &Item) -> Option<FoundSealed> {
    let (entry, currency) = match place::sealed_at(text_of(item, "SK")?)? {
        VaultPlace::Current(entry) => (entry, Currency::Current),
        VaultPlace::Archived(entry, _) => (entry, Currency::Archived),
    };
    Some(FoundSealed { entry, version: number_of(item, "version")?, currency })
}

impl ListAllSealed for Tables {
    async fn list_all_sealed(&self, after: Option<&VaultPosition>) -> Result<SealedPage, PortError> {
        let start = after.map(|after| primary_key(after.partition.clone(), after.row.clone()));
        let scan = self
            .client
            .scan()
            .table_name(&self.vault)
            .set_exclusive_start_key(start)
            .projection_expression("PK, SK, version")
            .filter_expression(
                "NOT begins_with(PK, :records) AND NOT begins_with(PK, :deployment) AND NOT begins_with(PK, :apps) \
                 AND NOT begins_with(PK, :access) AND NOT begins_with(PK, :refresh)",
            )
            .expression_attribute_values(":records", text(place::RECORDS))
            .expression_attribute_values(":deployment", text(place::DEPLOYMENT))
            .expression_attribute_values(":apps", text(place::APP_SECRETS))
            .expression_attribute_values(":access", text(place::ACCESS))
            .expression_attribute_values(":refresh", text(place::REFRESH));
        let page = scan.send().await.map_err(dynamodb_error)?;
        let items = page.items.unwrap_or_default();
        let of = |item: &Item| {
            let position = rewrapping::position(item)?;
            Some(PlacedSealed {
                key: place::sealed_for(&position.partition)?,
                sealed: found(item)?,
                position,
            })
        };
        let found: Vec<_> = items.iter().filter_map(of).collect();
        let next = page.last_evaluated_key.as_ref().and_then(rewrapping::position);
        Ok(SealedPage { unreadable: items.len() - found.len(), found, next })
    }
}

impl KeepSweep for Tables {
    /// A row that cannot be read counts as none: the look begins anew, which does no harm.
    async fn read_sweep(&self) -> Result<Option<SweepPass>, PortError> {
        let item = self.get(&self.vault, place::sweep()).await?;
        Ok(item.as_ref().and_then(read_sweep))
    }

    async fn write_sweep(&self, pass: &SweepPass) -> Result<(), PortError> {
        let mut item = place::sweep();
        item.insert("began".to_owned(), text(pass.began.to_string()));
        item.insert("values_found".to_owned(), number(pass.values));
        item.extend(pass.oldest.map(|oldest| ("oldest".to_owned(), text(oldest.to_string()))));
        item.extend(rewrapping::place_members(&pass.place));
        self.put(&self.vault, item).await
    }
}

fn read_sweep(item: &Item) -> Option<SweepPass> {
    let oldest = text_of(item, "oldest").map(str::parse).transpose().ok()?;
    Some(SweepPass {
        began: text_of(item, "began")?.parse().ok()?,
        oldest,
        values: number_of(item, "values_found")?,
        place: rewrapping::place_in(item)?,
    })
}

/// The sealed entries that a snapshot refers to.
#[derive(Deserialize)]
struct NamingItem {
    version: u64,
    #[serde(default)]
    headers_sealed_at: Option<u64>,
    entries: BTreeMap<String, NamingEntry>,
}

#[derive(Deserialize)]
struct NamingEntry {
    #[serde(default)]
    sealed_at: Option<u64>,
}

impl NamingItem {
    fn parse(self) -> Option<KeptVersion> {
        let headers = [(EntryName::Headers, self.headers_sealed_at)].into_iter().map(Some);
        let entries =
            self.entries.into_iter().map(|(name, entry)| Some((name.parse().ok()?, entry.sealed_at)));
        Some(KeptVersion { version: self.version, entries: headers.chain(entries).collect::<Option<_>>()? })
    }
}

impl ListKeptVersions for Tables {
    async fn list_kept_versions(&self, account: &AccountId, key: &KeyId) -> Result<Vec<KeptVersion>, Error> {
        let query = self.query_beginning(place::key_partition(account, key), place::VERSIONS);
        let items = all(query.projection_expression("version, headers_sealed_at, entries")).await?;
        let read = |item: Item| serde_dynamo::from_item::<_, NamingItem>(item).ok()?.parse();
        items.into_iter().map(|item| read(item).ok_or(Error::RowUnreadable(StoredRow::Version))).collect()
    }
}

impl PurgeKey for Tables {
    async fn purge_sealed(
        &self,
        account: &AccountId,
        key: &KeyId,
        found: &FoundSealed,
    ) -> Result<(), PortError> {
        let delete = self
            .client
            .delete_item()
            .table_name(&self.vault)
            .set_key(Some(place::sealed(account, key, &found.place())))
            .condition_expression("version = :found")
            .expression_attribute_values(":found", number(found.version));
        let Err(error) = delete.send().await else { return Ok(()) };
        match error.as_service_error() {
            // It is gone already, or something newer is in its place.
            Some(DeleteItemError::ConditionalCheckFailedException(_)) => Ok(()),
            Some(_) | None => Err(dynamodb_error(error)),
        }
    }

    async fn purge_version(&self, account: &AccountId, key: &KeyId, version: u64) -> Result<(), PortError> {
        self.delete(&self.keyward, place::version(account, key, version)).await
    }

    async fn forget_in_version(
        &self,
        account: &AccountId,
        key: &KeyId,
        version: u64,
        entries: &[EntryName],
    ) -> Result<(), PortError> {
        let mut update = self
            .client
            .update_item()
            .table_name(&self.keyward)
            .set_key(Some(place::version(account, key, version)))
            .condition_expression("attribute_exists(PK)");
        let mut paths = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            update = update.expression_attribute_names(format!("#e{index}"), entry.as_str());
            paths.extend([format!("entries.#e{index}"), format!("binding.#e{index}")]);
        }
        let update = update.update_expression(format!("REMOVE {}", paths.join(", ")));
        unless_it_fails_its_condition(update.send().await)
    }

    async fn purge_health(
        &self,
        account: &AccountId,
        key: &KeyId,
        entry: &EntryName,
    ) -> Result<(), PortError> {
        self.delete(&self.keyward, place::health(account, key, entry)).await
    }

    async fn purge_last_use(&self, account: &AccountId, key: &KeyId) -> Result<(), PortError> {
        self.delete(&self.keyward, place::last_use(account, key)).await
    }
}

impl ShowHealth for Tables {
    async fn show_health(
        &self,
        account: &AccountId,
        key: &KeyId,
        result: Option<TrialResult>,
        newest: Timestamp,
    ) -> Result<(), PortError> {
        let newest = number(newest.as_millisecond());
        let update = self
            .stored_row(account, key)
            .expression_attribute_names("#health", "health")
            .expression_attribute_values(":newest", newest);
        const NEWER: &str = "#state IN (:active, :disabled) AND \
            (attribute_not_exists(observed.health_at_ms) OR observed.health_at_ms <= :newest)";
        // A row that shows it already is not written again: each write would cost, and make a stream record.
        let update = match result {
            Some(result) => update
                .update_expression("SET observed.#health = :result, observed.health_at_ms = :newest")
                .condition_expression(format!(
                    "{NEWER} AND (attribute_not_exists(observed.#health) OR observed.#health <> :result)"
                ))
                .expression_attribute_values(":result", text(result.as_str())),
            None => update
                .update_expression("SET observed.health_at_ms = :newest REMOVE observed.#health")
                .condition_expression(format!("{NEWER} AND attribute_exists(observed.#health)")),
        };
        unless_it_fails_its_condition(update.send().await)
    }
}

impl Tables {
    /// An update of a key's row, with the names and values for the condition that the row is a
    /// key's.
    fn stored_row(&self, account: &AccountId, key: &KeyId) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.keyward)
            .set_key(Some(place::key(account, key)))
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":active", text("active"))
            .expression_attribute_values(":disabled", text("disabled"))
    }
}

/// What the row says goes before what was to be written.
fn unless_it_fails_its_condition(
    outcome: Result<UpdateItemOutput, SdkError<UpdateItemError>>,
) -> Result<(), PortError> {
    let Err(error) = outcome else { return Ok(()) };
    match error.as_service_error() {
        Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(()),
        Some(_) | None => Err(dynamodb_error(error)),
    }
}
