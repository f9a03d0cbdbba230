//! Handing out the plain values of one entry, for protocols that have no request to sign.

use std::collections::BTreeMap;

use crate::{
    caller::Caller,
    error::Error,
    ids::{KeyId, ReceiptId},
    keys::{
        authentication::Authentication,
        key::FieldValue,
        receipt::{Deed, Purpose},
        using::found::{Found, Selection},
    },
    moment::{Clock, Moment, Random},
    outbound::Freshness,
    ports::{Extent, GrantedCall, ObtainGranted, ReadForUse, UnwrapDataKey, WriteReceipt},
    sealing::EntryName,
    secret::SecretText,
};

/// The values of an entry in the clear. It has no `Debug`.
pub struct Resolved {
    /// The values by field id.
    pub fields: BTreeMap<String, SecretText>,
    /// The address that requests go to, where the system has one.
    pub base_url: Option<String>,
    /// The key's headers, in order.
    pub headers: Vec<(String, SecretText)>,
    /// The key's version.
    pub key_version: u64,
    /// The receipt.
    pub receipt: ReceiptId,
}

/// What the access token of a grant is handed out as.
const ACCESS_TOKEN: &str = "access_token";

/// Opens one entry of a key.
///
/// # Errors
///
/// [`Error::KeyRestricted`] for a key with restrictions; what the key, its environment and entry refuse, before
/// anything is written; what the ports report; and [`Error::DoesNotOpen`] when a stored value is not what the row says.
///
/// # Security
///
/// This is the one way to a plain value. Its permission is never a person's.
pub async fn resolve(
    store: &(impl ReadForUse + WriteReceipt),
    wrapping: &impl UnwrapDataKey,
    granted: &impl ObtainGranted,
    moment: Moment<'_, impl Clock, impl Random>,
    caller: &Caller,
    (id, selection): (&KeyId, &Selection),
) -> Result<Resolved, Error> {
    let found = Found::read(store, caller, id, selection, Extent::Used).await?;
    let entry = found.usable(selection, moment.clock.now())?;
    if !found.key.restrictions.is_empty() {
        // Who has the values can send any request with them.
        return Err(Error::KeyRestricted);
    }
    let base_url = found.key.base_url(entry)?;

    let deed = Deed { purpose: Purpose::Resolve, method: None, target: None };
    let recorded = found.record(store, wrapping, &moment, caller, deed).await?;
    let secrets = found.open(&recorded)?;
    let value = |entry: &EntryName, field: &str, value: &FieldValue| {
        let text = match value {
            FieldValue::Public(value) => Some(value.as_str()),
            FieldValue::Secret(_) => secrets.get(entry, field),
        };
        text.map(|text| SecretText::from(text.to_owned())).ok_or(Error::DoesNotOpen)
    };
    let fields = entry.fields.iter().map(|(id, stored)| Ok((id.clone(), value(&found.name, id, stored)?)));
    let headers = found.key.headers.iter().map(|header| {
        let opened = value(&EntryName::Headers, &header.name.folded(), &header.value)?;
        Ok((header.name.to_string(), opened))
    });
    let mut fields = fields.collect::<Result<BTreeMap<_, _>, Error>>()?;
    if Authentication::of(&found.key, entry)?.is_granted() {
        // The access token alone: what refreshes it never leaves.
        let call = GrantedCall { key: &found.key, entry: &found.name, freshness: Freshness::Kept };
        let token = granted.obtain_granted(call).await?;
        fields.insert(ACCESS_TOKEN.to_owned(), SecretText::from(token.value().expose().to_owned()));
    }
    Ok(Resolved {
        fields,
        base_url,
        headers: headers.collect::<Result<_, Error>>()?,
        key_version: found.key.version,
        receipt: recorded.receipt().clone(),
    })
}
