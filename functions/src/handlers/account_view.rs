//! An account as the API shows it to its people.

use jiff::Timestamp;
use keyward_shared::membership::{
    SelfServiceKeys,
    profile::{Organization, Profile},
};
use schemars::JsonSchema;
use serde::Serialize;

/// The caller's account.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Account")]
pub struct AccountView {
    /// The account.
    account_id: String,
    /// The title; null for an account without a title.
    title: Option<String>,
    /// Its organizations, in the order that its owners gave them.
    organizations: Vec<OrganizationView>,
    /// Whether people of it manage keys by themselves. The operator says so.
    self_service_keys: bool,
    /// The least role that has to do with keys at all: `viewer`, `editor` or `owner`.
    keys_minimum_role: &'static str,
    /// Counts changes, from 1; 0 for a row that was put by hand.
    version: u64,
    /// When it was last changed; null for a row that was put by hand.
    updated_at: Option<Timestamp>,
    /// By whom.
    updated_by: Option<String>,
}

/// A customer or branch of the account.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Organization")]
pub struct OrganizationView {
    /// What keys name it by.
    organization_id: String,
    /// The title.
    title: String,
}

impl From<&Organization> for OrganizationView {
    fn from(organization: &Organization) -> Self {
        Self { organization_id: organization.id.to_string(), title: organization.title.to_string() }
    }
}

impl From<&Profile> for AccountView {
    fn from(account: &Profile) -> Self {
        Self {
            account_id: account.id.to_string(),
            title: account.title.as_ref().map(ToString::to_string),
            organizations: account.organizations.iter().map(OrganizationView::from).collect(),
            self_service_keys: account.self_service_keys == SelfServiceKeys::On,
            keys_minimum_role: account.keys_minimum_role.as_str(),
            version: account.version,
            updated_at: account.updated.as_ref().map(|updated| updated.at),
            updated_by: account.updated.as_ref().map(|updated| updated.by.clone()),
        }
    }
}
