//! What the domain needs from outside. One trait for each capability: a function that is not handed one cannot
//! do what it stands for.

use jiff::Timestamp;

/// The time.
pub trait Clock: Send + Sync {
    /// This moment.
    fn now(&self) -> Timestamp;
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
}

impl<T: Random> Random for &T {
    fn fill(&self, bytes: &mut [u8]) {
        (**self).fill(bytes);
    }
}
