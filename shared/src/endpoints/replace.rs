//! Putting one key in the place of another in everything that uses it: one endpoint a transaction, so that it can stop
//! anywhere and be called again.

use jiff::{SignedDuration, Timestamp};

use super::{
    change::{EndpointChange, check_may_choose},
    endpoint::Endpoint,
};
use crate::{
    caller::Caller,
    environment::Environment,
    error::{Error, InvalidField},
    fresh,
    idempotency::{Outcome, Ticket},
    ids::{ConsumerId, EndpointId, KeyId, WebhookId},
    key_use::KeyUse,
    keys::key::{Key, Ownership},
    moment::Clock,
    page::Limit,
    ports::{
        ChangeEndpoint, ChangeWebhook, CommitError, KeepRecord, ListKeyUses, Need, ReadEndpoint, ReadKey,
        ReadWebhook,
    },
    sealing::EntryName,
    stamp::Stamp,
    webhooks::{change::WebhookChange, plan::check_its_key, webhook::Webhook},
};

/// The key to replace, and the key that replaces it.
pub struct Replace<'a> {
    /// The key that goes out of use.
    pub from: &'a KeyId,
    /// The key that comes into use.
    pub to: &'a KeyId,
}

/// The result of a replacement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    /// How many uses this call has moved.
    pub replaced: u64,
    /// The uses that are left, the first page of them.
    pub left: Vec<KeyUse>,
}

/// The least time in which a replacement begins, or goes on with the next endpoint.
const LEAST: SignedDuration = SignedDuration::from_secs(2);
/// How often an endpoint is read again when another caller has just changed it.
const TRIES: usize = 3;

/// The uses that a replacement would move. Nothing is written.
///
/// # Errors
///
/// As for [`replace`].
pub async fn preview(
    store: &(impl ReadKey + ListKeyUses),
    caller: &Caller,
    asked: &Replace<'_>,
) -> Result<Replacement, Error> {
    check(store, caller, asked).await?;
    let page = store.list_key_uses(caller.account(), asked.from, None, Limit::MOST).await?;
    Ok(Replacement { replaced: 0, left: page.uses })
}

/// Moves uses from one key to another until none is left or the time is nearly over.
///
/// With a ticket, the record of the request says that it is being carried out until `until`, and afterwards
/// its result. If the function ends before it writes the result, a repetition of the request after `until`
/// continues the work.
///
/// # Errors
///
/// [`Error::NotFound`], [`Error::InvalidFields`] when one key cannot stand in for the other, [`Error::FreshSignInNeeded`] for a
/// live key in use, [`Error::Unavailable`] when too
/// little time is left to begin, [`Error::InProgress`], and what the ports report.
pub async fn replace(
    store: &(impl ReadKey + ListKeyUses + MoveUses + KeepRecord),
    clock: &impl Clock,
    caller: &Caller,
    asked: &Replace<'_>,
    until: Timestamp,
    ticket: Option<Ticket>,
) -> Result<Replacement, Error> {
    let from = check(store, caller, asked).await?;
    if from.environment == Environment::Live && from.active_uses > 0 {
        fresh::check(caller, clock.now())?;
    }
    // A record that ends as it begins would let a second request run beside this one.
    if time_is_over(clock, until) {
        return Err(Error::Unavailable(None));
    }
    if let Some(ticket) = &ticket {
        store.begin_record(ticket, clock.now(), until).await?;
    }
    let moved = move_all(store, clock, caller, asked, until).await;
    if let Some(ticket) = &ticket {
        match &moved {
            Ok(Replacement { replaced, left }) if left.is_empty() => {
                store.finish_record(ticket, &Outcome::Replaced { uses: *replaced }).await?;
            }
            // A repetition of the request continues the work.
            Ok(_) | Err(_) => store.drop_record(ticket).await?,
        }
    }
    moved
}

/// What became of a replacement that was carried out before.
///
/// # Errors
///
/// [`Error::NotFound`] for the outcome of another kind of request.
pub fn recall(outcome: &Outcome) -> Result<Replacement, Error> {
    match outcome {
        Outcome::Replaced { uses } => Ok(Replacement { replaced: *uses, left: Vec::new() }),
        Outcome::Done { .. } => Err(Error::NotFound),
        Outcome::Running { .. } => Err(Error::InProgress),
    }
}

/// The first key, if the second one can serve every use of it.
async fn check(
    store: &(impl ReadKey + ListKeyUses),
    caller: &Caller,
    asked: &Replace<'_>,
) -> Result<Key, Error> {
    check_may_choose(caller)?;
    let from = store.read_key(caller.account(), asked.from).await?.ok_or(Error::NotFound)?;
    caller.check_environment(from.environment)?;
    if asked.from == asked.to {
        return Err(Error::invalid("with", "is the key itself: name another one"));
    }
    let to = store.read_key(caller.account(), asked.to).await?;
    let to =
        to.ok_or_else(|| Error::invalid("with", "there is no such key in your account: see GET /v1/keys"))?;
    let mut complaints = Vec::new();
    if from.system != to.system {
        let reason = format!("is a key of `{}`: choose one of `{}`", to.system, from.system);
        complaints.push(InvalidField::new("with", reason));
    }
    if from.environment != to.environment {
        let reason = format!("is a {} key: choose a {} one", to.environment, from.environment);
        complaints.push(InvalidField::new("with", reason));
    }
    if from.ownership != to.ownership {
        let reason = match from.ownership {
            Ownership::Organizations => "is not organization-specific, and the key that it would replace is",
            Ownership::Account => "is organization-specific, and the key that it would replace is not",
        };
        complaints.push(InvalidField::new("with", reason));
    } else if let Some(missing) = missing_entry(store, &from, &to).await? {
        complaints.push(InvalidField::new("with", format!("has no entry for {missing}, which is in use")));
    }
    if complaints.is_empty() { Ok(from) } else { Err(Error::InvalidFields(complaints)) }
}

