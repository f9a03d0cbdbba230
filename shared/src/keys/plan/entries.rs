//! Planning the entries of a key.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    MAX_ORGANIZATIONS,
    planner::Planner,
    rule::{Rule, Slot},
};
use crate::{
    error::InvalidField,
    keys::{
        draft::{DraftEntry, DraftValue},
        key::{Entry, FieldValue, Ownership},
    },
    sealing::EntryName,
    secret::SecretText,
    system::FieldTemplate,
};

/// The fields of a server's address: a whole address in the first one says what the others are.
const HOST: &str = "host";
const PORT: &str = "port";
const ROOT_PATH: &str = "root_path";

/// Puts the port and the directory of an address into their fields, unless these have other values.
fn split_address(draft: &mut DraftEntry, fields: &BTreeMap<&str, &FieldTemplate>) {
    let Some(DraftValue::Set(text)) = draft.get(HOST) else { return };
    if !fields.contains_key(PORT) {
        return;
    }
    let text = text.expose().trim();
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !host.contains([':', '@']) && port.parse::<u16>().is_ok() => (host, Some(port)),
        Some(_) | None => (authority, None),
    };
    let found = [
        (PORT, port.map(str::to_owned)),
        (ROOT_PATH, Some(path).filter(|path| !path.is_empty()).map(|path| format!("/{path}"))),
    ];
    let is_free = |id: &str, value: &str| match draft.get(id) {
        None | Some(DraftValue::Stored(_)) => true,
        Some(DraftValue::Set(text)) => text.is_empty() || text.expose().trim() == value,
        Some(DraftValue::Keep(_)) => false,
    };
    if let [(_, Some(port)), _] = &found
        && !is_free(PORT, port)
    {
        return;
    }
    let host = host.to_owned();
    let free: Vec<_> = found
        .into_iter()
        .filter_map(|(id, value)| Some((id, value?)))
        .filter(|(id, value)| fields.contains_key(id) && is_free(id, value))
        .collect();
    draft.insert(HOST.to_owned(), DraftValue::Set(SecretText::from(host)));
    for (id, value) in free {
        draft.insert(id.to_owned(), DraftValue::Set(SecretText::from(value)));
    }
}

/// What opens a private key, and where it stands in the request. It is there without a value, too: a key may need one.
struct Passphrase {
    at: String,
    value: Option<SecretText>,
}

