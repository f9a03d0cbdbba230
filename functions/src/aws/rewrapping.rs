//! The part of the vault that re-wrapping reads: wrapped data keys, and no sealed value.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::{operation::update_item::UpdateItemError, primitives::Blob, types::AttributeValue};
use keyward_shared::{
    error::PortError,
    ids::SealId,
    keys::rewrap::{FoundWrapped, Pass, PassPlace, Replaced, VaultPosition, WrappedEntry, WrappedPage},
    ports::{KeepPass, ListWrapped, ReplaceWrapped},
    sealing::WrappedDataKey,
};

use super::{
    Tables,
    errors::dynamodb_error,
    item::{Item, number, number_of, primary_key, text, text_of},
    place,
};

impl ListWrapped for Tables {
    /// One of the two scans of the product: this one reads wrapped data keys, the other one (`ListAllSealed`) only places.
    async fn list_wrapped(
        &self,
        after: Option<&VaultPosition>,
        limit: u32,
    ) -> Result<WrappedPage, PortError> {
        let start = after.map(|after| primary_key(after.partition.clone(), after.row.clone()));
        let scan = self
            .client
            .scan()
            .table_name(&self.vault)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start)
            .projection_expression("PK, SK, seals")
            .filter_expression("NOT begins_with(PK, :records) AND NOT begins_with(PK, :deployment)")
            .expression_attribute_values(":records", text(place::RECORDS))
            .expression_attribute_values(":deployment", text(place::DEPLOYMENT))
            .consistent_read(true);
        let page = scan.send().await.map_err(dynamodb_error)?;
        let found = page.items.unwrap_or_default().iter().filter_map(found).collect();
        Ok(WrappedPage { found, next: page.last_evaluated_key.as_ref().and_then(position) })
    }
}

/// An item; `None` is not possible, since every item has its primary key.
fn found(item: &Item) -> Option<FoundWrapped> {
    let position = position(item)?;
    let entry = entry(item, &position);
    Some(FoundWrapped { position, entry })
}

pub(super) fn position(key: &Item) -> Option<VaultPosition> {
    Some(VaultPosition { partition: text_of(key, "PK")?.to_owned(), row: text_of(key, "SK")?.to_owned() })
}

/// The item; `None` when Keyward could not have written it.
fn entry(item: &Item, position: &VaultPosition) -> Option<WrappedEntry> {
    let (kind, account, owner) = place::wrapped_for(&position.partition)?;
    let seals = item.get("seals")?.as_m().ok()?.iter();
    let seals = seals.map(|(seal, wrapped)| {
        let wrapped = wrapped.as_b().ok()?.as_ref().to_vec();
        Some((seal.parse().ok()?, WrappedDataKey::from(wrapped)))
    });
    place::sealed_at(&position.row)?;
    let position = position.clone();
    Some(WrappedEntry { account, kind, owner, position, seals: seals.collect::<Option<_>>()? })
}

impl ReplaceWrapped for Tables {
    async fn replace_wrapped(
        &self,
        entry: &WrappedEntry,
        anew: &BTreeMap<SealId, WrappedDataKey>,
    ) -> Result<Replaced, PortError> {
        let VaultPosition { partition, row } = &entry.position;
        let key = primary_key(partition.clone(), row.clone());
        let mut update = self.client.update_item().table_name(&self.vault).set_key(Some(key));
        let bytes = |wrapped: &WrappedDataKey| AttributeValue::B(Blob::new(wrapped.as_bytes()));
        let (mut changes, mut conditions) = (Vec::new(), Vec::new());
        let both = anew.iter().filter_map(|(seal, new)| Some((seal, entry.seals.get(seal)?, new)));
        for (index, (seal, old, new)) in both.enumerate() {
            update = update
                .expression_attribute_names(format!("#s{index}"), seal.to_string())
                .expression_attribute_values(format!(":old{index}"), bytes(old))
                .expression_attribute_values(format!(":new{index}"), bytes(new));
            changes.push(format!("seals.#s{index} = :new{index}"));
            conditions.push(format!("seals.#s{index} = :old{index}"));
        }
        let update = update
            .update_expression(format!("SET {}", changes.join(", ")))
            .condition_expression(conditions.join(" AND "));
        let Err(error) = update.send().await else { return Ok(Replaced::Done) };
        match error.as_service_error() {
            Some(
                UpdateItemError::ConditionalCheckFailedException(_)
                | UpdateItemError::TransactionConflictException(_),
            ) => Ok(Replaced::Changed),
            Some(_) | None => Err(dynamodb_error(error)),
        }
    }
}

impl KeepPass for Tables {
    /// A row that cannot be read counts as none: the pass begins anew, which does no harm.
    async fn read_pass(&self) -> Result<Option<Pass>, PortError> {
        let item = self.get(&self.vault, place::pass()).await?;
        Ok(item.as_ref().and_then(read_pass))
    }

    async fn write_pass(&self, pass: &Pass) -> Result<(), PortError> {
        let mut item = place::pass();
        item.insert("under".to_owned(), text(&pass.under));
        item.insert("since".to_owned(), text(pass.since.to_string()));
        item.insert("began".to_owned(), text(pass.began.to_string()));
        item.insert("not_current".to_owned(), number(pass.not_current));
        item.insert("failed".to_owned(), number(pass.failed));
        item.insert("nothing_left".to_owned(), AttributeValue::Bool(pass.nothing_left));
        item.extend(place_members(&pass.place));
        self.put(&self.vault, item).await
    }
}

fn read_pass(item: &Item) -> Option<Pass> {
    Some(Pass {
        under: text_of(item, "under")?.to_owned(),
        since: text_of(item, "since")?.parse().ok()?,
        began: text_of(item, "began")?.parse().ok()?,
        not_current: number_of(item, "not_current")?,
        failed: number_of(item, "failed")?,
        nothing_left: *item.get("nothing_left")?.as_bool().ok()?,
        place: place_in(item)?,
    })
}

/// How far a pass has come, as members of its row.
pub(super) fn place_members(place: &PassPlace) -> Item {
    let ended = ("ended".to_owned(), AttributeValue::Bool(*place == PassPlace::Ended));
    let after = match place {
        PassPlace::Begun | PassPlace::Ended => None,
        PassPlace::After(VaultPosition { partition, row }) => {
            Some(("after".to_owned(), AttributeValue::M(primary_key(partition.clone(), row.clone()))))
        }
    };
    std::iter::once(ended).chain(after).collect()
}

/// The same, read from the row.
pub(super) fn place_in(item: &Item) -> Option<PassPlace> {
    let after = item.get("after").map(|after| after.as_m().ok().and_then(position));
    Some(match (item.get("ended")?.as_bool().ok()?, after) {
        (true, _) => PassPlace::Ended,
        (false, Some(after)) => PassPlace::After(after?),
        (false, None) => PassPlace::Begun,
    })
}
