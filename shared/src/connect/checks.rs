//! What a connection is checked for: all of it, always. Tests alone can leave one check out, to show what it is for.

/// A check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    /// The browser that comes back is the one that began.
    Browser,
    /// It comes to the address of the app that was asked.
    App,
    /// Who answers is who was asked (RFC 9207 §2.4).
    Issuer,
    /// The address where people consent has the challenge of a proof key (RFC 7636 §4.3).
    Challenge,
    /// The proof key goes with the code (RFC 7636 §4.5).
    Verifier,
    /// The account is the one that was connected before.
    Identity,
}

/// The checks that are made.
///
/// Outside of tests there is one value of this type.
#[derive(Debug, Clone, Copy)]
pub struct Checks {
    #[cfg(test)]
    without: Option<Check>,
}

impl Checks {
    /// All of them.
    pub const ALL: Self = Self {
        #[cfg(test)]
        without: None,
    };

    /// All but one.
    #[cfg(test)]
    pub(super) const fn without(check: Check) -> Self {
        Self { without: Some(check) }
    }

    #[cfg(not(test))]
    pub(super) const fn makes(self, _: Check) -> bool {
        true
    }

    #[cfg(test)]
    pub(super) fn makes(self, check: Check) -> bool {
        self.without != Some(check)
    }
}
