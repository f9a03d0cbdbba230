//! Faults of one edit, as somebody might make them, and the rule that catches each.

mod api;
mod rights;
mod stacks;
mod stores;

use keyward_infra::template::{Stack, Template};
use serde_json::Value;

use super::rules::Rule;

/// One fault.
pub(super) struct Fault {
    /// What is wrong.
    pub(super) what: &'static str,
    /// Which rule says so.
    pub(super) rule: Rule,
    edit: Edit,
}

type Edit = fn(&mut Edited);

impl Fault {
    /// The template with the fault.
    pub(super) fn put_into(&self, mut template: Template) -> Template {
        let state = |template: &Template| {
            Stack::BOTH.map(|stack| (template.stack(stack).clone(), template.source(stack).to_owned()))
        };
        let before = state(&template);
        (self.edit)(&mut Edited(&mut template));
        assert!(before != state(&template), "this changes nothing: {}", self.what);
        template
    }
}

const fn fault(rule: Rule, what: &'static str, edit: Edit) -> Fault {
    Fault { what, rule, edit }
}

/// Every fault.
pub(super) fn all() -> Vec<Fault> {
    [rights::faults(), api::faults(), stores::faults(), stacks::faults()].into_iter().flatten().collect()
}

/// Templates that are being edited.
pub(super) struct Edited<'t>(&'t mut Template);

impl Edited<'_> {
    /// What a pointer leads to: a resource's id, and the way from its properties; after a `!`, from the resource itself.
    fn at(&mut self, pointer: &str) -> &mut Value {
        let (id, rest) = pointer.split_once('/').unwrap_or((pointer, ""));
        let home = self.0.home(id).unwrap_or_else(|| panic!("{id} is there"));
        let mut at = &mut self.0.edit(home)["Resources"][id];
        let rest = rest.strip_prefix('!').map_or_else(|| format!("Properties/{rest}"), str::to_owned);
        for part in rest.split('/').filter(|part| !part.is_empty()) {
            at = match part.parse::<usize>() {
                Ok(index) => &mut at[index],
                Err(_) => &mut at[part],
            };
        }
        at
    }

    /// Sets something.
    fn set(&mut self, pointer: &str, value: Value) {
        *self.at(pointer) = value;
    }

    /// Takes something away.
    fn remove(&mut self, pointer: &str) {
        let (parent, name) = pointer.rsplit_once('/').expect("a way");
        // Beside the properties, not among them.
        let (parent, name) = match name.strip_prefix('!') {
            Some(name) => (self.at(&format!("{parent}/!")), name),
            None => (self.at(parent), name),
        };
        let taken = match (parent, name.parse::<usize>()) {
            (Value::Array(values), Ok(index)) => Some(values.remove(index)),
            (Value::Object(members), _) => members.remove(name),
            _ => None,
        };
        assert!(taken.is_some(), "{pointer} is there");
    }

    /// Takes a resource away.
    fn remove_resource(&mut self, id: &str) {
        let home = self.0.home(id).unwrap_or_else(|| panic!("{id} is there"));
        self.0.edit(home)["Resources"].as_object_mut().expect("resources").remove(id);
    }

    /// Adds a resource to `app.yaml`.
    fn add(&mut self, id: &str, resource: Value) {
        self.0.edit(Stack::App)["Resources"][id] = resource;
    }

    /// Adds to a list.
    fn push(&mut self, pointer: &str, value: Value) {
        self.at(pointer).as_array_mut().expect("a list").push(value);
    }

    /// The statement of a policy with this action.
    fn statement(&mut self, policy: &str, action: &str) -> &mut Value {
        let document = if policy.ends_with("Key") { "KeyPolicy" } else { "Policies/0/PolicyDocument" };
        let statements =
            self.at(&format!("{policy}/{document}/Statement")).as_array_mut().expect("statements");
        let has = |statement: &&mut Value| {
            statement["Action"].as_array().is_some_and(|all| all.contains(&action.into()))
        };
        statements.iter_mut().find(has).expect("a statement")
    }

    /// The roles that a statement of a key's policy is narrowed to.
    fn roles(&mut self, key: &str, action: &str) -> &mut Vec<Value> {
        let statement = self.statement(key, action);
        statement["Condition"]["ArnEquals"]["aws:PrincipalArn"].as_array_mut().expect("roles")
    }

    /// Takes a condition away from a statement.
    fn remove_condition(&mut self, policy: &str, action: &str, operator: &str) {
        let condition = &mut self.statement(policy, action)["Condition"];
        condition.as_object_mut().expect("a condition").remove(operator).expect("the condition");
    }
}
