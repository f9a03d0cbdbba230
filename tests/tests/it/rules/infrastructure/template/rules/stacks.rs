//! What lasts stands by itself: `app.yaml` can be deleted and made again, and takes what it is given.

use std::collections::BTreeSet;

use keyward_infra::template::{Stack, Template, mentioned, texts};
use serde_json::Value;

use super::Complaints;

/// What is lost for good when it is deleted, or what rows name by an identifier that AWS gives.
const LASTING: [&str; 4] =
    ["AWS::Cognito::UserPool", "AWS::Cognito::UserPoolDomain", "AWS::DynamoDB::Table", "AWS::KMS::Key"];
/// What `deploy.sh` gives beside the outputs of `data.yaml`.
const GIVEN: [&str; 6] =
    ["CodeBucket", "CodeKey", "TrialsCodeKey", "PanelCodeKey", "TokenKeys", "SignInKeys"];

pub(super) fn stand(template: &Template, found: &mut Complaints) {
    no_imports(template, found);
    let names = |stack, section| -> BTreeSet<&str> {
        template.section_of(stack, section).map(|(name, _)| name).collect()
    };
    let (data, app) = (names(Stack::Data, "Resources"), names(Stack::App, "Resources"));
    data.intersection(&app).for_each(|id| found.say(format!("{id} is in both templates")));
    for (id, resource) in template.section_of(Stack::Data, "Resources") {
        let mut named = BTreeSet::new();
        mentioned(resource, &mut named);
        named.extend(texts(&resource["DependsOn"]).into_iter().map(str::to_owned));
        for foreign in named.iter().filter(|name| app.contains(name.as_str())) {
            found.say(format!("{id} of data.yaml names {foreign} of app.yaml"));
        }
        // The policy of the tables' key is held against its whole text.
        if id != "TableKey" {
            principals(template, id, resource, found);
        }
    }
    for (id, resource) in template.section_of(Stack::App, "Resources") {
        let kind = resource["Type"].as_str().unwrap_or_default();
        found.unless(!LASTING.contains(&kind), || format!("{id} goes with app.yaml"));
    }
    let (outputs, taken) = (names(Stack::Data, "Outputs"), names(Stack::App, "Parameters"));
    outputs.difference(&taken).for_each(|name| found.say(format!("app.yaml does not take {name}")));
    for (name, parameter) in template.section_of(Stack::App, "Parameters") {
        let is_given = outputs.contains(name) || GIVEN.contains(&name) || !parameter["Default"].is_null();
        found.unless(is_given, || format!("nothing gives {name} to app.yaml"));
        // It would be used where somebody forgets to give what was restored.
        let is_fixed = outputs.contains(name) && !parameter["Default"].is_null();
        found.unless(!is_fixed, || format!("{name} of app.yaml has a default"));
    }
}

/// An import binds the stack that exports to the one that imports, and nothing that was restored can take its place.
fn no_imports(template: &Template, found: &mut Complaints) {
    const IMPORT: &str = "ImportValue";
    fn imports(value: &Value) -> bool {
        match value {
            Value::Array(values) => values.iter().any(imports),
            Value::Object(members) => {
                members.iter().any(|(name, value)| name.contains(IMPORT) || imports(value))
            }
            Value::String(text) => text.contains(IMPORT),
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }
    for stack in Stack::BOTH {
        // As a tag of YAML it is not in the values.
        let is_there = template.source(stack).contains(IMPORT) || imports(template.stack(stack));
        found.unless(!is_there, || format!("{} imports a value", stack.path()));
        let exports = template.section_of(stack, "Outputs").any(|(_, output)| !output["Export"].is_null());
        found.unless(!exports, || format!("{} exports a value", stack.path()));
    }
}

/// Policies of what lasts name the account and AWS's services. Another principal may be one that does not exist yet, or one
/// that is another when it is made anew.
fn principals(template: &Template, id: &str, value: &Value, found: &mut Complaints) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| principals(template, id, value, found)),
        Value::Object(members) => {
            for (name, value) in members {
                if name == "Principal" || name == "NotPrincipal" {
                    let principal = template.plain(value);
                    let is_known = name == "Principal" && is_account_or_service(&principal);
                    found.unless(is_known, || format!("{id} of data.yaml has the principal {principal}"));
                } else {
                    principals(template, id, value, found);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn is_account_or_service(principal: &Value) -> bool {
    let Some(members) = principal.as_object().filter(|members| !members.is_empty()) else { return false };
    members.iter().all(|(kind, value)| {
        let named = texts(value);
        // What is no text is no name.
        let all_are_texts = value.as_array().is_none_or(|all| all.len() == named.len());
        all_are_texts
            && !named.is_empty()
            && named.iter().all(|name| match kind.as_str() {
                "AWS" => *name == "arn:aws:iam::111122223333:root",
                "Service" => name.ends_with(".amazonaws.com") && !name.contains('*'),
                _ => false,
            })
    })
}
