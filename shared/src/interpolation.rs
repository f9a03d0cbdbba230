//! Text of a template that takes in field values: `Bearer {access_token}`.

mod form;

use std::{fmt, str::FromStr};

use serde::Deserialize;
use zeroize::Zeroizing;

pub use self::form::Form;

use crate::secret::SecretText;

/// Text with places for field values, written `{field_id}` or `{field_id|form}`. It has no other syntax: a
/// brace cannot be written literally, and values are never searched for further places.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Interpolation {
    parts: Vec<Part>,
}

/// One stretch of an [`Interpolation`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Text that stands for itself.
    Text(String),
    /// The place of a field's value.
    Field {
        /// The field's id.
        id: String,
        /// How its value is written there.
        form: Form,
    },
}

/// The text is no interpolation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InterpolationError {
    /// A brace has no partner.
    #[error("has a brace without its partner")]
    Brace,
    /// A place names no field.
    #[error("has a place that names no field")]
    Nameless,
    /// A place asks for a form that does not exist.
    #[error(
        "has a place with an unknown form: must be one of `dns-label`, `lower`, `upper`, `base64`, `sha256`, `url`, as in `{{field|lower}}`"
    )]
    UnknownForm,
}

/// A field that the text needs has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the field `{0}` has no value")]
pub struct MissingValue(String);

impl MissingValue {
    /// A complaint about this field.
    #[must_use]
    pub fn of(field: &str) -> Self {
        Self(field.to_owned())
    }

    /// The field's id.
    #[must_use]
    pub fn field(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Interpolation {
    /// As it stands in the template.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts.iter().try_for_each(|part| match part {
            Part::Text(text) => f.write_str(text),
            Part::Field { id, form } => match form.name() {
                None => write!(f, "{{{id}}}"),
                Some(name) => write!(f, "{{{id}|{name}}}"),
            },
        })
    }
}

/// A piece of a rendered text.
enum Piece<'p> {
    Borrowed(&'p str),
    Computed(Zeroizing<String>),
}

impl Piece<'_> {
    fn as_str(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Computed(text) => text,
        }
    }
}

impl Interpolation {
    /// A field's value as it is, and nothing else.
    #[must_use]
    pub fn of_field(id: &str) -> Self {
        Self { parts: vec![Part::Field { id: id.to_owned(), form: Form::AsIs }] }
    }

    /// The stretches, in order.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The text, if it has no places.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part::Text(text)] => Some(text),
            [] => Some(""),
            _ => None,
        }
    }

    /// The ids of the fields that it takes in, in order, a repeated one as often as it stands.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Text(_) => None,
            Part::Field { id, .. } => Some(id.as_str()),
        })
    }

    /// The text with the values in their places. Values are not escaped: code that renders into a URL, a
    /// header or a body must escape the result as needed there.
    ///
    /// # Errors
    ///
    /// [`MissingValue`] for the first field without a value.
    pub fn render<'v>(&self, values: impl Fn(&str) -> Option<&'v str>) -> Result<String, MissingValue> {
        let mut pieces = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            pieces.push(match part {
                Part::Text(text) => Piece::Borrowed(text),
                Part::Field { id, form } => {
                    let value = values(id).ok_or_else(|| MissingValue::of(id))?;
                    match form {
                        Form::AsIs => Piece::Borrowed(value),
                        Form::DnsLabel
                        | Form::Lower
                        | Form::Upper
                        | Form::Base64
                        | Form::Sha256
                        | Form::Url => Piece::Computed(form.write(value)),
                    }
                }
            });
        }
        // The right size at once, so that no grown-out-of copy of a secret stays behind in memory.
        let mut rendered = String::with_capacity(pieces.iter().map(|piece| piece.as_str().len()).sum());
        pieces.iter().for_each(|piece| rendered.push_str(piece.as_str()));
        Ok(rendered)
    }

    /// The values of these fields as the text computes them, where that is another form than the value itself.
    pub fn computed<'v>(
        &self,
        values: impl Fn(&str) -> Option<&'v str>,
    ) -> impl Iterator<Item = Zeroizing<String>> {
        self.parts.iter().filter_map(move |part| match part {
            Part::Text(_) | Part::Field { form: Form::AsIs, .. } => None,
            Part::Field { id, form } => Some(form.write(values(id)?)),
        })
    }

    /// As [`render`](Self::render), for a text that holds a secret.
    ///
    /// # Errors
    ///
    /// [`MissingValue`] for the first field without a value.
    pub fn render_secret<'v>(
        &self,
        values: impl Fn(&str) -> Option<&'v str>,
    ) -> Result<SecretText, MissingValue> {
        self.render(values).map(SecretText::from)
    }
}

