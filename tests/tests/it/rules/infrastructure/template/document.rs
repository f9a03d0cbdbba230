//! The template as it is written.

use std::{fs, path::Path, sync::LazyLock};

use serde_json::Value;

/// The deployed template, or one that a fault was put into.
#[derive(Clone)]
pub(crate) struct Template(Value);

impl Template {
    /// The one that is deployed.
    pub(crate) fn ours() -> Self {
        static OURS: LazyLock<Value> = LazyLock::new(|| {
            let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/template.yaml"));
            let text = fs::read_to_string(path).expect("infra/template.yaml");
            serde_saphyr::from_str(&text).expect("YAML")
        });
        Self(OURS.clone())
    }

    /// A section, such as `Outputs`.
    pub(crate) fn section(&self, name: &str) -> impl Iterator<Item = (&str, &Value)> {
        self.0[name].as_object().into_iter().flatten().map(|(id, value)| (id.as_str(), value))
    }

    /// Every resource by its logical id.
    pub(crate) fn resources(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.section("Resources")
    }

    /// The resources of a type, with their properties.
    pub(crate) fn of_type(&self, kind: &str) -> impl Iterator<Item = (&str, &Value)> {
        let is_it = move |(_, resource): &(&str, &Value)| resource["Type"] == kind;
        self.resources().filter(is_it).map(|(id, resource)| (id, &resource["Properties"]))
    }

    /// A resource; null when there is none.
    pub(crate) fn resource(&self, id: &str) -> &Value {
        &self.0["Resources"][id]
    }

    /// A resource's properties; null when there are none.
    pub(crate) fn properties(&self, id: &str) -> &Value {
        &self.resource(id)["Properties"]
    }

    /// The whole of it, to be edited.
    pub(crate) const fn whole(&mut self) -> &mut Value {
        &mut self.0
    }
}

/// The logical id of a plain `Ref` or `Fn::GetAtt`, with the attribute.
pub(crate) fn leads_to(value: &Value) -> Option<(&str, Option<&str>)> {
    match value["Ref"].as_str() {
        Some(id) => Some((id, None)),
        None => Some((value["Fn::GetAtt"][0].as_str()?, Some(value["Fn::GetAtt"][1].as_str()?))),
    }
}

/// One text or a list of texts.
pub(crate) fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(values) => values.iter().filter_map(Value::as_str).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    }
}
