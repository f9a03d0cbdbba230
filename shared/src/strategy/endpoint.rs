//! The address of a token or SOAP service.

use serde::Deserialize;

use crate::interpolation::{Interpolation, InterpolationError};

/// Where a service is.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Endpoint {
    /// An address of its own.
    Absolute(Interpolation),
    /// A path below the base address; empty for the base address itself.
    BelowBase(String),
}

impl Endpoint {
    /// The whole address; `None` for a path below the base address.
    #[must_use]
    pub const fn absolute(&self) -> Option<&Interpolation> {
        match self {
            Self::Absolute(address) => Some(address),
            Self::BelowBase(_) => None,
        }
    }
}

impl TryFrom<String> for Endpoint {
    type Error = InterpolationError;

    /// `./` stands for the base address.
    fn try_from(text: String) -> Result<Self, InterpolationError> {
        match text.strip_prefix("./") {
            Some(path) => Ok(Self::BelowBase(path.to_owned())),
            None => text.parse().map(Self::Absolute),
        }
    }
}
