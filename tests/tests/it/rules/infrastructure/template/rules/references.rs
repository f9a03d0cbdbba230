//! References, parameters and size.

use std::collections::{BTreeMap, BTreeSet};

use super::Complaints;
use keyward_infra::template::{Stack, Template, mentioned, texts};

/// A stack has 500 resources at most (CloudFormation quotas). The rest is for what comes.
const MOST: usize = 400;

const SECTIONS: [&str; 3] = ["Conditions", "Resources", "Outputs"];

pub(super) fn lead_somewhere(template: &Template, found: &mut Complaints) {
    let mut dangling = Vec::new();
    for section in SECTIONS {
        for (_, value) in template.section(section) {
            template.resolve(value, &mut dangling);
        }
    }
    for stack in Stack::BOTH {
        let own = |section| template.section_of(stack, section).map(|(name, _)| name.to_owned());
        let own: BTreeSet<String> = own("Parameters").chain(own("Resources")).collect();
        let foreign = names_in(template, stack).into_iter().filter(|name| !own.contains(name));
        let foreign = foreign.filter(|name| !name.starts_with("AWS::"));
        dangling.extend(foreign.map(|name| format!("{name} in {}", stack.path())));
    }
    let conditions: BTreeSet<&str> = template.section("Conditions").map(|(name, _)| name).collect();
    let mut edges = BTreeMap::new();
    for (id, resource) in template.resources() {
        let mut names = BTreeSet::new();
        mentioned(resource, &mut names);
        let after = texts(&resource["DependsOn"]);
        dangling.extend(
            after.iter().filter(|id| template.resource(id).is_null()).map(|id| format!("DependsOn {id}")),
        );
        names.extend(after.into_iter().map(str::to_owned));
        names.retain(|name| !template.resource(name).is_null());
        edges.insert(id.to_owned(), names);
        if let Some(condition) = resource["Condition"].as_str() {
            found.unless(conditions.contains(condition), || {
                format!("{id} depends on no condition {condition}")
            });
        }
    }
    dangling.into_iter().for_each(|what| found.say(format!("{what} leads nowhere")));
    // What refers to nothing that is left comes first, until nothing is left or all that is left is a circle.
    loop {
        let ready: Vec<String> = edges
            .iter()
            .filter(|(_, to)| to.iter().all(|to| !edges.contains_key(to)))
            .map(|(id, _)| id.clone())
            .collect();
        if ready.is_empty() {
            break;
        }
        ready.iter().for_each(|id| drop(edges.remove(id)));
    }
    found.unless(edges.is_empty(), || format!("these refer to each other in a circle: {:?}", edges.keys()));
}

pub(super) fn leave_room(template: &Template, found: &mut Complaints) {
    for stack in Stack::BOTH {
        let resources = template.section_of(stack, "Resources").count();
        found.unless(resources <= MOST, || format!("there are {resources} resources in {}", stack.path()));
        let names = names_in(template, stack);
        for (id, parameter) in template.section_of(stack, "Parameters") {
            found.unless(names.contains(id), || format!("nothing uses the parameter {id}"));
            let described = parameter["Description"].as_str().is_some_and(|text| !text.is_empty());
            found.unless(described, || format!("the parameter {id} is not described"));
            let bounds = ["AllowedPattern", "AllowedValues", "MaxValue"];
            let bounded = bounds.iter().any(|bound| !parameter[*bound].is_null());
            found.unless(bounded, || format!("the parameter {id} takes anything"));
        }
    }
}

/// Every name that one of the templates refers to.
fn names_in(template: &Template, stack: Stack) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for section in SECTIONS {
        template.section_of(stack, section).for_each(|(_, value)| mentioned(value, &mut names));
    }
    names
}
