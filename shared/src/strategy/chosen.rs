//! Parameters of a strategy that are one of a few words: fixed by the template, or chosen in a field.

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error, IntoDeserializer, value},
};

use super::Values;
use crate::interpolation::MissingValue;

/// A word, or the field in which people choose it. The words are those that `T` deserialises from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chosen<T> {
    /// The template says which.
    Fixed(T),
    /// The entry says which, in this field. Every choice of the field is a word of `T`.
    Field(String),
}

impl<T: DeserializeOwned + Copy> Chosen<T> {
    /// Which one it is beside these values.
    ///
    /// # Errors
    ///
    /// [`MissingValue`] when the field has no value that is a word of `T`.
    pub fn resolve(&self, values: &impl Values) -> Result<T, MissingValue> {
        match self {
            Self::Fixed(value) => Ok(*value),
            Self::Field(field) => {
                let value = values.get(field).map(word);
                value.and_then(Result::ok).ok_or_else(|| MissingValue::of(field))
            }
        }
    }

    /// Why a text is no word of `T`.
    pub(super) fn complaint(text: &str) -> Option<String> {
        word::<T>(text).err().map(|error| error.to_string())
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Chosen<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
            Some(field) => Ok(Self::Field(field.to_owned())),
            None => word(&text).map(Self::Fixed).map_err(D::Error::custom),
        }
    }
}

fn word<T: DeserializeOwned>(text: &str) -> Result<T, value::Error> {
    T::deserialize(text.into_deserializer())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::{HmacScheme, Placement};
    use crate::strategy::Lookup;

    fn chosen(text: &'static str) -> Result<Chosen<Placement>, value::Error> {
        Chosen::deserialize(IntoDeserializer::<value::Error>::into_deserializer(text))
    }

    #[test]
    fn a_word_is_read_as_it_is_written() {
        assert_eq!(word("standard-webhooks"), Ok(HmacScheme::StandardWebhooks));
        assert_eq!(word("rfc9421"), Ok(HmacScheme::Rfc9421));
        assert!(word::<HmacScheme>("RFC9421").is_err());
    }

    #[test]
    fn a_field_decides_where_the_template_does_not() {
        let field = chosen("{placement}").unwrap();
        assert_eq!(field.resolve(&Lookup::new(|_| Some("query"))), Ok(Placement::Query));
        assert!(field.resolve(&Lookup::new(|_| Some("body"))).is_err());
        assert_eq!(field.resolve(&Lookup::new(|_| None)).unwrap_err().field(), "placement");
        assert_eq!(chosen("query").unwrap().resolve(&Lookup::new(|_| Some("header"))), Ok(Placement::Query));
        let error = chosen("body").unwrap_err().to_string();
        assert_eq!(error, "unknown variant `body`, expected `header` or `query`");
    }
}
