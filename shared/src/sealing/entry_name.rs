//! The name of an entry: which set of a key's values a secret belongs to.

use std::{fmt, str::FromStr};

use crate::ids::OrganizationId;

/// The entry that a field belongs to.
///
/// An organization's name starts with `org_`, so it can be neither of the two fixed names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryName {
    /// The entry of a key that is the same for everybody.
    Default,
    /// One organization's own values.
    Organization(OrganizationId),
    /// The secret headers of a key. Its field ids are the header names in lower case.
    Headers,
}

impl EntryName {
    /// The entry's name in JSON, in storage and in what is authenticated.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Default => "default",
            Self::Organization(organization) => organization.as_str(),
            Self::Headers => "#headers",
        }
    }
}

impl fmt::Display for EntryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is no entry's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be `default`, `#headers` or an organization such as `org_1`")]
pub struct UnknownEntryName;

impl FromStr for EntryName {
    type Err = UnknownEntryName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "default" => Ok(Self::Default),
            "#headers" => Ok(Self::Headers),
            organization => organization.parse().map(Self::Organization).map_err(|_| UnknownEntryName),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_name_reads_back_as_it_was_written() {
        for text in ["default", "#headers", "org_1", "org_default"] {
            assert_eq!(text.parse::<EntryName>().map(|name| name.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn other_names_are_refused() {
        for text in ["", "Default", "headers", "#HEADERS", "org_", "1", "default#CURRENT", "org_a#b"] {
            assert_eq!(text.parse::<EntryName>(), Err(UnknownEntryName), "{text}");
        }
    }
}
