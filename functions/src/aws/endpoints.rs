//! Reading, changing and listing endpoints. A change is one transaction over the endpoint's row, the links of keys, and the
//! counters on the rows of those keys.

use jiff::Timestamp;
use keyward_shared::{
    endpoints::{
        change::EndpointChange,
        endpoint::Endpoint,
        link::{Link, Relink},
        list::{EndpointFilter, EndpointRow, UsePage},
    },
    environment::Environment,
    error::{Error, PortError},
    ids::{AccountId, EndpointId, KeyId},
    page::{Cursor, Limit, Page},
    ports::{ChangeEndpoint, CommitError, ListEndpoints, ListKeyUses, ReadEndpoint},
};

use super::{
    Tables, endpoint_item,
    item::Item,
    lists::{Order, Partition, merged},
    place, record_item,
    transaction::{Condition, Part, Transaction},
};

impl ReadEndpoint for Tables {
    async fn read_endpoint(
        &self,
        account: &AccountId,
        endpoint: &EndpointId,
    ) -> Result<Option<Endpoint>, Error> {
        let item = self.get(&self.keyward, place::endpoint(account, endpoint)).await?;
        item.map(|item| endpoint_item::read(account, endpoint, item)).transpose()
    }
}

impl ChangeEndpoint for Tables {
    async fn change_endpoint(&self, change: &EndpointChange) -> Result<(), CommitError> {
        let mut transaction = Transaction::by(self, &change.by);
        if let (Some(ticket), Some(after)) = (&change.ticket, &change.after) {
            record_item::put_done(self, &mut transaction, ticket, &after.id, after.version)?;
        }
        let before = change.before.as_ref().map(|before| before.version);
        match (&change.before, &change.after) {
            (None, Some(after)) => {
                transaction.put_if(
                    Part::Row,
                    &self.keyward,
                    endpoint_item::item(after)?,
                    Condition::absent(),
                )?;
            }
            (Some(before), Some(after)) => {
                let condition = Condition::present().at_version(before.version);
                transaction.put_if(Part::Row, &self.keyward, endpoint_item::item(after)?, condition)?;
            }
            (Some(before), None) => {
                let key = place::endpoint(&before.account, &before.id);
                let condition = Condition::present().at_version(before.version);
                transaction.delete_if(Part::Row, &self.keyward, key, condition)?;
            }
            (None, None) => return Ok(()),
        }
        if let Some(endpoint) = change.after.as_ref().or(change.before.as_ref()) {
            let links = Links { tables: self, account: &endpoint.account, at: endpoint.updated.at };
            links.apply(&mut transaction, &change.relink(), change.newly_named().as_ref())?;
        }
        transaction.commit(before).await
    }
}

/// The part of a change that concerns links.
struct Links<'c> {
    tables: &'c Tables,
    account: &'c AccountId,
    at: Timestamp,
}

impl Links<'_> {
    /// `named` is what an inactive endpoint names anew. Its key is demanded too, though it gets no link.
    fn apply(
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
                // The endpoint uses another entry of the same key.
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
        let item = endpoint_item::link(self.account, link, self.at);
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

/// A key that an endpoint may use: one that was not deleted, of its system and environment, with the entry.
fn usable(link: &Link) -> Condition {
    let of_the_same = Condition::stored()
        .and("system_id = :system AND environment = :environment")
        .text(":system", link.system.to_string())
        .text(":environment", link.environment.to_string())
        .number(":one", 1);
    let entry = link.organization.as_ref().map_or("default", |organization| organization.as_str());
    of_the_same
        .and("(attribute_exists(entries.#entry) OR attribute_exists(joined_entries.#entry))")
        .name("#entry", entry)
}

impl ListEndpoints for Tables {
    /// An index lags behind the table by a moment; a change shows in the list soon after it was answered.
    async fn list_endpoints(
        &self,
        account: &AccountId,
        filter: &EndpointFilter,
        after: Option<&Cursor>,
        limit: Limit,
    ) -> Result<Page<EndpointRow>, PortError> {
        let environments =
            filter.environment.map_or_else(|| Environment::ALL.to_vec(), |environment| vec![environment]);
        let order = Order { title_prefix: filter.title_prefix.as_ref(), after, limit };
        let partitions = environments.into_iter().map(|environment| {
            Partition::by_title(place::endpoint_title_partition(account, environment, filter.kind))
        });
        Ok(merged(self.places_of_all(partitions, &order).await?, limit, endpoint_item::read_summary))
    }
}

impl ListKeyUses for Tables {
    async fn list_key_uses(
        &self,
        account: &AccountId,
        key: &KeyId,
        after: Option<&Cursor>,
        limit: Limit,
    ) -> Result<UsePage, PortError> {
        let partition = place::link_partition(account, key);
        let (items, next) = self.page_beginning(partition, place::LINKS, after, limit).await?;
        Ok(UsePage { uses: items.iter().filter_map(endpoint_item::read_link).collect(), next })
    }
}
