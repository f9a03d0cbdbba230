//! The values that a strategy's texts are filled with.

use std::marker::PhantomData;

use crate::{
    interpolation::{Interpolation, MissingValue},
    secret::SecretText,
};

/// The values of a key's fields: a secret's value is there once it is opened.
pub trait Values {
    /// A field's value.
    fn get(&self, field: &str) -> Option<&str>;

    /// A text with the values in their places.
    ///
    /// # Errors
    ///
    /// [`MissingValue`] for the first field without a value.
    fn text(&self, text: &Interpolation) -> Result<String, MissingValue> {
        text.render(|field| self.get(field))
    }

    /// A text that holds a secret.
    ///
    /// # Errors
    ///
    /// [`MissingValue`] for the first field without a value.
    fn secret(&self, text: &Interpolation) -> Result<SecretText, MissingValue> {
        text.render_secret(|field| self.get(field))
    }

    /// A text that is left out when one of its fields has no value.
    fn optional(&self, text: Option<&Interpolation>) -> Option<SecretText> {
        text.and_then(|text| self.secret(text).ok())
    }

    /// The same for a text that holds no secret.
    fn plain(&self, text: Option<&Interpolation>) -> Option<String> {
        text.and_then(|text| self.text(text).ok())
    }
}

/// Values that a function looks up.
pub struct Lookup<'v, F>(F, PhantomData<&'v str>);

impl<'v, F: Fn(&str) -> Option<&'v str>> Lookup<'v, F> {
    /// Values that `get` looks up.
    pub const fn new(get: F) -> Self {
        Self(get, PhantomData)
    }
}

impl<'v, F: Fn(&str) -> Option<&'v str>> Values for Lookup<'v, F> {
    fn get(&self, field: &str) -> Option<&str> {
        (self.0)(field)
    }
}
