//! `POST /v1/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver`: makes a delivery due now. `POST
//! /v1/webhooks/{webhook_id}/redeliver`: the same for those of the webhook that failed or wait. Permission `streams:write`.

use jiff::SignedDuration;
use keyward_shared::{
    causes::causes,
    deliveries::{
        delivery::{DeliveryOf, State},
        release,
    },
    error::Error,
    moment::Clock,
    ports::{HintDeliveries, KeepHolds, ListDeliveries, ReadDelivery, ReadWebhook, RedeliverByHand},
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::delivery_view::DeliveryView;
use crate::{
    edge::{Answer, Code, Failure, MAX_BODY_BYTES, Request},
    openapi::Operation,
};

/// One delivery.
pub async fn one(
    store: &(impl ReadDelivery + ReadWebhook + RedeliverByHand),
    hints: &impl HintDeliveries,
    clock: &impl Clock,
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    let delivery = release::redeliver(store, clock, request.caller()?, &request.delivery()?).await?;
    tell(hints, &[delivery.place()]).await;
    Ok(Answer::ok(&DeliveryView::from(&delivery)))
}

/// Those of a webhook that are in a state.
pub async fn all(
    store: &(impl ListDeliveries + ReadWebhook + RedeliverByHand + KeepHolds),
    hints: &impl HintDeliveries,
    clock: &impl Clock,
    request: Request,
) -> Result<Answer, Failure> {
    request.query(&[])?;
    let state = match request.body::<RedeliverRequest>(MAX_BODY_BYTES)?.state.as_str() {
        "failed" => State::Failed,
        "parked" => State::Parked,
        _ => return Err(Error::invalid("state", "must be `failed` or `parked`").into()),
    };
    let what = (&request.webhook_id()?, state);
    let released = release::redeliver_all(store, clock, request.caller()?, what).await?;
    tell(hints, &released.due).await;
    Ok(Answer::ok(&Redelivered { redelivered: released.due.len(), more: released.more }))
}

/// Without a hint the deliveries are found within a minute, because their rows say that they are due.
async fn tell(hints: &impl HintDeliveries, due: &[DeliveryOf]) {
    if let Err(error) = hints.hint(due, SignedDuration::ZERO).await {
        tracing::warn!(fault = causes(&error), "nobody was told of deliveries that are due");
    }
}

pub fn operation_of_one(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("Redeliver an event").ok::<DeliveryView>(schemas).refusals(&[
        Code::NotFound,
        Code::WrongEnvironment,
        Code::RowUnreadable,
    ])
}

pub fn operation_of_all(schemas: &mut SchemaGenerator) -> Operation {
    Operation::new("Redeliver what failed or waits")
        .request::<RedeliverRequest>(schemas)
        .ok::<Redelivered>(schemas)
        .refusals(&[Code::NotFound, Code::WrongEnvironment, Code::RowUnreadable, Code::InvalidFields])
}

/// Which deliveries to make due.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RedeliverRequest {
    /// `failed`, or `parked`: those that wait. What makes them wait is forgotten, and the next attempt finds out whether it still
    /// does.
    #[schemars(with = "RedeliverableState")]
    state: String,
}

/// The states that deliveries are redelivered from.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "it is only named, for the document")]
enum RedeliverableState {
    Failed,
    Parked,
}

/// What was made due.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Redelivered {
    /// How many deliveries are due now: at most 100.
    redelivered: usize,
    /// Whether there may be more. The same request goes on.
    more: bool,
}
