//! What a merge patch (RFC 7396) says of one member: three states, so that `null` and an absent member differ.

/// What a patch says of one member.
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
    /// What becomes of what is stored.
    pub(crate) fn over(self, stored: Option<T>) -> Option<T> {
        match self {
            Self::Absent => stored,
            Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }
}
