//! Headers that a template adds to requests: the version of an API, a media type, a public value of the key.

use crate::{
    interpolation::Interpolation,
    signing::{Owned, Sets},
};

/// A header that requests of a key carry beside those of the authentication. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConstantHeader {
    pub(super) name: String,
    pub(super) value: Interpolation,
    pub(super) standing: Standing,
}

/// Whether a key or a request may bring another value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// No: every request carries the template's.
    Constant,
    /// Yes: the template's is for requests that bring none.
    Default,
}

impl ConstantHeader {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its value, with places for public fields.
    #[must_use]
    pub const fn value(&self) -> &Interpolation {
        &self.value
    }

    /// Whether a key or a request may bring another value.
    #[must_use]
    pub const fn standing(&self) -> Standing {
        self.standing
    }

    /// Whether it is the header of this name.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// What it keeps for itself in a request.
    #[must_use]
    pub fn owned(&self) -> Owned {
        let sets = match self.standing {
            Standing::Constant => Sets::Always,
            Standing::Default => Sets::IfAbsent,
        };
        Owned::header(self.name.as_str(), sets)
    }

    /// The value to send. A header is left out if a field in it has no value.
    pub fn render<'v>(&self, values: impl Fn(&str) -> Option<&'v str>) -> Option<String> {
        self.value.render(values).ok()
    }
}
