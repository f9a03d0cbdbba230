//! The version of a stored thing: it counts changes, and a caller says with it which state they have seen.

use crate::error::Error;

/// A version as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version(u64);

impl Version {
    /// The version with this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Refuses a caller who has seen another version.
    ///
    /// # Errors
    ///
    /// [`Error::StaleVersion`] with the version as it is stored.
    pub const fn expect(self, seen: u64) -> Result<(), Error> {
        if self.0 == seen { Ok(()) } else { Err(Error::StaleVersion { current: self.0 }) }
    }

    /// Refuses a request that names another version. A request that names no version is not refused.
    ///
    /// # Errors
    ///
    /// [`Error::StaleVersion`] with the version as it is stored.
    pub const fn expect_if_told(self, seen: Option<u64>) -> Result<(), Error> {
        match seen {
            Some(seen) => self.expect(seen),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_stored_version_is_accepted_and_the_refusal_names_it() {
        assert!(Version::new(2).expect(2).is_ok());
        for seen in [0, 1, 3] {
            let refused = Version::new(2).expect(seen);
            assert!(matches!(refused, Err(Error::StaleVersion { current: 2 })), "{seen}");
        }
    }

    #[test]
    fn a_caller_who_names_no_version_is_not_refused() {
        assert!(Version::new(2).expect_if_told(None).is_ok());
        assert!(matches!(Version::new(2).expect_if_told(Some(1)), Err(Error::StaleVersion { current: 2 })));
    }
}
