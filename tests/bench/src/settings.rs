//! The environment variables that choose what a bench does.

use std::time::Duration;

use crate::Failed;

/// The value of a variable; `None` where it is not set, or empty.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "a bench has no configuration but its environment")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The words of a variable, or of its default.
#[must_use]
pub fn words(name: &str, default: &str) -> Vec<String> {
    let given = variable(name).unwrap_or_else(|| default.to_owned());
    given.split_whitespace().map(str::to_owned).collect()
}

/// The number that a variable is, or its default.
///
/// # Errors
///
/// When it is no number above 0.
pub fn number(name: &str, default: usize) -> Result<usize, Failed> {
    match variable(name) {
        None => Ok(default),
        Some(text) => match text.parse() {
            Ok(number) if number > 0 => Ok(number),
            Ok(_) | Err(_) => Err(format!("{name} is a number above 0").into()),
        },
    }
}

/// The seconds that a variable says, or its default.
///
/// # Errors
///
/// When it is no number above 0.
pub fn seconds(name: &str, default: usize) -> Result<Duration, Failed> {
    Ok(Duration::from_secs(u64::try_from(number(name, default)?)?))
}
