//! What keys tell of themselves: an entry of the chain, and in the key's row that it was told, in one transaction.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use keyward_shared::{
    error::PortError,
    keys::{notice::Told, tidy::KeyOf, told::Announcement},
    ports::{Announce, CommitError, ListExpiringKeys},
};

use super::{
    Tables, activity, audit_item,
    item::{Item, number, text},
    key_item, place,
    transaction::{Condition, Part, Transaction},
};

impl Announce for Tables {
    async fn announce(&self, news: &Announcement) -> Result<(), CommitError> {
        let Announcement { key, audit } = news;
        let mut condition = Condition::stored().at_version(key.version).before(audit);
        let (mut set, mut removed) = (Vec::new(), Vec::new());
        for (index, (path, value)) in attributes(news).into_iter().enumerate() {
            let Some(value) = value else {
                removed.push(path);
                continue;
            };
            let name = format!(":a{index}");
            set.push(format!("{path} = {name}"));
            condition = condition.value(&name, value);
        }
        let mut expression = format!("SET {}", set.join(", "));
        if !removed.is_empty() {
            expression = format!("{expression} REMOVE {}", removed.join(", "));
        }
        let mut transaction = Transaction::new(self);
        let row = place::key(&key.account, &key.id);
        transaction.update_if(Part::Row, &self.keyward, row, &expression, condition)?;
        transaction.put(&self.keyward, audit_item::item(audit))?;
        transaction.put(&self.keyward, activity::item(audit, key))?;
        transaction.commit(Some(key.version)).await
    }
}

/// What of the row changes; `None` is taken out.
fn attributes(Announcement { key, audit }: &Announcement) -> [(&'static str, Option<AttributeValue>); 7] {
    let Told { failing, expiry } = &key.told;
    let failing: Item = failing.iter().map(|name| (name.to_string(), AttributeValue::Bool(true))).collect();
    let (due_pk, due_sk) = key_item::expiry_place(key).unzip();
    [
        ("audit_sequence", Some(number(audit.sequence))),
        ("audit_hash", Some(text(key_item::hash_text(audit.hash())))),
        ("observed.failing", Some(AttributeValue::M(failing))),
        ("observed.expiry_told", expiry.as_ref().map(|told| text(told.expires_at.to_string()))),
        ("observed.expiry_days", expiry.as_ref().map(|told| number(told.days))),
        ("due_pk", due_pk.map(text)),
        ("due_sk", due_sk.map(text)),
    ]
}

impl ListExpiringKeys for Tables {
    async fn list_expiring_keys(&self, now: Timestamp) -> Result<Vec<KeyOf>, PortError> {
        self.due_keys((0..place::EXPIRE_SHARDS).map(place::expiry_partition), now).await
    }
}
