//! The checker bites: histories that must not be are refused, and those that may be are not.

use super::{
    checker::{Entry, Verdict, check},
    model::{Content, Id, Op, Outcome, Patch, Shown},
};

fn id(name: &str) -> Id {
    name.into()
}

/// An operation between two moments.
fn at(called: u64, answered: u64, op: Op, outcome: Outcome) -> Entry {
    Entry { op, outcome, called, answered }
}

fn key_shown(version: u64, title: u64, uses: u64) -> Outcome {
    Outcome::Done(Shown::Key { version, title, uses, is_disabled: false })
}

fn created() -> Entry {
    let content = Content { title: 1, secret: 1 };
    at(0, 1, Op::CreateKey { key: id("key"), content }, key_shown(1, 1, 0))
}

fn read(called: u64, answered: u64, outcome: Outcome) -> Entry {
    at(called, answered, Op::ReadKey { key: id("key") }, outcome)
}

fn updated(called: u64, answered: u64, seen: u64, title: u64, outcome: Outcome) -> Entry {
    at(called, answered, Op::UpdateKey { key: id("key"), seen, title, secret: None }, outcome)
}

fn deleted(called: u64, answered: u64, outcome: Outcome) -> Entry {
    at(called, answered, Op::DeleteKey { key: id("key"), seen: 1 }, outcome)
}

fn attached(called: u64, answered: u64, outcome: Outcome) -> Entry {
    let op = Op::CreateEndpoint { endpoint: id("endpoint"), key: id("key"), active: true };
    at(called, answered, op, outcome)
}

fn patched(called: u64, answered: u64, seen: u64, patch: Patch, outcome: Outcome) -> Entry {
    at(called, answered, Op::UpdateEndpoint { endpoint: id("endpoint"), seen, patch }, outcome)
}

fn endpoint_shown(version: u64, active: bool) -> Outcome {
    Outcome::Done(Shown::Endpoint { version, active, key: id("key") })
}

const DELETED: Outcome = Outcome::Done(Shown::Nothing);

#[track_caller]
fn explained(history: &[Entry]) {
    assert!(matches!(check(history), Verdict::Explained), "{history:#?}");
}

#[track_caller]
fn unexplained(history: &[Entry]) {
    assert!(matches!(check(history), Verdict::Unexplained(_)), "{history:#?}");
}

#[test]
fn one_after_the_other_is_explained() {
    explained(&[
        created(),
        updated(2, 3, 1, 2, key_shown(2, 2, 0)),
        attached(4, 5, endpoint_shown(1, true)),
        read(6, 7, key_shown(2, 2, 1)),
        at(8, 9, Op::DeleteKey { key: id("key"), seen: 2 }, Outcome::InUse),
        patched(10, 11, 1, Patch::Active(false), endpoint_shown(2, false)),
        at(12, 13, Op::DeleteKey { key: id("key"), seen: 2 }, DELETED),
        read(14, 15, Outcome::NotFound),
        patched(16, 17, 2, Patch::Active(true), Outcome::NoKey),
    ]);
}

#[test]
fn no_endpoint_attaches_to_a_key_that_is_deleted() {
    unexplained(&[created(), deleted(2, 3, DELETED), attached(4, 5, endpoint_shown(1, true))]);
    let inactive = Op::CreateEndpoint { endpoint: id("endpoint"), key: id("key"), active: false };
    let inactive = at(2, 3, inactive, endpoint_shown(1, false));
    let again = patched(6, 7, 1, Patch::Active(true), endpoint_shown(2, true));
    unexplained(&[created(), inactive, deleted(4, 5, DELETED), again]);
}

