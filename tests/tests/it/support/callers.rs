//! The rows of callers that tests make: a machine client and an owner of any account, and those of the sample events. What shows that
//! nothing happened leaves them out.

use aws_sdk_dynamodb::{error::SdkError, operation::put_item::PutItemError, types::AttributeValue};
use keyward_functions::aws::{
    clients::{self, Clients, Connection},
    membership::{client_item, member_item, settings_item},
    row_macs::RowMacs,
};
use keyward_local::{
    demo::SETTINGS,
    stack::{TABLE, row_macs},
};
use keyward_shared::{
    environment::Environment,
    membership::{MachineClient, Member, Remit, Standing},
    permission::{Permission, Role},
};

use super::keys::Item;

/// The owner of every account.
pub(crate) const OWNER: &str = "u-1";
/// The person and the operator of the sample events.
const SAMPLE_PERSON: &str = "5f0c7f2e-1f0a-4a53-9a63-0e6a3f3f8a01";
const SAMPLE_OPERATOR: &str = "1h57kf5cpq17m0eml12EXAMPLE";
/// The attribute that tells these rows from others.
const MARK: &str = "test_caller";

/// The live machine client of an account, which has every permission that a machine may have.
pub(crate) fn machine(account: &str) -> String {
    format!("caller-{account}")
}

/// The table, for somebody who may write it and authenticate rows, as functions do.
pub(crate) struct Rows {
    tables: aws_sdk_dynamodb::Client,
    macs: RowMacs,
}

impl Rows {
    /// Those of a stack. Nobody watches.
    pub(crate) fn of(behind: &Connection) -> Self {
        let unwatched = Connection { observer: None, ..behind.clone() };
        let macs = row_macs(&Clients::new(unwatched.clone()));
        Self { tables: clients::dynamodb(&unwatched, &clients::http_client()), macs }
    }

    /// The row as a function would write it.
    pub(crate) async fn sealed(&self, row: Item) -> Item {
        if RowMacs::covers(&row) { self.macs.sealed(row).await.expect("a MAC") } else { row }
    }
}

/// Whether a row is a caller's of a test.
pub(crate) fn is_of_a_test(item: &Item) -> bool {
    item.contains_key(MARK)
}

/// Puts the rows of an account's callers, where they are not there.
pub(crate) async fn admit(rows: &Rows, account: &str) {
    admit_machine(rows, account).await;
    let account = account.parse().expect("an account");
    put(rows, member_item(&account, &OWNER.parse().expect("a member"), &owner())).await;
}

/// Puts the row of an account's machine client, and the account's settings, where they are not there.
pub(crate) async fn admit_machine(rows: &Rows, account: &str) {
    let id = account.parse().expect("an account");
    let permissions = Permission::ALL.into_iter().filter(|permission| permission.may_be_a_machines());
    let remit = Remit::Account {
        account: account.parse().expect("an account"),
        environment: Environment::Live,
        permissions: permissions.collect(),
    };
    let made = [
        settings_item(&id, &SETTINGS),
        client_item(&machine(account).parse().expect("a client"), &client(remit)),
    ];
    for row in made {
        put(rows, row).await;
    }
}

/// Puts the rows of those who call in the sample events.
pub(crate) async fn admit_samples(rows: &Rows) {
    let acme = "acme".parse().expect("an account");
    put(rows, member_item(&acme, &SAMPLE_PERSON.parse().expect("a member"), &owner())).await;
    let operator = SAMPLE_OPERATOR.parse().expect("a client");
    put(rows, client_item(&operator, &client(Remit::Operator))).await;
}

const fn owner() -> Member {
    Member::new(Role::Owner, Standing::Active)
}

const fn client(remit: Remit) -> MachineClient {
    MachineClient { remit, standing: Standing::Active, secrets: Vec::new() }
}

async fn put(rows: &Rows, mut row: Item) {
    row.insert(MARK.to_owned(), AttributeValue::Bool(true));
    let row = rows.sealed(row).await;
    let put = rows.tables.put_item().table_name(TABLE).set_item(Some(row));
    match put.condition_expression("attribute_not_exists(PK)").send().await {
        Ok(_) => {}
        Err(SdkError::ServiceError(error)) => {
            let is_there = matches!(error.err(), PutItemError::ConditionalCheckFailedException(_));
            assert!(is_there, "{:?}", error.err());
        }
        Err(error) => panic!("{error:?}"),
    }
}
