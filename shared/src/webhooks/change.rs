//! Creating, changing and deleting a webhook. Each is one transaction over the webhook's row, the link of the key that it uses, the
//! counter on that key's row, and the version of the account's webhooks where it could bring the account over a limit.

use super::{
    draft::{WebhookDraft, WebhookPatch},
    list::Webhooks,
    plan::{check_its_key, plan},
    webhook::Webhook,
};
use crate::{
    caller::Caller,
    endpoints::{
        change::check_may_choose,
        endpoint::Activity,
        link::{Link, Relink},
    },
    environment::Environment,
    error::Error,
    fresh,
    idempotency::{Outcome, Ticket},
    ids::WebhookId,
    membership::rows::Held,
    moment::{Clock, Moment, Random},
    ports::{ChangeWebhook, CommitError, Need, ReadKey, ReadWebhook, ReadWebhooks},
    stamp::Stamp,
    version::Version,
};

/// What one transaction writes.
pub struct WebhookChange {
    /// The right of the caller to it.
    pub by: Held,
    /// The webhook as it must still be stored; `None` for one that must not exist.
    pub before: Option<Webhook>,
    /// The webhook as it will be; `None` for one that goes.
    pub after: Option<Webhook>,
    /// The version of the account's webhooks at which there was room for it; `None` for a change that needs no room.
    pub room: Option<u64>,
    /// The record of the request, where it may be sent again.
    pub ticket: Option<Ticket>,
}

impl WebhookChange {
    /// The changes of links.
    #[must_use]
    pub fn relink(&self) -> Relink {
        let link = |webhook: &Option<Webhook>| webhook.as_ref().and_then(Webhook::link);
        Relink::between(link(&self.before), link(&self.after))
    }

    /// What an inactive webhook names anew: a key, or another entry of it. There is no link, and both must be there all the same.
    #[must_use]
    pub fn newly_named(&self) -> Option<Link> {
        let after = self.after.as_ref().filter(|after| after.activity == Activity::Inactive)?;
        let was_named =
            |before: &Webhook| (&before.key, &before.organization) == (&after.key, &after.organization);
        after.named().filter(|_| !self.before.as_ref().is_some_and(was_named))
    }
}

/// How often a change is tried while other changes come in between.
const TRIES: usize = 5;

/// Creates a webhook.
///
/// # Errors
///
/// What [`plan`](mod@super::plan) refuses, a webhook too many, [`Error::WrongEnvironment`], [`Error::InProgress`] when the same request
/// came first, and what the ports report. Nothing is stored then.
pub async fn create(
    store: &(impl ReadKey + ReadWebhooks + ChangeWebhook),
    moment: Moment<'_, impl Clock, impl Random>,
    caller: &Caller,
    draft: WebhookDraft,
    ticket: Option<Ticket>,
) -> Result<Webhook, Error> {
    let id = WebhookId::generate(moment.clock, moment.random);
    let made = Stamp { at: moment.clock.now(), by: caller.actor().to_string() };
    let mut webhook = plan(draft, &id, caller.account(), &made)?;
    caller.check_environment(webhook.environment)?;
    webhook.version = 1;
    if webhook.key.is_some() {
        check_may_choose(caller)?;
    }
    check_stored_key(store, caller, &webhook).await?;
    commit(store, caller, None, webhook, ticket).await
}

/// The webhook that a request made before.
///
/// # Errors
///
/// [`Error::NotFound`] when it is gone since, and what the ports report.
pub async fn recall(store: &impl ReadWebhook, caller: &Caller, outcome: Outcome) -> Result<Webhook, Error> {
    match outcome {
        Outcome::Done { id, .. } => find(store, caller, &id.parse().map_err(|_| Error::NotFound)?).await,
        Outcome::Replaced { .. } => Err(Error::NotFound),
        Outcome::Running { .. } => Err(Error::InProgress),
    }
}

/// A webhook of the caller's account.
///
/// # Errors
///
/// [`Error::NotFound`], [`Error::WrongEnvironment`], and what the ports report.
pub async fn find(store: &impl ReadWebhook, caller: &Caller, id: &WebhookId) -> Result<Webhook, Error> {
    let stored = store.read_webhook(caller.account(), id).await?.ok_or(Error::NotFound)?;
    caller.check_environment(stored.environment)?;
    Ok(stored)
}

