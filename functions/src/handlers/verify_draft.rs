//! `POST /v1/verifications`: tries a key that is not stored. Permission `keys:verify`. It can neither open nor seal, and
//! writes nothing.

use keyward_shared::{
    keys::using::verify_draft,
    moment::{Clock, Moment, Random},
    ports::{Authorize, Exchange, LogIn, ReadAllowedOrigins},
};
use schemars::SchemaGenerator;

use super::{
    create_key::CreateKeyRequest,
    trial_view::{TrialView, trial_ask, with_query},
};
use crate::{
    edge::{Answer, Code, Failure, MAX_KEY_BODY_BYTES, Request},
    openapi::Operation,
};

pub async fn handle(
    settings: &impl ReadAllowedOrigins,
    outside: &(impl Exchange + LogIn + Authorize),
    moment: Moment<'_, impl Clock, impl Random>,
    request: Request,
) -> Result<Answer, Failure> {
    let ask = trial_ask(&request)?;
    let caller = request.caller()?;
    let draft = request.body::<CreateKeyRequest>(MAX_KEY_BODY_BYTES)?.parse();
    let trial = verify_draft(settings, outside, moment, caller, &ask, draft).await?;
    Ok(Answer::ok(&TrialView::from(trial)))
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    let operation = Operation::new("Verify a key that is not stored")
        .request::<CreateKeyRequest>(schemas)
        .ok::<TrialView>(schemas)
        .refusals(&[
            Code::WrongEnvironment,
            Code::NoEntry,
            Code::NeedsReconnect,
            Code::InvalidFields,
            Code::CannotSign,
        ]);
    with_query(operation, schemas)
}
