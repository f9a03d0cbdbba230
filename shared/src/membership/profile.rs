//! An account as its people see it, and what its owners settle: its title, its organizations, and who has to do with keys at all.

use std::collections::BTreeSet;

use crate::{
    caller::Caller,
    complaints::Complaints,
    error::Error,
    fresh,
    ids::{AccountId, OrganizationId},
    membership::{SelfServiceKeys, asked_role},
    moment::Clock,
    permission::Role,
    ports::{ChangeProfile, ReadProfile},
    stamp::Stamp,
    title::Title,
    version::Version,
};

/// The most organizations of an account. With their titles they fit into one row.
pub const MOST_ORGANIZATIONS: usize = 500;

/// A customer or branch of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// What keys name it by.
    pub id: OrganizationId,
    /// What people call it.
    pub title: Title,
}

/// An account as its people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The account.
    pub id: AccountId,
    /// The title; `None` for an account whose row was put by hand.
    pub title: Option<Title>,
    /// Its organizations, in the order that its owners gave them.
    pub organizations: Vec<Organization>,
    /// Whether people of it manage keys by themselves: the operator says so.
    pub self_service_keys: SelfServiceKeys,
    /// The least role that has to do with keys at all.
    pub keys_minimum_role: Role,
    /// Counts changes, from 1. A row that was put by hand has none: it counts as 0.
    pub version: u64,
    /// When and by whom it was last changed, where that is known.
    pub updated: Option<Stamp>,
}

/// The changes, still as text. Absent members stay unchanged.
#[derive(Default)]
pub struct ProfilePatch {
    /// What people call it.
    pub title: Option<String>,
    /// All organizations, id and title of each.
    pub organizations: Option<Vec<(String, String)>>,
    /// The least role that has to do with keys at all.
    pub keys_minimum_role: Option<String>,
}

/// The caller's account.
///
/// # Errors
///
/// [`Error::NotFound`] for an account without a row; [`Error::RowUnreadable`], and what the port reports.
pub async fn find(store: &impl ReadProfile, caller: &Caller) -> Result<Profile, Error> {
    store.read_profile(caller.account()).await?.ok_or(Error::NotFound)
}

/// Changes the caller's account, if it still has the version that the caller has seen. A patch that changes
/// nothing leaves it as it is.
///
/// # Errors
///
/// [`Error::NotFound`], [`Error::StaleVersion`], [`Error::InvalidFields`], [`Error::FreshSignInNeeded`] where another role is the
/// least one, and what the ports report. Nothing is stored then.
pub async fn update(
    store: &(impl ReadProfile + ChangeProfile),
    clock: &impl Clock,
    caller: &Caller,
    seen: u64,
    patch: ProfilePatch,
) -> Result<Profile, Error> {
    let stored = find(store, caller).await?;
    Version::new(stored.version).expect(seen)?;
    let next = plan(&stored, patch)?;
    if next == stored {
        return Ok(stored);
    }
    if next.keys_minimum_role != stored.keys_minimum_role {
        fresh::check(caller, clock.now())?;
    }
    let updated = Stamp { at: clock.now(), by: caller.actor().to_string() };
    let next = Profile { version: seen + 1, updated: Some(updated), ..next };
    store.change_profile(&caller.held()?, seen, &next).await?;
    Ok(next)
}

/// Lays a patch over an account, and says all that is wrong with it at once.
fn plan(stored: &Profile, patch: ProfilePatch) -> Result<Profile, Error> {
    let mut complaints = Complaints::default();
    let title = patch.title.map(|text| complaints.parse("title", &text));
    let organizations = patch.organizations.map(|listed| organizations(&listed, &mut complaints));
    let role = patch.keys_minimum_role.map(|name| asked_role("keys_minimum_role", &name, &mut complaints));
    complaints.settle(|| {
        Ok(Profile {
            title: title.transpose()?.or_else(|| stored.title.clone()),
            organizations: organizations.unwrap_or_else(|| stored.organizations.clone()),
            keys_minimum_role: role.transpose()?.unwrap_or(stored.keys_minimum_role),
            ..stored.clone()
        })
    })
}

fn organizations(listed: &[(String, String)], complaints: &mut Complaints) -> Vec<Organization> {
    if listed.len() > MOST_ORGANIZATIONS {
        complaints.complain("organizations", format!("must have at most {MOST_ORGANIZATIONS}"));
        return Vec::new();
    }
    let mut ids = BTreeSet::new();
    let mut organizations = Vec::new();
    for (place, (id, title)) in listed.iter().enumerate() {
        let field = |name: &str| format!("organizations[{place}].{name}");
        let id = complaints.parse::<OrganizationId>(field("organization_id"), id);
        let title = complaints.parse(field("title"), title);
        if let Ok(id) = &id
            && !ids.insert(id.clone())
        {
            complaints.complain(field("organization_id"), "is there twice");
        }
        organizations.extend(id.ok().zip(title.ok()).map(|(id, title)| Organization { id, title }));
    }
    organizations
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored() -> Profile {
        Profile {
            id: "acme".parse().unwrap(),
            title: None,
            organizations: Vec::new(),
            self_service_keys: SelfServiceKeys::On,
            keys_minimum_role: Role::Viewer,
            version: 0,
            updated: None,
        }
    }

    fn organizations(listed: &[(&str, &str)]) -> ProfilePatch {
        let owned = listed.iter().map(|(id, title)| ((*id).to_owned(), (*title).to_owned()));
        ProfilePatch { organizations: Some(owned.collect()), ..ProfilePatch::default() }
    }

    fn fields(patch: ProfilePatch) -> Vec<String> {
        let Err(Error::InvalidFields(fields)) = plan(&stored(), patch) else { panic!() };
        fields.into_iter().map(|field| field.field).collect()
    }

    #[test]
    fn a_patch_sets_what_it_has_and_keeps_the_rest() {
        assert_eq!(plan(&stored(), ProfilePatch::default()).unwrap(), stored());
        let next = plan(&stored(), organizations(&[("org_us", "Acme US"), ("org_uk", "Acme UK")])).unwrap();
        let ids: Vec<_> = next.organizations.iter().map(|organization| organization.id.as_str()).collect();
        assert_eq!(ids, ["org_us", "org_uk"]);
        let role = ProfilePatch { keys_minimum_role: Some("owner".to_owned()), ..ProfilePatch::default() };
        assert_eq!(plan(&stored(), role).unwrap(), Profile { keys_minimum_role: Role::Owner, ..stored() });
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let twice = organizations(&[("org_uk", "Acme UK"), ("uk", " "), ("org_uk", "Acme UK")]);
        let wrong = ProfilePatch {
            title: Some(String::new()),
            keys_minimum_role: Some("emperor".to_owned()),
            ..twice
        };
        assert_eq!(
            fields(wrong),
            [
                "title",
                "organizations[1].organization_id",
                "organizations[1].title",
                "organizations[2].organization_id",
                "keys_minimum_role",
            ]
        );
        let many = vec![("org_uk", "Acme UK"); MOST_ORGANIZATIONS + 1];
        assert_eq!(fields(organizations(&many)), ["organizations"]);
    }
}
