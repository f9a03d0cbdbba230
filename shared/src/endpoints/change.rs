//! Creating, changing and deleting an endpoint. Each is one transaction over the endpoint's row, the links of the keys
//! that it uses, and the counters on their rows.

use super::{
    draft::{EndpointDraft, EndpointPatch},
    endpoint::{Activity, Endpoint},
    link::{Link, Relink},
    plan::{check_key, plan},
};
use crate::{
    caller::{AccessError, Actor, Caller},
    environment::Environment,
    error::Error,
    fresh,
    idempotency::{Outcome, Ticket},
    ids::{EndpointId, EndpointKind},
    membership::rows::Held,
    moment::{Clock, Moment, Random},
    permission::Permission,
    ports::{ChangeEndpoint, CommitError, Need, ReadEndpoint, ReadKey},
    stamp::Stamp,
    version::Version,
};

/// What one transaction writes.
pub struct EndpointChange {
    /// The right of the caller to it.
    pub by: Held,
    /// The endpoint as it must still be stored; `None` for one that must not exist.
    pub before: Option<Endpoint>,
    /// The endpoint as it will be; `None` for one that goes.
    pub after: Option<Endpoint>,
    /// The record of the request, where it may be sent again.
    pub ticket: Option<Ticket>,
}

impl EndpointChange {
    /// The changes of links.
    #[must_use]
    pub fn relink(&self) -> Relink {
        let link = |endpoint: &Option<Endpoint>| endpoint.as_ref().and_then(Endpoint::link);
        Relink::between(link(&self.before), link(&self.after))
    }

    /// What an inactive endpoint names anew: a key, or another entry of it. There is no link, and both must be there all the
    /// same.
    #[must_use]
    pub fn newly_named(&self) -> Option<Link> {
        let after = self.after.as_ref().filter(|after| after.activity == Activity::Inactive)?;
        let was_named =
            |before: &Endpoint| (&before.key, &before.organization) == (&after.key, &after.organization);
        after.named().filter(|_| !self.before.as_ref().is_some_and(was_named))
    }
}

/// Creates an endpoint.
///
/// # Errors
///
/// What [`plan`](mod@super::plan) refuses, [`Error::WrongEnvironment`], [`Error::InProgress`] when the same request came
/// first, and what the ports report. Nothing is stored then.
pub async fn create(
    store: &(impl ReadKey + ChangeEndpoint),
    moment: Moment<'_, impl Clock, impl Random>,
    caller: &Caller,
    kind: EndpointKind,
    draft: EndpointDraft,
    ticket: Option<Ticket>,
) -> Result<Endpoint, Error> {
    let id = EndpointId::generate(kind, moment.clock, moment.random);
    let made = Stamp { at: moment.clock.now(), by: caller.actor().to_string() };
    let mut endpoint = plan(draft, &id, caller.account(), &made)?;
    caller.check_environment(endpoint.environment)?;
    endpoint.version = 1;
    if endpoint.key.is_some() {
        check_may_choose(caller)?;
    }
    check_its_key(store, caller, &endpoint).await?;
    let by = caller.held()?;
    commit(store, caller, EndpointChange { by, before: None, after: Some(endpoint), ticket }).await
}

/// The endpoint that a request made before.
///
/// # Errors
///
/// [`Error::NotFound`] when it is gone since, and what the ports report.
pub async fn recall(store: &impl ReadEndpoint, caller: &Caller, outcome: Outcome) -> Result<Endpoint, Error> {
    match outcome {
        Outcome::Done { id, .. } => find(store, caller, &id.parse().map_err(|_| Error::NotFound)?).await,
        Outcome::Replaced { .. } => Err(Error::NotFound),
        Outcome::Running { .. } => Err(Error::InProgress),
    }
}

/// An endpoint of the caller's account.
///
/// # Errors
///
/// [`Error::NotFound`], [`Error::WrongEnvironment`], and what the ports report.
pub async fn find(store: &impl ReadEndpoint, caller: &Caller, id: &EndpointId) -> Result<Endpoint, Error> {
    let stored = store.read_endpoint(caller.account(), id).await?.ok_or(Error::NotFound)?;
    caller.check_environment(stored.environment)?;
    Ok(stored)
}

