//! Trying deliveries again by hand: one, or all of a webhook that failed or wait.

use super::{
    delivery::{Delivery, DeliveryOf, State},
    hold::HoldOf,
};
use crate::{
    caller::Caller,
    error::Error,
    ids::WebhookId,
    moment::Clock,
    page::Limit,
    ports::{CommitError, KeepHolds, ListDeliveries, ReadDelivery, ReadWebhook, RedeliverByHand},
    sealing::EntryName,
    webhooks::change::find,
};

/// How often it is tried while senders change the delivery.
const TRIES: usize = 3;

/// What became of the deliveries of a state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Released {
    /// Those that are due now.
    pub due: Vec<DeliveryOf>,
    /// Whether there may be more: the same request goes on.
    pub more: bool,
}

/// Makes a delivery due now, whatever became of it, and begins its schedule anew.
///
/// # Errors
///
/// [`Error::NotFound`] where there is no such delivery or webhook, [`Error::WrongEnvironment`], and what the ports report.
pub async fn redeliver(
    store: &(impl ReadDelivery + ReadWebhook + RedeliverByHand),
    clock: &impl Clock,
    caller: &Caller,
    of: &DeliveryOf,
) -> Result<Delivery, Error> {
    find(store, caller, &of.webhook).await?;
    for _ in 0..TRIES {
        let mut delivery = store.read_delivery(of).await?.ok_or(Error::NotFound)?;
        if anew(store, clock, caller, &mut delivery).await? {
            return Ok(delivery);
        }
    }
    Err(Error::Unavailable(None))
}

/// Makes the deliveries of a webhook due that are in this state, at most a page of them. What held them back is forgotten: the next
/// attempt finds out whether it still does.
///
/// # Errors
///
/// As for [`redeliver`].
pub async fn redeliver_all(
    store: &(impl ListDeliveries + ReadWebhook + RedeliverByHand + KeepHolds),
    clock: &impl Clock,
    caller: &Caller,
    (webhook, state): (&WebhookId, State),
) -> Result<Released, Error> {
    let webhook = find(store, caller, webhook).await?;
    store.drop_hold(&HoldOf::Webhook(webhook.account.clone(), webhook.id.clone())).await?;
    if let Some(key) = &webhook.key {
        let entry = webhook.organization.clone().map_or(EntryName::Default, EntryName::Organization);
        store.drop_hold(&HoldOf::Entry(webhook.account.clone(), key.clone(), entry)).await?;
    }
    let page = store.list_deliveries(&webhook.account, &webhook.id, Some(state), None, Limit::MOST).await?;
    let mut released = Released { due: Vec::new(), more: page.next.is_some() };
    for mut delivery in page.rows {
        // One that a sender has at this moment goes its own way.
        if anew(store, clock, caller, &mut delivery).await? {
            released.due.push(delivery.place());
        }
    }
    Ok(released)
}

/// Whether the delivery was made due: nobody else wrote it meanwhile.
async fn anew(
    store: &impl RedeliverByHand,
    clock: &impl Clock,
    caller: &Caller,
    delivery: &mut Delivery,
) -> Result<bool, Error> {
    let before = delivery.version;
    delivery.state = State::Pending;
    delivery.due = Some(clock.now());
    delivery.waits = None;
    delivery.counted = 0;
    delivery.epoch = clock.epoch();
    delivery.version += 1;
    match store.redeliver(&caller.held()?, delivery, before).await {
        Ok(()) => Ok(true),
        Err(CommitError::Stale { .. } | CommitError::Unmet(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