/// Changes a webhook, if it still has the version that the caller has seen. A patch that changes nothing leaves the version as it is.
///
/// # Errors
///
/// [`Error::NotFound`], [`Error::StaleVersion`], what [`plan`](mod@super::plan) refuses, [`Error::FreshSignInNeeded`] when a live webhook
/// would be led to another key, and what the ports report. Nothing is stored then.
pub async fn update(
    store: &(impl ReadKey + ReadWebhook + ReadWebhooks + ChangeWebhook),
    clock: &impl Clock,
    caller: &Caller,
    seen: (&WebhookId, u64),
    patch: WebhookPatch,
) -> Result<Webhook, Error> {
    let (id, version) = seen;
    let stored = find(store, caller, id).await?;
    Version::new(stored.version).expect(version)?;
    let planned = plan(patch.over(&stored), id, caller.account(), &stored.created)?;
    caller.check_environment(planned.environment)?;
    let unchanged = Webhook { version, updated: stored.updated.clone(), ..planned.clone() };
    if unchanged == stored {
        return Ok(stored);
    }
    let updated = Stamp { at: clock.now(), by: caller.actor().to_string() };
    let next = Webhook { version: version + 1, updated, ..planned };
    // An inactive webhook may name a key that is gone. The key is checked when the webhook's requests change or it becomes active.
    let is_led_elsewhere = refers_to(&next) != refers_to(&stored);
    let begins_to_use = next.link().is_some() && stored.link().is_none();
    let asks_otherwise = (&next.path, next.method) != (&stored.path, stored.method);
    if next.key.is_some() && (is_led_elsewhere || begins_to_use) {
        check_may_choose(caller)?;
    }
    // Whether it is active makes no difference: it could be made inactive, led elsewhere, and made active again.
    if next.key.is_some() && is_led_elsewhere && next.environment == Environment::Live {
        fresh::check(caller, clock.now())?;
    }
    let must_fit = is_led_elsewhere || begins_to_use || (asks_otherwise && next.link().is_some());
    if must_fit && let Err(unfit) = check_stored_key(store, caller, &next).await {
        // The webhook was read before its key. If it was changed or deleted in between, that is the answer.
        Version::new(find(store, caller, id).await?.version).expect(version)?;
        return Err(unfit);
    }
    commit(store, caller, Some(stored), next, None).await
}

/// Deletes a webhook together with its key's link, if the webhook still has the version that the caller has seen.
///
/// # Errors
///
/// [`Error::NotFound`], [`Error::StaleVersion`], and what the ports report. Nothing is deleted then.
pub async fn delete(
    store: &(impl ReadWebhook + ChangeWebhook),
    caller: &Caller,
    id: &WebhookId,
    version: u64,
) -> Result<(), Error> {
    let stored = find(store, caller, id).await?;
    Version::new(stored.version).expect(version)?;
    let by = caller.held()?;
    let change = WebhookChange { by, before: Some(stored), after: None, room: None, ticket: None };
    Ok(store.change_webhook(&change).await?)
}

/// The part of a webhook that concerns its key.
fn refers_to(webhook: &Webhook) -> impl PartialEq {
    (webhook.key.clone(), webhook.organization.clone(), webhook.environment)
}

async fn check_stored_key(store: &impl ReadKey, caller: &Caller, webhook: &Webhook) -> Result<(), Error> {
    match &webhook.key {
        Some(id) => check_its_key(webhook, store.read_key(caller.account(), id).await?.as_ref()),
        None => Ok(()),
    }
}

/// Whether the webhook hears of a type that it did not hear of before.
fn needs_room(before: Option<&Webhook>, after: &Webhook) -> bool {
    let heard = |kind| before.is_some_and(|before| before.event_types.contains(kind));
    !after.event_types.iter().all(heard)
}

async fn commit(
    store: &(impl ReadKey + ReadWebhooks + ChangeWebhook),
    caller: &Caller,
    before: Option<Webhook>,
    after: Webhook,
    ticket: Option<Ticket>,
) -> Result<Webhook, Error> {
    let by = caller.held()?;
    let mut change = WebhookChange { by, before, after: Some(after.clone()), room: None, ticket };
    for _ in 0..TRIES {
        if needs_room(change.before.as_ref(), &after) {
            let webhooks: Webhooks = store.read_webhooks(caller.account()).await?;
            webhooks.check_room(&after)?;
            change.room = Some(webhooks.version);
        }
        match store.change_webhook(&change).await {
            Ok(()) => return Ok(after),
            // Another webhook was stored meanwhile: there may be no more room.
            Err(CommitError::Unmet(Need::Room)) => {}
            // The key was valid a moment ago: report what is wrong with it now.
            Err(CommitError::Unmet(Need::Key)) => {
                check_stored_key(store, caller, &after).await?;
                return Err(Error::Unavailable(None));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(Error::Unavailable(None))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::webhooks::{event_type::EventTypes, method::HookMethod};

    /// An inactive webhook without a key.
    pub(in crate::webhooks) fn webhook(types: &[&str]) -> Webhook {
        let made = Stamp { at: jiff::Timestamp::UNIX_EPOCH, by: "person:ann".to_owned() };
        Webhook {
            id: "whk_0190f3c1-7f00-7000-8000-0123456789ab".parse().unwrap(),
            account: "acme".parse().unwrap(),
            name: "Orders".parse().unwrap(),
            event_types: EventTypes::parse(types.iter().copied()).unwrap(),
            path: "/hooks".to_owned(),
            method: HookMethod::Post,
            environment: Environment::Live,
            key: None,
            organization: None,
            activity: Activity::Inactive,
            version: 1,
            created: made.clone(),
            updated: made,
        }
    }

    #[test]
    fn only_a_type_that_was_not_heard_of_needs_room() {
        let (one, both) = (webhook(&["a"]), webhook(&["a", "b"]));
        assert!(needs_room(None, &one) && needs_room(Some(&one), &both));
        assert!(!needs_room(Some(&both), &one) && !needs_room(Some(&one), &one));
    }
}
