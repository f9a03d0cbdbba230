//! The rows of a caller: read when a request comes, and held to in the transaction of a change.

use aws_sdk_dynamodb::{operation::batch_get_item::BatchGetItemInput, types::KeysAndAttributes};
use keyward_shared::{
    error::PortError,
    membership::rows::{CallerRow, CallerRows, Claimed, Held, Said},
    ports::{CommitError, ReadCaller},
};

use super::{
    Tables,
    errors::our_fault,
    item::{Item, text_of},
    membership::{read_settings, said},
    place,
};

impl ReadCaller for Tables {
    async fn read_caller(&self, claimed: &Claimed) -> Result<CallerRows, PortError> {
        let own = place::caller(&claimed.row);
        let settings = claimed.account.as_ref().map(place::settings);
        let keys = std::iter::once(own.clone()).chain(settings);
        let keys = KeysAndAttributes::builder().set_keys(Some(keys.collect())).consistent_read(true);
        let batch =
            BatchGetItemInput::builder().request_items(&self.keyward, keys.build().map_err(our_fault)?);
        let found = self.read_whole(batch).await?.remove(&self.keyward).unwrap_or_default();
        self.caller_rows(claimed, &own, found).await
    }
}

fn is_at(item: &Item, place: &Item) -> bool {
    ["PK", "SK"].iter().all(|name| text_of(item, name) == text_of(place, name))
}

impl Tables {
    /// A caller's row and the settings, among the items that were found. A row that is not authentic says nothing.
    pub(super) async fn caller_rows(
        &self,
        claimed: &Claimed,
        own: &Item,
        found: Vec<Item>,
    ) -> Result<CallerRows, PortError> {
        let mut rows = CallerRows { row: None, settings: None };
        for item in found {
            if !is_at(&item, own) {
                rows.settings = read_settings(item);
            } else if self.says_something(&claimed.row, &item).await? {
                rows.row = Some(said(&claimed.row, item));
            } else {
                rows.row = Some((Said::Unreadable, 0));
            }
        }
        Ok(rows)
    }

    /// Whether Keyward wrote a caller's row. Rows of webhooks have no MAC.
    async fn says_something(&self, row: &CallerRow, item: &Item) -> Result<bool, PortError> {
        match row {
            CallerRow::Member(..) | CallerRow::Client(_) => self.macs.is_authentic(item).await,
            CallerRow::Webhook { .. } => Ok(true),
        }
    }

    /// The caller's right as it is now, after their row changed.
    ///
    /// # Errors
    ///
    /// [`CommitError::Lost`], or what the table reports.
    pub(super) async fn hold_again(&self, held: &Held) -> Result<Held, CommitError> {
        let rows = self.read_caller(held.claimed()).await?;
        held.claimed().held(&rows).map_err(CommitError::Lost)
    }
}
