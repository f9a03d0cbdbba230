//! The links from keys to what uses them, as items beside the keys, and the counters on the keys' rows. Both are part of the
//! transaction of the endpoint or webhook that comes into use or goes out of use.

use jiff::Timestamp;
use keyward_shared::{
    endpoints::link::{Link, Relink},
    error::PortError,
    ids::{AccountId, KeyId},
    key_use::KeyUse,
};

use super::{
    Tables,
    item::{Item, text, text_of},
    place,
    transaction::{Condition, Part, Transaction},
};

/// The item of a link. A link stands exactly while what uses the key is active.
fn item(account: &AccountId, link: &Link, since: Timestamp) -> Item {
    let mut item = place::link(account, link);
    item.insert("endpoint_id".to_owned(), text(link.consumer.to_string()));
    item.insert("title".to_owned(), text(link.title.to_string()));
    item.insert("since".to_owned(), text(since.to_string()));
    if let Some(organization) = &link.organization {
        item.insert("organization".to_owned(), text(organization.to_string()));
    }
    item
}

/// The use that a link tells of; `None` for one that cannot be read.
pub(super) fn read_link(item: &Item) -> Option<KeyUse> {
    Some(KeyUse {
        consumer: text_of(item, "endpoint_id")?.parse().ok()?,
        title: text_of(item, "title")?.to_owned(),
        organization: text_of(item, "organization").map(str::parse).transpose().ok()?,
        since: text_of(item, "since")?.parse().ok()?,
    })
}

/// The part of a change that concerns links.
pub(super) struct Links<'c> {
    pub(super) tables: &'c Tables,
    pub(super) account: &'c AccountId,
    pub(super) at: Timestamp,
}

impl Links<'_> {
    /// `named` is what an inactive endpoint or webhook names anew. Its key is demanded too, though it gets no link.
    pub(super) fn apply(
        &self,
        transaction: &mut Transaction<'_>,
        relink: &Relink,
        named: Option<&Link>,
    ) -> Result<(), PortError> {
        match relink {
            Relink::Nothing => named.map_or(Ok(()), |named| self.hold(transaction, named)),
            Relink::Attach(link) => self.attach(transaction, link),
            Relink::Detach(link) => {
                // A transaction changes a row once, so the same key is demanded where the link is counted off.
                let same_key = named.filter(|named| named.key == link.key);
                self.detach(transaction, link, same_key)?;
                let other_key = named.filter(|named| named.key != link.key);
                other_key.map_or(Ok(()), |named| self.hold(transaction, named))
            }
            Relink::Repoint { from, to } => {
                self.detach(transaction, from, None)?;
                self.attach(transaction, to)
            }
            Relink::Renew(link) => {
                let table = &self.tables.keyward;
                let key = place::link(self.account, link);
                // It has been in use since it was attached, whatever it is called and whichever entry it uses.
                let shown = Condition::present().text(":title", link.title.to_string());
                let (change, shown) = match &link.organization {
                    Some(organization) => (
                        "SET title = :title, organization = :organization",
                        shown.text(":organization", organization.to_string()),
                    ),
                    None => ("SET title = :title REMOVE organization", shown),
                };
                transaction.update_if(Part::Beside, table, key, change, shown)?;
                // Another entry of the same key is used.
                self.hold(transaction, link)
            }
        }
    }

    /// Demands that the key can be used. A concurrent deletion of the key, or removal of the entry, notices this.
    fn hold(&self, transaction: &mut Transaction<'_>, link: &Link) -> Result<(), PortError> {
        let counted = "ADD links_version :one";
        transaction.update_if(Part::Key, &self.tables.keyward, self.key(&link.key), counted, usable(link))
    }

    /// Puts the link if it is not there, and counts it if the key can be used.
    fn attach(&self, transaction: &mut Transaction<'_>, link: &Link) -> Result<(), PortError> {
        let table = &self.tables.keyward;
        let item = item(self.account, link, self.at);
        transaction.put_if(Part::Beside, table, item, Condition::absent())?;
        let counted = "ADD active_uses :one, links_version :one";
        transaction.update_if(Part::Key, table, self.key(&link.key), counted, usable(link))
    }

    /// Deletes the link if it is there, and counts it off. `named` is another entry of the same key, which must be there.
    fn detach(
        &self,
        transaction: &mut Transaction<'_>,
        link: &Link,
        named: Option<&Link>,
    ) -> Result<(), PortError> {
        let table = &self.tables.keyward;
        let key = place::link(self.account, link);
        transaction.delete_if(Part::Beside, table, key, Condition::present())?;
        let (part, demanded) = named.map_or_else(
            || (Part::Beside, Condition::stored().number(":one", 1)),
            |named| (Part::Key, usable(named)),
        );
        let used = demanded.and("active_uses >= :one").number(":less", -1);
        let counted = "ADD active_uses :less, links_version :one";
        transaction.update_if(part, table, self.key(&link.key), counted, used)
    }

    fn key(&self, key: &KeyId) -> Item {
        place::key(self.account, key)
    }
}

/// A key that may be used so: one that was not deleted, of the system and environment, with the entry.
fn usable(link: &Link) -> Condition {
    let of_the_same = Condition::stored()
        .and("environment = :environment")
        .text(":environment", link.environment.to_string())
        .number(":one", 1);
    let of_the_same = match &link.system {
        Some(system) => of_the_same.and("system_id = :system").text(":system", system.to_string()),
        None => of_the_same,
    };
    let entry = link.organization.as_ref().map_or("default", |organization| organization.as_str());
    of_the_same
        .and("(attribute_exists(entries.#entry) OR attribute_exists(joined_entries.#entry))")
        .name("#entry", entry)
}
