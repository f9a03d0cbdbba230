//! Credentials as parameters of a form-urlencoded body.

use serde::Deserialize;

use super::{Before, Failed, Parameters, Scheme, Unsigned, Values};
use crate::{
    interpolation::Interpolation,
    moment::Random,
    secret::SecretText,
    signing::{Authenticator, Owned, Reveals, Sets, Signed},
};

/// Parameters of a form-urlencoded body.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    parameters: Vec<(String, Interpolation)>,
}

impl Scheme for Form {
    fn reveals(&self) -> Reveals {
        Reveals::Secret
    }

    fn parameters(&self) -> Parameters<'_> {
        let values = self.parameters.iter().map(|(_, value)| value);
        values.fold(Parameters::default(), |parameters, value| parameters.secret("parameters", value))
    }

    fn owned(&self, _: &impl Values) -> Vec<Owned> {
        let fields = self.parameters.iter().map(|(name, _)| Owned::form(name.as_str()));
        fields.chain([Owned::header("content-type", Sets::IfAbsent)]).collect()
    }

    fn before(&self) -> Before<'_> {
        Before::Nothing
    }

    fn sign(&self, values: &impl Values, request: &Unsigned<'_, impl Random>) -> Result<Signed, Failed> {
        let parameters = rendered(&self.parameters, values)?;
        request.with(&Authenticator::Form { parameters: &parameters })
    }
}

/// Parameters with their values. One that is empty is told by its own field.
pub(super) fn rendered(
    parameters: &[(String, Interpolation)],
    values: &impl Values,
) -> Result<Vec<(String, SecretText)>, Failed> {
    let one = |(name, text): &(String, Interpolation)| {
        let value = values.secret(text)?;
        match text.fields().next() {
            Some(field) if value.expose().is_empty() => {
                Err(Failed::Field { field: field.to_owned(), reason: "must not be empty" })
            }
            Some(_) | None => Ok((name.clone(), value)),
        }
    };
    parameters.iter().map(one).collect()
}
