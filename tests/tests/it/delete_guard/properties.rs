//! What must hold in every state, and what must happen in some for that to mean anything.

use super::{
    designs::{Design, Refusal},
    model::DeleteGuard,
    state::{Client, Outcome, State},
    store::{ENDPOINTS, KEYS},
};
use stateright::Property;

pub(super) const KEYS_IN_USE_STAY: &str = "no active endpoint points to a deleted key";
pub(super) const COUNTERS_COUNT: &str = "an active key counts as many uses as it has links";
pub(super) const LINKS_FOLLOW: &str =
    "a link stands exactly while its endpoint is active and points to its key";
pub(super) const TOMBSTONES_ARE_BARE: &str = "a deleted key has no links";

/// The properties that this design claims to have.
pub(super) fn of(design: Design) -> Vec<Property<DeleteGuard>> {
    let mut properties = vec![
        Property::always(KEYS_IN_USE_STAY, |_, state| keys_in_use_stay(state)),
        Property::always(LINKS_FOLLOW, |_, state| links_follow(state)),
        Property::always(TOMBSTONES_ARE_BARE, |_, state| tombstones_are_bare(state)),
        Property::sometimes("a key is deleted", |_, state| has_tombstone(state)),
        Property::sometimes("a key is not deleted, since it is in use", |_, state| {
            has_ended(state, Outcome::Refused(Refusal::KeyInUse))
        }),
        Property::sometimes("an endpoint is not reactivated, since its key is gone", |_, state| {
            has_ended(state, Outcome::NotReactivated)
        }),
        Property::sometimes("somebody comes second", |_, state| {
            has_ended(state, Outcome::Refused(Refusal::Stale))
        }),
    ];
    if design.counts() {
        properties.push(Property::always(COUNTERS_COUNT, |_, state| counters_count(state)));
    }
    if !design.repeats_blindly() {
        properties.push(Property::sometimes("a retry finds its work done", |_, state| {
            has_ended(state, Outcome::FoundDone)
        }));
    }
    properties
}

fn keys_in_use_stay(state: &State) -> bool {
    let used = |endpoint| state.store.endpoint(endpoint).state.uses();
    ENDPOINTS.into_iter().filter_map(used).all(|key| state.store.is_active(key))
}

fn counters_count(state: &State) -> bool {
    let is_right = |key| usize::try_from(state.store.key(key).active_uses) == Ok(state.store.links_of(key));
    KEYS.into_iter().filter(|key| state.store.is_active(*key)).all(is_right)
}

fn links_follow(state: &State) -> bool {
    ENDPOINTS.into_iter().all(|endpoint| {
        let used = state.store.endpoint(endpoint).state.uses();
        KEYS.into_iter().all(|key| state.store.is_linked(endpoint, key) == (used == Some(key)))
    })
}

fn tombstones_are_bare(state: &State) -> bool {
    KEYS.into_iter().all(|key| state.store.is_active(key) || state.store.links_of(key) == 0)
}

fn has_tombstone(state: &State) -> bool {
    KEYS.into_iter().any(|key| !state.store.is_active(key))
}

fn has_ended(state: &State, outcome: Outcome) -> bool {
    state.clients.contains(&Client::Ended(outcome))
}
