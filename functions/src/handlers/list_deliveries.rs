//! `GET /v1/webhooks/{webhook_id}/deliveries`: a page of the deliveries of a webhook, the newest event first. Permission
//! `streams:read`.

use keyward_shared::{
    deliveries::delivery::State,
    error::Error,
    page::{List, ListName},
    ports::{ListDeliveries, ReadWebhook},
    webhooks::change,
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;

use super::delivery_view::{DeliveryView, StateView};
use crate::{
    edge::{Answer, Code, Failure, Request},
    openapi::Operation,
};

pub async fn handle(
    store: &(impl ListDeliveries + ReadWebhook),
    request: Request,
) -> Result<Answer, Failure> {
    let query = request.query(&["state", "limit", "cursor"])?;
    let caller = request.caller()?;
    let state = query.parsed::<State>("state")?;
    let webhook = request.webhook_id()?;
    let list = List::whole(ListName::Deliveries).with("webhook", &webhook.to_string());
    let list = list.with_any("state", state.map(State::as_str));
    let (limit, cursor) = query.page(caller.account(), &list)?;
    change::find(store, caller, &webhook).await?;
    let page = store.list_deliveries(caller.account(), &webhook, state, cursor.as_ref(), limit).await;
    let page = page.map_err(Error::from)?;
    Ok(Answer::ok(&DeliveryList {
        items: page.rows.iter().map(DeliveryView::from).collect(),
        next_cursor: page.next.map(|cursor| cursor.encode(caller.account(), &list)),
    }))
}

pub fn operation(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("List the deliveries of a webhook")
        .query::<StateView>(schemas, "state", "Only deliveries in this state.")
        .paged(schemas)
        .ok::<DeliveryList>(schemas)
        .refusals(&[Code::NotFound, Code::WrongEnvironment, Code::RowUnreadable])
}

/// A page of deliveries.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DeliveryList {
    /// The deliveries, the newest event first.
    items: Vec<DeliveryView>,
    /// Where the next page begins; null on the last.
    next_cursor: Option<String>,
}
