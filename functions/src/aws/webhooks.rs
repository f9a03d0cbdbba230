//! Reading and changing webhooks. A change is one transaction over the webhook's row, the link of its key, the counter on that key's
//! row, and the version of the account's webhooks where it needs room.

use keyward_shared::{
    error::{Error, PortError},
    ids::{AccountId, WebhookId},
    ports::{ChangeWebhook, CommitError, ReadWebhook, ReadWebhooks},
    webhooks::{change::WebhookChange, list::Webhooks, webhook::Webhook},
};

use super::{
    Tables,
    item::{all, number_of, text_of},
    links::Links,
    place, record_item,
    transaction::{Condition, Part, Transaction},
    webhook_item,
};

impl ReadWebhook for Tables {
    async fn read_webhook(&self, account: &AccountId, webhook: &WebhookId) -> Result<Option<Webhook>, Error> {
        let item = self.get(&self.keyward, place::webhook(account, webhook)).await?;
        item.map(|item| webhook_item::read(account, webhook, item)).transpose()
    }
}

impl ReadWebhooks for Tables {
    async fn read_webhooks(&self, account: &AccountId) -> Result<Webhooks, PortError> {
        let query = self.query(&self.keyward, place::webhook_partition(account)).consistent_read(true);
        let mut webhooks = Webhooks::default();
        for item in all(query).await? {
            if text_of(&item, "SK") == Some(place::WEBHOOKS_VERSION) {
                webhooks.version = number_of(&item, "version").unwrap_or_default();
            } else {
                webhooks.rows.push(webhook_item::read_row(account, item));
            }
        }
        Ok(webhooks)
    }
}

impl ChangeWebhook for Tables {
    async fn change_webhook(&self, change: &WebhookChange) -> Result<(), CommitError> {
        let mut transaction = Transaction::by(self, &change.by);
        if let (Some(ticket), Some(after)) = (&change.ticket, &change.after) {
            record_item::put_done(self, &mut transaction, ticket, &after.id, after.version)?;
        }
        let before = change.before.as_ref().map(|before| before.version);
        match (&change.before, &change.after) {
            (None, Some(after)) => {
                let item = webhook_item::item(after)?;
                transaction.put_if(Part::Row, &self.keyward, item, Condition::absent())?;
            }
            (Some(before), Some(after)) => {
                let condition = Condition::present().at_version(before.version);
                transaction.put_if(Part::Row, &self.keyward, webhook_item::item(after)?, condition)?;
            }
            (Some(before), None) => {
                let key = place::webhook(&before.account, &before.id);
                let condition = Condition::present().at_version(before.version);
                transaction.delete_if(Part::Row, &self.keyward, key, condition)?;
            }
            (None, None) => return Ok(()),
        }
        if let Some(webhook) = change.after.as_ref().or(change.before.as_ref()) {
            if let Some(seen) = change.room {
                let place = place::webhooks_version(&webhook.account);
                let condition = if seen == 0 {
                    Condition::absent()
                } else {
                    Condition::present().and("version = :seen").number(":seen", seen)
                };
                let next = condition.number(":one", 1);
                transaction.update_if(Part::Room, &self.keyward, place, "ADD version :one", next)?;
            }
            let links = Links { tables: self, account: &webhook.account, at: webhook.updated.at };
            links.apply(&mut transaction, &change.relink(), change.newly_named().as_ref())?;
        }
        transaction.commit(before).await
    }
}
