//! Events and their deliveries. Each has a row of its own; a delivery's row also stands in the index of due work while something is
//! to be done about it.

use aws_sdk_dynamodb::{
    operation::put_item::{PutItemError, PutItemInput},
    types::AttributeValue,
};
use futures_util::future::try_join_all;
use jiff::Timestamp;
use keyward_shared::{
    deliveries::{
        delivery::{Delivery, DeliveryOf, State},
        hold::{Hold, HoldOf, Holds, Why},
    },
    error::PortError,
    events::{
        event::Event,
        own::{Change, ChangeOf},
        publish::Publication,
    },
    ids::{AccountId, EventId, WebhookId},
    membership::rows::Held,
    page::{Cursor, Limit, Page},
    ports::{
        CommitError, KeepHolds, ListDeliveries, ListDueDeliveries, ListHolds, PublishEvent, PutDelivery,
        PutEvent, ReadChange, ReadDelivery, ReadEvent, ReadKeyEnvironment, RedeliverByHand, SaveDelivery,
    },
};

use super::{
    Tables, delivery_item,
    errors::dynamodb_error,
    event_item,
    item::{Item, all, number, number_of, text, text_of},
    place, record_item, trail,
    transaction::{Condition, Part, Transaction},
};
use crate::metrics::Metric;

/// The most pages of rows that are looked through for one page of a state: the rest is for the next request.
const MOST_LOOKS: usize = 10;

impl PublishEvent for Tables {
    async fn publish_event(&self, publication: &Publication) -> Result<(), CommitError> {
        let Publication { by, event, ticket } = publication;
        let item = event_item::item(event)?;
        let mut transaction = match (by, ticket) {
            (None, None) => return Ok(self.put(&self.keyward, item).await?),
            (Some(by), _) => Transaction::by(self, by),
            (None, Some(_)) => Transaction::new(self),
        };
        if let Some(ticket) = ticket {
            // An event has no versions.
            record_item::put_done(self, &mut transaction, ticket, &event.id, 1)?;
        }
        transaction.put(&self.keyward, item)?;
        transaction.commit(None).await
    }
}

impl PutEvent for Tables {
    async fn put_event(&self, event: &Event) -> Result<(), PortError> {
        self.put_unless_there(event_item::item(event)?).await
    }
}

impl ReadEvent for Tables {
    async fn read_event(&self, account: &AccountId, id: &EventId) -> Result<Option<Event>, PortError> {
        let item = self.get(&self.keyward, place::event(account, id)).await?;
        Ok(counted(item, |item| event_item::read(account, id, item)))
    }
}

impl ReadChange for Tables {
    async fn read_change(&self, of: &ChangeOf) -> Result<Option<Change>, PortError> {
        let item = self.get(&self.keyward, place::audit(&of.account, &of.key, of.sequence)).await?;
        let entry = counted(item, |item| trail::change_record(&item));
        let environment = self.read_key_environment(&of.account, &of.key).await?;
        Ok(entry.zip(environment).map(|(entry, environment)| Change { entry, environment }))
    }
}

impl PutDelivery for Tables {
    async fn put_delivery(&self, delivery: &Delivery) -> Result<(), PortError> {
        self.put_unless_there(delivery_item::item(delivery)?).await
    }
}

impl ReadDelivery for Tables {
    async fn read_delivery(&self, of: &DeliveryOf) -> Result<Option<Delivery>, PortError> {
        let item = self.get(&self.keyward, place::delivery(of)).await?;
        Ok(counted(item, |item| delivery_item::read(&of.account, &of.webhook, item)))
    }
}

impl SaveDelivery for Tables {
    async fn save_delivery(&self, delivery: &Delivery, before: u64) -> Result<(), CommitError> {
        let put = PutItemInput::builder()
            .table_name(&self.keyward)
            .set_item(Some(delivery_item::item(delivery)?))
            .condition_expression("version = :before")
            .expression_attribute_values(":before", number(before));
        match self.put_item(put).await {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(_)) => {
                    Err(CommitError::Stale { current: None })
                }
                Some(_) | None => Err(dynamodb_error(error).into()),
            },
        }
    }
}

impl RedeliverByHand for Tables {
    async fn redeliver(&self, by: &Held, delivery: &Delivery, before: u64) -> Result<(), CommitError> {
        let mut transaction = Transaction::by(self, by);
        let condition = Condition::present().at_version(before);
        transaction.put_if(Part::Row, &self.keyward, delivery_item::item(delivery)?, condition)?;
        transaction.commit(Some(before)).await
    }
}

