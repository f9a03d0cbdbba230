//! The deliveries that an event leads to: one for each active webhook that hears of it.

use crate::{
    deliveries::delivery::{Delivery, DeliveryOf},
    error::Error,
    ids::{AccountId, EventId},
    moment::Clock,
    ports::{PutDelivery, ReadEvent, ReadWebhooks},
    webhooks::list::WebhookRow,
};

/// Plans the deliveries of an event, and returns those. Planned twice, each is there once.
///
/// # Errors
///
/// What the ports report. Deliveries before that are planned.
pub async fn plan(
    store: &(impl ReadWebhooks + ReadEvent + PutDelivery),
    clock: &impl Clock,
    (account, id): &(AccountId, EventId),
) -> Result<Vec<DeliveryOf>, Error> {
    let now = clock.now();
    let Some(event) = store.read_event(account, id).await?.filter(|event| !event.is_over(now)) else {
        return Ok(Vec::new());
    };
    let mut planned = Vec::new();
    let webhooks = store.read_webhooks(account).await?;
    for webhook in
        webhooks.rows.iter().filter_map(WebhookRow::webhook).filter(|webhook| webhook.hears(&event))
    {
        let delivery = Delivery::planned(&event, webhook, (now, clock.epoch()));
        store.put_delivery(&delivery).await?;
        planned.push(delivery.place());
    }
    Ok(planned)
}
