//! Credentials as parameters of a form-urlencoded body.

use serde::Deserialize;

use super::{Before, Failed, Fault, Parameters, Scheme, Unsigned, Values, fault};
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
    parameters: Vec<(Interpolation, Interpolation)>,
}

impl Scheme for Form {
    fn reveals(&self) -> Reveals {
        Reveals::Secret
    }

    fn parameters(&self) -> Parameters<'_> {
        declared(&self.parameters)
    }

    fn fault(&self) -> Option<Fault> {
        fault::of_pairs("parameters", &self.parameters, |known, name| known == name)
    }

    fn owned(&self, values: &impl Values) -> Vec<Owned> {
        let fields = names(&self.parameters, values).map(Owned::form);
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

/// Parameters as the template names them.
pub(super) fn declared(parameters: &[(Interpolation, Interpolation)]) -> Parameters<'_> {
    parameters.iter().fold(Parameters::default(), |declared, (name, value)| {
        declared.public("parameters", name).secret("parameters", value)
    })
}

/// The names of parameters. A name without a value is left out.
pub(super) fn names(
    parameters: &[(Interpolation, Interpolation)],
    values: &impl Values,
) -> impl Iterator<Item = String> {
    parameters.iter().filter_map(|(name, _)| values.text(name).ok())
}

/// Parameters with their values. One that is empty is told by its own field.
pub(super) fn rendered(
    parameters: &[(Interpolation, Interpolation)],
    values: &impl Values,
) -> Result<Vec<(String, SecretText)>, Failed> {
    let one = |(name, text): &(Interpolation, Interpolation)| {
        let value = values.secret(text)?;
        match text.fields().next() {
            Some(field) if value.expose().is_empty() => {
                Err(Failed::Field { field: field.to_owned(), reason: "must not be empty" })
            }
            Some(_) | None => Ok((values.text(name)?, value)),
        }
    };
    parameters.iter().map(one).collect()
}
