//! Text of a template that takes in field values: `Bearer {access_token}`.

use std::{fmt, str::FromStr};

use serde::Deserialize;

use crate::secret::SecretText;

/// Text with places for field values, written `{field_id}` or `{field_id:form}`. It has no other syntax: a
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

/// How a value is written in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As it is.
    AsIs,
    /// `dns-label`: in lower case, with hyphens for underscores, as vendors write account numbers in host names.
    DnsLabel,
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
    #[error("has a place with an unknown form: only `dns-label` exists")]
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
            Part::Field { id, form: Form::AsIs } => write!(f, "{{{id}}}"),
            Part::Field { id, form: Form::DnsLabel } => write!(f, "{{{id}:dns-label}}"),
        })
    }
}

impl Form {
    /// The value as it is written in its place.
    #[must_use]
    pub fn write(self, value: &str) -> String {
        match self {
            Self::AsIs => value.to_owned(),
            Self::DnsLabel => value.to_ascii_lowercase().replace('_', "-"),
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
        // The right size at once, so that no grown-out-of copy of a secret stays behind in memory.
        let bytes = self.parts.iter().map(|part| match part {
            Part::Text(text) => text.len(),
            Part::Field { id, .. } => values(id).map_or(0, str::len),
        });
        let mut rendered = String::with_capacity(bytes.sum());
        for part in &self.parts {
            match part {
                Part::Text(text) => rendered.push_str(text),
                Part::Field { id, form } => {
                    let value = values(id).ok_or_else(|| MissingValue::of(id))?;
                    match form {
                        Form::AsIs => rendered.push_str(value),
                        Form::DnsLabel => rendered.push_str(&form.write(value)),
                    }
                }
            }
        }
        Ok(rendered)
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
            let (id, form) = match place.split_once(':') {
                None => (place, Form::AsIs),
                Some((id, "dns-label")) => (id, Form::DnsLabel),
                Some((_, _)) => return Err(InterpolationError::UnknownForm),
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
        assert_eq!(render("{a:dns-label}.example", Some("123_SB1")), Ok("123-sb1.example".to_owned()));
    }

    #[test]
    fn a_text_is_shown_as_it_was_written() {
        for text in ["", "plain", "Bearer {token}", "{a}{b:dns-label}.x"] {
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
            ("{:dns-label}", Nameless),
            ("{a:upper}", UnknownForm),
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