impl Planner<'_> {
    /// The entries that a key of this ownership may have.
    pub(super) fn entries(
        &mut self,
        mut drafts: BTreeMap<String, DraftEntry>,
        ownership: Ownership,
    ) -> BTreeMap<EntryName, Entry> {
        match ownership {
            Ownership::Account => {
                drafts.entry(EntryName::Default.to_string()).or_default();
            }
            Ownership::Organizations if drafts.is_empty() => {
                self.complain(
                    "entries",
                    "an organization-specific key needs an entry for one organization at least",
                );
            }
            Ownership::Organizations if drafts.len() > MAX_ORGANIZATIONS => {
                self.complain(
                    "entries",
                    format!("a key holds entries for at most {MAX_ORGANIZATIONS} organizations"),
                );
            }
            Ownership::Organizations => {}
        }
        let mut entries = BTreeMap::new();
        for (name, draft) in drafts {
            let at = format!("entries.{name}");
            let name = match (name.parse::<EntryName>(), ownership) {
                (Ok(name @ EntryName::Default), Ownership::Account)
                | (Ok(name @ EntryName::Organization(_)), Ownership::Organizations) => name,
                (Ok(EntryName::Default), Ownership::Organizations) => {
                    self.complain(at, "an organization-specific key has no default entry: set it to null");
                    continue;
                }
                (Ok(EntryName::Organization(_)), Ownership::Account) => {
                    self.complain(at, "needs `organization_specific`, or leave this entry out");
                    continue;
                }
                (Ok(EntryName::Headers) | Err(_), _) => {
                    self.complain(at, "is neither `default` nor an organization id such as `org_1`");
                    continue;
                }
            };
            let entry = self.entry(&name, draft);
            entries.insert(name, entry);
        }
        entries
    }

    fn entry(&mut self, name: &EntryName, mut draft: DraftEntry) -> Entry {
        let values: BTreeMap<String, String> = self.public_values(&draft);
        let (template, variant) = (self.template, self.variant);
        let fields: BTreeMap<&str, &FieldTemplate> = template
            .fields_of(variant.id())
            .filter(|field| field.is_shown(|other| values.get(other).map(String::as_str)))
            .map(|field| (field.id(), field))
            .collect();
        let mut entry = Entry {
            sealed_at: self.stored.and_then(|key| key.entries.get(name)?.sealed_at),
            ..Entry::default()
        };
        self.tidy(name, &mut draft, &fields);
        let passphrases = self.passphrases(name, &mut draft, &fields);
        let mut given = BTreeSet::new();
        for (id, value) in draft {
            let at = format!("entries.{name}.fields.{id}");
            let Some(field) = fields.get(id.as_str()) else {
                // A stored value that no longer applies goes; one that was given now is a mistake to point at.
                if !matches!(value, DraftValue::Stored(_)) {
                    let reason = match template.fields_of(variant.id()).find(|field| field.id() == id) {
                        Some(_) => "does not apply with the other values given",
                        None => {
                            "is no field of this system and auth variant: see GET /v1/systems/{system_id}"
                        }
                    };
                    self.complain(at, reason);
                }
                continue;
            };
            // A stored value that another system or variant would not accept is as good as none.
            if let DraftValue::Stored(stored) = &value {
                let fits = stored
                    .as_public()
                    .map_or(field.secret(), |text| !field.secret() && field.check(text).is_ok());
                if !fits {
                    // Where nothing is needed instead of it, it would be lost without a word.
                    if let Some(text) = stored.as_public()
                        && !field.secret()
                        && field.may_be_empty()
                        && let Err(reason) = field.check(text)
                    {
                        self.complain(at, reason);
                    }
                    continue;
                }
            }
            let stored = self.stored.and_then(|key| key.secret(name, &id)).cloned();
            let slot = Slot { at, entry: name.clone(), field: id.clone(), stored };
            given.insert(id.clone());
            let Some(value) = self.normal(&slot, value, field, passphrases.get(&id)) else { continue };
            if let Some(value) = self.value(slot, value, Rule::Field(field)) {
                entry.fields.insert(id, value);
            }
        }
        for (id, field) in fields {
            if given.contains(id) {
                continue;
            }
            if let Some(default) = field.default() {
                entry.fields.insert(id.to_owned(), FieldValue::Public(default.to_owned()));
            } else if field.required() {
                self.complain(format!("entries.{name}.fields.{id}"), "is needed");
            }
        }
        entry
    }

    /// Makes of the values that were given those that are kept. A value that is empty is none where none is needed.
    fn tidy(&mut self, name: &EntryName, draft: &mut DraftEntry, fields: &BTreeMap<&str, &FieldTemplate>) {
        split_address(draft, fields);
        draft.retain(|id, value| {
            let (Some(field), DraftValue::Set(text)) = (fields.get(id.as_str()), &*value) else {
                return true;
            };
            let tidied = SecretText::from(field.tidied(text.expose()));
            if tidied.is_empty() && field.may_be_empty() {
                return false;
            }
            if let Some(notice) = field.notice(tidied.expose()) {
                let reason = format!("{notice}. It is stored like that: replace it if that is not meant");
                self.notices.push(InvalidField::new(format!("entries.{name}.fields.{id}"), reason));
            }
            *value = DraftValue::Set(tidied);
            true
        });
    }

    /// Takes out of a draft the values that open a private key, by the id of that key's field. None of them is kept.
    fn passphrases(
        &mut self,
        name: &EntryName,
        draft: &mut DraftEntry,
        fields: &BTreeMap<&str, &FieldTemplate>,
    ) -> BTreeMap<String, Passphrase> {
        let mut passphrases = BTreeMap::new();
        for field in fields.values() {
            let Some(opened) = field.opens() else { continue };
            let at = format!("entries.{name}.fields.{}", field.id());
            let value = match draft.remove(field.id()) {
                Some(DraftValue::Set(value)) if !value.is_empty() => Some(value),
                Some(DraftValue::Set(_) | DraftValue::Stored(_)) | None => None,
                Some(DraftValue::Keep(_)) => {
                    self.complain(at.as_str(), "is not kept: leave it out");
                    None
                }
            };
            if let Some(value) = &value {
                if let Err(reason) = field.check(value.expose()) {
                    self.complain(at, reason);
                    continue;
                }
                if !matches!(draft.get(opened), Some(DraftValue::Set(_))) {
                    self.complain(
                        at,
                        "opens a private key that is given with it: give the key again, or leave it out",
                    );
                    continue;
                }
            }
            passphrases.insert(opened.to_owned(), Passphrase { at, value });
        }
        passphrases
    }

    /// The value as it is kept. `None` means that it was complained about.
    fn normal(
        &mut self,
        slot: &Slot,
        value: DraftValue,
        field: &FieldTemplate,
        passphrase: Option<&Passphrase>,
    ) -> Option<DraftValue> {
        let (Some(rule), DraftValue::Set(text)) = (field.private_key(), &value) else { return Some(value) };
        if field.check(text.expose()).is_err() {
            // The length is complained about with all other values.
            return Some(value);
        }
        let opener = passphrase.and_then(|passphrase| passphrase.value.as_ref());
        match rule.normal(text, opener, &mut self.work) {
            Ok(normal) => Some(DraftValue::Set(normal)),
            Err(reason) => {
                let at =
                    passphrase.filter(|_| reason.is_about_the_passphrase()).map(|passphrase| &passphrase.at);
                self.complain(at.unwrap_or(&slot.at).as_str(), reason);
                None
            }
        }
    }

    /// The public values of an entry with their defaults. The conditions of other fields depend on
    /// these.
    fn public_values(&self, draft: &DraftEntry) -> BTreeMap<String, String> {
        let mut values = BTreeMap::new();
        for field in self.template.fields_of(self.variant.id()).filter(|field| !field.secret()) {
            let value = match draft.get(field.id()) {
                Some(DraftValue::Set(text)) => Some(text.expose()),
                Some(DraftValue::Stored(value)) => value.as_public(),
                Some(DraftValue::Keep(_)) | None => field.default(),
            };
            if let Some(value) = value {
                values.insert(field.id().to_owned(), value.to_owned());
            }
        }
        values
    }
}
