//! Headers by name and value.

use serde::Deserialize;

use super::{Before, Failed, Fault, Parameters, Scheme, Unsigned, Values, fault, named};
use crate::{
    interpolation::Interpolation,
    moment::Random,
    signing::{Authenticator, Owned, Reveals, Sets, Signed},
};

/// Headers by name and value.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Headers {
    headers: Vec<(Interpolation, Interpolation)>,
}

impl Scheme for Headers {
    fn reveals(&self) -> Reveals {
        Reveals::Secret
    }

    fn parameters(&self) -> Parameters<'_> {
        self.headers.iter().fold(Parameters::default(), |parameters, (name, value)| {
            parameters.public("headers", name).secret("headers", value)
        })
    }

    fn fault(&self) -> Option<Fault> {
        fault::of_pairs("headers", &self.headers, str::eq_ignore_ascii_case)
    }

    fn owned(&self, values: &impl Values) -> Vec<Owned> {
        let names = self.headers.iter().filter_map(|(name, _)| values.text(name).ok());
        names.map(|name| Owned::header(name, Sets::Always)).collect()
    }

    fn before(&self) -> Before<'_> {
        Before::Nothing
    }

    fn sign(&self, values: &impl Values, request: &Unsigned<'_, impl Random>) -> Result<Signed, Failed> {
        // Each header is put on what the one before it has made.
        let mut signed = request.with(&Authenticator::None)?;
        for (name, value) in &self.headers {
            let (name_text, value_text) = (values.text(name)?, values.secret(value)?);
            let so_far: Vec<_> =
                signed.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            let header = Authenticator::Headers { name: &name_text, value: &value_text };
            signed = request.with_headers(&so_far).with(&header).map_err(|failed| {
                named(failed, |parameter| if parameter == "name" { name } else { value }.fields().next())
            })?;
        }
        Ok(signed)
    }
}