/// Changes an endpoint, if it still has the version that the caller has seen. A patch that changes nothing
/// leaves the version as it is.
///
/// # Errors
///
/// [`Error::NotFound`], [`Error::StaleVersion`], what [`plan`](mod@super::plan) refuses, [`Error::FreshSignInNeeded`] when a live
/// endpoint would be led to another key, and what the ports report. Nothing is stored then.
pub async fn update(
    store: &(impl ReadKey + ReadEndpoint + ChangeEndpoint),
    clock: &impl Clock,
    caller: &Caller,
    seen: (&EndpointId, u64),
    patch: EndpointPatch,
) -> Result<Endpoint, Error> {
    let (id, version) = seen;
    let stored = find(store, caller, id).await?;
    Version::new(stored.version).expect(version)?;
    let planned = plan(patch.over(&stored), id, caller.account(), &stored.created)?;
    caller.check_environment(planned.environment)?;
    let unchanged = Endpoint { version, updated: stored.updated.clone(), ..planned.clone() };
    if unchanged == stored {
        return Ok(stored);
    }
    let updated = Stamp { at: clock.now(), by: caller.actor().to_string() };
    let next = Endpoint { version: version + 1, updated, ..planned };
    // An inactive endpoint may refer to a key that is gone. The key is checked when the reference changes
    // or the endpoint becomes active.
    let is_led_elsewhere = refers_to(&next) != refers_to(&stored);
    let refers_anew = next.link() != stored.link() || is_led_elsewhere;
    // A link also tells the title, which anybody may change who may change the endpoint.
    let begins_to_use = next.link().is_some() && stored.link().is_none();
    if next.key.is_some() && (is_led_elsewhere || begins_to_use) {
        check_may_choose(caller)?;
    }
    // Whether it is active makes no difference: it could be made inactive, led elsewhere, and made active again.
    if next.key.is_some() && is_led_elsewhere && next.environment == Environment::Live {
        fresh::check(caller, clock.now())?;
    }
    if next.key.is_some()
        && refers_anew
        && let Err(unfit) = check_its_key(store, caller, &next).await
    {
        // The endpoint was read before its key. If it was changed or deleted in between, that is the answer.
        Version::new(find(store, caller, id).await?.version).expect(version)?;
        return Err(unfit);
    }
    let by = caller.held()?;
    commit(store, caller, EndpointChange { by, before: Some(stored), after: Some(next), ticket: None }).await
}

/// Deletes an endpoint together with its key's link, if the endpoint still has the version that the
/// caller has seen.
///
/// # Errors
///
/// [`Error::NotFound`], [`Error::StaleVersion`], and what the ports report. Nothing is deleted then.
pub async fn delete(
    store: &(impl ReadEndpoint + ChangeEndpoint),
    caller: &Caller,
    id: &EndpointId,
    version: u64,
) -> Result<(), Error> {
    let stored = find(store, caller, id).await?;
    Version::new(stored.version).expect(version)?;
    let by = caller.held()?;
    let change = EndpointChange { by, before: Some(stored), after: None, ticket: None };
    Ok(store.change_endpoint(&change).await?)
}

/// Refuses a person who has nothing to do with keys: the account's least role for keys is a higher one. A machine client has the
/// permissions that the operator gave it, whatever that role is.
///
/// # Errors
///
/// [`Error::NotPermitted`].
pub(crate) fn check_may_choose(caller: &Caller) -> Result<(), Error> {
    const NEEDED: Permission = Permission::KeysRead;
    match caller.actor() {
        Actor::Person(_) if !caller.may(NEEDED) => Err(AccessError::NotPermitted(NEEDED).into()),
        Actor::Person(_) | Actor::Client(_) | Actor::Webhook(_) => Ok(()),
    }
}

/// The part of an endpoint that concerns its key.
fn refers_to(endpoint: &Endpoint) -> impl PartialEq {
    (endpoint.key.clone(), endpoint.organization.clone(), endpoint.system.clone(), endpoint.environment)
}

async fn check_its_key(store: &impl ReadKey, caller: &Caller, endpoint: &Endpoint) -> Result<(), Error> {
    match endpoint.named() {
        Some(named) => {
            let key = store.read_key(caller.account(), &named.key).await?;
            check_key(&named, key.as_ref()).map(drop)
        }
        None => Ok(()),
    }
}

async fn commit(
    store: &(impl ReadKey + ChangeEndpoint),
    caller: &Caller,
    change: EndpointChange,
) -> Result<Endpoint, Error> {
    let outcome = store.change_endpoint(&change).await;
    let Some(endpoint) = change.after else {
        return Err(Error::NotFound);
    };
    match outcome {
        Ok(()) => Ok(endpoint),
        // The key was valid a moment ago: report what is wrong with it now. If nothing is wrong, the key was
        // changed twice.
        Err(CommitError::Unmet(Need::Key)) => {
            check_its_key(store, caller, &endpoint).await?;
            Err(Error::Unavailable(None))
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::Map;

    use super::*;
    use crate::endpoints::trigger::Trigger;

    /// An inactive source without a key.
    pub(in crate::endpoints) fn source() -> Endpoint {
        let made = Stamp { at: jiff::Timestamp::UNIX_EPOCH, by: "person:ann".to_owned() };
        Endpoint {
            id: "src_0190f3c1-7f00-7000-8000-0123456789ab".parse().unwrap(),
            account: "acme".parse().unwrap(),
            title: "Orders".parse().unwrap(),
            system: "shopify".parse().unwrap(),
            function: "orders".parse().unwrap(),
            trigger: Trigger::Manual,
            environment: crate::environment::Environment::Live,
            key: None,
            organization: None,
            settings: Map::new().try_into().unwrap(),
            activity: Activity::Inactive,
            version: 1,
            created: made.clone(),
            updated: made,
        }
    }
}
