//! Time and randomness: the two things that every use case would otherwise take from the machine it runs on.

use jiff::Timestamp;

use crate::epoch::Epoch;

/// The time.
pub trait Clock: Send + Sync {
    /// This moment.
    fn now(&self) -> Timestamp;

    /// The epoch of the tables: times before a restore and after it do not follow from each other.
    fn epoch(&self) -> Epoch {
        Epoch::FIRST
    }
}

/// Unpredictable bytes.
///
/// # Security
///
/// Every implementation outside tests must be a cryptographically secure generator: message ids, nonces and
/// identifiers come from here.
pub trait Random: Send + Sync {
    /// Fills the whole of `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

impl<T: Clock> Clock for &T {
    fn now(&self) -> Timestamp {
        (**self).now()
    }

    fn epoch(&self) -> Epoch {
        (**self).epoch()
    }
}

impl<T: Random> Random for &T {
    fn fill(&self, bytes: &mut [u8]) {
        (**self).fill(bytes);
    }
}

impl<C, R> Clone for Moment<'_, C, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C, R> Copy for Moment<'_, C, R> {}

/// The ports that give a change its time and its identifiers.
pub struct Moment<'a, C, R> {
    /// The time.
    pub clock: &'a C,
    /// Where identifiers and message ids come from.
    pub random: &'a R,
}
