//! When each function looks at its caller's rows. A token says what the rows said when it was made, up to 15 minutes ago.

use super::{Function, FunctionName, changes};

/// When a function looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Before the change, and again in its transaction: a right that is lost changes nothing from then on.
    InTheTransaction,
    /// In the batch that reads the key, so that it takes no more time: a right that is lost uses nothing from then on.
    WithTheKey,
    /// Once in a minute for each caller and process: a right that is lost shows nothing a minute later.
    Lately,
    /// It does not look: why.
    Never(&'static str),
}

/// The functions with a token that do not look.
const NEVER: &[(FunctionName, &str)] = &[
    (FunctionName::ListSystems, "It shows the library, which is the same for everybody."),
    (FunctionName::GetSystem, "It shows the library, which is the same for everybody."),
];

/// When this function looks.
#[must_use]
pub fn of(function: &Function) -> Look {
    let never = NEVER.iter().find(|(name, _)| *name == function.name);
    if let Some((_, why)) = never {
        Look::Never(why)
    } else if changes::of_function(function.name).is_some() {
        Look::InTheTransaction
    } else if function.unwraps() {
        Look::WithTheKey
    } else {
        Look::Lately
    }
}
