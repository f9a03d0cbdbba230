//! The deployed templates, held against the code, and against faults that were put into it.

mod access;
mod faults;
mod rules;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

pub(super) use access::{Access, Question};
use keyward_infra::template::Template;
use rules::Rule;

/// The templates that are deployed.
pub(super) fn ours() -> Template {
    static OURS: LazyLock<Template> = LazyLock::new(|| Template::committed().expect("the templates"));
    OURS.clone()
}

#[test]
fn the_deployed_template_keeps_every_rule() {
    let template = ours();
    let found: Vec<String> = Rule::ALL
        .iter()
        .flat_map(|rule| rule.complaints(&template).into_iter().map(move |what| format!("{rule:?}: {what}")))
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_fault_is_caught_by_the_rule_that_is_there_for_it() {
    let before: BTreeMap<Rule, BTreeSet<String>> =
        Rule::ALL.map(|rule| (rule, rule.complaints(&ours()).into_iter().collect())).into();
    let mut missed = Vec::new();
    for fault in faults::all() {
        let template = fault.put_into(ours());
        let found: BTreeSet<String> = fault.rule.complaints(&template).into_iter().collect();
        if found.is_subset(&before[&fault.rule]) {
            missed.push(format!("{:?} does not see: {}", fault.rule, fault.what));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn every_rule_is_tried_with_a_fault() {
    let faults = faults::all();
    for rule in Rule::ALL {
        assert!(faults.iter().any(|fault| fault.rule == rule), "{rule:?}");
    }
    let kinds: BTreeSet<&str> = faults.iter().map(|fault| fault.what).collect();
    assert_eq!(kinds.len(), faults.len(), "each fault is there once");
    assert!(faults.len() >= 100, "{}", faults.len());
    println!("{} faults", faults.len());
}
