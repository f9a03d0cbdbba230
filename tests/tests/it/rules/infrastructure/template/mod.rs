//! The deployed templates, held against the code, and against faults that were put into it.

mod access;
mod faults;
mod rules;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

pub(super) use access::{Access, Question};
use keyward_infra::template::{Sample, Stack, Template};
use rules::Rule;

/// The templates as they are written.
fn written() -> Template {
    static OURS: LazyLock<Template> = LazyLock::new(|| Template::committed().expect("the templates"));
    OURS.clone()
}

/// The templates that are deployed if no parameter is set that does not have to be.
pub(super) fn ours() -> Template {
    written().given(&Sample::default())
}

/// The templates with every parameter set.
pub(super) fn ours_with_everything() -> Template {
    written().given(&Sample::together().expect("the samples"))
}

/// The templates that are deployed with this choice of wrapping keys.
pub(super) fn ours_with_wrapping_keys(chosen: &str) -> Template {
    let mut sample = Sample::default();
    sample.data.insert("WrappingKeys".to_owned(), chosen.to_owned());
    written().given(&sample)
}

#[test]
fn the_deployed_template_keeps_every_rule() {
    let template = written();
    let found: Vec<String> = Rule::ALL
        .iter()
        .flat_map(|rule| rule.complaints(&template).into_iter().map(move |what| format!("{rule:?}: {what}")))
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_template_keeps_every_rule_with_each_parameter_set_alone() {
    let template = written();
    let mut found = Vec::new();
    for sample in Sample::all().expect("the samples") {
        for rule in Rule::ALL {
            let complaints = rule.complaints_given(&template, &sample);
            found.extend(complaints.into_iter().map(|what| format!("{} {rule:?}: {what}", sample.what)));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_parameter_that_may_be_left_out_is_in_a_sample() {
    let (template, together) = (written(), Sample::together().expect("the samples"));
    for (stack, given) in [(Stack::Data, &together.data), (Stack::App, &together.app)] {
        for (name, parameter) in template.section_of(stack, "Parameters") {
            // The deployed zips are for one architecture; the tests deploy those of another.
            let may_be_left_out =
                !parameter["Default"].is_null() && !["RolePath", "Architecture"].contains(&name);
            assert_eq!(given.contains_key(name), may_be_left_out, "{name} of {}", stack.path());
        }
    }
}

/// Parameters that need each other.
const TOGETHER: [&[&str]; 5] = [
    &["LoginDomain", "LoginCertificateArn"],
    &["MailFrom", "MailIdentityArn"],
    &["RestoredTableName", "RestoredTableStreamArn", "RestoredVaultName"],
    &["DomainName", "CertificateArn"],
    &["SubnetIds", "SecurityGroupIds"],
];

#[test]
fn no_sample_breaks_a_rule_of_the_templates() {
    for sample in Sample::all().expect("the samples").into_iter().chain([Sample::default()]) {
        assert_eq!(written().refusals(&sample), Vec::<String>::new(), "{}", sample.what);
    }
}

#[test]
fn a_parameter_without_those_that_it_needs_is_refused_with_a_sentence() {
    let together = Sample::together().expect("the samples");
    for parameters in TOGETHER {
        for missing in parameters {
            let mut sample = together.clone();
            sample.data.remove(*missing);
            sample.app.remove(*missing);
            let said = written().refusals(&sample);
            assert_eq!(said.len(), 1, "{missing}: {said:?}");
            assert!(parameters.iter().all(|name| said[0].contains(name)), "{said:?}");
        }
    }
    // Each assertion is tried.
    let written = written();
    let rules = Stack::BOTH.into_iter().flat_map(|stack| written.section_of(stack, "Rules"));
    let assertions = rules.filter_map(|(_, rule)| rule["Assertions"].as_array()).flatten();
    assert_eq!(assertions.count(), TOGETHER.len());
}

#[test]
fn every_sample_changes_what_is_deployed() {
    let (template, plain) = (written(), ours());
    for sample in Sample::all().expect("the samples") {
        let given = template.given(&sample);
        let resolved = |template: &Template| {
            let resources = |stack| template.plain(&template.stack(stack)["Resources"]);
            Stack::BOTH.map(resources)
        };
        assert!(resolved(&given) != resolved(&plain), "{}", sample.what);
    }
}

#[test]
fn every_fault_is_caught_by_the_rule_that_is_there_for_it() {
    let before: BTreeMap<Rule, BTreeSet<String>> =
        Rule::ALL.map(|rule| (rule, rule.complaints(&written()).into_iter().collect())).into();
    let mut missed = Vec::new();
    for fault in faults::all() {
        let template = fault.put_into(written());
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
