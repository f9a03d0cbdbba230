//! `GET /v1/webhooks/{webhook_id}`: shows a webhook. Permission `streams:read`. Two reads.

use keyward_shared::{
    error::Error,
    moment::Clock,
    ports::{ListHolds, ReadWebhook},
    webhooks::change,
};
use schemars::SchemaGenerator;

use super::webhook_view::WebhookView;
use crate::{
    edge::{Answer, Code, Failure, Request},
    openapi::Operation,
};

pub async fn handle(
    store: &(impl ReadWebhook + ListHolds),
    clock: &impl Clock,
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    let webhook = change::find(store, request.caller()?, &request.webhook_id()?).await?;
    let holds = store.list_holds(&webhook.account).await.map_err(Error::from)?;
    Ok(Answer::ok(&WebhookView::held(&webhook, &holds, clock.now())).version(webhook.version))
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("Show a webhook").ok::<WebhookView>(schemas).versioned().refusals(&[
        Code::NotFound,
        Code::WrongEnvironment,
        Code::RowUnreadable,
    ])
}
