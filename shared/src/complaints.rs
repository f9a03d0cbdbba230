//! Everything that is wrong with a request, collected, so that the caller is told all of it at once.

use std::str::FromStr;

use crate::error::{Error, InvalidField};

/// The complaints, in the order in which they are reported.
#[derive(Default)]
pub struct Complaints(Vec<InvalidField>);

/// A complaint was made. The reason is with the [`Complaints`]; this only stands where a value would.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Complained(());

impl Complaints {
    /// Complains about a field.
    pub fn complain(&mut self, field: impl Into<String>, reason: impl ToString) -> Complained {
        self.add(InvalidField::new(field, reason))
    }

    /// Adds a complaint that was made elsewhere.
    pub fn add(&mut self, complaint: InvalidField) -> Complained {
        self.0.push(complaint);
        Complained(())
    }

    /// The value, or a complaint about the field that it was read from.
    ///
    /// # Errors
    ///
    /// [`Complained`] where there is no value.
    pub fn take<T, E: ToString>(
        &mut self,
        field: impl Into<String>,
        value: Result<T, E>,
    ) -> Result<T, Complained> {
        value.map_err(|reason| self.complain(field, reason))
    }

    /// The value that a text says, or a complaint about the field that it stands in.
    ///
    /// # Errors
    ///
    /// [`Complained`] where the text says no value.
    pub fn parse<T: FromStr<Err: ToString>>(
        &mut self,
        field: impl Into<String>,
        text: &str,
    ) -> Result<T, Complained> {
        self.take(field, text.parse())
    }

    /// How many complaints there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The result of `made`, if there are no complaints.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidFields`] with all complaints.
    pub fn settle<T>(self, made: impl FnOnce() -> Result<T, Complained>) -> Result<T, Error> {
        match made() {
            Ok(made) if self.0.is_empty() => Ok(made),
            Ok(_) | Err(Complained(())) => Err(Error::InvalidFields(self.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(first: &str, second: &str) -> Result<u8, Error> {
        let mut complaints = Complaints::default();
        let first = complaints.parse::<u8>("first", first);
        let second = complaints.take("second", second.parse::<u8>());
        complaints.settle(|| Ok(first? + second?))
    }

    #[test]
    fn values_without_a_complaint_make_the_whole() {
        assert_eq!(settled("1", "2").unwrap(), 3);
    }

    #[test]
    fn all_complaints_are_told_in_the_order_in_which_they_were_made() {
        let Err(Error::InvalidFields(told)) = settled("x", "y") else { panic!("both are wrong") };
        assert_eq!(
            told.iter().map(|complaint| complaint.field.as_str()).collect::<Vec<_>>(),
            ["first", "second"]
        );
    }

    #[test]
    fn a_complaint_about_no_value_in_particular_refuses_the_whole() {
        let mut complaints = Complaints::default();
        complaints.complain("whole", "does not fit");
        assert!(matches!(complaints.settle(|| Ok(())), Err(Error::InvalidFields(told)) if told.len() == 1));
    }
}
