//! The templates as CloudFormation reads them with given parameters: without conditions, and without what they leave out.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Stack, Template};
use crate::{Error, read};

/// Where the samples stand.
const SAMPLES: &str = "infra/samples.json";

/// Values of parameters.
pub type Parameters = BTreeMap<String, String>;

/// Parameters that belong together, with values as a deployment might have them.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Sample {
    /// What they are for.
    pub what: String,
    /// Parameters of `data.yaml`.
    #[serde(default)]
    pub data: Parameters,
    /// Parameters of `app.yaml`.
    #[serde(default)]
    pub app: Parameters,
}

impl Sample {
    /// Every sample. Other people's rules are tried with the same ones (`infra/check.py`).
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or is not of this form.
    pub fn all() -> Result<Vec<Self>, Error> {
        serde_json::from_str(&read(SAMPLES)?).map_err(|_| Error::Json(SAMPLES))
    }

    /// All samples together.
    ///
    /// # Errors
    ///
    /// The same.
    pub fn together() -> Result<Self, Error> {
        let mut together = Self { what: "all together".to_owned(), ..Self::default() };
        for sample in Self::all()? {
            together.data.extend(sample.data);
            together.app.extend(sample.app);
        }
        Ok(together)
    }

    const fn of(&self, stack: Stack) -> &Parameters {
        match stack {
            Stack::Data => &self.data,
            Stack::App => &self.app,
        }
    }
}

impl Template {
    /// The templates with these parameters, and the defaults of all others.
    #[must_use]
    pub fn given(&self, sample: &Sample) -> Self {
        let mut template = self.clone();
        for stack in Stack::BOTH {
            let parameters = &mut template.edit(stack)["Parameters"];
            for (name, value) in sample.of(stack) {
                parameters[name]["Default"] = json!(value);
            }
        }
        for stack in Stack::BOTH {
            let holding = template.holding(stack);
            let whole = template.edit(stack);
            for section in ["Resources", "Outputs"] {
                if let Some(members) = whole[section].as_object_mut() {
                    members.retain(|_, member| {
                        member["Condition"].as_str().is_none_or(|name| holding.contains(name))
                    });
                    members
                        .values_mut()
                        .filter_map(Value::as_object_mut)
                        .for_each(|member| drop(member.remove("Condition")));
                }
                let decided = decided(&whole[section], &holding);
                whole[section] = decided.unwrap_or_default();
            }
        }
        template
    }

    /// What CloudFormation answers where these parameters break a rule of the template: the rule's sentence.
    #[must_use]
    pub fn refusals(&self, sample: &Sample) -> Vec<String> {
        let given = self.given(sample);
        let mut found = Vec::new();
        for stack in Stack::BOTH {
            let rules = given.section_of(stack, "Rules");
            let assertions = rules.filter_map(|(_, rule)| rule["Assertions"].as_array()).flatten();
            let broken = assertions.filter(|assertion| !given.holds(stack, &assertion["Assert"]));
            found.extend(broken.map(|assertion| given.text(&assertion["AssertDescription"])));
        }
        found
    }

    /// The value that a parameter has.
    #[must_use]
    pub fn parameter_value(&self, name: &str) -> String {
        self.text(&json!({ "Ref": name }))
    }

    /// The names of the conditions that hold.
    fn holding(&self, stack: Stack) -> BTreeSet<String> {
        let conditions = self.section_of(stack, "Conditions");
        conditions
            .filter(|(_, condition)| self.holds(stack, condition))
            .map(|(name, _)| name.to_owned())
            .collect()
    }

    fn holds(&self, stack: Stack, condition: &Value) -> bool {
        let parts = |name: &str| condition[name].as_array().map(Vec::as_slice);
        let each = |part: &Value| self.holds(stack, part);
        if let Some(name) = condition["Condition"].as_str() {
            return self.holds(stack, &self.stack(stack)["Conditions"][name]);
        }
        if let Some([left, right]) = parts("Fn::Equals") {
            return self.text(left) == self.text(right);
        }
        match (parts("Fn::Not"), parts("Fn::And"), parts("Fn::Or")) {
            (Some([part]), _, _) => !each(part),
            (_, Some(all), _) => all.iter().all(each),
            (_, _, Some(any)) => any.iter().any(each),
            _ => false,
        }
    }
}

/// A value without `Fn::If`; `None` for one that CloudFormation leaves out.
fn decided(value: &Value, holding: &BTreeSet<String>) -> Option<Value> {
    match value {
        Value::Object(members) => match members.get("Fn::If").and_then(Value::as_array).map(Vec::as_slice) {
            Some([Value::String(condition), yes, no]) => {
                decided(if holding.contains(condition) { yes } else { no }, holding)
            }
            Some(_) | None if members.get("Ref").is_some_and(|name| name == "AWS::NoValue") => None,
            Some(_) | None => {
                let kept =
                    members.iter().filter_map(|(name, value)| Some((name.clone(), decided(value, holding)?)));
                Some(Value::Object(kept.collect::<Map<_, _>>()))
            }
        },
        Value::Array(values) => Some(values.iter().filter_map(|value| decided(value, holding)).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Some(value.clone()),
    }
}
