//! The two ways in which setting something can end well.

/// The outcome of setting something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Set<T> {
    /// It was not there before.
    Made(T),
    /// It was, and is now as asked.
    Kept(T),
}
