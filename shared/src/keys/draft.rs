//! A key as the caller asks for it: text that has not been checked yet.
//!
//! A request to create a key is a draft. A request to change one is a patch, and the patch laid over the stored
//! key is a draft again: so one set of rules, in [`plan`](super::plan), serves both.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    edit::Edit,
    keys::{
        check::{Asks, Expects, OwnCheck},
        key::{FieldValue, Key, Ownership},
        restrictions::Restrictions,
    },
    secret::SecretText,
};

/// The members of a key as asked for.
pub struct Draft {
    /// The system's id.
    pub system: String,
    /// The auth variant; when absent, the system's only one.
    pub auth: Option<String>,
    /// The title, not checked yet.
    pub title: String,
    /// `live` or `test`.
    pub environment: String,
    /// The address, where the system has one to type.
    pub base_url: Option<String>,
    /// The methods and paths that it may be used for.
    pub restrictions: DraftRestrictions,
    /// How it is tried.
    pub check: Option<DraftCheck>,
    /// Headers in order.
    pub headers: Vec<DraftHeader>,
    /// Whether the key has one set of credentials or one for each organization.
    pub ownership: Ownership,
    /// Entries by name.
    pub entries: BTreeMap<String, DraftEntry>,
    /// The time from which the key cannot be used, in RFC 3339.
    pub expires_at: Option<String>,
}

/// Restrictions as asked for. An empty list restricts nothing.
#[derive(Default)]
pub struct DraftRestrictions {
    /// The methods, not checked yet.
    pub methods: Vec<String>,
    /// The path prefixes, not checked yet.
    pub paths: Vec<String>,
}

impl From<&Restrictions> for DraftRestrictions {
    fn from(stored: &Restrictions) -> Self {
        Self {
            methods: stored.methods.iter().map(ToString::to_string).collect(),
            paths: stored.paths.iter().map(ToString::to_string).collect(),
        }
    }
}

/// A check of the key's own as asked for, with nothing checked yet.
pub struct DraftCheck {
    /// `GET` or `POST`.
    pub method: String,
    /// The path below the base address.
    pub path: String,
    /// The body of a POST.
    pub body: Option<String>,
    /// Whether the person says that a POST changes nothing.
    pub changes_nothing: bool,
    /// The status of an answer to credentials that are accepted.
    pub status: u16,
    /// A text in its body.
    pub text: Option<String>,
    /// A place in its JSON, and the value there.
    pub json: Option<(String, Value)>,
}

impl From<&OwnCheck> for DraftCheck {
    fn from(stored: &OwnCheck) -> Self {
        let (body, changes_nothing) = match &stored.asks {
            Asks::Get => (None, false),
            Asks::Post { body } => (Some(body.clone()), true),
        };
        let (text, json) = match &stored.expects {
            Expects::Anything => (None, None),
            Expects::Text(text) => (Some(text.clone()), None),
            Expects::Json { pointer, value } => (None, Some((pointer.as_str().to_owned(), value.clone()))),
        };
        Self {
            method: stored.method().to_string(),
            path: stored.path.clone(),
            body,
            changes_nothing,
            status: stored.status.as_u16(),
            text,
            json,
        }
    }
}

/// Field values of an entry, by field id.
pub type DraftEntry = BTreeMap<String, DraftValue>;

/// A header as asked for.
pub struct DraftHeader {
    /// The header's name, not checked yet.
    pub name: String,
    /// The header's value, or the mark of the stored one.
    pub value: DraftValue,
    /// Whether the value is to be sealed.
    pub visibility: Visibility,
}

/// Whether a header's value may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// Everybody who can read the key sees the value.
    Public,
    /// The value is sealed and never shown.
    Secret,
}

/// A value as asked for. A kept value is an object in JSON and a new one a string, so no text can be mistaken for
/// a mask.
pub enum DraftValue {
    /// This text. It may be a secret: which fields are is the template's to say.
    Set(SecretText),
    /// The stored secret, named by the hash that the caller was shown.
    Keep(String),
    /// Whatever is stored, which the caller did not mention.
    Stored(FieldValue),
}

