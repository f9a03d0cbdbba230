//! `DELETE /v1/apps/{app_id}`: deletes an app, and its secret. Permission `account:admin`, with a fresh sign-in. Refused while entries of
//! keys are connected with it.

use keyward_shared::{
    connect::delete_app,
    moment::Clock,
    ports::{ChangeApp, ReadApp},
};
use schemars::SchemaGenerator;

use crate::{
    edge::{Answer, Code, Failure, Request},
    openapi::Operation,
};

pub async fn handle(
    store: &(impl ReadApp + ChangeApp),
    clock: &impl Clock,
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    let caller = request.caller()?;
    let id = request.app_id()?;
    delete_app(store, clock, caller, (&id, request.seen_version()?)).await?;
    Ok(Answer::no_content())
}

pub fn operation(_: &mut SchemaGenerator) -> Operation {
    let operation = Operation::new("Delete an app").no_content().for_version();
    operation.refusals(&[Code::NotFound, Code::FreshSignInNeeded, Code::AppInUse, Code::RowUnreadable])
}