#[test]
fn of_an_attach_and_a_delete_at_once_one_is_refused() {
    unexplained(&[created(), deleted(2, 9, DELETED), attached(3, 8, endpoint_shown(1, true))]);
    explained(&[created(), deleted(2, 9, DELETED), attached(3, 8, Outcome::NoKey)]);
    explained(&[created(), deleted(2, 9, Outcome::InUse), attached(3, 8, endpoint_shown(1, true))]);
    // And not both, either.
    unexplained(&[created(), deleted(2, 9, Outcome::InUse), attached(3, 8, Outcome::NoKey)]);
}

#[test]
fn two_changes_of_the_same_version_are_not_both_made() {
    let both = [updated(2, 5, 1, 2, key_shown(2, 2, 0)), updated(3, 4, 1, 3, key_shown(2, 3, 0))];
    unexplained(&[created(), both[0].clone(), both[1].clone()]);
    explained(&[created(), both[0].clone(), updated(3, 4, 1, 3, Outcome::Stale)]);
}

#[test]
fn no_read_goes_back_in_time() {
    let update = updated(2, 9, 1, 2, key_shown(2, 2, 0));
    let (new, old) = (key_shown(2, 2, 0), key_shown(1, 1, 0));
    explained(&[created(), update.clone(), read(3, 4, old.clone()), read(5, 6, new.clone())]);
    unexplained(&[created(), update, read(3, 4, new), read(5, 6, old)]);
}

#[test]
fn no_change_is_lost() {
    let updates = [updated(2, 3, 1, 2, key_shown(2, 2, 0)), updated(4, 5, 2, 3, key_shown(3, 3, 0))];
    unexplained(&[created(), updates[0].clone(), updates[1].clone(), read(6, 7, key_shown(3, 2, 0))]);
    let secret = Op::UpdateKey { key: id("key"), seen: 1, title: 2, secret: Some(2) };
    let used =
        |secret| at(4, 5, Op::UseKey { key: id("key") }, Outcome::Done(Shown::Secret { version: 2, secret }));
    let changed = at(2, 3, secret, key_shown(2, 2, 0));
    explained(&[created(), changed.clone(), used(2)]);
    unexplained(&[created(), changed, used(1)]);
}

#[test]
fn a_disabled_key_is_used_by_nobody_and_an_enabled_one_by_everybody() {
    let switched = |called, is_disabled, version| {
        let shown = Shown::Key { version, title: 1, uses: 0, is_disabled };
        at(called, called + 1, Op::SwitchKey { key: id("key"), is_disabled }, Outcome::Done(shown))
    };
    let used = |called, version| {
        let shown = Outcome::Done(Shown::Secret { version, secret: 1 });
        at(called, called + 1, Op::UseKey { key: id("key") }, shown)
    };
    let refused = |called| at(called, called + 1, Op::UseKey { key: id("key") }, Outcome::Disabled);
    let whole = [created(), used(2, 1), switched(4, true, 2), refused(6), switched(8, false, 3), used(10, 3)];
    explained(&whole);
    // To disable it again changes nothing.
    explained(&[created(), switched(2, true, 2), switched(4, true, 2), refused(6)]);
    unexplained(&[created(), switched(2, true, 2), switched(4, true, 3)]);
    unexplained(&[created(), switched(2, true, 2), used(4, 2)]);
    unexplained(&[created(), switched(2, true, 2), switched(4, false, 3), refused(6)]);
    unexplained(&[created(), refused(2)]);
    // A change of the content leaves it disabled.
    unexplained(&[created(), switched(2, true, 2), updated(4, 5, 2, 2, key_shown(3, 2, 0))]);
}

#[test]
fn no_use_is_counted_twice_or_not_at_all() {
    for uses in [0, 2] {
        unexplained(&[created(), attached(2, 3, endpoint_shown(1, true)), read(4, 5, key_shown(1, 1, uses))]);
    }
}

