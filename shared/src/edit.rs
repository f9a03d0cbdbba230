//! One member of a merge patch (RFC 7396). It has three states, so that `null` and an absent member differ.

/// One member of a patch.
#[derive(Default)]
pub enum Edit<T> {
    /// Nothing: it stays.
    #[default]
    Absent,
    /// `null`: it goes.
    Clear,
    /// A value: it becomes this.
    Set(T),
}

impl<T> Edit<T> {
    /// The stored value after the edit.
    pub(crate) fn over(self, stored: Option<T>) -> Option<T> {
        match self {
            Self::Absent => stored,
            Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }
}
