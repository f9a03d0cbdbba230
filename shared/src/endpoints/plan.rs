//! The rules that turn a draft into an endpoint: rules for the endpoint itself, and for the key that it uses.

use super::{
    draft::EndpointDraft,
    endpoint::{Activity, Endpoint},
    link::Link,
    settings::Settings,
    trigger::Trigger,
};
use crate::{
    complaints::Complaints,
    error::{Error, InvalidField},
    ids::{AccountId, EndpointId, EndpointKind},
    keys::key::{Key, Ownership},
    sealing::EntryName,
    stamp::Stamp,
    system::{Library, SystemId},
};

/// Checks a draft by itself. Version and stamps of the result are still to be set.
///
/// # Errors
///
/// [`Error::InvalidFields`] with every complaint at once.
pub fn plan(
    draft: EndpointDraft,
    id: &EndpointId,
    account: &AccountId,
    made: &Stamp,
) -> Result<Endpoint, Error> {
    let mut complaints = Complaints::default();
    let title = complaints.parse("title", &draft.title);
    let system = complaints.take("system_id", system(&draft.system));
    let function = complaints.parse("function", &draft.function);
    let trigger = Trigger::parse(&draft.trigger, id.kind()).map_err(|error| complaints.add(error));
    let environment = complaints.parse("environment", &draft.environment);
    // A text that cannot be a key's id is answered like the id of a missing key.
    let key = draft.key.as_deref().map(|text| text.parse().map_err(|_| complaints.add(no_such_key())));
    let organization = draft.organization.as_deref().map(|text| complaints.parse("organization", text));
    let settings = complaints.take("settings", Settings::try_from(draft.settings));
    if draft.activity == Activity::Active && draft.key.is_none() {
        let reason = match id.kind() {
            EndpointKind::Source => "is needed for an active source: choose a key, or set `active` to false",
            EndpointKind::Destination => {
                "is needed for an active destination: choose a key, or set `active` to false"
            }
        };
        complaints.complain("key_id", reason);
    }
    if draft.key.is_none() && draft.organization.is_some() {
        complaints.complain("organization", "needs a key whose entry it names");
    }
    complaints.settle(|| {
        Ok(Endpoint {
            id: id.clone(),
            account: account.clone(),
            title: title?,
            system: system?,
            function: function?,
            trigger: trigger?,
            environment: environment?,
            key: key.transpose()?,
            organization: organization.transpose()?,
            settings: settings?,
            activity: draft.activity,
            version: 0,
            created: made.clone(),
            updated: made.clone(),
        })
    })
}

fn system(text: &str) -> Result<SystemId, &'static str> {
    let known = Library::shipped().system(text).map(|template| template.id().clone());
    known.ok_or("is no system of the library: see GET /v1/systems")
}

pub(crate) fn no_such_key() -> InvalidField {
    InvalidField::new("key_id", "there is no such key in your account: see GET /v1/keys")
}

/// Whether an endpoint or a webhook may use the key that it names: one that exists, of the same system and environment, with the
/// entry. Returns that key.
///
/// # Errors
///
/// [`Error::InvalidFields`] with every complaint at once.
pub fn check_key<'k>(named: &Link, key: Option<&'k Key>) -> Result<&'k Key, Error> {
    let Some(key) = key else {
        return Err(Error::InvalidFields(vec![no_such_key()]));
    };
    let mut complaints = Complaints::default();
    if let Some(system) = named.system.as_ref().filter(|system| **system != key.system) {
        let reason = format!("is a key of `{}`: choose one of `{system}`", key.system);
        complaints.complain("key_id", reason);
    }
    if key.environment != named.environment {
        let reason = format!("is a {} key: choose a {} one", key.environment, named.environment);
        complaints.complain("key_id", reason);
    }
    let entry = match (key.ownership, &named.organization) {
        (Ownership::Account, None) => Ok(()),
        (Ownership::Account, Some(_)) => Err("the key is not organization-specific: leave it out"),
        (Ownership::Organizations, None) => Err("is needed: the key holds an entry for each organization"),
        (Ownership::Organizations, Some(organization)) => {
            let held = key.entries.contains_key(&EntryName::Organization(organization.clone()));
            if held { Ok(()) } else { Err("the key holds no entry for this organization") }
        }
    };
    let entry = complaints.take("organization", entry);
    complaints.settle(|| entry.map(|()| key))
}
