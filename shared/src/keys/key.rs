//! A stored key.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::{
    environment::Environment,
    error::{Error, InvalidField},
    ids::{AccountId, ConnectionId, KeyId, OrganizationId, SealId},
    keys::{audit::AuditHead, check::OwnCheck, header::HeaderName, notice::Told, restrictions::Restrictions},
    sealing::{Binding, EntryName, FieldHash},
    stamp::Stamp,
    system::{FieldTemplate, Library, SystemId, Template},
    title::Title,
};

/// A titled, stored credential for one system. Everything in it may be shown: a secret is represented by its
/// mark, never by its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its identifier, which it keeps for good.
    pub id: KeyId,
    /// Whose it is.
    pub account: AccountId,
    /// The system whose credentials it holds.
    pub system: SystemId,
    /// The version of the system's template that it was made with.
    pub template_version: u32,
    /// The chosen auth variant.
    pub auth: String,
    /// What people call it.
    pub title: Title,
    /// Live or test.
    pub environment: Environment,
    /// The address that the user typed, where the system has one to type.
    pub base_url: Option<String>,
    /// The methods and paths that it may be used for.
    pub restrictions: Restrictions,
    /// How it is tried, where its system's template has no check.
    pub check: Option<OwnCheck>,
    /// Headers that every request carries.
    pub headers: Vec<Header>,
    /// The version of the vault's `#headers` item, when a header is secret.
    pub headers_sealed_at: Option<u64>,
    /// Whether it holds an entry for each organization instead of one default entry.
    pub ownership: Ownership,
    /// Its entries by name.
    pub entries: BTreeMap<EntryName, Entry>,
    /// The entries that people connected, each with the connection that its grant came of. A restore keeps them.
    pub connections: BTreeMap<EntryName, ConnectionId>,
    /// When it stops being usable.
    pub expires_at: Option<Timestamp>,
    /// Since when nobody can use it, and by whom. `None`: it is not disabled.
    pub disabled: Option<Stamp>,
    /// Counts changes of content, from 1.
    pub version: u64,
    /// How many active sources, destinations and webhooks use it.
    pub active_uses: u64,
    /// Counts every time that something came to use it or ceased to. Equal numbers mean the same uses.
    pub links_version: u64,
    /// The organizations that were removed, each with the version that removed it: the versions before that have no entry
    /// of theirs any more.
    pub removed: BTreeMap<OrganizationId, u64>,
    /// When and by whom it was made.
    pub created: Stamp,
    /// When and by whom it was last changed.
    pub updated: Stamp,
    /// Where its audit chain ends.
    pub audit: AuditHead,
    /// What the chain told of it beside its changes.
    pub told: Told,
    /// What values that were given in this request have that is probably not meant: told once, and never stored.
    pub notices: Vec<InvalidField>,
}

/// Whose credentials a key holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ownership {
    /// The account's: one entry, `default`.
    Account,
    /// Its organizations': one entry each, and no default to fall back to.
    Organizations,
}

/// One set of field values.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// The values by field id.
    pub fields: BTreeMap<String, FieldValue>,
    /// The version of the vault item that holds its secrets, when it has any.
    pub sealed_at: Option<u64>,
}

/// A stored value as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldValue {
    /// The value itself.
    Public(String),
    /// The mark of a sealed value.
    Secret(SecretMark),
}

/// The public facts about a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretMark {
    /// Equal hashes mean the same stored value. A hash reveals nothing else.
    pub hash: FieldHash,
    /// Its last four characters, where the template allows it.
    pub hint: Option<String>,
    /// When it was set.
    pub set_at: Timestamp,
    /// The write that sealed it.
    pub seal: SealId,
}

/// A header that every request of the key carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Its name, as the user wrote it.
    pub name: HeaderName,
    /// Its value.
    pub value: FieldValue,
}

