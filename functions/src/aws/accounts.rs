//! Accounts as the operator reads and writes them: the row of their settings, in which owners keep their own attributes.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use keyward_shared::{
    error::{Error, StoredRow},
    ids::AccountId,
    membership::{
        SelfServiceKeys, Standing,
        accounts::{AccountChange, FirstOwner, OperatedAccount},
        members::AccountMember,
        rows::Held,
    },
    ports::{AdmitFirstOwner, ChangeAccount, CommitError, ReadAccount},
    stamp::Stamp,
};
use serde::Deserialize;

use super::{
    Tables,
    client_rows::at_version,
    item::{Item, number, text},
    member_rows, place, settings,
    transaction::{Condition, Part, Transaction},
};

/// The operator's attributes of the row.
#[derive(Deserialize)]
struct AccountItem {
    title: Option<String>,
    #[serde(default)]
    self_service_keys: bool,
    state: Option<String>,
    first_owner: Option<String>,
    first_owner_id: Option<String>,
    #[serde(default)]
    version: u64,
    updated_at: Option<Timestamp>,
    updated_by: Option<String>,
}

fn read(id: &AccountId, item: Item) -> Option<OperatedAccount> {
    let allowed_origins = settings::operated_origins(&item)?;
    let row: AccountItem = serde_dynamo::from_item(item).ok()?;
    let member = row.first_owner_id.map(|id| id.parse()).transpose().ok()?;
    let email = row.first_owner.map(|email| email.parse()).transpose().ok()?;
    Some(OperatedAccount {
        id: id.clone(),
        title: row.title.map(|title| title.parse()).transpose().ok()?,
        self_service_keys: SelfServiceKeys::of(row.self_service_keys),
        allowed_origins,
        // An absent setting was never set. The account then counts as active.
        standing: row.state.map_or(Some(Standing::Active), |state| Standing::from_name(&state))?,
        first_owner: email.map(|email| FirstOwner { email, member }),
        version: row.version,
        updated: row.updated_at.zip(row.updated_by).map(|(at, by)| Stamp { at, by }),
    })
}

/// The attributes that a change sets: name and value.
fn attributes(account: &OperatedAccount) -> Vec<(&'static str, AttributeValue)> {
    let list = |origins: &BTreeSet<String>| origins.iter().map(text).collect();
    let self_service = account.self_service_keys == SelfServiceKeys::On;
    let mut attributes = vec![
        ("self_service_keys", AttributeValue::Bool(self_service)),
        ("allowed_origins", AttributeValue::L(list(&account.allowed_origins))),
        ("state", text(account.standing.as_str())),
        ("version", number(account.version)),
    ];
    attributes.extend(account.title.as_ref().map(|title| ("title", text(title.as_str()))));
    let email = account.first_owner.as_ref().map(|owner| ("first_owner", text(owner.email.as_str())));
    attributes.extend(email);
    if let Some(Stamp { at, by }) = &account.updated {
        attributes.extend([("updated_at", text(at.to_string())), ("updated_by", text(by))]);
    }
    attributes
}

impl ReadAccount for Tables {
    async fn read_account(&self, id: &AccountId) -> Result<Option<OperatedAccount>, Error> {
        let item = self.get(&self.keyward, place::settings(id)).await?;
        item.map(|item| read(id, item).ok_or(Error::RowUnreadable(StoredRow::Account))).transpose()
    }
}

impl ChangeAccount for Tables {
    /// An account that is there keeps what its owners have settled: only the operator's attributes are set.
    async fn change_account(&self, change: &AccountChange) -> Result<(), CommitError> {
        let (key, table) = (place::settings(&change.after.id), &self.keyward);
        let mut transaction = Transaction::by(self, &change.by);
        let attributes = attributes(&change.after);
        if change.before.is_none() {
            let mut item = key;
            item.extend(attributes.into_iter().map(|(name, value)| (name.to_owned(), value)));
            transaction.put_if(Part::Row, table, item, Condition::absent())?;
        } else {
            let mut condition = at_version(change.before);
            let mut sets = Vec::new();
            for (name, value) in attributes {
                // `state` is a word of DynamoDB's own.
                sets.push(format!("#{name} = :set_{name}"));
                condition = condition.name(&format!("#{name}"), name).value(&format!(":set_{name}"), value);
            }
            let expression = format!("SET {}", sets.join(", "));
            transaction.update_if(Part::Row, table, key, &expression, condition)?;
        }
        transaction.commit(change.before).await
    }
}

impl AdmitFirstOwner for Tables {
    async fn admit_first_owner(
        &self,
        by: &Held,
        account: &OperatedAccount,
        owner: &AccountMember,
    ) -> Result<(), CommitError> {
        let email = owner.email.as_ref().map(ToString::to_string).unwrap_or_default();
        let waits = Condition::new("first_owner = :email AND attribute_not_exists(first_owner_id)")
            .text(":email", email)
            .text(":member", owner.id.to_string());
        let (key, table) = (place::settings(&account.id), &self.keyward);
        let mut transaction = Transaction::by(self, by);
        transaction.update_if(Part::Row, table, key, "SET first_owner_id = :member", waits)?;
        transaction.put(table, self.macs.sealed(member_rows::item(owner)).await?)?;
        transaction.commit(Some(account.version)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> OperatedAccount {
        OperatedAccount {
            id: "initech".parse().unwrap(),
            title: Some("Initech".parse().unwrap()),
            self_service_keys: SelfServiceKeys::On,
            allowed_origins: BTreeSet::from(["https://erp.initech.example:8443".to_owned()]),
            standing: Standing::Suspended,
            first_owner: Some(FirstOwner { email: "ann@initech.example".parse().unwrap(), member: None }),
            version: 3,
            updated: Some(Stamp { at: Timestamp::UNIX_EPOCH, by: "client:operator".to_owned() }),
        }
    }

    fn item(account: &OperatedAccount) -> Item {
        attributes(account).into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    #[test]
    fn a_row_reads_back_as_it_was_written_and_one_put_by_hand_with_what_it_has() {
        let mut account = account();
        assert_eq!(read(&account.id, item(&account)), Some(account.clone()));
        let mut invited = item(&account);
        invited.insert("first_owner_id".to_owned(), text("u-1"));
        account.first_owner.as_mut().unwrap().member = Some("u-1".parse().unwrap());
        assert_eq!(read(&account.id, invited), Some(account.clone()));
        let by_hand = OperatedAccount {
            title: None,
            self_service_keys: SelfServiceKeys::Off,
            allowed_origins: BTreeSet::new(),
            standing: Standing::Active,
            first_owner: None,
            version: 0,
            updated: None,
            ..account
        };
        assert_eq!(read(&by_hand.id, Item::new()), Some(by_hand));
    }

    #[test]
    fn a_row_that_could_not_have_been_written_is_none() {
        for (name, value) in [
            ("title", text("")),
            ("state", text("asleep")),
            ("self_service_keys", text("true")),
            ("first_owner", text("ann")),
            ("first_owner_id", text("a#b")),
            ("version", text("3")),
            ("allowed_origins", text("https://erp.initech.example:8443")),
            ("allowed_origins", AttributeValue::L(vec![text("everywhere")])),
        ] {
            let mut edited = item(&account());
            edited.insert(name.to_owned(), value);
            assert_eq!(read(&account().id, edited), None, "{name}");
        }
    }
}