impl TryFrom<String> for Interpolation {
    type Error = InterpolationError;

    fn try_from(text: String) -> Result<Self, InterpolationError> {
        text.parse()
    }
}

impl FromStr for Interpolation {
    type Err = InterpolationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (place, after) = after.split_once('}').ok_or(InterpolationError::Brace)?;
            if before.contains('}') || place.contains('{') {
                return Err(InterpolationError::Brace);
            }
            let (id, form) = match place.split_once(['|', ':']) {
                None => (place, Form::AsIs),
                Some((id, name)) => {
                    let is_separated = place.contains('|');
                    let form = Form::NAMED.into_iter().find(|form| is_separated && form.name() == Some(name));
                    (id, form.ok_or(InterpolationError::UnknownForm)?)
                }
            };
            if id.is_empty() {
                return Err(InterpolationError::Nameless);
            }
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            parts.push(Part::Field { id: id.to_owned(), form });
            rest = after;
        }
        if rest.contains('}') {
            return Err(InterpolationError::Brace);
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self { parts })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn render(text: &str, value: Option<&str>) -> Result<String, MissingValue> {
        text.parse::<Interpolation>().unwrap().render(|_| value)
    }

    #[test]
    fn values_stand_where_their_fields_are_named() {
        assert_eq!(render("Bearer {token}", Some("t")), Ok("Bearer t".to_owned()));
        assert_eq!(render("{a}{b}.x", Some("1")), Ok("11.x".to_owned()));
        assert_eq!(render("plain", None), Ok("plain".to_owned()));
        assert_eq!(render("", None), Ok(String::new()));
        assert_eq!(render("{a|dns-label}.example", Some("123_SB1")), Ok("123-sb1.example".to_owned()));
        assert_eq!(render("Key {a|base64}!", Some("a:b")), Ok("Key YTpi!".to_owned()));
    }

    #[test]
    fn a_text_is_shown_as_it_was_written() {
        for text in ["", "plain", "Bearer {token}", "{a}{b|dns-label}.x"] {
            assert_eq!(text.parse::<Interpolation>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_missing_value_is_named() {
        let error = render("x {token}", None).unwrap_err();
        assert_eq!(error.field(), "token");
    }

    #[test]
    fn a_malformed_text_is_refused() {
        use InterpolationError::{Brace, Nameless, UnknownForm};
        for (text, error) in [
            ("{", Brace),
            ("}", Brace),
            ("a}b{c}", Brace),
            ("{a{b}}", Brace),
            ("{}", Nameless),
            ("{|dns-label}", Nameless),
            ("{a:upper}", UnknownForm),
            ("{a:dns-label}", UnknownForm),
            ("{a|md5}", UnknownForm),
            ("{a|}", UnknownForm),
            ("{a|lower|upper}", UnknownForm),
        ] {
            assert_eq!(text.parse::<Interpolation>(), Err(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_value_is_never_read_as_a_place(value in "[a-z{}:]{0,20}") {
            prop_assert_eq!(render("<{a}>", Some(&value)), Ok(format!("<{value}>")));
        }
    }
}
