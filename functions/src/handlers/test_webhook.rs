//! `POST /v1/webhooks/{webhook_id}/test`: sends an event to one webhook alone, so that a person sees whether its requests arrive.
//! Permission `streams:write`. The table's stream plans the delivery.

use keyward_shared::{
    events::publish::try_webhook,
    moment::{Clock, Moment, Random},
    ports::{PublishEvent, ReadWebhook},
};
use schemars::SchemaGenerator;

use super::event_view::EventView;
use crate::{
    edge::{Answer, Code, Failure, Request},
    openapi::Operation,
};

pub async fn handle(
    store: &(impl PublishEvent + ReadWebhook),
    moment: Moment<'_, impl Clock, impl Random>,
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    let event = try_webhook(store, moment, request.caller()?, &request.webhook_id()?).await?;
    Ok(Answer::created(&EventView::from(&event), format!("/v1/events/{}", event.id)))
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("Send a test event").created::<EventView>(schemas).refusals(&[
        Code::NotFound,
        Code::WrongEnvironment,
        Code::RowUnreadable,
        Code::InvalidFields,
    ])
}
