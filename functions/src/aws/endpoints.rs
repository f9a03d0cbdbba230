//! Reading, changing and listing endpoints. A change is one transaction over the endpoint's row, the links of keys, and the
//! counters on the rows of those keys.

use keyward_shared::{
    endpoints::{
        change::EndpointChange,
        endpoint::Endpoint,
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
    item::{Item, text_of},
    links::{Links, read_link},
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

/// How often as many rows are read as a page can have, where most of them may not have the words. A page that is not full then goes on
/// with the next request.
const STEPS: usize = 5;

/// A row of the index with its place there.
fn placed_row(item: Item) -> (String, EndpointRow) {
    let place = text_of(&item, Partition::TITLE_PLACE).unwrap_or_default().to_owned();
    (place, endpoint_item::read_summary(item))
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
        let most = usize::from(limit.rows());
        let step = if filter.takes_all() { limit } else { Limit::MOST };
        let mut next = after.cloned();
        let mut found = Vec::new();
        for _ in 0..STEPS {
            let order =
                Order { title_prefix: filter.title_prefix.as_ref(), after: next.as_ref(), limit: step };
            let partitions = environments.iter().map(|environment| {
                Partition::by_title(place::endpoint_title_partition(account, *environment, filter.kind))
            });
            let page = merged(self.places_of_all(partitions, &order).await?, step, placed_row);
            found.extend(page.rows.into_iter().filter(|(_, row)| filter.fits(row)));
            next = page.next;
            if found.len() >= most || next.is_none() {
                break;
            }
        }
        if found.len() > most {
            found.truncate(most);
            next = found.last().map(|(place, _)| Cursor::after(place.clone()));
        }
        Ok(Page { rows: found.into_iter().map(|(_, row)| row).collect(), next })
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
        Ok(UsePage { uses: items.iter().filter_map(read_link).collect(), next })
    }
}
