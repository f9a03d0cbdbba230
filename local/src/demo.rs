//! The demo: its accounts, people and machine clients. The sign-in knows their secrets; that they are members and clients of
//! accounts is in rows of the table `keyward`, as it is on AWS.

use std::{collections::HashMap, fs, io, path::Path};

use aws_sdk_dynamodb::{Client, error::SdkError, operation::put_item::PutItemError, types::AttributeValue};
use keyward_functions::aws::{
    membership::{client_item, member_item, settings_item},
    profiles::{organizations_item, profile_attributes},
    row_macs::RowMacs,
};
use keyward_shared::{
    environment::Environment,
    error::PortError,
    ids::{IdError, OrganizationId},
    membership::{
        AccountSettings, MachineClient, Member, Remit, SelfServiceKeys, Standing,
        client_secret::KeptSecret,
        profile::{Organization, Profile},
    },
    permission::{Permission, Role},
    title::TitleError,
};

use crate::{sign_in::SignIn, stack::TABLE};

/// A person.
pub struct Person {
    /// The address that the person signs in with.
    pub email: &'static str,
    /// The account that the person was made for.
    pub account: &'static str,
    /// The person's role in that account.
    pub role: Role,
}

/// A machine client.
pub struct Machine {
    /// Its id.
    pub id: &'static str,
    /// The account of the client; `None` for the operator.
    pub account: Option<(&'static str, Environment)>,
    /// Its permissions.
    pub permissions: &'static [Permission],
}

/// An account.
pub struct Account {
    /// Its id.
    pub id: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// Its organizations: id and title of each.
    pub organizations: [(&'static str, &'static str); 2],
}

/// The accounts.
pub const ACCOUNTS: [Account; 2] = [
    Account { id: "acme", title: "Acme", organizations: [("org_uk", "Acme UK"), ("org_us", "Acme US")] },
    Account {
        id: "globex",
        title: "Globex",
        organizations: [("org_de", "Globex DE"), ("org_fr", "Globex FR")],
    },
];

/// The people.
pub const PEOPLE: [Person; 4] = [
    Person { email: "owner@acme.example", account: "acme", role: Role::Owner },
    Person { email: "editor@acme.example", account: "acme", role: Role::Editor },
    Person { email: "viewer@acme.example", account: "acme", role: Role::Viewer },
    Person { email: "owner@globex.example", account: "globex", role: Role::Owner },
];

const USING: &[Permission] = &[Permission::KeysUse, Permission::KeysResolve, Permission::EventsPublish];

/// The machine clients.
pub const MACHINES: [Machine; 3] = [
    Machine { id: "runtime", account: Some(("acme", Environment::Live)), permissions: USING },
    Machine { id: "runtime-test", account: Some(("acme", Environment::Test)), permissions: USING },
    Machine { id: "operator", account: None, permissions: &[Permission::AccountsOperate] },
];

/// What every account of the demo has settled.
pub const SETTINGS: AccountSettings = AccountSettings {
    self_service_keys: SelfServiceKeys::On,
    keys_minimum_role: Role::Viewer,
    standing: Standing::Active,
};

impl Account {
    /// What its row says to its people.
    ///
    /// # Errors
    ///
    /// [`BadDemo`] when an id or a title is none.
    pub fn profile(&self) -> Result<Profile, BadDemo> {
        let organization = |(id, title): &(&str, &str)| {
            Ok(Organization { id: id.parse::<OrganizationId>()?, title: title.parse()? })
        };
        Ok(Profile {
            id: self.id.parse()?,
            title: Some(self.title.parse()?),
            organizations: self.organizations.iter().map(organization).collect::<Result<_, BadDemo>>()?,
            self_service_keys: SETTINGS.self_service_keys,
            keys_minimum_role: SETTINGS.keys_minimum_role,
            version: 1,
            updated: None,
        })
    }
}

/// A part of the demo is invalid.
#[derive(Debug, thiserror::Error)]
pub enum BadDemo {
    /// An identifier.
    #[error(transparent)]
    Id(#[from] IdError),
    /// A title.
    #[error(transparent)]
    Title(#[from] TitleError),
}

impl Person {
    /// The content of its row.
    #[must_use]
    pub const fn member(&self) -> Member {
        Member::new(self.role, Standing::Active)
    }
}

impl Machine {
    /// The content of its row, with what is kept of its secret.
    ///
    /// # Errors
    ///
    /// [`IdError`] when its account is none.
    pub fn client(&self, secret: Option<KeptSecret>) -> Result<MachineClient, IdError> {
        let remit = match self.account {
            None => Remit::Operator,
            Some((account, environment)) => Remit::Account {
                account: account.parse()?,
                environment,
                permissions: self.permissions.to_vec(),
            },
        };
        Ok(MachineClient { remit, standing: Standing::Active, secrets: secret.into_iter().collect() })
    }
}

/// A row as the SDK has it.
type Row = HashMap<String, AttributeValue>;

/// The file that says that the rows were written once.
pub(crate) const WRITTEN: &str = "demo-rows";

/// The demo's rows could not be written.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The database refused.
    #[error("the rows of the demo cannot be written")]
    Put(#[from] Box<SdkError<PutItemError>>),
    /// A part of the demo is invalid.
    #[error("the demo: {0}")]
    Demo(#[from] BadDemo),
    /// The embedded KMS refused to authenticate them.
    #[error("the rows of the demo cannot be authenticated")]
    Mac(#[from] PortError),
    /// The data directory.
    #[error("the data directory: {0}")]
    Io(#[from] io::Error),
}

/// The demo's rows, for the people that a sign-in has.
///
/// # Errors
///
/// [`BadDemo`] when something of it is not what it should be.
pub fn rows(sign_in: &SignIn) -> Result<Vec<Row>, BadDemo> {
    let mut rows = Vec::new();
    for account in ACCOUNTS {
        let mut row = settings_item(&account.id.parse()?, &SETTINGS);
        let profile = account.profile()?;
        row.extend(profile_attributes(&profile));
        rows.extend([row, organizations_item(&profile)]);
    }
    for person in &PEOPLE {
        if let Some(sub) = sign_in.sub_of(person.email) {
            let mut row = member_item(&person.account.parse()?, &sub.parse()?, &person.member());
            row.insert("email".to_owned(), AttributeValue::S(person.email.to_owned()));
            rows.push(row);
        }
    }
    for machine in &MACHINES {
        let client = machine.client(sign_in.kept_secret(machine.id))?;
        rows.push(client_item(&machine.id.parse()?, &client));
    }
    Ok(rows)
}

/// Writes the demo's rows on the first start over a data directory. What is there already stays as it is.
pub(crate) async fn seed(
    client: &Client,
    macs: &RowMacs,
    sign_in: &SignIn,
    data_dir: &Path,
) -> Result<(), SeedError> {
    let written = data_dir.join(WRITTEN);
    if written.exists() {
        return Ok(());
    }
    for row in rows(sign_in)? {
        let row = if RowMacs::covers(&row) { macs.sealed(row).await? } else { row };
        let put = client.put_item().table_name(TABLE).set_item(Some(row));
        match put.condition_expression("attribute_not_exists(PK)").send().await {
            Ok(_) => {}
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(PutItemError::is_conditional_check_failed_exception) => {}
            Err(error) => return Err(Box::new(error).into()),
        }
    }
    Ok(fs::write(written, "")?)
}
