//! Epochs: how often the tables were restored.
//!
//! A restore sets both tables back to an earlier moment. What was written after that moment and is gone, and what is
//! written later, have the same places and numbers. So the deployment enters a new epoch with each restore. The number
//! stands in both tables, and functions are told it. Every later audit entry has it, and records of requests from an
//! older epoch are ignored.

use std::{fmt, num::NonZeroU64, str::FromStr};

/// How often the tables were restored, plus one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Epoch(NonZeroU64);

impl Epoch {
    /// The epoch of tables that were never restored.
    pub const FIRST: Self = Self(NonZeroU64::MIN);

    /// The number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0.get()
    }
}

/// It is no number of an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number from 1")]
pub struct BadEpoch;

impl TryFrom<u64> for Epoch {
    type Error = BadEpoch;

    fn try_from(number: u64) -> Result<Self, BadEpoch> {
        NonZeroU64::new(number).map(Self).ok_or(BadEpoch)
    }
}

impl FromStr for Epoch {
    type Err = BadEpoch;

    fn from_str(text: &str) -> Result<Self, BadEpoch> {
        text.parse::<u64>().map_err(|_| BadEpoch)?.try_into()
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epochs_count_from_one() {
        assert_eq!("1".parse(), Ok(Epoch::FIRST));
        assert!("2".parse::<Epoch>().unwrap() > Epoch::FIRST);
        for text in ["0", "", "-1", "1.0", "one"] {
            assert_eq!(text.parse::<Epoch>(), Err(BadEpoch), "{text}");
        }
    }
}
