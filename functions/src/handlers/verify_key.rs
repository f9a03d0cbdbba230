//! `POST /v1/keys/{key_id}/verify`: tries a key against its system, as it is stored or with an edit that is not saved.
//! Permission `keys:verify`. It can open and not seal, and writes receipts and health and nothing else.

use keyward_shared::{
    keys::using::{Edited, verify},
    moment::{Clock, Moment, Random},
    ports::{Authorize, Exchange, LogIn, ReadForUse, UnwrapDataKey, WriteHealth, WriteOutcome, WriteReceipt},
};
use schemars::SchemaGenerator;

use super::{
    trial_view::{TrialView, trial_ask, with_query},
    update_key::UpdateKeyRequest,
};
use crate::{
    edge::{Answer, Code, Failure, MAX_KEY_BODY_BYTES, Request},
    openapi::Operation,
};

pub async fn handle(
    store: &(impl ReadForUse + WriteReceipt + WriteOutcome + WriteHealth),
    wrapping: &impl UnwrapDataKey,
    outside: &(impl Exchange + LogIn + Authorize),
    moment: Moment<'_, impl Clock, impl Random>,
    request: Request,
) -> Result<Answer, Failure> {
    let ask = trial_ask(&request)?;
    let caller = request.caller()?;
    let id = request.key_id()?;
    let patch = request.optional_body::<UpdateKeyRequest>(MAX_KEY_BODY_BYTES)?;
    let seen = request.seen_version_if_any()?;
    let edited = patch.map(|patch| patch.parse().map(|patch| Edited { patch, seen })).transpose()?;
    let trial = verify(store, wrapping, outside, moment, caller, (&id, &ask), edited).await?;
    Ok(Answer::ok(&TrialView::from(trial)))
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    let operation = Operation::new("Verify a key")
        .optional_request::<UpdateKeyRequest>(schemas)
        .ok::<TrialView>(schemas)
        .for_version_if_any()
        .refusals(&[
            Code::NotFound,
            Code::WrongEnvironment,
            Code::NoEntry,
            Code::KeyDisabled,
            Code::KeyUnreadable,
            Code::DoesNotOpen,
            Code::NeedsReconnect,
            Code::Refreshing,
            Code::StaleHash,
            Code::InvalidFields,
            Code::SecretsNeeded,
            Code::CannotSign,
        ]);
    with_query(operation, schemas)
}
