//! Whether a key is for real business or for trying things out.

use std::{fmt, str::FromStr};

/// The environment that a key, an endpoint or a machine client belongs to. The two never mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Environment {
    /// Production systems of a customer.
    Live,
    /// Anything else: staging shops, sandboxes.
    Test,
}

impl Environment {
    /// Both environments, in the order in which they are listed.
    pub const ALL: [Self; 2] = [Self::Live, Self::Test];

    /// The word used in JSON, in claims and in storage.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Test => "test",
        }
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is neither `live` nor `test`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be `live` or `test`")]
pub struct UnknownEnvironment;

impl FromStr for Environment {
    type Err = UnknownEnvironment;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "live" => Ok(Self::Live),
            "test" => Ok(Self::Test),
            _ => Err(UnknownEnvironment),
        }
    }
}