impl FieldValue {
    /// The value, when it may be shown.
    #[must_use]
    pub fn as_public(&self) -> Option<&str> {
        match self {
            Self::Public(value) => Some(value),
            Self::Secret(_) => None,
        }
    }

    /// The mark, when the value is sealed.
    #[must_use]
    pub const fn as_secret(&self) -> Option<&SecretMark> {
        match self {
            Self::Public(_) => None,
            Self::Secret(mark) => Some(mark),
        }
    }
}

impl Entry {
    /// A public value.
    #[must_use]
    pub fn public(&self, field: &str) -> Option<&str> {
        self.fields.get(field)?.as_public()
    }
}

impl Key {
    /// The template that the key was made with.
    ///
    /// # Errors
    ///
    /// [`Error::KeyUnreadable`] when the library does not hold it: the row was edited, or the code is older than
    /// the row.
    pub fn template(&self) -> Result<&'static Template, Error> {
        Library::shipped().template(&self.system, self.template_version).ok_or(Error::KeyUnreadable)
    }

    /// The last characters of its secret, where the template lets them be seen: of the account's entry, and of several such secrets
    /// the first by the id of its field.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        let entry = self.entries.get(&EntryName::Default)?;
        entry.fields.values().find_map(|value| match value {
            FieldValue::Public(_) => None,
            FieldValue::Secret(mark) => mark.hint.as_deref(),
        })
    }

    /// The entry of this name.
    ///
    /// # Errors
    ///
    /// [`Error::NoEntry`] when the key has none.
    pub fn entry(&self, name: &EntryName) -> Result<&Entry, Error> {
        self.entries.get(name).ok_or(Error::NoEntry("The key holds no entry for this organization"))
    }

    /// The address that requests of an entry go to: typed, or derived from the entry's fields.
    ///
    /// # Errors
    ///
    /// [`Error::KeyUnreadable`] when a stored value is not one that could have been saved.
    pub fn base_url(&self, entry: &Entry) -> Result<Option<String>, Error> {
        self.template()?
            .base_url(&self.auth, self.base_url.as_deref(), |field| entry.public(field))
            .map_err(|_| Error::KeyUnreadable)
    }

    /// The addresses of the servers beside the base address that requests of an entry may go to.
    ///
    /// # Errors
    ///
    /// [`Error::KeyUnreadable`] as for [`base_url`](Self::base_url).
    pub fn hosts(&self, entry: &Entry) -> Result<Vec<String>, Error> {
        let hosts = self.template()?.hosts(&self.auth, |field| entry.public(field));
        Ok(hosts.map_err(|_| Error::KeyUnreadable)?.into_iter().map(|(_, address)| address).collect())
    }

    /// The binding of an entry's secrets: the origins by role, every field that the template marks, the restrictions, and a check
    /// with POST. It is computed from the row as it is now, so secrets do not open after the row was edited without the API.
    ///
    /// # Errors
    ///
    /// [`Error::KeyUnreadable`] as for [`base_url`](Self::base_url).
    pub fn binding(&self, name: &EntryName) -> Result<Binding, Error> {
        self.binding_with(name, |_| true)
    }

    /// The binding of an entry's secrets that were sealed before the fields were set that may follow them; `None` where no such
    /// field is set.
    ///
    /// # Errors
    ///
    /// [`Error::KeyUnreadable`] as for [`base_url`](Self::base_url).
    ///
    /// # Security
    ///
    /// It is no way around a binding: what was sealed with such a field does not open without it.
    pub fn earlier_binding(&self, name: &EntryName) -> Result<Option<Binding>, Error> {
        let Some(entry) = self.entries.get(name) else { return Ok(None) };
        let mut following = self.template()?.binding_fields(&self.auth).filter(|field| field.may_follow());
        if following.all(|field| entry.public(field.id()).is_none()) {
            return Ok(None);
        }
        self.binding_with(name, |field| !field.may_follow()).map(Some)
    }

    fn binding_with(
        &self,
        name: &EntryName,
        counts: impl Fn(&FieldTemplate) -> bool,
    ) -> Result<Binding, Error> {
        let pairs = match name {
            EntryName::Headers => self.header_pairs()?,
            EntryName::Default | EntryName::Organization(_) => {
                let entry = self.entries.get(name).ok_or(Error::KeyUnreadable)?;
                self.entry_pairs(entry, counts)?
            }
        };
        let check = self.check.as_ref().and_then(OwnCheck::pair);
        Binding::new(pairs.into_iter().chain(self.restrictions.pairs()).chain(check))
            .map_err(|_| Error::KeyUnreadable)
    }

    /// Secret headers go wherever requests of any entry go: to each of these origins, whichever entry has it.
    fn header_pairs(&self) -> Result<Vec<(String, String)>, Error> {
        let mut pairs = BTreeSet::new();
        for entry in self.entries.values() {
            for (role, origin) in self.origins(entry)? {
                pairs.insert((format!("{role}:{origin}"), origin));
            }
        }
        Ok(pairs.into_iter().collect())
    }

    fn entry_pairs(
        &self,
        entry: &Entry,
        counts: impl Fn(&FieldTemplate) -> bool,
    ) -> Result<Vec<(String, String)>, Error> {
        let mut pairs = self.origins(entry)?;
        for field in self.template()?.binding_fields(&self.auth).filter(|field| counts(field)) {
            if let Some(value) = entry.public(field.id()) {
                pairs.push((format!("field:{}", field.id()), value.to_owned()));
            }
        }
        Ok(pairs)
    }

    fn origins(&self, entry: &Entry) -> Result<Vec<(String, String)>, Error> {
        let origins = self
            .template()?
            .origins(&self.auth, self.base_url.as_deref(), |field| entry.public(field))
            .map_err(|_| Error::KeyUnreadable)?;
        Ok(origins.into_iter().map(|(role, origin)| (role.to_string(), origin)).collect())
    }

    /// The origins that requests of an entry go to, by role.
    ///
    /// # Errors
    ///
    /// [`Error::KeyUnreadable`] as for [`base_url`](Self::base_url), and when there is no such entry.
    pub(in crate::keys) fn entry_origins(&self, name: &EntryName) -> Result<Vec<(String, String)>, Error> {
        self.origins(self.entries.get(name).ok_or(Error::KeyUnreadable)?)
    }

    /// The origins that requests of any entry go to, in order.
    ///
    /// # Errors
    ///
    /// [`Error::KeyUnreadable`] as for [`base_url`](Self::base_url).
    pub fn all_origins(&self) -> Result<BTreeSet<String>, Error> {
        let mut all = BTreeSet::new();
        for entry in self.entries.values() {
            all.extend(self.origins(entry)?.into_iter().map(|(_, origin)| origin));
        }
        Ok(all)
    }

    /// Every sealed field of an entry, and every sealed header by its folded name. A use of the entry opens
    /// these.
    pub(in crate::keys) fn marked<'k>(
        &'k self,
        name: &'k EntryName,
    ) -> impl Iterator<Item = (&'k EntryName, String)> {
        let entry = self.entries.get(name).into_iter().flat_map(|entry| &entry.fields);
        let fields =
            entry.filter(|(_, value)| value.as_secret().is_some()).map(move |(id, _)| (name, id.clone()));
        let headers = self.headers.iter().filter(|header| header.value.as_secret().is_some());
        fields.chain(headers.map(|header| (&EntryName::Headers, header.name.folded())))
    }

    /// A mark by entry and field; for a header, the field is its folded name.
    #[must_use]
    pub fn secret(&self, entry: &EntryName, field: &str) -> Option<&SecretMark> {
        match entry {
            EntryName::Headers => {
                self.headers.iter().find(|header| header.name.folded() == field)?.value.as_secret()
            }
            EntryName::Default | EntryName::Organization(_) => {
                self.entries.get(entry)?.fields.get(field)?.as_secret()
            }
        }
    }
}
