//! `GET /v1/webhooks/{webhook_id}`: shows a webhook. Permission `streams:read`. One read.

use keyward_shared::{ports::ReadWebhook, webhooks::change};
use schemars::SchemaGenerator;

use super::webhook_view::WebhookView;
use crate::{
    edge::{Answer, Code, Failure, Request},
    openapi::Operation,
};

pub async fn handle(store: &impl ReadWebhook, request: Request) -> Result<Answer, Failure> {
    request.query(&[])?;
    let webhook = change::find(store, request.caller()?, &request.webhook_id()?).await?;
    Ok(Answer::ok(&WebhookView::from(&webhook)).version(webhook.version))
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("Show a webhook").ok::<WebhookView>(schemas).versioned().refusals(&[
        Code::NotFound,
        Code::WrongEnvironment,
        Code::RowUnreadable,
    ])
}