impl ListDeliveries for Tables {
    async fn list_deliveries(
        &self,
        account: &AccountId,
        webhook: &WebhookId,
        state: Option<State>,
        after: Option<&Cursor>,
        limit: Limit,
    ) -> Result<Page<Delivery>, PortError> {
        let most = usize::from(limit.rows());
        let mut from = after.map(|cursor| cursor.place().to_owned());
        let mut rows = Vec::new();
        for _ in 0..MOST_LOOKS {
            let items = self.deliveries_before(account, webhook, from.as_deref()).await?;
            let is_end = items.len() < usize::from(Limit::MAX);
            for item in items {
                let row = text_of(&item, "SK").map(str::to_owned);
                let read = counted(Some(item), |item| delivery_item::read(account, webhook, item));
                let found = read.filter(|delivery| state.is_none_or(|state| delivery.state == state));
                if found.is_some() && rows.len() == most {
                    return Ok(Page { rows, next: from.map(Cursor::after) });
                }
                rows.extend(found);
                from = row.or(from);
            }
            if is_end {
                return Ok(Page { rows, next: None });
            }
        }
        Ok(Page { rows, next: from.map(Cursor::after) })
    }
}

impl ListDueDeliveries for Tables {
    async fn list_due_deliveries(&self, now: Timestamp, most: u16) -> Result<Vec<DeliveryOf>, PortError> {
        let shards = (0..place::DELIVER_SHARDS).map(|shard| self.due_deliveries_in(shard, now, most));
        Ok(try_join_all(shards).await?.into_iter().flatten().collect())
    }
}

impl ListHolds for Tables {
    async fn list_holds(&self, account: &AccountId) -> Result<Vec<(HoldOf, Hold)>, PortError> {
        let items = all(self.query(&self.keyward, place::hold_partition(account))).await?;
        let read = |item: &Item| place::hold_of(account, text_of(item, "SK")?).zip(read_hold(item));
        Ok(items.iter().filter_map(read).collect())
    }
}

impl KeepHolds for Tables {
    async fn read_holds(&self, webhook: &HoldOf, entry: &HoldOf) -> Result<Holds, PortError> {
        let read = |of| async move {
            let item = self.get(&self.keyward, place::hold(of)).await?;
            Ok::<_, PortError>(counted(item, |item| read_hold(&item)))
        };
        Ok(Holds { webhook: read(webhook).await?, entry: read(entry).await? })
    }

    async fn put_hold(&self, of: &HoldOf, hold: &Hold) -> Result<(), PortError> {
        let mut item = place::hold(of);
        item.insert("why".to_owned(), text(hold.why.as_str()));
        item.insert("since".to_owned(), text(hold.since.to_string()));
        let versions = [("key_version", hold.key_version), ("webhook_version", hold.webhook_version)];
        item.extend(versions.into_iter().filter_map(|(name, value)| Some((name.to_owned(), number(value?)))));
        self.put(&self.keyward, item).await
    }

    async fn drop_hold(&self, of: &HoldOf) -> Result<(), PortError> {
        self.delete(&self.keyward, place::hold(of)).await
    }
}

/// The hold of a row; `None` for one that could not have been written.
fn read_hold(item: &Item) -> Option<Hold> {
    Some(Hold {
        why: Why::of(text_of(item, "why")?)?,
        since: text_of(item, "since")?.parse().ok()?,
        key_version: number_of(item, "key_version"),
        webhook_version: number_of(item, "webhook_version"),
    })
}

/// What a row says. One that cannot be read is counted, and says nothing.
fn counted<T>(item: Option<Item>, read: impl FnOnce(Item) -> Option<T>) -> Option<T> {
    let read = read(item?);
    Metric::UnreadableRows.count(usize::from(read.is_none()));
    read
}

impl Tables {
    /// Puts an item, unless one is there.
    async fn put_unless_there(&self, item: Item) -> Result<(), PortError> {
        let put = PutItemInput::builder()
            .table_name(&self.keyward)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(PK)");
        match self.put_item(put).await {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(()),
                Some(_) | None => Err(dynamodb_error(error)),
            },
        }
    }

    /// The newest deliveries of a webhook, before one of them.
    async fn deliveries_before(
        &self,
        account: &AccountId,
        webhook: &WebhookId,
        before: Option<&str>,
    ) -> Result<Vec<Item>, PortError> {
        let mut query = self
            .query(&self.keyward, place::delivery_partition(account, webhook))
            .scan_index_forward(false)
            .consistent_read(true)
            .limit(i32::from(Limit::MAX));
        if let Some(before) = before {
            query = query
                .key_condition_expression("PK = :partition AND SK < :before")
                .expression_attribute_values(":before", text(before));
        }
        Ok(query.send().await.map_err(dynamodb_error)?.items.unwrap_or_default())
    }

    /// What is due in one partition, the longest due first.
    async fn due_deliveries_in(
        &self,
        shard: u32,
        now: Timestamp,
        most: u16,
    ) -> Result<Vec<DeliveryOf>, PortError> {
        let query = self
            .client
            .query()
            .table_name(&self.keyward)
            .index_name("by_due")
            .key_condition_expression("due_pk = :shard AND due_sk < :now")
            .set_expression_attribute_values(Some(
                [(":shard", place::deliver_partition(shard)), (":now", place::due_before(now))]
                    .map(|(name, value)| (name.to_owned(), AttributeValue::S(value)))
                    .into(),
            ))
            .limit(i32::from(most));
        let items = query.send().await.map_err(dynamodb_error)?.items.unwrap_or_default();
        Ok(items.iter().filter_map(delivery_item::due).collect())
    }
}
