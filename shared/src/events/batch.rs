//! What a batch of records of the table's stream says of events: changes of keys, which are events, and events, which are to be sent.

use jiff::SignedDuration;

use super::{
    own::{self, ChangeOf},
    plan::plan,
};
use crate::{
    causes::causes,
    ids::{AccountId, EventId},
    keys::tidy::{Piece, Undone, for_each},
    moment::Clock,
    ports::{HintDeliveries, PutDelivery, PutEvent, ReadChange, ReadEvent, ReadWebhooks},
};

/// What a record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// A key was changed.
    Change(ChangeOf),
    /// An event was stored.
    Event(AccountId, EventId),
}

/// Stores the events of changes, and plans the deliveries of events. Returns the work that was not done.
///
/// Whoever sends is told of the deliveries. If that fails, nothing is lost: their rows say that they are due.
pub async fn follow_each<R>(
    store: &(impl ReadWebhooks + ReadChange + ReadEvent + PutEvent + PutDelivery),
    hints: &impl HintDeliveries,
    clock: &impl Clock,
    told: impl IntoIterator<Item = (R, Told)>,
) -> Vec<Undone<R>> {
    let pieces = told.into_iter().map(|(record, what)| {
        let (account, about) = match &what {
            Told::Change(of) => (of.account.clone(), of.key.to_string()),
            Told::Event(account, id) => (account.clone(), id.to_string()),
        };
        Piece { account, about, what, records: vec![record] }
    });
    let follow = |what| async move {
        match what {
            Told::Change(of) => own::tell(store, &of).await,
            Told::Event(account, id) => {
                let planned = plan(store, clock, &(account, id)).await?;
                if let Err(error) = hints.hint(&planned, SignedDuration::ZERO).await {
                    tracing::warn!(fault = causes(&error), "nobody was told of deliveries that are due");
                }
                Ok(())
            }
        }
    };
    for_each(pieces, follow).await
}
