//! Seals the secrets that a plan holds in the clear: one data key for each write, one seal for each
//! secret.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    error::Error,
    ids::SealId,
    keys::{
        key::{FieldValue, Key, SecretMark},
        plan::{Fresh, HintRule},
    },
    moment::Random,
    ports::WrapDataKey,
    sealing::{self, EncryptionContext, EntryName, Place, SealedField, WrappedDataKey, hash_field, hint},
};

/// The secrets of one entry as the vault holds them: sealed fields, each naming the write that sealed it, and the
/// wrapped data key of each of those writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedEntry {
    /// Which entry.
    pub name: EntryName,
    /// The key's version when this item was written.
    pub version: u64,
    /// The sealed values by field.
    pub fields: BTreeMap<String, (SealId, SealedField)>,
    /// The wrapped data keys of the seals that the fields name, and no others.
    pub seals: BTreeMap<SealId, WrappedDataKey>,
}

/// Where the vault holds a sealed entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VaultPlace {
    /// The current entry.
    Current(EntryName),
    /// An entry that was current from this version on, and no longer is.
    Archived(EntryName, u64),
}

impl SealedEntry {
    /// An item without fields.
    #[must_use]
    pub const fn empty(name: EntryName, version: u64) -> Self {
        Self { name, version, fields: BTreeMap::new(), seals: BTreeMap::new() }
    }
}

/// A write's data key, and the fields that were sealed under it.
pub(crate) struct FreshSeals {
    pub(crate) seal: SealId,
    pub(crate) wrapped: WrappedDataKey,
    pub(crate) fields: Vec<(EntryName, String, SealedField)>,
}

/// Seals every fresh secret of a plan and puts its mark into the key. Without fresh secrets, no data key is
/// requested.
pub(crate) async fn seal(
    key: &mut Key,
    fresh: Vec<Fresh>,
    seal: SealId,
    now: Timestamp,
    wrapping: &impl WrapDataKey,
    random: &impl Random,
) -> Result<Option<FreshSeals>, Error> {
    if fresh.is_empty() {
        return Ok(None);
    }
    let context = EncryptionContext::new(&key.account, &key.id, &seal);
    let (data_key, wrapped) = wrapping.generate_data_key(&context).await?;
    let mut fields = Vec::with_capacity(fresh.len());
    for Fresh { entry, field, value, hint: hint_rule } in fresh {
        let binding = key.binding(&entry)?;
        let place = Place {
            account: &key.account,
            key: (&key.id).into(),
            entry: &entry,
            field: &field,
            system: key.system.as_str(),
            template_version: key.template_version,
            auth: &key.auth,
            environment: key.environment,
            binding: &binding,
        };
        let sealed = sealing::seal(&data_key, &place, &value, random).map_err(|_| Error::DoesNotOpen)?;
        let mark = SecretMark {
            hash: hash_field(&data_key, &entry, &field, &value).map_err(|_| Error::DoesNotOpen)?,
            hint: match hint_rule {
                HintRule::LastFour => hint(&value),
                HintRule::Nothing => None,
            },
            set_at: now,
            seal: seal.clone(),
        };
        put_mark(key, &entry, &field, mark);
        fields.push((entry, field, sealed));
    }
    Ok(Some(FreshSeals { seal, wrapped, fields }))
}

fn put_mark(key: &mut Key, entry: &EntryName, field: &str, mark: SecretMark) {
    let value = FieldValue::Secret(mark);
    match entry {
        EntryName::Headers => {
            for header in key.headers.iter_mut().filter(|header| header.name.folded() == field) {
                header.value = value.clone();
            }
        }
        EntryName::Default | EntryName::Organization(_) => {
            key.entries.entry(entry.clone()).or_default().fields.insert(field.to_owned(), value);
        }
    }
}
