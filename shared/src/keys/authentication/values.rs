//! The values that a template's texts are filled with.

use crate::{
    error::Error,
    interpolation::{Interpolation, MissingValue},
    secret::SecretText,
    system::{Chosen, Word},
};

/// The values of an entry, opened.
pub(super) struct Values<F>(pub(super) F);

impl<'v, F: Fn(&str) -> Option<&'v str>> Values<F> {
    pub(super) fn text(&self, text: &Interpolation) -> Result<String, Error> {
        text.render(&self.0).map_err(missing)
    }

    pub(super) fn secret(&self, text: &Interpolation) -> Result<SecretText, Error> {
        text.render_secret(&self.0).map_err(missing)
    }

    /// A parameter that is left out when its field has no value.
    pub(super) fn optional(&self, text: Option<&Interpolation>) -> Result<Option<SecretText>, Error> {
        let given = text.filter(|text| text.fields().all(|field| (self.0)(field).is_some()));
        given.map(|text| self.secret(text)).transpose()
    }

    /// Parameters by name.
    pub(super) fn parameters(
        &self,
        parameters: &[(String, Interpolation)],
    ) -> Result<Vec<(String, SecretText)>, Error> {
        parameters.iter().map(|(name, value)| Ok((name.clone(), self.secret(value)?))).collect()
    }

    pub(super) fn chosen<T: Word>(&self, chosen: &Chosen<T>) -> Result<T, Error> {
        chosen.resolve(&self.0).map_err(missing)
    }
}

/// A stored key has every value that its template asks for.
fn missing(_: MissingValue) -> Error {
    Error::KeyUnreadable
}
