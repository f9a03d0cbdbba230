//! The two templates as they are written.

use serde_json::{Map, Value};

use crate::{Error, read};

/// The two templates: one for the data, and one that may be deleted and created again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stack {
    /// `data.yaml`: tables, KMS keys and the user pool.
    Data,
    /// `app.yaml`: functions and what surrounds them.
    App,
}

impl Stack {
    /// Both, in the order in which they are deployed.
    pub const BOTH: [Self; 2] = [Self::Data, Self::App];

    /// Where it stands.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Data => "infra/data.yaml",
            Self::App => "infra/app.yaml",
        }
    }
}

/// The deployed templates, or what they are after an edit. What is not asked of one of them is looked for in both: no name
/// of a resource is in both.
#[derive(Clone)]
pub struct Template {
    data: Written,
    app: Written,
}

/// One template, as text and as what the text says.
#[derive(Clone)]
struct Written {
    text: String,
    value: Value,
}

impl Template {
    /// The committed ones.
    ///
    /// # Errors
    ///
    /// When one cannot be read, or is no YAML.
    pub fn committed() -> Result<Self, Error> {
        Self::of(&read(Stack::Data.path())?, &read(Stack::App.path())?)
    }

    /// Templates of these texts: `data.yaml`, then `app.yaml`.
    ///
    /// # Errors
    ///
    /// When one is no YAML.
    pub fn of(data: &str, app: &str) -> Result<Self, Error> {
        let written = |stack: Stack, text: &str| match serde_saphyr::from_str(text) {
            Ok(value) => Ok(Written { text: text.to_owned(), value }),
            Err(error) => Err(Error::Yaml(stack.path(), Box::new(error))),
        };
        Ok(Self { data: written(Stack::Data, data)?, app: written(Stack::App, app)? })
    }

    const fn written(&self, stack: Stack) -> &Written {
        match stack {
            Stack::Data => &self.data,
            Stack::App => &self.app,
        }
    }

    const fn written_mut(&mut self, stack: Stack) -> &mut Written {
        match stack {
            Stack::Data => &mut self.data,
            Stack::App => &mut self.app,
        }
    }

    /// The text of one of them.
    #[must_use]
    pub fn source(&self, stack: Stack) -> &str {
        &self.written(stack).text
    }

    /// The text of one of them, to be edited. What it says stays as it was read.
    pub const fn edit_source(&mut self, stack: Stack) -> &mut String {
        &mut self.written_mut(stack).text
    }

    /// One of them.
    #[must_use]
    pub const fn stack(&self, stack: Stack) -> &Value {
        &self.written(stack).value
    }

    /// One of them, to be edited.
    pub const fn edit(&mut self, stack: Stack) -> &mut Value {
        &mut self.written_mut(stack).value
    }

    /// A section of one of them, such as `Outputs`.
    pub fn section_of(&self, stack: Stack, name: &str) -> impl Iterator<Item = (&str, &Value)> {
        let members: Option<&Map<String, Value>> = self.stack(stack)[name].as_object();
        members.into_iter().flatten().map(|(id, value)| (id.as_str(), value))
    }

    /// A section of both.
    pub fn section(&self, name: &str) -> impl Iterator<Item = (&str, &Value)> {
        Stack::BOTH.into_iter().flat_map(move |stack| self.section_of(stack, name))
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

    /// Where a resource is.
    #[must_use]
    pub fn home(&self, id: &str) -> Option<Stack> {
        Stack::BOTH.into_iter().find(|stack| !self.stack(*stack)["Resources"][id].is_null())
    }

    /// A resource; null when there is none.
    #[must_use]
    pub fn resource(&self, id: &str) -> &Value {
        &self.stack(self.home(id).unwrap_or(Stack::App))["Resources"][id]
    }

    /// A resource's properties; null when there are none.
    #[must_use]
    pub fn properties(&self, id: &str) -> &Value {
        &self.resource(id)["Properties"]
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