/// The first entry that is in use and that the other key does not have.
async fn missing_entry(store: &impl ListKeyUses, from: &Key, to: &Key) -> Result<Option<EntryName>, Error> {
    let mut after = None;
    loop {
        let page = store.list_key_uses(&from.account, &from.id, after.as_ref(), Limit::MOST).await?;
        let names = page.uses.into_iter();
        let mut names =
            names.map(|found| found.organization.map_or(EntryName::Default, EntryName::Organization));
        if let Some(missing) = names.find(|name| !to.entries.contains_key(name)) {
            return Ok(Some(missing));
        }
        after = page.next;
        if after.is_none() {
            return Ok(None);
        }
    }
}

async fn move_all(
    store: &(impl ReadKey + ListKeyUses + MoveUses),
    clock: &impl Clock,
    caller: &Caller,
    asked: &Replace<'_>,
    until: Timestamp,
) -> Result<Replacement, Error> {
    let mut replaced = 0;
    loop {
        // Always the first page, because moved uses are not on it any more.
        let left = store.list_key_uses(caller.account(), asked.from, None, Limit::MOST).await?.uses;
        let before = replaced;
        for found in &left {
            if time_is_over(clock, until) {
                break;
            }
            let moved = match &found.consumer {
                ConsumerId::Endpoint(id) => move_endpoint(store, clock, caller, asked, id).await?,
                ConsumerId::Webhook(id) => move_webhook(store, clock, caller, asked, id).await?,
            };
            replaced += u64::from(moved == Moved::Yes);
        }
        if left.is_empty() || replaced == before || time_is_over(clock, until) {
            let left = store.list_key_uses(caller.account(), asked.from, None, Limit::MOST).await?.uses;
            return Ok(Replacement { replaced, left });
        }
    }
}

/// Whether a use was moved.
#[derive(PartialEq, Eq)]
enum Moved {
    Yes,
    /// The endpoint or webhook does not use the key any more, or other callers keep changing it.
    No,
}

/// Reads and changes whatever can use a key.
pub trait MoveUses: ReadEndpoint + ChangeEndpoint + ReadWebhook + ChangeWebhook {}

impl<S: ReadEndpoint + ChangeEndpoint + ReadWebhook + ChangeWebhook> MoveUses for S {}

async fn move_endpoint(
    store: &(impl ReadEndpoint + ChangeEndpoint),
    clock: &impl Clock,
    caller: &Caller,
    asked: &Replace<'_>,
    id: &EndpointId,
) -> Result<Moved, Error> {
    for _ in 0..TRIES {
        let stored = store.read_endpoint(caller.account(), id).await?;
        let uses_it = |endpoint: &Endpoint| endpoint.link().is_some_and(|link| link.key == *asked.from);
        let Some(stored) = stored.filter(uses_it) else {
            return Ok(Moved::No);
        };
        let next = Endpoint {
            key: Some(asked.to.clone()),
            version: stored.version + 1,
            updated: Stamp { at: clock.now(), by: caller.actor().to_string() },
            ..stored.clone()
        };
        let by = caller.held()?;
        let change = EndpointChange { by, before: Some(stored), after: Some(next), ticket: None };
        match store.change_endpoint(&change).await {
            Ok(()) => return Ok(Moved::Yes),
            Err(CommitError::Stale { .. }) => {}
            Err(CommitError::Unmet(Need::Key)) => {
                return Err(Error::invalid("with", "was changed or deleted in the meantime"));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Moved::No)
}

async fn move_webhook(
    store: &(impl ReadKey + ReadWebhook + ChangeWebhook),
    clock: &impl Clock,
    caller: &Caller,
    asked: &Replace<'_>,
    id: &WebhookId,
) -> Result<Moved, Error> {
    for _ in 0..TRIES {
        let stored = store.read_webhook(caller.account(), id).await?;
        let uses_it = |webhook: &Webhook| webhook.link().is_some_and(|link| link.key == *asked.from);
        let Some(stored) = stored.filter(uses_it) else {
            return Ok(Moved::No);
        };
        let next = Webhook {
            key: Some(asked.to.clone()),
            version: stored.version + 1,
            updated: Stamp { at: clock.now(), by: caller.actor().to_string() },
            ..stored.clone()
        };
        // The requests of this webhook must be ones that the other key may send.
        let to = store.read_key(caller.account(), asked.to).await?;
        if check_its_key(&next, to.as_ref()).is_err() {
            return Err(Error::invalid("with", format!("cannot send the requests of the webhook {id}")));
        }
        let by = caller.held()?;
        let change = WebhookChange { by, before: Some(stored), after: Some(next), room: None, ticket: None };
        match store.change_webhook(&change).await {
            Ok(()) => return Ok(Moved::Yes),
            Err(CommitError::Stale { .. }) => {}
            Err(CommitError::Unmet(Need::Key)) => {
                return Err(Error::invalid("with", "was changed or deleted in the meantime"));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Moved::No)
}

fn time_is_over(clock: &impl Clock, until: Timestamp) -> bool {
    clock.now().saturating_add(LEAST).is_ok_and(|end| end > until)
}
