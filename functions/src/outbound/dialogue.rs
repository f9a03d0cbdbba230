//! The common part of the dialogues with customers' servers.

use keyward_shared::outbound::{LoginError, OutboundError};

use super::lines::Broken;

/// How a dialogue ended without a login.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// With a reason.
    For(LoginError),
    /// In the middle: the server hung up, or spoke something else.
    Broken,
}

impl From<LoginError> for Ended {
    fn from(error: LoginError) -> Self {
        Self::For(error)
    }
}

impl From<OutboundError> for Ended {
    fn from(error: OutboundError) -> Self {
        Self::For(error.into())
    }
}

impl From<Broken> for Ended {
    fn from(Broken: Broken) -> Self {
        Self::Broken
    }
}

/// A directory that a server named, if it can be shown: short, and without control characters.
pub(crate) fn place(directory: &str) -> Option<String> {
    /// About what fits on a line of a page.
    const MAX_CHARS: usize = 200;
    let fits = (1..=MAX_CHARS).contains(&directory.chars().count());
    (fits && !directory.contains(char::is_control)).then(|| directory.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_short_line_is_shown_as_a_place() {
        for (directory, shown) in
            [("/", true), ("/ä b", true), ("", false), ("/a\nb", false), ("/\u{9b}1m", false)]
        {
            assert_eq!(place(directory).is_some(), shown, "{directory:?}");
        }
        assert_eq!(place(&"a".repeat(201)), None);
    }
}
