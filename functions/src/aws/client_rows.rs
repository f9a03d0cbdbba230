//! Rows of machine clients as the operator reads and writes them.

use jiff::Timestamp;
use keyward_shared::{
    error::{Error, StoredRow},
    ids::ClientId,
    membership::{
        MachineClient, Remit,
        clients::{AccountClient, ClientChange, ClientRow},
    },
    ports::{ChangeClient, CommitError, ReadClientRow},
    stamp::Stamp,
};
use serde::Deserialize;

use super::{
    Tables,
    item::{Item, number, text},
    membership::{client_item, read_client},
    place,
    transaction::{Condition, Part, Transaction},
};

/// The row's version and stamps. A row that was put by hand, such as an operator's, has none.
#[derive(Deserialize)]
struct RowItem {
    #[serde(default)]
    version: u64,
    updated_at: Option<Timestamp>,
    updated_by: Option<String>,
}

fn read(id: &ClientId, item: Item) -> Option<ClientRow> {
    let RowItem { version, updated_at, updated_by } = serde_dynamo::from_item(item.clone()).ok()?;
    let updated = updated_at.zip(updated_by).map(|(at, by)| Stamp { at, by });
    Some(ClientRow { id: id.clone(), client: read_client(item)?, version, updated })
}

fn item(row: &AccountClient) -> Item {
    let remit = Remit::Account {
        account: row.account.clone(),
        environment: row.environment,
        permissions: row.permissions.clone(),
    };
    let mut item =
        client_item(&row.id, &MachineClient { remit, standing: row.standing, secrets: row.secrets.clone() });
    item.insert("version".to_owned(), number(row.version));
    if let Some(Stamp { at, by }) = &row.updated {
        item.insert("updated_at".to_owned(), text(at.to_string()));
        item.insert("updated_by".to_owned(), text(by));
    }
    item
}

/// The row must be at this version. One that was put by hand is at 0.
pub(super) fn at_version(before: Option<u64>) -> Condition {
    match before {
        None => Condition::absent(),
        Some(0) => Condition::present().and("attribute_not_exists(version)"),
        Some(version) => Condition::present().at_version(version),
    }
}

impl ReadClientRow for Tables {
    async fn read_client_row(&self, id: &ClientId) -> Result<Option<ClientRow>, Error> {
        let item = self.get(&self.keyward, place::client(id)).await?;
        self.authentic_row(item, |item| read(id, item), StoredRow::MachineClient).await
    }
}

impl ChangeClient for Tables {
    async fn change_client(&self, change: &ClientChange) -> Result<(), CommitError> {
        let mut transaction = Transaction::by(self, &change.by);
        let (table, condition) = (&self.keyward, at_version(change.before));
        match &change.after {
            Some(after) => {
                transaction.put_if(Part::Row, table, self.macs.sealed(item(after)).await?, condition)?;
            }
            None => transaction.delete_if(Part::Row, table, place::client(&change.id), condition)?,
        }
        transaction.commit(change.before).await
    }
}

#[cfg(test)]
mod tests {
    use keyward_shared::{
        environment::Environment,
        membership::{Standing, client_secret::KeptSecret},
        permission::Permission,
    };

    use super::*;
    use crate::{
        aws::row_kinds,
        system::{SystemClock, SystemRandom},
    };

    #[test]
    fn the_mac_covers_everything_that_is_written() {
        let row = AccountClient {
            id: "c1".parse().unwrap(),
            account: "acme".parse().unwrap(),
            environment: Environment::Live,
            permissions: vec![Permission::KeysUse],
            standing: Standing::Active,
            secrets: vec![KeptSecret::make(&SystemClock, &SystemRandom, None).1],
            version: 1,
            updated: Some(Stamp { at: Timestamp::UNIX_EPOCH, by: "client:operator".to_owned() }),
        };
        let mut names: Vec<_> = item(&row).into_keys().collect();
        names.retain(|name| !["PK", "SK"].contains(&name.as_str()));
        names.sort();
        let mut covered = row_kinds::OF_CLIENTS;
        covered.sort_unstable();
        assert_eq!(names, covered);
    }

    #[test]
    fn a_row_reads_back_as_it_was_written_and_one_put_by_hand_is_at_version_0() {
        let row = AccountClient {
            id: "c1".parse().unwrap(),
            account: "acme".parse().unwrap(),
            environment: Environment::Live,
            permissions: vec![Permission::KeysUse],
            standing: Standing::Suspended,
            secrets: Vec::new(),
            version: 3,
            updated: Some(Stamp { at: Timestamp::UNIX_EPOCH, by: "client:operator".to_owned() }),
        };
        let back = read(&row.id, item(&row)).unwrap();
        assert_eq!((back.version, &back.updated), (3, &row.updated));
        let by_hand = client_item(&row.id, &back.client);
        let read_by_hand = read(&row.id, by_hand).unwrap();
        assert_eq!(read_by_hand, ClientRow { version: 0, updated: None, ..back });
        let mut damaged = item(&row);
        damaged.insert("version".to_owned(), text("three"));
        assert_eq!(read(&row.id, damaged), None);
    }
}
