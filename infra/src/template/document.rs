//! The template as it is written.

use serde_json::Value;

use crate::{Error, read};

/// The deployed template, or one that a fault was put into.
#[derive(Clone)]
pub struct Template(Value);

impl Template {
    /// The one that is deployed.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is no YAML.
    pub fn committed() -> Result<Self, Error> {
        const PATH: &str = "infra/template.yaml";
        let value =
            serde_saphyr::from_str(&read(PATH)?).map_err(|error| Error::Yaml(PATH, Box::new(error)))?;
        Ok(Self(value))
    }

    /// A section, such as `Outputs`.
    pub fn section(&self, name: &str) -> impl Iterator<Item = (&str, &Value)> {
        self.0[name].as_object().into_iter().flatten().map(|(id, value)| (id.as_str(), value))
    }

    /// Every resource by its logical id.
    pub fn resources(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.section("Resources")
    }

    /// The resources of a type, with their properties.
    pub fn of_type(&self, kind: &str) -> impl Iterator<Item = (&str, &Value)> {
        let is_it = move |(_, resource): &(&str, &Value)| resource["Type"] == kind;
        self.resources().filter(is_it).map(|(id, resource)| (id, &resource["Properties"]))
    }

    /// A resource; null when there is none.
    #[must_use]
    pub fn resource(&self, id: &str) -> &Value {
        &self.0["Resources"][id]
    }

    /// A resource's properties; null when there are none.
    #[must_use]
    pub fn properties(&self, id: &str) -> &Value {
        &self.resource(id)["Properties"]
    }

    /// The whole of it, to be edited.
    pub const fn whole(&mut self) -> &mut Value {
        &mut self.0
    }
}

/// The logical id of a plain `Ref` or `Fn::GetAtt`, with the attribute.
#[must_use]
pub fn leads_to(value: &Value) -> Option<(&str, Option<&str>)> {
    match value["Ref"].as_str() {
        Some(id) => Some((id, None)),
        None => Some((value["Fn::GetAtt"][0].as_str()?, Some(value["Fn::GetAtt"][1].as_str()?))),
    }
}

/// One text or a list of texts.
#[must_use]
pub fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(values) => values.iter().filter_map(Value::as_str).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    }
}
