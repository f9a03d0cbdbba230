//! Accounts as their people see them: the row of the settings, in which the operator keeps attributes of its own, and the row of the
//! organizations. Every use reads the settings, so they are small; the organizations are not.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use keyward_shared::{
    error::{Error, PortError, StoredRow},
    ids::AccountId,
    membership::{
        SelfServiceKeys,
        profile::{Organization, Profile},
        rows::Held,
    },
    permission::Role,
    ports::{ChangeProfile, CommitError, ReadOrganizations, ReadProfile},
    stamp::Stamp,
};
use serde::Deserialize;

use super::{
    Tables,
    client_rows::at_version,
    item::{Item, number, text},
    place,
    transaction::{Part, Transaction},
};
use crate::metrics::Metric;

#[derive(Deserialize)]
struct ProfileItem {
    title: Option<String>,
    #[serde(default)]
    self_service_keys: bool,
    keys_minimum_role: Option<String>,
    #[serde(default)]
    version: u64,
    updated_at: Option<Timestamp>,
    updated_by: Option<String>,
}

#[derive(Deserialize)]
struct OrganizationsItem {
    organizations: Vec<OrganizationItem>,
}

#[derive(Deserialize)]
struct OrganizationItem {
    id: String,
    title: String,
}

impl OrganizationItem {
    fn read(self) -> Option<Organization> {
        Some(Organization { id: self.id.parse().ok()?, title: self.title.parse().ok()? })
    }
}

/// The organizations of a row. An account that never had one has no row.
fn read_organizations(item: Option<Item>) -> Option<Vec<Organization>> {
    let Some(item) = item else { return Some(Vec::new()) };
    let row: OrganizationsItem = serde_dynamo::from_item(item).ok()?;
    row.organizations.into_iter().map(OrganizationItem::read).collect()
}

fn read(id: &AccountId, item: Item, organizations: Option<Item>) -> Option<Profile> {
    let row: ProfileItem = serde_dynamo::from_item(item).ok()?;
    Some(Profile {
        id: id.clone(),
        title: row.title.map(|title| title.parse()).transpose().ok()?,
        organizations: read_organizations(organizations)?,
        self_service_keys: SelfServiceKeys::of(row.self_service_keys),
        keys_minimum_role: row.keys_minimum_role.map_or(Some(Role::Viewer), |role| Role::from_name(&role))?,
        version: row.version,
        updated: row.updated_at.zip(row.updated_by).map(|(at, by)| Stamp { at, by }),
    })
}

/// The row of the organizations.
#[must_use]
pub fn organizations_item(profile: &Profile) -> HashMap<String, AttributeValue> {
    let organization = |Organization { id, title }: &Organization| {
        let members = [("id", text(id.as_str())), ("title", text(title.as_str()))];
        AttributeValue::M(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    };
    let organizations = profile.organizations.iter().map(organization);
    let mut item = place::organizations(&profile.id);
    item.insert("organizations".to_owned(), AttributeValue::L(organizations.collect()));
    item
}

/// What owners settle beside the organizations, as attributes of the settings' row.
#[must_use]
pub fn profile_attributes(profile: &Profile) -> HashMap<String, AttributeValue> {
    let mut attributes = vec![
        ("keys_minimum_role", text(profile.keys_minimum_role.as_str())),
        ("version", number(profile.version)),
    ];
    attributes.extend(profile.title.as_ref().map(|title| ("title", text(title.as_str()))));
    if let Some(Stamp { at, by }) = &profile.updated {
        attributes.extend([("updated_at", text(at.to_string())), ("updated_by", text(by))]);
    }
    attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

impl ReadProfile for Tables {
    /// The settings are read first. So the organizations are never older than the version, and a change of what was seen here
    /// overwrites no newer ones.
    async fn read_profile(&self, id: &AccountId) -> Result<Option<Profile>, Error> {
        let Some(settings) = self.get(&self.keyward, place::settings(id)).await? else { return Ok(None) };
        let organizations = self.get(&self.keyward, place::organizations(id)).await?;
        read(id, settings, organizations).map(Some).ok_or(Error::RowUnreadable(StoredRow::Account))
    }
}

impl ReadOrganizations for Tables {
    async fn read_organizations(&self, account: &AccountId) -> Result<Vec<Organization>, PortError> {
        let item = self.get(&self.keyward, place::organizations(account)).await?;
        Ok(read_organizations(item).unwrap_or_else(|| {
            tracing::error!(
                "the organizations of an account cannot be read: nothing is found by their titles"
            );
            Metric::UnreadableRows.record(1);
            Vec::new()
        }))
    }
}

impl ChangeProfile for Tables {
    /// The version in the settings covers both rows.
    async fn change_profile(&self, by: &Held, before: u64, after: &Profile) -> Result<(), CommitError> {
        let mut transaction = Transaction::by(self, by);
        let mut condition = at_version(Some(before));
        let mut sets = Vec::new();
        for (name, value) in profile_attributes(after) {
            sets.push(format!("#{name} = :set_{name}"));
            condition = condition.name(&format!("#{name}"), &name).value(&format!(":set_{name}"), value);
        }
        let expression = format!("SET {}", sets.join(", "));
        let key = place::settings(&after.id);
        transaction.update_if(Part::Row, &self.keyward, key, &expression, condition)?;
        transaction.put(&self.keyward, organizations_item(after))?;
        transaction.commit(Some(before)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile() -> Profile {
        let organization =
            |id: &str| Organization { id: id.parse().unwrap(), title: "Acme".parse().unwrap() };
        Profile {
            id: "acme".parse().unwrap(),
            title: Some("Acme".parse().unwrap()),
            organizations: vec![organization("org_us"), organization("org_uk")],
            self_service_keys: SelfServiceKeys::Off,
            keys_minimum_role: Role::Editor,
            version: 3,
            updated: Some(Stamp { at: Timestamp::UNIX_EPOCH, by: "person:ann".to_owned() }),
        }
    }

    #[test]
    fn a_row_reads_back_as_it_was_written_and_one_put_by_hand_with_what_it_has() {
        let profile = profile();
        let (settings, organizations) = (profile_attributes(&profile), organizations_item(&profile));
        assert_eq!(read(&profile.id, settings, Some(organizations)), Some(profile.clone()));
        let by_hand = Profile {
            title: None,
            organizations: Vec::new(),
            keys_minimum_role: Role::Viewer,
            version: 0,
            updated: None,
            ..profile
        };
        assert_eq!(read(&by_hand.id, Item::new(), None), Some(by_hand));
    }

    #[test]
    fn a_row_that_could_not_have_been_written_is_none() {
        for (name, value) in
            [("title", text("")), ("keys_minimum_role", text("emperor")), ("version", text("3"))]
        {
            let mut edited = profile_attributes(&profile());
            edited.insert(name.to_owned(), value);
            assert_eq!(read(&profile().id, edited, None), None, "{name}");
        }
        let nameless = AttributeValue::L(vec![AttributeValue::M(Item::new())]);
        for value in [Some(text("org_uk")), Some(nameless), None] {
            let mut edited = organizations_item(&profile());
            edited.remove("organizations");
            edited.extend(value.map(|value| ("organizations".to_owned(), value)));
            assert_eq!(read(&profile().id, profile_attributes(&profile()), Some(edited)), None);
        }
    }
}
