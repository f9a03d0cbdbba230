//! The delete guard, checked as a model: a key that an active endpoint uses is never deleted, whatever clients do at
//! the same time, and whatever they do not hear. Every run within the bounds is tried.
//!
//! Two designs that look as good are held against the same properties and break them: they show what the guard is made
//! of, and that the model would tell.

mod designs;
mod model;
mod operations;
mod properties;
mod state;
mod store;

use designs::Design;
use model::{DeleteGuard, Step};
use operations::{Operation, Request};
use properties::{COUNTERS_COUNT, KEYS_IN_USE_STAY, TOMBSTONES_ARE_BARE};
use stateright::{Checker, Expectation, Model};

/// Tries every run of the guard, and finds nothing wrong in at least this many states.
#[track_caller]
fn assert_that_the_guard_holds(operations: Vec<Operation>, lost_answers: u8, at_least: usize) {
    let guard = DeleteGuard { design: Design::Guarded, operations, clients: 3, lost_answers };
    let checker = guard.checker().spawn_bfs().join();
    checker.assert_properties();
    // Nothing cuts the checker off, and as long as a property is not broken, it is done when no state is left.
    assert!(checker.is_done());
    let states = checker.unique_state_count();
    assert!(states >= at_least, "{states} states are too few");
}

/// The names of the properties that some run breaks.
fn broken(model: &DeleteGuard) -> Vec<&'static str> {
    let found = model.clone().checker().spawn_bfs().join().discoveries();
    let always =
        model.properties().into_iter().filter(|property| property.expectation == Expectation::Always);
    always.map(|property| property.name).filter(|name| found.contains_key(name)).collect()
}

/// A shortest run that breaks this property. The checker keeps the last run that it finds, so it gets no room for
/// longer ones.
fn shortest_run(model: &DeleteGuard, property: &'static str) -> Vec<Step> {
    let within =
        |depth| model.clone().checker().target_max_depth(depth).spawn_bfs().join().discovery(property);
    (1..=10).find_map(within).expect("no run breaks the property").into_actions()
}

#[test]
fn the_guard_holds_whatever_is_interleaved_lost_or_crashed() {
    assert_that_the_guard_holds(Operation::around_uses(), 3, 550_000);
}

#[test]
fn the_guard_holds_where_deleted_keys_come_back() {
    assert_that_the_guard_holds(Operation::with_returns(), 1, 90_000);
}

#[test]
fn a_change_or_a_switch_of_a_key_sets_no_counter_back() {
    assert_that_the_guard_holds(Operation::with_changes(), 1, 110_000);
}

#[test]
fn a_condition_check_with_query_then_delete_loses_a_key_in_use() {
    let design = Design::CheckedAndQueried;
    let model = DeleteGuard { design, operations: Operation::with_changes(), clients: 2, lost_answers: 0 };

    assert_eq!(broken(&model), [KEYS_IN_USE_STAY, TOMBSTONES_ARE_BARE]);

    // Attaching does not write the key's row, so whoever has found no link does not notice that there is one now.
    let run = shortest_run(&model, KEYS_IN_USE_STAY);
    let [Step::Begin(_), Step::Begin(_), Step::Commit(first), Step::Commit(second)] = run[..] else {
        panic!("{run:#?}")
    };
    assert!(matches!(first, Request::ChangeEndpoint(..)), "{run:#?}");
    assert!(matches!(second, Request::DeleteKey(..)), "{run:#?}");
}

#[test]
fn a_counter_with_blind_retries_drifts() {
    let design = Design::CountedBlindly;
    let model = DeleteGuard { design, operations: Operation::with_changes(), clients: 1, lost_answers: 1 };

    assert_eq!(broken(&model), [COUNTERS_COUNT]);

    // One link is put or deleted twice, and counted twice.
    let run = shortest_run(&model, COUNTERS_COUNT);
    let [Step::Begin(read), Step::LoseAnswer(made), Step::Commit(again)] = run[..] else {
        panic!("{run:#?}")
    };
    assert!(matches!(read, Request::ChangeEndpoint(..)), "{run:#?}");
    assert_eq!((made, again), (read, read));
}

#[test]
fn a_counter_that_has_drifted_loses_a_key_in_use() {
    let design = Design::CountedBlindly;
    let model = DeleteGuard { design, operations: Operation::with_changes(), clients: 2, lost_answers: 1 };

    // Two endpoints use a key. One is detached twice, which leaves none to count for the other.
    let run = shortest_run(&model, KEYS_IN_USE_STAY);
    let [
        Step::Begin(detaches),
        Step::LoseAnswer(_),
        Step::Commit(again),
        Step::Begin(Request::DeleteKey(..)),
        Step::Commit(Request::DeleteKey(..)),
    ] = run[..]
    else {
        panic!("{run:#?}")
    };
    assert!(matches!(detaches, Request::ChangeEndpoint(..)), "{run:#?}");
    assert_eq!(again, detaches);
}
