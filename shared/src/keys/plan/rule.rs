//! What one value must be, whether it stands in a field or in a header.

use super::HintRule;
use crate::{
    keys::{draft::Visibility, header, key::SecretMark},
    sealing::EntryName,
    system::FieldTemplate,
};

/// Where a value stands.
pub(super) struct Slot {
    pub(super) at: String,
    pub(super) entry: EntryName,
    pub(super) field: String,
    pub(super) stored: Option<SecretMark>,
}

/// A rule for a value.
#[derive(Clone, Copy)]
pub(super) enum Rule<'a> {
    Field(&'a FieldTemplate),
    Header { visibility: Visibility, choices: Option<&'a [String]> },
}

impl Rule<'_> {
    pub(super) fn visibility(self) -> Visibility {
        match self {
            Self::Field(field) if field.secret() => Visibility::Secret,
            Self::Field(_) => Visibility::Public,
            Self::Header { visibility, .. } => visibility,
        }
    }

    pub(super) fn hint(self) -> HintRule {
        match self {
            Self::Field(field) if field.hint() => HintRule::LastFour,
            Self::Field(_) | Self::Header { .. } => HintRule::Nothing,
        }
    }

    pub(super) fn check(self, value: &str) -> Result<(), String> {
        match self {
            Self::Field(field) => field.check(value).map_err(|error| error.to_string()),
            Self::Header { choices: Some(choices), .. } if !choices.iter().any(|choice| choice == value) => {
                Err(format!("must be one of {}", choices.join(", ")))
            }
            Self::Header { visibility, .. } => {
                header::check_value(value, visibility).map_err(|error| error.to_string())
            }
        }
    }
}
