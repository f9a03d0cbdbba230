//! Values by name that a request has beside its own: parameters of a form, or headers.

use serde::Deserialize;

use super::Values;
use crate::{interpolation::Interpolation, secret::SecretText, signing::check_header};

/// Values by name, each name once. One whose field has no value is left out.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Vec<(N, Interpolation)>", bound = "N: Deserialize<'de> + AsRef<str>")]
pub(super) struct Named<N>(Vec<(N, Interpolation)>);

/// The name of a header that a request which obtains a token may have. The content type follows from the body.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct HeaderName(String);

impl<N> Default for Named<N> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<N: AsRef<str>> TryFrom<Vec<(N, Interpolation)>> for Named<N> {
    type Error = String;

    fn try_from(pairs: Vec<(N, Interpolation)>) -> Result<Self, String> {
        for (index, (name, _)) in pairs.iter().enumerate() {
            let name = name.as_ref();
            if pairs.iter().skip(index + 1).any(|(other, _)| other.as_ref().eq_ignore_ascii_case(name)) {
                return Err(format!("`{name}` is there twice"));
            }
        }
        Ok(Self(pairs))
    }
}

impl<N: AsRef<str>> Named<N> {
    pub(super) fn texts(&self) -> impl Iterator<Item = &Interpolation> {
        self.0.iter().map(|(_, text)| text)
    }

    pub(super) fn with_values(&self, values: &impl Values) -> Vec<(String, SecretText)> {
        let pairs = self.0.iter();
        pairs
            .filter_map(|(name, text)| Some((name.as_ref().to_owned(), values.optional(Some(text))?)))
            .collect()
    }
}

impl AsRef<str> for HeaderName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for HeaderName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        if name.eq_ignore_ascii_case("content-type") {
            return Err(format!("`{name}` is set by the strategy"));
        }
        check_header(&name, "x").map_err(|problem| format!("`{name}` {problem}"))?;
        Ok(Self(name))
    }
}
