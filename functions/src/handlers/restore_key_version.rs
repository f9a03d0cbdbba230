//! `POST /v1/keys/{key_id}/versions/{version}/restore`: makes an earlier version the present one. Permission `keys:write`. It
//! copies secrets forward as they are sealed: it can neither open nor seal.

use std::slice;

use keyward_shared::{
    error::Error,
    idempotency::Once,
    keys::change::{self, Confirmation},
    moment::{Clock, Moment, Random},
    ports::{
        Fingerprint, ListKeyUses, ReadKey, ReadKeyVersion, ReadLastUses, ReadRecord, ReadSealedEntries,
        UpdateKey,
    },
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Deserialize;

use super::key_view::KeyView;
use crate::{
    edge::{Answer, Code, Failure, MAX_BODY_BYTES, Request},
    openapi::Operation,
};

pub async fn handle(
    keys: &(
         impl ReadKey + ReadKeyVersion + ReadLastUses + ReadSealedEntries + ReadRecord + ListKeyUses + UpdateKey
     ),
    fingerprints: &impl Fingerprint,
    moment: Moment<'_, impl Clock, impl Random>,
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    let caller = request.caller()?;
    let id = request.key_id()?;
    let of = request.path("version")?.parse::<u64>().map_err(|_| Error::NotFound)?;
    let confirmed = request.body::<RestoreKeyVersionRequest>(MAX_BODY_BYTES)?.parse();
    let seen = (&id, request.seen_version()?);
    // Before the change: afterwards, a read that fails must not hide that the change was made.
    let uses = keys.read_last_uses(caller.account(), slice::from_ref(&id)).await.map_err(Error::from)?;
    let once = Once { records: keys, fingerprints, clock: moment.clock };
    let restore = |ticket| change::restore(keys, moment, caller, seen, of, &confirmed, ticket);
    let recall = |outcome| change::recall(keys, caller, outcome);
    let key = once.run(caller, request.repeatable()?, restore, recall).await?;
    let last_use = uses.get(&id).copied();
    Ok(Answer::ok(&KeyView::from(&key).with_last_use(last_use)).version(key.version))
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("Restore a version of a key")
        .request::<RestoreKeyVersionRequest>(schemas)
        .ok::<KeyView>(schemas)
        .repeatable()
        .versioned()
        .for_version()
        .refusals(&[
            Code::FreshSignInNeeded,
            Code::NotFound,
            Code::WrongEnvironment,
            Code::KeyInUse,
            Code::KeyUnreadable,
            Code::DoesNotOpen,
            Code::InvalidFields,
        ])
}

/// The caller's confirmation of where the secrets of the version to restore would go.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RestoreKeyVersionRequest {
    /// Its auth variant, as the list of versions shows it.
    auth: String,
    /// Its origins, as the list of versions shows them, in any order.
    origins: Vec<String>,
}

impl RestoreKeyVersionRequest {
    fn parse(self) -> Confirmation {
        Confirmation { auth: self.auth, origins: self.origins.into_iter().collect() }
    }
}
