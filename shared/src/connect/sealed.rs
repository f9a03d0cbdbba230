//! One value under a data key of its own.

use std::collections::BTreeMap;

use crate::{
    error::Error,
    ids::SealId,
    keys::seal::SealedEntry,
    moment::{Clock, Moment, Random},
    ports::{UnwrapDataKey, WrapDataKey},
    sealing::{EncryptionContext, FieldHash, Place, SealKind, hash_field, open_and_check, seal},
    secret::SecretText,
};

/// What tells a sealed value from an earlier one in its place: the write that sealed it, and its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The write.
    pub seal: SealId,
    /// The hash.
    pub hash: FieldHash,
}

impl Mark {
    /// A mark that stands for no value, until one is sealed.
    pub(super) fn none(moment: &Moment<'_, impl Clock, impl Random>) -> Result<Self, Error> {
        let hash = "0000000000000000".parse().map_err(|_| Error::DoesNotOpen)?;
        Ok(Self { seal: SealId::generate(moment.clock, moment.random), hash })
    }
}

/// Seals a value for its place under a new data key of a kind.
pub(super) async fn seal_one(
    kind: SealKind,
    place: &Place<'_>,
    value: &SecretText,
    version: u64,
    wrapping: &impl WrapDataKey,
    moment: &Moment<'_, impl Clock, impl Random>,
) -> Result<(Mark, SealedEntry), Error> {
    let id = SealId::generate(moment.clock, moment.random);
    let context = EncryptionContext::of(kind, place.account, place.key, &id);
    let (data_key, wrapped) = wrapping.generate_data_key(&context).await?;
    let sealed = seal(&data_key, place, value, moment.random).map_err(|_| Error::DoesNotOpen)?;
    let hash = hash_field(&data_key, place.entry, place.field, value).map_err(|_| Error::DoesNotOpen)?;
    let entry = SealedEntry {
        name: place.entry.clone(),
        version,
        fields: BTreeMap::from([(place.field.to_owned(), (id.clone(), sealed))]),
        seals: BTreeMap::from([(id.clone(), wrapped)]),
    };
    Ok((Mark { seal: id, hash }, entry))
}

/// Opens the value that a mark stands for.
pub(super) async fn open_one(
    kind: SealKind,
    place: &Place<'_>,
    mark: &Mark,
    entry: &SealedEntry,
    wrapping: &impl UnwrapDataKey,
) -> Result<SecretText, Error> {
    let (seal, sealed) = entry.fields.get(place.field).ok_or(Error::DoesNotOpen)?;
    let wrapped = entry.seals.get(seal).filter(|_| *seal == mark.seal).ok_or(Error::DoesNotOpen)?;
    let context = EncryptionContext::of(kind, place.account, place.key, seal);
    let data_key = wrapping.unwrap_data_key(&context, wrapped).await?.release();
    open_and_check(&data_key, place, sealed, &mark.hash).map_err(|_| Error::DoesNotOpen)
}
