//! The calls that functions make, and the tables that say which they make.

use std::collections::BTreeSet;

use keyward_functions::table::{self, Resource, kinds::RowKind, rights::Action, routes};

use super::tour::seen;
use crate::support::recorder::{Need, declared_for, is_like};

/// Every function and what its table says.
pub(super) fn functions() -> BTreeSet<&'static str> {
    table::functions().map(|function| function.name.as_str()).collect()
}

/// What Lambda does for a function with the function's role: reading the stream that calls it.
pub(super) fn is_lambdas(action: Action) -> bool {
    action.resource == Resource::Stream
        || (action.resource == Resource::Deliveries && action.action != "sqs:SendMessage")
}

/// What is done only while another wrapping key takes over: `a_key_that_takes_over_is_used_beside_the_former_one` has it.
fn is_of_the_takeover(action: Action) -> bool {
    action.resource == Resource::FormerWrappingKey
}

#[tokio::test]
async fn every_route_is_asked_and_every_function_that_does_something_is_seen() {
    const PLACE: &str = "tests/tests/it/rules/infrastructure/tour/";
    let seen = seen().await;
    for (function, route) in routes() {
        let key = route.key();
        assert!(
            seen.routes.contains(&key),
            "the tour asks nothing of {key} ({}): add a step in {PLACE}",
            function.name
        );
    }
    let calling: BTreeSet<&str> = seen.needs.iter().map(|need| need.function).collect();
    for function in table::functions() {
        let (name, acts) = (function.name.as_str(), !function.rights.is_empty());
        assert_eq!(
            calling.contains(name),
            acts,
            "{name} calls AWS on the tour exactly if it has rights: see {PLACE}"
        );
    }
}

#[tokio::test]
async fn every_item_that_a_function_touches_is_of_exactly_one_kind() {
    let mut touched = BTreeSet::new();
    for need in &seen().await.needs {
        if ![Resource::Table, Resource::Vault].contains(&need.resource) {
            continue;
        }
        for key in need.leading_keys() {
            let fits = |kind: &RowKind| kind.table() == need.resource && is_like(key, kind.items());
            let kinds: Vec<RowKind> = RowKind::ALL.into_iter().filter(fits).collect();
            assert_eq!(kinds.len(), 1, "{key} is of the kinds {kinds:?}");
            touched.extend(kinds);
        }
    }
    assert_eq!(touched, RowKind::ALL.into(), "the tour touches an item of each kind");
}

#[tokio::test]
async fn everything_that_the_tables_say_is_done() {
    let needs = &seen().await.needs;
    let mut unused = Vec::new();
    for function in functions() {
        let own: Vec<&Need> = needs.iter().filter(|need| need.function == function).collect();
        let everyday = |action: &Action| !is_lambdas(*action) && !is_of_the_takeover(*action);
        for action in declared_for(function).filter(everyday) {
            // Each pattern by itself; an action without any, as a whole.
            let narrowed = action.items.iter().map(std::slice::from_ref);
            let each = if action.items.is_empty() { vec![action.items] } else { narrowed.collect() };
            for items in each {
                let narrow = Action { items, ..action };
                let is_used = own.iter().any(|need| {
                    need.falls_under(&narrow, None)
                        || need.leading_keys().any(|key| need.falls_under(&narrow, Some(key)))
                });
                if !is_used {
                    unused.push(format!("{function}: {} on {:?} {items:?}", action.action, action.resource));
                }
            }
        }
    }
    assert!(unused.is_empty(), "nothing needs these: {unused:#?}");
}
