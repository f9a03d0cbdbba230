//! Planning the entries of a key.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    MAX_ORGANIZATIONS,
    planner::Planner,
    rule::{Rule, Slot},
};
use crate::{
    keys::{
        draft::{DraftEntry, DraftValue},
        key::{Entry, FieldValue, Ownership},
    },
    sealing::EntryName,
    system::FieldTemplate,
};

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

    fn entry(&mut self, name: &EntryName, draft: DraftEntry) -> Entry {
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
                    continue;
                }
            }
            let stored = self.stored.and_then(|key| key.secret(name, &id)).cloned();
            let slot = Slot { at, entry: name.clone(), field: id.clone(), stored };
            if let Some(value) = self.value(slot, value, Rule::Field(field)) {
                entry.fields.insert(id.clone(), value);
            }
            given.insert(id);
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
