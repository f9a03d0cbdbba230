//! Sends events to webhooks: one attempt for each delivery that a message of the queue names. What is to be done stands in the
//! delivery's row, so a message that is lost, late or there twice changes nothing, and none is handed over again: `find_deliveries`
//! finds what is due.
//!
//! No route calls it. It can open and not seal, and writes deliveries, holds, receipts and health, and nothing else.

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use keyward_shared::{
    causes::causes,
    deliveries::{
        attempt::{Desk, try_once},
        delivery::{Delivery, DeliveryOf},
    },
    moment::{Clock, Moment, Random},
    ports::{Authorize, Exchange, HintDeliveries, LONGEST_HINT, LogIn, UnwrapDataKey},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{hint::Hint, metrics::Metric};

/// How many deliveries are tried at one time: as many as a batch has.
const AT_ONCE: usize = 10;

/// Messages as Lambda hands them over ("Using Lambda with Amazon SQS" in its developer guide).
#[derive(Deserialize)]
struct QueueEvent {
    #[serde(rename = "Records")]
    records: Vec<Message>,
}

#[derive(Deserialize)]
struct Message {
    body: String,
}

/// What became of the messages: none is handed over again.
#[derive(Serialize)]
struct QueueResponse {
    #[serde(rename = "batchItemFailures")]
    failures: [(); 0],
}

/// The event is none of a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("takes messages of SQS")]
pub struct NotMessages;

/// Tries the deliveries that messages name.
///
/// # Errors
///
/// [`NotMessages`].
pub async fn handle(
    desk: &impl Desk,
    wrapping: &impl UnwrapDataKey,
    outside: &(impl Exchange + Authorize + LogIn),
    hints: &impl HintDeliveries,
    moment: Moment<'_, impl Clock, impl Random>,
    event: Value,
) -> Result<Value, NotMessages> {
    let QueueEvent { records } = serde_json::from_value(event).map_err(|_| NotMessages)?;
    let read = |message: Message| {
        let of = serde_json::from_str::<Hint>(&message.body).ok().and_then(|hint| hint.parse());
        if of.is_none() {
            tracing::error!("a message of the queue names no delivery");
            Metric::UnreadableRows.record(1);
        }
        of
    };
    let due: Vec<DeliveryOf> = records.into_iter().filter_map(read).collect();
    let tries = stream::iter(due).map(|of| async move {
        match try_once(desk, wrapping, outside, moment, &of).await {
            Ok(tried) => tried,
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(delivery = %of.id, %error, cause, "a delivery could not be tried");
                None
            }
        }
    });
    let tried: Vec<_> = tries.buffer_unordered(AT_ONCE).collect().await;
    for delivery in tried.into_iter().flatten() {
        hint_of_next(hints, &delivery, moment.clock.now()).await;
    }
    serde_json::to_value(QueueResponse { failures: [] }).map_err(|_| NotMessages)
}

/// Tells of the next attempt, if that is soon. Of a later one, and of one that nobody was told of, `find_deliveries` tells.
async fn hint_of_next(hints: &impl HintDeliveries, delivery: &Delivery, now: Timestamp) {
    let Some(wait) = delivery.due.map(|due| due.duration_since(now)).filter(|wait| *wait <= LONGEST_HINT)
    else {
        return;
    };
    if let Err(error) = hints.hint(&[delivery.place()], wait).await {
        tracing::warn!(fault = causes(&error), "nobody was told of the next attempt of a delivery");
    }
}