/// A merge patch (RFC 7396) of a key.
#[derive(Default)]
pub struct Patch {
    /// The system's id.
    pub system: Option<String>,
    /// The auth variant.
    pub auth: Option<String>,
    /// The title, not checked yet.
    pub title: Option<String>,
    /// `live` or `test`.
    pub environment: Option<String>,
    /// The typed base address, if the system takes one.
    pub base_url: Edit<String>,
    /// The whole restrictions.
    pub restrictions: Edit<DraftRestrictions>,
    /// The whole check of its own.
    pub check: Edit<DraftCheck>,
    /// The whole list of headers.
    pub headers: Edit<Vec<DraftHeader>>,
    /// Whether the key has one set of credentials or one for each organization.
    pub ownership: Option<Ownership>,
    /// Entries by name: absent stays, `null` goes, and within an entry the same for each field.
    pub entries: BTreeMap<String, Edit<BTreeMap<String, Edit<DraftValue>>>>,
    /// The time from which the key cannot be used, in RFC 3339.
    pub expires_at: Edit<String>,
}

impl Patch {
    /// The key as it would be with this patch applied.
    #[must_use]
    pub fn over(self, key: &Key) -> Draft {
        let mut entries: BTreeMap<String, DraftEntry> = key
            .entries
            .iter()
            .map(|(name, entry)| (name.to_string(), stored_fields(&entry.fields)))
            .collect();
        for (name, edit) in self.entries {
            match edit {
                Edit::Absent => {}
                Edit::Clear => {
                    entries.remove(&name);
                }
                Edit::Set(fields) => apply(fields, entries.entry(name).or_default()),
            }
        }
        // Another system has other addresses, and perhaps a check in its template.
        let stays = self.system.as_ref().is_none_or(|system| *system == key.system.to_string());
        Draft {
            check: self.check.over(key.check.as_ref().filter(|_| stays).map(DraftCheck::from)),
            // Another system has its own variants: the stored one is not carried over.
            auth: match &self.system {
                Some(system) if *system != key.system.to_string() => self.auth,
                Some(_) | None => self.auth.or_else(|| Some(key.auth.clone())),
            },
            system: self.system.unwrap_or_else(|| key.system.to_string()),
            title: self.title.unwrap_or_else(|| key.title.to_string()),
            environment: self.environment.unwrap_or_else(|| key.environment.to_string()),
            base_url: self.base_url.over(key.base_url.clone()),
            restrictions: self.restrictions.over(Some((&key.restrictions).into())).unwrap_or_default(),
            headers: self.headers.over(Some(stored_headers(key))).unwrap_or_default(),
            ownership: self.ownership.unwrap_or(key.ownership),
            entries,
            expires_at: self.expires_at.over(key.expires_at.map(|at| at.to_string())),
        }
    }
}

fn stored_fields(fields: &BTreeMap<String, FieldValue>) -> DraftEntry {
    fields.iter().map(|(field, value)| (field.clone(), DraftValue::Stored(value.clone()))).collect()
}

fn stored_headers(key: &Key) -> Vec<DraftHeader> {
    key.headers
        .iter()
        .map(|header| DraftHeader {
            name: header.name.to_string(),
            value: DraftValue::Stored(header.value.clone()),
            visibility: match header.value {
                FieldValue::Public(_) => Visibility::Public,
                FieldValue::Secret(_) => Visibility::Secret,
            },
        })
        .collect()
}

fn apply(edits: BTreeMap<String, Edit<DraftValue>>, fields: &mut DraftEntry) {
    for (field, edit) in edits {
        match edit {
            Edit::Absent => {}
            Edit::Clear => {
                fields.remove(&field);
            }
            Edit::Set(value) => {
                fields.insert(field, value);
            }
        }
    }
}
