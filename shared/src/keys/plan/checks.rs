//! What must hold of a planned key as a whole.

use super::{Fresh, MAX_PUBLIC_BYTES};
use crate::{
    error::{Error, InvalidField},
    keys::{
        authentication::Authentication,
        key::{FieldValue, Key},
    },
    origin::{BaseUrl, Scheme},
    sealing::EntryName,
};

/// The row stays far below what DynamoDB stores in one item.
pub(super) fn check_size(key: &Key) -> Result<(), Error> {
    let bytes: usize = key.entries.values().flat_map(|entry| entry.fields.values()).map(public_bytes).sum();
    if bytes > MAX_PUBLIC_BYTES {
        let reason = format!(
            "the values that are no secrets have {bytes} bytes together, more than {MAX_PUBLIC_BYTES}"
        );
        return Err(Error::invalid("entries", reason));
    }
    Ok(())
}

fn public_bytes(value: &FieldValue) -> usize {
    value.as_public().map_or(0, str::len)
}

/// Every entry leads to addresses that its system accepts and that requests can be made for.
pub(in crate::keys) fn check_addresses(key: &Key) -> Result<(), Error> {
    for (name, entry) in &key.entries {
        let whole = match key.base_url(entry) {
            Ok(Some(base)) => BaseUrl::parse(&base, &[Scheme::Https, Scheme::Http]).is_ok(),
            Ok(None) => true,
            Err(_) => false,
        };
        if !whole || key.binding(name).is_err() {
            let reason = "these fields, with the base URL, do not make an address of this system";
            return Err(Error::invalid(format!("entries.{name}"), reason));
        }
    }
    Ok(())
}

/// An entry whose secrets are all here can be tried: what signing would refuse of it is refused now.
pub(super) fn check_authentication(key: &Key, fresh: &[Fresh]) -> Result<(), Error> {
    for (name, entry) in &key.entries {
        if entry.fields.values().any(|value| value.as_secret().is_some()) {
            continue;
        }
        let secret = |field: &str| {
            let given = fresh.iter().find(|fresh| fresh.entry == *name && fresh.field == field);
            given.map(|fresh| fresh.value.expose())
        };
        Authentication::of(key, entry)?.check_values(key, name, secret)?;
    }
    Ok(())
}

/// A kept secret stays where it was sealed for; anything else needs it again.
pub(super) fn check_bindings(stored: &Key, key: &Key) -> Result<(), Error> {
    let moved = stored.system != key.system
        || stored.template_version != key.template_version
        || stored.auth != key.auth
        || stored.environment != key.environment;
    let mut needed = Vec::new();
    let why = "where this secret may go has changed: give it again as a string";
    for (name, entry) in &key.entries {
        let is_bound_so = |stored: &Key| -> Result<bool, Error> {
            let before = stored.binding(name)?;
            Ok(before == key.binding(name)?
                || key.earlier_binding(name)?.is_some_and(|binding| binding == before))
        };
        let rebound = moved || !stored.entries.contains_key(name) || !is_bound_so(stored)?;
        if rebound {
            let secrets = entry.fields.iter().filter(|(_, value)| value.as_secret().is_some());
            needed
                .extend(secrets.map(|(id, _)| InvalidField::new(format!("entries.{name}.fields.{id}"), why)));
        }
    }
    if moved || stored.binding(&EntryName::Headers)? != key.binding(&EntryName::Headers)? {
        let secrets = key.headers.iter().enumerate().filter(|(_, header)| header.value.as_secret().is_some());
        needed.extend(secrets.map(|(index, _)| InvalidField::new(format!("headers[{index}].value"), why)));
    }
    if needed.is_empty() { Ok(()) } else { Err(Error::SecretsNeeded(needed)) }
}