#[test]
fn what_has_no_certain_outcome_takes_effect_once_at_any_later_time_or_never() {
    let unknown = updated(2, 3, 1, 2, Outcome::Unknown);
    let (new, old) = (key_shown(2, 2, 0), key_shown(1, 1, 0));
    explained(&[created(), unknown.clone(), read(4, 5, old.clone())]);
    explained(&[created(), unknown.clone(), read(4, 5, old.clone()), read(6, 7, new.clone())]);
    unexplained(&[created(), unknown.clone(), read(4, 5, new), read(6, 7, old)]);
    unexplained(&[created(), unknown, read(4, 5, key_shown(3, 2, 0))]);
    let detach = patched(4, 5, 1, Patch::Active(false), Outcome::Unknown);
    let history = [created(), attached(2, 3, endpoint_shown(1, true)), detach];
    explained(&[history.as_slice(), &[deleted(6, 7, DELETED)]].concat());
    explained(&[history.as_slice(), &[deleted(6, 7, Outcome::InUse)]].concat());
}

#[test]
fn a_restored_version_is_the_one_that_was() {
    let update = Op::UpdateKey { key: id("key"), seen: 1, title: 2, secret: Some(2) };
    let restore = Op::RestoreKey { key: id("key"), seen: 2, version: 1 };
    let history = [created(), at(2, 3, update, key_shown(2, 2, 0)), at(4, 5, restore, key_shown(3, 1, 0))];
    let used =
        |secret| at(6, 7, Op::UseKey { key: id("key") }, Outcome::Done(Shown::Secret { version: 3, secret }));
    explained(&[history.as_slice(), &[used(1)]].concat());
    unexplained(&[history.as_slice(), &[used(2)]].concat());
}

#[test]
fn an_endpoint_is_of_one_key_at_a_time() {
    let other = Op::CreateKey { key: id("other"), content: Content { title: 5, secret: 5 } };
    let other = at(0, 1, other, key_shown(1, 5, 0));
    let moved = Outcome::Done(Shown::Endpoint { version: 2, active: true, key: id("other") });
    let moved = patched(4, 5, 1, Patch::Key(id("other")), moved);
    let history = [created(), other, attached(2, 3, endpoint_shown(1, true)), moved];
    let both = |uses| {
        let other = at(6, 7, Op::ReadKey { key: id("other") }, key_shown(1, 5, uses));
        [history.as_slice(), &[other, read(8, 9, key_shown(1, 1, 1 - uses))]].concat()
    };
    explained(&both(1));
    unexplained(&both(0));
}

fn undeleted(called: u64, answered: u64, outcome: Outcome) -> Entry {
    at(called, answered, Op::UndeleteKey { key: id("key") }, outcome)
}

fn purged(called: u64, answered: u64, seen: u64) -> Entry {
    at(called, answered, Op::PurgeKey { key: id("key"), seen }, DELETED)
}

#[test]
fn a_deleted_key_comes_back_as_it_was_and_an_ended_one_does_not() {
    let back = [created(), deleted(2, 3, DELETED), undeleted(4, 5, key_shown(3, 1, 0))];
    explained(&back);
    explained(&[back.as_slice(), &[read(6, 7, key_shown(3, 1, 0))]].concat());
    unexplained(&[created(), deleted(2, 3, DELETED), read(4, 5, key_shown(2, 1, 0))]);
    unexplained(&[created(), deleted(2, 3, DELETED), undeleted(4, 5, key_shown(3, 2, 0))]);
    unexplained(&[created(), deleted(2, 3, DELETED), undeleted(4, 5, Outcome::NotFound)]);
    let ended = [created(), deleted(2, 3, DELETED), purged(4, 5, 2)];
    explained(&[ended.as_slice(), &[undeleted(6, 7, Outcome::NotFound)]].concat());
    unexplained(&[ended.as_slice(), &[undeleted(6, 7, key_shown(3, 1, 0))]].concat());
    unexplained(&[created(), deleted(2, 3, DELETED), purged(4, 5, 1)]);
    // Whoever uses it afterwards attaches to it anew.
    unexplained(&[back.as_slice(), &[read(6, 7, key_shown(3, 1, 1))]].concat());
}
