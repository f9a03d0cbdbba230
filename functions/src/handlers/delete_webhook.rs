//! `DELETE /v1/webhooks/{webhook_id}`: deletes a webhook, and the link of its key with it. Permission `streams:write`. One transaction.

use keyward_shared::{
    ports::{ChangeWebhook, ReadWebhook},
    webhooks::change,
};
use schemars::SchemaGenerator;

use crate::{
    edge::{Answer, Code, Failure, Request},
    openapi::Operation,
};

pub async fn handle(store: &(impl ReadWebhook + ChangeWebhook), request: Request) -> Result<Answer, Failure> {
    request.query(&[])?;
    let caller = request.caller()?;
    let id = request.webhook_id()?;
    change::delete(store, caller, &id, request.seen_version()?).await?;
    Ok(Answer::no_content())
}

pub fn operation(_: &mut SchemaGenerator) -> Operation {
    Operation::new("Delete a webhook").no_content().for_version().refusals(&[
        Code::NotFound,
        Code::WrongEnvironment,
        Code::RowUnreadable,
    ])
}
