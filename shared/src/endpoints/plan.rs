//! The rules between what a caller asks for and what is stored: of the endpoint by itself, and of the key that it names.

use super::{
    draft::EndpointDraft,
    endpoint::{Activity, Endpoint},
    settings::Settings,
    trigger::Trigger,
};
use crate::{
    error::{Error, InvalidField},
    ids::{AccountId, EndpointId, EndpointKind},
    keys::key::{Key, Ownership},
    sealing::EntryName,
    stamp::Stamp,
    system::{Library, SystemId},
};

/// Checks a draft by itself. Version and stamps of what comes out are still to be set.
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
    let mut complaints = Vec::new();
    let title = parsed("title", &draft.title, &mut complaints);
    let system = system(&draft.system, &mut complaints);
    let function = parsed("function", &draft.function, &mut complaints);
    let trigger = Trigger::parse(&draft.trigger, id.kind()).map_err(|error| complaints.push(error)).ok();
    let environment = parsed("environment", &draft.environment, &mut complaints);
    let key = match &draft.key {
        // What can be no key's id is answered like an id that no key has.
        Some(text) => text.parse().map(Some).map_err(|_| complaints.push(no_such_key())).ok(),
        None => Some(None),
    };
    let organization = match &draft.organization {
        Some(text) => parsed("organization", text, &mut complaints).map(Some),
        None => Some(None),
    };
    let settings = Settings::try_from(draft.settings);
    let settings = settings.map_err(|error| complaints.push(InvalidField::new("settings", error))).ok();
    if draft.activity == Activity::Active && draft.key.is_none() {
        let reason = match id.kind() {
            EndpointKind::Source => "is needed for an active source: choose a key, or set `active` to false",
            EndpointKind::Destination => {
                "is needed for an active destination: choose a key, or set `active` to false"
            }
        };
        complaints.push(InvalidField::new("key_id", reason));
    }
    if draft.key.is_none() && draft.organization.is_some() {
        complaints.push(InvalidField::new("organization", "needs a key whose entry it names"));
    }
    match (title, system, function, trigger, environment, key, organization, settings) {
        (
            Some(title),
            Some(system),
            Some(function),
            Some(trigger),
            Some(environment),
            Some(key),
            Some(organization),
            Some(settings),
        ) if complaints.is_empty() => Ok(Endpoint {
            id: id.clone(),
            account: account.clone(),
            title,
            system,
            function,
            trigger,
            environment,
            key,
            organization,
            settings,
            activity: draft.activity,
            version: 0,
            created: made.clone(),
            updated: made.clone(),
        }),
        _ => Err(Error::InvalidFields(complaints)),
    }
}

fn parsed<T: std::str::FromStr<Err: ToString>>(
    field: &str,
    text: &str,
    complaints: &mut Vec<InvalidField>,
) -> Option<T> {
    text.parse().map_err(|reason: T::Err| complaints.push(InvalidField::new(field, reason))).ok()
}

fn system(text: &str, complaints: &mut Vec<InvalidField>) -> Option<SystemId> {
    let known = Library::shipped().system(text).map(|template| template.id().clone());
    if known.is_none() {
        let reason = "is no system of the library: see GET /v1/systems";
        complaints.push(InvalidField::new("system_id", reason));
    }
    known
}

fn no_such_key() -> InvalidField {
    InvalidField::new("key_id", "there is no such key in your account: see GET /v1/keys")
}

/// Whether an endpoint may use the key that it names: one that exists, of the same system and environment, with the entry.
///
/// # Errors
///
/// [`Error::InvalidFields`] with every complaint at once.
pub fn check_key(endpoint: &Endpoint, key: Option<&Key>) -> Result<(), Error> {
    let Some(key) = key else {
        return Err(Error::InvalidFields(vec![no_such_key()]));
    };
    let mut complaints = Vec::new();
    if key.system != endpoint.system {
        let reason = format!("is a key of `{}`: choose one of `{}`", key.system, endpoint.system);
        complaints.push(InvalidField::new("key_id", reason));
    }
    if key.environment != endpoint.environment {
        let reason = format!("is a {} key: choose a {} one", key.environment, endpoint.environment);
        complaints.push(InvalidField::new("key_id", reason));
    }
    let entry = match (key.ownership, &endpoint.organization) {
        (Ownership::Account, None) => Ok(()),
        (Ownership::Account, Some(_)) => Err("the key is not organization-specific: leave it out"),
        (Ownership::Organizations, None) => Err("is needed: the key holds an entry for each organization"),
        (Ownership::Organizations, Some(organization)) => {
            let held = key.entries.contains_key(&EntryName::Organization(organization.clone()));
            if held { Ok(()) } else { Err("the key holds no entry for this organization") }
        }
    };
    if let Err(reason) = entry {
        complaints.push(InvalidField::new("organization", reason));
    }
    if complaints.is_empty() { Ok(()) } else { Err(Error::InvalidFields(complaints)) }
}
