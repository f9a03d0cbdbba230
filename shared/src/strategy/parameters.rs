//! The parameters of a strategy, as the template names them, and what each is for.

use serde::de::DeserializeOwned;

use super::{Chosen, Endpoint};
use crate::interpolation::Interpolation;

/// The parameters that a template has given, in order.
#[derive(Default)]
pub struct Parameters<'s>(Vec<Parameter<'s>>);

/// One parameter.
#[derive(Clone, Copy)]
pub struct Parameter<'s> {
    /// Its name in the template. Signing complains about a value under the same name.
    pub name: &'static str,
    /// The kind of its content.
    pub holds: Holds<'s>,
}

/// The kind of a parameter's content.
#[derive(Clone, Copy)]
pub enum Holds<'s> {
    /// Public text, such as a header's name. It contains no secret field.
    Public(&'s Interpolation),
    /// Text that is sent as it is, beside a signature. A secret field in it is shown.
    Sent(&'s Interpolation),
    /// Text that is signed with, or that a strategy sends which reveals anyway.
    Secret(&'s Interpolation),
    /// The address of a service.
    Address(&'s Endpoint),
    /// The field in which one of a few words is chosen.
    Choice {
        /// The field.
        field: &'s str,
        /// The fault of a word, if it has one.
        complaint: fn(&str) -> Option<String>,
    },
}

impl<'s> Holds<'s> {
    /// The text with places, if it is one.
    #[must_use]
    pub const fn text(self) -> Option<&'s Interpolation> {
        match self {
            Self::Public(text)
            | Self::Sent(text)
            | Self::Secret(text)
            | Self::Address(Endpoint::Absolute(text)) => Some(text),
            Self::Address(Endpoint::BelowBase(_)) | Self::Choice { .. } => None,
        }
    }
}

impl<'s> Parameters<'s> {
    /// Adds a [`Holds::Public`], if it is there.
    #[must_use]
    pub fn public(self, name: &'static str, text: impl Into<Option<&'s Interpolation>>) -> Self {
        self.add(name, text.into().map(Holds::Public))
    }

    /// Adds a [`Holds::Sent`], if it is there.
    #[must_use]
    pub fn sent(self, name: &'static str, text: impl Into<Option<&'s Interpolation>>) -> Self {
        self.add(name, text.into().map(Holds::Sent))
    }

    /// Adds a [`Holds::Secret`], if it is there.
    #[must_use]
    pub fn secret(self, name: &'static str, text: impl Into<Option<&'s Interpolation>>) -> Self {
        self.add(name, text.into().map(Holds::Secret))
    }

    /// Adds a [`Holds::Address`].
    #[must_use]
    pub fn address(self, name: &'static str, endpoint: &'s Endpoint) -> Self {
        self.add(name, Some(Holds::Address(endpoint)))
    }

    /// Adds a [`Holds::Choice`], if the template leaves the choice to a field.
    #[must_use]
    pub fn choice<T: DeserializeOwned + Copy>(self, name: &'static str, chosen: &'s Chosen<T>) -> Self {
        let holds = match chosen {
            Chosen::Fixed(_) => None,
            Chosen::Field(field) => Some(Holds::Choice { field, complaint: Chosen::<T>::complaint }),
        };
        self.add(name, holds)
    }

    fn add(mut self, name: &'static str, holds: Option<Holds<'s>>) -> Self {
        self.0.extend(holds.map(|holds| Parameter { name, holds }));
        self
    }

    /// The parameters.
    pub fn iter(&self) -> impl Iterator<Item = Parameter<'s>> {
        self.0.iter().copied()
    }

    /// The texts that are sent as they are, beside a signature.
    pub fn sent_texts(&self) -> impl Iterator<Item = &'s Interpolation> {
        self.iter().filter_map(|parameter| match parameter.holds {
            Holds::Sent(text) => Some(text),
            Holds::Public(_) | Holds::Secret(_) | Holds::Address(_) | Holds::Choice { .. } => None,
        })
    }

    /// The first field that a parameter takes its value from.
    #[must_use]
    pub fn field_of(&self, name: &str) -> Option<&'s str> {
        self.iter().filter(|parameter| parameter.name == name).find_map(|parameter| match parameter.holds {
            Holds::Public(text) | Holds::Sent(text) | Holds::Secret(text) => text.fields().next(),
            Holds::Address(Endpoint::Absolute(text)) => text.fields().next(),
            Holds::Address(Endpoint::BelowBase(_)) => None,
            Holds::Choice { field, .. } => Some(field),
        })
    }
}
